//! From rows to the content of a dossier. Read through the viewer's wall, in one snapshot, in a number of statements that
//! does not depend on how much there is.

mod asked;
mod figures;
mod names;
mod work;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::*;
use sea_orm::QueryOrder;
use uuid::Uuid;

use super::content::{self, Content, FORMAT, Missing};
use crate::error::{Error, Result};
use crate::graphql::global;
use crate::store::{Read, Store, Tx};
use crate::world::{date_of, end_of_day};
use names::Names;

/// What a dossier is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A reporting period.
    Period(Uuid),
    /// An edition.
    Edition(Uuid),
}

impl Of {
    /// What `row` is of.
    pub fn row(row: &dossier::Model) -> Option<Self> {
        row.period_id.map(Self::Period).or(row.edition_id.map(Self::Edition))
    }
}

/// The state of affairs now.
///
/// # Errors
/// [`Error::NotFound`] when the viewer may not read the period or edition, or there is no plan.
pub async fn freeze(store: &Store, of: Of) -> Result<Content> {
    let as_of = date_of(store.now());
    let tx = store.snapshot().await?;
    match of {
        Of::Period(id) => of_period(&tx, &tx.get::<reporting_period::Entity>(id).await?, as_of).await,
        Of::Edition(id) => of_edition(&tx, &tx.get::<edition::Entity>(id).await?, as_of).await,
    }
}

/// The time that a period covers.
struct Window {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Window {
    fn of(period: &reporting_period::Model) -> Self {
        let from = end_of_day(period.starts_on) - TimeDelta::days(1) + TimeDelta::seconds(1);
        Self { from, to: period.due_at }
    }

    fn days(&self) -> (NaiveDate, NaiveDate) {
        (date_of(self.from), date_of(self.to))
    }
}

/// What was reported in a period, as it is on `as_of`.
async fn of_period(tx: &Tx, period: &reporting_period::Model, as_of: NaiveDate) -> Result<Content> {
    let names = Names::read(tx).await?;
    let window = Window::of(period);
    let plan = plan(tx).await?;
    let mut missing = Vec::new();
    let tasks = work::tasks(tx, &names, period, as_of, &mut missing).await?;
    let values = figures::supplied(tx, &names, &window).await?;
    figures::missing_of_draft(tx, &names, &mut missing).await?;
    let requests = asked::requests(tx, &names, &window, &mut missing).await?;
    let obstacles = asked::obstacles(tx, &names, &window).await?;
    let models = asked::models(tx, &names, &window).await?;
    let outreach = asked::outreach(tx, &names, &window).await?;
    let period = content::Period {
        id: global::<reporting_period::Entity>(period.id),
        code: period.code.clone(),
        title_vi: period.title_vi.clone(),
        title_en: period.title_en.clone(),
        starts_on: period.starts_on,
        department_due_on: period.department_due_on,
        due_on: date_of(period.due_at),
    };
    let mut content = Content {
        period: Some(period),
        tasks,
        values,
        requests,
        obstacles,
        models,
        outreach,
        ..base(tx, &names, &plan, as_of).await?
    };
    settle(&mut content, &names, &plan, missing);
    Ok(content)
}

/// The figures of the province in an edition, as they are on `as_of`.
async fn of_edition(tx: &Tx, edition: &edition::Model, as_of: NaiveDate) -> Result<Content> {
    let names = Names::read(tx).await?;
    let plan = plan(tx).await?;
    let framework = tx.get::<framework::Entity>(edition.framework_id).await?;
    let mut missing = Vec::new();
    let values = figures::entered(tx, &names, edition, &plan, &mut missing).await?;
    let edition = content::Edition {
        id: global::<edition::Entity>(edition.id),
        year: edition.year,
        revision: edition.revision,
        framework: framework.version,
        status: edition.status,
        synthetic: edition.synthetic,
    };
    let mut content = Content { edition: Some(edition), values, ..base(tx, &names, &plan, as_of).await? };
    settle(&mut content, &names, &plan, missing);
    Ok(content)
}

async fn plan(tx: &Tx) -> Result<plan::Model> {
    tx.first(tx.find::<plan::Entity>().order_by_desc(plan::Column::Year)).await?.ok_or(Error::NotFound)
}

/// What every dossier says.
async fn base(tx: &Tx, names: &Names, plan: &plan::Model, as_of: NaiveDate) -> Result<Content> {
    let province = match plan.unit_id {
        Some(unit) => Some(tx.get::<unit::Entity>(unit).await?),
        None => None,
    };
    let standing = match &province {
        Some(unit) => figures::standing(tx, names, unit.id).await?,
        None => None,
    };
    let (province_vi, province_en) = province.map(|unit| (unit.name_vi, unit.name_en)).unwrap_or_default();
    Ok(Content {
        format: FORMAT.to_owned(),
        as_of,
        period: None,
        edition: None,
        plan: content::Plan {
            id: global::<plan::Entity>(plan.id),
            year: plan.year,
            number: plan.number.clone(),
            issued_on: plan.issued_on,
            title_vi: plan.title_vi.clone(),
            title_en: plan.title_en.clone(),
            province_vi,
            province_en,
            base_year: plan.base_year,
            base_rank: plan.base_rank,
            rank_goal: plan.rank_goal,
        },
        standing,
        pillars: Vec::new(),
        organizations: Vec::new(),
        tasks: Vec::new(),
        values: Vec::new(),
        requests: Vec::new(),
        obstacles: Vec::new(),
        models: Vec::new(),
        outreach: Vec::new(),
        missing: Vec::new(),
    })
}

/// Counts what the content says by pillar and organization, and puts what is missing in order.
fn settle(content: &mut Content, names: &Names, plan: &plan::Model, mut missing: Vec<Missing>) {
    missing.sort_by(|a, b| (a.kind, &a.organization, &a.subject).cmp(&(b.kind, &b.organization, &b.subject)));
    content.missing = missing;
    content.pillars = names.pillars(plan.framework_id);
    for task in &content.tasks {
        let pillar = content.pillars.iter_mut().find(|pillar| Some(&pillar.code) == task.pillar.as_ref());
        if let Some(pillar) = pillar {
            task.assignments.iter().for_each(|assignment| pillar.progress.add(assignment));
        }
    }
    content.organizations = names.organizations_of(content);
}
