//! A server that is killed while bytes come in: what was stored goes on or is swept, and no row says that a file is there.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::json;
use tests::{Process, both, process};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{SERVER, about, stored, until};
use crate::given::{PDF, evidence};

#[tokio::test]
#[ignore = "run by the tests that need a server of its own"]
async fn serves() {
    process::serve(process::own_app(Arc::new(|_| ())).await).await;
}

/// Sends the beginning of a request to the server at `host`.
async fn send(host: &str, method: &str, url: &str, headers: &str, bytes: &[u8]) -> TcpStream {
    let (_, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = TcpStream::connect(host).await.expect("connected");
    let head = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n");
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket.write_all(bytes).await.expect("sent");
    socket
}

both! {
    async fn killed_in_the_middle(lab) {
        let officer = lab.officer("STC").await;
        let (put, put_url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let (resumed, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let whole = [PDF, &vec![b' '; 5 << 20]].concat();
        let request = |method, url: &str| officer.http.request(method, url).header("tus-resumable", "1.0.0");
        let created = request(reqwest::Method::POST, &url.replace("/files/", "/files/tus/"));
        let created = created.header("upload-length", whole.len()).send().await.expect("an answer");
        let at = created.headers()["location"].to_str().expect("an address").to_owned();

        let server = Process::at(&lab, SERVER, "listening").await;
        let host = server.said.trim_start_matches("http://");
        let length = format!("content-length: {}\r\n", whole.len());
        let _put = send(host, "PUT", &put_url, &length, &whole[..3 << 20]).await;
        let tus = format!("{length}tus-resumable: 1.0.0\r\nupload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\n");
        let _patch = send(host, "PATCH", &at, &tus, &whole[..3 << 20]).await;
        let is_piece = |path: &std::path::PathBuf| {
            path.components().any(|step| step.as_os_str() == "uploads") && !path.to_string_lossy().contains('#')
        };
        until(|| stored(&lab).iter().any(is_piece) && stored(&lab).iter().any(|path| !is_piece(path))).await;
        server.kill();

        for id in [&put, &resumed] {
            assert_eq!(about(&officer, id).await["status"], "PENDING");
        }
        lab.clock.advance(TimeDelta::minutes(5));
        let head = request(reqwest::Method::HEAD, &at).send().await.expect("an answer");
        let there: usize = head.headers()["upload-offset"].to_str().expect("text").parse().expect("a number");
        assert!(there <= 3 << 20, "{there}");
        let patch = request(reqwest::Method::PATCH, &at).header("upload-offset", there);
        let patch = patch.header("content-type", "application/offset+octet-stream").body(whole[there..].to_vec());
        assert_eq!(patch.send().await.expect("an answer").status(), 204);
        assert_eq!(about(&officer, &resumed).await["sha256"], api::files::sha256_hex(&whole));

        // Files carry the machine's time, which runs ahead of the lab's.
        lab.clock.advance(TimeDelta::days(3_650));
        lab.app.files.sweep(&lab.app).await.expect("swept");
        let left = stored(&lab);
        assert_eq!(left.len(), 1, "the file of the upload that went on: {left:?}");
        assert_eq!(std::fs::read(&left[0]).expect("read"), whole);
    }
}
