//! Dossiers: what was frozen, the files made of it, and what differs from it later.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Json, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::QueryFilter;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::ask::Ask;
use super::audit::AuditEntry;
use super::edition::Edition;
use super::filter::IdFilter;
use super::id;
use super::page::{List, limit, page};
use super::period::ReportingPeriod;
use super::ticket::{Download, ticket_end, ticket_url};
use super::user::Person;
use crate::auth::{Declared, FileOf, keys};
use crate::dossier::content::{Content, Missing, Organization, Pillar, Progress, Standing};
use crate::dossier::{Document, Of, compare, freeze, frozen, read};
use crate::error::{Code, Error, Problem, Result};
use crate::store::{Many, Read, Sort, Store};

/// The values and evidence of a period or an edition as they were sent, frozen. Its content never changes; its hash is
/// kept in the audit trail's chain.
#[derive(Description)]
pub struct Dossier {
    row: Arc<dossier::Model>,
    content: Arc<OnceCell<Arc<Frozen>>>,
}

/// A dossier's content as it was hashed, and what it says.
struct Frozen {
    text: String,
    content: Content,
}

/// A figure or text that differs between two dossiers, an entry that came, or one that went.
#[derive(SimpleObject)]
pub struct DossierChange {
    /// Where in the content, by codes and titles: `tasks[T-1].assignments[STC].report.percent`.
    path: String,
    /// What it was; null for what came.
    before: Option<Json<serde_json::Value>>,
    /// What it is; null for what went.
    after: Option<Json<serde_json::Value>>,
}

/// What differs between a dossier and a later state.
#[derive(SimpleObject)]
pub struct DossierComparison {
    /// How many differences there are.
    total: i32,
    /// The first of them, in the order of the content.
    changes: Vec<DossierChange>,
}

impl Dossier {
    pub(super) fn new(row: Arc<dossier::Model>) -> Self {
        Self { row, content: Arc::default() }
    }

    /// Read once, however many fields ask.
    async fn frozen(&self, ctx: &Context<'_>) -> Result<Arc<Frozen>> {
        let read = async || {
            let text = frozen_text(ctx, self.row.id).await?;
            ctx.compute(move |_| Ok(Arc::new(Frozen { content: read(&text)?, text }))).await
        };
        self.content.get_or_try_init(read).await.cloned()
    }
}

#[Object(use_type_description)]
impl Dossier {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<dossier::Entity>(self.row.id)
    }

    /// The period; null if it is of an edition.
    async fn period(&self, ctx: &Context<'_>) -> Result<Option<ReportingPeriod>> {
        match self.row.period_id {
            Some(id) => ctx.need::<reporting_period::Entity>(id).await.map(ReportingPeriod).map(Some),
            None => Ok(None),
        }
    }

    /// The edition; null if it is of a period.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        match self.row.edition_id {
            Some(id) => ctx.need::<edition::Entity>(id).await.map(Edition).map(Some),
            None => Ok(None),
        }
    }

    /// 1 for what was frozen first, then one more each time.
    async fn revision(&self) -> i32 {
        self.row.revision
    }

    /// Why it was frozen anew; null for the first.
    async fn reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.row.reason)?)
    }

    /// SHA-256 of the content's bytes, in hex: of what `file(kind: CONTENT)` gives.
    async fn hash(&self) -> &str {
        &self.row.hash
    }

    /// Number of the official letter that it went with.
    async fn letter_number(&self) -> Option<&str> {
        self.row.letter_number.as_deref()
    }

    /// Date of that letter.
    async fn letter_on(&self) -> Option<NaiveDate> {
        self.row.letter_on
    }

    /// Office of who signed it.
    async fn signer_title(&self) -> Option<&str> {
        self.row.signer_title.as_deref()
    }

    /// Name of who signed it.
    async fn signer_name(&self) -> Option<&str> {
        self.row.signer_name.as_deref()
    }

    /// Who froze it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.row.author_id)).await
    }

    /// The whole content as it was hashed: plan, standing, pillars, organizations, tasks with their accepted reports,
    /// values, requests, difficulties, models, outreach, what is missing. Each entry names its row by global id. Null, with
    /// `TOO_LONG`, above a MiB: `file(kind: CONTENT)` gives it whatever its length.
    async fn frozen_content(&self, ctx: &Context<'_>) -> Result<Option<Json<serde_json::Value>>> {
        const MOST: usize = 1 << 20;
        let text = frozen_text(ctx, self.row.id).await?;
        if text.len() > MOST {
            let (vi, en) = ("dài hơn 1 MiB, hãy lấy tệp CONTENT", "longer than a MiB, get the file CONTENT");
            return Err(Problem::new("frozenContent", Code::TooLong).in_words(vi, en).into());
        }
        ctx.compute(move |_| serde_json::from_str(&text).map(Some).map_err(Error::internal)).await
    }

    /// How far all assignments were.
    async fn progress(&self, ctx: &Context<'_>) -> Result<Progress> {
        let mut all = Progress::default();
        let frozen = self.frozen(ctx).await?;
        let assignments = frozen.content.tasks.iter().flat_map(|task| &task.assignments);
        assignments.for_each(|assignment| all.add(assignment));
        Ok(all)
    }

    /// The pillars of the plan's framework, and how far their tasks were.
    async fn pillars(&self, ctx: &Context<'_>) -> Result<Vec<Pillar>> {
        Ok(self.frozen(ctx).await?.content.pillars.clone())
    }

    /// The organizations that it names, by code, and how far they were.
    async fn organizations(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Organization>> {
        let frozen = self.frozen(ctx).await?;
        Ok(frozen.content.organizations.iter().take(many(first)?).cloned().collect())
    }

    /// Where the province stood by the latest published edition.
    async fn standing(&self, ctx: &Context<'_>) -> Result<Option<Standing>> {
        Ok(self.frozen(ctx).await?.content.standing.clone())
    }

    /// How many things were missing.
    async fn missing_count(&self, ctx: &Context<'_>) -> Result<usize> {
        Ok(self.frozen(ctx).await?.content.missing.len())
    }

    /// What was missing: reports first, then evidence, values and answers.
    async fn missing(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Missing>> {
        let frozen = self.frozen(ctx).await?;
        Ok(frozen.content.missing.iter().take(many(first)?).cloned().collect())
    }

    /// Where to get a file that is made of it.
    async fn file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which file.")] kind: Document,
    ) -> Result<Download> {
        if kind.is_of_period() && self.row.period_id.is_none() {
            let (vi, en) = ("chỉ có cho hồ sơ của kỳ báo cáo", "only made of a period's dossier");
            return Err(Problem::new("kind", Code::OutOfRange).in_words(vi, en).into());
        }
        let Content { period, edition, .. } = &self.frozen(ctx).await?.content;
        let file_name = kind.file_name(period.as_ref(), edition.as_ref(), self.row.revision);
        let file = FileOf::Dossier { dossier: self.row.id, document: kind };
        let url = ticket_url(ctx, file, keys::GET_FILE, Declared::default())?;
        Ok(Download { url, file_name, expires_at: ticket_end(ctx)? })
    }

    /// What differs from this dossier to another of the same period or edition, or to how things are now.
    async fn comparison(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The later dossier; how things are now if not given.")] to: Option<ID>,
        first: Option<i32>,
    ) -> Result<DossierComparison> {
        let first = many(first)?;
        let before = self.frozen(ctx).await?;
        let after = match to {
            Some(id) => {
                let key = id::parse::<dossier::Entity>(&id, "to")?;
                let later = ctx.need::<dossier::Entity>(key).await?;
                if Of::row(&later) != Of::row(&self.row) {
                    let (vi, en) =
                        ("hồ sơ cùng kỳ hoặc cùng năm xếp hạng", "a dossier of the same period or edition");
                    return Err(Problem::new("to", Code::InvalidId).in_words(vi, en).into());
                }
                frozen_text(ctx, key).await?
            }
            None => {
                let content = {
                    let of =
                        Of::row(&self.row).ok_or_else(|| Error::internal("neither period nor edition"))?;
                    freeze(ctx.store()?, of).await?
                };
                serde_json::to_string(&content).map_err(Error::internal)?
            }
        };
        let changes = ctx.compute(move |_| compare(&before.text, &after)).await?;
        let total = i32::try_from(changes.len()).unwrap_or(i32::MAX);
        let changes = changes.into_iter().take(first).map(|change| DossierChange {
            path: change.path,
            before: change.before.map(Json),
            after: change.after.map(Json),
        });
        Ok(DossierComparison { total, changes: changes.collect() })
    }

    /// When it was frozen.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.row.id, first).await
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.row.row_version
    }
}

/// The content of a dossier, read together with those of others.
async fn frozen_text(ctx: &Context<'_>, dossier: Uuid) -> Result<String> {
    use dossier_piece::Column::{DossierId, Place};
    let pieces =
        ctx.many::<dossier_piece::Entity>(Many::new(DossierId, dossier, Place, frozen::MOST)).await?;
    match pieces.is_empty() {
        true => Err(Error::NotFound),
        false => Ok(pieces.iter().map(|piece| piece.content.as_str()).collect()),
    }
}

fn many(first: Option<i32>) -> Result<usize> {
    usize::try_from(limit(first)?).map_err(Error::internal)
}

/// Which dossiers are wanted.
#[derive(InputObject, Default)]
pub struct DossierFilter {
    /// The period that they are of.
    period: Option<IdFilter>,
    /// The edition that they are of.
    edition: Option<IdFilter>,
}

/// Queries about dossiers.
#[derive(Default)]
pub struct DossierQuery;

#[Object]
impl DossierQuery {
    /// A dossier by its id. For the coordinator and the leader.
    async fn dossier(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Dossier>> {
        let key = id::parse::<dossier::Entity>(&id, "id")?;
        ctx.store()?.get::<dossier::Entity>(key).await.map(|row| Dossier::new(row.into())).map(Some)
    }

    /// The dossiers, newest first. For the coordinator and the leader.
    async fn dossiers(
        &self,
        ctx: &Context<'_>,
        filter: Option<DossierFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Dossier>> {
        use dossier::Column::{CreatedAt, EditionId, PeriodId};
        let store: &Store = ctx.store()?;
        let filter = filter.unwrap_or_default();
        let mut query = store.find::<dossier::Entity>();
        if let Some(period) = &filter.period {
            query = query.filter(period.on::<reporting_period::Entity>(PeriodId, "filter.period")?);
        }
        if let Some(edition) = &filter.edition {
            query = query.filter(edition.on::<edition::Entity>(EditionId, "filter.edition")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, Dossier::new).await
    }
}
