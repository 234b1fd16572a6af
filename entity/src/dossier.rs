//! The values and evidence of a period or an edition as they were sent, frozen.

use sea_orm::entity::prelude::*;

use crate::Long;

/// The values and evidence of a period or an edition as they were sent, frozen.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dossier")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The period; none if it is of an edition.
    pub period_id: Option<Uuid>,
    /// The edition; none if it is of a period.
    pub edition_id: Option<Uuid>,
    /// 1 for what was frozen first, then one more each time.
    pub revision: i32,
    /// Why it was frozen anew.
    pub reason: Option<Long>,
    /// SHA-256 of its content, in hex.
    pub hash: String,
    /// Who froze it.
    pub author_id: Uuid,
    /// Number of the official letter that it went with.
    pub letter_number: Option<String>,
    /// Date of that letter.
    pub letter_on: Option<Date>,
    /// Office of who signed it.
    pub signer_title: Option<String>,
    /// Name of who signed it.
    pub signer_name: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("dossier", editable);
