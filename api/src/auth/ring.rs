//! The keys of a file: the one that signs, the next one, which others may already know, and those of before, whose
//! signatures are still good.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

/// The one algorithm of our own tokens.
pub(super) const ALGORITHM: Algorithm = Algorithm::EdDSA;
const MOST_KEYS: usize = 8;
const BEGIN: &str = "-----BEGIN ";

/// One key pair.
pub(super) struct Key {
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    /// Its thumbprint (RFC 7638).
    pub(super) kid: String,
    jwk: Jwk,
}

/// At least one key, the one that signs first.
pub(super) struct Ring(Vec<Key>);

/// The PEM blocks of a text, each for itself.
pub(super) fn blocks(pem: &str) -> impl Iterator<Item = String> {
    pem.split(BEGIN).skip(1).map(|block| format!("{BEGIN}{}\n", block.trim_end()))
}

impl Key {
    fn from_pem(pem: &str) -> Result<Self, String> {
        let encoding = EncodingKey::from_ed_pem(pem.as_bytes())
            .map_err(|_| "the signing key is not an Ed25519 private key in PKCS #8 PEM".to_owned())?;
        let mut jwk =
            Jwk::from_encoding_key(&encoding, ALGORITHM).map_err(|_| "the signing key cannot be used")?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| "the signing key has no thumbprint")?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| "the signing key cannot be used")?;
        Ok(Self { encoding, decoding, kid, jwk })
    }
}

impl Ring {
    /// The keys of a text, in its order.
    ///
    /// # Errors
    /// A sentence that says what is wrong with them.
    pub(super) fn from_pem(pem: &str) -> Result<Self, String> {
        let keys: Vec<Key> = match pem.contains(BEGIN) {
            true => blocks(pem).map(|block| Key::from_pem(&block)).collect::<Result<_, _>>()?,
            false => vec![Key::from_pem(pem)?],
        };
        if keys.len() > MOST_KEYS {
            return Err(format!("more than {MOST_KEYS} signing keys"));
        }
        let is_twice = |(at, key): (usize, &Key)| keys[..at].iter().any(|before| before.kid == key.kid);
        match keys.iter().enumerate().any(is_twice) {
            true => Err("a signing key is there twice".into()),
            false => Ok(Self(keys)),
        }
    }

    pub(super) fn generate_pem() -> Result<String, String> {
        // Chance of the operating system itself: a key is never made from the injected seed.
        let key = Ed25519KeyPair::generate().map_err(|_| "no signing key could be made")?;
        let document = key.to_pkcs8v1().map_err(|_| "no signing key could be made")?;
        let body = BASE64_STANDARD.encode(document.as_ref());
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"))
    }

    /// The key that signs.
    pub(super) fn signer(&self) -> &Key {
        &self.0[0]
    }

    /// The key with this name.
    pub(super) fn find(&self, kid: &str) -> Option<&Key> {
        self.keys().find(|key| key.kid == kid)
    }

    /// All keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }

    /// All public halves.
    pub(super) fn public_set(&self) -> JwkSet {
        JwkSet { keys: self.keys().map(|key| key.jwk.clone()).collect() }
    }
}
