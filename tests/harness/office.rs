//! LibreOffice, which opens what the product writes as a clerk's office would.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// The text of a document's pages, by way of a PDF that LibreOffice makes of it; `None`, after saying so loudly, where
/// there is no LibreOffice or no pdftotext. `PII_TEST_KEEP_PDF` names a folder in which the PDF is kept, to look at.
pub fn pages(name: &str, bytes: &[u8]) -> Option<String> {
    if !["soffice", "pdftotext"].into_iter().all(is_there) {
        let message = "LIBREOFFICE DID NOT RUN: no soffice and pdftotext on the PATH";
        assert!(std::env::var_os("PII_TEST_REQUIRE_OFFICE").is_none(), "{message}");
        // Straight to the terminal: the test runner hides what a passing test prints.
        let loud = format!("\n******** {message} ********\n");
        if io::Write::write_all(&mut io::stderr(), loud.as_bytes()).is_err() {
            eprintln!("{loud}");
        }
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).expect("the document is written");
    // A profile of its own, so that tests beside each other do not wait for each other's LibreOffice.
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    let office = Command::new("soffice")
        .args([&profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir"])
        .arg(folder.path())
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .expect("LibreOffice starts");
    let pdf = file.with_extension("pdf");
    assert!(pdf.is_file(), "LibreOffice made no PDF: {}", String::from_utf8_lossy(&office.stderr));
    if let Some(kept) = std::env::var_os("PII_TEST_KEEP_PDF") {
        let kept = Path::new(&kept).join(pdf.file_name().expect("a name"));
        std::fs::copy(&pdf, kept).expect("the PDF is kept");
    }
    let text =
        Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output().expect("pdftotext starts");
    Some(String::from_utf8(text.stdout).expect("text"))
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
