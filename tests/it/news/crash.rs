//! A process that dies between a decision and its notification: after the next start each reader has exactly one.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use api::news::carry_out;
use api::store::StatementHook;
use chrono::TimeDelta;
use tests::{Client, Lab, beside, both};

use super::{submitted, told_of};
use crate::scene::{act, draft, task};

const POINT: &str = "PII_TEST_POINT";
const FOLDER: &str = "PII_TEST_FOLDER";
const DATABASE: &str = "PII_TEST_DATABASE";
const URL: &str = "PII_TEST_URL";
/// What the process says when it is where it shall die.
const THERE: &str = "ready to die: ";

/// A process on a lab's database that goes as far as a point and waits there to be killed.
struct Doomed {
    child: Child,
    said: String,
}

impl Doomed {
    async fn at(lab: &Lab, point: &str) -> Self {
        let own = std::env::current_exe().expect("the test program");
        let mut child = Command::new(own)
            .args(["news::crash::dies", "--exact", "--ignored", "--nocapture"])
            .env(POINT, point)
            .env(FOLDER, lab.folder.path())
            .env(DATABASE, lab.app.settings.database_url())
            .env(URL, &lab.url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test program runs");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let said = tokio::task::spawn_blocking(move || {
            let mut lines = output.lines().map_while(Result::ok);
            lines.find_map(|line| line.split_once(THERE).map(|(_, said)| said.to_owned()))
        });
        let said = said.await.expect("read").unwrap_or_else(|| panic!("it did not come to {point}"));
        Self { child, said }
    }

    /// SIGKILL: nothing of it runs any more.
    fn kill(mut self) {
        self.child.kill().expect("killed");
        let status = self.child.wait().expect("gone");
        assert!(!status.success() && status.code().is_none(), "it died of a signal: {status}");
    }
}

fn say(said: &str) {
    println!("{THERE}{said}");
    std::io::stdout().flush().expect("said");
}

/// Parks whatever thread runs a statement that begins so, behind the statement.
fn stop_behind(beginning: &'static str) -> StatementHook {
    Arc::new(move |sql| {
        if !beginning.is_empty() && sql.starts_with(beginning) {
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
    let given = |name| std::env::var(name).expect("set by the test below");
    let (folder, database, url) = (given(FOLDER), given(DATABASE), given(URL));
    let point = match given(POINT).as_str() {
        "the notification is written" => "INSERT INTO \"notification\"",
        "the queue is marked" => "UPDATE \"outbox\"",
        _ => "",
    };
    let app = beside(Path::new(&folder), &database, &url, stop_behind(point)).await;
    if point.is_empty() {
        // A server whose worker has not come to it yet.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        say(&format!("http://{}", listener.local_addr().expect("an address")));
        let service =
            api::http::router(app.clone()).into_make_service_with_connect_info::<std::net::SocketAddr>();
        axum::serve(listener, service).await.expect("it serves until it is killed");
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
        let process = Doomed::at(&lab, "the decision is taken").await;
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
            let process = Doomed::at(&lab, point).await;
            process.kill();
            told_once(&lab, &readers).await;
        }
    }
}
