//! GraphQL API of Lạng Sơn province's plan to raise its Provincial Innovation Index (PII).

pub mod error;
pub mod lang;
pub mod policy;
pub mod store;
pub mod text;
pub mod world;
