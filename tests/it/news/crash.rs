//! A process that dies between a decision and its notification: after the next start each reader has exactly one.

use std::sync::Arc;
use std::time::Duration;

use api::news::carry_out;
use api::store::StatementHook;
use chrono::TimeDelta;
use tests::process::{own_app, point, say, serve};
use tests::{Client, Lab, Process, both};

use super::{submitted, told_of};
use crate::scene::{act, draft, task};

/// The test that runs as far as a point and waits there to be killed.
const DOOMED: &str = "news::crash::dies";

/// Parks whatever thread runs a statement that begins so, behind the statement.
fn stop_behind(beginning: &'static str) -> StatementHook {
    Arc::new(move |statement| {
        if !beginning.is_empty() && statement.sql.starts_with(beginning) {
            say(beginning);
            loop {
                std::thread::park();
            }
        }
    })
}

#[tokio::test]
#[ignore = "run by the tests below"]
async fn dies() {
    let point = match point().as_str() {
        "the notification is written" => "INSERT INTO \"notification\"",
        "the queue is marked" => "UPDATE \"outbox\"",
        _ => "",
    };
    let app = own_app(stop_behind(point)).await;
    if point.is_empty() {
        // A server whose worker has not come to it yet.
        serve(app.clone()).await;
    }
    carry_out(&app).await.expect("it dies first");
}

/// Carries the news out once the database has noticed that the other process is dead.
async fn recover(lab: &Lab, reader: &Client) -> usize {
    let patience = Duration::from_secs(20);
    let told = async {
        loop {
            let told = told_of(lab, reader, "REPORT_SUBMITTED").await.len();
            if told > 0 {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(patience, told).await.expect("the news is told after all")
}

/// Each of two coordinators has one notification, also when the worker runs on.
async fn told_once(lab: &Lab, readers: &[Client; 2]) {
    for reader in readers {
        assert_eq!(recover(lab, reader).await, 1);
        assert_eq!(told_of(lab, reader, "REPORT_SUBMITTED").await.len(), 1);
    }
}

both! {
    async fn after_the_decision_before_the_worker(lab) {
        let (readers, officer) = ([lab.coordinator().await, lab.coordinator().await], lab.officer("STC").await);
        let made = task(&lab, &readers[0], "T-1", &[("STC", "LEAD")]).await;
        let report = draft(&officer, &made, "2026-H1").await;
        let process = Process::at(&lab, DOOMED, "the decision is taken").await;
        let there = Client { url: process.said.clone(), ..officer.clone() };
        act(&there, "reportSubmit", &report).await;
        process.kill();
        lab.clock.advance(TimeDelta::minutes(2));
        told_once(&lab, &readers).await;
    }

    async fn inside_the_workers_transaction(lab) {
        for (code, point) in [("T-1", "the notification is written"), ("T-2", "the queue is marked")] {
            let (readers, officer) = ([lab.coordinator().await, lab.coordinator().await], lab.officer("STC").await);
            submitted(&lab, &readers[0], &officer, code).await;
            let process = Process::at(&lab, DOOMED, point).await;
            process.kill();
            told_once(&lab, &readers).await;
        }
    }
}
