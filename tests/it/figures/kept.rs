//! What stays in the store, and for how long.

use std::fs::File;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{announced, committed, draft, imported, numbers, preview, stored, written};
use crate::scene::put;

async fn status(client: &Client, import: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on EditionImport { status } } }";
    client.get(query, json!({ "id": import })).await["node"].take()
}

both! {
    async fn a_better_file_takes_the_place_of_the_first(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let (import, url) = announced(&coordinator, &edition, "a.csv").await;
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,x\n").await.status(), 200);
        let first = stored(&lab);
        assert_eq!(put(&coordinator, &url, b"").await.status(), 422);
        assert_eq!(stored(&lab), first, "a refused one leaves it alone");
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,5\n").await.status(), 200);
        let second = stored(&lab);
        assert_eq!(second.len(), 1);
        assert_ne!(second, first);
        assert_eq!(std::fs::read(&second[0]).expect("read"), b"unit,1.1.1\n20,5\n");
        assert_eq!(numbers(&preview(&coordinator, &import).await), [1, 1, 1, 1, 0, 0]);
    }

    async fn the_sweep_takes_what_never_came_and_keeps_what_did(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let (forgotten, url) = announced(&coordinator, &edition, "a.csv").await;
        let ready = imported(&coordinator, &edition, "b.csv", "unit,1.1.1\n20,5\n").await;
        let done = imported(&coordinator, &edition, "c.csv", "unit,1.1.1\n20,6\n").await;
        assert_eq!(committed(&coordinator, &done).await, 1);
        let (before, files) = (written(&lab).await, stored(&lab));
        lab.clock.advance(TimeDelta::hours(23));
        assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept"), Default::default());
        let coordinator = lab.coordinator().await;
        let (young, _) = announced(&coordinator, &edition, "d.csv").await;
        lab.clock.advance(TimeDelta::hours(2));
        // However old the files are themselves.
        let now = lab.app.world.now();
        for file in &files {
            let file = File::options().write(true).open(file).expect("opened");
            file.set_modified((now - TimeDelta::days(100)).into()).expect("dated");
        }
        let orphan = files[0].with_file_name("01990000-0000-7000-8000-000000000000");
        let fresh = files[0].with_file_name("01990000-0000-7000-8000-000000000001");
        for (path, age) in [(&orphan, 25), (&fresh, 23)] {
            std::fs::write(path, "left").expect("written");
            let file = File::options().write(true).open(path).expect("opened");
            file.set_modified((now - TimeDelta::hours(age)).into()).expect("dated");
        }
        let swept = lab.app.files.sweep(&lab.app).await.expect("swept");
        assert_eq!((swept.rows, swept.files), (1, 1));
        assert!(!orphan.exists() && fresh.exists() && files.iter().all(|file| file.exists()));
        let coordinator = lab.coordinator().await;
        assert_eq!(status(&coordinator, &forgotten).await, Value::Null);
        assert_eq!(status(&coordinator, &young).await, json!({ "status": "PENDING" }));
        assert_eq!(status(&coordinator, &ready).await, json!({ "status": "READY" }));
        assert_eq!(status(&coordinator, &done).await, json!({ "status": "COMMITTED" }));
        assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,5\n").await.status(), 403, "its address is too old as well");
        assert_eq!(numbers(&preview(&coordinator, &ready).await), [1, 1, 1, 1, 0, 0]);
        assert_eq!(numbers(&preview(&coordinator, &done).await), [1, 1, 1, 0, 0, 0]);
        assert_eq!(written(&lab).await, before);
    }
}
