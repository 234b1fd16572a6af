//! Evidence in a bucket. The bucket is a stand-in that speaks as much of S3 as the product uses; it looks for a signature
//! and does not check it.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tests::Lab;

use super::{about, download_url, refusal};
use crate::given::{PDF, act, evidence, put, text};

#[derive(Default)]
struct Contents {
    files: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u32, Bytes>>,
    begun: u32,
}

type Bucket = State<Arc<Mutex<Contents>>>;

async fn answer(
    State(bucket): Bucket,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut contents = bucket.lock().expect("no answer panicked");
    if uri.path() == "/keys" {
        let keys: Vec<&String> = contents.files.keys().collect();
        return json!({ "files": keys, "uploads": contents.uploads.len() }).to_string().into_response();
    }
    if uri.path() == "/orphan" {
        contents.files.insert("pii/evidence/a/b".to_owned(), b"left".to_vec());
        return StatusCode::OK.into_response();
    }
    let signature =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature.starts_with("AWS4-HMAC-SHA256 Credential=somebody/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let key = uri.path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
    let query: BTreeMap<&str, &str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('=').or(Some((pair, ""))))
        .collect();
    let upload = query.get("uploadId").map(|id| (*id).to_owned());
    match (method, upload) {
        (Method::POST, None) if query.contains_key("uploads") => {
            contents.begun += 1;
            let id = format!("u{}", contents.begun);
            contents.uploads.insert(id.clone(), BTreeMap::new());
            format!(
                "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            )
            .into_response()
        }
        (Method::PUT, Some(id)) => {
            let part = query["partNumber"].parse().expect("a number");
            contents.uploads.get_mut(&id).expect("begun").insert(part, body);
            [(header::ETAG, "\"part\"")].into_response()
        }
        (Method::POST, Some(id)) => {
            let parts = contents.uploads.remove(&id).expect("begun");
            contents.files.insert(key, parts.into_values().flatten().collect());
            "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        (Method::DELETE, Some(id)) => {
            contents.uploads.remove(&id);
            StatusCode::NO_CONTENT.into_response()
        }
        (Method::POST, None) => {
            let wanted = String::from_utf8_lossy(&body).into_owned();
            contents.files.retain(|key, _| !wanted.contains(&format!("<Key>{key}</Key>")));
            let key = wanted.split("<Key>").nth(1).and_then(|rest| rest.split("</Key>").next());
            format!("<DeleteResult><Deleted><Key>{}</Key></Deleted></DeleteResult>", key.unwrap_or_default())
                .into_response()
        }
        (Method::DELETE, None) => {
            contents.files.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        (_, None) if query.contains_key("list-type") => {
            let file = |(key, bytes): (&String, &Vec<u8>)| {
                format!(
                    "<Contents><Key>{key}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified>\
                         <ETag>\"whole\"</ETag><Size>{}</Size></Contents>",
                    bytes.len()
                )
            };
            let files: String = contents.files.iter().map(file).collect();
            format!("<ListBucketResult>{files}</ListBucketResult>").into_response()
        }
        _ => match contents.files.get(&key) {
            None => StatusCode::NOT_FOUND.into_response(),
            Some(bytes) => found(bytes, &headers),
        },
    }
}

fn found(bytes: &[u8], headers: &HeaderMap) -> Response {
    const ABOUT: [(header::HeaderName, &str); 2] =
        [(header::ETAG, "\"whole\""), (header::LAST_MODIFIED, "Wed, 01 Jan 2020 00:00:00 GMT")];
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()?.strip_prefix("bytes="));
    match range.and_then(|range| range.split_once('-')) {
        None => (ABOUT, bytes.to_vec()).into_response(),
        Some((first, last)) => {
            let (first, last): (usize, usize) =
                (first.parse().expect("a number"), last.parse().expect("a number"));
            let content_range = format!("bytes {first}-{last}/{}", bytes.len());
            let part = bytes[first..=last].to_vec();
            (StatusCode::PARTIAL_CONTENT, ABOUT, [(header::CONTENT_RANGE, content_range)], part)
                .into_response()
        }
    }
}

/// Runs the test below in a process of its own: the bucket's settings come from the environment.
#[tokio::test]
async fn a_bucket_takes_the_place_of_the_folder() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let bucket = Router::new().fallback(answer).layer(axum::extract::DefaultBodyLimit::disable());
    let bucket = bucket.with_state(Arc::default());
    let server = tokio::spawn(async move { axum::serve(listener, bucket).await });
    let child = move || {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "files::bucket::in_a_bucket", "--ignored", "--nocapture"])
            .env("AWS_ENDPOINT", &url)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "somebody")
            .env("AWS_SECRET_ACCESS_KEY", "something")
            .output()
    };
    let output = tokio::task::spawn_blocking(child).await.expect("it runs").expect("it starts");
    server.abort();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by a_bucket_takes_the_place_of_the_folder, which names the bucket in its environment"]
async fn in_a_bucket() {
    let bucket = std::env::var("AWS_ENDPOINT").expect("the bucket's address");
    let lab = Lab::sqlite_with(&["--storage-url", "s3://bucket/pii"]).await;
    let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
    let keys = async || {
        let response = officer.http.get(format!("{bucket}/keys")).send().await.expect("an answer");
        let told: serde_json::Value = response.json().await.expect("JSON");
        assert_eq!(told["uploads"], 0, "no upload is left unfinished");
        told["files"].as_array().expect("keys").iter().map(text).collect::<Vec<_>>()
    };
    lab.app.is_ready().await.expect("the bucket answers");
    let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    assert_eq!(refusal(put(&officer, &url, b"no PDF").await).await, (415, "FILE_TYPE_MISMATCH".to_owned()));
    assert_eq!(keys().await, Vec::<String>::new());

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
    let first = keys().await;
    assert!(first.len() == 1 && first[0].starts_with("pii/evidence/"), "{first:?}");
    let address = download_url(&officer, &id).await;
    let got = officer.http.get(&address).send().await.expect("an answer").bytes().await.expect("the bytes");
    assert!(got == whole, "what comes back is what was sent");
    let part = officer.http.get(&address).header("range", "bytes=1-3").send().await.expect("an answer");
    assert_eq!((part.status().as_u16(), part.text().await.expect("the bytes")), (206, "PDF".to_owned()));

    act(&coordinator, "evidenceReject", &id).await;
    assert_eq!(put(&officer, &url, PDF).await.status(), 200);
    let second = keys().await;
    assert!(second.len() == 1 && second != first, "the old bytes are gone: {second:?}");

    officer.http.put(format!("{bucket}/orphan")).send().await.expect("an answer");
    assert_eq!(keys().await.len(), 2);
    assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept").files, 1);
    assert_eq!(keys().await, second);
}
