//! What a good engineer would write by hand for these four operations and nothing else: a route for each, one statement or
//! two, the answer's bytes written straight from the rows. It looks at the token as the product does and shows each
//! officer only its own organization's rows, in the statement itself. If asked to, it keeps the product's audit trail too.

mod answers;
mod postgres;
mod rows;
mod saving;
mod sqlite;
mod token;
mod trail;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{SubsecRound, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::Result;
use crate::operations::Operation;
use crate::options::HandWritten;
use saving::Save;
use token::Keys;

/// Connections, as many as the product has unless told otherwise.
const CONNECTIONS: u32 = 8;

/// The database, by one of its drivers.
enum Rows {
    Postgres(sqlx::PgPool),
    Sqlite(sqlite::Pools),
}

struct Server {
    keys: Keys,
    rows: Rows,
    keeps_trail: bool,
}

type Shared = State<&'static Server>;

/// Answers until the process is ended.
pub async fn serve(side: HandWritten) -> Result<()> {
    let rows = match side.database_url.strip_prefix("sqlite:") {
        Some(file) => Rows::Sqlite(sqlite::open(file).await?),
        None => Rows::Postgres(postgres::open(&side.database_url).await?),
    };
    let keys = Keys::read(&side.keys, &side.issuer)?;
    let server: &'static Server = Box::leak(Box::new(Server { keys, rows, keeps_trail: side.with_trail }));
    let router = Router::new()
        .route(&Operation::Q1.path(), post(ranking))
        .route(&Operation::Q2.path(), post(tasks))
        .route(&Operation::Q3.path(), post(profile))
        .route(&Operation::Q4.path(), post(save))
        .with_state(server);
    crate::bare::listen(side.listen, router).await
}

/// The body of a request; the document in it is passed over.
#[derive(Deserialize)]
struct Body<V> {
    variables: V,
}

#[derive(Deserialize)]
struct OfRanking {
    edition: String,
}

#[derive(Deserialize)]
struct OfTasks {}

#[derive(Deserialize)]
struct OfProfile {
    unit: String,
    edition: String,
}

#[derive(Deserialize)]
struct OfSave {
    input: Saved,
}

/// A report to be saved.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    assignment_id: String,
    period: String,
    percent: i32,
    content: String,
}

/// The key in a global id.
fn key(id: &str) -> Result<Uuid, StatusCode> {
    id.split_once(':').and_then(|(_, key)| key.parse().ok()).ok_or(StatusCode::BAD_REQUEST)
}

async fn ranking(
    State(server): Shared,
    headers: HeaderMap,
    Json(body): Json<Body<OfRanking>>,
) -> Result<Response, StatusCode> {
    server.keys.user(&headers)?;
    let edition = key(&body.variables.edition)?;
    let units = match &server.rows {
        Rows::Postgres(pool) => postgres::ranking(pool, edition).await,
        Rows::Sqlite(pools) => sqlite::ranking(pools, edition).await,
    };
    answer(units.map(answers::ranking))
}

async fn tasks(
    State(server): Shared,
    headers: HeaderMap,
    Json(_): Json<Body<OfTasks>>,
) -> Result<Response, StatusCode> {
    let user = server.keys.user(&headers)?;
    let tasks = match &server.rows {
        Rows::Postgres(pool) => postgres::tasks(pool, user).await,
        Rows::Sqlite(pools) => sqlite::tasks(pools, user).await,
    };
    answer(tasks.map(answers::tasks))
}

async fn profile(
    State(server): Shared,
    headers: HeaderMap,
    Json(body): Json<Body<OfProfile>>,
) -> Result<Response, StatusCode> {
    server.keys.user(&headers)?;
    let (unit, edition) = (key(&body.variables.unit)?, key(&body.variables.edition)?);
    let indicators = match &server.rows {
        Rows::Postgres(pool) => postgres::profile(pool, unit, edition).await,
        Rows::Sqlite(pools) => sqlite::profile(pools, unit, edition).await,
    };
    answer(indicators.map(answers::profile))
}

async fn save(
    State(server): Shared,
    headers: HeaderMap,
    Json(body): Json<Body<OfSave>>,
) -> Result<Response, StatusCode> {
    let viewer = server.keys.user(&headers)?;
    let Saved { assignment_id, period, percent, content } = body.variables.input;
    let (id, assignment) = (Uuid::now_v7(), key(&assignment_id)?);
    // In the microseconds that both databases keep.
    let at = Utc::now().trunc_subsecs(6);
    let save = Save { id, assignment, viewer, period, percent, content, at };
    let row = match (&server.rows, server.keeps_trail) {
        (Rows::Postgres(pool), false) => postgres::save(pool, &save).await,
        (Rows::Postgres(pool), true) => postgres::save_with_trail(pool, &save).await,
        (Rows::Sqlite(pools), false) => sqlite::save(pools, &save).await,
        (Rows::Sqlite(pools), true) => sqlite::save_with_trail(pools, &save).await,
    };
    // Nothing is written where the viewer does not hold the assignment, or the report is handed in.
    let row = row.transpose().ok_or(StatusCode::CONFLICT)?;
    answer(row.map(answers::saved))
}

fn answer(bytes: sqlx::Result<serde_json::Result<Vec<u8>>>) -> Result<Response, StatusCode> {
    let failed = |error: &dyn std::fmt::Display| {
        eprintln!("{error}");
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let bytes = bytes.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
    Ok(([(CONTENT_TYPE, "application/json")], Bytes::from(bytes)).into_response())
}
