//! Evidence bytes: up, down, and cleaned up after.

mod archives;
mod attack;
pub mod bucket;
mod crash;
mod download;
mod full;
mod scan;
mod stalled;
mod sweep;
pub mod tus;
mod upload;

use std::path::Path;

use serde_json::{Value, json};
use tests::{Client, Lab};

use crate::given::text;

/// The test that serves in a process of its own.
const SERVER: &str = "files::crash::serves";

/// The files in the lab's store, pieces of unfinished uploads included.
pub fn stored(lab: &Lab) -> Vec<std::path::PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("the folder is read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&lab.folder.path().join("files"), &mut found);
    found
}

/// Status, size, type, hash and name as the API tells them.
async fn about(client: &Client, id: &str) -> Value {
    const EVIDENCE: &str = "query($id: ID!) { evidence(id: $id) { status size mediaType sha256 fileName } }";
    client.get(EVIDENCE, json!({ "id": id })).await["evidence"].take()
}

pub async fn download_url(client: &Client, id: &str) -> String {
    let data = client.get("query($id: ID!) { evidence(id: $id) { downloadUrl } }", json!({ "id": id })).await;
    text(&data["evidence"]["downloadUrl"])
}

/// What a refused upload answers.
async fn refusal(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    let id = text(&json!(response.headers()["x-request-id"].to_str().expect("text")));
    let body: Value = response.json().await.expect("JSON");
    let about = &body["errors"][0]["extensions"];
    assert_eq!(about["requestId"], id, "{body:#}");
    (status, text(&about["code"]))
}

/// Waits for what another task is about to do.
pub async fn until(done: impl Fn() -> bool) {
    let wait = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("it happens");
}
