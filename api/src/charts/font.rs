//! The one font of the pictures: what its text measures, and how a text is made to fit.

use std::sync::{Arc, OnceLock};

use resvg::usvg::fontdb::{Database, Source};
use ttf_parser::{Face, GlyphId};
use unicode_normalization::UnicodeNormalization;

/// What the SVG names: our font, then what a machine without it most likely has of the same width.
pub(super) const FAMILY: &str = "'Noto Sans', Arial, 'Liberation Sans', sans-serif";

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold.ttf");

/// No name in a picture is longer, whatever the row holds.
const LONGEST: usize = 300;

/// Size and weight of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub size: f32,
    pub bold: bool,
}

impl Type {
    pub const fn regular(size: f32) -> Self {
        Self { size, bold: false }
    }

    pub const fn bold(size: f32) -> Self {
        Self { size, bold: true }
    }
}

/// The fonts to draw with: these two and none of the machine's.
pub(super) fn database() -> Arc<Database> {
    static DATABASE: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut fonts = Database::new();
        fonts.load_font_source(Source::Binary(Arc::new(REGULAR)));
        fonts.load_font_source(Source::Binary(Arc::new(BOLD)));
        fonts.set_sans_serif_family("Noto Sans");
        Arc::new(fonts)
    };
    DATABASE.get_or_init(load).clone()
}

pub(super) fn face(bold: bool) -> &'static Face<'static> {
    static FACES: OnceLock<[Face<'static>; 2]> = OnceLock::new();
    let parse = |bytes| Face::parse(bytes, 0).expect("the shipped font is a font");
    &FACES.get_or_init(|| [parse(REGULAR), parse(BOLD)])[usize::from(bold)]
}

fn advance(c: char, face: &Face<'_>) -> f32 {
    let glyph = face.glyph_index(c).unwrap_or(GlyphId(0));
    f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / f32::from(face.units_per_em())
}

/// How wide the text is.
pub(super) fn width(text: &str, kind: Type) -> f32 {
    let face = face(kind.bold);
    text.chars().map(|c| advance(c, face)).sum::<f32>() * kind.size
}

/// The text, cut with an ellipsis if it is wider than there is room.
pub(super) fn fit(text: &str, room: f32, kind: Type) -> String {
    if width(text, kind) <= room {
        return text.to_owned();
    }
    let face = face(kind.bold);
    let mut left = room / kind.size - advance('…', face);
    let mut cut = 0;
    for (at, c) in text.char_indices() {
        left -= advance(c, face);
        if left < 0.0 {
            break;
        }
        cut = at + c.len_utf8();
    }
    // At the end of a word, if that costs little: half a word or half a number says something else.
    let whole = text[..cut].rfind(' ').filter(|&space| !text[cut..].starts_with(' ') && space * 3 > cut * 2);
    let kept = text[..whole.unwrap_or(cut)].trim_end_matches(|c: char| !c.is_alphanumeric() && c != ')');
    let mut short = kept.to_owned();
    short.push('…');
    short
}

/// The text in at most so many lines, the last cut with an ellipsis if need be.
pub(super) fn wrap(text: &str, room: f32, kind: Type, most: usize) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (at, word) in words.iter().enumerate() {
        let longer = if line.is_empty() { (*word).to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || width(&longer, kind) <= room {
            line = longer;
            continue;
        }
        if lines.len() + 1 == most {
            line = format!("{line} {}", words[at..].join(" "));
            break;
        }
        lines.push(std::mem::replace(&mut line, (*word).to_owned()));
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| fit(line, room, kind)).collect()
}

/// The text as it may stand in a picture: one line, in normal form C, without what XML forbids and without the
/// marks that turn the writing direction, and not endless.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    for c in text.nfc() {
        let unseen = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}');
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !unseen {
            if count == LONGEST {
                out.push('…');
                break;
            }
            out.push(c);
            count += 1;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each vowel of Vietnamese with each tone, and đ.
    const LETTERS: &str =
        "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵfjwz";

    #[test]
    fn both_weights_have_every_letter() {
        let others = "0123456789.,:;!?()[]%/&<>\"'+-–—−…·±²³°₫€‘’“” \u{300}\u{301}\u{303}\u{309}\u{323}";
        for bold in [false, true] {
            let all = LETTERS
                .chars()
                .chain(LETTERS.to_uppercase().chars().collect::<Vec<_>>())
                .chain(others.chars());
            for c in all {
                let glyph = face(bold).glyph_index(c);
                assert!(glyph.is_some_and(|glyph| glyph.0 > 0), "{c:?} is missing, bold: {bold}");
                assert!(
                    c == ' ' || advance(c, face(bold)) > 0.0 || !c.is_alphanumeric(),
                    "{c:?} has no width"
                );
            }
        }
        assert_eq!(LETTERS.chars().count(), 12 * 6 + 17 + 4);
        assert_eq!(database().len(), 2);
    }

    #[test]
    fn texts_are_cut_to_their_room() {
        let kind = Type::regular(12.0);
        let long = "Số dự án đầu tư đang hoạt động trong các khu công nghiệp/1.000 doanh nghiệp";
        for room in [0.0, 20.0, 55.5, 120.0, 300.0] {
            let short = fit(long, room, kind);
            assert!(short.ends_with('…') && (width(&short, kind) <= room || short == "…"), "{short}");
        }
        assert_eq!(fit("Thể chế", 100.0, kind), "Thể chế");
        let lines = wrap(long, 150.0, kind, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line, kind) <= 150.0) && lines[1].ends_with('…'));
        assert_eq!(wrap(long, 2000.0, kind, 3), [long]);
        assert!(wrap("", 10.0, kind, 3).is_empty());
        assert_eq!(wrap("Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", 80.0, kind, 2).len(), 1);
    }

    #[test]
    fn texts_are_cleaned() {
        assert_eq!(clean(" La\u{323}ng\u{0}\n\tSo\u{31b}n \u{202e}x\u{feff} "), "Lạng Sơn x");
        assert_eq!(clean("a & <b> \"c\" 'd'"), "a & <b> \"c\" 'd'");
        assert_eq!(clean(&"ế ".repeat(5000)).chars().filter(|c| *c == 'ế').count(), LONGEST);
        assert_eq!(clean("\u{ffff}\u{7f}"), "");
    }
}
