//! Which document a request asks for: its text, or a name for it.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Shared;
use super::operation::{Operation, Refusal};
use crate::clients::{Mode, Origin, mode};
use crate::document::{Document, hash};
use crate::error::{Code, Error, Problem};
use crate::files::hex;

impl Operation {
    /// The hash of Apollo's protocol, if it is asked for by that.
    fn hash(&self) -> Result<Option<String>, Error> {
        let Some(persisted) = self.extensions.as_ref().and_then(|all| all.get("persistedQuery")) else {
            return Ok(None);
        };
        let hash = persisted.get("sha256Hash").and_then(Json::as_str);
        let is_hash =
            |hash: &&str| hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match (persisted.get("version").and_then(Json::as_u64), hash.filter(is_hash)) {
            (Some(1), Some(hash)) => Ok(Some(hash.to_owned())),
            _ => Err(Problem::new("extensions.persistedQuery", Code::BadUserInput)
                .in_words(
                    "cần version là 1 và sha256Hash gồm 64 chữ số thập lục phân viết thường",
                    "wanted are a version of 1 and a sha256Hash of 64 hexadecimal digits in lower case",
                )
                .into()),
        }
    }
}

impl Shared {
    /// The document, and what is known of it and of `client`.
    ///
    /// # Errors
    /// [`Code::PersistedQueryNotFound`] for a hash that was not sent before, [`Code::UntrustedDocument`] where only
    /// registered documents are executed, and what is wrong with the text.
    pub(super) async fn document(
        &self,
        client: &str,
        asked: &Operation,
    ) -> Result<(Arc<Document>, Origin), Refusal> {
        let persisted = asked.hash()?;
        let registered = self.app.registry.read(&self.app).await?;
        let own = registered.get(client);
        let named = |id: &str| own.and_then(|own| own.get(id));
        let modes = &self.app.settings.documents;
        let mode = mode(modes, client);
        let is_known = own.is_some() || modes.iter().any(|mode| mode.is_of(client));
        let origin = if is_known { Origin::Known } else { Origin::Stranger };

        let id = asked.document_id.as_deref().map(|id| id.strip_prefix("sha256:").unwrap_or(id));
        if let Some(text) = id.or(persisted.as_deref()).and_then(named) {
            return Ok((self.documents.read(text)?, Origin::Registered));
        }
        let Some(text) = &asked.query else {
            let code = match (mode, &persisted) {
                (Mode::Trusted, _) => return Err(untrusted(client)),
                (Mode::Automatic, Some(hash)) => match self.documents.by_hash(&bytes(hash)) {
                    Some(document) => return Ok((document, origin)),
                    None => Code::PersistedQueryNotFound,
                },
                (Mode::Off, Some(_)) => Code::PersistedQueryNotSupported,
                (_, None) if asked.document_id.is_some() => Code::PersistedQueryNotFound,
                (_, None) => {
                    let missing = Problem::new("query", Code::BadUserInput);
                    return Err(missing.in_words("thiếu query", "there is no query").into());
                }
            };
            return Err(Refusal::of_request(Problem::new("", code)));
        };
        let hash = hash(text);
        if persisted.is_some_and(|persisted| bytes(&persisted) != hash) {
            return Err(Problem::new("extensions.persistedQuery.sha256Hash", Code::HashMismatch).into());
        }
        let is_registered = own.is_some_and(|own| own.get(&hex(&hash)).is_some());
        let origin = if is_registered { Origin::Registered } else { origin };
        match mode {
            Mode::Trusted if origin != Origin::Registered => Err(untrusted(client)),
            _ => Ok((self.documents.read_hashed(text, &hash)?, origin)),
        }
    }
}

fn untrusted(client: &str) -> Refusal {
    Refusal::of_request(Problem::new("", Code::UntrustedDocument).with(format_args!("{client:?}")))
}

fn bytes(hex: &str) -> [u8; 32] {
    let digit = |byte: u8| if byte.is_ascii_digit() { byte - b'0' } else { byte - b'a' + 10 };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0]) * 16 + digit(pair[1]);
    }
    bytes
}
