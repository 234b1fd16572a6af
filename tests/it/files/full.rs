//! A disk that fills up in the middle of an upload: the server may not let a file grow any further.

use reqwest::{Method, Response};
use serde_json::json;
use tests::{Client, Lab, Process, both};

use super::{SERVER, about, refusal, stored, until};
use crate::given::{PDF, evidence};

/// The largest file of a server in MiB: the embedded database must have room.
const MOST: usize = 16;

/// A server on a disk that has room for files of so many bytes; it refuses what is larger and goes on.
async fn server(lab: &Lab, most: usize) -> Process {
    Process::at_with_room(lab, SERVER, "listening", most as u64).await
}

/// A document of so many MiB and a little.
fn document(size: usize) -> Vec<u8> {
    [PDF, &vec![b' '; size << 20]].concat()
}

async fn tus(client: &Client, method: Method, url: &str, offset: usize, bytes: &[u8]) -> Response {
    let request = client.http.request(method, url).header("tus-resumable", "1.0.0");
    let request = request.header("upload-offset", offset).header("upload-length", bytes.len());
    let request = request.header("content-type", "application/offset+octet-stream");
    request.body(bytes[offset..].to_vec()).send().await.expect("an answer")
}

/// Begins an upload at the lab's own server; its address there.
async fn begin(client: &Client, url: &str, whole: &[u8]) -> String {
    let beginning = url.replace("/files/", "/files/tus/");
    let created =
        client.http.post(beginning).header("tus-resumable", "1.0.0").header("upload-length", whole.len());
    let created = created.send().await.expect("an answer");
    created.headers()["location"].to_str().expect("an address").to_owned()
}

async fn offset(client: &Client, at: &str) -> usize {
    let head = client.http.head(at).header("tus-resumable", "1.0.0").send().await.expect("an answer");
    head.headers()["upload-offset"].to_str().expect("text").parse().expect("a number")
}

fn full() -> (u16, String) {
    (507, "STORAGE_FULL".to_owned())
}

both! {
    async fn a_put(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let server = server(&lab, MOST << 20).await;
        let there = url.replace(&lab.url, &server.said);
        let put = async |bytes: Vec<u8>| officer.http.put(&there).body(bytes).send().await.expect("an answer");
        let refused = put(document(MOST + 1)).await;
        assert_eq!(refusal(refused).await, full());
        assert_eq!(about(&officer, &id).await["status"], "PENDING");
        until(|| stored(&lab).is_empty()).await;

        let small = document(2);
        assert_eq!(put(small.clone()).await.status(), 200, "the same server takes what there is room for");
        assert_eq!(about(&officer, &id).await["sha256"], api::files::sha256_hex(&small));
        let files = stored(&lab);
        assert_eq!(files.len(), 1, "{files:?}");
    }

    async fn the_last_piece_of_a_file(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let whole = document(MOST + 1);
        let at = begin(&officer, &url, &whole).await;
        let server = server(&lab, MOST << 20).await;
        // There is room for each piece, not for the file that they make up.
        let refused = tus(&officer, Method::PATCH, &at.replace(&lab.url, &server.said), 0, &whole).await;
        assert_eq!(refusal(refused).await, full());
        server.kill();
        assert_eq!(about(&officer, &id).await["status"], "PENDING");
        let pieces = |path: &std::path::PathBuf| path.components().any(|step| step.as_os_str() == "uploads");
        until(|| stored(&lab).iter().all(pieces)).await;
        assert!(!stored(&lab).is_empty(), "what came is kept for another try");

        let there = offset(&officer, &at).await;
        assert!((1..whole.len()).contains(&there), "the last piece is sent again: {there}");
        assert_eq!(tus(&officer, Method::PATCH, &at, there, &whole).await.status(), 204);
        assert_eq!(about(&officer, &id).await["sha256"], api::files::sha256_hex(&whole));
        assert_eq!(stored(&lab).len(), 1);
    }
}

/// The embedded database does not fit such a limit.
#[tokio::test]
async fn a_piece() {
    let Some(lab) = Lab::postgres().await else { return };
    let officer = lab.officer("STC").await;
    let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    let whole = document(3);
    let at = begin(&officer, &url, &whole).await;
    let half = 1 << 18;
    let server = server(&lab, 2 * half).await;
    let there = at.replace(&lab.url, &server.said);
    let part = async |from: usize, to: usize| {
        let request =
            officer.http.patch(&there).header("tus-resumable", "1.0.0").header("upload-offset", from);
        let request = request.header("content-type", "application/offset+octet-stream");
        request.body(whole[from..to].to_vec()).send().await.expect("an answer")
    };
    assert_eq!(part(0, half).await.status(), 204);
    assert_eq!(refusal(part(half, 4 * half).await).await, full());
    assert_eq!(
        (offset(&officer, &there).await, stored(&lab).len()),
        (half, 1),
        "the first piece, nothing of the second"
    );
    assert_eq!(
        part(half, 2 * half).await.status(),
        204,
        "a smaller one finds room, the upload is not locked"
    );
    assert_eq!(about(&officer, &id).await["status"], "PENDING");
    server.kill();
    assert_eq!(tus(&officer, Method::PATCH, &at, 2 * half, &whole).await.status(), 204);
    assert_eq!(about(&officer, &id).await["sha256"], api::files::sha256_hex(&whole));
    assert_eq!(stored(&lab).len(), 1);
}
