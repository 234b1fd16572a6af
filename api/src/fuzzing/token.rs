//! Access tokens and tickets.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use serde_json::Value;
use uuid::Uuid;

use crate::auth::keys::{API, Claims, GET_FILE, Keys, PUT_FILE, UPLOAD};

const ISSUER: &str = "https://pii.example";
const NOW: i64 = 1_700_000_000;

struct Known {
    keys: Keys,
    token: String,
}

/// A key from a constant, so that what was found once is found again, and a good token of it.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let der =
        [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice(), &[7; 32]].concat();
    let body = BASE64_STANDARD.encode(der);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let keys = Keys::from_pem(&pem, ISSUER.to_owned()).expect("the constant is a key");
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: API.to_owned(),
        sub: Uuid::from_u128(1),
        sid: Uuid::from_u128(2),
        jti: Uuid::from_u128(3),
        iat: NOW,
        exp: NOW + 600,
        scope: None,
    };
    let token = keys.sign_access(&claims).expect("claims can be signed");
    Known { keys, token }
});

/// The bytes are a token, changes of a good one, and header and claims that are signed as they are.
pub fn token(bytes: &[u8]) {
    let Known { keys, token } = &*KNOWN;
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(text == token || accepted(keys, text).is_none(), "what is not ours is accepted");
    }
    if let Some(changed) = changed(token, bytes) {
        assert!(changed == *token || accepted(keys, &changed).is_none(), "a changed token is accepted");
    }
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (Some(header), Some(claims)) = (lines.next(), lines.next()) else { return };
    let header = String::from_utf8_lossy(header).replace("KID", &kid(token));
    let signed = [header.as_bytes(), claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).join(".");
    let Ok(signature) = keys.sign_text(&signed) else { return };
    if let Some(audience) = accepted(keys, &format!("{signed}.{signature}")) {
        let claims: Value = serde_json::from_slice(claims).expect("what is accepted is JSON");
        assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &audience.into()));
        assert!(claims["exp"].as_i64().is_some_and(|exp| exp > NOW), "it has ended");
    }
}

/// For which audience a token is good.
fn accepted(keys: &Keys, token: &str) -> Option<&'static str> {
    let now = DateTime::from_timestamp(NOW, 0)?;
    if keys.check_access(token, now).is_ok() {
        return Some(API);
    }
    [PUT_FILE, GET_FILE, UPLOAD].into_iter().find(|audience| keys.check_ticket(token, audience, now).is_ok())
}

/// Each two bytes say where, and by what, a letter is replaced.
fn changed(token: &str, bytes: &[u8]) -> Option<String> {
    let mut changed = token.as_bytes().to_vec();
    let length = changed.len();
    for (nth, change) in bytes.chunks_exact(2).take(8).enumerate() {
        changed[(usize::from(change[0]) + 256 * (nth % 2)) % length] = change[1];
    }
    String::from_utf8(changed).ok()
}

fn kid(token: &str) -> String {
    let header = token.split('.').next().and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let header: Value = header.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
    header["kid"].as_str().unwrap_or_default().to_owned()
}
