//! What a preview says: every number, every place, in both languages, and nothing written.

use serde_json::json;
use tests::both;

use super::Cell::{N, Nothing, T};
use super::{
    announced_as, changes, draft, errors, imported, numbers, place, preview, uncommitted, unmatched,
    workbook, written,
};
use crate::scene::{put, text as text_of};

both! {
    async fn a_wide_workbook_is_read_sheet_by_sheet(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let values: &[&[_]] = &[
            &[T("Bảng tổng hợp số liệu năm 2031")],
            &[],
            &[T("Mã"), T("Tỉnh"), T("1.1.1"), T("1.1.2. Thiết chế pháp lý và an ninh trật tự"), T("Ghi chú")],
            &[T("20"), T("Tỉnh Lạng Sơn"), T("58,9"), N(12.0), T("đã rà soát")],
            &[N(1.0), T("TP. Hà Nội"), T("1.234,5"), T("-")],
            &[Nothing, T("LAI CHÂU"), N(0.1), Nothing],
        ];
        let scores: &[&[_]] = &[&[T("Tỉnh"), T("1"), T("1.1.1")], &[T("lang son"), N(61.25), N(70.0)]];
        let ranks: &[&[_]] = &[&[T("Tỉnh"), T("PII")], &[T("Lạng Sơn"), N(29.0)]];
        let about: &[&[_]] = &[&[T("Tỉnh"), T("PII")], &[T("Lạng Sơn"), N(1.0)]];
        let book = workbook(&[("Giá trị", values), ("Điểm", scores), ("Xếp hạng", ranks), ("About", about)]);
        let before = written(&lab).await;
        let import = imported(&coordinator, &edition, "số liệu 2031.xlsx", book).await;
        let told = preview(&coordinator, &import).await;
        assert_eq!(told["sheets"], json!(["Giá trị", "Điểm", "Xếp hạng"]));
        assert_eq!(told["skippedSheets"], json!(["About"]));
        assert_eq!(told["editionImport"], json!({ "status": "READY", "rowVersion": 2 }));
        assert_eq!(unmatched(&told), ["Giá trị!E3 HEADER Ghi chú"]);
        assert_eq!(errors(&told), Vec::<String>::new());
        assert_eq!(changes(&told), [
            "20 1.1.1 VALUE null -> 58.9 at Giá trị!C4",
            "20 1.1.2 VALUE null -> 12.0 at Giá trị!D4",
            "01 1.1.1 VALUE null -> 1234.5 at Giá trị!C5",
            "12 1.1.1 VALUE null -> 0.1 at Giá trị!C6",
            "20 1 SCORE null -> 61.25 at Điểm!B2",
            "20 1.1.1 SCORE null -> 70.0 at Điểm!C2",
            "20 PII RANK null -> 29.0 at Xếp hạng!B2",
        ]);
        // Two cells say that a figure is missing which is missing already.
        assert_eq!(numbers(&told), [5, 3, 9, 7, 1, 0]);
        assert_eq!(written(&lab).await, before);
    }
}

const LONG: &str = "\u{feff}Mã tỉnh;Tỉnh;Mã chỉ số;Giá trị;Điểm;Hạng;Nguồn;Ghi chú
20;Tỉnh Lạng Sơn;1.1.1;58,9;70,25;3;Niên giám 2030;ước tính
01;;1.1.1;1.250,5;;;;
;Thành phố Huế;1.1;n/a;44,5;12;;
12;Lai Châu;PII;;31,07;34;Quyết định 1;
";

const ROWS: &str = r#"{ "about": "số liệu", "rows": [
    { "unit": "20", "node": "1.1.1", "value": 58.9, "score": 70.25, "rank": 3, "source": "Niên giám 2030", "note": "ước tính" },
    { "unit": "01", "node": "1.1.1", "value": 1250.5 },
    { "unit": "Huế", "node": "1.1", "score": 44.5, "rank": 12 },
    { "unit": "12", "node": "PII", "score": 31.07, "rank": 34, "source": "Quyết định 1", "value": null } ] }"#;

both! {
    async fn a_long_table_says_the_same_as_csv_and_as_json(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let csv = imported(&coordinator, &edition, "dài.csv", LONG).await;
        let csv = preview(&coordinator, &csv).await;
        assert_eq!(csv["sheets"], json!([""]));
        assert_eq!(changes(&csv), [
            "20 1.1.1 VALUE null -> 58.9 at D2",
            "20 1.1.1 SCORE null -> 70.25 at E2",
            "20 1.1.1 RANK null -> 3.0 at F2",
            "01 1.1.1 VALUE null -> 1250.5 at D3",
            "46 1.1 SCORE null -> 44.5 at E4",
            "46 1.1 RANK null -> 12.0 at F4",
            "12 PII SCORE null -> 31.07 at E5",
            "12 PII RANK null -> 34.0 at F5",
        ]);
        // An empty field of a CSV says that the figure is missing, also where there is none.
        assert_eq!(numbers(&csv), [4, 4, 10, 8, 0, 0]);
        let json = imported(&coordinator, &edition, "dài.json", ROWS).await;
        let json = preview(&coordinator, &json).await;
        assert_eq!(changes(&json), [
            "20 1.1.1 VALUE null -> 58.9 at value1",
            "20 1.1.1 SCORE null -> 70.25 at score1",
            "20 1.1.1 RANK null -> 3.0 at rank1",
            "01 1.1.1 VALUE null -> 1250.5 at value2",
            "46 1.1 SCORE null -> 44.5 at score3",
            "46 1.1 RANK null -> 12.0 at rank3",
            "12 PII SCORE null -> 31.07 at score4",
            "12 PII RANK null -> 34.0 at rank4",
        ]);
        assert_eq!(numbers(&json), [4, 4, 8, 8, 0, 0]);
    }

    async fn a_wide_csv_holds_the_figure_that_was_announced(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        for (figure, change) in [
            ("VALUE", "20 1.1.1 VALUE null -> 5.0 at B2"),
            ("SCORE", "20 1.1.1 SCORE null -> 5.0 at B2"),
            ("RANK", "20 1.1.1 RANK null -> 5.0 at B2"),
        ] {
            let (import, url) = announced_as(&coordinator, &edition, "a.csv", figure).await;
            assert_eq!(put(&coordinator, &url, b"unit,1.1.1\n20,5\n").await.status(), 200);
            assert_eq!(changes(&preview(&coordinator, &import).await), [change]);
        }
    }

    async fn what_cannot_be_read_is_named_cell_by_cell(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let before = written(&lab).await;
        let text = "unit,node,value,score,rank\n\
            20,1.1.1,NaN,inf,1.5\n\
            20,1.1.2,abc,-Infinity,0\n\
            20,1.1.3,1,2,3000000000\n\
            20,1.2.1,1\n\
            20,1,5,6,7\n\
            01,1.1.1,1,2,3\n\
            01,1.1.1,1,,\n\
            Atlantis,1.1.1,1,,\n\
            01,9.9.9,1,,\n";
        let import = imported(&coordinator, &edition, "lỗi.csv", text).await;
        let told = preview(&coordinator, &import).await;
        assert_eq!(errors(&told), [
            "C2 NOT_FINITE NaN",
            "D2 NOT_FINITE inf",
            "E2 OUT_OF_RANGE 1.5",
            "C3 NOT_A_NUMBER abc",
            "D3 NOT_FINITE -Infinity",
            "E3 OUT_OF_RANGE 0",
            "E4 OUT_OF_RANGE 3000000000",
            "A5 RAGGED 20",
            "C6 WRONG_FIGURE 5",
            "C8 DUPLICATE_CELL 1",
            "D8 DUPLICATE_CELL ",
            "E8 DUPLICATE_CELL ",
        ]);
        assert_eq!(unmatched(&told), ["A9 ROW Atlantis", "B10 NODE 9.9.9"]);
        assert_eq!(numbers(&told), [9, 2, 7, 7, 2, 12]);
        assert_eq!(uncommitted(&coordinator, &import).await, ["id IMPORT_ERRORS"]);
        assert_eq!(written(&lab).await, before);
    }

    async fn every_cell_code_has_words_in_both_languages(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let wide = "unit,name,1.1.1,1.1.1,1.1.2,PII\n\
            20,Hà Nội,1,,,\n\
            01,,1.234,,NaN,\n\
            01,,1,,,\n\
            12,,x,,,\n\
            12,\n";
        let long = "unit,node,rank,value\n20,1.1.1,0,\n20,1.1.1,1,\n20,PII,,1\n20,PII,1,\n20,PII,1,\n";
        for (name, text, wanted) in [
            ("rộng.csv", wide, &[
                ("D1", "DUPLICATE_HEADER", "Cột này đã có.", "The column stands there already."),
                ("F1", "WRONG_FIGURE",
                    "Mục này không có loại số liệu đó: chỉ chỉ số thành phần và mẫu số có giá trị gốc, mẫu số không có điểm và hạng.",
                    "It cannot have such a figure: only indicators and denominators have raw values, denominators no scores and ranks."),
                ("B2", "MISMATCH", "Mã và tên không khớp nhau.", "Code and name speak of different things."),
                ("C3", "AMBIGUOUS_NUMBER", "Không rõ dấu chấm hay phẩy là phần nghìn hay phần thập phân.",
                    "It is not clear whether the point or comma parts thousands or decimals."),
                ("E3", "NOT_FINITE", "Không phải số hữu hạn.", "Not a finite number."),
                ("A4", "DUPLICATE_UNIT", "Địa phương này đã có ở dòng khác.", "The unit stands in another row already."),
                ("C5", "NOT_A_NUMBER", "Không phải số.", "Not a number."),
                ("A6", "RAGGED", "Số ô khác với dòng tiêu đề.", "The row has another number of fields than the header."),
            ][..]),
            ("dài.csv", long, &[
                ("C2", "OUT_OF_RANGE", "Hạng phải là số nguyên từ 1.", "A rank must be a whole number from 1."),
                ("D3", "DUPLICATE_CELL", "Số liệu này đã có ở ô khác.", "The figure stands in another cell already."),
                ("D4", "WRONG_FIGURE",
                    "Mục này không có loại số liệu đó: chỉ chỉ số thành phần và mẫu số có giá trị gốc, mẫu số không có điểm và hạng.",
                    "It cannot have such a figure: only indicators and denominators have raw values, denominators no scores and ranks."),
                ("C5", "DUPLICATE_CELL", "Số liệu này đã có ở ô khác.", "The figure stands in another cell already."),
                ("C6", "DUPLICATE_CELL", "Số liệu này đã có ở ô khác.", "The figure stands in another cell already."),
            ][..]),
        ] {
            let import = imported(&coordinator, &edition, name, text).await;
            for (lang, of) in [("vi", 0), ("en", 1)] {
                let told = preview(&coordinator.speaking(lang), &import).await;
                let told: Vec<_> = crate::scene::list(&told, "/errors").iter()
                    .map(|error| (place(error), text_of(error, "/code"), text_of(error, "/message"))).collect();
                let wanted: Vec<_> = wanted.iter()
                    .map(|(place, code, vi, en)| (place.to_string(), code.to_string(), [vi, en][of].to_string())).collect();
                assert_eq!(told, wanted);
            }
        }
    }
}
