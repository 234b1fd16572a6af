//! Archives, office documents among them: what they unpack to, as the directory at their end says. Nothing is unpacked.

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

/// Lets an archive of `size` bytes through that ends with `bytes`, if whoever opens it need not fear it.
///
/// # Errors
/// [`Code::FileTypeMismatch`] for one without a directory, [`Code::FileTooLarge`] for one that unpacks to too much.
pub(super) fn check(bytes: &[u8], size: u64) -> Result<(), Problem> {
    let broken = |_| Problem::new("file", Code::FileTypeMismatch).with("application/zip");
    let archive = ZipArchive::new(End { bytes, size, at: 0 }).map_err(broken)?;
    let directory = archive.metadata();
    let mut unpacked = 0_u64;
    for index in 0..directory.len() {
        unpacked = unpacked.saturating_add(directory.entry(index).map_err(broken)?.size());
    }
    let most = MOST_UNPACKED.min(size.saturating_mul(MOST_TIMES).max(FEW_BYTES));
    match unpacked <= most && !directory.has_duplicate_names() {
        true => Ok(()),
        false => Err(Problem::new("file", Code::FileTooLarge).in_words(
            format_args!("tệp nén bung ra nhiều hơn {most} byte, hoặc có hai phần trùng tên"),
            format_args!("the archive unpacks to more than {most} bytes, or has two parts of one name"),
        )),
    }
}
