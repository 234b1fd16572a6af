//! Editions: one year's ranking, made with one framework version, and its revisions.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Json, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;

use super::ask::Ask;
use super::framework::Framework;
use super::id;
use super::page::{List, page_at_hand};
use crate::error::{Error, Result};
use crate::store::{Many, Sort, Store};

/// One year's ranking, made with one framework version, in one of its revisions.
#[derive(Description)]
pub struct Edition(pub Arc<edition::Model>);

#[Object(serial, use_type_description)]
impl Edition {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<edition::Entity>(self.0.id)
    }

    /// The year of the ranking.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Draft or published.
    async fn status(&self) -> Publication {
        self.0.status
    }

    /// When the ministry published it, where known.
    async fn published_on(&self) -> Option<NaiveDate> {
        self.0.published_on
    }

    /// How many units were ranked.
    async fn unit_count(&self) -> Option<i32> {
        self.0.unit_count
    }

    /// 1 for what was published first, then one more with every correction.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The revision that it corrects; it stays readable.
    async fn revises(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        match self.0.revises_id {
            Some(before) => Ok(ctx.one::<edition::Entity>(before).await?.map(Edition)),
            None => Ok(None),
        }
    }

    /// Why it was corrected.
    async fn revision_reason(&self) -> Option<&str> {
        self.0.revision_reason.as_deref()
    }

    /// Whether its figures are made up, to try things out. Say so wherever they are shown.
    async fn synthetic(&self) -> bool {
        self.0.synthetic
    }

    /// When it was published here; its figures have not changed since. Null for what came with the first start.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// What the engine made of its raw values, if it was asked to.
    async fn computation(&self, ctx: &Context<'_>) -> Result<Option<Computation>> {
        use computation::Column::{CreatedAt, EditionId};
        let runs = ctx.many::<computation::Entity>(Many::new(EditionId, self.0.id, CreatedAt, 1)).await?;
        Ok(runs.into_iter().next().map(Computation))
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The framework version it was made with.
    async fn framework(&self, ctx: &Context<'_>) -> Result<Framework> {
        ctx.need::<framework::Entity>(self.0.framework_id).await.map(Framework)
    }
}

/// One run of the index engine on an edition: what it depended on, so that it can be repeated to the bit.
#[derive(Description)]
pub struct Computation(pub Arc<computation::Model>);

#[Object(serial, use_type_description)]
impl Computation {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<computation::Entity>(self.0.id)
    }

    /// The edition.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition> {
        ctx.need::<edition::Entity>(self.0.edition_id).await.map(Edition)
    }

    /// The framework version whose tree and weights were used.
    async fn framework(&self, ctx: &Context<'_>) -> Result<Framework> {
        ctx.need::<framework::Entity>(self.0.framework_id).await.map(Framework)
    }

    /// The method with all its settings and the tree with its weights, as the engine took them.
    async fn method(&self) -> Json<&serde_json::Value> {
        Json(&self.0.method)
    }

    /// SHA-256 in hex of tree, method, units and raw values: equal hashes, equal scores to the bit.
    async fn input_hash(&self) -> &str {
        &self.0.input_hash
    }

    /// How many units took part: those with a raw value.
    async fn unit_count(&self) -> i32 {
        self.0.unit_count
    }

    /// When it was run.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Queries about editions.
#[derive(Default)]
pub struct EditionQuery;

#[Object]
impl EditionQuery {
    /// The edition of a year, or the newest one: what is real before what is synthetic, what is published before a draft,
    /// the newest revision before those that it corrects. With `revision` exactly that one.
    async fn edition(
        &self,
        ctx: &Context<'_>,
        year: Option<i32>,
        #[graphql(desc = "Exactly this revision; 1 is what was published first.")] revision: Option<i32>,
    ) -> Result<Option<Edition>> {
        Ok(edition_of(ctx.store()?, year, revision).await?.map(Edition))
    }

    /// Changes whenever what is published has changed: framework versions, units, editions and their figures. What was
    /// answered of these at the same version is still true.
    async fn data_version(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(ctx.store()?.data_version().map(|version| version.to_string()))
    }

    /// All editions with all their revisions, newest year first.
    async fn editions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Edition>> {
        let sort: Sort<edition::Entity> = Sort::by_greatest(edition::Column::Year);
        let mut all = ctx.store()?.table::<edition::Entity>().await?;
        all.sort_by(|one, other| sort.compare(one, other));
        page_at_hand(ctx, &all, sort, first, after, Edition)
    }
}

/// The edition that `id` names, or the newest published one.
///
/// # Errors
/// [`Error::NotFound`] for one that the viewer may not read.
pub(super) async fn named_or_newest(store: &Store, id: Option<ID>) -> Result<Arc<edition::Model>> {
    match id {
        Some(id) => store.shared::<edition::Entity>(id::parse::<edition::Entity>(&id, "edition")?).await,
        None => edition_of(store, None, None).await?.ok_or(Error::NotFound),
    }
}

async fn edition_of(
    store: &Store,
    year: Option<i32>,
    revision: Option<i32>,
) -> Result<Option<Arc<edition::Model>>> {
    let is_it = |row: &Arc<edition::Model>| {
        year.is_none_or(|year| year == row.year) && revision.is_none_or(|revision| revision == row.revision)
    };
    let standing = |row: &Arc<edition::Model>| {
        (!row.synthetic, row.status == Publication::Published, row.year, row.revision)
    };
    let all = store.table::<edition::Entity>().await?;
    Ok(all.into_iter().filter(is_it).max_by_key(standing))
}
