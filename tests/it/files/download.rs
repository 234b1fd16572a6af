//! Getting a file: whole, in parts, conditionally, and only through the wall.

use chrono::TimeDelta;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::json;
use tests::{Client, both};

use super::{download_url, refusal, stored};
use crate::given::{act, evidence, put, ready_evidence};

const TEXT: &[u8] = b"0123456789abcdefghij";

async fn ask(client: &Client, method: Method, url: &str, headers: &[(&'static str, &str)]) -> Response {
    let mut request = client.http.request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the server answers")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

both! {
    async fn the_whole_file(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "Báo cáo \"quý\" 3.txt" }), None).await;
        assert_eq!(put(&officer, &url, TEXT).await.status(), 200);
        let url = download_url(&officer, &id).await;
        for method in [Method::GET, Method::HEAD] {
            let response = ask(&officer, method.clone(), &url, &[]).await;
            assert_eq!(response.status(), 200);
            let headers = response.headers().clone();
            for (name, value) in [
                ("content-length", "20"),
                ("content-type", "text/plain"),
                ("accept-ranges", "bytes"),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "private, no-cache"),
                ("content-security-policy", "sandbox; default-src 'none'"),
                ("content-disposition", "attachment; filename=\"bao cao _quy_ 3.txt\"; \
                    filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20%22qu%C3%BD%22%203.txt"),
            ] {
                assert_eq!(header(&headers, name), value, "{name} of {method}");
            }
            assert_eq!(header(&headers, "etag"), format!("\"{}\"", api::files::sha256_hex(TEXT)));
            let body = response.bytes().await.expect("the body");
            assert_eq!(body, if method == Method::GET { TEXT } else { b"" });
        }
    }

    async fn parts_of_a_file(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.txt" }), None).await;
        put(&officer, &url, TEXT).await;
        let url = download_url(&officer, &id).await;
        for (range, status, content_range, body) in [
            ("bytes=0-3", 206, "bytes 0-3/20", "0123"),
            ("bytes=9-10", 206, "bytes 9-10/20", "9a"),
            ("bytes=15-", 206, "bytes 15-19/20", "fghij"),
            ("bytes=-2", 206, "bytes 18-19/20", "ij"),
            ("bytes=18-99", 206, "bytes 18-19/20", "ij"),
            ("bytes=20-", 416, "bytes */20", ""),
            ("bytes=-0", 416, "bytes */20", ""),
            ("bytes=0-1,3-4", 200, "", "0123456789abcdefghij"),
            ("lines=1-2", 200, "", "0123456789abcdefghij"),
        ] {
            let response = ask(&officer, Method::GET, &url, &[("range", range)]).await;
            assert_eq!(response.status(), status, "{range}");
            assert_eq!(header(response.headers(), "content-range"), content_range, "{range}");
            assert_eq!(response.text().await.expect("the body"), body, "{range}");
        }
        // Ranges are defined for GET alone (RFC 9110, 14.2).
        let head = ask(&officer, Method::HEAD, &url, &[("range", "bytes=0-3")]).await;
        assert_eq!((head.status().as_u16(), header(head.headers(), "content-length")), (200, "20"));
    }

    async fn a_file_that_the_client_has(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.txt" }), None).await;
        put(&officer, &url, TEXT).await;
        let url = download_url(&officer, &id).await;
        let etag = format!("\"{}\"", api::files::sha256_hex(TEXT));
        let weak = format!("W/{etag}");
        for (name, value, status) in [
            ("if-none-match", etag.as_str(), 304),
            ("if-none-match", &weak, 304),
            ("if-none-match", "*", 304),
            ("if-none-match", "\"other\"", 200),
        ] {
            let response = ask(&officer, Method::GET, &url, &[(name, value)]).await;
            assert_eq!(response.status(), status, "{name}: {value}");
            assert_eq!(header(response.headers(), "etag"), etag);
            assert_eq!(response.bytes().await.expect("the body").is_empty(), status == 304);
        }
        for (tag, status) in [(etag.as_str(), 206), ("\"other\"", 200), (&weak, 200)] {
            let response = ask(&officer, Method::GET, &url, &[("range", "bytes=0-3"), ("if-range", tag)]).await;
            assert_eq!(response.status(), status, "{tag}");
        }
    }

    async fn the_address_is_the_users_own_and_ends(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let id = ready_evidence(&officer, None).await;
        let (own, seen) = (download_url(&officer, &id).await, download_url(&coordinator, &id).await);
        assert_eq!(ask(&officer, Method::GET, &own, &[]).await.status(), 200);
        assert_eq!(ask(&officer, Method::GET, &seen, &[]).await.status(), 200);
        let put_instead = officer.http.put(&own).body("x").send().await.expect("an answer");
        assert_eq!(refusal(put_instead).await, (403, "INVALID_TICKET".to_owned()));
        for broken in [own.replace("/files/", "/files/x"), format!("{own}x"), own[..own.len() - 2].to_owned()] {
            let response = ask(&officer, Method::GET, &broken, &[]).await;
            assert_eq!(refusal(response).await, (403, "INVALID_TICKET".to_owned()));
        }
        // Who is moved elsewhere no longer gets it, though the ticket has not ended.
        let snv = tests::org(&lab.app, "SNV").await;
        let tx = lab.app.system().begin().await.expect("a transaction");
        let held = tx.hold::<entity::user::Entity>(officer.user, api::policy::Verb::Update).await.expect("held");
        let moved = entity::user::ActiveModel { organization_id: sea_orm::Set(Some(snv)), ..Default::default() };
        tx.update(&held, None, moved).await.expect("written");
        tx.commit().await.expect("committed");
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(refusal(ask(&officer, Method::GET, &own, &[]).await).await, (404, "NOT_FOUND".to_owned()));
        lab.clock.advance(TimeDelta::seconds(600));
        let response = ask(&coordinator, Method::GET, &seen, &[]).await;
        assert_eq!(refusal(response).await, (403, "INVALID_TICKET".to_owned()));
        act(&coordinator, "evidenceAccept", &id).await;
    }

    async fn a_file_that_the_store_has_lost(lab) {
        let officer = lab.officer("STC").await;
        let id = ready_evidence(&officer, None).await;
        let url = download_url(&officer, &id).await;
        for file in stored(&lab) {
            std::fs::remove_file(file).expect("removed");
        }
        let response = ask(&officer, Method::GET, &url, &[("accept-language", "en")]).await;
        assert_eq!(response.status(), 500);
        let body: serde_json::Value = response.json().await.expect("JSON");
        assert_eq!(body["errors"][0]["message"], "Internal error");
        assert!(!body.to_string().contains("files"), "{body:#}");
    }
}
