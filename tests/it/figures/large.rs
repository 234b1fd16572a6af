//! Uploads that are too large: refused at once or while they come in, in little memory, and nothing is kept.

use tests::{Client, Lab, both};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::hostile::bomb;
use super::{PREVIEW, announced, draft, imported, stored, written};
use crate::scene::text;

const MOST: usize = 20 << 20;
const LARGE: usize = 200 << 20;

/// A connection on which the head of an upload to `url` was sent.
async fn begun(url: &str, length: &str) -> TcpStream {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = TcpStream::connect(host).await.expect("connected");
    let head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\naccept-language: en\r\n{length}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket
}

/// The head and body of an answer, as far as its message.
async fn answered(socket: &mut TcpStream) -> String {
    let read = async {
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains("\"message\"") {
            let mut part = [0; 4_096];
            match socket.read(&mut part).await.expect("an answer") {
                0 => break,
                read => said.extend_from_slice(&part[..read]),
            }
        }
        String::from_utf8(said).expect("text")
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), read).await.expect("an answer in time")
}

fn is_too_large(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"code\":\"FILE_TOO_LARGE\""), "{answer}");
    assert!(answer.contains("The file is too large: at most 20971520 bytes."), "{answer}");
}

/// Sends pieces of a row of figures, `bytes` in all or until nobody takes them; how many went out.
async fn send(socket: &mut TcpStream, bytes: usize) -> usize {
    let row = b"20,5\n".repeat(13_107);
    let piece = [format!("{:x}\r\n", row.len()).as_bytes(), &row, b"\r\n"].concat();
    let mut sent = 0;
    while sent < bytes {
        if socket.write_all(&piece).await.is_err() {
            break;
        }
        sent += row.len();
    }
    sent
}

async fn is_pending(client: &Client, import: &str) {
    let query = "query($id: ID!) { node(id: $id) { ... on EditionImport { status } } }";
    let found = client.get(query, serde_json::json!({ "id": import })).await;
    assert_eq!(text(&found, "/node/status"), "PENDING");
}

both! {
    async fn what_says_that_it_is_too_large_is_refused_before_it_comes(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let before = written(&lab).await;
        let (import, url) = announced(&coordinator, &edition, "a.csv").await;
        for length in [MOST + 1, LARGE] {
            let mut socket = begun(&url, &format!("content-length: {length}")).await;
            is_too_large(&answered(&mut socket).await);
        }
        assert!(stored(&lab).is_empty());
        is_pending(&coordinator, &import).await;
        assert_eq!(written(&lab).await, before);
    }

    async fn what_does_not_say_it_is_counted(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let before = written(&lab).await;
        let (import, url) = announced(&coordinator, &edition, "a.csv").await;
        let mut socket = begun(&url, "transfer-encoding: chunked").await;
        // The answer comes with the first piece that is too much, not with the end, which is never sent.
        let sent = send(&mut socket, MOST + 1).await;
        assert!(sent > MOST);
        is_too_large(&answered(&mut socket).await);
        let more = send(&mut socket, LARGE).await;
        assert!(more < LARGE, "somebody went on taking {more} bytes");
        assert!(stored(&lab).is_empty());
        is_pending(&coordinator, &import).await;
        assert_eq!(written(&lab).await, before);
        // The most that is allowed is taken.
        let most = vec![b' '; MOST];
        assert_eq!(coordinator.http.put(url).body(most).send().await.expect("an answer").status(), 200);
    }
}

/// How much of this process was in memory at its peak, in KiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Measured alone: in a process of its own, which begins when the other tests do not run in it.
#[test]
#[cfg(target_os = "linux")]
fn neither_large_uploads_nor_bombs_take_much_memory() {
    tests::process::run_alone("figures::large::memory_alone");
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn memory_alone() {
    let lab = Lab::sqlite().await;
    let coordinator = lab.coordinator().await;
    let edition = draft(&coordinator, 2031).await;
    let packed = bomb("xl/worksheets/sheet1.xml", 1024);
    let (_, url) = announced(&coordinator, &edition, "a.csv").await;
    // The peak so far is that of the seeding.
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak is forgotten");
    let before = peak();
    let mut socket = begun(&url, "transfer-encoding: chunked").await;
    assert!(send(&mut socket, LARGE).await < LARGE);
    let uploaded = peak() - before;
    let import = imported(&coordinator, &edition, "a.xlsx", packed).await;
    assert_eq!(coordinator.code(PREVIEW, serde_json::json!({ "id": import })).await, "FILE_NOT_READABLE");
    let previewed = peak() - before;
    println!("{uploaded} KiB for the upload, {previewed} KiB with the bomb");
    assert!(uploaded < 64 << 10 && previewed < 64 << 10, "{uploaded} {previewed}");
}
