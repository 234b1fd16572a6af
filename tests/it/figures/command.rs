//! `pii import`: the same steps in the name of a user, with a report in words.

use std::path::PathBuf;

use api::accounts;
use api::error::{Code, Error};
use api::figures::{FileRequest, import_file};
use api::lang::Lang;
use entity::{Figure, Role};
use tests::{Client, Lab, both};

use super::{draft, standing, stored, written};

/// A file in the lab's folder.
fn file(lab: &Lab, name: &str, bytes: &[u8]) -> PathBuf {
    let path = lab.folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

/// What the command says, or why it does nothing: the code and the words of its first problem.
async fn command(lab: &Lab, user: &Client, request: FileRequest<'_>) -> Result<String, (Code, String)> {
    let told = |error: Error| (error.code(), error.message(Lang::En));
    let viewer = accounts::viewer(&lab.app, &user.email).await.map_err(told)?;
    import_file(&lab.app, viewer, request).await.map_err(told)
}

both! {
    async fn it_says_what_it_would_change_and_changes_it_when_told(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let path = file(&lab, "số liệu.csv", "Tỉnh;1.1.1;1.1.2\nLạng Sơn;5,5;-\nHà Nội;7;8\n".as_bytes());
        let mut request = FileRequest { file: &path, year: 2031, figure: Figure::Score, commit: false, allow_unmatched: false };
        let before = written(&lab).await;
        let told = "rows read 2, units matched 2, figures read 4, figures that change 3, unmatched 0, errors 0\n";
        assert_eq!(command(&lab, &coordinator, request).await.as_deref(), Ok(told));
        assert_eq!(written(&lab).await, before);
        request.commit = true;
        assert_eq!(command(&lab, &coordinator, request).await, Ok(format!("{told}committed: 3 figures changed\n")));
        let stands = standing(&lab, &edition).await;
        let stands: Vec<String> = stands.iter().map(|((unit, node), figures)| format!("{unit} {node}: {figures}")).collect();
        assert_eq!(stands, [
            "01 1.1.1: - 7 - số liệu.csv", "01 1.1.2: - 8 - số liệu.csv", "20 1.1.1: - 5.5 - số liệu.csv",
        ]);
        let before = written(&lab).await;
        let again = told.replace("change 3", "change 0") + "committed: 0 figures changed\n";
        assert_eq!(command(&lab, &coordinator, request).await, Ok(again));
        assert_eq!(written(&lab).await, before);
    }

    async fn it_names_what_it_cannot_take(lab) {
        let coordinator = lab.coordinator().await;
        draft(&coordinator, 2031).await;
        let path = file(&lab, "lỗi.csv", b"unit,1.1.1,x\n20,abc,1\nAtlantis,5,2\n01,6,3\n");
        let mut request = FileRequest { file: &path, year: 2031, figure: Figure::Value, commit: false, allow_unmatched: true };
        let before = written(&lab).await;
        let told = "rows read 3, units matched 2, figures read 1, figures that change 1, unmatched 2, errors 1\n\
            unmatched C1: x\nunmatched A3: Atlantis\nNOT_A_NUMBER B2: abc\n";
        assert_eq!(command(&lab, &coordinator, request).await.as_deref(), Ok(told));
        request.commit = true;
        let words = "The file has 1 cells that cannot be read; see the preview.".to_owned();
        assert_eq!(command(&lab, &coordinator, request).await, Err((Code::ImportErrors, words)));
        let path = file(&lab, "lạ.csv", b"unit,1.1.1\n20,5\nAtlantis,5\n");
        request = FileRequest { file: &path, allow_unmatched: false, ..request };
        let words = "The file has 1 rows or columns that match nothing; see the preview.".to_owned();
        assert_eq!(command(&lab, &coordinator, request).await, Err((Code::ImportUnmatched, words)));
        assert_eq!(written(&lab).await, before);
        request.allow_unmatched = true;
        let done = command(&lab, &coordinator, request).await.expect("committed");
        assert!(done.ends_with("unmatched A3: Atlantis\ncommitted: 1 figures changed\n"), "{done}");
    }

    async fn it_does_what_its_user_may_and_no_more(lab) {
        let coordinator = lab.coordinator().await;
        draft(&coordinator, 2031).await;
        let path = file(&lab, "a.csv", b"unit,1.1.1\n20,5\n");
        let request = FileRequest { file: &path, year: 2031, figure: Figure::Value, commit: true, allow_unmatched: true };
        let before = written(&lab).await;
        for (user, code) in [
            (lab.sign_in(Role::Leader, None).await, Code::Forbidden),
            (lab.officer("SKHCN").await, Code::NotFound),
            (lab.sign_in(Role::Integration, None).await, Code::NotFound),
            (lab.sign_in(Role::Admin, None).await, Code::NotFound),
        ] {
            assert_eq!(command(&lab, &user, request).await.map_err(|(code, _)| code), Err(code));
        }
        let nobody = Client { email: "nobody@test.local".to_owned(), ..coordinator.clone() };
        assert_eq!(command(&lab, &nobody, request).await.map_err(|(code, _)| code), Err(Code::NotFound));
        let gone = lab.coordinator().await;
        accounts::disable(&lab.app, &gone.email).await.expect("disabled");
        assert_eq!(command(&lab, &gone, request).await.map_err(|(code, _)| code), Err(Code::NotFound));
        let elsewhere = FileRequest { year: 2030, ..request };
        let words = (Code::NotFound, "Not found.".to_owned());
        assert_eq!(command(&lab, &coordinator, elsewhere).await, Err(words.clone()));
        let published = FileRequest { year: 2025, ..request };
        assert_eq!(command(&lab, &coordinator, published).await, Err(words), "a published edition is no draft");
        assert_eq!(written(&lab).await, before);
        assert!(stored(&lab).is_empty());
    }

    async fn a_file_that_is_none_is_refused_before_anything_is_written(lab) {
        let coordinator = lab.coordinator().await;
        draft(&coordinator, 2031).await;
        let large = file(&lab, "lớn.csv", &vec![b' '; (20 << 20) + 1]);
        let wrong = file(&lab, "a.pdf", b"%PDF-1.7");
        let empty = file(&lab, "trống.csv", b"");
        let absent = lab.folder.path().join("không có.csv");
        let folder = lab.folder.path().join("thư mục.csv");
        std::fs::create_dir(&folder).expect("made");
        for (path, wanted) in [
            (&large, (Code::FileTooLarge, "The file is too large: at most 20971520 bytes.")),
            (&wrong, (Code::FileTypeNotAllowed, "Files of this type are not accepted: pdf.")),
            (&empty, (Code::FileEmpty, "The file is empty.")),
            (&absent, (Code::FileNotReadable, "The file cannot be read: entity not found.")),
            (&folder, (Code::FileNotReadable, "The file cannot be read: is a directory.")),
        ] {
            let request = FileRequest { file: path, year: 2031, figure: Figure::Value, commit: true, allow_unmatched: true };
            let wanted = Err((wanted.0, wanted.1.to_owned()));
            assert_eq!(command(&lab, &coordinator, request).await, wanted, "{}", path.display());
            assert!(stored(&lab).is_empty());
        }
    }
}
