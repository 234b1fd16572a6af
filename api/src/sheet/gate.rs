//! What an XLSX file must get through before calamine opens it.
//!
//! Every part of the archive is really unpacked once, within bounds, and read with the XML parser that calamine uses.
//! calamine believes what a workbook says of itself: it reserves room for as many strings as the workbook announces,
//! copies a font for each of its cell styles, and computes with cell references of any length. Here all that is
//! measured first.

use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{Defect, Fault, Limit};

/// How a ZIP archive begins.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";

/// How an OLE compound file begins: the old XLS, and an XLSX behind a password.
pub(super) const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Longest piece of a workbook's XML; a cell holds at most 32,767 characters.
const LONGEST_EVENT: usize = 1 << 20;
/// At least what a buffered reader reads ahead.
const READ_AHEAD: usize = 1 << 16;
/// Deepest nesting of its tags: the reader remembers each that is open.
const DEEPEST: usize = 100;
/// Longest tag with its attributes.
const LONGEST_TAG: usize = 1 << 16;
/// Most bytes that the styles' texts may take when each style has a copy.
const STYLE_BYTES: usize = 64 << 20;

const NO_ARCHIVE: Fault = Fault::NotReadable(Defect::Archive);
const NO_WORKBOOK: Fault = Fault::NotReadable(Defect::Workbook);

/// Lets a workbook through that can be opened in bounded memory, and tells whether it has formulas.
pub(super) fn check(bytes: &[u8]) -> Result<bool, Fault> {
    Limit::Bytes.check(bytes.len())?;
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(Fault::Unsupported);
    }
    if !bytes.starts_with(ZIP) {
        return Err(NO_ARCHIVE);
    }
    // Opening an archive costs memory per entry, so the entries are counted before.
    let of_directory = bytes.windows(4).filter(|window| *window == b"PK\x01\x02" || *window == b"PK\x05\x06");
    Limit::Entries.check(of_directory.take(2 * Limit::Entries.most()).count())?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| NO_ARCHIVE)?;
    Limit::Entries.check(archive.len())?;

    let left = Cell::new(Limit::Unpacked.most());
    let event = Cell::new(usize::MAX);
    let mut parts = Parts::default();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) => Fault::NotReadable(Defect::Packing),
            _ => NO_ARCHIVE,
        })?;
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(Fault::NotReadable(Defect::Packing));
        }
        let name = entry.name().map_err(|_| NO_ARCHIVE)?.to_ascii_lowercase();
        let mut unpacked = BufReader::new(Metered { inner: entry, left: &left, event: &event });
        if name.ends_with(".xml") || name.ends_with(".rels") {
            // What follows an error of the XML is never read by calamine either.
            parts.read(&mut unpacked, &event)?;
            event.set(usize::MAX);
        }
        match io::copy(&mut unpacked, &mut io::sink()) {
            Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => {
                return Err(Fault::TooLarge(Limit::Unpacked));
            }
            Err(_) => return Err(NO_ARCHIVE),
            Ok(_) => (),
        }
    }
    parts.check()?;
    Ok(parts.has_formulas)
}

/// Fails once more has been read than may be, in all or of one piece of XML.
struct Metered<'a, R> {
    inner: R,
    left: &'a Cell<usize>,
    event: &'a Cell<usize>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.event.get().checked_sub(read) {
            Some(event) => self.event.set(event),
            None => return Err(io::ErrorKind::FileTooLarge.into()),
        }
        match self.left.get().checked_sub(read) {
            Some(left) => self.left.set(left),
            None => {
                self.left.set(0);
                return Err(io::ErrorKind::QuotaExceeded.into());
            }
        }
        Ok(read)
    }
}

/// How much of each the workbook has.
#[derive(Default)]
struct Parts {
    sheets: usize,
    strings: usize,
    relations: usize,
    names: usize,
    formats: usize,
    styles: usize,
    longest_format: usize,
    has_formulas: bool,
}

impl Parts {
    fn read(&mut self, input: &mut impl io::BufRead, event: &Cell<usize>) -> Result<(), Fault> {
        let mut xml = Reader::from_reader(input);
        let config = xml.config_mut();
        config.check_end_names = false;
        config.trim_text(false);
        config.check_comments = false;
        config.expand_empty_elements = true;
        let mut buffer = Vec::new();
        let mut depth = 0_usize;
        loop {
            buffer.clear();
            // What was read ahead belongs to later pieces, so no piece within the limit is refused.
            event.set(LONGEST_EVENT + READ_AHEAD);
            match xml.read_event_into(&mut buffer) {
                Ok(Event::Start(tag)) => {
                    self.tag(&tag)?;
                    depth += 1;
                    if depth > DEEPEST {
                        return Err(NO_WORKBOOK);
                    }
                }
                Ok(Event::End(_)) => depth = depth.saturating_sub(1),
                Ok(Event::Eof) => return Ok(()),
                Ok(_) => (),
                Err(quick_xml::Error::Io(error)) if error.kind() == io::ErrorKind::QuotaExceeded => {
                    return Err(Fault::TooLarge(Limit::Unpacked));
                }
                Err(quick_xml::Error::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                    return Err(Fault::TooLarge(Limit::Text));
                }
                Err(_) => return Ok(()),
            }
            if buffer.len() > LONGEST_EVENT {
                return Err(Fault::TooLarge(Limit::Text));
            }
        }
    }

    fn tag(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        if tag.len() > LONGEST_TAG {
            return Err(NO_WORKBOOK);
        }
        match tag.local_name().as_ref() {
            "c" | "row" => attributes(tag, "r", is_reference)?,
            "dimension" => attributes(tag, "ref", is_range)?,
            "f" => {
                self.has_formulas = true;
                attributes(tag, "ref", is_range)?;
            }
            "sst" => attributes(tag, "uniqueCount", |count| {
                count.parse::<usize>().is_ok_and(|count| count <= Limit::Cells.most())
            })?,
            "si" => self.strings += 1,
            "sheet" => self.sheets += 1,
            "definedName" => self.names += 1,
            "Relationship" => {
                self.relations += 1;
                is_relation(tag)?;
            }
            "xf" => self.styles += 1,
            "font" | "fill" | "border" => self.formats += 1,
            "numFmt" | "name" => {
                self.formats += 1;
                self.longest_format = self.longest_format.max(tag.len());
            }
            _ => return Ok(()),
        }
        self.check()
    }

    fn check(&self) -> Result<(), Fault> {
        Limit::Sheets.check(self.sheets)?;
        Limit::Cells.check(self.strings)?;
        let longest = [self.relations, self.names, self.formats, self.styles];
        Limit::Parts.check(longest.into_iter().max().unwrap_or_default())?;
        match self.styles.saturating_mul(self.longest_format) > STYLE_BYTES {
            true => Err(Fault::TooLarge(Limit::Parts)),
            false => Ok(()),
        }
    }
}

/// Whether each attribute of that name is well-formed.
fn attributes(tag: &BytesStart<'_>, name: &str, well_formed: impl Fn(&str) -> bool) -> Result<(), Fault> {
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| NO_WORKBOOK)?;
        if attribute.key.as_ref() == name && !well_formed(&attribute.value) {
            return Err(NO_WORKBOOK);
        }
    }
    Ok(())
}

/// Sheets and workbooks must be among the parts that [`Parts::read`] has read.
fn is_relation(tag: &BytesStart<'_>) -> Result<(), Fault> {
    let (mut is_read, mut is_xml) = (false, false);
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| NO_WORKBOOK)?;
        match attribute.key.as_ref() {
            "Type" => {
                let kinds = ["worksheet", "chartsheet", "dialogsheet", "officeDocument"];
                is_read |= kinds.iter().any(|kind| attribute.value.ends_with(kind));
            }
            "Target" => is_xml = attribute.value.to_ascii_lowercase().ends_with(".xml"),
            _ => (),
        }
    }
    if is_read && !is_xml { Err(NO_WORKBOOK) } else { Ok(()) }
}

/// `XFD1048576`, or a row alone.
fn is_reference(text: &str) -> bool {
    position(text).is_some()
}

fn is_range(text: &str) -> bool {
    let Some((start, end)) = text.split_once(':') else { return position(text).is_some() };
    match (position(start), position(end)) {
        (Some(start), Some(end)) => start.0 <= end.0 && start.1 <= end.1,
        _ => false,
    }
}

/// Column and row of a reference that is not too long to compute with.
fn position(text: &str) -> Option<(u32, u32)> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &text[..text.len() - digits.len()];
    if letters.len() > 3 || digits.len() > 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let column =
        letters.bytes().fold(0, |column, b| column * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    let row = digits.parse().ok().filter(|row| *row > 0)?;
    Some((column, row))
}
