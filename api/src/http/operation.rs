//! What every transport does with an operation before it is executed: who asks, what it says, what it costs.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::DataLoader;
use async_graphql::parser::types::OperationType;
use async_graphql::{Pos, Request, Response as Answer, ServerError, Variables};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::answers::{Kept, Question};
use super::batch::{Loads, Serving};
use super::throttle::Spent;
use super::{BUSY_FOR, Caller, Shared, status};
use crate::App;
use crate::auth::{Principal, RequestId};
use crate::document::{Document, Misfit, Unreadable, Valid, fields};
use crate::error::{self, Code, Error, Problem};
use crate::graphql::written;
use crate::places::Asker;
use crate::policy::Viewer;
use crate::store::{Published, Store};

/// An operation as a client sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    /// The document's text.
    pub(super) query: Option<String>,
    /// What the client's manifest calls it ("GraphQL over HTTP", appendix on persisted documents).
    pub(super) document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Option<Map<String, Json>>,
    /// Among them `persistedQuery`, Apollo's way to name a document.
    pub(super) extensions: Option<Map<String, Json>>,
}

/// Why an operation is not executed.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The HTTP status; where there is none it follows from the form of the answer.
    pub(super) status: Option<StatusCode>,
    errors: Vec<(Error, Option<Pos>)>,
    /// Seconds after which another try may be worth it.
    pub(super) retry_after: Option<u64>,
}

impl Refusal {
    /// With this status.
    pub(super) fn new(status: StatusCode, code: Code) -> Self {
        Self { status: Some(status), ..Problem::new("", code).into() }
    }

    /// Of a request that is one, but whose document is not executed.
    pub(super) fn of_request(error: impl Into<Error>) -> Self {
        Self { status: None, errors: vec![(error.into(), None)], retry_after: None }
    }

    /// The answer that says so.
    pub(super) fn answer(self) -> Answer {
        let refused = |(error, place)| {
            let mut refused = ServerError::new("", place);
            refused.source = Some(Arc::new(error));
            refused
        };
        Answer::from_errors(self.errors.into_iter().map(refused).collect())
    }
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        let error = error.into();
        let retry_after = (error.code() == Code::Busy).then_some(BUSY_FOR);
        Self { status: Some(status(&error)), errors: vec![(error, None)], retry_after }
    }
}

impl From<Unreadable> for Refusal {
    fn from(Unreadable { error, place }: Unreadable) -> Self {
        Self { status: None, errors: vec![(error, place)], retry_after: None }
    }
}

impl From<Vec<Misfit>> for Refusal {
    fn from(misfits: Vec<Misfit>) -> Self {
        let told = misfits.into_iter().map(|Misfit { problem, place }| (problem.into(), Some(place)));
        Self { status: None, errors: told.collect(), retry_after: None }
    }
}

/// Whether an answer says that its operation was not executed at all.
pub(super) fn is_refusal(answer: &Answer) -> bool {
    !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty())
}

/// An answer as JSON. What was refused before execution has no data, not even null.
pub(super) fn json(answer: &Answer) -> String {
    let Answer { data, extensions, errors, .. } = answer;
    let mut members = Vec::with_capacity(3);
    // Values of a schema are JSON; there is nothing to fail.
    if !is_refusal(answer) {
        members.push(format!("\"data\":{}", written(data)));
        if !extensions.is_empty() {
            members.push(format!("\"extensions\":{}", serde_json::to_string(extensions).unwrap_or_default()));
        }
    }
    if !errors.is_empty() {
        members.push(format!("\"errors\":{}", serde_json::to_string(errors).unwrap_or_default()));
    }
    format!("{{{}}}", members.join(","))
}

/// An operation that may be executed: its asker is known, its cost is paid.
pub(super) struct Ready {
    pub(super) kind: OperationType,
    pub(super) principal: Option<Principal>,
    pub(super) finish: Finish,
    variables: Map<String, Json>,
    /// What is published, for a query.
    published: Option<Arc<Published>>,
    /// What is asked, if the answer may turn out to be made of what is published alone.
    question: Option<Question>,
    /// What was answered to the same question.
    kept: Option<Arc<Kept>>,
    deadline: Duration,
}

/// An operation in the form in which it is executed.
struct Execution {
    valid: Valid,
    request: Request,
    loads: Loads,
    /// What its viewer reads; of who has not signed in, nothing.
    store: Option<Store>,
}

/// The one answer of an operation.
pub(super) enum Reply {
    /// Made of nothing but what is published.
    Published(Arc<Kept>, Spent),
    /// Made of whatever it is.
    Own(Answer),
}

impl Shared {
    /// A place among the operations that are executed at once.
    ///
    /// # Errors
    /// [`Code::Busy`]: better refused at once than answered when nobody waits any more.
    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Problem::new("", Code::Busy).into())
    }

    /// What is published, if it can be read.
    async fn published(&self) -> Option<Arc<Published>> {
        let published = self.app.db.published(&self.app.world).await;
        published.inspect_err(|error| tracing::warn!(?error, "what is published could not be read")).ok()
    }

    /// Takes the points that something costs.
    ///
    /// # Errors
    /// [`Code::Throttled`], and when to try again.
    pub(super) fn spend(&self, asker: Asker, cost: u64) -> Result<Spent, Refusal> {
        let paid = self.buckets.spend(asker, cost, self.app.world.now());
        paid.map_err(|(error, wait)| Refusal { retry_after: Some(wait), ..error.into() })
    }

    /// Looks at an operation and makes it ready; `id` names the request.
    ///
    /// # Errors
    /// Why it is not executed: nothing of it was.
    pub(super) async fn prepare(
        &self,
        caller: &Caller,
        principal: Result<Option<Principal>, Error>,
        operation: Operation,
        id: Uuid,
    ) -> Result<Ready, Refusal> {
        let (document, origin) = self.document(&caller.client, &operation).await?;
        let Operation { operation_name, variables, .. } = operation;
        let name = operation_name.as_deref();
        let variables = variables.unwrap_or_default();
        let principal = match principal {
            Ok(Some(principal)) => Some(principal),
            // Who signs in anew may still send the token that has ended.
            Ok(None) | Err(Error::Unauthenticated) if document.only_signs_in() => None,
            Ok(None) => return Err(Error::Unauthenticated.into()),
            Err(error) => return Err(error.into()),
        };
        let kind = document.kind(name).unwrap_or(OperationType::Query);
        let published = match (&principal, kind) {
            (Some(_), OperationType::Query) => self.published().await,
            // What changes something must see what it changed.
            _ => None,
        };
        let question = principal.as_ref().zip(published.as_ref()).map(|(principal, published)| {
            Question::of(&document, name, &variables, caller.lang, &principal.user, published)
        });
        let kept = question.as_ref().and_then(|question| self.answers.get(question));
        let asks_schema = principal.is_some_and(|who| self.app.settings.introspection.is_for(who.user.role));
        let (cost, variables) = match &kept {
            // All of this was looked at when the same was asked before.
            Some(kept) => (kept.cost, variables),
            None => {
                let variables = fields().coerce(&document.parsed, name, variables)?;
                let weight =
                    fields().weigh(&document.parsed, name, &variables).map_err(Refusal::of_request)?;
                if weight.introspects && !asks_schema {
                    return Err(Refusal::of_request(Problem::new("", Code::IntrospectionDisabled)));
                }
                (weight.cost, variables)
            }
        };
        let spent = self.spend(caller.asker(principal), cost)?;
        if let Some(principal) = &principal {
            self.documents.keep(&document);
            self.app.usage.count(&caller.client, principal.user.id, &document, origin);
        }

        let deadline = Duration::from_secs(self.app.settings.request_seconds);
        let finish =
            Finish { document, operation: operation_name, caller: caller.clone(), asks_schema, spent, id };
        Ok(Ready { kind, principal, finish, variables, published, question, kept, deadline })
    }
}

impl Ready {
    /// The one answer of a query or mutation.
    ///
    /// # Errors
    /// [`Code::Timeout`] when it takes too long; what is dropped with it stops.
    pub(super) async fn execute(mut self, shared: &Shared) -> Result<Reply, Refusal> {
        let spent = self.finish.spent;
        if let Some(kept) = self.kept.take() {
            return Ok(Reply::Published(kept, spent));
        }
        let question = self.question.take();
        let deadline = self.deadline;
        let (execution, finish) = self.begin(&shared.app);
        let Execution { valid, request, loads, store } = match execution {
            Ok(execution) => execution,
            Err(invalid) => return Ok(Reply::Own(finish.of(invalid))),
        };
        let work = loads.serve(shared.app.db.awaited(), shared.executor.execute(&valid, request));
        let answer = tokio::time::timeout(deadline, work).await.map_err(|_| late())?;
        if let Some(question) = question
            && store.is_some_and(|store| store.gave_only_published())
            && let Some(kept) = Kept::of(&answer, &question, spent.requested).map(Arc::new)
        {
            shared.answers.keep(question, &kept);
            return Ok(Reply::Published(kept, spent));
        }
        Ok(Reply::Own(finish.of(answer)))
    }

    /// Puts together what is executed, or the answer that its document is not valid.
    fn begin(self, app: &App) -> (Result<Execution, Answer>, Finish) {
        let Self { principal, finish, variables, published, .. } = self;
        let Finish { document, operation, caller, id, .. } = &finish;
        let valid = match Valid::of(document, operation.as_deref()) {
            Ok(valid) => valid,
            Err(wrong) => return (Err(Answer::from_errors(wrong)), finish),
        };
        let mut request = Request::new("")
            .variables(Variables::from_json(Json::Object(variables)))
            .data(caller.lang)
            .data(app.workshop.in_turn())
            .data(RequestId(*id))
            .data(caller.address)
            .data(caller.program.clone());
        let loads = Loads::default();
        let store = principal.map(|principal| {
            let store = app.store(Viewer::User(principal.user)).for_request(*id);
            (principal, store.over(published).asked(document.asked()))
        });
        if let Some((principal, store)) = &store {
            let begin = loads.clone();
            let loader = DataLoader::new(store.clone(), move |load| begin.add(load)).delay(Duration::ZERO);
            request = request.data(*principal).data(loader);
        }
        (Ok(Execution { valid, request, loads, store: store.map(|(_, store)| store) }), finish)
    }

    /// The answers of whatever it is, as they come, and what is to be done to each.
    pub(super) fn stream(self, shared: &Shared) -> (Serving<'static, Answer>, Finish) {
        use futures_util::stream::{StreamExt, once};
        let executor = shared.executor.clone();
        let (kind, deadline) = (self.kind, self.deadline);
        let awaited = shared.app.db.awaited();
        let (execution, finish) = self.begin(&shared.app);
        let Execution { valid, request, loads, .. } = match execution {
            Ok(execution) => execution,
            Err(invalid) => return (Loads::default().attend(awaited, once(async { invalid })), finish),
        };
        let answers = match kind {
            OperationType::Subscription => executor.stream(&valid, request),
            // What is answered once has as long for it as without a stream.
            _ => once(async move {
                let answer = tokio::time::timeout(deadline, executor.execute(&valid, request)).await;
                answer.unwrap_or_else(|_| late().answer())
            })
            .boxed(),
        };
        (loads.attend(awaited, answers), finish)
    }
}

fn late() -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Code::Timeout)
}

/// async-graphql ends a complaint about a name with the one that it takes to be meant.
fn without_suggestion(error: &mut ServerError) {
    if let Some(place) = error.message.find(" Did you mean") {
        error.message.truncate(place);
    }
}

/// What is done to every answer of a request before the client gets it.
pub(super) struct Finish {
    document: Arc<Document>,
    operation: Option<String>,
    caller: Caller,
    asks_schema: bool,
    spent: Spent,
    id: Uuid,
}

impl Finish {
    /// The answer as the client gets it.
    pub(super) fn of(&self, mut answer: Answer) -> Answer {
        fields().complete(&mut answer, &self.document.parsed, self.operation.as_deref());
        if !self.asks_schema {
            answer.errors.iter_mut().for_each(without_suggestion);
        }
        error::finish(&mut answer, self.caller.lang, &self.id.to_string());
        answer.extensions.insert("cost".to_owned(), async_graphql::to_value(self.spent).unwrap_or_default());
        answer
    }
}
