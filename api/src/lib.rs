//! GraphQL API of Lạng Sơn province's plan to raise its Provincial Innovation Index (PII).

pub mod accounts;
mod app;
pub mod auth;
pub mod bench_data;
pub mod charts;
pub mod clients;
pub mod config;
pub mod document;
pub mod dossier;
pub mod error;
pub mod events;
pub mod figures;
pub mod files;
pub mod findings;
pub mod followup;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod graphql;
pub mod heavy;
pub mod http;
pub mod jobs;
pub mod lang;
pub mod news;
pub mod periods;
pub mod pictures;
pub mod places;
pub mod policy;
pub mod scoring;
pub mod seed;
mod serve;
pub mod service_accounts;
pub mod sheet;
pub mod store;
pub mod text;
pub mod world;

pub use app::{App, Parts};
pub use serve::serve;
