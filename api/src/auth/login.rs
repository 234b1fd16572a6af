//! Signing in and out: one session per log-in, its refresh token rotated with every use and good only once.

use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use entity::{AuditAction, session, user};
use sea_orm::{ColumnTrait, NotSet, QueryFilter, Set};
use uuid::Uuid;

use super::keys::{API, Claims};
use super::principal::Principal;
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

const WINDOW: TimeDelta = TimeDelta::minutes(15);
const TRIES_PER_ACCOUNT: i32 = 10;
/// A whole office may share one address.
const TRIES_PER_ADDRESS: i32 = 100;

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
) -> Result<Tokens> {
    let email = text::normal(email).to_lowercase();
    let account = format!("account:{}", sha256_hex(email.as_bytes()));
    let address = count_address(app, address).await?;
    count(app, &account, TRIES_PER_ACCOUNT).await?;
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
    app.db.forget_tries(&account).await?;
    app.db.forgive_try(&address).await?;

    session_of(app, store, &user, async |_: &Tx| Ok(())).await
}

/// Counts a try from `address`; the name of its count.
pub(super) async fn count_address(app: &App, address: ClientAddress) -> Result<String> {
    let bucket = format!("address:{}", sha256_hex(address.0.to_canonical().to_string().as_bytes()));
    count(app, &bucket, TRIES_PER_ADDRESS).await?;
    Ok(bucket)
}

async fn count(app: &App, bucket: &str, most: i32) -> Result<()> {
    let now = app.world.now();
    match app.db.count_try(bucket, now, now - WINDOW).await? > most {
        true => Err(Problem::new("", Code::TooManyTries).with(WINDOW.num_minutes()).into()),
        false => Ok(()),
    }
}

/// Opens a session of a user who has shown who it is, after what `first` does in the same transaction.
pub(super) async fn session_of(
    app: &App,
    store: Store,
    user: &user::Model,
    first: impl AsyncFnOnce(&Tx) -> Result<()>,
) -> Result<Tokens> {
    let who = User { id: user.id, role: user.role, organization: user.organization_id };
    let tx = store.in_name_of(who).begin().await?;
    first(&tx).await?;
    tx.note_event::<user::Entity>(AuditAction::SignIn, Some(user.id), None);
    let (session, refresh) = open_session(app, &tx, user.id).await?;
    tx.commit().await?;
    Ok(Tokens { access: access_token(app, user.id, session, ACCESS_TOKEN_LIFE)?, refresh, user: user.id })
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
    Ok(Tokens { access: access_token(app, user.id, session, ACCESS_TOKEN_LIFE)?, refresh, user: user.id })
}

/// Ends the session.
pub async fn logout(app: &App, principal: &Principal) -> Result<()> {
    let tx = app.system().begin().await?;
    let over = session::ActiveModel { revoked_at: Set(Some(app.world.now())), ..Default::default() };
    tx.amend::<session::Entity>(principal.session, over).await?;
    tx.commit().await?;
    app.principals.forget(principal.user.id);
    Ok(())
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
    let account = format!("password:{}", principal.user.id);
    let now = app.world.now();
    if app.db.count_try(&account, now, now - WINDOW).await? > TRIES_PER_ACCOUNT {
        return Err(Problem::new("currentPassword", Code::TooManyTries).with(WINDOW.num_minutes()).into());
    }
    let user = app.system().get::<user::Entity>(principal.user.id).await?;
    if !app.passwords.verify(current, user.password_hash.as_deref()).await? {
        return Err(Problem::new("currentPassword", Code::WrongCredentials).into());
    }
    app.db.forget_tries(&account).await?;
    let hash = app.passwords.hash(new, &app.world, "newPassword").await?;
    let store = app.system().for_request(request.0).in_name_of(principal.user);
    let tx = store.begin().await?;
    let user = tx.hold::<user::Entity>(user.id, Verb::Update).await?;
    let change = user::ActiveModel { password_hash: Set(Some(hash.0)), ..Default::default() };
    tx.update(&user, None, change).await?;
    end_sessions(app, &tx, user.id, Some(principal.session)).await?;
    tx.commit().await
}

/// Ends the sessions of a user, but for `kept`.
pub async fn end_sessions(app: &App, tx: &Tx, user: Uuid, kept: Option<Uuid>) -> Result<()> {
    let living = tx
        .find::<session::Entity>()
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null());
    for session in tx.all(living).await? {
        if Some(session.id) != kept {
            let over = session::ActiveModel { revoked_at: Set(Some(app.world.now())), ..Default::default() };
            tx.amend::<session::Entity>(session.id, over).await?;
        }
    }
    app.principals.forget(user);
    Ok(())
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
    let session = session::ActiveModel {
        id: NotSet,
        user_id: Set(user.id),
        token_hash: Set(None),
        expires_at: Set(app.world.now() + life),
        revoked_at: Set(None),
        ..Default::default()
    };
    let session = tx.insert::<session::Entity>(session).await?;
    tx.note_event::<user::Entity>(AuditAction::SignIn, Some(user.id), None);
    tx.commit().await?;
    access_token(app, user.id, session.id, life)
}

async fn open_session(app: &App, tx: &Tx, user: Uuid) -> Result<(Uuid, String)> {
    let id = app.world.uuid();
    let (token, token_hash) = refresh_token(app, id)?;
    let row = session::ActiveModel {
        id: Set(id),
        user_id: Set(user),
        token_hash: Set(Some(token_hash)),
        expires_at: Set(app.world.now() + REFRESH_TOKEN_LIFE),
        revoked_at: Set(None),
        ..Default::default()
    };
    tx.insert::<session::Entity>(row).await?;
    Ok((id, token))
}

/// The token, which names its session, holds 32 secret bytes and is signed, and the hash that is stored.
fn refresh_token(app: &App, session: Uuid) -> Result<(String, String)> {
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

fn access_token(app: &App, user: Uuid, session: Uuid, life: Duration) -> Result<String> {
    let now = app.world.now();
    app.keys.sign_access(&Claims {
        iss: app.keys.issuer().to_owned(),
        aud: API.to_owned(),
        sub: user,
        sid: session,
        jti: app.world.uuid(),
        iat: now.timestamp(),
        exp: (now + life).timestamp(),
    })
}
