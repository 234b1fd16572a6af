//! Files that nobody should make: each has a clear answer in both languages, and none changes a figure.

use std::io::{Cursor, Write};
use std::sync::LazyLock;

use serde_json::json;
use tests::{Client, Lab, both};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Cell::{N, T};
use super::{
    COMMIT, PREVIEW, changes, committed, draft, errors, imported, numbers, preview, stored, uncommitted,
    workbook, written,
};
use crate::given::{column, database};
use crate::scene::{put, text};

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// Mebibytes of zeros, packed.
pub(super) fn bomb(name: &str, mebibytes: usize) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, deflated()).expect("begun");
    let zeros = vec![0; 1 << 20];
    (0..mebibytes).for_each(|_| archive.write_all(&zeros).expect("packed"));
    archive.finish().expect("an archive").into_inner()
}

/// A workbook of one sheet with these rows of XML.
fn raw_workbook(rows: &str) -> Vec<u8> {
    let parts = [
        ("_rels/.rels", r#"<Relationships><Relationship Id="a" Type="x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml", r#"<workbook><sheets><sheet name="S" sheetId="1" id="a"/></sheets></workbook>"#.to_owned()),
        ("xl/_rels/workbook.xml.rels", r#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, xml) in parts {
        archive.start_file(name, deflated()).expect("begun");
        archive.write_all(xml.as_bytes()).expect("packed");
    }
    archive.finish().expect("an archive").into_inner()
}

/// An archive that says of its gigabyte that it is ten bytes.
fn lying() -> Vec<u8> {
    let mut bytes = bomb("xl/worksheets/sheet1.xml", 128);
    let (size, small) = ((128_u32 << 20).to_le_bytes(), 10_u32.to_le_bytes());
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == size {
            bytes[at..at + 4].copy_from_slice(&small);
        }
    }
    bytes
}

fn utf_16(text: &str, mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// A name, the bytes, the code, and words of the message.
type Unreadable = (&'static str, Vec<u8>, &'static str, [&'static str; 2]);

/// Files that cannot be read as a whole, and why, in Vietnamese and in English.
fn unreadable() -> Vec<Unreadable> {
    let far: &[&[_]] = &[&[T("unit"), T("1.1.1")], &[T("20"), N(5.0)]];
    let mut corner = workbook(&[("S", far)]);
    let unpacked = raw_workbook(
        r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>1.1.1</v></c></row>
           <row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#,
    );
    corner.truncate(corner.len() / 2);
    let deep = "[".repeat(9 << 20);
    vec![
        (
            "bom.xlsx",
            bomb("xl/media/image1.png", 1024),
            "FILE_NOT_READABLE",
            ["sổ tính giải nén quá 67108864 byte", "the workbook unpacks to more than 67108864 bytes"],
        ),
        (
            "dối.xlsx",
            lying(),
            "FILE_NOT_READABLE",
            ["không phải tệp ZIP, hoặc tệp ZIP bị hỏng", "not a ZIP archive, or a damaged one"],
        ),
        ("góc.xlsx", unpacked, "FILE_NOT_READABLE", ["quá 500 cột", "more than 500 columns"]),
        (
            "hỏng.xlsx",
            corner,
            "FILE_NOT_READABLE",
            ["không phải tệp ZIP, hoặc tệp ZIP bị hỏng", "not a ZIP archive, or a damaged one"],
        ),
        (
            "csv.xlsx",
            b"unit,1.1.1\n20,5\n".to_vec(),
            "FILE_NOT_READABLE",
            ["không phải tệp ZIP, hoặc tệp ZIP bị hỏng", "not a ZIP archive, or a damaged one"],
        ),
        (
            "tài liệu.csv",
            b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj".to_vec(),
            "FILE_NOT_READABLE",
            [
                "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
                "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
            ],
        ),
        (
            "không đầu.csv",
            b"hello\nworld\n".to_vec(),
            "FILE_NOT_READABLE",
            [
                "không trang nào có dòng tiêu đề nêu địa phương và ít nhất một chỉ số đã biết",
                "no sheet has a header that names units and at least one known indicator",
            ],
        ),
        (
            "nul.csv",
            b"unit,1.1.1\n2\x000,5\n".to_vec(),
            "FILE_NOT_READABLE",
            [
                "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
                "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
            ],
        ),
        (
            "không dấu.csv",
            utf_16("unit,1.1.1\n20,5\n", false),
            "FILE_NOT_READABLE",
            [
                "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
                "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
            ],
        ),
        (
            "nul.json",
            br#"[{"unit":"20","node":"1.1.1","value":5,"note":"a\u0000b"}]"#.to_vec(),
            "FILE_NOT_READABLE",
            [
                "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
                "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
            ],
        ),
        (
            "nul.xlsx",
            raw_workbook(
                r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>node</v></c><c r="C1" t="str"><v>value</v></c><c r="D1" t="str"><v>note</v></c></row>
               <row r="2"><c r="A2"><v>20</v></c><c r="B2" t="str"><v>1.1.1</v></c><c r="C2"><v>5</v></c><c r="D2" t="str"><v>a&#0;b</v></c></row>"#,
            ),
            "FILE_NOT_READABLE",
            ["không phải sổ tính XLSX, hoặc sổ tính bị hỏng", "not an XLSX workbook, or a damaged one"],
        ),
        (
            "nul 2.xlsx",
            raw_workbook(
                r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>node</v></c><c r="C1" t="str"><v>value</v></c><c r="D1" t="str"><v>note</v></c></row>
               <row r="2"><c r="A2"><v>20</v></c><c r="B2" t="str"><v>1.1.1</v></c><c r="C2"><v>5</v></c><c r="D2" t="str"><v>a_x0000_b</v></c></row>"#,
            ),
            "FILE_NOT_READABLE",
            [
                "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
                "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
            ],
        ),
        (
            "khóa nul.json",
            br#"[{"unit":"20","node":"1.1.1","value":5,"a\u0000b":"x"}]"#.to_vec(),
            "FILE_NOT_READABLE",
            [
                "chữ không theo UTF-8 hay UTF-16, hoặc có ký tự NUL",
                "its text is neither UTF-8 nor UTF-16, or has a NUL in it",
            ],
        ),
        (
            "sâu.json",
            format!("{{\"a\":{deep}").into_bytes(),
            "FILE_NOT_READABLE",
            ["không phải JSON", "not JSON"],
        ),
        (
            "sâu hơn.json",
            deep.into_bytes(),
            "FILE_NOT_READABLE",
            ["JSON không phải danh sách các dòng phẳng", "JSON that is not a list of flat rows"],
        ),
        (
            "khóa.json",
            br#"[{"unit":"20","unit":"01"}]"#.to_vec(),
            "FILE_NOT_READABLE",
            ["một đối tượng JSON có hai khóa trùng nhau", "a JSON object with the same key twice"],
        ),
        (
            "lớn.json",
            br#"[{"unit":"20","node":"1.1.1","value":1e999}]"#.to_vec(),
            "FILE_NOT_READABLE",
            ["không phải JSON", "not JSON"],
        ),
        (
            "cũ.xlsx",
            [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat(),
            "FILE_TYPE_NOT_ALLOWED",
            ["xlsx, csv, json"; 2],
        ),
        ("trắng.csv", b"\n\n \n".to_vec(), "FILE_EMPTY", ["Tệp rỗng.", "The file is empty."]),
    ]
}

both! {
    async fn what_cannot_be_read_says_why_and_changes_nothing(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let before = written(&lab).await;
        static FILES: LazyLock<Vec<Unreadable>> = LazyLock::new(unreadable);
        for (name, bytes, code, words) in FILES.iter() {
            let size = bytes.len() as u64;
            let import = imported(&coordinator, &edition, name, bytes.clone()).await;
            for (lang, words) in [("vi", words[0]), ("en", words[1])] {
                let client = coordinator.speaking(lang);
                let answer = client.ask(PREVIEW, json!({ "id": import })).await;
                let error = &answer.body["errors"][0];
                assert_eq!(error["extensions"]["code"], *code, "{name}: {error}");
                assert_eq!(error["extensions"]["field"], json!(["id"]), "{name}");
                let message = text(error, "/message");
                assert!(message.contains(words), "{name}: {message}");
                let refused = client.get(COMMIT, json!({ "id": import })).await;
                let refused = &refused["editionImportCommit"]["userErrors"][0];
                assert_eq!(refused, &json!({ "field": ["id"], "code": code, "message": message }), "{name}");
            }
            let sizes = stored(&lab).into_iter().map(|file| std::fs::metadata(file).expect("kept").len());
            assert!(sizes.into_iter().any(|kept| kept == size), "{name}");
        }
        assert_eq!(stored(&lab).len(), FILES.len(), "each is kept, whole, as its import's");
        assert_eq!(written(&lab).await, before);
    }

    async fn odd_but_honest_files_are_read(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let wanted = ["20 1.1.1 VALUE null -> 5.5 at B2"];
        for (name, bytes) in [
            ("utf-16.csv", utf_16("Tỉnh;1.1.1\r\nLạng Sơn;5,5\r\n", true)),
            ("phân rã.csv", "Ti\u{309}nh;1.1.1\r\nLa\u{323}ng So\u{31b}n;5,5\r\n".as_bytes().to_vec()),
            ("tab.tsv", "Tỉnh\t1.1.1\nlạng sơn\t5.5\n".as_bytes().to_vec()),
            ("HOA.CSV", "tỉnh,1.1.1\nLẠNG SƠN,\"5,5\"\n".as_bytes().to_vec()),
        ] {
            let import = imported(&coordinator, &edition, name, bytes).await;
            assert_eq!(changes(&preview(&coordinator, &import).await), wanted, "{name}");
        }
        let cells = raw_workbook(
            r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>1.1.1</v></c><c r="C1" t="str"><v>1.1.2</v></c></row>
               <row r="2"><c r="A2"><v>20</v></c><c r="B2"><v>1e999</v></c><c r="C2"><f>1+1</f></c></row>
               <row r="3"><c r="A3"><v>1</v></c><c r="B3" t="b"><v>1</v></c><c r="C3" t="e"><v>#DIV/0!</v></c></row>"#,
        );
        let import = imported(&coordinator, &edition, "ô.xlsx", cells).await;
        let told = preview(&coordinator, &import).await;
        assert_eq!(errors(&told), [
            "S!B2 NOT_FINITE inf", "S!C2 NOT_CALCULATED =1+1", "S!B3 NOT_A_NUMBER TRUE", "S!C3 NOT_A_NUMBER #DIV/0!",
        ]);
        assert_eq!(numbers(&told), [2, 2, 0, 0, 0, 4]);
    }

    async fn a_remark_is_no_place_for_a_book(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let most = "ă".repeat(20_000);
        let rows = |source: &str, note: &str| format!("unit,node,value,source,note\n20,1.1.1,5,{source},{note}\n");
        let import = imported(&coordinator, &edition, "a.csv", rows(&(most.clone() + "ă"), &(most.clone() + "ă"))).await;
        let told = preview(&coordinator, &import).await;
        let shown = "ă".repeat(100);
        assert_eq!(errors(&told), [format!("D2 TOO_LONG {shown}"), format!("E2 TOO_LONG {shown}")]);
        assert_eq!(uncommitted(&coordinator, &import).await, ["id IMPORT_ERRORS"]);
        let import = imported(&coordinator, &edition, "b.csv", rows(&most, &most)).await;
        assert_eq!(committed(&coordinator, &import).await, 1);
        let lengths = "SELECT CAST(LENGTH(source) + LENGTH(note) AS TEXT) FROM score WHERE value = 5 AND source LIKE 'ăă%'";
        assert_eq!(column(&database(&lab).await, lengths).await, ["40000"]);
    }

    async fn a_name_must_fit(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let create = "mutation($input: EditionImportCreateInput!) { editionImportCreate(input: $input) { userErrors { field code message } } }";
        for (file, wanted) in [
            (json!({ "name": "a.pdf" }), "input.file.name FILE_TYPE_NOT_ALLOWED"),
            (json!({ "name": "a.xls" }), "input.file.name FILE_TYPE_NOT_ALLOWED"),
            (json!({ "name": "a.csv.exe" }), "input.file.name FILE_TYPE_NOT_ALLOWED"),
            (json!({ "name": "csv" }), "input.file.name FILE_TYPE_NOT_ALLOWED"),
            (json!({ "name": "" }), "input.file.name REQUIRED"),
            (json!({ "name": "../a.csv" }), "input.file.name INVALID_CHARACTER"),
            (json!({ "name": "a\0.csv" }), "input.file.name INVALID_CHARACTER"),
            (json!({ "name": "a\u{202e}vsc.csv" }), "input.file.name INVALID_CHARACTER"),
            (json!({ "name": "a.csv", "size": 0 }), "input.file.size FILE_EMPTY"),
            (json!({ "name": "a.csv", "size": 26_214_400 }), "input.file.size FILE_TOO_LARGE"),
            (json!({ "name": "a.csv", "mediaType": "application/pdf" }), "input.file.mediaType FILE_TYPE_NOT_ALLOWED"),
            (json!({ "name": "a.csv", "sha256": "x" }), "input.file.sha256 HASH_MISMATCH"),
        ] {
            let input = json!({ "editionId": edition, "file": file });
            assert_eq!(coordinator.refused(create, json!({ "input": input })).await, [wanted], "{file}");
        }
        assert_eq!(imports(&lab).await, ["0"]);
    }

    async fn what_is_refused_on_the_way_leaves_nothing(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        for (file, bytes, wanted) in [
            (json!({ "name": "a.csv" }), b"".as_slice(), (422, "FILE_EMPTY")),
            (json!({ "name": "a.csv", "size": 3 }), b"unit", (422, "SIZE_MISMATCH")),
            (json!({ "name": "a.csv", "sha256": "0".repeat(64) }), b"unit", (422, "HASH_MISMATCH")),
            (json!({ "name": "a.csv", "mediaType": "application/json" }), b"unit", (415, "FILE_TYPE_MISMATCH")),
        ] {
            let (import, url) = described(&coordinator, &edition, file).await;
            let answer = put(&coordinator, &url, bytes).await;
            let status = answer.status().as_u16();
            let body: serde_json::Value = answer.json().await.expect("JSON");
            assert_eq!((status, text(&body, "/errors/0/extensions/code").as_str()), wanted);
            assert!(stored(&lab).is_empty());
            assert_eq!(coordinator.code(PREVIEW, json!({ "id": import })).await, "INVALID_STATE");
            assert_eq!(uncommitted(&coordinator, &import).await, ["id INVALID_STATE"]);
        }
    }
}

async fn imports(lab: &Lab) -> Vec<String> {
    column(&database(lab).await, "SELECT CAST(COUNT(*) AS TEXT) FROM edition_import").await
}

async fn described(client: &Client, edition: &str, file: serde_json::Value) -> (String, String) {
    let create = "mutation($input: EditionImportCreateInput!) {
        editionImportCreate(input: $input) { upload { url editionImport { id } } userErrors { field code } } }";
    let made = client.done(create, json!({ "input": { "editionId": edition, "file": file } })).await;
    (text(&made, "/upload/editionImport/id"), text(&made, "/upload/url"))
}
