//! Exports are sent while they are read: memory does not grow with them, nobody reads on for a client that is gone, and
//! what breaks off does not look whole.

use std::io::Read as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use api::bench_data::{MARK, Outcome, Sizes, fill};
use api::store::Read;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use entity::{edition, unit};
use futures_util::StreamExt;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, QueryFilter, QueryOrder};
use serde_json::json;
use tests::process::run_alone;
use tests::{Client, Lab, both};
use tower::ServiceExt;

use crate::budget::held;
use crate::given::database;
use crate::scene::text;

/// An edition with figures of so many units, each with 78 of each kind, and somebody who may read it.
async fn edition_of(lab: &Lab, units: u32) -> (Client, String) {
    let sizes = Sizes { units, editions: 1, tasks: 0, assignments: 0, organizations: 1, seed: 1 };
    assert_eq!(fill(&lab.app, &sizes).await.expect("filled"), Outcome::Filled);
    let store = lab.app.system();
    let found = store.find::<edition::Entity>().filter(edition::Column::Synthetic.eq(true));
    let found = store.first(found).await.expect("read").expect("an edition");
    (lab.officer("STC").await, format!("edition:{}", found.id))
}

async fn address(client: &Client, edition: &str, format: &str) -> String {
    let query = "query($edition: ID!, $format: FileFormat!) {
        editionExport(edition: $edition, format: $format, lang: VI) { url } }";
    let data = client.get(query, json!({ "edition": edition, "format": format })).await;
    text(&data, "/editionExport/url")
}

/// The body as the routes make it, without a socket whose buffers would take much of it.
async fn body(lab: &Lab, address: &str) -> BodyDataStream {
    let path = address.strip_prefix(&lab.url).expect("an address of the lab");
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = api::http::router(lab.app.clone()).oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().get("content-length").is_none(), "nobody knows it yet");
    answer.into_body().into_data_stream()
}

/// What the lab hears once nothing more comes.
async fn silence(lab: &Lab) -> usize {
    let mut before = lab.heard().len();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = lab.heard().len();
        if now == before {
            return now;
        }
        before = now;
    }
}

/// Whether all eight places of the user are free, so that nobody is sending to it.
fn nobody_sends(lab: &Lab, client: &Client) -> bool {
    let places: Vec<_> =
        (0..8).map(|_| lab.app.files.downloads.take(api::places::Asker::User(client.user))).collect();
    places.iter().all(Result::is_ok)
}

both! {
    async fn nobody_reads_on_for_a_client_that_stops_or_is_gone(lab) {
        let (client, edition) = edition_of(&lab, 240).await;
        for format in ["CSV", "JSON"] {
            let url = address(&client, &edition, format).await;
            lab.listen();
            let mut whole = body(&lab, &url).await;
            while let Some(piece) = whole.next().await {
                piece.expect("a piece");
            }
            let all = silence(&lab).await;
            lab.listen();
            let mut begun = body(&lab, &url).await;
            begun.next().await.expect("a first piece").expect("is sent");
            let waiting = silence(&lab).await;
            assert!(waiting * 2 < all, "{format}: {waiting} of {all} statements for a client that waits");
            assert!(!nobody_sends(&lab, &client));
            drop(begun);
            // One page may be under way.
            assert!(silence(&lab).await <= waiting + 5, "{format}: it is read on for nobody");
            assert!(nobody_sends(&lab, &client), "{format}");
        }
    }

    async fn text_is_compressed_and_its_length_is_not_told(lab) {
        let (client, edition) = edition_of(&lab, 24).await;
        for (format, is_text) in [("CSV", true), ("JSON", true), ("XLSX", false)] {
            let url = address(&client, &edition, format).await;
            let get = async |encoding| {
                let answer = client.http.get(&url).header("accept-encoding", encoding).send().await.expect("an answer");
                let headers = answer.headers().clone();
                (headers, answer.bytes().await.expect("bytes"))
            };
            let (plain, bytes) = get("identity").await;
            let (packed, sent) = get("gzip").await;
            for (header, length) in [(&plain, bytes.len()), (&packed, sent.len())] {
                let told = header.get("content-length").map(|told| told.to_str().expect("a number").to_owned());
                assert_eq!(told, (!is_text).then(|| length.to_string()), "{format}");
            }
            assert!(!plain.contains_key("content-encoding"));
            assert_eq!(packed.contains_key("content-encoding"), is_text, "{format}");
            if is_text {
                let mut whole = Vec::new();
                flate2::read::GzDecoder::new(&sent[..]).read_to_end(&mut whole).expect("gzip");
                // The time at which it was written stands last.
                let written = |bytes: &[u8]| String::from_utf8_lossy(bytes).rsplit_once("\"written\"").map(|(what, _)| what.to_owned());
                let same = whole == bytes || written(&whole).is_some_and(|what| Some(what) == written(&bytes));
                assert!(same, "{format}");
                assert!(sent.len() * 2 < bytes.len(), "{} of {}", sent.len(), bytes.len());
            }
            let head = client.http.head(&url).send().await.expect("an answer");
            assert_eq!((head.status().as_u16(), head.headers().get("content-length")), (200, None), "{format}");
            assert_eq!(head.headers()["content-type"], plain["content-type"]);
        }
    }

    async fn figures_that_change_meanwhile_break_it_off(lab) {
        let (client, edition) = edition_of(&lab, 240).await;
        let behind = database(&lab).await;
        for format in ["CSV", "JSON"] {
            let mut begun = body(&lab, &address(&client, &edition, format).await).await;
            begun.next().await.expect("a first piece").expect("is sent");
            behind.execute_unprepared("UPDATE edition SET row_version = row_version + 1").await.expect("obeyed");
            let rest: Vec<_> = begun.collect().await;
            assert!(rest.last().expect("more").is_err(), "{format}: two states in one file");
        }
    }

    async fn what_breaks_off_does_not_look_whole(lab) {
        let (client, edition) = edition_of(&lab, 60).await;
        let store = lab.app.system();
        let last = store.find::<unit::Entity>().filter(unit::Column::NameVi.starts_with(MARK));
        let last = store.first(last.order_by_desc(unit::Column::Code)).await.expect("read").expect("a unit");
        let behind = database(&lab).await;
        let (infinite, key) = match behind.get_database_backend() {
            DatabaseBackend::Sqlite => ("9e999", format!("x'{}'", last.id.simple())),
            _ => ("'Infinity'", format!("'{}'", last.id)),
        };
        let spoil = format!("UPDATE score SET value = {infinite} WHERE unit_id = {key}");
        assert!(behind.execute_unprepared(&spoil).await.expect("obeyed").rows_affected() > 0);
        for format in ["CSV", "JSON"] {
            for encoding in ["identity", "gzip"] {
                let url = address(&client, &edition, format).await;
                let request = client.http.get(url).header("accept-encoding", encoding);
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), 200);
                assert!(answer.bytes().await.is_err(), "{format}, {encoding}: half a file looks whole");
            }
        }
        // A workbook is made before its answer begins.
        let url = address(&client, &edition, "XLSX").await;
        assert_eq!(client.http.get(url).send().await.expect("an answer").status(), 500);
    }
}

/// The length of an export, and the most that the process held more than before while it came.
async fn weighed(client: &Client, url: &str) -> [usize; 2] {
    let (before, most, done) = (held(), AtomicUsize::new(0), AtomicBool::new(false));
    let look = || most.fetch_max(held().saturating_sub(before), Ordering::Relaxed);
    let length = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                look();
                std::thread::sleep(Duration::from_micros(100));
            }
        });
        let read = async {
            let mut answer = client.http.get(url).send().await.expect("an answer");
            let mut length = 0;
            while let Some(piece) = answer.chunk().await.expect("a piece") {
                length += piece.len();
                look();
            }
            length
        };
        let length = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(read));
        done.store(true, Ordering::Relaxed);
        length
    });
    [length, most.into_inner()]
}

/// In a process of its own: what else runs in this one allocates too.
#[test]
fn ten_times_the_rows_do_not_take_ten_times_the_memory() {
    run_alone("figures::streamed::weighed_alone");
}

/// The lengths and weights of the three formats, for so many units.
async fn weights(lab: Lab, units: u32) -> [[usize; 2]; 3] {
    let (client, edition) = edition_of(&lab, units).await;
    let mut weights = [[0; 2]; 3];
    for (format, weight) in ["CSV", "JSON", "XLSX"].into_iter().zip(&mut weights) {
        let url = address(&client, &edition, format).await;
        // The first time also fills what is kept.
        weighed(&client, &url).await;
        *weight = weighed(&client, &url).await;
        println!("{format}, {units} units: {} bytes, {} held", weight[0], weight[1]);
    }
    weights
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "run by the test above"]
async fn weighed_alone() {
    let few = weights(Lab::sqlite().await, 24).await;
    let many = weights(Lab::sqlite().await, 240).await;
    for ([short, few], [long, many]) in few.into_iter().zip(many) {
        assert!(long > short * 7, "{long} bytes are ten times the rows of {short}");
        assert!(many < few * 3, "{many} held for ten times the rows of {few}");
    }
    let [[csv, held_for_csv], [json, held_for_json], _] = many;
    assert!(held_for_csv < csv * 2 / 3 && held_for_json < json * 2 / 3, "the whole was held");
}
