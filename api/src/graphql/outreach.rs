//! Outreach: what was done to make the index known, or to train people in it.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, NotSet, QueryFilter, Set};

use super::ask::Ask;
use super::audit::AuditEntry;
use super::check::{Check, LINE, TEXT, given, maybe};
use super::evidence::Evidence;
use super::filter::{DateFilter, IdFilter, OneOf};
use super::id;
use super::organization::Organization;
use super::page::{List, limit, page};
use super::payload::payload;
use super::user::Person;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::store::{Many, Read, Sort};

/// Something done to make the index known, or to train people in it.
#[derive(Description)]
pub struct OutreachActivity(pub Arc<outreach_activity::Model>);

#[Object(use_type_description)]
impl OutreachActivity {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<outreach_activity::Entity>(self.0.id)
    }

    /// Who did it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// Communication or training.
    async fn kind(&self) -> OutreachKind {
        self.0.kind
    }

    /// What it was about.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// When it was held or published.
    async fn held_on(&self) -> NaiveDate {
        self.0.held_on
    }

    /// Where.
    async fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }

    /// For whom.
    async fn audience(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.audience)?)
    }

    /// How many people took part.
    async fn people(&self) -> Option<i32> {
        self.0.people
    }

    /// Where it can be seen: an http(s) address.
    async fn link(&self) -> Option<&str> {
        self.0.link.as_deref()
    }

    /// Who entered it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::ActivityId, self.0.id, limit(first)?)).await
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// Which activities are wanted.
#[derive(InputObject, Default)]
pub struct OutreachActivityFilter {
    /// Communication or training.
    kind: Option<OneOf<OutreachKind>>,
    /// Who did them.
    organization: Option<IdFilter>,
    /// When they were held or published.
    held_on: Option<DateFilter>,
}

/// Queries about outreach.
#[derive(Default)]
pub struct OutreachQuery;

#[Object]
impl OutreachQuery {
    /// An activity by its id.
    async fn outreach_activity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<OutreachActivity>> {
        let key = id::parse::<outreach_activity::Entity>(&id, "id")?;
        ctx.store()?
            .get::<outreach_activity::Entity>(key)
            .await
            .map(|row| OutreachActivity(row.into()))
            .map(Some)
    }

    /// The activities that the viewer may see, latest held first.
    async fn outreach_activities(
        &self,
        ctx: &Context<'_>,
        filter: Option<OutreachActivityFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<OutreachActivity>> {
        use outreach_activity::Column::{HeldOn, Kind, OrganizationId};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<outreach_activity::Entity>();
        if let Some(kind) = &filter.kind {
            query = query.filter(kind.on(Kind, "filter.kind")?);
        }
        if let Some(one) = &filter.organization {
            query = query.filter(one.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        if let Some(held) = &filter.held_on {
            query = query.filter(held.on(HeldOn, "filter.heldOn")?);
        }
        page(ctx, query, Sort::by_greatest(HeldOn), first, after, OutreachActivity).await
    }
}

/// An activity of the viewer's own organization.
#[derive(InputObject)]
pub struct OutreachCreateInput {
    /// Communication or training.
    kind: OutreachKind,
    /// What it was about.
    subject: String,
    /// When it was held or published; today at the latest.
    held_on: NaiveDate,
    /// Where.
    place: Option<String>,
    /// For whom.
    audience: Option<String>,
    /// How many people took part, 0 or more.
    people: Option<i32>,
    /// Where it can be seen: an http(s) address.
    link: Option<String>,
}

/// A change of an activity; what is left out stays.
#[derive(InputObject)]
pub struct OutreachUpdateInput {
    /// Communication or training.
    kind: Option<OutreachKind>,
    /// What it was about.
    subject: Option<String>,
    /// When it was held or published; today at the latest.
    held_on: Option<NaiveDate>,
    /// Where; null clears it.
    place: MaybeUndefined<String>,
    /// For whom; null clears it.
    audience: MaybeUndefined<String>,
    /// How many people took part, 0 or more; null clears it.
    people: MaybeUndefined<i32>,
    /// Where it can be seen: an http(s) address; null clears it.
    link: MaybeUndefined<String>,
}

payload! {
    /// What came of entering or changing an activity.
    OutreachPayload {
        /// The activity as it is now.
        activity: OutreachActivity
    }
}

payload! {
    /// What came of taking an activity out.
    OutreachDeletePayload {
        /// The id of the activity that is no more.
        deleted_id: ID
    }
}

/// Mutations of outreach.
#[derive(Default)]
pub struct OutreachMutation;

#[Object]
impl OutreachMutation {
    /// Enters an activity of the viewer's own organization.
    async fn outreach_create(
        &self,
        ctx: &Context<'_>,
        input: OutreachCreateInput,
    ) -> Result<Option<OutreachPayload>> {
        OutreachPayload::of(create(ctx, input).await)
    }

    /// Changes an activity of the viewer's own organization.
    async fn outreach_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: OutreachUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<OutreachPayload>> {
        OutreachPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Takes out an activity of the viewer's own organization.
    async fn outreach_delete(&self, ctx: &Context<'_>, id: ID) -> Result<Option<OutreachDeletePayload>> {
        OutreachDeletePayload::of(delete(ctx, id).await)
    }
}

/// Nobody trains more people at once than live in the province many times over.
const MOST_PEOPLE: i32 = 100_000_000;

async fn create(ctx: &Context<'_>, input: OutreachCreateInput) -> Result<OutreachActivity> {
    let user = ctx.principal()?.user;
    let today = ctx.app()?.world.today();
    let mut check = Check::new("input");
    let mut row = outreach_activity::ActiveModel {
        kind: Set(input.kind),
        subject: Set(check.text("subject", &input.subject, LINE)),
        held_on: Set(check.past("heldOn", input.held_on, today)),
        place: Set(check.optional("place", input.place.as_deref(), LINE)),
        audience: Set(check.optional("audience", input.audience.as_deref(), TEXT)),
        people: Set(input.people.map(|people| check.range("people", people, 0..=MOST_PEOPLE))),
        link: Set(check.link("link", input.link.as_deref())),
        author_id: Set(user.id),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<outreach_activity::Entity>(Verb::Create)?;
    row.organization_id = Set(user.organization.ok_or(Error::Forbidden)?);
    let row = tx.insert::<outreach_activity::Entity>(row).await?;
    tx.commit().await?;
    Ok(OutreachActivity(row.into()))
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: OutreachUpdateInput,
    expected: Option<i32>,
) -> Result<OutreachActivity> {
    let key = id::parse::<outreach_activity::Entity>(&id, "id")?;
    let today = ctx.app()?.world.today();
    let mut check = Check::new("input");
    if let MaybeUndefined::Value(people) = input.people {
        check.range("people", people, 0..=MOST_PEOPLE);
    }
    let change = outreach_activity::ActiveModel {
        kind: given(input.kind),
        subject: check.change_required("subject", &input.subject, LINE),
        held_on: given(input.held_on.map(|day| check.past("heldOn", day, today))),
        place: check.change("place", &input.place, LINE),
        audience: check.change("audience", &input.audience, TEXT),
        people: maybe(input.people),
        link: match &input.link {
            MaybeUndefined::Undefined => NotSet,
            MaybeUndefined::Null => Set(None),
            MaybeUndefined::Value(link) => Set(check.link("link", Some(link))),
        },
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<outreach_activity::Entity>(key, Verb::Update).await?;
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(OutreachActivity(row.into()))
}

async fn delete(ctx: &Context<'_>, id: ID) -> Result<ID> {
    let key = id::parse::<outreach_activity::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<outreach_activity::Entity>(key, Verb::Delete).await?;
    let whole = tx.whole();
    let attached = whole.find::<evidence_link::Entity>().filter(evidence_link::Column::ActivityId.eq(key));
    if whole.exists(attached).await? {
        return Err(Problem::new("id", Code::HasChildren).into());
    }
    tx.delete(held).await?;
    tx.commit().await?;
    Ok(id)
}
