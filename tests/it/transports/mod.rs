//! The streaming transports: server-sent events, multipart and WebSocket.

mod bounds;
mod greeting;
mod operations;
mod streams;
mod wall;
pub mod wire;

/// So that tests do not wait for a heartbeat.
const QUICK: &[&str] = &["--heartbeat-ms", "50"];

const TOLD: &str = "subscription { notificationReceived { kind title } }";

/// On both databases, with a quick heartbeat.
macro_rules! quick {
    ($($name:ident)+) => { $(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(tests::Lab::sqlite_with(super::super::QUICK).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(lab) = tests::Lab::postgres_with(super::super::QUICK).await {
                    super::$name(lab).await;
                }
            }
        }
    )+ };
}
use quick;
