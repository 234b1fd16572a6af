//! Client applications: the documents that they registered, and what they use of the schema.

mod manifest;
mod usage;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::client_document;

use crate::App;
use crate::error::Result;
use crate::store::Read;

pub use manifest::{list, register, remove};
pub use usage::{Usage, flush};

/// Which documents are executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All; none is remembered by its hash for the client.
    Off,
    /// All, and a client may send the hash alone of one that it sent before.
    Automatic,
    /// Those that were registered.
    Trusted,
}

/// One part of the setting: a mode for the client with a name, or for all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModeOf {
    client: Option<String>,
    mode: Mode,
}

impl ModeOf {
    /// Whether it is the mode of `client` by name.
    pub fn is_of(&self, client: &str) -> bool {
        self.client.as_deref() == Some(client)
    }
}

impl FromStr for ModeOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (client, mode) = match text.split_once('=') {
            Some((client, mode)) => (Some(client.trim()), mode.trim()),
            None => (None, text.trim()),
        };
        let mode = match mode {
            "off" => Mode::Off,
            "automatic" => Mode::Automatic,
            "trusted" => Mode::Trusted,
            other => return Err(format!("{other:?} is none of off, automatic, trusted")),
        };
        match client {
            Some(client) if !is_name(client) => Err(format!("{client:?} cannot be the name of a client")),
            client => Ok(Self { client: client.map(str::to_owned), mode }),
        }
    }
}

/// The mode for a client: its own, else the one for all others.
pub fn mode(modes: &[ModeOf], client: &str) -> Mode {
    let own = modes.iter().find(|mode| mode.is_of(client));
    let other = || modes.iter().find(|mode| mode.client.is_none());
    own.or_else(other).map_or(Mode::Automatic, |found| found.mode)
}

/// What is known of a document and the client that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The client registered the document.
    Registered,
    /// The client registered others, or the settings name it.
    Known,
    /// Nothing is known of the client; its name may be made up.
    Stranger,
}

/// Whose mode is given more than once: then it is not said which holds.
pub fn given_twice(modes: &[ModeOf]) -> Option<String> {
    let twice = modes
        .iter()
        .enumerate()
        .find(|(place, mode)| modes[..*place].iter().any(|before| before.client == mode.client));
    twice.map(|(_, mode)| match &mode.client {
        Some(client) => format!("of {client:?}"),
        None => "of all clients".to_owned(),
    })
}

/// Whether a client may be called so: up to 100 letters, digits, `.`, `_`, `-`, `/`, `@` and spaces.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-/@ ".contains(c);
    (1..=100).contains(&name.len()) && name.trim() == name && name.chars().all(fits)
}

/// The registered documents: by client, by its own id or the hash of the text, the text.
type Registered = HashMap<String, HashMap<String, Arc<str>>>;

/// How long what was read is believed.
const LIFE: TimeDelta = TimeDelta::seconds(5);

/// The registered documents as they were read lately.
#[derive(Default)]
pub struct Registry(Mutex<Option<(DateTime<Utc>, Arc<Registered>)>>);

impl Registry {
    /// The registered documents, at most 5 seconds old.
    pub async fn read(&self, app: &App) -> Result<Arc<Registered>> {
        let now = app.world.now();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, registered)) = known
            && now - read < LIFE
        {
            return Ok(registered);
        }
        let store = app.system();
        let mut registered = Registered::new();
        for row in store.all(store.find::<client_document::Entity>()).await? {
            let text: Arc<str> = row.content.into();
            let own = registered.entry(row.client).or_default();
            own.insert(row.sha256, Arc::clone(&text));
            own.insert(row.document_id, text);
        }
        let registered = Arc::new(registered);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&registered)));
        Ok(registered)
    }
}
