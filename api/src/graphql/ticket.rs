//! Addresses of files: bytes go beside GraphQL, by ticket.

use async_graphql::{Context, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::ask::Ask;
use super::check::Check;
use crate::auth::{Declared, FileOf, Ticket};
use crate::config::TICKET_LIFE;
use crate::error::{Code, Result};
use crate::files::{Purpose, check_media_type, check_name};

/// The file that is going to be uploaded.
#[derive(InputObject)]
pub struct FileInput {
    /// Its name, with an ending that fits its type.
    name: String,
    /// Its media type; compared with what the bytes say.
    media_type: Option<String>,
    /// Its size in bytes; compared with what arrives.
    size: Option<i64>,
    /// Its SHA-256 in hex; compared with what arrives.
    sha256: Option<String>,
}

/// A file that is made when it is got.
#[derive(SimpleObject)]
pub struct Download {
    /// Address from which the viewer may `GET` the file, without an `Authorization` header; what the viewer may see is
    /// checked again then.
    pub url: String,
    /// Name of the file.
    pub file_name: String,
    /// When the address ends; ask for another then.
    pub expires_at: DateTime<Utc>,
}

impl FileInput {
    /// What is said of the file, checked for `purpose`; problems are noted under `field`.
    pub(super) fn declared(
        &self,
        ctx: &Context<'_>,
        check: &mut Check,
        purpose: Purpose,
        field: &str,
    ) -> Result<Declared> {
        let most = ctx.app()?.files.max_bytes(purpose);
        let name = crate::text::normal(&self.name);
        let path = |part: &str| format!("{field}.{part}");
        let (name_path, type_path) = (check.field(&path("name")), check.field(&path("mediaType")));
        check.note(check_name(&name, purpose, &name_path));
        if let Some(media_type) = &self.media_type {
            check.note(check_media_type(media_type, purpose, &type_path));
        }
        let size = match self.size.map(u64::try_from) {
            None => None,
            Some(Err(_)) => {
                check.problem_with(&path("size"), Code::OutOfRange, format_args!("1–{most}"));
                None
            }
            Some(Ok(0)) => {
                check.problem(&path("size"), Code::FileEmpty);
                None
            }
            Some(Ok(size)) if size <= most => Some(size),
            Some(Ok(_)) => {
                check.problem_with(&path("size"), Code::FileTooLarge, most);
                None
            }
        };
        let hex = |hash: &String| hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit());
        if !self.sha256.as_ref().is_none_or(hex) {
            check.problem(&path("sha256"), Code::HashMismatch);
        }
        Ok(Declared { name, media_type: self.media_type.clone(), size, sha256: self.sha256.clone() })
    }
}

/// The address under which the viewer may put or get a file for a while.
pub(super) fn ticket_url(
    ctx: &Context<'_>,
    file: FileOf,
    audience: &str,
    declared: Declared,
) -> Result<String> {
    let (app, principal) = (ctx.app()?, ctx.principal()?);
    let ticket = app.keys.sign_ticket(&Ticket {
        iss: app.keys.issuer().to_owned(),
        aud: audience.to_owned(),
        sub: principal.user.id,
        sid: principal.session,
        file,
        exp: (app.world.now() + TICKET_LIFE).timestamp(),
        declared,
        upload: None,
    })?;
    Ok(format!("{}/files/{ticket}", app.settings.public_url()))
}

/// When a ticket asked for now ends.
pub(super) fn ticket_end(ctx: &Context<'_>) -> Result<DateTime<Utc>> {
    Ok(ctx.app()?.world.now() + TICKET_LIFE)
}
