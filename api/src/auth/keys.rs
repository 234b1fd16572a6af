//! What is signed: access tokens and file tickets, both JWTs signed with Ed25519 and told apart by `typ` and `aud`.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::Header;
use jsonwebtoken::jwk::JwkSet;
use moka::sync::Cache;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::jws::{Compact, Times};
use super::ring::{ALGORITHM, Ring};
use super::rotation::{Watched, read_or_create};
use crate::document::hash;
use crate::dossier::Document;
use crate::error::{Code, Error, Problem, Result};
use crate::lang::Lang;
use crate::pictures::{ChartRequest, ImageFormat};
use crate::sheet::Format;
use crate::world::World;

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
    /// To what it is limited, as RFC 9068 says it, for whoever reads the token; its session says so to this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
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

/// The keys that sign and check signatures, as their file says now.
pub struct Keys {
    watched: Watched,
    issuer: String,
    /// Access tokens found good lately, by their hash.
    good: Cache<[u8; 32], Arc<Good<Claims>>>,
}

/// A token with a good signature, for as long as its key is ours and its time lasts.
struct Good<T> {
    kid: String,
    times: Times,
    claims: T,
}

/// The audience of access tokens.
pub const API: &str = "pii-api";
/// The audience of tickets to upload a file.
pub const PUT_FILE: &str = "pii-put";
/// The audience of tickets to go on with an upload in pieces.
pub const UPLOAD: &str = "pii-upload";
/// The audience of tickets to download a file.
pub const GET_FILE: &str = "pii-get";
const ACCESS_TYPE: &str = "at+jwt";
const TICKET_TYPE: &str = "ticket+jwt";
const LONGEST_TOKEN: usize = 4_096;
const MOST_GOOD: u64 = 10_000;

/// What every token of ours says.
#[derive(Deserialize)]
struct Common {
    iss: String,
    aud: String,
    #[serde(rename = "sub")]
    _sub: Uuid,
}

impl Keys {
    /// Keys from PKCS #8 in PEM: the one that signs, then the next one, then those of before.
    ///
    /// # Errors
    /// A sentence that says what is wrong with them.
    pub fn from_pem(pem: &str, issuer: String) -> Result<Self, String> {
        Ok(Self::new(Watched::still(Ring::from_pem(pem)?), issuer))
    }

    /// A new private key in PEM.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate_pem() -> Result<String, String> {
        Ring::generate_pem()
    }

    /// The keys in `path`, read again when the file changes; where there is none and `create` is set, a new one that only
    /// its owner may read.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn from_file(path: &Path, create: bool, issuer: String, world: World) -> Result<Self, String> {
        let text = read_or_create(path, create)?;
        let ring = Ring::from_pem(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::new(Watched::file(path, text, ring, world), issuer))
    }

    fn new(watched: Watched, issuer: String) -> Self {
        Self { watched, issuer, good: Cache::new(MOST_GOOD) }
    }

    /// The public halves, for `/.well-known/jwks.json`.
    pub fn public_set(&self) -> JwkSet {
        self.watched.ring().public_set()
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
        let ring = self.watched.ring();
        let key = ring.signer();
        let header =
            Header { typ: Some(kind.to_owned()), kid: Some(key.kid.clone()), ..Header::new(ALGORITHM) };
        jsonwebtoken::encode(&header, claims, &key.encoding).map_err(Error::internal)
    }

    /// What an access token says, if it is ours and good at `now`. Its signature is looked at once.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for every other token.
    pub fn check_access(&self, token: &str, now: DateTime<Utc>) -> Result<Claims> {
        if token.len() > LONGEST_TOKEN {
            return Err(Error::Unauthenticated);
        }
        let name = hash(token);
        let known = self.good.get(&name).filter(|known| self.watched.ring().find(&known.kid).is_some());
        let good = match known {
            Some(known) => known,
            None => {
                let read = self.read(token, ACCESS_TYPE, API).map(Arc::new).ok_or(Error::Unauthenticated)?;
                self.good.insert(name, Arc::clone(&read));
                read
            }
        };
        match good.times.hold(now.timestamp(), 0) {
            true => Ok(good.claims.clone()),
            false => Err(Error::Unauthenticated),
        }
    }

    /// What a file ticket says, if it is ours, for `audience`, and good at `now`.
    ///
    /// # Errors
    /// [`Code::InvalidTicket`] for every other ticket.
    pub fn check_ticket(&self, ticket: &str, audience: &str, now: DateTime<Utc>) -> Result<Ticket> {
        let ticket = self.read(ticket, TICKET_TYPE, audience);
        let ticket: Option<Good<Ticket>> = ticket.filter(|ticket| ticket.times.hold(now.timestamp(), 0));
        let ticket = ticket.ok_or_else(|| Problem::new("ticket", Code::InvalidTicket))?;
        Ok(ticket.claims)
    }

    /// A signature of `text`, so that what was once given out is told from what somebody made up.
    pub fn sign_text(&self, text: &str) -> Result<String> {
        let ring = self.watched.ring();
        jsonwebtoken::crypto::sign(text.as_bytes(), &ring.signer().encoding, ALGORITHM)
            .map_err(Error::internal)
    }

    /// Whether `signature` is ours for `text`, by any key that is still known.
    pub fn signed_text(&self, text: &str, signature: &str) -> bool {
        let is_by = |key| jsonwebtoken::crypto::verify(signature, text.as_bytes(), key, ALGORITHM);
        self.watched.ring().keys().any(|key| is_by(&key.decoding).unwrap_or(false))
    }

    /// A token of this kind that is signed by one of ours and for `audience`; its times are still to be looked at.
    fn read<T: DeserializeOwned>(&self, token: &str, kind: &str, audience: &str) -> Option<Good<T>> {
        let token = Compact::read(token, LONGEST_TOKEN)?;
        // Ours have exactly these, so what else a header holds was not written by us.
        if token.header_names() != ["alg", "kid", "typ"] || token.header("typ") != Some(kind) {
            return None;
        }
        let ring = self.watched.ring();
        let key = ring.find(token.header("kid")?)?;
        if !token.is_signed(&key.decoding, ALGORITHM) {
            return None;
        }
        let common: Common = token.claims()?;
        let times: Times = token.claims()?;
        let ours = common.iss == self.issuer && common.aud == audience;
        ours.then(|| Some(Good { kid: key.kid.clone(), times, claims: token.claims()? }))?
    }
}
