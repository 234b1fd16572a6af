//! A version of the index: its tree and its method.

use sea_orm::entity::prelude::*;

use crate::{Aggregation, Imputation, Normalisation, Publication, TieRule, Treatment};

/// A version of the index: its tree and its method.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "framework")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The version's label, unique: the year it is for, such as `2025`.
    pub version: String,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// Number of the decision that approves it.
    pub decision_number: Option<String>,
    /// Date of that decision.
    pub decision_date: Option<Date>,
    /// Draft or published.
    pub status: Publication,
    /// When it was published here.
    pub published_at: Option<DateTimeUtc>,
    /// How raw values are brought to one scale.
    pub normalisation: Normalisation,
    /// How outliers are treated.
    pub treatment: Treatment,
    /// How children make their parent's score.
    pub aggregation: Aggregation,
    /// Decimals of the score on which units are ranked.
    pub rank_precision: i32,
    /// Which rank equal scores get.
    pub tie_rule: TieRule,
    /// How missing values are filled.
    pub imputation: Imputation,
    /// Share of a node's children that must be present, 0 to 1.
    pub availability: f64,
    /// A column has outliers when its skew is beyond this and its kurtosis beyond `kurtosis_limit`.
    pub skew_limit: f64,
    /// See `skew_limit`.
    pub kurtosis_limit: f64,
    /// Points to winsorise at most.
    pub winmax: i32,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("framework", editable);
