//! What strangers' bytes reach first, for the fuzz targets of `fuzz/` alone.

use std::sync::LazyLock;

use async_graphql::ID;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::DateTime;
use entity::{organization, task};
use serde_json::{Map, json};

use crate::auth::Keys;
use crate::auth::keys::{GET_FILE, PUT_FILE};
use crate::document::{Document, fields};
use crate::graphql::id;
use crate::store::cursors;

/// Reads a document and weighs it.
pub fn document(text: &str) {
    if let Ok(document) = Document::read(text) {
        let _ = fields().weigh(&document.parsed, None, &Map::new());
    }
}

/// Reads a cursor and a global id.
pub fn names(text: &str) {
    cursors(text);
    let id = ID(text.to_owned());
    if let Ok(key) = id::parse::<task::Entity>(&id, "id") {
        assert_eq!(id::of::<task::Entity>(key), id, "a row has one id");
    }
    let _ = id::parse::<organization::Entity>(&id, "id");
}

fn keys() -> &'static Keys {
    static KEYS: LazyLock<Keys> = LazyLock::new(|| {
        let pem = Keys::generate_pem().expect("a key");
        Keys::from_pem(&pem, "http://localhost".to_owned()).expect("a key")
    });
    &KEYS
}

fn check(token: &str) -> bool {
    let now = DateTime::UNIX_EPOCH;
    let tickets = [PUT_FILE, GET_FILE].map(|audience| keys().check_ticket(token, audience, now).is_ok());
    keys().check_access(token, now).is_ok() || tickets.contains(&true)
}

/// Checks tokens: one that nobody has signed, and one of ours with such claims.
///
/// # Panics
/// When the first is taken for one of ours.
pub fn token(text: &str) {
    assert!(!check(text) && !keys().signed_text("a text", text), "nobody signed it");
    let kid = keys().public_set().keys.first().and_then(|key| key.common.key_id.clone());
    for kind in ["at+jwt", "ticket+jwt"] {
        let header = json!({ "typ": kind, "alg": "EdDSA", "kid": kid }).to_string();
        let head =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(text));
        let signature = keys().sign_text(&head).expect("signed");
        check(&format!("{head}.{signature}"));
    }
}
