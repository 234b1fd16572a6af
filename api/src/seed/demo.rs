//! Users and tasks to try the product with. Every one of them says in its own text that it is made up.

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
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
    let author = tx.first(tx.find::<user::Entity>().filter(user::Column::Role.eq(Role::Coordinator))).await?;
    let author = author.ok_or_else(|| Error::internal("no coordinator"))?.id;
    for year in [1998, 1999] {
        let edition = edition(&tx, year, plan.framework_id, Publication::Published).await?;
        crate::scoring::compute(&tx, edition, author).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// An edition with made-up raw values for every unit of today and every indicator but a few, the same at every call.
/// The years are long past, so that no real edition stands behind it.
pub async fn edition(tx: &Tx, year: i32, framework: Uuid, status: Publication) -> Result<edition::Model> {
    let row = edition::ActiveModel {
        year: Set(year),
        framework_id: Set(framework),
        status: Set(status),
        note: Set(Some(format!("{MARK} Số liệu ngẫu nhiên để thử chức năng."))),
        synthetic: Set(true),
        ..Default::default()
    };
    let edition = tx.insert::<edition::Entity>(row).await?;
    let units = tx.find::<unit::Entity>().filter(unit::Column::ValidTo.is_null());
    let units = tx.all(units.order_by_asc(unit::Column::Code)).await?;
    let nodes = tx.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
    let nodes = nodes.filter(node::Column::Level.eq(NodeLevel::Indicator));
    let nodes = tx.all(nodes.order_by_asc(node::Column::Position)).await?;
    let mut figures = Vec::new();
    for (unit, line) in units.iter().zip(0_i64..) {
        for (node, column) in nodes.iter().zip(0_i64..) {
            let chance = (line * 7_919 + column * 104_729 + i64::from(year) * 31) * 2_654_435_761 % 1_000_003;
            if chance % 97 == 0 {
                continue;
            }
            // A good part is the unit's own, so that ranks differ as those of real provinces do.
            let (own, chance) = ((line * 613 % 34) as f64, (chance % 1_000) as f64);
            figures.push(score::ActiveModel {
                edition_id: Set(edition.id),
                unit_id: Set(unit.id),
                node_id: Set(node.id),
                value: Set(Some((own * 10.0 + chance) / 10.0 + f64::from(year - 1998))),
                source: Set(Some(MARK.to_owned())),
                ..Default::default()
            });
        }
    }
    tx.insert_all::<score::Entity>(figures).await?;
    Ok(edition)
}

async fn organization(tx: &Tx, code: &str) -> Result<Uuid> {
    let found = tx.find::<organization::Entity>().filter(organization::Column::Code.eq(code));
    tx.first(found).await?.map(|row| row.id).ok_or_else(|| Error::internal(format!("no organization {code}")))
}
