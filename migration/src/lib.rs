//! Schema changes as explicit DDL, one file per change, each with its way back.

use sea_orm_migration::prelude::*;

mod ddl;
mod m0001_people;
mod m0002_framework;
mod m0003_results;
mod m0004_plan;
mod m0005_evidence;
mod m0006_search;
mod m0007_method;
mod m0008_revisions;
mod m0009_index;
mod m0010_audit;
mod m0011_periods;
mod m0012_supply;
mod m0013_requests;
mod m0014_notices;
mod m0015_dossiers;
mod m0016_service_accounts;
mod m0017_uploads;
mod m0018_documents;
mod m0019_provider;
mod m0020_data_version;
mod m0021_held;
mod m0022_due;
mod m0023_trail_end;
mod m0024_dossier_pieces;

pub use sea_orm_migration::MigratorTrait;

/// All changes, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::CHANGE),
            Box::new(m0002_framework::CHANGE),
            Box::new(m0003_results::CHANGE),
            Box::new(m0004_plan::CHANGE),
            Box::new(m0005_evidence::CHANGE),
            Box::new(m0006_search::CHANGE),
            Box::new(m0007_method::CHANGE),
            Box::new(m0008_revisions::CHANGE),
            Box::new(m0009_index::CHANGE),
            Box::new(m0010_audit::CHANGE),
            Box::new(m0011_periods::CHANGE),
            Box::new(m0012_supply::CHANGE),
            Box::new(m0013_requests::CHANGE),
            Box::new(m0014_notices::CHANGE),
            Box::new(m0015_dossiers::CHANGE),
            Box::new(m0016_service_accounts::CHANGE),
            Box::new(m0017_uploads::CHANGE),
            Box::new(m0018_documents::CHANGE),
            Box::new(m0019_provider::CHANGE),
            Box::new(m0020_data_version::CHANGE),
            Box::new(m0021_held::CHANGE),
            Box::new(m0022_due::CHANGE),
            Box::new(m0023_trail_end::CHANGE),
            Box::new(m0024_dossier_pieces::CHANGE),
        ]
    }
}
