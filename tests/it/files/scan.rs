//! Every file is shown to clamd, here a small server that speaks its protocol; without a verdict nothing is accepted.

use reqwest::Response;
use serde_json::json;
use tests::{Client, Lab};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{about, refusal, stored};
use crate::given::{PDF, evidence, put};

/// The test file of the European Institute for Computer Antivirus Research, in two halves: this is none itself.
fn eicar() -> Vec<u8> {
    let halves = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD", "-ANTIVIRUS-TEST-FILE!$H+H*"];
    format!("%PDF-1.7\n{}\n", halves.concat()).into_bytes()
}

#[derive(Clone, Copy)]
enum Daemon {
    Works,
    TakesLittle,
    FallsSilent,
    HangsUp,
}

async fn daemon(behaviour: Daemon) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("tcp://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(talk(socket, behaviour));
        }
    });
    url
}

async fn talk(mut socket: TcpStream, behaviour: Daemon) -> std::io::Result<()> {
    let mut command = [0; 10];
    socket.read_exact(&mut command).await?;
    assert_eq!(&command, b"zINSTREAM\0");
    let mut bytes = Vec::new();
    loop {
        let length = socket.read_u32().await? as usize;
        if length == 0 {
            break;
        }
        let mut chunk = vec![0; length];
        socket.read_exact(&mut chunk).await?;
        bytes.extend(chunk);
        if matches!(behaviour, Daemon::TakesLittle) {
            return socket.write_all(b"INSTREAM size limit exceeded. ERROR\0").await;
        }
    }
    let halves = ["EICAR-STANDARD", "-ANTIVIRUS"].concat();
    let found = bytes.windows(halves.len()).any(|window| window == halves.as_bytes());
    match behaviour {
        Daemon::HangsUp => Ok(()),
        Daemon::FallsSilent => std::future::pending().await,
        _ if found => socket.write_all(b"stream: Eicar-Test-Signature FOUND\0").await,
        _ => socket.write_all(b"stream: OK\0").await,
    }
}

/// Sends a file in one piece by tus.
async fn by_tus(client: &Client, url: &str, bytes: &[u8]) -> Response {
    let request = |method, url: &str| client.http.request(method, url).header("tus-resumable", "1.0.0");
    let created = request(reqwest::Method::POST, &url.replace("/files/", "/files/tus/"));
    let created = created.header("upload-length", bytes.len()).send().await.expect("an answer");
    let at = created.headers()["location"].to_str().expect("an address").to_owned();
    let patch = request(reqwest::Method::PATCH, &at).header("upload-offset", 0);
    let patch = patch.header("content-type", "application/offset+octet-stream").body(bytes.to_vec());
    patch.send().await.expect("an answer")
}

#[tokio::test]
async fn what_clamd_finds_is_refused() {
    let url = daemon(Daemon::Works).await;
    let lab = Lab::sqlite_with(&["--clamd", &url]).await;
    let officer = lab.officer("STC").await;
    let infected = (422, "FILE_INFECTED".to_owned());
    let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    let answer = officer.http.put(&url).body(eicar()).send().await.expect("an answer");
    assert_eq!(refusal(answer).await, infected);
    assert_eq!(refusal(by_tus(&officer, &url, &eicar()).await).await, infected);
    assert_eq!((about(&officer, &id).await["status"].take(), stored(&lab)), (json!("PENDING"), vec![]));
    assert_eq!(by_tus(&officer, &url, PDF).await.status(), 204);
    assert_eq!(put(&officer, &url, PDF).await.status(), 200);
    assert_eq!(stored(&lab).len(), 1);
}

#[tokio::test]
async fn without_a_verdict_nothing_is_accepted() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        format!("tcp://{}", listener.local_addr().expect("an address"))
    };
    for url in [
        daemon(Daemon::TakesLittle).await,
        daemon(Daemon::FallsSilent).await,
        daemon(Daemon::HangsUp).await,
        nobody,
        "unix:///nowhere/clamd.sock".to_owned(),
    ] {
        let lab = Lab::sqlite_with(&["--clamd", &url, "--clamd-seconds", "1"]).await;
        let officer = lab.officer("STC").await;
        let (id, address) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let refused = (503, "SCAN_UNAVAILABLE".to_owned());
        assert_eq!(refusal(put(&officer, &address, PDF).await).await, refused, "{url}");
        assert_eq!(
            (about(&officer, &id).await["status"].take(), stored(&lab)),
            (json!("PENDING"), vec![]),
            "{url}"
        );
    }
}
