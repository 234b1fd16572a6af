//! The keys of an OpenID provider: fetched when one is needed, kept for a while, and kept on when the provider is away.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Limited};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

/// How long a set is good before it is asked for again.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// How long a set is used while the provider does not answer.
const USABLE: TimeDelta = TimeDelta::days(1);
/// At most one question in this time, whatever names tokens come with.
const BETWEEN_QUESTIONS: TimeDelta = TimeDelta::minutes(1);
const MOST_BYTES: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// A key and the one algorithm that it is for.
#[derive(Clone)]
pub(super) struct Key {
    kid: String,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The set at an address.
pub(super) struct KeySet {
    /// Asks the provider. The client's own types are too deep for the compiler to look through from every resolver.
    fetch: Box<dyn Fn() -> BoxFuture<'static, Result<Vec<Key>, String>> + Send + Sync>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Vec<Key>,
    fetched: Option<DateTime<Utc>>,
    asked: Option<DateTime<Utc>>,
}

/// Why there is no key.
pub(super) enum NoKey {
    /// The provider has none with this name.
    Unknown,
    /// The provider did not answer when it was asked last.
    Unavailable,
}

impl KeySet {
    /// The set at `url`, not fetched yet.
    ///
    /// # Errors
    /// A sentence that says why there is no HTTP client.
    pub(super) fn new(url: Url) -> Result<Self, String> {
        // A redirection could lead to an address that nobody configured.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
        let http = http.build().map_err(|error| format!("PII_OIDC_JWKS_URL cannot be fetched: {error}"))?;
        let fetch = move || fetch(http.clone(), url.clone()).boxed();
        Ok(Self { fetch: Box::new(fetch), kept: Mutex::default() })
    }

    /// The key with this name.
    ///
    /// # Errors
    /// [`NoKey`].
    pub(super) async fn find(&self, kid: &str, now: DateTime<Utc>) -> Result<Key, NoKey> {
        let mut kept = self.kept.lock().await;
        let within = |time: Option<DateTime<Utc>>, span| time.is_some_and(|time| (now - time).abs() < span);
        let known = kept.keys.iter().any(|key| key.kid == kid);
        let is_fresh = known && within(kept.fetched, FRESH);
        let was_asked = within(kept.asked, BETWEEN_QUESTIONS);
        if !is_fresh && !was_asked {
            kept.asked = Some(now);
            match (self.fetch)().await {
                Ok(keys) => (kept.keys, kept.fetched) = (keys, Some(now)),
                Err(error) => tracing::warn!(error, "the OpenID provider's keys were not fetched"),
            }
        }
        let usable = within(kept.fetched, USABLE);
        let found = kept.keys.iter().find(|key| usable && key.kid == kid).cloned();
        found.ok_or(match kept.fetched == kept.asked {
            true => NoKey::Unknown,
            false => NoKey::Unavailable,
        })
    }
}

async fn fetch(http: reqwest::Client, url: Url) -> Result<Vec<Key>, String> {
    let answer = http.get(url).send().await.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(answer.status().to_string());
    }
    let body = Limited::new(reqwest::Body::from(answer), MOST_BYTES).collect().await;
    read(&body.map_err(|error| error.to_string())?.to_bytes())
}

fn read(body: &[u8]) -> Result<Vec<Key>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    // What is not for us (other algorithms, encryption) is passed over.
    Ok(set.keys.into_iter().filter_map(|key| usable(&serde_json::from_value(key).ok()?)).collect())
}

/// The key, if it checks signatures by an algorithm that is let in; its kind decides which.
fn usable(jwk: &Jwk) -> Option<Key> {
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|for_| for_.contains(&KeyOperations::Verify))
        && common.key_algorithm.is_none_or(|given| given == name);
    if !signs {
        return None;
    }
    Some(Key { kid: common.key_id.clone()?, algorithm, decoding: DecodingKey::from_jwk(jwk).ok()? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::jws::Compact;

    /// All of Wycheproof's vectors, whose payloads are no claims: which file they are from stands in it.
    #[test]
    fn wycheproof() {
        #[derive(Deserialize)]
        struct Group {
            comment: String,
            public: Option<serde_json::Value>,
            tests: Vec<Vector>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Vector {
            tc_id: u32,
            comment: String,
            jws: String,
            result: String,
        }
        #[derive(Deserialize)]
        struct Vectors {
            groups: Vec<Group>,
        }
        let file = include_str!("../../../../tests/it/auth/vectors/wycheproof_jws.json");
        let file: Vectors = serde_json::from_str(file).expect("vectors");
        let keys = |group: &Group| -> Vec<Key> {
            let key = |key: &serde_json::Value| usable(&serde_json::from_value(key.clone()).ok()?);
            group.public.iter().filter_map(key).collect()
        };
        let all: Vec<Key> = file.groups.iter().flat_map(keys).collect();
        assert_eq!(all.len(), 6, "of nineteen public keys those that check signatures by RS256 and ES256");
        let (mut good, mut bad) = (0, 0);
        for group in &file.groups {
            // Where the group's key is a secret, none of the public ones may do for it.
            let keys = if group.public.is_some() { keys(group) } else { all.clone() };
            let is_let_in = group.public.is_some() && !keys.is_empty();
            for vector in &group.tests {
                let read = Compact::of_anything(&vector.jws, 4096);
                let is_signed = read
                    .is_some_and(|jws| keys.iter().any(|key| jws.is_signed(&key.decoding, key.algorithm)));
                let wanted = vector.result == "valid" && is_let_in;
                assert_eq!(is_signed, wanted, "{} {} {}", group.comment, vector.tc_id, vector.comment);
                *(if wanted { &mut good } else { &mut bad }) += 1;
            }
        }
        assert_eq!((good, bad), (10, 391));
        // Of Base64 it does not matter whose the key is; two are good for readers that pass over letters that are not its.
        let base64 = file.groups.iter().find(|group| group.comment == "base64").expect("a group");
        for vector in &base64.tests {
            let is_well_formed = matches!(vector.tc_id, 357..=359 | 367 | 370 | 376 | 377);
            let read = Compact::of_anything(&vector.jws, 4096);
            assert_eq!(read.is_some(), is_well_formed, "{} {}", vector.tc_id, vector.comment);
        }
    }

    #[test]
    fn only_public_keys_that_sign() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let set = json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "good" },
            { "kty": "OKP", "crv": "Ed25519", "x": x },
            { "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "enc", "use": "enc" },
            { "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "alg", "alg": "HS256" },
            { "kty": "oct", "k": x, "kid": "secret", "alg": "HS256" },
            { "kty": "what", "kid": "odd" },
            7,
        ] });
        let keys = read(set.to_string().as_bytes()).expect("a set");
        assert_eq!(keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["good"]);
        assert!(read(b"{}").is_err());
    }
}
