//! Files of figures: from upload to the draft, and back.

use serde_json::json;
use tests::Client;

use crate::scene::{put, text};

/// Announces and uploads a file of figures; the import's id.
pub async fn imported(client: &Client, edition: &str, name: &str, bytes: &'static [u8]) -> String {
    let (id, url) = announced(client, edition, name).await;
    let answer = put(client, &url, bytes).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
    id
}

/// Announces a file of figures; the import's id and where to put the file.
pub async fn announced(client: &Client, edition: &str, name: &str) -> (String, String) {
    let create = "mutation($input: EditionImportCreateInput!) {
        editionImportCreate(input: $input) { upload { url editionImport { id } } userErrors { field code } }
    }";
    let input = json!({ "editionId": edition, "file": { "name": name } });
    let made = client.done(create, json!({ "input": input })).await;
    (text(&made, "/upload/editionImport/id"), text(&made, "/upload/url"))
}
