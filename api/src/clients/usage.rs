//! Which fields and documents clients use: counted in memory, written now and then.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::App;
use crate::document::{Document, fields, hash};
use crate::error::Result;
use crate::files::hex;

/// Different documents that are counted between two writings.
const MOST_COUNTED: usize = 10_000;

/// By client and hash of the document: the document, whether it is registered, and how often it was sent.
type Counted = HashMap<(String, [u8; 32]), (Arc<Document>, bool, i64)>;

/// What was used since it was last written.
#[derive(Default)]
pub struct Usage(Mutex<Counted>);

impl Usage {
    /// Counts a request. A client that is not known has no name here.
    pub fn count(&self, client: &str, document: &Arc<Document>, is_registered: bool) {
        let key = (client.to_owned(), hash(&document.text));
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() < MOST_COUNTED || counted.contains_key(&key) {
            counted.entry(key).or_insert_with(|| (Arc::clone(document), is_registered, 0)).2 += 1;
        }
    }

    fn take(&self) -> Counted {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes what was counted.
pub async fn flush(app: &App) -> Result<()> {
    let day = app.world.now().date_naive();
    let mut by_client: BTreeMap<String, (BTreeMap<_, i64>, BTreeMap<String, i64>)> = BTreeMap::new();
    for ((client, hash), (document, is_registered, requests)) in app.usage.take() {
        let (used, documents) = by_client.entry(client).or_default();
        for field in fields().used(&document.parsed) {
            *used.entry(field).or_default() += requests;
        }
        if is_registered {
            *documents.entry(hex(&hash)).or_default() += requests;
        }
    }
    for (client, (used, documents)) in by_client {
        let used: Vec<_> = used.into_iter().collect();
        let documents: Vec<_> = documents.into_iter().collect();
        app.db.count_usage(&app.world, &client, day, &used, &documents).await?;
    }
    Ok(())
}
