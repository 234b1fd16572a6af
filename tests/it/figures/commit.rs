//! What a commit writes: exactly what the preview said, whole or not at all.

use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::Cell::{N, T};
use super::{
    COMMIT, announced, changes, committed, draft, draft_of, imported, numbers, preview, standing,
    uncommitted, workbook, written,
};
use crate::given::{column, database};
use crate::scene::text;

/// What stands in the edition, as lines.
async fn lines(lab: &Lab, edition: &str) -> Vec<String> {
    let standing = standing(lab, edition).await;
    standing.iter().map(|((unit, node), figures)| format!("{unit} {node}: {figures}")).collect()
}

async fn version(client: &Client, edition: &str) -> i64 {
    let query = "query($id: ID!) { node(id: $id) { ... on Edition { rowVersion } } }";
    client.get(query, json!({ "id": edition })).await["node"]["rowVersion"].as_i64().expect("a number")
}

both! {
    async fn exactly_what_the_file_says_is_written(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let values: &[&[_]] = &[
            &[T("Tỉnh"), T("1.1.1"), T("1.1.2")],
            &[T("Lạng Sơn"), T("58,9"), N(0.1)],
            &[T("Tỉnh Lai Châu"), N(-3.0), T("-")],
        ];
        let scores: &[&[_]] = &[&[T("Tỉnh"), T("1.1.1"), T("PII")], &[T("Lạng Sơn"), N(70.25), N(31.07)]];
        let ranks: &[&[_]] = &[&[T("Tỉnh"), T("PII")], &[T("Lạng Sơn"), N(29.0)], &[T("Lai Châu"), N(34.0)]];
        let book = workbook(&[("Giá trị", values), ("Điểm", scores), ("Xếp hạng", ranks)]);
        let import = imported(&coordinator, &edition, "Số liệu năm 2031.xlsx", book).await;
        let version_before = version(&coordinator, &edition).await;
        let told = preview(&coordinator, &import).await;
        assert_eq!(numbers(&told), [5, 2, 8, 7, 0, 0]);
        assert_eq!(committed(&coordinator, &import).await, 7);
        assert_eq!(lines(&lab, &edition).await, [
            "12 1.1.1: -3 - - Số liệu năm 2031.xlsx",
            "12 PII: - - 34 Số liệu năm 2031.xlsx",
            "20 1.1.1: 58.9 70.25 - Số liệu năm 2031.xlsx",
            "20 1.1.2: 0.1 - - Số liệu năm 2031.xlsx",
            "20 PII: - 31.07 29 Số liệu năm 2031.xlsx",
        ]);
        assert_eq!(version(&coordinator, &edition).await, version_before + 1);
        let told = preview(&coordinator, &import).await;
        assert_eq!(numbers(&told), [5, 2, 8, 0, 0, 0]);
    }

    async fn a_row_may_name_its_own_source_and_what_it_does_not_name_stays(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let first = "unit,node,value,score,rank,source,note\n\
            20,1.1.1,5,50,3,Niên giám,ước tính\n20,1.1.2,7,,,,\n01,1.1.1,9,,,,giữ nguyên\n12,1.1.1,4,,,,\n";
        let import = imported(&coordinator, &edition, "một.csv", first).await;
        assert_eq!(committed(&coordinator, &import).await, 6);
        assert_eq!(lines(&lab, &edition).await, [
            "01 1.1.1: 9 - - một.csv giữ nguyên",
            "12 1.1.1: 4 - - một.csv",
            "20 1.1.1: 5 50 3 Niên giám ước tính",
            "20 1.1.2: 7 - - một.csv",
        ]);
        // JSON has only the keys it has: the score and rank beside the value stay, and so does the note.
        let second = r#"[{ "unit": "20", "node": "1.1.1", "value": 6 }, { "unit": "01", "node": "1.1.1", "value": 9 },
            { "unit": "20", "node": "1.1.2", "value": null }, { "unit": "12", "node": "1.1.1", "value": 5, "note": "sửa" }]"#;
        let import = imported(&coordinator, &edition, "hai.json", second).await;
        assert_eq!(changes(&preview(&coordinator, &import).await), [
            "20 1.1.1 VALUE 5.0 -> 6.0 at value1",
            "20 1.1.2 VALUE 7.0 -> null at value3",
            "12 1.1.1 VALUE 4.0 -> 5.0 at value4",
        ]);
        assert_eq!(committed(&coordinator, &import).await, 3);
        assert_eq!(lines(&lab, &edition).await, [
            "01 1.1.1: 9 - - một.csv giữ nguyên",
            "12 1.1.1: 5 - - hai.json sửa",
            "20 1.1.1: 6 50 3 hai.json ước tính",
        ]);
    }

    async fn twice_changes_nothing(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let text = "unit,1.1.1,1.1.2\n20,5,6\n01,7,\n";
        let import = imported(&coordinator, &edition, "a.csv", text).await;
        let first = coordinator.done(COMMIT, json!({ "id": import })).await;
        assert_eq!(first["editionImport"]["changed"], 3);
        let before = written(&lab).await;
        let again = coordinator.done(COMMIT, json!({ "id": import })).await;
        assert_eq!(again, first, "the answer too is the same");
        assert_eq!(written(&lab).await, before);
        let other = imported(&coordinator, &edition, "b.csv", text).await;
        assert_eq!(numbers(&preview(&coordinator, &other).await), [2, 2, 4, 0, 0, 0]);
        assert_eq!(committed(&coordinator, &other).await, 0);
        assert_eq!(written(&lab).await, before, "not even the edition's version or the rows' source");
    }

    async fn what_was_made_of_the_figures_before_goes(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let import = imported(&coordinator, &edition, "a.csv", "unit,1.1.1\n20,5\n01,7\n").await;
        assert_eq!(committed(&coordinator, &import).await, 2);
        let compute = "mutation($id: ID!) { editionCompute(id: $id) { userErrors { field code } } }";
        coordinator.done(compute, json!({ "id": edition })).await;
        let made = async || {
            let data = coordinator.get("query($edition: ID!, $unit: ID!) {
                computedRanking(edition: $edition) { totalCount }
                profile(edition: $edition, unit: $unit) { edition { computation { unitCount } }
                  entries { node { code } valueStatistics { mean } scoreStatistics { mean } } } }",
                json!({ "edition": edition, "unit": unit(&coordinator, "lang son").await })).await;
            let entries = data["profile"]["entries"].as_array().expect("entries");
            let entry = entries.iter().find(|entry| entry["node"]["code"] == "1.1.1").expect("an entry");
            [&data["profile"]["edition"]["computation"], &data["computedRanking"]["totalCount"],
                &entry["valueStatistics"]["mean"], &entry["scoreStatistics"]["mean"]].map(Value::clone)
        };
        assert_eq!(made().await, [json!({ "unitCount": 2 }), json!(2), json!(6.0), json!(50.0)]);
        let same = imported(&coordinator, &edition, "b.csv", "unit,1.1.1\n20,5\n01,7\n").await;
        assert_eq!(committed(&coordinator, &same).await, 0);
        assert_eq!(made().await[0], json!({ "unitCount": 2 }), "nothing has changed");
        let other = imported(&coordinator, &edition, "c.csv", "unit,1.1.1\n20,9\n").await;
        assert_eq!(committed(&coordinator, &other).await, 1);
        assert_eq!(made().await, [Value::Null, json!(0), json!(8.0), Value::Null]);
        let left = "SELECT CAST(COUNT(*) AS TEXT) FROM computed_score WHERE edition_id NOT IN (SELECT edition_id FROM computation)";
        assert_eq!(column(&database(&lab).await, left).await, ["0"]);
    }

    async fn what_names_nothing_known_is_left_out_only_when_that_is_said(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let text = "unit,1.1.1,Tổng\n20,5,1\nAtlantis,6,2\n";
        let import = imported(&coordinator, &edition, "a.csv", text).await;
        let before = written(&lab).await;
        assert_eq!(uncommitted(&coordinator, &import).await, ["id IMPORT_UNMATCHED"]);
        assert_eq!(written(&lab).await, before);
        for (lang, words) in [
            ("vi", "Tệp có 2 dòng hoặc cột không khớp; xem bản xem trước."),
            ("en", "The file has 2 rows or columns that match nothing; see the preview."),
        ] {
            let answer = coordinator.speaking(lang).get(COMMIT, json!({ "id": import })).await;
            assert_eq!(text_at(&answer, "/editionImportCommit/userErrors/0/message"), words);
        }
        coordinator.done(COMMIT, json!({ "id": import, "allow": true })).await;
        assert_eq!(lines(&lab, &edition).await, ["20 1.1.1: 5 - - a.csv"]);
        // What cannot be read is another matter.
        let import = imported(&coordinator, &edition, "b.csv", "unit,1.1.1\n20,x\n01,8\n").await;
        let before = written(&lab).await;
        let refused = coordinator.refused(COMMIT, json!({ "id": import, "allow": true })).await;
        assert_eq!(refused, ["id IMPORT_ERRORS"]);
        assert_eq!(written(&lab).await, before);
    }

    async fn denominators_are_figures_too(lab) {
        let coordinator = lab.coordinator().await;
        let framework = with_denominator(&coordinator).await;
        let edition = draft_of(&coordinator, 2031, &framework).await;
        let text = "unit;node;value;score;source;note\n20;DÂN SỐ;800,5;;Tổng cục;sơ bộ\n20;1.1.1;5;;;\n01;DÂN SỐ;8.000,25;;;\n";
        let import = imported(&coordinator, &edition, "mẫu số.csv", text).await;
        assert_eq!(changes(&preview(&coordinator, &import).await), [
            "20 DÂN SỐ VALUE null -> 800.5 at C2",
            "20 1.1.1 VALUE null -> 5.0 at C3",
            "01 DÂN SỐ VALUE null -> 8000.25 at C4",
        ]);
        assert_eq!(committed(&coordinator, &import).await, 3);
        assert_eq!(divisors(&lab).await, ["01 8000.25 mẫu số.csv -", "20 800.5 Tổng cục sơ bộ"]);
        let text = r#"[{ "unit": "20", "node": "DÂN SỐ", "value": 801 }, { "unit": "01", "node": "DÂN SỐ", "value": "n/a" }]"#;
        let import = imported(&coordinator, &edition, "b.json", text).await;
        assert_eq!(committed(&coordinator, &import).await, 2);
        assert_eq!(divisors(&lab).await, ["20 801.0 b.json sơ bộ"], "what is not named stays here as well");
        let text = "unit,node,score\n20,DÂN SỐ,5\n";
        let import = imported(&coordinator, &edition, "c.csv", text).await;
        assert_eq!(super::super::errors(&preview(&coordinator, &import).await), ["C2 WRONG_FIGURE 5"]);
    }

    async fn a_database_that_refuses_in_the_middle_is_left_as_it_was(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let import = imported(&coordinator, &edition, "a.csv", many(34, 20, 1.0)).await;
        assert_eq!(committed(&coordinator, &import).await, 680);
        coordinator.done("mutation($id: ID!) { editionCompute(id: $id) { userErrors { code } } }",
            json!({ "id": edition })).await;
        // The last row of the second part of five hundred is the one that is refused.
        let mut text = many(34, 20, 2.0);
        text.truncate(text.trim_end().rfind(',').expect("a comma") + 1);
        let import = imported(&coordinator, &edition, "b.csv", text + "666\n").await;
        let (before, stood) = (written(&lab).await, standing(&lab, &edition).await);
        let behind = database(&lab).await;
        for sql in refusing(behind.get_database_backend()) {
            behind.execute_unprepared(sql).await.expect("a trigger");
        }
        assert_eq!(coordinator.code(COMMIT, json!({ "id": import })).await, "INTERNAL");
        assert_eq!(written(&lab).await, before);
        assert_eq!(standing(&lab, &edition).await, stood);
        let told = preview(&coordinator, &import).await;
        assert_eq!((&told["editionImport"]["status"], numbers(&told)[3]), (&json!("READY"), 680));
        behind.execute_unprepared(match behind.get_database_backend() {
            DatabaseBackend::Sqlite => "DROP TRIGGER refuse",
            _ => "DROP TRIGGER refuse ON score",
        }).await.expect("dropped");
        assert_eq!(committed(&coordinator, &import).await, 680);
    }

    async fn a_published_edition_takes_no_figures(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let done = imported(&coordinator, &edition, "a.csv", "unit,1.1.1\n20,5\n01,7\n").await;
        assert_eq!(committed(&coordinator, &done).await, 2);
        let late = imported(&coordinator, &edition, "b.csv", "unit,1.1.1\n20,6\n").await;
        let (_, url) = announced(&coordinator, &edition, "c.csv").await;
        coordinator.done("mutation($id: ID!) { editionPublish(id: $id) { userErrors { code } } }",
            json!({ "id": edition })).await;
        let before = written(&lab).await;
        assert_eq!(uncommitted(&coordinator, &late).await, ["id INVALID_STATE"]);
        assert_eq!(committed(&coordinator, &done).await, 2, "what was done is still said");
        assert_eq!(coordinator.http.put(url).body("unit,1.1.1\n20,6\n").send().await.expect("an answer").status(), 403);
        assert_eq!(numbers(&preview(&coordinator, &late).await), [1, 1, 1, 1, 0, 0]);
        let create = "mutation($input: EditionImportCreateInput!) { editionImportCreate(input: $input) { userErrors { field code } } }";
        let input = json!({ "editionId": edition, "file": { "name": "a.csv" } });
        assert_eq!(coordinator.refused(create, json!({ "input": input })).await, ["input.editionId INVALID_STATE"]);
        assert_eq!(written(&lab).await, before);
    }
}

/// Figures of this many units and indicators, as a wide CSV.
pub(super) fn many(units: usize, indicators: usize, add: f64) -> String {
    let codes = include_str!("../../../api/data/framework-2025.csv")
        .lines()
        .filter(|line| line.contains(",indicator,"));
    let codes: Vec<&str> =
        codes.map(|line| line.split(',').next().expect("a code")).take(indicators).collect();
    let provinces = include_str!("../../../api/data/provinces.csv").lines().skip(1).take(units);
    let mut text = format!("unit,{}\n", codes.join(","));
    for (line, row) in provinces.zip(0_u32..) {
        let figures =
            (0_u32..).take(codes.len()).map(|column| (f64::from(row * 100 + column) + add).to_string());
        let figures: Vec<String> = figures.collect();
        text += &format!("{},{}\n", line.split(',').next().expect("a code"), figures.join(","));
    }
    text
}

/// What makes the database refuse a value of 666.
fn refusing(backend: DatabaseBackend) -> &'static [&'static str] {
    match backend {
        DatabaseBackend::Sqlite => &["CREATE TRIGGER refuse BEFORE INSERT ON score WHEN NEW.value = 666
            BEGIN SELECT RAISE(ABORT, 'refused'); END"],
        _ => &[
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON score FOR EACH ROW WHEN (NEW.value = 666) EXECUTE FUNCTION refuse()",
        ],
    }
}

async fn divisors(lab: &Lab) -> Vec<String> {
    let sql = "SELECT unit.code || ' ' || CAST(value AS TEXT) || ' ' || source || ' ' || COALESCE(denominator_value.note, '-')
        FROM denominator_value JOIN unit ON unit.id = unit_id ORDER BY unit.code";
    let rows = column(&database(lab).await, sql).await;
    // PostgreSQL writes a whole number without its point.
    rows.into_iter().map(|row| row.replace(" 801 ", " 801.0 ")).collect()
}

async fn unit(client: &Client, name: &str) -> String {
    let query = "query($name: String!) { units(filter: { text: $name }) { nodes { id } } }";
    text(&client.get(query, json!({ "name": name })).await, "/units/nodes/0/id")
}

fn text_at(value: &Value, pointer: &str) -> String {
    text(value, pointer)
}

/// A draft of a framework with a denominator.
pub(super) async fn with_denominator(coordinator: &Client) -> String {
    let from = text(&coordinator.get("{ framework { id } }", json!({})).await, "/framework/id");
    let create = "mutation($input: FrameworkDraftInput!) {
        frameworkDraftCreate(input: $input) { framework { id } userErrors { code } } }";
    let input =
        json!({ "fromId": from, "version": "2031", "nameVi": "Có mẫu số", "nameEn": "With denominators" });
    let framework = text(&coordinator.done(create, json!({ "input": input })).await, "/framework/id");
    let create = "mutation($input: DenominatorCreateInput!) { denominatorCreate(input: $input) { userErrors { code } } }";
    let input = json!({ "frameworkId": framework, "code": "DÂN SỐ", "nameVi": "Dân số", "nameEn": "Population", "unit": "nghìn người" });
    coordinator.done(create, json!({ "input": input })).await;
    framework
}
