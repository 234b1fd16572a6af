//! Which figures an edition expects, and what was supplied of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ask::Ask;
use super::data_submission::{DataCollection, DataSubmission};
use super::filter::IdFilter;
use super::id;
use super::indicator::Indicator;
use super::page::{List, page};
use crate::error::{Error, Result};
use crate::store::{Read, Sort, Store};

/// A figure that an edition expects.
#[derive(Description)]
pub struct ExpectedFigure {
    edition: Uuid,
    indicator: Arc<node::Model>,
}

#[Object(use_type_description)]
impl ExpectedFigure {
    /// The edition, as its suppliers know it.
    async fn collection(&self, ctx: &Context<'_>) -> Result<DataCollection> {
        ctx.need::<data_collection::Entity>(self.edition).await.map(DataCollection)
    }

    /// The indicator; its `supplier` is who owes the figure, or else the coordinator's organization.
    async fn indicator(&self) -> Indicator {
        Indicator(self.indicator.clone())
    }

    /// What was supplied, as far as the viewer may see: of several organizations' what was begun last.
    async fn submission(&self, ctx: &Context<'_>) -> Result<Option<DataSubmission>> {
        let wanted = SuppliedFor { edition: self.edition, indicator: self.indicator.id };
        Ok(ctx.load(wanted).await?.map(|row| DataSubmission(row.into())))
    }
}

/// What was supplied last for an indicator of an edition.
#[derive(Clone, PartialEq, Eq, Hash)]
struct SuppliedFor {
    edition: Uuid,
    indicator: Uuid,
}

impl Loader<SuppliedFor> for Store {
    type Value = data_submission::Model;
    type Error = Error;

    async fn load(&self, keys: &[SuppliedFor]) -> Result<HashMap<SuppliedFor, data_submission::Model>> {
        use data_submission::Column::{CreatedAt, EditionId, Id, IndicatorId};
        let editions: HashSet<Uuid> = keys.iter().map(|key| key.edition).collect();
        let rows = self
            .find::<data_submission::Entity>()
            .filter(EditionId.is_in(editions))
            .filter(IndicatorId.is_in(keys.iter().map(|key| key.indicator)))
            .order_by_asc(CreatedAt)
            .order_by_asc(Id);
        let rows = self.all(rows).await?.into_iter();
        // Later ones take the place of earlier ones.
        Ok(rows
            .map(|row| (SuppliedFor { edition: row.edition_id, indicator: row.indicator_id }, row))
            .collect())
    }
}

/// Which expected figures are wanted.
#[derive(InputObject, Default)]
pub struct DataExpectedFilter {
    /// Who supplies the indicator.
    supplier: Option<IdFilter>,
    /// Whether a figure was accepted for it, as far as the viewer may know.
    accepted: Option<bool>,
}

/// The query about expected figures.
#[derive(Default)]
pub struct DataExpectedQuery;

#[Object]
impl DataExpectedQuery {
    /// The figures that an edition expects, in the order of its framework: of an officer's own organization, of all for
    /// coordinator and leader. Without `edition` the newest draft that expects something of the viewer; empty when there
    /// is none.
    async fn data_expected(
        &self,
        ctx: &Context<'_>,
        edition: Option<ID>,
        filter: Option<DataExpectedFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<ExpectedFigure>> {
        use indicator::Column::{Id as IndicatorId, SupplierId};
        use node::Column::{FrameworkId, Id, Level, Position};
        let filter = filter.unwrap_or_default();
        let (store, user) = (ctx.store()?, ctx.principal()?.user);
        let collection = match edition {
            Some(edition) => {
                let key = id::parse::<edition::Entity>(&edition, "edition")?;
                Some(store.get::<data_collection::Entity>(key).await?)
            }
            None => newest_draft(store).await?,
        };
        let query = store.find::<node::Entity>().filter(Level.eq(NodeLevel::Indicator));
        // Nothing is expected where there is no draft.
        let (edition, framework) = collection.map_or_else(Default::default, |row| (row.id, row.framework_id));
        let mut query = query.filter(FrameworkId.eq(framework));
        let mut suppliers = Vec::new();
        if user.role == Role::Officer {
            suppliers.push(SupplierId.eq(user.organization).into());
        }
        if let Some(supplier) = &filter.supplier {
            suppliers.push(supplier.on::<organization::Entity>(SupplierId, "filter.supplier")?);
        }
        for supplier in suppliers {
            query = query.filter(Id.in_subquery(store.keys::<indicator::Entity>(IndicatorId, supplier)));
        }
        if let Some(accepted) = filter.accepted {
            let supplied = data_submission::Column::EditionId
                .eq(edition)
                .and(data_submission::Column::Status.eq(ReportStatus::Accepted));
            let supplied =
                store.keys::<data_submission::Entity>(data_submission::Column::IndicatorId, supplied);
            query = query.filter(match accepted {
                true => Id.in_subquery(supplied),
                false => Id.not_in_subquery(supplied),
            });
        }
        let figure = |indicator| ExpectedFigure { edition, indicator };
        page(ctx, query, Sort::by(Position), first, after, figure).await
    }
}

async fn newest_draft(store: &Store) -> Result<Option<data_collection::Model>> {
    use data_collection::Column::{Revision, Status, Synthetic, Year};
    let drafts = store.find::<data_collection::Entity>().filter(Status.eq(Publication::Draft));
    store.first(drafts.order_by_asc(Synthetic).order_by_desc(Year).order_by_desc(Revision)).await
}
