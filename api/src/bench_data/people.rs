//! Organizations and an officer of each.

use entity::*;
use uuid::Uuid;

use super::MARK;
use super::chance::Chance;
use super::work::insert;
use crate::error::Result;
use crate::store::Tx;

/// Who works for an organization.
#[derive(Clone, Copy, Debug)]
pub(super) struct Officer {
    pub(super) user: Uuid,
    pub(super) organization: Uuid,
}

pub(super) async fn write(tx: &Tx, chance: &mut Chance, count: u32) -> Result<Vec<Officer>> {
    let organizations: Vec<organization::Model> =
        (1..=count).map(|number| organization(tx, chance, number)).collect();
    let users: Vec<user::Model> =
        (1..).zip(&organizations).map(|(number, row)| officer(tx, chance, number, row.id)).collect();
    let officers = users.iter().zip(&organizations);
    let officers = officers.map(|(user, row)| Officer { user: user.id, organization: row.id }).collect();
    tx.add_words::<organization::Entity>(&organizations).await?;
    insert::<organization::Entity>(tx, organizations).await?;
    insert::<user::Entity>(tx, users).await?;
    Ok(officers)
}

fn organization(tx: &Tx, chance: &mut Chance, number: u32) -> organization::Model {
    use OrganizationKind::{Commune, Department, Ward};
    organization::Model {
        id: chance.key(),
        code: format!("BENCH-{number:03}"),
        kind: *chance.of(&[Department, Commune, Commune, Ward]),
        name_vi: format!("{MARK} Đơn vị {number:03}"),
        name_en: format!("{MARK} Organization {number:03}"),
        parent_id: None,
        active_from: None,
        active_to: None,
        confirmed: false,
        note: Some(MARK.to_owned()),
        created_at: tx.now(),
        updated_at: tx.now(),
        row_version: 1,
    }
}

/// Without a password: `pii token` signs it in.
fn officer(tx: &Tx, chance: &Chance, number: u32, organization: Uuid) -> user::Model {
    user::Model {
        id: chance.key(),
        email: format!("bench-officer-{number}@example.invalid"),
        name: format!("{MARK} Cán bộ {number:03}"),
        role: Role::Officer,
        organization_id: Some(organization),
        password_hash: None,
        oidc_subject: None,
        disabled_at: None,
        language: Language::Vi,
        email_notices: false,
        created_at: tx.now(),
        updated_at: tx.now(),
        row_version: 1,
    }
}
