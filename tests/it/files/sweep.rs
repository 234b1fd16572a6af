//! Clean-up: what was never finished goes, what is in use or new stays.

use std::fs::File;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tests::{Lab, both};

use super::{about, stored};
use crate::given::{column, database, evidence, ready_evidence, task};

/// Makes a file that no row knows, as a crash would leave it, last changed at `time`.
fn orphan(lab: &Lab, name: &str, time: DateTime<Utc>) -> std::path::PathBuf {
    let folder = lab.folder.path().join("files/evidence/01990000-0000-7000-8000-000000000000");
    std::fs::create_dir_all(&folder).expect("made");
    let path = folder.join(name);
    std::fs::write(&path, "left").expect("written");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(time.into())).expect("dated");
    path
}

both! {
    async fn forgotten_rows_go(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let (forgotten, _) = evidence(&officer, json!({ "name": "a.pdf" }), made["id"].as_str()).await;
        let kept = ready_evidence(&officer, made["id"].as_str()).await;
        lab.clock.advance(TimeDelta::hours(23));
        let officer = lab.officer("STC").await;
        let (young, _) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept").rows, 0);
        lab.clock.advance(TimeDelta::hours(2));
        let officer = lab.officer("STC").await;
        assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept").rows, 1);
        const GET: &str = "query($id: ID!) { evidence(id: $id) { id } }";
        assert_eq!(officer.code(GET, json!({ "id": forgotten })).await, "NOT_FOUND");
        assert_eq!(about(&officer, &kept).await["status"], "READY");
        assert_eq!(about(&officer, &young).await["status"], "PENDING");
        const WORDS: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM search_word
            WHERE table_name = 'evidence' AND row_id NOT IN (SELECT id FROM evidence)";
        assert_eq!(column(&database(&lab).await, WORDS).await, ["0"], "no words are left behind");
    }

    async fn files_without_a_row_go(lab) {
        let officer = lab.officer("STC").await;
        let kept = ready_evidence(&officer, None).await;
        let in_use = stored(&lab);
        let now = lab.app.world.now();
        let old = orphan(&lab, "old", now - TimeDelta::hours(25));
        let new = orphan(&lab, "new", now - TimeDelta::hours(23));
        let old_piece = orphan(&lab, "old#1", now - TimeDelta::hours(25));
        let new_piece = orphan(&lab, "new#1", now - TimeDelta::hours(23));
        let file = File::options().write(true).open(&in_use[0]).expect("opened");
        file.set_modified((now - TimeDelta::days(100)).into()).expect("dated");
        let swept = lab.app.files.sweep(&lab.app).await.expect("swept");
        assert_eq!((swept.rows, swept.files), (0, 2));
        let there = |path: &std::path::Path| path.exists();
        assert!(!there(&old) && !there(&old_piece) && there(&new) && there(&new_piece) && there(&in_use[0]));
        assert_eq!(about(&officer, &kept).await["status"], "READY");
        assert_eq!(lab.app.files.sweep(&lab.app).await.expect("swept"), Default::default(), "twice is harmless");
    }
}
