//! The test harness: a whole server on a seeded database of its own, a clock that only tests move, and clients with
//! roles. Every test of `it` runs on SQLite and on PostgreSQL; see [`both`].

mod client;
pub mod clients;
mod lab;
pub mod office;
mod postgres;
pub mod process;
mod sink;

pub use client::{Answer, Client};
pub use lab::{Lab, TestClock, beside, org, settings_of};
pub use process::Process;
pub use sink::{Letter, Sink};

/// Makes two tests of each function, one on SQLite and one on PostgreSQL.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($lab:ident) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn run($lab: $crate::Lab) $body

            #[tokio::test]
            async fn sqlite() {
                run($crate::Lab::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(lab) = $crate::Lab::postgres().await {
                    run(lab).await;
                }
            }
        }
    )+ };
}
