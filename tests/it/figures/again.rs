//! Several at once: two commits, a commit beside other work, a client that read an older version.

use std::sync::mpsc;

use entity::Role;
use serde_json::json;
use tests::both;

use super::{COMMIT, announced, committed, draft, imported, numbers, preview, standing, stored, written};
use crate::files::until;
use crate::scene::{put, text};

both! {
    async fn of_two_commits_at_once_one_counts(lab) {
        let coordinator = lab.coordinator().await;
        let other = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let import = imported(&coordinator, &edition, "a.csv", "unit,1.1.1\n20,5\n01,7\n").await;
        let version = "query($id: ID!) { node(id: $id) { ... on Edition { rowVersion } } }";
        let before = coordinator.get(version, json!({ "id": edition })).await["node"]["rowVersion"].as_i64();
        let variables = json!({ "id": import });
        let (one, two) =
            tokio::join!(coordinator.done(COMMIT, variables.clone()), other.done(COMMIT, variables.clone()));
        assert_eq!(one, two);
        assert_eq!(one["editionImport"]["changed"], 2);
        assert_eq!(standing(&lab, &edition).await.len(), 2);
        let after = coordinator.get(version, json!({ "id": edition })).await["node"]["rowVersion"].as_i64();
        assert_eq!(after, before.map(|version| version + 1));
    }

    async fn two_files_of_the_same_contents_at_once_are_written_once(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let text = "unit,1.1.1\n20,5\n01,7\n12,9\n";
        let first = imported(&coordinator, &edition, "a.csv", text).await;
        let second = imported(&coordinator, &edition, "b.csv", text).await;
        let (one, two) = tokio::join!(committed(&coordinator, &first), committed(&coordinator, &second));
        assert_eq!((one + two, one * two), (3, 0));
        assert_eq!(standing(&lab, &edition).await.len(), 3);
    }

    async fn a_commit_that_waits_for_its_turn_holds_up_nobody(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let import = imported(&coordinator, &edition, "a.csv", "unit,1.1.1\n20,5\n").await;
        let places = std::thread::available_parallelism().map_or(2, usize::from);
        let mut ends = Vec::new();
        let mut busy = Vec::new();
        for _ in 0..places {
            let (end, ended) = mpsc::channel::<()>();
            ends.push(end);
            let app = lab.app.clone();
            let work = async move { app.workshop.run(move |_| Ok(ended.recv().is_err())).await };
            busy.push(tokio::spawn(work));
        }
        lab.listen();
        let commit = tokio::spawn(async move { committed(&coordinator, &import).await });
        // The tree is the last thing that is read before the file is.
        while !lab.heard().iter().any(|sql| sql.contains("\"denominator\"")) {
            tokio::task::yield_now().await;
        }
        lab.user(Role::Leader, None, None).await;
        assert!(!commit.is_finished());
        drop(ends);
        assert_eq!(commit.await.expect("no panic"), 1);
        for work in busy {
            assert!(work.await.expect("no panic").expect("a place"));
        }
    }

    async fn who_read_an_older_version_writes_nothing(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let (import, url) = announced(&coordinator, &edition, "a.csv").await;
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,5\n").await.status(), 200);
        let read = preview(&coordinator, &import).await["editionImport"]["rowVersion"].clone();
        // Meanwhile another file takes its place.
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,6\n01,7\n").await.status(), 200);
        let before = written(&lab).await;
        let stale = json!({ "id": import, "version": read });
        assert_eq!(coordinator.refused(COMMIT, stale).await, ["expectedVersion CONFLICT"]);
        assert_eq!(written(&lab).await, before);
        let told = preview(&coordinator, &import).await;
        assert_eq!(numbers(&told), [2, 2, 2, 2, 0, 0]);
        let fresh = json!({ "id": import, "version": told["editionImport"]["rowVersion"] });
        let done = coordinator.done(COMMIT, fresh).await;
        assert_eq!(done["editionImport"]["changed"], 2);
        // What is committed takes no other file.
        let late = put(&coordinator, &url, b"unit,1.1.1\n20,8\n").await;
        assert_eq!(late.status(), 409);
        let body: serde_json::Value = late.json().await.expect("JSON");
        assert_eq!(text(&body, "/errors/0/extensions/code"), "INVALID_STATE");
        assert_eq!(numbers(&preview(&coordinator, &import).await), [2, 2, 2, 0, 0, 0]);
        assert_eq!(stored(&lab).len(), 1);
    }

    async fn a_file_that_comes_while_another_is_committed_comes_too_late(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let (import, url) = announced(&coordinator, &edition, "a.csv").await;
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,5\n").await.status(), 200);
        let kept = stored(&lab);
        let (pieces, coming) = tokio::sync::mpsc::channel::<std::io::Result<&'static str>>(2);
        let body = futures_util::stream::unfold(coming, async |mut coming| Some((coming.recv().await?, coming)));
        let body = reqwest::Body::wrap_stream(Box::pin(body));
        let late = tokio::spawn(coordinator.http.put(&url).body(body).send());
        pieces.send(Ok("unit,1.1.1\n")).await.expect("sent");
        until(|| stored(&lab).len() > 1).await;
        assert_eq!(committed(&coordinator, &import).await, 1);
        pieces.send(Ok("20,6\n")).await.expect("sent");
        drop(pieces);
        assert_eq!(late.await.expect("no panic").expect("an answer").status(), 409);
        assert_eq!(stored(&lab), kept);
        assert_eq!(numbers(&preview(&coordinator, &import).await), [1, 1, 1, 0, 0, 0]);
    }
}
