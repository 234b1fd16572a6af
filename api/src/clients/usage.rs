//! Which fields and documents clients use: counted in memory, written now and then.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::App;
use crate::document::{Document, fields};
use crate::error::Result;
use crate::files::hex;

/// Bytes of text after which documents are no longer kept but their fields counted.
const MOST_KEPT: usize = 1024 * 1024;
/// Names of clients that registered nothing, in the life of a process: anybody may make one up.
const MOST_NAMES: usize = 200;

/// What was used since it was last written.
#[derive(Default)]
pub struct Usage(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    /// By client and hash: documents whose fields are not counted yet, and how often each was sent.
    documents: HashMap<(String, [u8; 32]), (Arc<Document>, i64)>,
    bytes: usize,
    used: BTreeMap<String, Used>,
    /// Names that nobody registered.
    names: HashSet<String>,
}

/// What one client used.
#[derive(Default)]
struct Used {
    fields: BTreeMap<(String, String), i64>,
    /// Registered documents, by the hash of their text in hex.
    documents: BTreeMap<String, i64>,
}

impl Usage {
    /// Counts a request of a client that names itself `client`, with a document that it registered or another.
    pub fn count(&self, client: &str, document: &Arc<Document>, is_registered: bool) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = if is_registered { client } else { counted.named(client) };
        let key = (client.to_owned(), document.hash);
        if is_registered {
            let used = counted.used.entry(client.to_owned()).or_default();
            *used.documents.entry(hex(&key.1)).or_default() += 1;
        }
        if let Some((_, requests)) = counted.documents.get_mut(&key) {
            *requests += 1;
            return;
        }
        counted.documents.insert(key, (Arc::clone(document), 1));
        counted.bytes += document.text.len();
        // A stranger's documents are many and long; the fields of the schema are few.
        if counted.bytes > MOST_KEPT {
            counted.count_fields();
        }
    }

    fn take(&self) -> BTreeMap<String, Used> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.count_fields();
        std::mem::take(&mut counted.used)
    }
}

impl Counted {
    /// The name under which an unregistered client is counted: none behind those of others.
    fn named<'a>(&mut self, client: &'a str) -> &'a str {
        if self.names.len() < MOST_NAMES && !self.names.contains(client) {
            self.names.insert(client.to_owned());
        }
        if self.names.contains(client) { client } else { "" }
    }

    fn count_fields(&mut self) {
        self.bytes = 0;
        for ((client, _), (document, requests)) in self.documents.drain() {
            let used = self.used.entry(client).or_default();
            for field in fields().used(&document.parsed) {
                *used.fields.entry(field).or_default() += requests;
            }
        }
    }
}

/// Writes what was counted.
pub async fn flush(app: &App) -> Result<()> {
    let day = app.world.now().date_naive();
    for (client, used) in app.usage.take() {
        let fields: Vec<_> = used.fields.into_iter().collect();
        let documents: Vec<_> = used.documents.into_iter().collect();
        app.db.count_usage(&app.world, &client, day, &fields, &documents).await?;
    }
    Ok(())
}
