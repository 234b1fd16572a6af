//! Files in pieces: what the protocol promises, and that nothing half is ever taken for whole.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use reqwest::{Method, Response};
use serde_json::json;
use tests::{Client, both};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{about, refusal, stored, until};
use crate::given::{PDF, evidence, text};

pub type Headers<'a> = &'a [(&'static str, &'a str)];

pub async fn ask(
    client: &Client,
    method: Method,
    url: &str,
    headers: Headers<'_>,
    body: Vec<u8>,
) -> Response {
    let mut request = client.http.request(method, url).header("tus-resumable", "1.0.0").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the server answers")
}

/// The address at which uploads for a ticket's address begin.
fn beginning(url: &str) -> String {
    url.replace("/files/", "/files/tus/")
}

pub fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
}

/// Begins an upload of so many bytes; its address.
pub async fn begin(client: &Client, url: &str, size: usize) -> String {
    let created =
        ask(client, Method::POST, &beginning(url), &[("upload-length", &size.to_string())], vec![]).await;
    assert_eq!(created.status(), 201);
    header(&created, "location")
}

pub async fn patch(client: &Client, url: &str, offset: usize, more: Headers<'_>, body: &[u8]) -> Response {
    let offset = offset.to_string();
    let own = [("upload-offset", offset.as_str()), ("content-type", "application/offset+octet-stream")];
    ask(client, Method::PATCH, url, &[&own, more].concat(), body.to_vec()).await
}

/// How many bytes the server has.
pub async fn offset(client: &Client, url: &str) -> String {
    let told = ask(client, Method::HEAD, url, &[], vec![]).await;
    assert_eq!(told.status(), 200);
    header(&told, "upload-offset")
}

/// Begins to send `length` bytes from `offset` on, of which only some come.
pub async fn half_sent(url: &str, offset: usize, length: usize, some: &[u8]) -> TcpStream {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = TcpStream::connect(host).await.expect("connected");
    let request = format!(
        "PATCH /{path} HTTP/1.1\r\nhost: {host}\r\ntus-resumable: 1.0.0\r\nupload-offset: {offset}\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: {length}\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    socket.write_all(some).await.expect("sent");
    socket
}

/// Sends bytes when the request before has let go of the upload.
pub async fn when_free(client: &Client, url: &str, offset: usize, bytes: &[u8]) -> Response {
    loop {
        let answer = patch(client, url, offset, &[], bytes).await;
        if answer.status() != 423 {
            return answer;
        }
    }
}

fn none() -> Vec<std::path::PathBuf> {
    Vec::new()
}

both! {
    async fn a_file_comes_in_pieces(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf", "size": PDF.len() }), None).await;
        let can = ask(&officer, Method::OPTIONS, &format!("{}/files/tus", lab.url), &[], vec![]).await;
        assert_eq!(can.status(), 204);
        for (name, value) in [("tus-version", "1.0.0"), ("tus-checksum-algorithm", "sha256,sha1"),
            ("tus-extension", "creation,termination,checksum,expiration"), ("tus-max-size", "52428800")] {
            assert_eq!(header(&can, name), value, "{name}");
        }
        let metadata = "filename YS5wZGY=,is_draft";
        let length = PDF.len().to_string();
        let told: Headers<'_> = &[("upload-length", &length), ("upload-metadata", metadata)];
        let created = ask(&officer, Method::POST, &beginning(&url), told, vec![]).await;
        assert_eq!((created.status().as_u16(), header(&created, "tus-resumable").as_str()), (201, "1.0.0"));
        assert_eq!(header(&created, "upload-expires"), "Tue, 03 Feb 2026 02:00:00 GMT");
        let at = header(&created, "location");
        let head = ask(&officer, Method::HEAD, &at, &[], vec![]).await;
        let known = ["upload-offset", "upload-length", "upload-metadata", "cache-control"].map(|name| header(&head, name));
        assert_eq!(known, ["0", length.as_str(), metadata, "no-store"]);

        let first = patch(&officer, &at, 0, &[], &PDF[..10]).await;
        assert_eq!((first.status().as_u16(), header(&first, "upload-offset").as_str()), (204, "10"));
        let sha1 = format!("sha1 {}", BASE64_STANDARD.encode([1; 20]));
        let sha256 = format!("sha256 {}", BASE64_STANDARD.encode(hash(&PDF[10..20])));
        let before = stored(&lab);
        let broken = patch(&officer, &at, 10, &[("upload-checksum", &sha1)], &PDF[10..20]).await;
        assert_eq!(refusal(broken).await, (460, "CHECKSUM_MISMATCH".to_owned()));
        assert_eq!((offset(&officer, &at).await.as_str(), stored(&lab)), ("10", before), "nothing of it is kept");
        let unknown = patch(&officer, &at, 10, &[("upload-checksum", "md5 AAAA")], &PDF[10..20]).await;
        assert_eq!(refusal(unknown).await, (400, "BAD_USER_INPUT".to_owned()));
        let proven = patch(&officer, &at, 10, &[("upload-checksum", &sha256)], &PDF[10..20]).await;
        assert_eq!((proven.status().as_u16(), header(&proven, "upload-offset").as_str()), (204, "20"));

        let elsewhere = patch(&officer, &at, 10, &[], &PDF[10..]).await;
        assert_eq!(refusal(elsewhere).await, (409, "OFFSET_MISMATCH".to_owned()));
        let too_much = patch(&officer, &at, 20, &[], &[b' '; 500]).await;
        assert_eq!(refusal(too_much).await, (422, "SIZE_MISMATCH".to_owned()));
        let plain = ask(&officer, Method::PATCH, &at, &[("upload-offset", "20"), ("content-type", "text/plain")], vec![1]);
        assert_eq!(refusal(plain.await).await, (415, "BAD_USER_INPUT".to_owned()));
        let old = officer.http.patch(&at).header("tus-resumable", "0.2.2").send().await.expect("an answer");
        assert_eq!(header(&old, "tus-version"), "1.0.0");
        assert_eq!(refusal(old).await, (412, "BAD_USER_INPUT".to_owned()));
        assert_eq!(about(&officer, &id).await["status"], "PENDING");

        let over: Headers<'_> = &[("x-http-method-override", "PATCH"), ("upload-offset", "20"),
            ("content-type", "application/offset+octet-stream")];
        let last = ask(&officer, Method::POST, &at, over, PDF[20..].to_vec()).await;
        assert_eq!((last.status().as_u16(), header(&last, "upload-offset")), (204, length.clone()));
        assert_eq!(about(&officer, &id).await, json!({ "status": "READY", "size": PDF.len(),
            "sha256": api::files::sha256_hex(PDF), "mediaType": "application/pdf", "fileName": "a.pdf" }));
        let files = stored(&lab);
        assert_eq!(files.len(), 1, "the pieces are gone: {files:?}");
        assert_eq!(std::fs::read(&files[0]).expect("read"), PDF);
        assert_eq!(offset(&officer, &at).await, length, "who lost the last answer asks again");
    }

    async fn what_fails_the_check_is_removed(lab) {
        let officer = lab.officer("STC").await;
        let hash = api::files::sha256_hex(b"another");
        for (file, bytes, wanted) in [
            (json!({ "name": "a.pdf" }), b"<!doctype html>".as_slice(), (415, "FILE_TYPE_MISMATCH")),
            (json!({ "name": "a.pdf", "sha256": hash }), PDF, (422, "HASH_MISMATCH")),
        ] {
            let (id, url) = evidence(&officer, file, None).await;
            let at = begin(&officer, &url, bytes.len()).await;
            assert_eq!(patch(&officer, &at, 0, &[], &bytes[..5]).await.status(), 204);
            let (status, code) = refusal(patch(&officer, &at, 5, &[], &bytes[5..]).await).await;
            assert_eq!((status, code.as_str()), wanted);
            assert_eq!((about(&officer, &id).await["status"].take(), stored(&lab)), (json!("PENDING"), none()));
            assert_eq!(ask(&officer, Method::HEAD, &at, &[], vec![]).await.status(), 404);
        }
    }

    async fn what_cannot_begin(lab) {
        let officer = lab.officer("STC").await;
        let (_, url) = evidence(&officer, json!({ "name": "a.pdf", "size": 100 }), None).await;
        for (headers, wanted) in [
            (&[] as Headers<'_>, (400, "REQUIRED")),
            (&[("upload-length", "0")], (422, "FILE_EMPTY")),
            (&[("upload-length", "-1")], (400, "REQUIRED")),
            (&[("upload-length", "99999999999")], (413, "FILE_TOO_LARGE")),
            (&[("upload-length", "99")], (422, "SIZE_MISMATCH")),
            (&[("upload-length", "100"), ("upload-metadata", "a !")], (400, "BAD_USER_INPUT")),
        ] {
            let (status, code) = refusal(ask(&officer, Method::POST, &beginning(&url), headers, vec![]).await).await;
            assert_eq!((status, code.as_str()), wanted, "{headers:?}");
        }
        for _ in 0..20 {
            begin(&officer, &url, 100).await;
        }
        let one_more = ask(&officer, Method::POST, &beginning(&url), &[("upload-length", "100")], vec![]).await;
        assert_eq!(refusal(one_more).await, (400, "TOO_MANY".to_owned()));
    }

    async fn an_upload_outlives_its_ticket_but_not_its_day_nor_its_session(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let at = begin(&officer, &url, PDF.len()).await;
        assert_eq!(ask(&officer, Method::HEAD, &url.replace("/files/", "/files/tus/"), &[], vec![]).await.status(), 403);
        lab.clock.advance(TimeDelta::minutes(50));
        assert_eq!(patch(&officer, &at, 0, &[], &PDF[..10]).await.status(), 204);
        let late = ask(&officer, Method::POST, &beginning(&url), &[("upload-length", "10")], vec![]).await;
        assert_eq!(refusal(late).await, (403, "INVALID_TICKET".to_owned()));
        let forged = ask(&officer, Method::DELETE, &format!("{at}x"), &[], vec![]).await;
        assert_eq!(refusal(forged).await, (403, "INVALID_TICKET".to_owned()));
        assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept"), Default::default());
        officer.done("mutation { logout { done userErrors { field code message } } }", json!({})).await;
        lab.clock.advance(TimeDelta::seconds(4));
        let out = patch(&officer, &at, 10, &[], &PDF[10..]).await;
        assert_eq!(refusal(out).await, (403, "INVALID_TICKET".to_owned()));
        lab.clock.advance(TimeDelta::hours(24));
        let swept = lab.app.files.sweep(&lab.app).await.expect("swept");
        assert_eq!((swept.files, stored(&lab)), (1, none()));
        drop(id);
    }

    async fn an_upload_that_is_over(lab) {
        let officer = lab.officer("STC").await;
        let life = std::time::Duration::from_secs(72 * 3600);
        let token = api::auth::operator_token(&lab.app, &officer.email, life).await.expect("a token");
        let officer = Client { token: Some(token), ..officer };
        let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let at = begin(&officer, &url, PDF.len()).await;
        lab.clock.advance(TimeDelta::hours(24));
        let late = patch(&officer, &at, 0, &[], PDF).await;
        assert_eq!(refusal(late).await, (410, "UPLOAD_EXPIRED".to_owned()));
        assert_eq!(stored(&lab), none());
    }

    async fn an_upload_that_was_ended(lab) {
        let officer = lab.officer("STC").await;
        let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let at = begin(&officer, &url, PDF.len()).await;
        assert_eq!(patch(&officer, &at, 0, &[], &PDF[..10]).await.status(), 204);
        assert_eq!(ask(&officer, Method::DELETE, &at, &[], vec![]).await.status(), 204);
        assert_eq!(stored(&lab), none());
        let gone = patch(&officer, &at, 10, &[], &PDF[10..]).await;
        assert_eq!(refusal(gone).await, (404, "NOT_FOUND".to_owned()));
    }

    async fn one_at_a_time_and_what_came_before_a_break_is_kept(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.txt" }), None).await;
        let at = begin(&officer, &url, 100_000).await;
        let socket = half_sent(&at, 0, 100_000, &[b'a'; 60_000]).await;
        let second = async {
            loop {
                let (status, code) = refusal(patch(&officer, &at, 1, &[], b"b").await).await;
                match status {
                    // The first has not begun yet.
                    409 => tokio::task::yield_now().await,
                    _ => return (status, code),
                }
            }
        };
        assert_eq!(second.await, (423, "UPLOAD_LOCKED".to_owned()));
        drop(socket);
        until(|| !stored(&lab).is_empty()).await;
        let there = loop {
            let there: usize = offset(&officer, &at).await.parse().expect("a number");
            if there > 0 {
                break there;
            }
        };
        assert!(there <= 60_000, "{there}");
        let rest = when_free(&officer, &at, there, &vec![b'a'; 100_000 - there]).await;
        assert_eq!(rest.status(), 204, "{:?}", rest.text().await);
        assert_eq!(about(&officer, &id).await["sha256"], api::files::sha256_hex(&[b'a'; 100_000]));
    }

    async fn a_claim_of_a_server_that_died_ends(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let at = begin(&officer, &url, PDF.len()).await;
        assert_eq!(patch(&officer, &at, 0, &[], &PDF[..10]).await.status(), 204);
        // What a server leaves that is killed behind a piece: the claim, and a piece that no row tells of.
        let row = {
            use api::store::Read;
            let tx = lab.app.system().begin().await.expect("begun");
            let row = tx.first(tx.find::<entity::upload::Entity>()).await.expect("read").expect("there");
            let held = tx.hold::<entity::upload::Entity>(row.id, api::policy::Verb::Update).await.expect("held");
            let until = Some(lab.app.world.now() + TimeDelta::seconds(60));
            let change = entity::upload::ActiveModel { claimed_until: sea_orm::Set(until), ..Default::default() };
            let row = tx.update(&held, None, change).await.expect("written");
            tx.commit().await.expect("committed");
            row
        };
        lab.app.files.put_piece(&row, 10, b"half a piece that was never recorded".to_vec().into()).await.expect("stored");
        let early = patch(&officer, &at, 10, &[], &PDF[10..]).await;
        assert_eq!(header(&early, "retry-after"), "5");
        assert_eq!(refusal(early).await, (423, "UPLOAD_LOCKED".to_owned()));
        lab.clock.advance(TimeDelta::seconds(61));
        assert_eq!(offset(&officer, &at).await, "10");
        assert_eq!(patch(&officer, &at, 10, &[], &PDF[10..]).await.status(), 204);
        assert_eq!(text(&about(&officer, &id).await["sha256"]), api::files::sha256_hex(PDF));
        assert_eq!(stored(&lab).len(), 1);
    }
}

/// SHA-256 of the bytes.
pub fn hash(bytes: &[u8]) -> Vec<u8> {
    let hex = api::files::sha256_hex(bytes);
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}
