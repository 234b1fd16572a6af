//! Pictures of results, drawn on the server for places where people look rather than read.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::*;

use super::ask::Ask;
use super::edition::named_or_newest;
use super::id;
use super::ticket::{ticket_end, ticket_url};
use crate::auth::{Declared, FileOf, keys};
use crate::charts::Picture;
use crate::error::{Code, Error, Problem, Result};
use crate::lang::Lang;
use crate::pictures::{ChartKind, ChartRequest, ImageFormat, picture};

/// A picture of results. What is missing is a gap in it, never 0; made-up figures are marked in it.
#[derive(Description)]
pub struct Chart {
    request: ChartRequest,
    picture: Picture,
}

/// Changes of a what-if chart that an address has room for.
const MOST_CHANGES: usize = 20;

impl Chart {
    /// A picture and what it is about.
    pub(super) fn of(request: ChartRequest, picture: Picture) -> Self {
        Self { request, picture }
    }
}

#[Object(use_type_description)]
impl Chart {
    /// The picture as an SVG document, with `<title>` and a text alternative in `<desc>`.
    async fn svg(&self, ctx: &Context<'_>) -> Result<String> {
        let gallery = &ctx.app()?.gallery;
        let bytes = gallery.draw(ctx.workshop()?, self.picture.clone(), ImageFormat::Svg, 0).await?;
        String::from_utf8(bytes.to_vec()).map_err(Error::internal)
    }

    /// What the picture says, for those who do not see it: its title and all its numbers.
    async fn alt(&self) -> String {
        self.picture.alt()
    }

    /// Address from which the viewer may `GET` the picture, without an `Authorization` header, as in `<img src>`; what
    /// the viewer may see is checked again then. `GET /charts/radar.svg?edition=…&unit=…` with the header is the same.
    async fn url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "SVG if not given.")] format: Option<ImageFormat>,
        #[graphql(desc = "Width of a PNG in pixels, 200 to 2,000; 1,000 if not given.")] width: Option<i32>,
    ) -> Result<String> {
        let width = width.unwrap_or(1_000);
        let width = u32::try_from(width).ok().filter(|width| crate::charts::PNG_WIDTH.contains(width));
        let width =
            width.ok_or_else(|| Error::from(Problem::new("width", Code::OutOfRange).with("200–2000")))?;
        if self.request.changes.len() > MOST_CHANGES {
            return Err(Problem::new("changes", Code::TooMany).with(MOST_CHANGES).into());
        }
        let request = Box::new(self.request.clone());
        let file = FileOf::Chart { request, format: format.unwrap_or(ImageFormat::Svg), width };
        ticket_url(ctx, file, keys::GET_FILE, Declared::default())
    }

    /// When that address ends; ask for another then.
    async fn expires_at(&self, ctx: &Context<'_>) -> Result<DateTime<Utc>> {
        ticket_end(ctx)
    }
}

/// Queries for pictures.
#[derive(Default)]
pub struct ChartQuery;

#[Object]
impl ChartQuery {
    /// A picture of an edition's results; of the newest published edition if none is named. All kinds but `RANKING` need a
    /// unit; for `WHAT_IF` ask `simulate` for its `chart`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's own")]
    async fn chart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What sort of picture.")] kind: ChartKind,
        edition: Option<ID>,
        unit: Option<ID>,
        node: Option<ID>,
        #[graphql(desc = "The nodes of a gap chart; indicators if not given.")] level: Option<NodeLevel>,
        lang: Option<Lang>,
    ) -> Result<Option<Chart>> {
        if kind == ChartKind::WhatIf {
            return Err(Problem::new("kind", Code::OutOfRange).with("RADAR, RANKING, GAPS, HISTORY").into());
        }
        let store = ctx.store()?;
        let request = ChartRequest {
            kind,
            edition: named_or_newest(store, edition).await?.id,
            unit: unit.map(|id| id::parse::<unit::Entity>(&id, "unit")).transpose()?,
            node: node.map(|id| id::parse::<node::Entity>(&id, "node")).transpose()?,
            level,
            changes: Vec::new(),
            lang: lang.unwrap_or(ctx.lang()),
        };
        let picture = picture(store, &request).await?;
        Ok(Some(Chart::of(request, picture)))
    }
}
