//! Freezing dossiers, and the official letter that they go with.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};

use super::ask::Ask;
use super::check::{CODE, Check, LINE, TEXT, maybe};
use super::dossier::Dossier;
use super::id;
use super::payload::payload;
use crate::dossier::{Of, compare, freeze as state_of, frozen};
use crate::error::{Code, Error, Problem, Result};
use crate::files::sha256_hex;
use crate::periods::status_at;
use crate::policy::Verb;
use crate::store::Read;

/// What is frozen: a period or an edition.
#[derive(InputObject)]
pub struct DossierFreezeInput {
    /// A period that is locked or closed.
    period_id: Option<ID>,
    /// An edition.
    edition_id: Option<ID>,
    /// Why it is frozen anew; demanded from the second time on.
    reason: Option<String>,
}

/// The official letter that a dossier goes with.
#[derive(InputObject)]
pub struct DossierUpdateInput {
    /// Its number.
    letter_number: MaybeUndefined<String>,
    /// Its date.
    letter_on: MaybeUndefined<NaiveDate>,
    /// Office of who signs it.
    signer_title: MaybeUndefined<String>,
    /// Name of who signs it.
    signer_name: MaybeUndefined<String>,
}

payload! {
    /// What came of freezing a dossier or entering its letter.
    DossierPayload {
        /// The dossier as it is now.
        dossier: Dossier
    }
}

/// Mutations of dossiers.
#[derive(Default)]
pub struct DossierMutation;

#[Object]
impl DossierMutation {
    /// Freezes what was accepted of a period or what stands in an edition, with its evidence, under a hash. What has not
    /// changed since the last time is not frozen again: the last dossier is given back. For the coordinator.
    async fn dossier_freeze(
        &self,
        ctx: &Context<'_>,
        input: DossierFreezeInput,
    ) -> Result<Option<DossierPayload>> {
        DossierPayload::of(freeze(ctx, input).await)
    }

    /// Enters number, date and signer of the official letter, which the report then bears. For the coordinator.
    async fn dossier_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: DossierUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<DossierPayload>> {
        DossierPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Makes the report of Sở KH&CN to the provincial People's Committee: gives the newest dossier of the period, frozen
    /// now if there is none, whose `file` is the report as DOCX and XLSX and whose file `CONTENT` is the same as JSON. For the
    /// coordinator.
    async fn report_consolidate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A period that is locked or closed.")] period_id: ID,
    ) -> Result<Option<DossierPayload>> {
        DossierPayload::of(consolidate(ctx, period_id).await)
    }
}

async fn freeze(ctx: &Context<'_>, input: DossierFreezeInput) -> Result<Dossier> {
    let mut check = Check::new("input");
    let reason = check.optional("reason", input.reason.as_deref(), TEXT);
    let period = check.optional_id::<reporting_period::Entity>("periodId", input.period_id.as_ref());
    let edition = check.optional_id::<edition::Entity>("editionId", input.edition_id.as_ref());
    let of = match (period, edition) {
        (Some(period), None) => Some(Of::Period(period)),
        (None, Some(edition)) => Some(Of::Edition(edition)),
        (Some(_), Some(_)) => {
            check.problem_with("editionId", Code::Exclusive, "periodId, editionId");
            None
        }
        (None, None) => {
            check.problem("periodId", Code::Required);
            None
        }
    };
    check.done()?;
    let of = of.ok_or_else(|| Error::internal("neither period nor edition"))?;
    let field = if period.is_some() { "input.periodId" } else { "input.editionId" };
    frozen(ctx, of, Anew::For(reason), field).await
}

async fn consolidate(ctx: &Context<'_>, period: ID) -> Result<Dossier> {
    let key = id::parse::<reporting_period::Entity>(&period, "periodId")?;
    let store = ctx.store()?;
    store.may::<dossier::Entity>(Verb::Create)?;
    match store.first(newest(store, Of::Period(key))).await? {
        Some(row) => Ok(Dossier::new(row.into())),
        None => frozen(ctx, Of::Period(key), Anew::Never, "periodId").await,
    }
}

fn newest(read: &impl Read, of: Of) -> sea_orm::Select<dossier::Entity> {
    use dossier::Column::{EditionId, PeriodId, Revision};
    let all = read.find::<dossier::Entity>().order_by_desc(Revision);
    match of {
        Of::Period(id) => all.filter(PeriodId.eq(id)),
        Of::Edition(id) => all.filter(EditionId.eq(id)),
    }
}

/// Whether what was frozen before is frozen anew.
enum Anew {
    /// If it has changed, and for a reason.
    For(Option<String>),
    /// What is there will do.
    Never,
}

async fn frozen(ctx: &Context<'_>, of: Of, anew: Anew, field: &str) -> Result<Dossier> {
    let store = ctx.store()?;
    store.may::<dossier::Entity>(Verb::Create)?;
    if let Of::Period(id) = of {
        let period = store.get::<reporting_period::Entity>(id).await.map_err(|error| error.at(field))?;
        match status_at(&period, store.now()) {
            PeriodStatus::Open => return Err(Problem::state(field, PeriodStatus::Open).into()),
            PeriodStatus::Locked | PeriodStatus::Closed => {}
        }
    }
    let (tx, last, text, reason) = loop {
        let before = store.first(newest(store, of)).await?;
        let reason = match (&anew, &before) {
            (Anew::Never, Some(last)) => return Ok(Dossier::new(last.clone().into())),
            (Anew::Never, None) => None,
            (Anew::For(reason), _) => reason.clone(),
        };
        // Read before the lock is waited for: who waits holds a connection, and who has the lock must not want another.
        let content = state_of(store, of).await.map_err(|error| error.at(field))?;
        let text = serde_json::to_string(&content).map_err(Error::internal)?;
        let tx = store.begin_alone().await?;
        let last = tx.first(newest(&tx, of)).await?;
        // What was frozen meanwhile may be of a later state than was read here.
        if last.as_ref().map(|row| row.revision) == before.map(|row| row.revision) {
            break (tx, last, text, reason);
        }
    };
    let hash = sha256_hex(text.as_bytes());
    if let Some(last) = &last {
        let before = frozen::text(&tx, last.id).await?;
        let now = text.clone();
        if ctx.compute(move |_| Ok(compare(&before, &now)?.is_empty())).await? {
            return Ok(Dossier::new(last.clone().into()));
        }
        if reason.is_none() {
            return Err(Problem::new("input.reason", Code::Required).into());
        }
    }
    let (period_id, edition_id) = match of {
        Of::Period(id) => (Some(id), None),
        Of::Edition(id) => (None, Some(id)),
    };
    let row = dossier::ActiveModel {
        period_id: Set(period_id),
        edition_id: Set(edition_id),
        revision: Set(last.as_ref().map_or(1, |last| last.revision + 1)),
        reason: Set(last.as_ref().and(reason).map(Long::from)),
        hash: Set(hash),
        author_id: Set(ctx.principal()?.user.id),
        ..Default::default()
    };
    let row = tx.insert::<dossier::Entity>(row).await?;
    frozen::keep(&tx, row.id, &text).await?;
    tx.commit().await?;
    Ok(Dossier::new(row.into()))
}

async fn update(
    ctx: &Context<'_>,
    id: ID,
    input: DossierUpdateInput,
    expected: Option<i32>,
) -> Result<Dossier> {
    let key = id::parse::<dossier::Entity>(&id, "id")?;
    let mut check = Check::new("input");
    if let MaybeUndefined::Value(date) = input.letter_on {
        check.date("letterOn", Some(date));
    }
    let change = dossier::ActiveModel {
        letter_number: check.change("letterNumber", &input.letter_number, CODE),
        letter_on: maybe(input.letter_on),
        signer_title: check.change("signerTitle", &input.signer_title, LINE),
        signer_name: check.change("signerName", &input.signer_name, LINE),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<dossier::Entity>(key, Verb::Update).await?;
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Dossier::new(row.into()))
}
