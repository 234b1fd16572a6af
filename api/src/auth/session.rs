//! Sessions: opened by signing in, ended by their user, an administrator, or time.

use axum::http::{HeaderMap, header};
use entity::{AuditAction, session, user};
use sea_orm::{ColumnTrait, Condition, NotSet, QueryFilter, Set};
use uuid::Uuid;

use super::keys::{API, Claims};
use super::login::refresh_token;
use super::principal::Principal;
use crate::App;
use crate::config::REFRESH_TOKEN_LIFE;
use crate::error::Result;
use crate::policy::Scopes;
use crate::store::{Read, Tx};

/// What the client calls itself in `User-Agent`, for the list of sessions.
#[derive(Clone, Debug, Default)]
pub struct ClientName(Option<String>);

impl ClientName {
    /// Of a request with these headers, cut to 200 characters.
    pub fn of(headers: &HeaderMap) -> Self {
        const LONGEST: usize = 200;
        let name = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::trim);
        Self(name.filter(|name| !name.is_empty()).map(|name| name.chars().take(LONGEST).collect()))
    }
}

/// Opens a session of `user`; its key and its first refresh token.
pub(super) async fn open_session(
    app: &App,
    tx: &Tx,
    user: Uuid,
    client: &ClientName,
) -> Result<(Uuid, String)> {
    let id = app.world.uuid();
    let (token, token_hash) = refresh_token(app, id)?;
    let row = session::ActiveModel {
        id: Set(id),
        user_id: Set(user),
        client: Set(client.0.clone()),
        token_hash: Set(Some(token_hash)),
        expires_at: Set(app.world.now() + REFRESH_TOKEN_LIFE),
        revoked_at: Set(None),
        ..Default::default()
    };
    tx.insert::<session::Entity>(row).await?;
    Ok((id, token))
}

/// Opens a session that ends with its one access token, after `life`.
pub(super) async fn open_once(
    app: &App,
    tx: &Tx,
    user: Uuid,
    life: std::time::Duration,
    client: &ClientName,
    scopes: Option<Scopes>,
) -> Result<Uuid> {
    let row = session::ActiveModel {
        id: NotSet,
        user_id: Set(user),
        client: Set(client.0.clone()),
        scopes: Set(scopes.map(|scopes| scopes.to_string())),
        token_hash: Set(None),
        expires_at: Set(app.world.now() + life),
        revoked_at: Set(None),
        ..Default::default()
    };
    Ok(tx.insert::<session::Entity>(row).await?.id)
}

/// An access token of a session.
pub(super) fn access_token(
    app: &App,
    user: Uuid,
    session: Uuid,
    life: std::time::Duration,
    scopes: Option<Scopes>,
) -> Result<String> {
    let now = app.world.now();
    app.keys.sign_access(&Claims {
        iss: app.keys.issuer().to_owned(),
        aud: API.to_owned(),
        sub: user,
        sid: session,
        jti: app.world.uuid(),
        iat: now.timestamp(),
        exp: (now + life).timestamp(),
        scope: scopes.map(|scopes| scopes.to_string()),
    })
}

/// Which sessions are neither over nor expired.
pub fn living(app: &App) -> Condition {
    use session::Column::{ExpiresAt, RevokedAt};
    Condition::all().add(RevokedAt.is_null()).add(ExpiresAt.gt(app.world.now()))
}

/// Ends the session in which the principal asks.
pub async fn logout(app: &App, principal: &Principal) -> Result<()> {
    let tx = app.system().begin().await?;
    let over = session::ActiveModel { revoked_at: Set(Some(app.world.now())), ..Default::default() };
    tx.amend::<session::Entity>(principal.session, over).await?;
    tx.commit().await?;
    app.principals.forget(principal.user.id);
    Ok(())
}

/// Ends one session of a user from another; the audit trail tells of it.
pub async fn end(app: &App, tx: Tx, user: Uuid, session: Uuid) -> Result<()> {
    let over = session::ActiveModel { revoked_at: Set(Some(app.world.now())), ..Default::default() };
    tx.amend::<session::Entity>(session, over).await?;
    tx.note_event::<user::Entity>(AuditAction::SessionsEnded, Some(user), None);
    tx.commit().await?;
    app.principals.forget(user);
    Ok(())
}

/// Ends the sessions of a user, but for `kept`; how many there were.
pub async fn end_sessions(app: &App, tx: &Tx, user: Uuid, kept: Option<Uuid>) -> Result<usize> {
    let all = tx.whole();
    let living = all.find::<session::Entity>().filter(session::Column::UserId.eq(user)).filter(living(app));
    let mut ended = all.all(living).await?;
    ended.retain(|session| Some(session.id) != kept);
    for session in &ended {
        let over = session::ActiveModel { revoked_at: Set(Some(app.world.now())), ..Default::default() };
        tx.amend::<session::Entity>(session.id, over).await?;
    }
    app.principals.forget(user);
    Ok(ended.len())
}
