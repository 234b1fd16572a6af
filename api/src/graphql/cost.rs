//! What a document would cost.

use async_graphql::{Context, Json, Object, SimpleObject};
use serde_json::{Map, Value};

use super::ask::Ask;
use crate::document::{Document, MOST_COST, fields};
use crate::error::{Error, Result};

/// What a document costs each time it is sent.
#[derive(SimpleObject)]
pub struct DocumentCost {
    /// Points: fields, lists multiplied by `first`, and what some fields cost by themselves.
    requested: u64,
    /// Most points that one request may cost.
    limit: u64,
    /// Deepest nesting of selections.
    depth: u32,
}

/// Questions about the API itself.
#[derive(Default)]
pub struct CostQuery;

#[Object]
impl CostQuery {
    /// What a document would cost, without executing it. Every answer tells in `extensions.cost` what it has cost, and
    /// what is left of the points that the viewer may spend.
    async fn cost_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document, as it would be sent.")] document: String,
        #[graphql(desc = "Which of its operations; all if not given.")] operation_name: Option<String>,
        #[graphql(desc = "The variables that it would be sent with; `first` among them counts.")]
        variables: Option<Json<Map<String, Value>>>,
    ) -> Result<DocumentCost> {
        ctx.principal()?;
        let variables = variables.map(|Json(variables)| variables).unwrap_or_default();
        let weighed = ctx.compute(move |_| {
            let document = Document::read(&document).map_err(|unreadable| unreadable.error)?;
            let operation = operation_name.as_deref();
            // What does not fit counts as the most that it may be.
            let known = fields().coerce(&document.parsed, operation, variables).unwrap_or_default();
            fields().weigh(&document.parsed, operation, &known)
        });
        let weight = weighed.await.map_err(|error: Error| error.at("document"))?;
        Ok(DocumentCost { requested: weight.cost, limit: MOST_COST, depth: weight.depth })
    }
}
