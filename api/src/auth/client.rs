//! Programs that sign in with a secret of their own: OAuth 2.0 client credentials.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use entity::{AuditAction, service_account, user};
use uuid::Uuid;

use super::session::{ClientName, access_token, open_once};
use super::tries::{Tries, count_token};
use super::{ClientAddress, RequestId};
use crate::App;
use crate::config::ACCESS_TOKEN_LIFE;
use crate::error::{Error, Result};
use crate::files::sha256_hex;
use crate::policy::{Scopes, User};
use crate::store::{Read, Store};

/// What a program shows to get a token, and what for.
#[derive(Clone, Copy, Debug)]
pub struct ClientCredentials<'a> {
    /// The client id.
    pub id: &'a str,
    /// The secret.
    pub secret: &'a str,
    /// The scopes that it wants, set apart by spaces; all of the account's if it does not say.
    pub scope: Option<&'a str>,
}

/// A token of a service account.
#[derive(Clone, Debug)]
pub struct ClientToken {
    /// JWT for the `Authorization: Bearer` header.
    pub access: String,
    /// How long it lives.
    pub life: Duration,
    /// What it may be used for.
    pub scopes: Scopes,
}

/// Why a program gets no token.
#[derive(Debug)]
pub enum ClientRefusal {
    /// The same whether the account is unknown, over or has another secret.
    Credentials,
    /// A scope that is unknown, or that the account was not given.
    Scope,
    /// Too many tries at this account or from this address, or too many tokens.
    TooManyTries,
    /// A fault of ours.
    Fault(Error),
}

impl From<Error> for ClientRefusal {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

/// Whether a service account may be used at `now`.
pub fn is_good(account: &service_account::Model, now: DateTime<Utc>) -> bool {
    account.revoked_at.is_none() && account.expires_at.is_none_or(|end| end > now)
}

/// What of its session's scopes a service account still has.
pub(super) fn scopes_left(account: &service_account::Model, session: &str) -> Scopes {
    let named = |names| Scopes::named(names).unwrap_or_default();
    named(session).and(named(&account.scopes))
}

/// A short access token for a service account; there is nothing to refresh it with, the secret gives the next.
///
/// # Errors
/// What [`ClientRefusal`] says.
pub async fn client_token(
    app: &App,
    credentials: ClientCredentials<'_>,
    address: ClientAddress,
    request: RequestId,
    client: &ClientName,
) -> Result<ClientToken, ClientRefusal> {
    let ClientCredentials { id, secret, scope } = credentials;
    // The one spelling that was given out: others would be counted as other clients.
    let known = Uuid::try_parse(id).ok().filter(|key| key.to_string() == id);
    let tries = Tries::with_secret(id, address);
    if !tries.count(app).await? {
        return Err(ClientRefusal::TooManyTries);
    }
    let store = app.system().for_request(request.0);
    let hash = sha256_hex(secret.as_bytes());
    let Some(user) = holder(&store, known, &hash).await? else {
        refuse(&store, known).await?;
        return Err(ClientRefusal::Credentials);
    };
    tries.forgive(app).await?;
    if !count_token(app, user.id).await? {
        return Err(ClientRefusal::TooManyTries);
    }
    let tx = store.in_name_of(User::of(&user)).begin().await?;
    // Held until the session is there: a rotation or revocation meanwhile finds it and ends it.
    let account = tx.get_locked::<service_account::Entity>(user.id).await?;
    if !is_good(&account, tx.now()) || !is_same(&account.secret_hash, &hash) {
        return Err(ClientRefusal::Credentials);
    }
    let given = Scopes::named(&account.scopes).unwrap_or_default();
    let scopes = match scope {
        None => given,
        Some(wanted) => {
            let wanted = Scopes::named(wanted).ok_or(ClientRefusal::Scope)?;
            if wanted.and(given) != wanted {
                return Err(ClientRefusal::Scope);
            }
            wanted
        }
    };
    tx.note_event::<user::Entity>(AuditAction::SignIn, Some(user.id), None);
    let session = open_once(app, &tx, user.id, ACCESS_TOKEN_LIFE, client, Some(scopes)).await?;
    tx.commit().await?;
    let access = access_token(app, user.id, session, ACCESS_TOKEN_LIFE, Some(scopes))?;
    Ok(ClientToken { access, life: ACCESS_TOKEN_LIFE, scopes })
}

/// The user of the service account `id` whose secret has this hash.
async fn holder(store: &Store, id: Option<Uuid>, hash: &str) -> Result<Option<user::Model>> {
    let Some(id) = id else { return Ok(None) };
    let found = |error| match error {
        Error::NotFound => Ok(None),
        other => Err(other),
    };
    let account = store.get::<service_account::Entity>(id).await.map(Some).or_else(found)?;
    let Some(account) = account else { return Ok(None) };
    if !is_same(&account.secret_hash, hash) || !is_good(&account, store.now()) {
        return Ok(None);
    }
    let user = store.get::<user::Entity>(id).await?;
    Ok(Some(user).filter(|user| user.disabled_at.is_none()))
}

fn is_same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// Notes a refused sign-in, by its account if there is one.
async fn refuse(store: &Store, id: Option<Uuid>) -> Result<()> {
    let known = match id {
        Some(id) => store.get::<service_account::Entity>(id).await.ok().map(|account| account.id),
        None => None,
    };
    let tx = store.begin().await?;
    tx.note_event::<user::Entity>(AuditAction::SignInRefused, known, None);
    tx.commit().await
}
