//! Where a user is signed in, and ending it.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::{AuditAction, session, user};
use sea_orm::QueryFilter;
use uuid::Uuid;

use super::ask::Ask;
use super::id;
use super::page::{List, page};
use super::payload::payload;
use super::session::DonePayload;
use crate::auth;
use crate::error::Result;
use crate::policy::Verb;
use crate::store::{Read, Sort, Store};

/// One place where the viewer is signed in.
#[derive(Description)]
pub struct ActiveSession(pub Arc<session::Model>);

#[Object(use_type_description)]
impl ActiveSession {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<session::Entity>(self.0.id)
    }

    /// When the viewer signed in.
    async fn signed_in_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its refresh token was last changed for a new one; when the viewer signed in, if never.
    async fn refreshed_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it ends by itself unless it is refreshed before.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// What the client called itself when the viewer signed in: its `User-Agent`, cut to 200 characters. Anybody can call
    /// itself anything.
    async fn client(&self) -> Option<&str> {
        self.0.client.as_deref()
    }

    /// Whether it is the session of this request.
    async fn is_current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.principal()?.session == self.0.id)
    }
}

payload! {
    /// What came of ending sessions.
    SessionsEndedPayload {
        /// How many sessions were ended.
        count: i32
    }
}

/// Queries about sessions.
#[derive(Default)]
pub struct ActiveSessionQuery;

#[Object]
impl ActiveSessionQuery {
    /// Where the viewer is signed in, newest first: its own sessions that have not ended.
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> Result<List<ActiveSession>> {
        let living = ctx.store()?.find::<session::Entity>().filter(auth::living(ctx.app()?));
        let newest = Sort::by_greatest(session::Column::CreatedAt);
        page(ctx, living, newest, first, after, ActiveSession).await
    }
}

/// Mutations that end sessions.
#[derive(Default)]
pub struct ActiveSessionMutation;

#[Object]
impl ActiveSessionMutation {
    /// Ends one of the viewer's own sessions: its refresh token is good no more at once, its access token within seconds.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the session, from `sessions`.")] id: ID,
    ) -> Result<Option<DonePayload>> {
        let done = async {
            let key = id::parse::<session::Entity>(&id, "id")?;
            let row = ctx.store()?.get::<session::Entity>(key).await?;
            let tx = product(ctx)?.begin().await?;
            auth::end(ctx.app()?, tx, row.user_id, row.id).await
        };
        DonePayload::of(done.await.map(|()| true))
    }

    /// Signs the viewer out everywhere: ends all its own sessions, and that of this request too unless it is kept.
    async fn logout_everywhere(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether to stay signed in here.", default)] keep_current: bool,
    ) -> Result<Option<SessionsEndedPayload>> {
        let principal = ctx.principal()?;
        ctx.store()?.may::<session::Entity>(Verb::Read)?;
        let kept = keep_current.then_some(principal.session);
        SessionsEndedPayload::of(end_all(ctx, principal.user.id, kept).await)
    }

    /// Ends all sessions of a user, who may sign in again; `userUpdate(disabled: true)` keeps it out. For administrators.
    async fn user_sessions_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the user.")] id: ID,
    ) -> Result<Option<SessionsEndedPayload>> {
        let ended = async {
            let key = id::parse::<user::Entity>(&id, "id")?;
            let tx = ctx.store()?.begin().await?;
            tx.hold::<user::Entity>(key, Verb::Update).await?;
            drop(tx);
            end_all(ctx, key, None).await
        };
        SessionsEndedPayload::of(ended.await)
    }
}

/// No rule lets users write sessions, which hold their tokens. The product does it for them.
fn product(ctx: &Context<'_>) -> Result<Store> {
    Ok(ctx.app()?.system().for_request(ctx.request_id()?.0).in_name_of(ctx.principal()?.user))
}

async fn end_all(ctx: &Context<'_>, user: Uuid, kept: Option<Uuid>) -> Result<i32> {
    let tx = product(ctx)?.begin().await?;
    let ended = auth::end_sessions(ctx.app()?, &tx, user, kept).await?;
    if ended > 0 {
        tx.note_event::<user::Entity>(AuditAction::SessionsEnded, Some(user), None);
    }
    tx.commit().await?;
    Ok(i32::try_from(ended).unwrap_or(i32::MAX))
}
