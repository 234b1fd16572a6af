//! Files of figures that come in pieces, into the folder and into a bucket.

use serde_json::json;
use tests::{Lab, both};

use super::commit::many;
use super::{COMMIT, announced, draft, numbers, preview};
use crate::files::bucket::labs;
use crate::files::tus::{begin, offset, patch};

/// The file is there when its last piece is, and not before.
async fn an_import_in_pieces(lab: &Lab) {
    let coordinator = lab.coordinator().await;
    let edition = draft(&coordinator, 2031).await;
    let (import, url) = announced(&coordinator, &edition, "a.csv").await;
    let figures = many(34, 10, 1.0).into_bytes();
    let at = begin(&coordinator, &url, figures.len()).await;
    let half = figures.len() / 2;
    assert_eq!(patch(&coordinator, &at, 0, &[], &figures[..half]).await.status(), 204);
    assert_eq!(offset(&coordinator, &at).await, half.to_string());
    let early = "query($id: ID!) { editionImportPreview(id: $id) { rowsRead } }";
    assert_eq!(coordinator.code(early, json!({ "id": import })).await, "INVALID_STATE");
    assert_eq!(patch(&coordinator, &at, half, &[], &figures[half..]).await.status(), 204);
    assert_eq!(numbers(&preview(&coordinator, &import).await), [34, 34, 340, 340, 0, 0]);
    let done = coordinator.done(COMMIT, json!({ "id": import })).await;
    assert_eq!(done["editionImport"]["changed"], 340);
}

both! {
    async fn in_the_folder(lab) {
        an_import_in_pieces(&lab).await;
    }
}

#[tokio::test]
async fn in_a_bucket() {
    for (_folder, lab) in labs().await {
        an_import_in_pieces(&lab).await;
    }
}
