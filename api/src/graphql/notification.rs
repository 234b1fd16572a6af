//! Notifications: what the viewer is told of, and whether it is told by e-mail too.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Description, ID, InputObject, Object, Subscription};
use chrono::{DateTime, TimeDelta, Utc};
use entity::*;
use futures_util::Stream;
use futures_util::stream::unfold;
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{Check, given};
use super::filter::OneOf;
use super::id;
use super::node::{Node, find};
use super::page::{List, page};
use super::payload::payload;
use super::user::User;
use crate::error::{Code, Error, Problem, Result};
use crate::events;
use crate::news::{Words, words};
use crate::policy::Verb;
use crate::store::{Read, Sort, Store};

/// What the viewer is told of; nobody else sees it.
#[derive(Description)]
pub struct Notification(pub Arc<notification::Model>);

impl Notification {
    fn about(&self) -> Option<ID> {
        let (table, key) = (self.0.subject_table.as_deref()?, self.0.subject_id?);
        Some(ID(format!("{table}:{key}")))
    }

    fn words(&self, ctx: &Context<'_>) -> Result<Words> {
        let facts = serde_json::from_value(self.0.params.clone()).map_err(Error::internal)?;
        Ok(words(self.0.kind, &facts, ctx.lang()))
    }
}

#[Object(use_type_description)]
impl Notification {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<notification::Entity>(self.0.id)
    }

    /// What sort of news.
    async fn kind(&self) -> NotificationKind {
        self.0.kind
    }

    /// What happened, in one line, in the language of `Accept-Language`.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.words(ctx)?.title)
    }

    /// The rest of it, in the language of `Accept-Language`.
    async fn body(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.words(ctx)?.body)
    }

    /// Global id of the row that it is about; its part before the colon says of which kind it is.
    async fn subject_id(&self) -> Option<ID> {
        self.about()
    }

    /// The row that it is about; null where the viewer sees it no more.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match self.about() {
            Some(id) => find(ctx, &id, "subject").await,
            None => Ok(None),
        }
    }

    /// When the viewer was told.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was read; null until then.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }
}

/// Which notifications are wanted.
#[derive(InputObject, Default)]
pub struct NotificationFilter {
    /// Whether they were read.
    is_read: Option<bool>,
    /// What sort of news.
    kind: Option<OneOf<NotificationKind>>,
}

/// Queries about notifications.
#[derive(Default)]
pub struct NotificationQuery;

#[Object]
impl NotificationQuery {
    /// What the viewer was told of, newest first.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        filter: Option<NotificationFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Notification>> {
        use notification::Column::{CreatedAt, Kind, ReadAt};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<notification::Entity>();
        if let Some(read) = filter.is_read {
            query = query.filter(if read { ReadAt.is_not_null() } else { ReadAt.is_null() });
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(kind.on(Kind, "filter.kind")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, Notification).await
    }

    /// How many notifications the viewer has not read.
    async fn notification_unread_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let store = ctx.store()?;
        let unread = store.find::<notification::Entity>().filter(notification::Column::ReadAt.is_null());
        i32::try_from(store.count(unread).await?).map_err(Error::internal)
    }
}

payload! {
    /// What came of marking notifications as read.
    NotificationsPayload {
        /// The notifications that were named, in that order.
        notifications: Vec<Notification>
    }
}

payload! {
    /// What came of marking all notifications as read.
    NotificationsReadAllPayload {
        /// How many had not been read.
        count: i32
    }
}

payload! {
    /// What came of changing how one is told.
    NoticesPayload {
        /// The viewer as it is now.
        user: User
    }
}

/// How the viewer is told by e-mail; what is left out stays.
#[derive(InputObject)]
pub struct NoticesInput {
    /// The language of the letters.
    language: Option<Language>,
    /// Whether notifications also go out by e-mail.
    email_notices: Option<bool>,
}

/// Mutations of notifications.
#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks notifications of the viewer as read, at most 100; those that are stay as they are.
    async fn notifications_read(
        &self,
        ctx: &Context<'_>,
        ids: Vec<ID>,
    ) -> Result<Option<NotificationsPayload>> {
        NotificationsPayload::of(read(ctx, ids).await)
    }

    /// Marks all notifications of the viewer as read.
    async fn notifications_read_all(&self, ctx: &Context<'_>) -> Result<Option<NotificationsReadAllPayload>> {
        NotificationsReadAllPayload::of(read_all(ctx).await)
    }

    /// Changes how the viewer itself is told by e-mail.
    async fn notices_update(
        &self,
        ctx: &Context<'_>,
        input: NoticesInput,
        expected_version: Option<i32>,
    ) -> Result<Option<NoticesPayload>> {
        NoticesPayload::of(update(ctx, input, expected_version).await)
    }
}

async fn read(ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Notification>> {
    const MOST: usize = 100;
    use notification::Column::{Id, ReadAt};
    let store = ctx.store()?;
    if ids.len() > MOST {
        return Err(Problem::new("ids", Code::TooMany).with(MOST).into());
    }
    let mut check = Check::new("");
    let keys: Vec<Uuid> = ids.iter().map(|id| check.id::<notification::Entity>("ids", id)).collect();
    check.done()?;
    let tx = store.begin().await?;
    let unread = Id.is_in(keys.iter().copied()).into_condition().add(ReadAt.is_null());
    tx.update_all::<notification::Entity>(unread, now_read(&tx.now())).await?;
    let rows = tx.all(tx.find::<notification::Entity>().filter(Id.is_in(keys.iter().copied()))).await?;
    let found =
        |key: &Uuid| rows.iter().find(|row| row.id == *key).cloned().map(|row| Notification(row.into()));
    let lost = || Error::from(Problem::new("ids", Code::NotFound));
    let named = keys.iter().map(found).collect::<Option<Vec<_>>>().ok_or_else(lost)?;
    tx.commit().await?;
    Ok(named)
}

async fn read_all(ctx: &Context<'_>) -> Result<i32> {
    let tx = ctx.store()?.begin().await?;
    let unread = notification::Column::ReadAt.is_null().into_condition();
    let rows = tx.update_all::<notification::Entity>(unread, now_read(&tx.now())).await?;
    tx.commit().await?;
    i32::try_from(rows.len()).map_err(Error::internal)
}

fn now_read(now: &DateTime<Utc>) -> notification::ActiveModel {
    notification::ActiveModel { read_at: Set(Some(*now)), ..Default::default() }
}

/// No rule lets users write their own rows: roles and passwords stand there. The product does it for them.
async fn update(ctx: &Context<'_>, input: NoticesInput, expected: Option<i32>) -> Result<User> {
    let (app, user) = (ctx.app()?, ctx.principal()?.user);
    // A limited token is not told anything, so it does not say how.
    ctx.store()?.may::<notification::Entity>(Verb::Update)?;
    let tx = app.system().for_request(ctx.request_id()?.0).in_name_of(user).begin().await?;
    let held = tx.hold::<user::Entity>(user.id, Verb::Update).await?;
    let change = user::ActiveModel {
        language: given(input.language),
        email_notices: given(input.email_notices),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(User(row.into()))
}

/// Subscriptions to notifications.
#[derive(Default)]
pub struct NotificationSubscription;

#[Subscription]
impl NotificationSubscription {
    /// What the viewer is told of from now on, as it is told.
    async fn notification_received(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Notification>> + use<>> {
        let store = ctx.store()?.clone();
        let user = ctx.principal()?.user.id;
        let news = ctx.app()?.events.listen();
        let since = store.now();
        let (seen, waiting) = (HashMap::new(), VecDeque::new());
        let mut watch = Watch { store, user, news, since, seen, waiting, ended: false };
        // What is there already is not new.
        while watch.look().await? {
            watch.waiting.clear();
        }
        Ok(unfold(watch, |mut watch| async move {
            let next = watch.next().await?;
            Some((next, watch))
        }))
    }
}

struct Watch {
    store: Store,
    user: Uuid,
    news: events::News,
    since: DateTime<Utc>,
    seen: HashMap<Uuid, DateTime<Utc>>,
    waiting: VecDeque<notification::Model>,
    ended: bool,
}

impl Watch {
    /// How often to look for what another replica has told.
    const LOOK_EVERY: Duration = Duration::from_secs(2);
    /// How long a notification may take from its writing to its commit without being missed.
    const OVERLAP: TimeDelta = TimeDelta::minutes(1);
    /// Most notifications read at a time.
    const BATCH: u64 = 100;

    async fn next(&mut self) -> Option<Result<Notification>> {
        if self.ended {
            return None;
        }
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Some(Ok(Notification(row.into())));
            }
            match self.look().await {
                Ok(true) => {}
                Ok(false) => {
                    let _ = tokio::time::timeout(Self::LOOK_EVERY, self.news.of(self.user)).await;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }

    /// Reads what was told since the last look, if anything. Rows are not committed in the order of their times, so a
    /// little of what was looked at before is looked at again.
    async fn look(&mut self) -> Result<bool> {
        use notification::Column::{CreatedAt, Id};
        let begun = self.store.now();
        let new = self.store.find::<notification::Entity>().filter(CreatedAt.gt(self.since - Self::OVERLAP));
        let new = new.filter(Id.is_not_in(self.seen.keys().copied()));
        let rows = self.store.batch(new.order_by_asc(CreatedAt).order_by_asc(Id), Self::BATCH).await?;
        self.seen.extend(rows.iter().map(|row| (row.id, row.created_at)));
        if rows.is_empty() {
            self.since = begun;
            self.seen.retain(|_, at| *at > begun - Self::OVERLAP);
        }
        let found = !rows.is_empty();
        self.waiting.extend(rows);
        Ok(found)
    }
}
