//! What an import costs the database: a number of statements that does not grow with its figures, but for the parts of
//! five hundred rows in which they are written.

use serde_json::json;
use tests::both;

use super::commit::many;
use super::{COMMIT, PREVIEW, draft, imported};

both! {
    async fn a_preview_costs_the_same_for_any_file_and_a_commit_two_more_for_each_part(lab) {
        let coordinator = lab.coordinator().await;
        let mut previews = Vec::new();
        let mut commits = Vec::new();
        for (year, indicators) in [(2031, 10), (2032, 52)] {
            let edition = draft(&coordinator, year).await;
            for add in [1.0, 2.0] {
                let import = imported(&coordinator, &edition, "a.csv", many(34, indicators, add)).await;
                // The first time also reads who asks.
                coordinator.get("{ viewer { id } }", json!({})).await;
                lab.listen();
                let told = coordinator.get(PREVIEW, json!({ "id": import })).await;
                assert_eq!(told["editionImportPreview"]["changedCount"], 34 * indicators);
                previews.push(lab.heard().len());
                lab.listen();
                let done = coordinator.done(COMMIT, json!({ "id": import })).await;
                assert_eq!(done["editionImport"]["changed"], 34 * indicators);
                commits.push(lab.heard().len());
            }
        }
        assert_eq!(previews, [9; 4]);
        // The audit trail's own: the end of its chain and the entries.
        let trail = 2;
        // What is published is read again, for the edition was written; PostgreSQL tells the other replicas.
        let kept = if lab.app.db.is_embedded() { 11 } else { 12 };
        let wanted = [28, 30, 34, 36].map(|statements| statements + trail + kept);
        assert_eq!(commits, wanted, "writing 340 and 1,768 figures, the second time over others");
    }
}
