//! Files and clients that mean harm: refused or cleaned up, never half a file behind a row that says it is there.

use serde_json::json;
use tests::{Lab, both};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::archives::{archive, changed};
use super::{about, download_url, refusal, stored, until};
use crate::given::{PDF, column, database, evidence, put, ready_evidence};

/// How a document before Office Open XML begins.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

both! {
    async fn files_of_two_kinds(lab) {
        let officer = lab.officer("STC").await;
        let zip = archive(&[("a.js", "alert(1)")]);
        let commented = [changed(&zip, 20, &[9, 0]), b"a comment".to_vec()].concat();
        for (what, name, bytes) in [
            ("a PDF that ends as a ZIP", "a.pdf", [PDF, &zip].concat()),
            ("with a comment", "a.pdf", [PDF, &commented].concat()),
            ("with a comment that is cut off", "a.pdf", [PDF, &changed(&zip, 20, &[9, 0])].concat()),
            ("with a byte behind it", "a.pdf", [PDF, &zip, b"\n"].concat()),
            ("with much behind it", "a.pdf", [PDF, &zip, &[b' '; 65_535]].concat()),
            ("with numbers that lie", "a.pdf", [PDF, &changed(&zip, 8, &[0xff; 12]), b"\n"].concat()),
            ("an older document that ends as a ZIP", "a.doc", [COMPOUND, &[0; 600], &zip].concat()),
            ("a picture that ends as a JAR", "a.png", [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 90_000], &zip].concat()),
            ("a page that says PDF later", "a.pdf", b"<html><script>alert(1)</script>%PDF-1.7".to_vec()),
            ("a GIF that is a script", "a.txt", b"GIF89a=1;alert(1)".to_vec()),
            ("a drawing with a script", "a.png", b"<svg xmlns=\"x\"><script>alert(1)</script></svg>".to_vec()),
            ("a drawing as XML", "a.txt", b"<?xml version=\"1.0\"?><svg><script>alert(1)</script></svg>".to_vec()),
            ("a program", "a.docx", b"MZ\x90\0\x03\0\0\0".to_vec()),
            ("an archive as a document", "a.docx", archive(&[("a.exe", "MZ")])),
            ("an ELF as a picture", "a.jpg", b"\x7fELF\x02\x01\x01".to_vec()),
        ] {
            let (id, url) = evidence(&officer, json!({ "name": name }), None).await;
            let answer = officer.http.put(&url).body(bytes).send().await.expect("an answer");
            assert_eq!(answer.status(), 415, "{what}");
            assert_eq!(refusal(answer).await.1, "FILE_TYPE_MISMATCH", "{what}");
            assert_eq!((about(&officer, &id).await["status"].take(), stored(&lab)), (json!("PENDING"), vec![]), "{what}");
        }
    }

    async fn files_that_look_like_two_kinds(lab) {
        let officer = lab.officer("STC").await;
        let zip = archive(&[("a.txt", "A")]);
        for (what, name, bytes) in [
            ("letters that a ZIP ends with", "a.pdf", [PDF, b"PK\x05\x06", &[0; 30]].concat()),
            ("an older document with another in it", "a.doc", [COMPOUND, &[0; 600], &zip, &[0; 600]].concat()),
        ] {
            let (_, url) = evidence(&officer, json!({ "name": name }), None).await;
            assert_eq!(officer.http.put(&url).body(bytes).send().await.expect("an answer").status(), 200, "{what}");
        }
    }

    async fn names_that_lie(lab) {
        let officer = lab.officer("STC").await;
        const CREATE: &str = "mutation($input: EvidenceCreateInput!) { evidenceCreate(input: $input) {
            userErrors { field code message } } }";
        for (name, code) in [
            ("bao-cao.pdf.exe", "FILE_TYPE_NOT_ALLOWED"),
            ("x.exe.pdf", "FILE_TYPE_NOT_ALLOWED"),
            ("x.SCR.docx", "FILE_TYPE_NOT_ALLOWED"),
            ("a.svg", "FILE_TYPE_NOT_ALLOWED"),
            ("a.pdf.", "FILE_TYPE_NOT_ALLOWED"),
            ("pdf", "FILE_TYPE_NOT_ALLOWED"),
            ("../../etc/passwd.pdf", "INVALID_CHARACTER"),
            ("..\\a.pdf", "INVALID_CHARACTER"),
            ("a\0.pdf", "INVALID_CHARACTER"),
            ("a.exe\0.pdf", "INVALID_CHARACTER"),
            ("a\r\nset-cookie: b.pdf", "INVALID_CHARACTER"),
            ("a\u{202e}fdp.exe.pdf", "INVALID_CHARACTER"),
            ("a\u{2067}b.pdf", "INVALID_CHARACTER"),
            ("a\u{61c}b.pdf", "INVALID_CHARACTER"),
            ("a\u{2028}b.pdf", "INVALID_CHARACTER"),
        ] {
            let input = json!({ "title": "A", "kind": "DECISION", "file": { "name": name } });
            let refused = officer.refused(CREATE, json!({ "input": input })).await;
            assert_eq!(refused, [format!("input.file.name {code}")], "{name:?}");
        }
        assert_eq!(column(&database(&lab).await, "SELECT CAST(COUNT(*) AS TEXT) FROM evidence WHERE title = 'A'").await, ["0"]);
    }

    async fn a_store_that_cannot_be_written_to(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        let folder = lab.folder.path().join("files");
        std::fs::remove_dir(&folder).expect("it was empty");
        std::fs::write(&folder, "no folder").expect("written");
        assert_eq!(refusal(put(&officer, &url, PDF).await).await, (500, "INTERNAL".to_owned()));
        assert_eq!(about(&officer, &id).await["status"], "PENDING");
        std::fs::remove_file(&folder).expect("removed");
        std::fs::create_dir(&folder).expect("made");
        assert_eq!(put(&officer, &url, PDF).await.status(), 200);
    }

    async fn a_thousand_at_once(lab) {
        let mut officers = Vec::new();
        for (code, place) in ["STC", "SNV", "SCT", "STC", "SNV"].into_iter().zip(1..) {
            // Of one network too many would be closed without an answer.
            let officer = lab.officer(code).await.coming_from([127, 0, 0, place].into());
            officers.push((officer.clone(), evidence(&officer, json!({ "name": "a.pdf" }), None).await));
        }
        let tries = (0..1_000).map(|number| {
            let (officer, (_, url)) = officers[number % officers.len()].clone();
            async move {
                let Ok(answer) = officer.http.put(&url).body(PDF).send().await else { return (0, false) };
                let told = answer.headers().contains_key("retry-after");
                (answer.status().as_u16(), told)
            }
        });
        let answers = futures_util::future::join_all(tries).await;
        let count = |wanted| answers.iter().filter(|(status, _)| *status == wanted).count();
        assert!(count(200) > 0 && count(200) + count(503) == 1_000, "{:?}", (count(200), count(503), count(500), count(409), count(0)));
        assert!(answers.iter().all(|(status, told)| *told == (*status == 503)));
        until(|| stored(&lab).len() == officers.len()).await;
        for (officer, (id, _)) in &officers {
            assert_eq!(about(officer, id).await["sha256"], api::files::sha256_hex(PDF));
        }
    }
}

#[tokio::test]
async fn bytes_that_do_not_come() {
    let lab = Lab::sqlite_with(&["--transfer-idle-seconds", "1"]).await;
    let officer = lab.officer("STC").await;
    let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = TcpStream::connect(host).await.expect("connected");
    let head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 200000\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket.write_all(PDF).await.expect("sent");
    let mut answer = vec![0; 12];
    socket.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer, b"HTTP/1.1 408");
    until(|| stored(&lab).is_empty()).await;
    assert_eq!(about(&officer, &id).await["status"], "PENDING");
}

/// Begins to get a file and reads no more than its head.
async fn dawdle(url: &str) -> (TcpStream, u16) {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut socket = TcpStream::connect(host).await.expect("connected");
    let head = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut status = [0; 12];
    socket.read_exact(&mut status).await.expect("an answer");
    let status = String::from_utf8_lossy(&status[9..]).parse().expect("a status");
    (socket, status)
}

#[tokio::test]
async fn a_user_who_dawdles_takes_no_places_of_others() {
    let lab = Lab::sqlite_with(&["--transfer-idle-seconds", "1"]).await;
    let (officer, other) = (lab.officer("STC").await, lab.officer("SNV").await);
    let (id, url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;
    let large = [PDF, &vec![b' '; 40 << 20]].concat();
    assert_eq!(officer.http.put(&url).body(large).send().await.expect("an answer").status(), 200);
    let address = download_url(&officer, &id).await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        slow.push(dawdle(&address).await);
    }
    assert!(slow.iter().all(|(_, status)| *status == 200));
    let ninth = officer.http.get(&address).send().await.expect("an answer");
    assert_eq!(refusal(ninth).await, (503, "BUSY".to_owned()));
    let own = ready_evidence(&other, None).await;
    let own = other.http.get(download_url(&other, &own).await).send().await.expect("an answer");
    assert_eq!(own.status(), 200);
    // Who takes nothing for a second loses the place.
    let again = async {
        while officer.http.head(&address).send().await.expect("an answer").status() != 200
            || dawdle(&address).await.1 != 200
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again).await.expect("a place is free again");
}
