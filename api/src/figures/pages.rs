//! The figures of an edition, some units at a time.

use std::collections::HashMap;

use entity::*;
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};
use crate::sheet::{Figure, Label, Line, Series};
use crate::store::{Read, Store};

/// Figures of each kind that are read at once, or a unit's where it has more.
const PAGE: usize = 2_000;

/// An edition and its computation as they are at a time; both change whenever a figure does.
pub(super) struct Mark {
    pub(super) edition: edition::Model,
    computation: Option<Uuid>,
}

impl Mark {
    /// As the database has it now.
    pub(super) async fn of(store: &Store, edition: Uuid) -> Result<Self> {
        let found = store.find::<edition::Entity>().filter(edition::Column::Id.eq(edition));
        let edition = store.first(found).await?.ok_or(Error::NotFound)?;
        let made = store.find::<computation::Entity>().filter(computation::Column::EditionId.eq(edition.id));
        let computation = store.first(made).await?.map(|row| row.id);
        Ok(Self { edition, computation })
    }
}

/// The figures of an edition, read page by page without holding a connection in between.
pub(super) struct Pages {
    store: Store,
    mark: Mark,
    units: std::vec::IntoIter<(Uuid, Label)>,
    subjects: Vec<Uuid>,
    series: Vec<Series>,
}

#[derive(FromQueryResult)]
struct Entered {
    unit_id: Uuid,
    node_id: Uuid,
    value: Option<f64>,
    score: Option<f64>,
    rank: Option<i32>,
}

#[derive(FromQueryResult)]
struct Computed {
    unit_id: Uuid,
    node_id: Uuid,
    score: Option<f64>,
    rank: Option<f64>,
}

#[derive(FromQueryResult)]
struct Divisor {
    unit_id: Uuid,
    denominator_id: Uuid,
    value: f64,
}

impl Pages {
    /// Of these units, in their order; `subjects` are the nodes and denominators, `series` what is read of them.
    pub(super) fn new(
        store: Store,
        mark: Mark,
        units: Vec<(Uuid, Label)>,
        subjects: Vec<Uuid>,
        series: Vec<Series>,
    ) -> Self {
        Self { store, mark, units: units.into_iter(), subjects, series }
    }

    /// The next units; `None` behind the last.
    ///
    /// # Errors
    /// [`Code::Conflict`] when figures were changed since the edition was marked: no file mixes two states.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Line>>> {
        let most = (PAGE / self.subjects.len().max(1)).max(1);
        let units: Vec<(Uuid, Label)> = self.units.by_ref().take(most).collect();
        if units.is_empty() {
            return Ok(None);
        }
        let figures = self.read(units.iter().map(|(unit, _)| *unit).collect()).await?;
        let now = Mark::of(&self.store, self.mark.edition.id).await?;
        let same = now.edition.row_version == self.mark.edition.row_version
            && now.computation == self.mark.computation;
        if !same {
            return Err(Error::Conflict(vec![Problem::new("edition", Code::Conflict)]));
        }
        let line = |(id, unit)| {
            let of_series = |series: &Series| {
                let figure = |subject: &Uuid| figures.get(id, *subject, *series);
                self.subjects.iter().map(figure).collect()
            };
            Line { unit, figures: self.series.iter().map(of_series).collect() }
        };
        Ok(Some(units.into_iter().map(line).collect()))
    }

    async fn read(&self, units: Vec<Uuid>) -> Result<Figures> {
        let (store, edition) = (&self.store, self.mark.edition.id);
        let entered = {
            use score::Column::{EditionId, NodeId, Rank, Score, UnitId, Value};
            let rows = store.find::<score::Entity>().filter(EditionId.eq(edition));
            let rows = rows.filter(UnitId.is_in(units.clone())).select_only();
            store.shaped::<_, Entered>(rows.columns([UnitId, NodeId, Value, Score, Rank])).await?
        };
        let divisors = {
            use denominator_value::Column::{DenominatorId, EditionId, UnitId, Value};
            let rows = store.find::<denominator_value::Entity>().filter(EditionId.eq(edition));
            let rows = rows.filter(UnitId.is_in(units.clone())).select_only();
            store.shaped::<_, Divisor>(rows.columns([UnitId, DenominatorId, Value])).await?
        };
        let computed = if self.series.iter().any(|series| series.computed) {
            use computed_score::Column::{EditionId, NodeId, Rank, Score, UnitId};
            let rows = store.find::<computed_score::Entity>().filter(EditionId.eq(edition));
            let rows = rows.filter(UnitId.is_in(units)).select_only();
            store.shaped::<_, Computed>(rows.columns([UnitId, NodeId, Score, Rank])).await?
        } else {
            Vec::new()
        };
        Ok(Figures {
            entered: entered.into_iter().map(|row| ((row.unit_id, row.node_id), row)).collect(),
            divisors: divisors
                .into_iter()
                .map(|row| ((row.unit_id, row.denominator_id), row.value))
                .collect(),
            computed: computed.into_iter().map(|row| ((row.unit_id, row.node_id), row)).collect(),
        })
    }
}

struct Figures {
    entered: HashMap<(Uuid, Uuid), Entered>,
    divisors: HashMap<(Uuid, Uuid), f64>,
    computed: HashMap<(Uuid, Uuid), Computed>,
}

impl Figures {
    fn get(&self, unit: Uuid, subject: Uuid, series: Series) -> Option<f64> {
        let key = (unit, subject);
        match (series.figure, series.computed) {
            (Figure::Value, false) => match self.entered.get(&key) {
                Some(row) => row.value,
                None => self.divisors.get(&key).copied(),
            },
            (Figure::Score, false) => self.entered.get(&key)?.score,
            (Figure::Rank, false) => self.entered.get(&key)?.rank.map(f64::from),
            (Figure::Value, true) => None,
            (Figure::Score, true) => self.computed.get(&key)?.score,
            (Figure::Rank, true) => self.computed.get(&key)?.rank,
        }
    }
}
