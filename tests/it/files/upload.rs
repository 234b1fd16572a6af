//! Sending a file: what is taken, what is refused, and that a refused file leaves nothing behind.

use api::files::sha256_hex;
use chrono::TimeDelta;
use futures_util::stream;
use serde_json::{Value, json};
use tests::{Client, Lab, both};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{about, refusal, stored, until};
use crate::given::{PDF, act, database, evidence, put, ready_evidence, text, written};

/// Sends chunks of unknown sum.
async fn stream_to(client: &Client, url: &str, chunks: Vec<Vec<u8>>) -> reqwest::Response {
    let chunks = chunks.into_iter().map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(stream::iter(chunks));
    client.http.put(url).body(body).send().await.expect("the server answers")
}

async fn ticket(client: &Client, id: &str, file: Value) -> String {
    const TICKET: &str =
        "mutation($id: ID!, $file: FileInput!) { evidenceUploadTicket(id: $id, file: $file) {
        upload { url } userErrors { field code message } } }";
    let payload = client.done(TICKET, json!({ "id": id, "file": file })).await;
    text(&payload["upload"]["url"])
}

both! {
    async fn a_file_is_streamed_counted_hashed_and_sniffed(lab) {
        let officer = lab.officer("STC").await;
        let mut whole = PDF.to_vec();
        whole.extend((0..300_000_u32).map(|n| n.to_le_bytes()[0]));
        let hash = sha256_hex(&whole);
        let file = json!({ "name": "Quyết định 123.PDF", "mediaType": "application/pdf", "size": whole.len(),
            "sha256": hash.to_uppercase() });
        let (id, url) = evidence(&officer, file, None).await;
        assert_eq!(about(&officer, &id).await["status"], "PENDING");
        let chunks: Vec<Vec<u8>> = whole.chunks(10_007).map(<[u8]>::to_vec).collect();
        let response = stream_to(&officer, &url, chunks).await;
        assert_eq!(response.status(), 200);
        let told: Value = response.json().await.expect("JSON");
        let known = json!({ "id": id, "size": whole.len(), "sha256": hash, "mediaType": "application/pdf" });
        assert_eq!(told, known);
        assert_eq!(about(&officer, &id).await, json!({ "status": "READY", "size": whole.len(), "sha256": hash,
            "mediaType": "application/pdf", "fileName": "Quyết định 123.PDF" }));
        let files = stored(&lab);
        assert_eq!(files.len(), 1);
        assert_eq!(std::fs::read(&files[0]).expect("read"), whole);
    }

    async fn what_does_not_fit_is_refused_and_leaves_nothing(lab) {
        let officer = lab.officer("STC").await;
        let hash = sha256_hex(b"another");
        for (what, file, bytes, wanted) in [
            ("a page as PDF", json!({ "name": "a.pdf" }), b"<!doctype html><script>".as_slice(),
                (415, "FILE_TYPE_MISMATCH")),
            ("a program as PDF", json!({ "name": "a.pdf" }), b"MZ\x90\0\x03\0", (415, "FILE_TYPE_MISMATCH")),
            ("a PDF as picture", json!({ "name": "a.png" }), PDF, (415, "FILE_TYPE_MISMATCH")),
            ("declared otherwise", json!({ "name": "a.pdf", "mediaType": "image/png" }), PDF,
                (415, "FILE_TYPE_MISMATCH")),
            ("bytes as text", json!({ "name": "a.txt" }), b"a\0b", (415, "FILE_TYPE_MISMATCH")),
            ("another hash", json!({ "name": "a.pdf", "sha256": hash }), PDF, (422, "HASH_MISMATCH")),
            ("another size", json!({ "name": "a.pdf", "size": 7 }), PDF, (422, "SIZE_MISMATCH")),
            ("nothing", json!({ "name": "a.pdf" }), b"", (422, "FILE_EMPTY")),
        ] {
            let (id, url) = evidence(&officer, file, None).await;
            let (status, code) = refusal(put(&officer, &url, bytes).await).await;
            assert_eq!((status, code.as_str()), wanted, "{what}");
            assert_eq!(about(&officer, &id).await["status"], "PENDING", "{what}");
            assert_eq!(stored(&lab), Vec::<std::path::PathBuf>::new(), "{what}");
        }
        let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let answer = officer.http.put(&url).header("accept-language", "vi").body("x").send().await;
        let body: Value = answer.expect("an answer").json().await.expect("JSON");
        assert!(text(&body["errors"][0]["message"]).starts_with("Nội dung tệp"));
    }

    async fn a_ticket_ends(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        lab.clock.advance(TimeDelta::seconds(601));
        let before = written(&database(&lab).await).await;
        assert_eq!(refusal(put(&officer, &url, PDF).await).await, (403, "INVALID_TICKET".to_owned()));
        assert_eq!(written(&database(&lab).await).await, before);
        assert!(stored(&lab).is_empty());
        let url = ticket(&officer, &id, json!({ "name": "a.pdf" })).await;
        lab.clock.advance(TimeDelta::seconds(590));
        assert_eq!(put(&officer, &url, PDF).await.status(), 200);
    }

    async fn a_ticket_ends_with_its_session_and_does_not_survive_disabling(lab) {
        let officer = lab.officer("STC").await;
        let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        officer.done("mutation { logout { done userErrors { field code message } } }", json!({})).await;
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(refusal(put(&officer, &url, PDF).await).await, (403, "INVALID_TICKET".to_owned()));
        assert!(stored(&lab).is_empty());
    }

    async fn a_ticket_does_not_change_what_was_accepted(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        assert_eq!(put(&officer, &url, PDF).await.status(), 200);
        act(&coordinator, "evidenceAccept", &id).await;
        let before = (about(&officer, &id).await, stored(&lab));
        assert_eq!(refusal(put(&officer, &url, b"%PDF-1.4 other").await).await, (409, "INVALID_STATE".to_owned()));
        assert_eq!((about(&officer, &id).await, stored(&lab)), before);
    }

    async fn a_better_file_takes_the_place_of_a_rejected_one(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let id = ready_evidence(&officer, None).await;
        let old = stored(&lab);
        act(&coordinator, "evidenceReject", &id).await;
        let url = ticket(&officer, &id, json!({ "name": "b.txt" })).await;
        let text = "Số liệu đã sửa".as_bytes();
        let refused = put(&officer, &url, b"\0").await;
        assert_eq!(refusal(refused).await, (415, "FILE_TYPE_MISMATCH".to_owned()));
        assert_eq!((about(&officer, &id).await["status"].take(), stored(&lab)), (json!("REJECTED"), old.clone()));
        assert_eq!(put(&officer, &url, text).await.status(), 200);
        let now = stored(&lab);
        assert_eq!(now.len(), 1, "the old bytes are gone");
        assert_ne!(now, old);
        assert_eq!(std::fs::read(&now[0]).expect("read"), text);
        assert_eq!(about(&officer, &id).await["status"], "READY");
    }

    async fn another_office_has_no_use_for_the_id(lab) {
        let (officer, other) = (lab.officer("STC").await, lab.officer("SNV").await);
        let (id, _) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        const TICKET: &str = "mutation($id: ID!) { evidenceUploadTicket(id: $id, file: { name: \"a.pdf\" }) {
            upload { url } userErrors { field code message } } }";
        assert_eq!(other.code(TICKET, json!({ "id": id })).await, "NOT_FOUND");
    }

    async fn a_client_that_breaks_off_leaves_nothing(lab) {
        let officer = lab.officer("STC").await;
        for head in ["content-length: 200000", "transfer-encoding: chunked"] {
            let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
            let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
            let mut socket = TcpStream::connect(host).await.expect("connected");
            let request = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\n{head}\r\n\r\n");
            socket.write_all(request.as_bytes()).await.expect("sent");
            let part = [PDF, &[b' '; 60_000]].concat();
            if head.ends_with("chunked") {
                socket.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.expect("sent");
            }
            socket.write_all(&part).await.expect("sent");
            until(|| !stored(&lab).is_empty()).await;
            drop(socket);
            until(|| stored(&lab).is_empty()).await;
            assert_eq!(about(&officer, &id).await["status"], "PENDING", "{head}");
        }
    }
}

const SMALL: &[&str] = &["--max-file-bytes", "100000"];

async fn too_large(lab: Lab) {
    let officer = lab.officer("STC").await;
    let (id, url) = evidence(&officer, json!({ "name": "a.txt" }), None).await;
    let refused = (413, "FILE_TOO_LARGE".to_owned());
    let with_length = officer.http.put(&url).body(vec![b'a'; 100_001]).send().await.expect("an answer");
    assert_eq!(refusal(with_length).await, refused);
    let without_length = stream_to(&officer, &url, vec![vec![b'a'; 10_000]; 11]).await;
    assert_eq!(refusal(without_length).await, refused);
    assert_eq!(about(&officer, &id).await["status"], "PENDING");
    assert!(stored(&lab).is_empty());
    let most = stream_to(&officer, &url, vec![vec![b'a'; 10_000]; 10]).await;
    assert_eq!(most.status(), 200, "the limit itself is allowed");
}

#[tokio::test]
async fn too_large_sqlite() {
    too_large(Lab::sqlite_with(SMALL).await).await;
}

#[tokio::test]
async fn too_large_postgres() {
    if let Some(lab) = Lab::postgres_with(SMALL).await {
        too_large(lab).await;
    }
}
