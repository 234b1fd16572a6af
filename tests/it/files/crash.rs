//! A server that is killed while bytes come in: what was stored goes on or is swept, and no row says that a file is there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::json;
use tests::{Lab, beside, both};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{about, stored, until};
use crate::given::{PDF, evidence};

const FOLDER: &str = "PII_TEST_FOLDER";
const DATABASE: &str = "PII_TEST_DATABASE";
const URL: &str = "PII_TEST_URL";
const THERE: &str = "listening: ";

#[tokio::test]
#[ignore = "run by the test below"]
async fn serves() {
    let given = |name| std::env::var(name).expect("set by the test below");
    let app = beside(Path::new(&given(FOLDER)), &given(DATABASE), &given(URL), Arc::new(|_| ())).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{THERE}{}", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("said");
    let service = api::http::router(app).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).await.expect("it serves until it is killed");
}

/// A second server on the lab's database and store; its address.
async fn second(lab: &Lab) -> (Child, String) {
    let own = std::env::current_exe().expect("the test program");
    let mut child = Command::new(own)
        .args(["files::crash::serves", "--exact", "--ignored", "--nocapture"])
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
    let said = said.await.expect("read").expect("it listens");
    (child, said)
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

        let (mut child, host) = second(&lab).await;
        let length = format!("content-length: {}\r\n", whole.len());
        let _put = send(&host, "PUT", &put_url, &length, &whole[..3 << 20]).await;
        let tus = format!("{length}tus-resumable: 1.0.0\r\nupload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\n");
        let _patch = send(&host, "PATCH", &at, &tus, &whole[..3 << 20]).await;
        let is_piece = |path: &std::path::PathBuf| {
            path.components().any(|step| step.as_os_str() == "uploads") && !path.to_string_lossy().contains('#')
        };
        until(|| stored(&lab).iter().any(is_piece) && stored(&lab).iter().any(|path| !is_piece(path))).await;
        child.kill().expect("killed");
        assert!(!child.wait().expect("gone").success());

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
