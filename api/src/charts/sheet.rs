//! The sheet a picture is drawn on: caption, colours, and the few marks all pictures are made of.
//!
//! The marks are those of charts-rs; its ready-made charts are not used, as they print numbers with a decimal point in
//! every language and its radar draws a missing value at the centre, as if it were nought.

use charts_rs::{Canvas, Circle, Color, Fill, Line, Point, Rect, StraightLine, Symbol, Text};

use super::font::{self, FAMILY, Type, clean, fit, wrap};
use super::{Caption, ChartError, words};
use crate::lang::Lang;

pub(super) const WIDTH: f32 = 720.0;
pub(super) const MARGIN: f32 = 24.0;
pub(super) const RIGHT: f32 = WIDTH - MARGIN;

pub(super) type Rgb = (u8, u8, u8);
// Few, and as far apart in lightness as in hue: they stay apart for the colour-blind and in black-and-white print.
pub(super) const INK: Rgb = (0x1a, 0x1a, 0x1a);
pub(super) const GREY: Rgb = (0x59, 0x59, 0x59);
pub(super) const FAINT: Rgb = (0xdc, 0xdc, 0xdc);
pub(super) const DARK: Rgb = (0x12, 0x43, 0x6d);
pub(super) const PALE: Rgb = (0xb9, 0xc7, 0xd6);
pub(super) const WARM: Rgb = (0xf2, 0x8e, 0x42);
/// The warm colour for lines, which need more of it than bars.
pub(super) const BURNT: Rgb = (0xbf, 0x57, 0x0f);
const PAPER: Rgb = (0xff, 0xff, 0xff);

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub color: Rgb,
    pub width: f32,
    pub dash: Option<&'static str>,
}

impl Stroke {
    pub const fn solid(color: Rgb, width: f32) -> Self {
        Self { color, width, dash: None }
    }

    pub const fn dashed(color: Rgb, width: f32, dash: &'static str) -> Self {
        Self { color, width, dash: Some(dash) }
    }
}

/// A sheet of [`WIDTH`] with its caption drawn.
pub(super) struct Sheet {
    canvas: Canvas,
    pub lang: Lang,
    /// Where the picture under the caption begins.
    pub top: f32,
}

impl Sheet {
    pub fn new(caption: &Caption) -> Self {
        let mut sheet = Self { canvas: Canvas::new(WIDTH, 0.0), lang: caption.lang, top: MARGIN };
        let mut room = RIGHT - MARGIN;
        if caption.synthetic {
            let (mark, kind) = (words::synthetic(caption.lang), Type::bold(11.0));
            let wide = font::width(mark, kind) + 16.0;
            sheet.frame(RIGHT - wide, 18.0, wide, 22.0);
            sheet.text(RIGHT - wide / 2.0, 33.0, Anchor::Middle, kind, INK, mark);
            room -= wide + 16.0;
        }
        let mut y = 18.0;
        let title = Type::bold(17.0);
        for line in wrap(&clean(&caption.title), room, title, 3) {
            sheet.text(MARGIN, y + 17.0, Anchor::Start, title, INK, &line);
            y += 23.0;
        }
        let subtitle = Type::regular(12.0);
        for line in wrap(&clean(caption.subtitle.as_deref().unwrap_or_default()), RIGHT - MARGIN, subtitle, 2)
        {
            sheet.text(MARGIN, y + 14.0, Anchor::Start, subtitle, GREY, &line);
            y += 17.0;
        }
        sheet.top = y + 14.0;
        sheet
    }

    /// A line of text on its base line.
    pub fn text(&mut self, x: f32, y: f32, anchor: Anchor, kind: Type, color: Rgb, text: &str) {
        let anchor = match anchor {
            Anchor::Start => None,
            Anchor::Middle => Some("middle".to_owned()),
            Anchor::End => Some("end".to_owned()),
        };
        self.canvas.text(Text {
            text: clean(text),
            font_size: Some(kind.size),
            font_weight: kind.bold.then(|| "bold".to_owned()),
            font_color: Some(color.into()),
            text_anchor: anchor,
            x: Some(x),
            y: Some(y),
            ..Default::default()
        });
    }

    /// A text with the paper's colour behind it, where lines may cross.
    pub fn backed(&mut self, x: f32, y: f32, anchor: Anchor, kind: Type, color: Rgb, text: &str) {
        let wide = font::width(text, kind);
        let left = match anchor {
            Anchor::Start => x,
            Anchor::Middle => x - wide / 2.0,
            Anchor::End => x - wide,
        };
        let paper: Color = PAPER.into();
        self.canvas.rect(Rect {
            fill: Some(Fill::Solid(paper.with_alpha(217))),
            left: left - 1.5,
            top: y - kind.size * 0.86,
            width: wide + 3.0,
            height: kind.size * 1.08,
            ..Default::default()
        });
        self.text(x, y, anchor, kind, color, text);
    }

    /// A code and a shortened name in a column of this width, the codes in a narrower one.
    pub fn label(&mut self, x: f32, y: f32, codes: f32, room: f32, kind: Type, label: &words::Label) {
        self.text(x, y, Anchor::Start, kind, INK, &fit(&clean(&label.code), codes - 6.0, kind));
        let name = fit(&clean(&label.name), room - codes, kind);
        self.text(x + codes, y, Anchor::Start, kind, INK, &name);
    }

    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), stroke: Stroke) {
        self.canvas.line(Line {
            color: Some(stroke.color.into()),
            stroke_width: stroke.width,
            left: from.0,
            top: from.1,
            right: to.0,
            bottom: to.1,
            stroke_dash_array: stroke.dash.map(str::to_owned),
        });
    }

    /// A line through points, closed and filled or not.
    pub fn path(&mut self, points: &[(f32, f32)], close: bool, fill: Option<(Rgb, u8)>, stroke: Stroke) {
        self.canvas.straight_line(StraightLine {
            color: Some(stroke.color.into()),
            fill: fill.map(|(color, alpha)| Color::from(color).with_alpha(alpha)),
            points: points.iter().map(|&point| Point::from(point)).collect(),
            stroke_width: stroke.width,
            symbol: Some(Symbol::None),
            close,
            stroke_dash_array: stroke.dash.map(str::to_owned),
            ..Default::default()
        });
    }

    /// A filled bar between two places, at least a hair wide; pale ones get an edge, to stay visible in print.
    pub fn bar(&mut self, from: f32, to: f32, top: f32, height: f32, color: Rgb) {
        let edge = (color == PALE || color == WARM).then_some(GREY);
        self.canvas.rect(Rect {
            color: edge.map(Color::from),
            stroke_width: edge.map(|_| 0.5),
            fill: Some(Fill::Solid(color.into())),
            left: from.min(to),
            top,
            width: (to - from).abs().max(0.5),
            height,
            ..Default::default()
        });
    }

    fn frame(&mut self, left: f32, top: f32, width: f32, height: f32) {
        self.canvas.rect(Rect {
            color: Some(INK.into()),
            stroke_width: Some(1.5),
            fill: Some(Fill::Solid(PAPER.into())),
            left,
            top,
            width,
            height,
            ..Default::default()
        });
    }

    /// A dot, filled or hollow.
    pub fn dot(&mut self, at: (f32, f32), radius: f32, color: Rgb, hollow: bool) {
        self.canvas.circle(Circle {
            stroke_color: Some(color.into()),
            stroke_width: 1.5,
            fill: Some(if hollow { PAPER } else { color }.into()),
            cx: at.0,
            cy: at.1,
            r: radius,
            ..Default::default()
        });
    }

    /// The document: the drawing with its name, its description and the paper behind it.
    pub fn finish(mut self, height: f32, title: &str, alt: &str) -> Result<String, ChartError> {
        self.canvas.height = height.ceil();
        let drawing = self.canvas.svg().map_err(|error| ChartError::Drawing(format!("{error:?}")))?;
        let (open, marks) =
            drawing.split_once('>').ok_or_else(|| ChartError::Drawing("no root element".to_owned()))?;
        let (lang, key) = (self.lang.tag(), key(alt));
        let (title, alt) = (escape(title), escape(alt));
        Ok(format!(
            "{open} role=\"img\" aria-labelledby=\"title-{key} desc-{key}\" xml:lang=\"{lang}\" \
             font-family=\"{FAMILY}\">\n<title id=\"title-{key}\">{title}</title>\n\
             <desc id=\"desc-{key}\">{alt}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>{marks}\n"
        ))
    }
}

/// Tells the ids of two pictures on one page apart; the same picture has the same (FNV-1a).
fn key(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
