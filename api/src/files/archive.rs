//! Archives, office documents among them: what they are and what they unpack to, as the directory at their end says.
//! Nothing is unpacked. Programs look for the directory each in its own way, so only an archive in which all of them find
//! the same one is taken.

use std::collections::HashSet;

use bytes::Bytes;

use crate::error::{Code, Problem};

/// Most that an archive may unpack to.
const MOST_UNPACKED: u64 = 1 << 30;
/// How many times its size it may unpack to, if that is more than a few bytes: texts take a tenth or a twentieth.
const MOST_TIMES: u64 = 100;
const FEW_BYTES: u64 = 16 << 20;

/// Office Open XML: the folder of the main part of a document, and what it is then.
const DOCUMENTS: [(&str, &str); 3] = [
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];
/// Office Open XML: the part that every document has.
const CONTENT_TYPES: &str = "[Content_Types].xml";
/// Office Open XML: the part that holds macros, which documents of these kinds do not have.
const MACROS: &str = "vbaProject.bin";

/// How the record begins that tells where the directory is. Behind it stands a comment, and then nothing.
const RECORD: &[u8] = b"PK\x05\x06";
const RECORD_LENGTH: usize = 22;
/// How a part begins in the directory.
const PART: &[u8] = b"PK\x01\x02";
const PART_LENGTH: usize = 46;
/// ZIP64: what stands before the record and tells where the larger record is.
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: usize = 20;
const LARGE_RECORD: &[u8] = b"PK\x06\x06";
/// ZIP64: the kind of the field that holds what does not fit into a part's own.
const LARGE_NUMBERS: u64 = 1;
/// The kind of the field that holds a part's name in UTF-8, behind a version and a checksum.
const NAME: u64 = 0x7075;
const NAME_BEGIN: usize = 5;
/// How long the head of a part is, at least, where its bytes are.
const HEAD_LENGTH: u64 = 30;

/// The last bytes of a file.
pub(super) struct End {
    bytes: Bytes,
    begin: u64,
}

/// A directory, as a record has it.
#[derive(PartialEq)]
struct Directory {
    parts: u64,
    length: u64,
    begin: u64,
}

/// A part, as the directory has it.
struct Part<'a> {
    name: &'a [u8],
    /// Its name for programs that know the field for it.
    other_name: Option<&'a [u8]>,
    needs_password: bool,
    unpacked: u64,
    packed: u64,
    /// Where its head and then its bytes stand.
    begin: u64,
}

impl End {
    /// Bytes that hold the directory of some thousand parts.
    pub(super) const LENGTH: u64 = 1 << 20;

    /// The end of a file, whose bytes from `begin` on these are.
    pub(super) fn new(bytes: Bytes, begin: u64) -> Self {
        Self { bytes, begin }
    }

    /// Whether programs find an archive here that look for one. They put up with bytes behind it and with a record that
    /// lies, so nothing but the signatures counts: the record's and, since it may stand there by chance, that of a part.
    pub(super) fn holds_archive(&self) -> bool {
        let before = self.records().last().map_or(&[][..], |at| &self.bytes[..at]);
        before.windows(PART.len()).any(|found| found == PART)
    }

    /// Whether an archive ends where the file does.
    pub(super) fn ends_as_archive(&self) -> bool {
        self.records().any(|at| self.comment_end(at) == Some(self.bytes.len()))
    }

    /// Lets an archive through if whoever opens it need not fear it; what it is, if it is a document of Office Open XML,
    /// whose parts stand in any order.
    ///
    /// # Errors
    /// [`Code::FileTypeMismatch`] for one without a sound directory, [`Code::TooMany`] for one with a very long one,
    /// [`Code::ArchiveAmbiguous`] for one that programs read in several ways, [`Code::FileTooLarge`] for one that unpacks
    /// to too much, [`Code::FileTypeNotAllowed`] for one with a password, which nobody could look into, and for a document
    /// with macros.
    pub(super) fn check(&self) -> Result<Option<&'static str>, Problem> {
        let (mut rest, directory) = self.only_directory()?;
        let mut names = HashSet::new();
        let mut places = Vec::new();
        let mut unpacked = 0_u64;
        while !rest.is_empty() {
            let part;
            (part, rest) = Part::read(rest).ok_or_else(broken)?;
            if part.needs_password {
                return Err(Problem::new("file", Code::FileTypeNotAllowed)
                    .in_words("tệp nén có mật khẩu", "an archive with a password"));
            }
            let mut own: Vec<Vec<u8>> = part.names().map(read_alike).collect();
            own.dedup();
            for name in own {
                if leads_elsewhere(&name) {
                    return Err(ambiguous("có phần mang tên nguy hiểm", "the name of a part is not safe"));
                }
                // Folders hold nothing, so it does not matter which of two is meant.
                let is_folder = name.ends_with(b"/");
                if !names.insert(name) && !is_folder {
                    return Err(ambiguous("có hai phần trùng tên", "two of its parts have one name"));
                }
            }
            places.push((part.begin, part.packed.saturating_add(HEAD_LENGTH)));
            unpacked = unpacked.saturating_add(part.unpacked);
        }
        if places.len() as u64 != directory.parts || !are_apart(places, directory.begin) {
            return Err(broken());
        }
        let size = self.begin + self.bytes.len() as u64;
        let most = MOST_UNPACKED.min(size.saturating_mul(MOST_TIMES).max(FEW_BYTES));
        if unpacked > most {
            return Err(Problem::new("file", Code::FileTooLarge).in_words(
                format_args!("tệp nén bung ra nhiều hơn {most} byte"),
                format_args!("the archive unpacks to more than {most} bytes"),
            ));
        }
        let has = |folder: &str| names.iter().any(|name| name.starts_with(folder.as_bytes()));
        let document = DOCUMENTS.iter().find(|(folder, _)| has(folder));
        let is_document = names.contains(&read_alike(CONTENT_TYPES.as_bytes()));
        let document = document.filter(|_| is_document).map(|(_, media_type)| *media_type);
        let macros = read_alike(MACROS.as_bytes());
        if document.is_some() && names.iter().any(|name| name.ends_with(&macros)) {
            return Err(Problem::new("file", Code::FileTypeNotAllowed)
                .in_words("tài liệu có macro", "a document with macros"));
        }
        Ok(document)
    }

    /// The bytes of the directory and what its record says of it.
    fn only_directory(&self) -> Result<(&[u8], Directory), Problem> {
        let record = self.records().last().ok_or_else(broken)?;
        let directory = self.directory(record);
        let mut before = self.records().take_while(|at| *at < record);
        // A record of an archive inside this one has nothing to do with the last one.
        if before.any(|at| directory.is_none() || self.comment_end(at).is_none_or(|end| end > record)) {
            return Err(ambiguous("có hai mục lục", "it has two directories"));
        }
        let directory = directory.ok_or_else(broken)?;
        let kept = self.kept(&directory).ok_or_else(|| {
            let most = Self::LENGTH;
            Problem::new("file", Code::TooMany).in_words(
                format_args!("các phần của tệp nén, mà mục lục dài hơn {most} byte"),
                format_args!("parts of the archive, whose directory is longer than {most} bytes"),
            )
        })?;
        Ok((kept, directory))
    }

    /// Where a record may stand, which has at most a comment of 64 KiB behind it.
    fn records(&self) -> impl Iterator<Item = usize> {
        let from = self.bytes.len().saturating_sub(RECORD_LENGTH + usize::from(u16::MAX));
        (from..self.bytes.len()).filter(|at| self.bytes[*at..].starts_with(RECORD))
    }

    /// Where the comment of the record at `at` ends.
    fn comment_end(&self, at: usize) -> Option<usize> {
        Some(at + RECORD_LENGTH + short(&self.bytes, at + 20)?)
    }

    /// The directory of the record at `at`, if it stands where the record says, right before it.
    fn directory(&self, at: usize) -> Option<Directory> {
        self.comment_end(at).filter(|end| *end <= self.bytes.len())?;
        let record = &self.bytes[at..];
        // Disks: this one and the directory's, and how many of the parts are on it.
        let is_alone = number(record, 4, 4)? == 0 && number(record, 8, 2)? == number(record, 10, 2)?;
        let directory = Directory::read(record, [(10, 2), (12, 4), (16, 4)]).filter(|_| is_alone)?;
        let locator = at.checked_sub(LOCATOR_LENGTH).filter(|at| self.bytes[*at..].starts_with(LOCATOR));
        let (directory, end) = match locator {
            Some(locator) => self.large_directory(locator, &directory)?,
            None => (directory, at),
        };
        let end = self.begin + end as u64;
        (directory.begin.checked_add(directory.length) == Some(end)).then_some(directory)
    }

    /// ZIP64: the directory of the record that `locator` tells of, if it is the same as in the usual record, and where that
    /// record begins.
    fn large_directory(&self, locator: usize, small: &Directory) -> Option<(Directory, usize)> {
        let at = number(&self.bytes, locator + 8, 8)?.checked_sub(self.begin)?;
        let at = usize::try_from(at).ok()?;
        let record = self.bytes.get(at..locator).filter(|record| record.starts_with(LARGE_RECORD))?;
        let large = Directory::read(record, [(32, 8), (40, 8), (48, 8)])?;
        let told = |small: u64, large: u64, unknown: u64| if small == unknown { large } else { small };
        let told = Directory {
            parts: told(small.parts, large.parts, u16::MAX.into()),
            length: told(small.length, large.length, u32::MAX.into()),
            begin: told(small.begin, large.begin, u32::MAX.into()),
        };
        (told == large).then_some((large, at))
    }

    /// The bytes of the directory, if all of them are kept.
    fn kept(&self, directory: &Directory) -> Option<&[u8]> {
        let begin = usize::try_from(directory.begin.checked_sub(self.begin)?).ok()?;
        self.bytes.get(begin..begin + usize::try_from(directory.length).ok()?)
    }
}

impl Directory {
    /// The numbers that stand at these places of a record and are so many bytes long.
    fn read(record: &[u8], places: [(usize, usize); 3]) -> Option<Self> {
        let [parts, length, begin] = places.map(|(at, length)| number(record, at, length));
        Some(Self { parts: parts?, length: length?, begin: begin? })
    }
}

impl<'a> Part<'a> {
    /// The part with which `directory` begins, and the rest of the directory.
    fn read(directory: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (name, fields, comment) = (short(directory, 28)?, short(directory, 30)?, short(directory, 32)?);
        let (part, rest) = directory.split_at_checked(PART_LENGTH + name + fields + comment)?;
        let (name, more) = part[PART_LENGTH..].split_at(name);
        let fields = &more[..fields];
        let mut large = field(fields, LARGE_NUMBERS).unwrap_or_default();
        // ZIP64: what has no room in the part itself stands in its field, in this order.
        let mut whole = |at| match number(part, at, 4)? {
            unknown if unknown == u64::from(u32::MAX) => {
                let number = number(large, 0, 8)?;
                large = &large[8..];
                Some(number)
            }
            number => Some(number),
        };
        let (unpacked, packed, begin) = (whole(24)?, whole(20)?, whole(42)?);
        let other_name = field(fields, NAME).and_then(|field| field.get(NAME_BEGIN..));
        let needs_password = number(part, 8, 2)? & 1 == 1;
        let read = Self { name, other_name, needs_password, unpacked, packed, begin };
        part.starts_with(PART).then_some((read, rest))
    }

    fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        [Some(self.name), self.other_name].into_iter().flatten()
    }
}

/// The first of the `fields` that is of this kind.
fn field(mut fields: &[u8], kind: u64) -> Option<&[u8]> {
    loop {
        let (found, length) = (number(fields, 0, 2)?, short(fields, 2)?);
        let (field, rest) = fields.get(4..)?.split_at_checked(length)?;
        if found == kind {
            return Some(field);
        }
        fields = rest;
    }
}

/// A name in the form in which programs take two for the same: Windows knows no upper case and both kinds of slashes.
fn read_alike(name: &[u8]) -> Vec<u8> {
    name.iter().map(|byte| if *byte == b'\\' { b'/' } else { byte.to_ascii_lowercase() }).collect()
}

/// Whether a name ends where some programs think that another begins, or leads out of the folder that it is unpacked in.
fn leads_elsewhere(name: &[u8]) -> bool {
    name.starts_with(b"/")
        || name.get(1) == Some(&b':')
        || name.iter().any(u8::is_ascii_control)
        || name.split(|byte| *byte == b'/').any(|step| step == b"..")
}

/// Whether parts that take so many bytes from there on share none, the first begins where the archive does, and all end
/// before `end`.
fn are_apart(mut places: Vec<(u64, u64)>, end: u64) -> bool {
    places.sort_unstable();
    let mut free = 0;
    places.first().is_none_or(|(begin, _)| *begin == 0)
        && places.iter().all(|(begin, length)| {
            let is_free = *begin >= free;
            free = begin.saturating_add(*length);
            is_free && free <= end
        })
}

/// Whether this is the media type of a document of Office Open XML.
pub(super) fn is_document(media_type: &str) -> bool {
    DOCUMENTS.iter().any(|(_, document)| *document == media_type)
}

fn broken() -> Problem {
    Problem::new("file", Code::FileTypeMismatch).with("application/zip")
}

fn ambiguous(vi: &str, en: &str) -> Problem {
    Problem::new("file", Code::ArchiveAmbiguous).in_words(vi, en)
}

/// The number of so many bytes at `at`, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

/// The length at `at`.
fn short(bytes: &[u8], at: usize) -> Option<usize> {
    number(bytes, at, 2).and_then(|length| usize::try_from(length).ok())
}
