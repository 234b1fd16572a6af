//! Archives, office documents among them: what they are and what they unpack to, as the directory at their end says.
//! Nothing is unpacked.

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;

use crate::error::{Code, Problem};

/// Bytes at the end of an archive that hold its directory: some thousand entries.
pub(super) const DIRECTORY: usize = 256 << 10;
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

/// A file of which only the end is known.
struct End<'a> {
    bytes: &'a [u8],
    size: u64,
    at: u64,
}

impl Read for End<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let begin = self.size - self.bytes.len() as u64;
        let at = self.at.checked_sub(begin).ok_or(io::ErrorKind::UnexpectedEof)?;
        let at = usize::try_from(at).unwrap_or(usize::MAX).min(self.bytes.len());
        let read = (&self.bytes[at..]).read(into)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for End<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Lets an archive of `size` bytes through that ends with `bytes`, if whoever opens it need not fear it; what it is, if it
/// is a document of Office Open XML, whose parts stand in any order.
///
/// # Errors
/// [`Code::FileTypeMismatch`] for one without a directory, [`Code::FileTooLarge`] for one that unpacks to too much.
pub(super) fn check(bytes: &[u8], size: u64) -> Result<Option<&'static str>, Problem> {
    let broken = |_| Problem::new("file", Code::FileTypeMismatch).with("application/zip");
    let archive = ZipArchive::new(End { bytes, size, at: 0 }).map_err(broken)?;
    let directory = archive.metadata();
    let mut unpacked = 0_u64;
    let (mut has_types, mut document) = (false, None);
    for index in 0..directory.len() {
        let entry = directory.entry(index).map_err(broken)?;
        unpacked = unpacked.saturating_add(entry.size());
        let name = entry.name().map_err(broken)?;
        has_types |= name == CONTENT_TYPES;
        document = document.or(DOCUMENTS.iter().find(|(folder, _)| name.starts_with(folder)));
    }
    let most = MOST_UNPACKED.min(size.saturating_mul(MOST_TIMES).max(FEW_BYTES));
    match unpacked <= most && !directory.has_duplicate_names() {
        true => Ok(document.filter(|_| has_types).map(|(_, media_type)| *media_type)),
        false => Err(Problem::new("file", Code::FileTooLarge).in_words(
            format_args!("tệp nén bung ra nhiều hơn {most} byte, hoặc có hai phần trùng tên"),
            format_args!("the archive unpacks to more than {most} bytes, or has two parts of one name"),
        )),
    }
}
