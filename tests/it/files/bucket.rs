//! Evidence in a bucket, of a real S3-compatible server that checks signatures.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use reqwest::Method;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use serde_json::json;
use tempfile::TempDir;
use tests::Lab;
use tokio::net::TcpListener;

use super::tus::{ask, begin, half_sent, hash, offset, patch, when_free};
use super::{about, download_url, refusal, until};
use crate::given::{PDF, act, evidence, put};

/// Serves the folder as S3; its address.
async fn serve(folder: &Path) -> String {
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).expect("the folder is served"));
    service.set_auth(SimpleAuth::from_single("somebody", "something"));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                drop(server.serve_connection(TokioIo::new(socket), service).await);
            });
        }
    });
    url
}

/// The files under `folder` that hold evidence.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// A folder that is served as a bucket, and a lab on each database whose files are there under `pii`.
pub async fn labs() -> Vec<(TempDir, Lab)> {
    let mut labs = Vec::new();
    for embedded in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("bucket")).expect("a bucket");
        let server = serve(folder.path()).await;
        let flags =
            ["--storage-url", "s3://bucket/pii", "--s3-endpoint", &server, "--s3-region", "us-east-1"];
        let secrets = ["--s3-access-key-id", "somebody", "--s3-secret-access-key", "something"];
        let patience = ["--transfer-idle-seconds", "600"];
        let flags = [flags.as_slice(), &secrets, &patience].concat();
        let lab =
            if embedded { Some(Lab::sqlite_with(&flags).await) } else { Lab::postgres_with(&flags).await };
        labs.extend(lab.map(|lab| (folder, lab)));
    }
    labs
}

#[tokio::test]
async fn a_file_comes_in_pieces() {
    for (folder, lab) in labs().await {
        let officer = lab.officer("STC").await;
        let (kept, pieces) =
            (folder.path().join("bucket/pii/evidence"), folder.path().join("bucket/pii/uploads"));
        let mut whole = PDF.to_vec();
        whole.extend((0..7_000_000_u32).map(|n| n.to_le_bytes()[1]));
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let at = begin(&officer, &url, whole.len()).await;
        assert_eq!(patch(&officer, &at, 0, &[], &whole[..3_000_000]).await.status(), 204);
        assert_eq!(offset(&officer, &at).await, "3000000");
        let first = files(&pieces).len();

        // What comes before a break is kept.
        let socket = half_sent(&at, 3_000_000, 2_000_000, &whole[3_000_000..3_700_000]).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        drop(socket);
        until(|| files(&pieces).len() > first).await;
        let there = loop {
            let there: usize = offset(&officer, &at).await.parse().expect("a number");
            if there > 3_000_000 {
                break there;
            }
        };
        assert!(there <= 3_700_000, "{there}");
        assert_eq!(when_free(&officer, &at, there, &whole[there..5_000_000]).await.status(), 204);

        let before = files(&pieces);
        let sha256 = |bytes: &[u8]| format!("sha256 {}", BASE64_STANDARD.encode(hash(bytes)));
        let rest = &whole[5_000_000..6_000_000];
        let wrong = patch(&officer, &at, 5_000_000, &[("upload-checksum", &sha256(b"other"))], rest).await;
        assert_eq!(refusal(wrong).await, (460, "CHECKSUM_MISMATCH".to_owned()));
        assert_eq!((offset(&officer, &at).await.as_str(), files(&pieces)), ("5000000", before));
        let right = patch(&officer, &at, 5_000_000, &[("upload-checksum", &sha256(rest))], rest).await;
        assert_eq!(right.status(), 204);
        assert_eq!((about(&officer, &id).await["status"].take(), files(&kept)), (json!("PENDING"), vec![]));

        assert_eq!(patch(&officer, &at, 6_000_000, &[], &whole[6_000_000..]).await.status(), 204);
        let known = about(&officer, &id).await;
        assert_eq!(
            (&known["status"], &known["sha256"]),
            (&json!("READY"), &json!(api::files::sha256_hex(&whole)))
        );
        assert_eq!((files(&kept).len(), files(&pieces)), (1, vec![]), "the pieces are gone");
        let got = officer.http.get(download_url(&officer, &id).await).send().await.expect("an answer");
        assert!(got.bytes().await.expect("the bytes") == whole, "what comes back is what was sent");

        let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let given_up = begin(&officer, &url, whole.len()).await;
        assert_eq!(patch(&officer, &given_up, 0, &[], &whole[..10]).await.status(), 204);
        assert_eq!(ask(&officer, Method::DELETE, &given_up, &[], vec![]).await.status(), 204);
        assert_eq!(files(&pieces), Vec::<PathBuf>::new());
    }
}

#[tokio::test]
async fn a_bucket_takes_the_place_of_the_folder() {
    let (folder, lab) = labs().await.remove(0);
    let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
    let evidence_folder = folder.path().join("bucket/pii/evidence");
    let keys = || files(&evidence_folder);
    lab.app.is_ready().await.expect("the bucket answers");
    let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    assert_eq!(refusal(put(&officer, &url, b"no PDF").await).await, (415, "FILE_TYPE_MISMATCH".to_owned()));
    assert_eq!(keys(), Vec::<PathBuf>::new());

    // More than the five mebibytes of one part.
    let mut whole = PDF.to_vec();
    whole.extend((0..6_500_000_u32).map(|n| n.to_le_bytes()[1]));
    let response = officer.http.put(&url).body(whole.clone()).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let known = about(&officer, &id).await;
    assert_eq!(
        (&known["size"], &known["sha256"]),
        (&json!(whole.len()), &json!(api::files::sha256_hex(&whole)))
    );
    let first = keys();
    assert_eq!(first.len(), 1, "{first:?}");
    let address = download_url(&officer, &id).await;
    let got = officer.http.get(&address).send().await.expect("an answer").bytes().await.expect("the bytes");
    assert!(got == whole, "what comes back is what was sent");
    let part = officer.http.get(&address).header("range", "bytes=1-3").send().await.expect("an answer");
    assert_eq!((part.status().as_u16(), part.text().await.expect("the bytes")), (206, "PDF".to_owned()));

    act(&coordinator, "evidenceReject", &id).await;
    assert_eq!(put(&officer, &url, PDF).await.status(), 200);
    let second = keys();
    assert!(second.len() == 1 && second != first, "the old bytes are gone: {second:?}");

    let orphan = evidence_folder.join("left/behind");
    std::fs::create_dir_all(orphan.parent().expect("a folder")).expect("a folder");
    std::fs::write(&orphan, "left").expect("a file");
    assert_eq!(keys().len(), 2);
    // Files carry the machine's time, which runs ahead of the lab's.
    lab.clock.advance(chrono::TimeDelta::days(3_650));
    assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept").files, 1);
    assert_eq!(keys(), second);
}
