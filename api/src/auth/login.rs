//! Signing in and out: one session per log-in, its refresh token rotated with every use and good only once.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::{AuditAction, session, user};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::principal::Principal;
use super::session::{ClientName, access_token, end_sessions, open_once, open_session};
use super::tries::{Tries, WINDOW};
use crate::App;
use crate::config::{ACCESS_TOKEN_LIFE, REFRESH_TOKEN_LIFE};
use crate::error::{Code, Error, Problem, Result};
use crate::files::sha256_hex;
use crate::graphql::email as address;
use crate::policy::{User, Verb};
use crate::store::{Read, Store, Tx};
use crate::text;

/// Where a request comes from, for counting log-in tries.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The network that counts as one: whoever has an IPv6 address has the 2⁶⁴ of its network.
    pub fn network(self) -> IpAddr {
        self.first(4)
    }

    /// The site that counts as one where many networks of IPv6 may be one holder's: a /48 (RFC 6177).
    pub fn site(self) -> IpAddr {
        self.first(3)
    }

    /// The first `segments` of 16 bits of an IPv6 address; an IPv4 address is whole.
    fn first(self, segments: usize) -> IpAddr {
        match self.0.to_canonical() {
            IpAddr::V6(address) => {
                let mut parts = address.segments();
                parts[segments..].fill(0);
                Ipv6Addr::from(parts).into()
            }
            address => address,
        }
    }
}

/// The request in which somebody signs in, for the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

/// What a client gets for signing in.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// JWT for the `Authorization: Bearer` header.
    pub access: String,
    /// Opaque; good once, to get the next pair.
    pub refresh: String,
    /// The user.
    pub user: Uuid,
}

/// Signs in with e-mail and password.
///
/// # Errors
/// [`Code::WrongCredentials`], the same and after the same time whether the account is unknown, disabled or has another
/// password; [`Code::TooManyTries`] per account and per address.
pub async fn login(
    app: &App,
    email: &str,
    password: &str,
    address: ClientAddress,
    request: RequestId,
    client: &ClientName,
) -> Result<Tokens> {
    let email = text::normal(email).to_lowercase();
    let tries = Tries::with_password(&email, address);
    if !tries.count(app).await? {
        return Err(too_many_tries(""));
    }
    let store = app.system().for_request(request.0);
    // PostgreSQL cannot compare with NUL, and no address has one.
    let found = match email.contains('\0') {
        true => None,
        false => store.first(store.find::<user::Entity>().filter(user::Column::Email.eq(&email))).await?,
    };
    let stored = found.as_ref().and_then(|user| user.password_hash.as_deref());
    let good = app.passwords.verify(password, stored).await?;
    let known = found.as_ref().map(|user| user.id);
    let Some(user) = found.filter(|user| good && user.disabled_at.is_none()) else {
        note_refusal(&store, known, &email).await?;
        return Err(Problem::new("", Code::WrongCredentials).into());
    };
    tries.forgive(app).await?;

    session_of(app, store, &user, client, async |_: &Tx| Ok(())).await
}

/// Opens a session of a user who has shown who it is, after what `first` does in the same transaction.
pub(super) async fn session_of(
    app: &App,
    store: Store,
    user: &user::Model,
    client: &ClientName,
    first: impl AsyncFnOnce(&Tx) -> Result<()>,
) -> Result<Tokens> {
    let tx = store.in_name_of(User::of(user)).begin().await?;
    first(&tx).await?;
    tx.note_event::<user::Entity>(AuditAction::SignIn, Some(user.id), None);
    let (session, refresh) = open_session(app, &tx, user.id, client).await?;
    tx.commit().await?;
    Ok(Tokens {
        access: access_token(app, user.id, session, ACCESS_TOKEN_LIFE, None)?,
        refresh,
        user: user.id,
    })
}

/// Notes a refused sign-in by its account, or by the address that was given for one.
pub(super) async fn note_refusal(store: &Store, known: Option<Uuid>, email: &str) -> Result<()> {
    // What is no address may be a password in the wrong field.
    let given = address(email, "").ok().filter(|_| known.is_none());
    let given = given.map(|email| serde_json::Map::from_iter([("email".to_owned(), email.into())]));
    let tx = store.begin().await?;
    tx.note_event::<user::Entity>(AuditAction::SignInRefused, known, given);
    tx.commit().await
}

/// Changes a refresh token for the next pair.
///
/// # Errors
/// [`Code::InvalidToken`]. A token that was used before ends its session: one of the two who hold it is a thief.
pub async fn refresh(app: &App, token: &str) -> Result<Tokens> {
    let invalid = || Error::from(Problem::new("refreshToken", Code::InvalidToken));
    // Only a token that was given out can have been used before; anybody may make one up for a session it has heard of.
    let (issued, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
    if !app.keys.signed_text(&signed(issued), signature) {
        return Err(invalid());
    }
    let (session, secret) = issued.split_once('.').ok_or_else(invalid)?;
    let session = Uuid::try_parse(session).map_err(|_| invalid())?;
    let now = app.world.now();
    let tx = app.system().begin().await?;
    // The first to hold the row wins: the second finds the token already changed.
    let row = tx.get_locked::<session::Entity>(session).await.map_err(|error| match error {
        Error::NotFound => invalid(),
        other => other,
    })?;
    let over = row.revoked_at.is_some() || row.expires_at <= now;
    let current = row.token_hash.filter(|_| !over).ok_or_else(invalid)?;
    if verify_slices_are_equal(current.as_bytes(), sha256_hex(secret.as_bytes()).as_bytes()).is_err() {
        let revoked = session::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() };
        tx.amend::<session::Entity>(session, revoked).await?;
        tx.commit().await?;
        app.principals.forget(row.user_id);
        tracing::warn!(user = %row.user_id, %session, "a refresh token was used twice; its session is over");
        return Err(invalid());
    }
    let user = tx.get::<user::Entity>(row.user_id).await?;
    if user.disabled_at.is_some() {
        return Err(invalid());
    }
    let (refresh, token_hash) = refresh_token(app, session)?;
    let next = session::ActiveModel {
        token_hash: Set(Some(token_hash)),
        expires_at: Set(now + REFRESH_TOKEN_LIFE),
        ..Default::default()
    };
    tx.amend::<session::Entity>(session, next).await?;
    tx.commit().await?;
    Ok(Tokens {
        access: access_token(app, user.id, session, ACCESS_TOKEN_LIFE, None)?,
        refresh,
        user: user.id,
    })
}

/// Changes the user's own password and ends its other sessions.
///
/// # Errors
/// [`Code::WrongCredentials`] when `current` is not the password; tries are counted as log-in tries are.
pub async fn change_password(
    app: &App,
    principal: &Principal,
    current: &str,
    new: &str,
    request: RequestId,
) -> Result<()> {
    let tries = Tries::at_own_password(principal.user.id);
    if !tries.count(app).await? {
        return Err(too_many_tries("currentPassword"));
    }
    let user = app.system().get::<user::Entity>(principal.user.id).await?;
    if !app.passwords.verify(current, user.password_hash.as_deref()).await? {
        return Err(Problem::new("currentPassword", Code::WrongCredentials).into());
    }
    tries.forgive(app).await?;
    let hash = app.passwords.hash(new, &app.world, "newPassword").await?;
    let store = app.system().for_request(request.0).in_name_of(principal.user);
    let tx = store.begin().await?;
    let user = tx.hold::<user::Entity>(user.id, Verb::Update).await?;
    let change = user::ActiveModel { password_hash: Set(Some(hash.0)), ..Default::default() };
    tx.update(&user, None, change).await?;
    end_sessions(app, &tx, user.id, Some(principal.session)).await?;
    tx.commit().await
}

/// An access token for an operator's script; it lives as long as `life` and cannot be refreshed.
///
/// # Errors
/// [`Error::NotFound`] for an unknown or disabled account.
pub async fn operator_token(app: &App, email: &str, life: Duration) -> Result<String> {
    let email = text::normal(email).to_lowercase();
    let tx = app.system().begin().await?;
    let user = tx.first(tx.find::<user::Entity>().filter(user::Column::Email.eq(email))).await?;
    let user = user.filter(|user| user.disabled_at.is_none()).ok_or(Error::NotFound)?;
    let session = open_once(app, &tx, user.id, life, &ClientName::default(), None).await?;
    tx.note_event::<user::Entity>(AuditAction::SignIn, Some(user.id), None);
    tx.commit().await?;
    access_token(app, user.id, session, life, None)
}

/// The token, which names its session, holds 32 secret bytes and is signed, and the hash that is stored.
pub(super) fn refresh_token(app: &App, session: Uuid) -> Result<(String, String)> {
    let secret = BASE64_URL_SAFE_NO_PAD.encode(app.world.secret::<32>());
    let hash = sha256_hex(secret.as_bytes());
    let issued = format!("{session}.{secret}");
    let signature = app.keys.sign_text(&signed(&issued))?;
    Ok((format!("{issued}.{signature}"), hash))
}

/// What is signed of a refresh token; no other signature of the key begins like it.
fn signed(issued: &str) -> String {
    format!("refresh {issued}")
}

pub(super) fn too_many_tries(field: &str) -> Error {
    Problem::new(field, Code::TooManyTries).with(WINDOW.num_minutes()).into()
}
