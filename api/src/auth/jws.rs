//! A signed token in its compact form, read strictly (RFC 7515, RFC 8725): three parts of canonical base64url, each member
//! of header and claims once, and no header that says where to find the key or what else must be understood.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Header members that bring a key along, say where one is, or change how the rest is to be read.
const REFUSED: [&str; 9] = ["crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "epk"];
/// How far two clocks may be apart.
pub(super) const LEEWAY_SECONDS: i64 = 60;

/// A token whose form is good; nothing that it says is believed before [`Compact::is_signed`].
#[derive(Debug)]
pub(super) struct Compact<'a> {
    header: Map<String, Value>,
    claims: Vec<u8>,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Reads a token of at most `longest` bytes; `None` for everything that is not exactly in form.
    pub(super) fn read(token: &'a str, longest: usize) -> Option<Self> {
        let read = Self::of_anything(token, longest)?;
        serde_json::from_slice::<Once>(&read.claims).is_ok().then_some(read)
    }

    /// The same of a token whose payload need not be claims.
    pub(super) fn of_anything(token: &'a str, longest: usize) -> Option<Self> {
        if token.len() > longest {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        // The alphabet has no dot: a fourth part is refused here. Padding and stray last bits are as well.
        let [header, claims, _] =
            [header, claims, signature].map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
        let (header, claims) = (header?, claims?);
        BASE64_URL_SAFE_NO_PAD.decode(signature).ok().filter(|bytes| !bytes.is_empty())?;
        serde_json::from_slice::<Once>(&header).ok()?;
        let header: Map<String, Value> = serde_json::from_slice(&header).ok()?;
        let brings_a_key = REFUSED.iter().any(|name| header.contains_key(*name));
        (!brings_a_key).then_some(Self { header, claims, signed, signature })
    }

    /// A member of the header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// Whether the header has a member with this name.
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.header.contains_key(name)
    }

    /// What the signature is of.
    pub(super) fn signed(&self) -> &str {
        self.signed
    }

    /// The names of the header's members, in alphabetical order.
    pub(super) fn header_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.header.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Whether it names `algorithm` and is signed by `key`; what it says of the algorithm never chooses one.
    pub(super) fn is_signed(&self, key: &DecodingKey, algorithm: Algorithm) -> bool {
        let named = serde_json::to_value(algorithm).ok();
        self.header.get("alg") == named.as_ref()
            && jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), key, algorithm)
                .unwrap_or(false)
    }

    /// What it says, if it says that much.
    pub(super) fn claims<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.claims).ok()
    }
}

/// The times of a token, in seconds since 1970.
#[derive(Debug, Deserialize)]
pub(super) struct Times {
    exp: i64,
    #[serde(default, deserialize_with = "given")]
    iat: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    nbf: Option<i64>,
}

/// A member that may be missing but is not null.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(deserializer).map(Some)
}

impl Times {
    /// Whether a token with these times is good at `now`, but for `late` seconds after its end.
    pub(super) fn hold(&self, now: i64, late: i64) -> bool {
        let begun = |time: Option<i64>| time.is_none_or(|time| time <= now + LEEWAY_SECONDS);
        self.exp > now - late && begun(self.iat) && begun(self.nbf)
    }

    /// When it ends.
    pub(super) fn end(&self) -> i64 {
        self.exp
    }
}

/// JSON whose objects, at every depth, have each member once.
struct Once;

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON whose members are there once")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_str<E>(self, _: &str) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
        while items.next_element::<Once>()?.is_some() {}
        Ok(Once)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Once, A::Error> {
        let mut names = HashSet::new();
        while let Some((name, Once)) = members.next_entry::<String, Once>()? {
            if !names.insert(name) {
                return Err(serde::de::Error::custom("a member is there twice"));
            }
        }
        Ok(Once)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"alg":"EdDSA","typ":"at+jwt","kid":"k"}"#;

    fn token(header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|json| BASE64_URL_SAFE_NO_PAD.encode(json));
        format!("{header}.{claims}.AAAA")
    }

    fn reads(token: &str) -> bool {
        Compact::read(token, 4096).is_some()
    }

    #[test]
    fn form() {
        let good = token(HEADER, r#"{"a":[{"b":1},{"b":2}]}"#);
        assert!(reads(&good));
        assert!(Compact::read(&good, good.len() - 1).is_none(), "too long");
        for bad in [
            "".to_owned(),
            "..".to_owned(),
            good.replace('.', ""),
            format!("{good}."),
            format!(".{good}"),
            format!("{good}.AAAA"),
            format!("{good}="),
            format!(" {good}"),
            format!("{good}\n"),
            good.replace(".AAAA", "."),
            good.replace(".AAAA", ".AA+A"),
            good.replace(".AAAA", ".AA/A"),
            // The last bits of a byte's second character say nothing and must be zero.
            good.replace(".AAAA", ".AB"),
            good.replace(".AAAA", ".A"),
        ] {
            assert!(!reads(&bad), "{bad}");
        }
        assert!(reads(&good.replace(".AAAA", ".AA")));
    }

    #[test]
    fn members_are_there_once() {
        for claims in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"x":[{"b":1,"b":2}]}"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert!(!reads(&token(HEADER, claims)), "{claims}");
        }
        assert!(!reads(&token(r#"{"alg":"none","alg":"EdDSA"}"#, "{}")));
        assert!(!reads(&token("[]", "{}")));
        assert!(!reads(&token(HEADER, "{} {}")));
        assert!(!reads(&token(HEADER, &format!("{}1{}", "[".repeat(500), "]".repeat(500)))));
    }

    #[test]
    fn headers_that_bring_a_key() {
        for name in REFUSED {
            assert!(!reads(&token(&format!(r#"{{"alg":"EdDSA","{name}":null}}"#), "{}")), "{name}");
        }
    }

    #[test]
    fn times() {
        let hold =
            |json: &str, late| serde_json::from_str::<Times>(json).is_ok_and(|times| times.hold(1000, late));
        assert!(hold(r#"{"exp":1001}"#, 0) && !hold(r#"{"exp":1000}"#, 0));
        assert!(hold(r#"{"exp":941}"#, 60) && !hold(r#"{"exp":940}"#, 60));
        for name in ["iat", "nbf"] {
            assert!(hold(&format!(r#"{{"exp":2000,"{name}":1060}}"#), 0));
            assert!(!hold(&format!(r#"{{"exp":2000,"{name}":1061}}"#), 0));
            assert!(!hold(&format!(r#"{{"exp":2000,"{name}":null}}"#), 0));
            assert!(!hold(&format!(r#"{{"exp":2000,"{name}":"1"}}"#), 0));
        }
        assert!(!hold("{}", 0));
    }
}
