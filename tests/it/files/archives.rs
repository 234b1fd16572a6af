//! Archives and documents: what programs would read in different ways, or what unpacks to too much, is refused.

use std::io::{Cursor, Write};

use serde_json::json;
use tests::{Client, both};
use zip::ZipWriter;
use zip::write::{FullFileOptions, SimpleFileOptions};

use super::{about, refusal, stored};
use crate::given::{evidence, text};

/// An archive with these small files in it, behind what may be there already.
fn behind(bytes: Vec<u8>, parts: &[(&str, &str)]) -> Vec<u8> {
    let mut place = Cursor::new(bytes);
    place.set_position(place.get_ref().len() as u64);
    let mut archive = ZipWriter::new(place);
    for (name, text) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).expect("begun");
        archive.write_all(text.as_bytes()).expect("packed");
    }
    archive.finish().expect("an archive").into_inner()
}

/// An archive with these small files in it.
pub fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    behind(Vec::new(), parts)
}

/// Where the record at the end of an archive begins.
fn record(archive: &[u8]) -> usize {
    archive.windows(4).rposition(|found| found == b"PK\x05\x06").expect("a record")
}

/// The archive with other bytes at this place of its record.
pub fn changed(archive: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let at = record(archive) + at;
    [&archive[..at], bytes, &archive[at + bytes.len()..]].concat()
}

/// The archive with what ZIP64 has before the record: its directory begins behind so many bytes, with the last part.
fn large(archive: &[u8], skipped: u64) -> Vec<u8> {
    let at = record(archive);
    let number =
        |from: usize| u64::from(u32::from_le_bytes(archive[at + from..][..4].try_into().expect("a number")));
    let head = [b"PK\x06\x06".as_slice(), &44_u64.to_le_bytes(), &[45, 0, 45, 0], &[0; 8]].concat();
    let one = 1_u64.to_le_bytes();
    let place = [number(12) - skipped, number(16) + skipped].map(u64::to_le_bytes).concat();
    let locator = [b"PK\x06\x07\0\0\0\0".as_slice(), &(at as u64).to_le_bytes(), &[1, 0, 0, 0]].concat();
    [&archive[..at], &head, &one, &one, &place, &locator, &archive[at..]].concat()
}

/// Every `from` in the bytes, as `to`.
fn renamed(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// The archive with other bytes at this place of a part in its directory.
fn with_part(archive: &[u8], part: usize, at: usize, bytes: &[u8]) -> Vec<u8> {
    let parts = archive.windows(4).enumerate().filter(|(_, found)| *found == b"PK\x01\x02");
    let at = parts.map(|(at, _)| at).nth(part).expect("a part") + at;
    [&archive[..at], bytes, &archive[at + bytes.len()..]].concat()
}

/// An archive whose second part has this name as well, for programs that look for such a field.
fn with_other_name(name: &str) -> Vec<u8> {
    let field = [b"\x01\0\0\0\0", name.as_bytes()].concat();
    let mut options = FullFileOptions::default();
    options.add_extra_field(0xfefe, field.into_boxed_slice(), false).expect("a field");
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("a.txt", SimpleFileOptions::default()).expect("begun");
    archive.start_file("b.txt", options).expect("begun");
    renamed(&archive.finish().expect("an archive").into_inner(), &[0xfe; 2], &0x7075_u16.to_le_bytes())
}

/// An archive whose directory is so many bytes long.
fn with_directory_of(length: usize) -> Vec<u8> {
    let name = |number: usize, length: usize| format!("{number:0>length$}");
    let parts = length / 246 - 1;
    let names: Vec<String> =
        (0..parts).map(|number| name(number, 200)).chain([name(parts, length - parts * 246 - 46)]).collect();
    let archive = archive(&names.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>());
    let at = record(&archive);
    assert_eq!(archive[at + 12..at + 16], u32::try_from(length).expect("a length").to_le_bytes());
    archive
}

async fn sent(officer: &Client, name: &str, bytes: Vec<u8>) -> (String, reqwest::Response) {
    let (id, url) = evidence(officer, json!({ "name": name }), None).await;
    (id, officer.http.put(&url).body(bytes).send().await.expect("an answer"))
}

both! {
    async fn archives_that_programs_read_in_different_ways(lab) {
        let officer = lab.officer("STC").await;
        let shown = archive(&[("a.txt", "harmless")]);
        let hidden = [("b.js", "alert(1)")];
        let commented = |comment: &[u8]| {
            let length = u16::try_from(comment.len()).expect("short").to_le_bytes();
            [changed(&shown, 20, &length).as_slice(), comment].concat()
        };
        let sound_inside = behind(shown.clone(), &hidden)[shown.len()..].to_vec();
        let ambiguous = (422, "ARCHIVE_AMBIGUOUS");
        let broken = (415, "FILE_TYPE_MISMATCH");
        for (what, bytes, wanted) in [
            ("a whole archive in the comment", commented(&sound_inside), ambiguous),
            ("an archive in the comment that counts from its own beginning", commented(&archive(&hidden)), ambiguous),
            ("a record alone in the comment", commented(b"PK\x05\x06"), ambiguous),
            ("an archive behind the record", [shown.clone(), archive(&hidden)].concat(), ambiguous),
            ("a record alone behind the record", [shown.as_slice(), b"PK\x05\x06"].concat(), ambiguous),
            ("two files of one name", renamed(&archive(&[("a.txt", "A"), ("b.txt", "B")]), b"b.txt", b"a.txt"), ambiguous),
            ("two files whose names differ in case", archive(&[("a.txt", "A"), ("A.txt", "B")]), ambiguous),
            ("two files with one kind of slash each", renamed(&archive(&[("a/b", "A"), ("a?b", "B")]), b"a?b", b"a\\b"), ambiguous),
            ("a name that ends twice", renamed(&archive(&[("a.txt?", "A")]), b"a.txt?", b"a.txt\0"), ambiguous),
            ("a name that leads up", renamed(&archive(&[("a/??/b", "A")]), b"??", b".."), ambiguous),
            ("a name that leads to the root", renamed(&archive(&[("?a", "A")]), b"?a", b"/a"), ambiguous),
            ("a name that leads to a disk", archive(&[("C:a", "A")]), ambiguous),
            ("another name that is the first's", with_other_name("a.txt"), ambiguous),
            ("two archives, one behind the other", behind(shown.clone(), &hidden), broken),
            ("two parts at one place", with_part(&archive(&[("a.txt", "A"), ("b.txt", "B")]), 1, 42, &[0; 4]), broken),
            ("a part in the directory", with_part(&shown, 0, 20, &[99, 0, 0, 0]), broken),
            ("another disk", changed(&shown, 4, &[1, 0]), broken),
            ("parts on another disk", changed(&shown, 8, &[2, 0]), broken),
            ("a password", with_part(&shown, 0, 8, &[1, 0]), (415, "FILE_TYPE_NOT_ALLOWED")),
            ("macros", archive(&[("[Content_Types].xml", ""), ("word/document.xml", ""), ("word/VBAProject.bin", "")]), (415, "FILE_TYPE_NOT_ALLOWED")),
            ("a comment that is cut off", changed(&shown, 20, &[9, 0]), broken),
            ("a directory elsewhere", changed(&shown, 16, &[0; 4]), broken),
            ("a shorter directory", changed(&shown, 12, &[1, 0, 0, 0]), broken),
            ("fewer parts than the directory has", changed(&archive(&[("a.txt", ""), ("b.txt", "")]), 10, &[1, 0]), broken),
            ("fewer parts for programs that know ZIP64", large(&archive(&[("b.js", ""), ("a.txt", "")]), 50), broken),
            ("bytes before the directory", { let at = record(&shown); [&shown[..at], b"?", &shown[at..]].concat() }, broken),
        ] {
            let (id, answer) = sent(&officer, "a.zip", bytes).await;
            let (status, code) = refusal(answer).await;
            assert_eq!((status, code.as_str()), wanted, "{what}");
            assert_eq!((about(&officer, &id).await["status"].take(), stored(&lab)), (json!("PENDING"), vec![]), "{what}");
        }
    }

    async fn honest_archives(lab) {
        let officer = lab.officer("STC").await;
        let one = archive(&[("a.txt", "A")]);
        let inside = {
            let mut outer = ZipWriter::new(Cursor::new(Vec::new()));
            let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            outer.start_file("a.zip", stored).expect("begun");
            outer.write_all(&one).expect("packed");
            outer.finish().expect("an archive").into_inner()
        };
        for (what, bytes) in [
            ("nothing in it", archive(&[])),
            ("an archive in it", inside),
            ("a comment", [changed(&one, 20, &[9, 0]), b"a comment".to_vec()].concat()),
            ("a line's end behind it", [one.clone(), b"\r\n".to_vec()].concat()),
            ("two folders of one name", renamed(&archive(&[("a/", ""), ("b/", ""), ("a/a.txt", "")]), b"b/", b"a/")),
            ("what were macros in a document", archive(&[("word/vbaProject.bin", "")])),
            ("another name for the same part", with_other_name("b.txt")),
            ("a name in Vietnamese for programs that know it", with_other_name("Tờ trình.txt")),
            ("ZIP64 says the same", large(&one, 0)),
            ("ZIP64 alone knows the place", changed(&large(&one, 0), 8, &[0xff; 12])),
        ] {
            let (_, answer) = sent(&officer, "a.zip", bytes).await;
            assert_eq!(answer.status(), 200, "{what}");
        }
    }

    async fn directories_are_read_up_to_a_mebibyte_from_the_end(lab) {
        let officer = lab.officer("STC").await;
        let most = (1 << 20) - 22;
        let (_, answer) = sent(&officer, "a.zip", with_directory_of(most)).await;
        assert_eq!(answer.status(), 200);
        let before = stored(&lab);
        for (lang, words) in [("vi", "Quá nhiều: các phần"), ("en", "Too many: parts of the archive")] {
            let (_, url) = evidence(&officer, json!({ "name": "a.zip" }), None).await;
            let request = officer.http.put(&url).header("accept-language", lang).body(with_directory_of(most + 1));
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 400);
            let body: serde_json::Value = answer.json().await.expect("JSON");
            assert_eq!(body["errors"][0]["extensions"]["code"], "TOO_MANY");
            assert!(text(&body["errors"][0]["message"]).starts_with(words), "{body:#}");
        }
        assert_eq!(stored(&lab), before);
    }

    async fn archives_that_unpack_to_too_much(lab) {
        let officer = lab.officer("STC").await;
        let zeros = vec![0; 1 << 20];
        let packed = |parts: &[(&str, usize)]| {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, mebibytes) in parts {
                archive.start_file(*name, SimpleFileOptions::default()).expect("begun");
                (0..*mebibytes).for_each(|_| archive.write_all(&zeros).expect("packed"));
            }
            archive.finish().expect("an archive").into_inner()
        };
        let document = [("[Content_Types].xml", 0), ("word/document.xml", 200)];
        let document_without_end = {
            let document = archive(&[("word/document.xml", "")]);
            let directory = document.windows(4).position(|found| found == b"PK\x01\x02").expect("a directory");
            document[..directory].to_vec()
        };
        let many: Vec<String> = (0..40).map(|n| format!("{n}.txt")).collect();
        let many: Vec<(&str, usize)> = many.iter().map(|name| (name.as_str(), 5)).collect();
        for (what, name, bytes, status) in [
            ("a document", "a.docx", packed(&document), 413),
            ("an archive of one", "a.zip", packed(&[("a.txt", 200)]), 413),
            ("an archive of many", "a.zip", packed(&many), 413),
            ("an archive without its end", "a.zip", packed(&[("a.txt", 1)])[..700].to_vec(), 415),
            ("a document that the directory does not have", "a.docx", behind(document_without_end, &[("a.exe", "MZ")]), 415),
            ("a document under another's name", "a.xlsx", packed(&[("[Content_Types].xml", 0), ("word/a.xml", 0)]), 415),
            ("an archive of little", "a.zip", packed(&[("a.txt", 15)]), 200),
            ("a document with its parts in its own order", "a.docx", packed(&[
                ("docProps/app.xml", 0), ("_rels/.rels", 0), ("[Content_Types].xml", 0), ("word/document.xml", 1),
            ]), 200),
        ] {
            let (id, answer) = sent(&officer, name, bytes).await;
            assert_eq!(answer.status(), status, "{what}");
            if status != 200 {
                assert_eq!((about(&officer, &id).await["status"].take(), stored(&lab)), (json!("PENDING"), vec![]), "{what}");
            }
        }
    }
}
