//! Signing in and out.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{Role, organization, user};

use super::ask::Ask;
use super::id;
use super::payload::payload;
use crate::auth::{self, Tokens};
use crate::config::{ACCESS_TOKEN_LIFE, REFRESH_TOKEN_LIFE};
use crate::error::Result;
use crate::store::Read;

/// What signing in gives.
#[derive(SimpleObject)]
pub struct Session {
    /// JWT to send as `Authorization: Bearer …` with every request.
    access_token: String,
    /// When the access token ends; change the refresh token for a new pair before.
    access_token_expires_at: DateTime<Utc>,
    /// Good once, for `tokenRefresh`. Keep it secret; using it twice ends the session.
    refresh_token: String,
    /// When the refresh token ends.
    refresh_token_expires_at: DateTime<Utc>,
    /// Who signed in; `viewer` tells more once the token is sent.
    user: SignedIn,
}

/// Who signed in.
#[derive(SimpleObject)]
pub struct SignedIn {
    /// Global id of the user.
    user_id: ID,
    /// E-mail address.
    email: String,
    /// Name shown to others.
    name: String,
    /// What it may do.
    role: Role,
    /// Global id of the organization that it works for.
    organization_id: Option<ID>,
}

payload! {
    /// What came of signing in.
    SessionPayload {
        /// The tokens.
        session: Session
    }
}

payload! {
    /// What came of signing out or changing the password.
    DonePayload {
        /// True when it was done.
        done: bool
    }
}

/// Mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in. Needs no token.
    async fn login(
        &self,
        ctx: &Context<'_>,
        email: String,
        #[graphql(secret)] password: String,
    ) -> Result<Option<SessionPayload>> {
        let (address, client) = ctx.client()?;
        let outcome = auth::login(ctx.app()?, &email, &password, address, ctx.request_id()?, &client).await;
        SessionPayload::of(session(ctx, outcome).await)
    }

    /// Signs in with the ID token of the outside OpenID provider, which is good once. No account is made: the token names
    /// one by its subject or, the first time, by an e-mail address that the provider has verified. Needs no token.
    async fn login_with_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(secret, desc = "The ID token, a JWT.")] id_token: String,
    ) -> Result<Option<SessionPayload>> {
        let (address, client) = ctx.client()?;
        let outcome =
            auth::login_with_provider(ctx.app()?, &id_token, address, ctx.request_id()?, &client).await;
        SessionPayload::of(session(ctx, outcome).await)
    }

    /// Changes a refresh token for a new pair of tokens. Needs no access token.
    async fn token_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(secret, desc = "The refresh token got last.")] refresh_token: String,
    ) -> Result<Option<SessionPayload>> {
        let outcome = auth::refresh(ctx.app()?, &refresh_token).await;
        SessionPayload::of(session(ctx, outcome).await)
    }

    /// Ends the session: its access token stops within seconds, its refresh token at once.
    async fn logout(&self, ctx: &Context<'_>) -> Result<Option<DonePayload>> {
        let outcome = auth::logout(ctx.app()?, ctx.principal()?).await;
        DonePayload::of(outcome.map(|()| true))
    }

    /// Changes the viewer's own password, at least 12 characters, and ends its other sessions.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(secret, desc = "The password so far.")] current_password: String,
        #[graphql(secret, desc = "The password from now on, at least 12 characters.")] new_password: String,
    ) -> Result<Option<DonePayload>> {
        let (app, principal, request) = (ctx.app()?, ctx.principal()?, ctx.request_id()?);
        let outcome = auth::change_password(app, principal, &current_password, &new_password, request).await;
        DonePayload::of(outcome.map(|()| true))
    }
}

async fn session(ctx: &Context<'_>, tokens: Result<Tokens>) -> Result<Session> {
    let (app, tokens) = (ctx.app()?, tokens?);
    let now = app.world.now();
    let user = app.system().get::<user::Entity>(tokens.user).await?;
    Ok(Session {
        access_token: tokens.access,
        access_token_expires_at: now + ACCESS_TOKEN_LIFE,
        refresh_token: tokens.refresh,
        refresh_token_expires_at: now + REFRESH_TOKEN_LIFE,
        user: SignedIn {
            user_id: id::of::<user::Entity>(user.id),
            email: user.email,
            name: user.name,
            role: user.role,
            organization_id: user.organization_id.map(id::of::<organization::Entity>),
        },
    })
}
