//! Who asks: the product's own tokens, checked with the keys that it publishes. A signature is checked with every request,
//! as a plain server does.

use std::collections::HashMap;
use std::path::Path;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use uuid::Uuid;

use crate::Result;

/// The keys by their names, and what else must be right.
pub struct Keys {
    keys: HashMap<String, DecodingKey>,
    rules: Validation,
}

#[derive(Deserialize)]
struct Claims {
    sub: Uuid,
}

impl Keys {
    /// The keys in a file as the product publishes them.
    pub fn read(file: &Path, issuer: &str) -> Result<Self> {
        let set: JwkSet = serde_json::from_slice(&std::fs::read(file)?)?;
        let named = |key: &jsonwebtoken::jwk::Jwk| {
            let name = key.common.key_id.clone()?;
            Some((name, DecodingKey::from_jwk(key).ok()?))
        };
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&["pii-api"]);
        Ok(Self { keys: set.keys.iter().filter_map(named).collect(), rules })
    }

    /// The user whose token it is.
    pub fn user(&self, headers: &HeaderMap) -> Result<Uuid, StatusCode> {
        self.find(headers).ok_or(StatusCode::UNAUTHORIZED)
    }

    fn find(&self, headers: &HeaderMap) -> Option<Uuid> {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let key = self.keys.get(&jsonwebtoken::decode_header(token).ok()?.kid?)?;
        Some(jsonwebtoken::decode::<Claims>(token, key, &self.rules).ok()?.claims.sub)
    }
}
