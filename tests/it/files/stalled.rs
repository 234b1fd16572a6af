//! Clients that send a part of a file and then nothing: they hold a bounded number of places and little memory.

use serde_json::json;
use tests::{Client, Lab};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bucket::labs;
use super::{refusal, stored, until};
use crate::given::{PDF, evidence, put};

/// Begins to send a file; the answer's status, which is 100 when the server has begun to take it.
async fn begin(url: &str) -> (TcpStream, u16) {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = TcpStream::connect(host).await.expect("connected");
    let head = format!(
        "PUT /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 1000000\r\nexpect: 100-continue\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut status = [0; 12];
    socket.read_exact(&mut status).await.expect("an answer");
    let status = String::from_utf8_lossy(&status[9..]).parse().expect("a status");
    (socket, status)
}

/// A new officer, and where it may send a file.
async fn sender(lab: &Lab) -> (Client, String) {
    let officer = lab.officer("STC").await;
    let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    (officer, url)
}

/// Takes all places there are, each user as many as it may, with what it begins to send.
async fn crowd(lab: &Lab, all: usize, of_one: usize) -> Vec<TcpStream> {
    let mut held = Vec::new();
    while held.len() < all {
        let (officer, url) = sender(lab).await;
        for _ in 0..of_one {
            let (socket, status) = begin(&url).await;
            assert_eq!(status, 100, "{} are there", held.len());
            held.push(socket);
        }
        busy(&officer, &url).await;
        if held.len() < all {
            let (other, url) = sender(lab).await;
            assert_eq!(put(&other, &url, PDF).await.status(), 200, "there are places for others");
        }
    }
    let (other, url) = sender(lab).await;
    busy(&other, &url).await;
    held
}

async fn busy(client: &Client, url: &str) {
    let answer = put(client, url, PDF).await;
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(refusal(answer).await, (503, "BUSY".to_owned()));
}

#[tokio::test]
async fn uploads_to_a_folder_hold_less_than_a_part_each() {
    let lab = Lab::sqlite_with(&["--transfer-idle-seconds", "600"]).await;
    let mut held = crowd(&lab, 64, 16).await;
    let on_the_way = || {
        let files = stored(&lab).into_iter().filter(|path| path.to_string_lossy().contains('#'));
        // One may be gone since it was listed.
        files.filter_map(|path| path.metadata().ok()).map(|file| file.len()).collect::<Vec<_>>()
    };
    for socket in &mut held {
        socket.write_all(&[b' '; 300_000]).await.expect("sent");
    }
    let part = 256 << 10;
    until(|| on_the_way() == [part; 64]).await;
    drop(held);
    until(|| on_the_way().is_empty()).await;
}

#[tokio::test]
async fn uploads_to_a_bucket_are_fewer_because_their_parts_are_large() {
    let (_folder, lab) = labs().await.remove(0);
    crowd(&lab, 24, 6).await;
}
