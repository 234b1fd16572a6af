//! A document that proves something: its description and, once uploaded, its file.

use sea_orm::entity::prelude::*;

use crate::{EvidenceKind, EvidenceStatus, Long};

/// A document that proves something: its description and, once uploaded, its file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// What it is, in one line.
    pub title: String,
    /// What sort of document it is.
    pub kind: EvidenceKind,
    /// Who issued it.
    pub issuing_body: Option<String>,
    /// Its number.
    pub document_number: Option<String>,
    /// When it was issued.
    pub issued_on: Option<Date>,
    /// First day it holds.
    pub effective_from: Option<Date>,
    /// Last day it holds.
    pub effective_to: Option<Date>,
    /// The figure it proves.
    pub stated_value: Option<f64>,
    /// The unit of that figure.
    pub stated_unit: Option<String>,
    /// The year that figure is of.
    pub stated_year: Option<i32>,
    /// Name of the file as uploaded.
    pub file_name: Option<String>,
    /// Media type found in the bytes.
    pub media_type: Option<String>,
    /// Size in bytes.
    pub size: Option<i64>,
    /// SHA-256 of the bytes, in hex.
    pub sha256: Option<String>,
    /// Where the bytes are.
    pub storage_key: Option<String>,
    /// How far it is.
    pub status: EvidenceStatus,
    /// Who described it.
    pub author_id: Uuid,
    /// Who accepted or rejected it.
    pub decider_id: Option<Uuid>,
    /// When that was.
    pub decided_at: Option<DateTimeUtc>,
    /// Why it was rejected.
    pub reject_reason: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("evidence", editable);
