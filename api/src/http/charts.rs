//! `GET /charts/{kind}.{svg|png}`: pictures for whoever sends a token; the same by ticket at `/files/{ticket}`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::*;
use sea_orm::{ActiveEnum, ColumnTrait, QueryFilter};
use tokio::time::timeout;

use super::graphql::{refuse, refuse_token_in_address};
use super::negotiate::Form;
use super::operation::Refusal;
use super::{Caller, Peer, Shared, lang, named};
use crate::App;
use crate::error::{Code, Error, Problem, Result};
use crate::graphql::parse_id;
use crate::lang::Lang;
use crate::pictures::{ChartKind, ChartRequest, Gallery, ImageFormat, picture};
use crate::policy::Viewer;
use crate::store::{Read, Store};
use index::what_if::Change;

/// Points that a picture costs.
pub(super) const PRICE: u64 = 200;

pub(super) async fn get(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
) -> Response {
    let deadline = Duration::from_secs(shared.app.settings.request_seconds);
    let work = timeout(deadline, answer(&shared, &name, query.as_deref(), peer, &headers));
    let answer = work.await.unwrap_or_else(|_| Err(Problem::new("", Code::Busy).into()));
    answer.unwrap_or_else(|refusal| {
        let request = shared.app.world.uuid();
        let mut response = refuse(Form::Json, refusal, lang(&headers), request);
        named(&mut response, request);
        response
    })
}

async fn answer(
    shared: &Shared,
    name: &str,
    query: Option<&str>,
    peer: SocketAddr,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    refuse_token_in_address(query)?;
    let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let query: Vec<(String, String)> = query.into_owned().collect();
    let app = &shared.app;
    let caller = Caller::of(app, headers, peer)?;
    let principal = caller.principal(app).await?.ok_or(Error::Unauthenticated)?;
    let asker = caller.asker(Some(principal));
    let _place = shared.charts.take(asker)?;
    shared.spend(asker, PRICE)?;
    let store = app.store(Viewer::User(principal.user));
    let (kind, format) = name.rsplit_once('.').ok_or(Error::NotFound)?;
    let kind = ChartKind::named(kind).ok_or(Error::NotFound)?;
    let format = match format {
        "svg" => ImageFormat::Svg,
        "png" => ImageFormat::Png,
        _ => return Err(Error::NotFound.into()),
    };
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let edition = value("edition").ok_or_else(|| Problem::new("edition", Code::Required))?;
    let unit = value("unit").map(|id| parse_id::<unit::Entity>(&id.into(), "unit")).transpose()?;
    let width = value("width").map_or(Ok(1_000), str::parse);
    let mut request = ChartRequest {
        kind,
        edition: parse_id::<edition::Entity>(&edition.into(), "edition")?,
        unit,
        node: value("node").map(|id| parse_id::<node::Entity>(&id.into(), "node")).transpose()?,
        level: value("level").map(level).transpose()?,
        changes: Vec::new(),
        lang: match value("lang") {
            Some("vi") => Lang::Vi,
            Some("en") => Lang::En,
            Some(_) => return Err(Problem::new("lang", Code::OutOfRange).with("vi, en").into()),
            None => lang(headers),
        },
    };
    let changes = query.iter().filter(|(key, _)| key == "change").map(|(_, change)| change.as_str());
    request.changes = changes_of(&store, unit, changes).await?;
    let width = width.map_err(|_| Problem::new("width", Code::OutOfRange).with("200–2000"))?;
    Ok(show(app, &store, &request, format, width, headers).await?)
}

fn level(name: &str) -> Result<NodeLevel, Problem> {
    NodeLevel::try_from_value(&name.to_lowercase())
        .map_err(|_| Problem::new("level", Code::OutOfRange).with(NodeLevel::values().join(", ")))
}

/// Raw values of the unit that are supposed to change, each as `CODE:VALUE`, such as `4.2.2:5.1`.
async fn changes_of(
    store: &Store,
    unit: Option<uuid::Uuid>,
    changes: impl Iterator<Item = &str>,
) -> Result<Vec<Change>> {
    const MOST: usize = 60;
    let changes: Vec<&str> = changes.collect();
    let Some(unit) = unit.filter(|_| !changes.is_empty()) else { return Ok(Vec::new()) };
    if changes.len() > MOST {
        return Err(Problem::new("change", Code::TooMany).with(MOST).into());
    }
    let found = store.find::<unit::Entity>().filter(unit::Column::Id.eq(unit));
    let unit = store.first(found).await?.ok_or(Error::NotFound)?.code;
    let wrong = || Problem::new("change", Code::BadUserInput);
    let change = |text: &str| {
        let (code, value) = text.split_once(':').ok_or_else(wrong)?;
        let value: f64 = value.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(wrong)?;
        Ok::<_, Problem>(Change::Raw { unit: unit.clone(), code: code.to_owned(), value: Some(value) })
    };
    Ok(changes.into_iter().map(change).collect::<Result<_, _>>()?)
}

/// The picture for whoever reads through `store`; nothing but its tag if the client has it already.
pub(super) async fn show(
    app: &App,
    store: &Store,
    request: &ChartRequest,
    format: ImageFormat,
    width: u32,
    headers: &HeaderMap,
) -> Result<Response> {
    let picture = picture(store, request).await?;
    // The width of an SVG is nothing.
    let width = if format == ImageFormat::Svg { 0 } else { width };
    let etag = format!("\"{}\"", Gallery::tag(&picture, format, width));
    let about = [
        (header::ETAG, HeaderValue::from_str(&etag).map_err(Error::internal)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::VARY, HeaderValue::from_static("Authorization, Accept-Language")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'"),
        ),
    ];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|list| list.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let bytes = app.gallery.draw(&app.workshop, picture, format, width).await?;
    let media_type = [(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()))];
    Ok((media_type, about, bytes).into_response())
}
