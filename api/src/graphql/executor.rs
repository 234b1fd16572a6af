//! Validation and execution, each by a schema of its own: what is known to be valid is not validated again, and nothing
//! else is executed.

use std::sync::{Arc, LazyLock};

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{
    Request, Response, SDLExportOptions, ServerError, ValidationMode, ValidationResult, Variables,
};
use futures_util::FutureExt;
use futures_util::stream::BoxStream;

use super::written::Texts;
use super::{Schema, builder};
use crate::App;
use crate::document::Valid;
use crate::error::Error;

/// Knows all rules, and executes nothing.
static VALIDATOR: LazyLock<Schema> = LazyLock::new(|| builder().extension(EndsThere).finish());

/// Ends each request behind its validation, as an error if need be of nothing.
struct EndsThere;

impl ExtensionFactory for EndsThere {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for EndsThere {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await.and(Err(Vec::new()))
    }
}

/// What is wrong with a document, by all rules of GraphQL; nothing if it is valid.
pub(crate) fn complaints(
    document: ExecutableDocument,
    operation: Option<&str>,
    variables: Variables,
) -> Vec<ServerError> {
    let mut request = Request::new("").variables(variables);
    request.operation_name = operation.map(str::to_owned);
    request.set_parsed_query(document);
    // Validation waits for nothing.
    let answer = VALIDATOR.execute(request).now_or_never();
    let unanswered = || {
        let mut error = ServerError::new("", None);
        error.source = Some(Arc::new(Error::internal("validation has waited for something")));
        vec![error]
    };
    answer.map_or_else(unanswered, |answer| answer.errors)
}

/// The schema in GraphQL's schema definition language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let sorted = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    VALIDATOR.sdl_with_options(sorted)
}

/// Executes what was validated.
#[derive(Clone)]
pub(crate) struct Executor(Schema);

impl Executor {
    /// For the product as it runs.
    pub(crate) fn new(app: App) -> Self {
        Self(builder().data(app).validation_mode(ValidationMode::Fast).finish())
    }

    /// The one answer of a query or mutation; `request` is what goes with it.
    pub(crate) async fn execute(&self, valid: &Valid, request: Request) -> Response {
        self.0.execute(asking(valid, request)).await
    }

    /// The answers of a subscription.
    pub(crate) fn stream(&self, valid: &Valid, request: Request) -> BoxStream<'static, Response> {
        self.0.execute_stream(asking(valid, request))
    }
}

fn asking(valid: &Valid, mut request: Request) -> Request {
    request.operation_name = valid.operation().map(str::to_owned);
    request.set_parsed_query(valid.document().parsed.clone());
    match valid.has_parts() {
        true => request,
        false => {
            request.data(Texts::new(valid.document().kind(valid.operation()) == Some(OperationType::Query)))
        }
    }
}
