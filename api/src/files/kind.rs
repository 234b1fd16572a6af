//! Which files are accepted, and whether the bytes are what their name says.

use super::archive::{End, is_document};
use crate::error::{Code, Error, Problem, Result};

/// What a file is for, which decides what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proves something.
    Evidence,
    /// Holds figures of an edition, to be read; the reader itself tells what it is.
    Figures,
}

impl Purpose {
    /// The accepted media types, each with the endings a name may have.
    fn accepted(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Evidence => EVIDENCE,
            Self::Figures => FIGURES,
        }
    }

    /// The folder of such files in the store.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Figures => "import",
        }
    }

    fn type_of(self, ending: &str) -> Option<&'static str> {
        self.accepted().iter().find(|(_, endings)| endings.contains(&ending)).map(|(accepted, _)| *accepted)
    }
}

const FIGURES: &[(&str, &[&str])] = &[
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ("text/csv", &["csv", "tsv"]),
    ("application/json", &["json"]),
];

const EVIDENCE: &[(&str, &[&str])] = &[
    ("application/pdf", &["pdf"]),
    ("application/msword", &["doc"]),
    ("application/vnd.ms-excel", &["xls"]),
    ("application/vnd.ms-powerpoint", &["ppt"]),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"]),
    ("application/vnd.oasis.opendocument.text", &["odt"]),
    ("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    ("application/vnd.oasis.opendocument.presentation", &["odp"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/webp", &["webp"]),
    ("image/tiff", &["tif", "tiff"]),
    ("text/csv", &["csv"]),
    ("text/plain", &["txt"]),
    ("application/zip", &["zip"]),
];

/// Documents before Office Open XML.
const COMPOUND_FILES: &[&str] =
    &["application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"];

/// Endings of programs, which no name may hide before its own.
const PROGRAMS: &[&str] = &[
    "bat", "cmd", "cpl", "exe", "hta", "jar", "js", "jse", "lnk", "msi", "pif", "ps1", "reg", "scr", "vbe",
    "vbs", "wsf", "wsh",
];

/// Longest name of a file, in characters.
const NAME_MAX: usize = 200;

/// The name of a file as it may be stored and shown: no folders, no control characters, an accepted ending.
///
/// # Errors
/// A [`Problem`] of the field `field`.
pub fn check_name(name: &str, purpose: Purpose, field: &str) -> Result<(), Problem> {
    let problem = |code| Problem::new(field, code);
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '/' | '\\' | '\u{61c}' | '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if name.is_empty() {
        return Err(problem(Code::Required));
    }
    if name.chars().count() > NAME_MAX {
        return Err(problem(Code::TooLong).with(NAME_MAX));
    }
    if name.starts_with('.') || name.chars().any(hidden) {
        return Err(problem(Code::InvalidCharacter));
    }
    if let Some(inner) = name.rsplit_once('.').map(|(stem, _)| self::ending(stem))
        && PROGRAMS.contains(&inner.as_str())
    {
        return Err(problem(Code::FileTypeNotAllowed).with(inner));
    }
    let ending = ending(name);
    match purpose.type_of(&ending) {
        Some(_) => Ok(()),
        None => Err(problem(Code::FileTypeNotAllowed).with(ending)),
    }
}

/// Whether `media_type` is accepted.
///
/// # Errors
/// A [`Problem`] of the field `field`.
pub fn check_media_type(media_type: &str, purpose: Purpose, field: &str) -> Result<(), Problem> {
    match purpose.accepted().iter().any(|(accepted, _)| *accepted == media_type) {
        true => Ok(()),
        false => Err(Problem::new(field, Code::FileTypeNotAllowed).with(media_type)),
    }
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default()
}

/// The first bytes of a file, enough to tell its type, and whether all of it is text.
#[derive(Default)]
pub(super) struct Head {
    first: Vec<u8>,
    binary: bool,
    unfinished: Vec<u8>,
}

impl Head {
    const LENGTH: usize = 8_192;

    pub(super) fn read(&mut self, chunk: &[u8]) {
        let room = Self::LENGTH.saturating_sub(self.first.len());
        self.first.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if !self.binary {
            self.read_text(chunk);
        }
    }

    fn begins_as_zip(&self) -> bool {
        [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|begin| self.first.starts_with(*begin))
    }

    /// Follows UTF-8 across chunks: a letter may be cut by their border.
    fn read_text(&mut self, chunk: &[u8]) {
        let bytes = [std::mem::take(&mut self.unfinished).as_slice(), chunk].concat();
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                let (text, rest) = bytes.split_at(error.valid_up_to());
                self.unfinished = rest.to_vec();
                std::str::from_utf8(text).unwrap_or_default()
            }
            Err(_) => {
                self.binary = true;
                return;
            }
        };
        self.binary = text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    }

    /// The file's media type, if its bytes, its name and what was declared agree.
    pub(super) fn media_type(
        &self,
        end: &End,
        name: &str,
        declared: Option<&str>,
        purpose: Purpose,
    ) -> Result<&'static str> {
        let ending = ending(name);
        let named = purpose
            .type_of(&ending)
            .ok_or_else(|| Error::from(Problem::new("file", Code::FileTypeNotAllowed).with(&ending)))?;
        let mismatch = |found: &str| Err(Problem::new("file", Code::FileTypeMismatch).with(found).into());
        let of_archive = match (purpose, self.begins_as_zip()) {
            (Purpose::Evidence, true) => end.check()?,
            _ => None,
        };
        let found = match infer::get(&self.first) {
            // The library finds these letters anywhere in the head, behind a page's scripts too.
            Some(found) if found.mime_type() == "application/pdf" && !self.first.starts_with(b"%PDF-") => {
                "application/octet-stream"
            }
            // It looks at the first parts, whether the directory has them or not.
            Some(found) if is_document(found.mime_type()) => of_archive.unwrap_or("application/zip"),
            Some(found) => of_archive.unwrap_or(found.mime_type()),
            None if !self.binary && self.unfinished.is_empty() => "text/plain",
            None => "application/octet-stream",
        };
        let agrees = purpose == Purpose::Figures
            || found == named
            || (found == "text/plain" && named == "text/csv")
            // Which document a compound file is, its directory says, which may stand behind what is looked at.
            || (found == "application/x-ole-storage" && COMPOUND_FILES.contains(&named));
        if !agrees {
            return mismatch(found);
        }
        // Whoever opens such a file as an archive sees another file.
        let holds_another = match COMPOUND_FILES.contains(&named) {
            // They have whole documents in them, which may be archives and stand anywhere.
            true => end.ends_as_archive(),
            false => end.holds_archive(),
        };
        if purpose == Purpose::Evidence && !self.begins_as_zip() && holds_another {
            return mismatch("application/zip");
        }
        match declared {
            Some(declared) if declared != named => mismatch(declared),
            _ => Ok(named),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniff(bytes: &[u8], name: &str, declared: Option<&str>) -> Result<&'static str, Code> {
        let mut head = Head::default();
        bytes.chunks(3).for_each(|chunk| head.read(chunk));
        let end = End::new(bytes.to_vec().into(), 0);
        head.media_type(&end, name, declared, Purpose::Evidence).map_err(|error| error.code())
    }

    #[test]
    fn bytes_name_and_declaration_must_agree() {
        assert_eq!(sniff(b"%PDF-1.7 ...", "a.pdf", None), Ok("application/pdf"));
        assert_eq!(sniff(b"%PDF-1.7 ...", "a.PDF", Some("application/pdf")), Ok("application/pdf"));
        assert_eq!(sniff(b"%PDF-1.7 ...", "a.png", None), Err(Code::FileTypeMismatch));
        assert_eq!(sniff(b"%PDF-1.7 ...", "a.pdf", Some("image/png")), Err(Code::FileTypeMismatch));
        assert_eq!(sniff("chỉ số;điểm\n".as_bytes(), "a.csv", None), Ok("text/csv"));
        assert_eq!(sniff("chỉ số".as_bytes(), "a.txt", None), Ok("text/plain"));
        assert_eq!(sniff(b"<html><script>", "a.txt", None), Err(Code::FileTypeMismatch));
        assert_eq!(sniff(b"a\0b", "a.txt", None), Err(Code::FileTypeMismatch));
        assert_eq!(sniff(&[b'a', 0xe1, 0xbb], "a.txt", None), Err(Code::FileTypeMismatch));
        assert_eq!(sniff(b"MZ\x90\0", "a.exe", None), Err(Code::FileTypeNotAllowed));
        assert_eq!(sniff(b"PKI 2026", "a.txt", None), Ok("text/plain"));
        let compound = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat();
        assert_eq!(sniff(&compound, "a.doc", None), Ok("application/msword"));
        assert_eq!(sniff(&compound, "a.xlsx", None), Err(Code::FileTypeMismatch));
    }

    #[test]
    fn names_hide_nothing() {
        for name in ["../a.pdf", "a\\b.pdf", "a\u{202e}fdp.pdf", ".pdf", "a\n.pdf"] {
            assert_eq!(
                check_name(name, Purpose::Evidence, "fileName").map_err(|problem| problem.code),
                Err(Code::InvalidCharacter),
                "{name:?}"
            );
        }
        assert!(check_name("Báo cáo quý 3.pdf", Purpose::Evidence, "fileName").is_ok());
        assert_eq!(
            check_name("a.html", Purpose::Evidence, "fileName").map_err(|problem| problem.code),
            Err(Code::FileTypeNotAllowed)
        );
    }
}
