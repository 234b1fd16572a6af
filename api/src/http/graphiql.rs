//! GraphiQL, the page on which people try queries. Its scripts come from a content delivery network or, in a network
//! without one, from a local `node_modules` folder.

use std::path::{Component, Path};

use async_graphql::http::GraphiQLSource;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::{Shared, missing};
use crate::config::GRAPHIQL_OFF;

const NETWORK: &str = "https://unpkg.com";
/// The page's icon, which would come from elsewhere.
const THEIR_ICON: &str = "https://graphql.org/favicon.ico";
/// One that is in the page itself, where `data:` is allowed for pictures.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Crect width='16' height='16' rx='3' fill='%23c8102e'/%3E\
    %3Cpath d='M3 13V9h2v4zM7 13V6h2v7zM11 13V3h2v10z' fill='%23fff'/%3E%3C/svg%3E";

pub(super) async fn page(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let assets = &shared.app.settings.graphiql_assets;
    if assets == GRAPHIQL_OFF {
        return missing(State(shared), headers).await;
    }
    let remote = assets.starts_with("https://") || assets.starts_with("http://");
    let (base, origin) = if remote { (assets.as_str(), assets.as_str()) } else { ("/graphiql", "'self'") };
    let page = GraphiQLSource::build()
        .endpoint("/graphql")
        .subscription_endpoint("/graphql")
        .title("PII Lạng Sơn")
        .finish()
        .replace(NETWORK, base)
        .replace(THEIR_ICON, ICON);
    let policy = format!(
        "default-src 'none'; connect-src 'self'; img-src 'self' data:; font-src 'self' data: {origin}; \
         script-src 'unsafe-inline' {origin}; style-src 'unsafe-inline' {origin}; worker-src blob:; frame-ancestors 'none'"
    );
    let mut response = Html(page).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A script or style of GraphiQL from the local folder: `react@18/umd/…` is `react/umd/…` there.
pub(super) async fn asset(
    State(shared): State<Shared>,
    UrlPath(path): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    let missing = missing(State(shared.clone()), headers);
    let media_type = match path.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => return missing.await,
    };
    let plain: Vec<&str> = path.split('/').map(|step| step.split('@').next().unwrap_or_default()).collect();
    let plain = plain.join("/");
    let inside = Path::new(&plain).components().all(|step| matches!(step, Component::Normal(_)));
    if !inside || shared.app.settings.graphiql_assets.contains("://") {
        return missing.await;
    }
    match tokio::fs::read(Path::new(&shared.app.settings.graphiql_assets).join(plain)).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        Err(_) => missing.await,
    }
}
