//! Which fields and documents clients use: counted in memory, written now and then.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use uuid::Uuid;

use super::Origin;
use crate::App;
use crate::document::{Document, fields};
use crate::error::Result;
use crate::files::hex;

/// Bytes of documents after which they are no longer kept but their fields counted.
const MOST_KEPT: usize = 8 * 1024 * 1024;
/// Names of clients that nothing is known of, on one day: anybody may make one up.
const MOST_NAMES: usize = 200;
/// Those of them that one user may bring.
const MOST_NAMES_OF_ONE: usize = 5;

/// What was used since it was last written.
#[derive(Default)]
pub struct Usage(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    /// By client and hash: documents whose fields are not counted yet, and how often each was sent.
    documents: HashMap<(String, [u8; 32]), (Arc<Document>, i64)>,
    bytes: usize,
    used: BTreeMap<String, Used>,
    /// Names of clients that nothing is known of, and who brought them.
    names: HashMap<String, Uuid>,
    /// The day of the names.
    day: NaiveDate,
}

/// What one client used.
#[derive(Default)]
struct Used {
    fields: BTreeMap<(String, String), i64>,
    /// Registered documents, by the hash of their text in hex.
    documents: BTreeMap<String, i64>,
}

impl Usage {
    /// Counts a request of `user` through a client that names itself `client`.
    pub fn count(&self, client: &str, user: Uuid, document: &Arc<Document>, origin: Origin) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = if origin == Origin::Stranger { counted.named(client, user) } else { client };
        let key = (client.to_owned(), document.hash);
        if origin == Origin::Registered {
            let used = counted.used.entry(client.to_owned()).or_default();
            *used.documents.entry(hex(&key.1)).or_default() += 1;
        }
        if let Some((_, requests)) = counted.documents.get_mut(&key) {
            *requests += 1;
            return;
        }
        counted.documents.insert(key, (Arc::clone(document), 1));
        counted.bytes += document.bytes();
        // A stranger's documents are many and long; the fields of the schema are few.
        if counted.bytes > MOST_KEPT {
            counted.count_fields();
        }
    }

    /// What was counted up to `day`, on which names may be made up anew.
    fn take(&self, day: NaiveDate) -> BTreeMap<String, Used> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.count_fields();
        if counted.day != day {
            counted.day = day;
            counted.names.clear();
        }
        std::mem::take(&mut counted.used)
    }
}

impl Counted {
    /// The name under which a client that nothing is known of is counted: none behind those of others.
    fn named<'a>(&mut self, client: &'a str, user: Uuid) -> &'a str {
        if client.is_empty() || self.names.contains_key(client) {
            return client;
        }
        let own = self.names.values().filter(|by| **by == user).count();
        if own >= MOST_NAMES_OF_ONE || self.names.len() >= MOST_NAMES {
            return "";
        }
        self.names.insert(client.to_owned(), user);
        client
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
    for (client, used) in app.usage.take(day) {
        let fields: Vec<_> = used.fields.into_iter().collect();
        let documents: Vec<_> = used.documents.into_iter().collect();
        app.db.count_usage(&app.world, &client, day, &fields, &documents).await?;
    }
    Ok(())
}
