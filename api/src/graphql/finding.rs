//! What is found in a figure or a report before it is handed in.

use async_graphql::{Context, Description, Object};

use super::ask::Ask;
use crate::error::Code;
use crate::findings;

/// Something found in a figure or a report that is handed in.
#[derive(Description)]
pub struct Finding(pub findings::Finding);

#[Object(use_type_description)]
impl Finding {
    /// What it is, in a word that does not depend on the language.
    async fn code(&self) -> Code {
        self.0.problem.code
    }

    /// Whether it must be mended before handing in; a warning is named in `confirm` instead, and kept on record.
    async fn is_blocking(&self) -> bool {
        self.0.is_blocking
    }

    /// What it is, for people, in the language of `Accept-Language`.
    async fn message(&self, ctx: &Context<'_>) -> String {
        self.0.problem.message(ctx.lang())
    }
}
