//! Changing the signing key while servers run: `pii keys`, and how a running server hears of it.
//!
//! A key is first published as the next one, then signs, then only checks what it signed before. So every replica knows a
//! key before another signs with it, and nobody is signed out by a rotation.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::ring::{Ring, blocks};
use crate::config::Settings;
use crate::world::World;

/// How long what was read of the key file is believed.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(5);

/// The keys as their file says now.
pub(super) struct Watched {
    source: Option<Source>,
    read: Mutex<Read>,
}

struct Source {
    path: PathBuf,
    world: World,
}

struct Read {
    ring: Arc<Ring>,
    text: String,
    looked: DateTime<Utc>,
}

impl Watched {
    /// Keys that do not change.
    pub(super) fn still(ring: Ring) -> Self {
        let read = Read { ring: Arc::new(ring), text: String::new(), looked: DateTime::UNIX_EPOCH };
        Self { source: None, read: Mutex::new(read) }
    }

    /// Keys of a file that was just read as `text`.
    pub(super) fn file(path: &Path, text: String, ring: Ring, world: World) -> Self {
        let read = Read { ring: Arc::new(ring), text, looked: world.now() };
        Self { source: Some(Source { path: path.to_owned(), world }), read: Mutex::new(read) }
    }

    /// The keys now. A file that cannot be read changes nothing.
    pub(super) fn ring(&self) -> Arc<Ring> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Source { path, world }) = &self.source {
            let now = world.now();
            if (now - read.looked).abs() >= LOOK_EVERY {
                read.looked = now;
                read.look(path);
            }
        }
        Arc::clone(&read.ring)
    }
}

impl Read {
    fn look(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) if text == self.text => return,
            Ok(text) => text,
            Err(error) => return tracing::warn!(%error, "the key file cannot be read; the keys stay"),
        };
        match Ring::from_pem(&text) {
            Ok(ring) => {
                tracing::info!(kid = ring.signer().kid, "the signing keys have changed");
                self.ring = Arc::new(ring);
            }
            Err(error) => tracing::warn!(error, "the key file is wrong; the keys stay"),
        }
        // Also when it is wrong: it is said once.
        self.text = text;
    }
}

/// The text of the key file; where there is none and `create` is set, that of a new one.
pub(super) fn read_or_create(path: &Path, create: bool) -> Result<String, String> {
    match std::fs::read_to_string(path) {
        Ok(pem) => Ok(pem),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && create => {
            let pem = Ring::generate_pem()?;
            write_private(path, &pem).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(pem)
        }
        Err(error) => Err(format!("signing key {}: {error}", path.display())),
    }
}

/// What the keys of the settings' file are for: the name of each and its part, a line each.
///
/// # Errors
/// A sentence that names the setting or the file.
pub fn list_keys(settings: &Settings) -> Result<String, String> {
    let path = key_file(settings)?;
    let ring = read_ring(&path)?.1;
    let lines = ring.keys().enumerate().map(|(place, key)| {
        let part = ["signs", "next"].get(place).unwrap_or(&"checks what it signed");
        format!("{}  {part}\n", key.kid)
    });
    Ok(lines.collect())
}

/// Lets the next key sign, makes another next one and keeps the last one to check what it signed; the keys before that
/// go. Where there is no next key yet, only makes one: nobody knows it, so it must not sign at once. What the keys are
/// for afterwards, as [`list_keys`] says it.
///
/// # Errors
/// A sentence that names the setting or the file, which is then as it was.
pub fn rotate_keys(settings: &Settings) -> Result<String, String> {
    let path = key_file(settings)?;
    // Where the file is a link, what it points to changes.
    let path = path.canonicalize().map_err(|error| format!("signing key {}: {error}", path.display()))?;
    let new = path.with_extension("new");
    let wrong = |error: std::io::Error| format!("{}: {error}", new.display());
    // Made before the keys are read: two rotations at once would lose a key of one of them.
    write_private(&new, "").map_err(wrong)?;
    let written = rotated(&path).and_then(|text| {
        std::fs::write(&new, text).map_err(wrong)?;
        std::fs::File::open(&new).and_then(|file| file.sync_all()).map_err(wrong)?;
        std::fs::rename(&new, &path).map_err(wrong)
    });
    if written.is_err() {
        // What is left of it is no key that anybody uses.
        let _ = std::fs::remove_file(&new);
    }
    written?;
    list_keys(settings)
}

fn rotated(path: &Path) -> Result<String, String> {
    let (text, _) = read_ring(path)?;
    let mut keys = blocks(&text);
    let fresh = Ring::generate_pem()?;
    Ok(match (keys.next(), keys.next()) {
        (Some(current), Some(next)) => [next, fresh, current].concat(),
        (current, _) => [current.unwrap_or_default(), fresh].concat(),
    })
}

fn read_ring(path: &Path) -> Result<(String, Ring), String> {
    let text = read_or_create(path, false)?;
    let ring = Ring::from_pem(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((text, ring))
}

fn key_file(settings: &Settings) -> Result<PathBuf, String> {
    match settings.signing_key {
        Some(_) => {
            Err("PII_SIGNING_KEY is no file; change the variable and restart, or use PII_SIGNING_KEY_FILE"
                .into())
        }
        None => Ok(settings.key_file()),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
