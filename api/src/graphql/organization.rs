//! Organizations: who carries the plan out.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check, LINE, TEXT, after, given, maybe};
use super::filter::{OneOf, words};
use super::id;
use super::page::{List, order, page};
use super::payload::payload;
use crate::error::{Code, Error, Problem, Result};
use crate::lang::Lang;
use crate::policy::Verb;
use crate::store::{Read, Searchable, Sort, Tx};

/// A body that carries the plan out: department, commune, ward, central agency, press, committee.
#[derive(Description)]
pub struct Organization(pub Arc<organization::Model>);

#[Object(serial, use_type_description)]
impl Organization {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<organization::Entity>(self.0.id)
    }

    /// Short code: letters for departments, the official number for communes and wards.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What sort of body it is.
    async fn kind(&self) -> OrganizationKind {
        self.0.kind
    }

    /// Name in the language asked for, or else that of `Accept-Language`.
    async fn name(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.name_vi, &self.0.name_en)
    }

    /// Name in Vietnamese.
    async fn name_vi(&self) -> &str {
        &self.0.name_vi
    }

    /// Name in English.
    async fn name_en(&self) -> &str {
        &self.0.name_en
    }

    /// The organization it belongs to.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.0.parent_id {
            Some(parent) => Ok(ctx.one::<organization::Entity>(parent).await?.map(Organization)),
            None => Ok(None),
        }
    }

    /// First day of existence; none if before the records.
    async fn active_from(&self) -> Option<NaiveDate> {
        self.0.active_from
    }

    /// Last day of existence; none if it still exists.
    async fn active_to(&self) -> Option<NaiveDate> {
        self.0.active_to
    }

    /// Whether it exists today and may be given tasks.
    async fn active(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(is_active(&self.0, ctx.app()?.world.today()))
    }

    /// Whether its name was read in a source.
    async fn confirmed(&self) -> bool {
        self.0.confirmed
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// Whether the organization exists on `day`.
fn is_active(organization: &organization::Model, day: NaiveDate) -> bool {
    organization.active_from.is_none_or(|from| from <= day)
        && organization.active_to.is_none_or(|to| day <= to)
}

/// Every organization of `wanted`, each with the field that names it, is there and exists on `day`.
///
/// # Errors
/// [`Code::NotFound`] and [`Code::InactiveOrganization`] about those fields.
pub(super) async fn all_active(tx: &Tx, wanted: Vec<(String, Uuid)>, day: NaiveDate) -> Result<()> {
    let ids = wanted.iter().map(|(_, key)| *key);
    let found = tx.all(tx.find::<organization::Entity>().filter(organization::Column::Id.is_in(ids))).await?;
    let found: HashMap<Uuid, organization::Model> = found.into_iter().map(|row| (row.id, row)).collect();
    let problem = |(field, key): (String, Uuid)| match found.get(&key) {
        None => Some(Problem::new(&field, Code::NotFound)),
        Some(row) if !is_active(row, day) => Some(Problem::new(&field, Code::InactiveOrganization)),
        Some(_) => None,
    };
    let problems: Vec<Problem> = wanted.into_iter().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Which organizations are wanted.
#[derive(InputObject, Default)]
pub struct OrganizationFilter {
    /// What sort of body.
    kind: Option<OneOf<OrganizationKind>>,
    /// Whether it exists today.
    active: Option<bool>,
    /// Beginnings of words of code or names; marks and case do not matter.
    text: Option<String>,
}

order! {
    /// How a list of organizations is ordered.
    OrganizationOrder by OrganizationOrderField of organization {
        /// By code.
        Code => Code,
        /// By kind.
        Kind => Kind,
        /// By time of entry.
        CreatedAt => CreatedAt,
    }
}

/// Queries about organizations.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// An organization by its id.
    async fn organization(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Organization>> {
        let key = id::parse::<organization::Entity>(&id, "id")?;
        ctx.store()?.get::<organization::Entity>(key).await.map(|row| Organization(row.into())).map(Some)
    }

    /// The organizations of the province, by code unless ordered otherwise.
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        filter: Option<OrganizationFilter>,
        order: Option<OrganizationOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Organization>> {
        let filter = filter.unwrap_or_default();
        use organization::Column::{ActiveFrom, ActiveTo, Kind};
        let mut query = ctx.store()?.find::<organization::Entity>();
        if let Some(kind) = &filter.kind {
            query = query.filter(kind.on(Kind, "filter.kind")?);
        }
        if let Some(active) = filter.active {
            let today = ctx.app()?.world.today();
            let begun = Condition::any().add(ActiveFrom.is_null()).add(ActiveFrom.lte(today));
            let not_over = Condition::any().add(ActiveTo.is_null()).add(ActiveTo.gte(today));
            let exists = Condition::all().add(begun).add(not_over);
            query = query.filter(if active { exists } else { exists.not() });
        }
        if let Some(text) = words(filter.text.as_deref(), "filter.text")? {
            query = query.filter(organization::Entity::matching(text));
        }
        let sort = order.map_or(Sort::by(organization::Column::Code), OrganizationOrder::sort);
        page(ctx, query, sort, first, after, Organization).await
    }
}

/// A new organization.
#[derive(InputObject)]
pub struct OrganizationCreateInput {
    /// Short code, unique.
    code: String,
    /// What sort of body it is.
    kind: OrganizationKind,
    /// Name in Vietnamese.
    name_vi: String,
    /// Name in English.
    name_en: String,
    /// The organization it belongs to.
    parent_id: Option<ID>,
    /// First day of existence.
    active_from: Option<NaiveDate>,
    /// Last day of existence.
    active_to: Option<NaiveDate>,
    /// What a reader should know about it.
    note: Option<String>,
}

/// Changes of an organization: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct OrganizationUpdateInput {
    /// What sort of body it is.
    kind: Option<OrganizationKind>,
    /// Name in Vietnamese.
    name_vi: Option<String>,
    /// Name in English.
    name_en: Option<String>,
    /// The organization it belongs to.
    parent_id: MaybeUndefined<ID>,
    /// First day of existence.
    active_from: MaybeUndefined<NaiveDate>,
    /// Last day of existence; after it no task can be assigned to it.
    active_to: MaybeUndefined<NaiveDate>,
    /// Whether its name was read in a source.
    confirmed: Option<bool>,
    /// What a reader should know about it.
    note: MaybeUndefined<String>,
}

payload! {
    /// What came of writing an organization.
    OrganizationPayload {
        /// The organization as it is now.
        organization: Organization
    }
}

/// Mutations of organizations.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Enters an organization. For administrators.
    async fn organization_create(
        &self,
        ctx: &Context<'_>,
        input: OrganizationCreateInput,
    ) -> Result<Option<OrganizationPayload>> {
        OrganizationPayload::of(create(ctx, input).await)
    }

    /// Changes an organization. For administrators.
    async fn organization_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: OrganizationUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<OrganizationPayload>> {
        OrganizationPayload::of(update(ctx, id, input, expected_version).await)
    }
}

async fn create(ctx: &Context<'_>, input: OrganizationCreateInput) -> Result<Organization> {
    let store = ctx.store()?;
    let mut check = Check::new("input");
    let row = organization::ActiveModel {
        code: Set(check.text("code", &input.code, CODE)),
        kind: Set(input.kind),
        name_vi: Set(check.text("nameVi", &input.name_vi, LINE)),
        name_en: Set(check.text("nameEn", &input.name_en, LINE)),
        parent_id: Set(check.optional_id::<organization::Entity>("parentId", input.parent_id.as_ref())),
        active_from: Set(input.active_from),
        active_to: Set(input.active_to),
        confirmed: Set(true),
        note: Set(check.optional("note", input.note.as_deref(), TEXT)),
        ..Default::default()
    };
    check.dates(("activeFrom", input.active_from), ("activeTo", input.active_to));
    check.done()?;
    let tx = store.begin().await?;
    if let Set(Some(parent)) = &row.parent_id {
        tx.get::<organization::Entity>(*parent).await.map_err(|error| error.at("input.parentId"))?;
    }
    let row = tx.insert::<organization::Entity>(row).await.map_err(|error| error.at("input.code"))?;
    tx.add_words::<organization::Entity>(std::slice::from_ref(&row)).await?;
    tx.commit().await?;
    Ok(Organization(row.into()))
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: OrganizationUpdateInput,
    expected: Option<i32>,
) -> Result<Organization> {
    let store = ctx.store()?;
    let key = id::parse::<organization::Entity>(&id, "id")?;
    let tx = store.begin().await?;
    let held = tx.hold::<organization::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("input");
    let change = organization::ActiveModel {
        kind: given(input.kind),
        name_vi: check.change_required("nameVi", &input.name_vi, LINE),
        name_en: check.change_required("nameEn", &input.name_en, LINE),
        parent_id: check.change_id::<organization::Entity>("parentId", &input.parent_id),
        active_from: maybe(input.active_from),
        active_to: maybe(input.active_to),
        confirmed: given(input.confirmed),
        note: check.change("note", &input.note, TEXT),
        ..Default::default()
    };
    check.dates(
        ("activeFrom", after(&change.active_from, &held.active_from)),
        ("activeTo", after(&change.active_to, &held.active_to)),
    );
    check.done()?;
    if let Set(Some(parent)) = change.parent_id {
        not_above_itself(&tx, key, parent).await?;
    }
    let row = tx.update(&held, expected, change).await?;
    tx.index_words::<organization::Entity>(&row).await?;
    tx.commit().await?;
    Ok(Organization(row.into()))
}

/// Whoever belongs to whom, nobody belongs to itself.
async fn not_above_itself(tx: &Tx, organization: Uuid, parent: Uuid) -> Result<()> {
    const FIELD: &str = "input.parentId";
    const MOST_LEVELS: usize = 10;
    let mut above = Some(parent);
    for _ in 0..MOST_LEVELS {
        let Some(next) = above.filter(|&next| next != organization) else { break };
        above = tx.get::<organization::Entity>(next).await.map_err(|error| error.at(FIELD))?.parent_id;
    }
    match above {
        None => Ok(()),
        Some(_) => Err(Problem::new(FIELD, Code::Circle).into()),
    }
}
