//! Users and tasks to try the product with. Every one of them says in its own text that it is made up.

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{Account, account};
use crate::App;
use crate::accounts::NewAccount;
use crate::error::{Error, Result};
use crate::store::{Read, Tx};

const MARK: &str = "[DỮ LIỆU MẪU / SYNTHETIC]";

/// Adds one user per role and a task on each weakness, unless they are there already.
pub async fn demo(app: &App) -> Result<Vec<Account>> {
    let tx = app.system().begin_alone().await?;
    let there = tx.find::<user::Entity>().filter(user::Column::Email.eq("leader@demo.local"));
    if tx.exists(there).await? {
        return Ok(Vec::new());
    }
    let users = [
        ("coordinator@demo.local", "Điều phối viên", Role::Coordinator, Some("SKHCN")),
        ("leader@demo.local", "Lãnh đạo UBND tỉnh", Role::Leader, None),
        ("stc@demo.local", "Cán bộ Sở Tài chính", Role::Officer, Some("STC")),
        ("snv@demo.local", "Cán bộ Sở Nội vụ", Role::Officer, Some("SNV")),
        ("dongkinh@demo.local", "Cán bộ Phường Đông Kinh", Role::Officer, Some("05977")),
        ("integration@demo.local", "Chương trình tích hợp", Role::Integration, None),
        ("admin@demo.local", "Quản trị", Role::Admin, None),
    ];
    let mut made = Vec::new();
    for (email, name, role, organization) in users {
        let name = format!("{MARK} {name}");
        made.push(account(app, &tx, NewAccount { email, name: &name, role, organization }).await?);
    }
    let (stc, snv) = (organization(&tx, "STC").await?, organization(&tx, "SNV").await?);
    let ward = organization(&tx, "05977").await?;
    let plan = tx.first(tx.find::<plan::Entity>()).await?.ok_or_else(|| Error::internal("no plan"))?;
    let weaknesses = tx.find::<plan_focus::Entity>().filter(plan_focus::Column::PlanId.eq(plan.id));
    let weaknesses = tx.all(weaknesses.filter(plan_focus::Column::Kind.eq(FocusKind::Weakness))).await?;
    for (number, focus) in (1..).zip(weaknesses) {
        let node = tx.get::<node::Entity>(focus.node_id).await?;
        let row = task::ActiveModel {
            plan_id: Set(plan.id),
            code: Set(format!("DEMO-{number}")),
            title: Set(format!("{MARK} Cải thiện chỉ số {} {}", node.code, node.name_vi)),
            kind: Set(TaskKind::Solution),
            node_id: Set(Some(node.id)),
            due_on: Set(app.world.in_days(30 * number)),
            recurrence: Set(Recurrence::Once),
            status: Set(TaskStatus::Planned),
            priority: Set(Priority::Normal),
            ..Default::default()
        };
        let task = tx.insert::<task::Entity>(row).await?;
        tx.add_words::<task::Entity>(std::slice::from_ref(&task)).await?;
        let (lead, other) = if number % 2 == 1 { (stc, snv) } else { (snv, ward) };
        for (organization, role) in [(lead, AssignmentRole::Lead), (other, AssignmentRole::Coordinating)] {
            let row = assignment::ActiveModel {
                task_id: Set(task.id),
                organization_id: Set(organization),
                role: Set(role),
                ..Default::default()
            };
            tx.insert::<assignment::Entity>(row).await?;
        }
    }
    tx.commit().await?;
    Ok(made)
}

async fn organization(tx: &Tx, code: &str) -> Result<Uuid> {
    let found = tx.find::<organization::Entity>().filter(organization::Column::Code.eq(code));
    tx.first(found).await?.map(|row| row.id).ok_or_else(|| Error::internal(format!("no organization {code}")))
}
