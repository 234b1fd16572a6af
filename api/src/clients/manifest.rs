//! Registering documents from the manifests that clients' compilers write.

use std::collections::BTreeMap;

use entity::client_document;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use serde::Deserialize;

use super::is_name;
use crate::App;
use crate::document::{Document, fields, hash};
use crate::error::{Code, Error, Problem, Result};
use crate::files::hex;
use crate::store::Read;

/// Longest id that a manifest may give a document.
const LONGEST_ID: usize = 200;

/// The manifests that are understood.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// Apollo's persisted query manifest.
    Apollo { operations: Vec<Listed> },
    /// Relay's and GraphQL Code Generator's: id → text.
    Plain(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    body: String,
}

/// Registers the documents of a manifest for `client`; those registered before stay, with their new text where their
/// ids are the same. All or none. Says how many there were.
///
/// # Errors
/// [`Code::FileNotReadable`] for what is no manifest; what is wrong with a document, about its id.
pub async fn register(app: &App, client: &str, manifest: &str) -> Result<usize> {
    if !is_name(client) {
        return Err(Problem::new("client", Code::InvalidCharacter).into());
    }
    let unreadable =
        |error: serde_json::Error| Problem::new("file", Code::FileNotReadable).with(error).into();
    let documents: Vec<(String, String)> =
        match serde_json::from_str(manifest).map_err(|e| -> Error { unreadable(e) })? {
            Manifest::Apollo { operations } => operations.into_iter().map(|one| (one.id, one.body)).collect(),
            Manifest::Plain(documents) => documents.into_iter().collect(),
        };
    let tx = app.system().begin().await?;
    for (id, text) in &documents {
        check(id, text)?;
        let sha256 = hex(&hash(text));
        let there = tx
            .find::<client_document::Entity>()
            .filter(client_document::Column::Client.eq(client))
            .filter(client_document::Column::DocumentId.eq(id));
        let row = client_document::ActiveModel {
            client: Set(client.to_owned()),
            document_id: Set(id.clone()),
            sha256: Set(sha256),
            content: Set(text.clone()),
            ..Default::default()
        };
        match tx.first(there).await? {
            Some(known) => drop(tx.amend::<client_document::Entity>(known.id, row).await?),
            None => drop(tx.insert::<client_document::Entity>(row).await?),
        }
    }
    tx.commit().await?;
    Ok(documents.len())
}

/// Refuses a document that no client could send.
fn check(id: &str, text: &str) -> Result<()> {
    let path = format!("documents.{id}");
    if id.is_empty() || id.len() > LONGEST_ID || id.contains('\0') {
        return Err(Problem::new("documents", Code::TooLong).with(LONGEST_ID).into());
    }
    let document = Document::read(text).map_err(|unreadable| unreadable.error.at(&path))?;
    fields().weigh(&document.parsed, None, &serde_json::Map::new()).map_err(|error| error.at(&path))?;
    let unknown = fields().unknown(&document.parsed);
    match unknown {
        Some(field) => Err(Problem::new(&path, Code::NotFound).with(field).into()),
        None => Ok(()),
    }
}

/// The registered documents: client, id, hash.
pub async fn list(app: &App) -> Result<Vec<client_document::Model>> {
    let store = app.system();
    let mut rows = store.all(store.find::<client_document::Entity>()).await?;
    rows.sort_by(|one, other| (&one.client, &one.document_id).cmp(&(&other.client, &other.document_id)));
    Ok(rows)
}

/// Removes the documents of `client`, or the one that it calls `id`. Says how many there were.
pub async fn remove(app: &App, client: &str, id: Option<&str>) -> Result<usize> {
    use client_document::Column::{Client, DocumentId};
    let wanted = Condition::all().add(Client.eq(client)).add_option(id.map(|id| DocumentId.eq(id)));
    let tx = app.system().begin().await?;
    let rows = tx.all(tx.find::<client_document::Entity>().filter(wanted.clone())).await?;
    tx.delete_all::<client_document::Entity>(wanted).await?;
    tx.commit().await?;
    Ok(rows.len())
}
