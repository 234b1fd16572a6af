//! The signing key: access tokens and file tickets, both JWTs signed with Ed25519 and told apart by `typ` and `aud`.

use std::path::Path;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::dossier::Document;
use crate::error::{Code, Error, Problem, Result};
use crate::lang::Lang;
use crate::pictures::{ChartRequest, ImageFormat};
use crate::sheet::Format;

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: the server's public address.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user.
    pub sub: Uuid,
    /// The session it belongs to.
    pub sid: Uuid,
    /// Its own name.
    pub jti: Uuid,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

/// What a file ticket says: one user may put or get one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// Who issued it.
    pub iss: String,
    /// `pii-put` or `pii-get`.
    pub aud: String,
    /// The user.
    pub sub: Uuid,
    /// The session in which it was asked for; it ends with it.
    pub sid: Uuid,
    /// The file.
    #[serde(flatten)]
    pub file: FileOf,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// What the client said of the file that it is going to put.
    #[serde(default)]
    pub declared: Declared,
    /// The upload in pieces that it is for, if it is for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Uuid>,
}

/// Which file a ticket is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileOf {
    /// That of a piece of evidence.
    Evidence(Uuid),
    /// That of an import of figures.
    Import(Uuid),
    /// The figures of an edition, written when it is got.
    Export {
        /// The edition.
        edition: Uuid,
        /// The format.
        format: Format,
        /// The language of headings and names.
        lang: Lang,
    },
    /// A file that is made of a dossier when it is got.
    Dossier {
        /// The dossier.
        dossier: Uuid,
        /// Which file.
        document: Document,
    },
    /// A picture, drawn when it is got.
    Chart {
        /// What it is about.
        request: Box<ChartRequest>,
        /// The format.
        format: ImageFormat,
        /// Width in pixels.
        width: u32,
    },
}

/// What a client says of a file before it sends it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its SHA-256 in hex.
    pub sha256: Option<String>,
}

/// The key pair that signs, and what checks the signatures.
pub struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    kid: String,
    set: JwkSet,
    issuer: String,
}

/// The audience of access tokens.
pub const API: &str = "pii-api";
/// The audience of tickets to upload a file.
pub const PUT_FILE: &str = "pii-put";
/// The audience of tickets to go on with an upload in pieces.
pub const UPLOAD: &str = "pii-upload";
/// The audience of tickets to download a file.
pub const GET_FILE: &str = "pii-get";
const ALGORITHM: Algorithm = Algorithm::EdDSA;
const ACCESS_TYPE: &str = "at+jwt";
const TICKET_TYPE: &str = "ticket+jwt";
const LONGEST_TOKEN: usize = 4_096;

impl Keys {
    /// A key pair from PKCS #8 in PEM.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the key.
    pub fn from_pem(pem: &str, issuer: String) -> Result<Self, String> {
        let encoding = EncodingKey::from_ed_pem(pem.as_bytes())
            .map_err(|_| "the signing key is not an Ed25519 private key in PKCS #8 PEM".to_owned())?;
        let mut jwk =
            Jwk::from_encoding_key(&encoding, ALGORITHM).map_err(|_| "the signing key cannot be used")?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| "the signing key has no thumbprint")?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| "the signing key cannot be used")?;
        Ok(Self { encoding, decoding, kid, set: JwkSet { keys: vec![jwk] }, issuer })
    }

    /// A new private key in PEM.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate_pem() -> Result<String, String> {
        // Chance of the operating system itself: a key is never made from the injected seed.
        let key = Ed25519KeyPair::generate().map_err(|_| "no signing key could be made")?;
        let document = key.to_pkcs8v1().map_err(|_| "no signing key could be made")?;
        let body = BASE64_STANDARD.encode(document.as_ref());
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"))
    }

    /// The key in `path`; where there is none and `create` is set, a new one that only its owner may read.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn from_file(path: &Path, create: bool, issuer: String) -> Result<Self, String> {
        let pem = match std::fs::read_to_string(path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && create => {
                let pem = Self::generate_pem()?;
                write_private(path, &pem).map_err(|error| format!("{}: {error}", path.display()))?;
                pem
            }
            Err(error) => return Err(format!("signing key {}: {error}", path.display())),
        };
        Self::from_pem(&pem, issuer).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The public half, for `/.well-known/jwks.json`.
    pub fn public_set(&self) -> &JwkSet {
        &self.set
    }

    /// The `iss` of all tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs an access token.
    pub fn sign_access(&self, claims: &Claims) -> Result<String> {
        self.sign(ACCESS_TYPE, claims)
    }

    /// Signs a file ticket.
    pub fn sign_ticket(&self, ticket: &Ticket) -> Result<String> {
        self.sign(TICKET_TYPE, ticket)
    }

    fn sign(&self, kind: &str, claims: &impl Serialize) -> Result<String> {
        let header =
            Header { typ: Some(kind.to_owned()), kid: Some(self.kid.clone()), ..Header::new(ALGORITHM) };
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(Error::internal)
    }

    /// What an access token says, if it is ours and good at `now`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every other token.
    pub fn check_access(&self, token: &str, now: DateTime<Utc>) -> Result<Claims> {
        let claims: Claims = self.check(token, ACCESS_TYPE, API).ok_or(Error::Unauthenticated)?;
        if claims.exp <= now.timestamp() { Err(Error::Unauthenticated) } else { Ok(claims) }
    }

    /// What a file ticket says, if it is ours, for `audience`, and good at `now`.
    ///
    /// # Errors
    /// [`Code::InvalidTicket`] for every other ticket.
    pub fn check_ticket(&self, ticket: &str, audience: &str, now: DateTime<Utc>) -> Result<Ticket> {
        let ticket: Option<Ticket> = self.check(ticket, TICKET_TYPE, audience);
        let good = ticket.filter(|ticket| ticket.exp > now.timestamp());
        good.ok_or_else(|| Problem::new("ticket", Code::InvalidTicket).into())
    }

    /// A signature of `text`, so that what was once given out is told from what somebody made up.
    pub fn sign_text(&self, text: &str) -> Result<String> {
        jsonwebtoken::crypto::sign(text.as_bytes(), &self.encoding, ALGORITHM).map_err(Error::internal)
    }

    /// Whether `signature` is ours for `text`.
    pub fn signed_text(&self, text: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, text.as_bytes(), &self.decoding, ALGORITHM).unwrap_or(false)
    }

    fn check<T: DeserializeOwned + Clone>(&self, token: &str, kind: &str, audience: &str) -> Option<T> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(kind) || header.kid.as_deref() != Some(&self.kid) {
            return None;
        }
        let mut validation = Validation::new(ALGORITHM);
        // The library asks the machine's clock; ours is passed in, so the caller compares.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[audience]);
        Some(jsonwebtoken::decode(token, &self.decoding, &validation).ok()?.claims)
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
