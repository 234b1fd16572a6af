//! Figures as a file: equal to what the API answers, to the bit, and read back without a change.

use std::collections::BTreeMap;

use api::seed::synthetic_edition;
use api::sheet::{Column, ColumnKind, Dictionary, Format, Reading, Term, read};
use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tests::{Client, Lab, both};
use uuid::Uuid;

use super::commit::with_denominator;
use super::{changes, committed, draft_of, imported, key, numbers, preview, unpacked};
use crate::scene::{list, text};

const FORMATS: [(Format, &str); 3] = [(Format::Xlsx, "XLSX"), (Format::Csv, "CSV"), (Format::Json, "JSON")];

/// An exported file and what its answer says of it.
async fn exported(
    client: &Client,
    edition: &str,
    format: &str,
    lang: &str,
) -> (Vec<u8>, reqwest::header::HeaderMap) {
    let query = "query($edition: ID!, $format: FileFormat!, $lang: Lang) {
        editionExport(edition: $edition, format: $format, lang: $lang) { url } }";
    let data = client.get(query, json!({ "edition": edition, "format": format, "lang": lang })).await;
    let answer = client.http.get(text(&data, "/editionExport/url")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let headers = answer.headers().clone();
    (answer.bytes().await.expect("bytes").to_vec(), headers)
}

type Figures = BTreeMap<(String, String, &'static str), u64>;

/// The units and nodes of a framework, as files name them.
struct Words {
    units: Vec<unit::Model>,
    nodes: Vec<node::Model>,
    dictionary: Dictionary,
}

impl Words {
    async fn of(lab: &Lab, framework: Uuid) -> Self {
        let store = lab.app.system();
        let units = store.find::<unit::Entity>().filter(unit::Column::ValidTo.is_null());
        let units = store.all(units.order_by_asc(unit::Column::Code)).await.expect("read");
        let nodes = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
        let nodes = store.all(nodes.order_by_asc(node::Column::Position)).await.expect("read");
        let term = |code: &String, vi: &String, en: &String| Term {
            code: code.clone(),
            names: vec![vi.clone(), en.clone()],
        };
        let kind = |node: &node::Model| match node.level {
            NodeLevel::Indicator => ColumnKind::Indicator,
            _ => ColumnKind::Aggregate,
        };
        let columns = nodes
            .iter()
            .map(|node| Column { term: term(&node.code, &node.name_vi, &node.name_en), kind: kind(node) });
        let dictionary = Dictionary::new(
            units.iter().map(|unit| term(&unit.code, &unit.name_vi, &unit.name_en)).collect(),
            columns.collect(),
        );
        Self { units, nodes, dictionary }
    }

    /// The figures in a file, to the bit.
    fn read(&self, bytes: &[u8], format: Format) -> Figures {
        let reading: Reading =
            read(bytes, format, &self.dictionary, Figure::Value).expect("the file is read");
        assert_eq!((reading.error_count, reading.unmatched_count), (0, 0), "{:?}", reading.errors);
        let mut found = Figures::new();
        for cell in reading.cells {
            let Some(number) = cell.value else { continue };
            let figure = match cell.figure {
                Figure::Value => "value",
                Figure::Score => "score",
                Figure::Rank => "rank",
            };
            let (unit, node) = (self.units[cell.unit].code.clone(), self.nodes[cell.column].code.clone());
            assert!(found.insert((unit, node, figure), number.to_bits()).is_none());
        }
        found
    }

    /// The figures that the API answers, unit by unit: those that were published or entered, and those that were computed.
    async fn asked(&self, client: &Client, edition: &str) -> (Figures, Figures) {
        let query = "query($unit: ID!, $edition: ID!) { profile(unit: $unit, edition: $edition) {
            entries { node { code } value score rank computed { score rank } } } }";
        let (mut entered, mut computed) = (Figures::new(), Figures::new());
        for unit in &self.units {
            let variables = json!({ "unit": format!("unit:{}", unit.id), "edition": edition });
            let data = client.get(query, variables).await;
            for entry in list(&data, "/profile/entries") {
                for figure in ["value", "score", "rank"] {
                    let at = || (unit.code.clone(), text(entry, "/node/code"), figure);
                    let bits = |told: &Value| told.as_f64().map(f64::to_bits);
                    entered.extend(bits(&entry[figure]).map(|bits| (at(), bits)));
                    computed.extend(bits(&entry["computed"][figure]).map(|bits| (at(), bits)));
                }
            }
        }
        (entered, computed)
    }
}

/// The computed figures in a JSON file, to the bit.
fn computed_in(bytes: &[u8]) -> Figures {
    let file: Value = serde_json::from_slice(bytes).expect("JSON");
    let mut found = Figures::new();
    for row in list(&file, "/rows") {
        for (key, figure) in [("computedScore", "score"), ("computedRank", "rank")] {
            let at = (text(row, "/unit"), text(row, "/node"), figure);
            found.extend(row.get(key).and_then(Value::as_f64).map(|number| (at, number.to_bits())));
        }
    }
    found
}

async fn framework(client: &Client) -> String {
    text(&client.get("{ framework { id } }", json!({})).await, "/framework/id")
}

/// A computed draft with made-up figures.
async fn computed(lab: &Lab, client: &Client, year: i32) -> String {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let framework = key(&framework(client).await);
    let row = synthetic_edition(&tx, year, framework, Publication::Draft).await.expect("an edition");
    tx.commit().await.expect("committed");
    let id = format!("edition:{}", row.id);
    client
        .done("mutation($id: ID!) { editionCompute(id: $id) { userErrors { code } } }", json!({ "id": id }))
        .await;
    id
}

#[tokio::test]
async fn a_file_costs_points_each_time_it_is_got() {
    let lab = Lab::sqlite_with(&["--cost-points", "100000", "--cost-points-per-second", "100"]).await;
    let coordinator = lab.coordinator().await;
    let edition = computed(&lab, &coordinator, 1999).await;
    let query = "query($edition: ID!) { editionExport(edition: $edition, format: CSV) { url } }";
    let left =
        |answer: &Value| answer["extensions"]["cost"]["throttle"]["available"].as_u64().expect("points");
    let look = async || coordinator.ask("{ viewer { id } }", json!({})).await.body;
    let before = left(&look().await);
    let answer = coordinator.ask(query, json!({ "edition": edition })).await.body;
    assert_eq!((&answer["extensions"]["cost"]["requested"], left(&answer)), (&json!(1_001), before - 1_001));
    let url = text(&answer, "/data/editionExport/url");
    let get = async || coordinator.http.get(&url).send().await.expect("an answer");
    assert_eq!(get().await.status(), 200);
    assert_eq!(left(&look().await), before - 2_003);
    let asked = (before - 2_003) / 1_002 - 1;
    let costs: String = (0..asked)
        .map(|n| format!("a{n}: costOf(document: \"{{ viewer {{ id }} }}\") {{ depth }} "))
        .collect();
    assert_eq!(coordinator.ask(&format!("{{ {costs} }}"), json!({})).await.status, 200);
    assert_eq!(get().await.status(), 200);
    let refused = get().await;
    assert_eq!(refused.status(), 429);
    let wait: i64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    let body: Value = refused.json().await.expect("JSON");
    assert_eq!(text(&body, "/errors/0/extensions/code"), "THROTTLED");
    lab.clock.advance(chrono::TimeDelta::seconds(wait));
    assert_eq!(get().await.status(), 200);
}

both! {
    async fn a_file_holds_the_apis_numbers_to_the_bit(lab) {
        let coordinator = lab.coordinator().await;
        let words = Words::of(&lab, key(&framework(&coordinator).await)).await;
        let published = text(&coordinator.get("{ edition(year: 2025) { id } }", json!({})).await, "/edition/id");
        // A draft whose computed figures stand beside one that was published.
        let made = computed(&lab, &coordinator, 2031).await;
        let entered = imported(&coordinator, &made, "a.csv", "unit,node,score,rank\n20,PII,12.5,7\n").await;
        assert_eq!(committed(&coordinator, &entered).await, 2);
        coordinator.done("mutation($id: ID!) { editionCompute(id: $id) { userErrors { code } } }", json!({ "id": made })).await;
        for (edition, least, most) in [(&published, 50, 0), (&made, 1_500, 5_000)] {
            let (asked, computed) = words.asked(&coordinator, edition).await;
            assert!(asked.len() > least && computed.len() >= most, "{} {}", asked.len(), computed.len());
            for (format, name) in FORMATS {
                for lang in ["VI", "EN"] {
                    let (bytes, _) = exported(&coordinator, edition, name, lang).await;
                    // What was computed is passed over by whoever reads the file as figures.
                    assert!(words.read(&bytes, format) == asked, "{name} {lang}");
                    if format == Format::Json {
                        assert!(computed_in(&bytes) == computed, "{name} {lang}");
                    }
                }
            }
        }
        let own = |figure| ("20".to_owned(), "PII".to_owned(), figure);
        let (asked, computed) = words.asked(&coordinator, &made).await;
        assert_eq!((asked[&own("score")], asked[&own("rank")]), (12.5_f64.to_bits(), 7.0_f64.to_bits()));
        assert_ne!(computed[&own("score")], asked[&own("score")]);
    }

    async fn out_and_in_again_is_a_fixpoint(lab) {
        let coordinator = lab.coordinator().await;
        let framework = framework(&coordinator).await;
        let words = Words::of(&lab, key(&framework)).await;
        let from = computed(&lab, &coordinator, 2031).await;
        for ((format, name), year) in FORMATS.into_iter().zip(2032..) {
            let (bytes, _) = exported(&coordinator, &from, name, "VI").await;
            let file = format!("a.{}", format.ending());
            let edition = draft_of(&coordinator, year, &framework).await;
            let import = imported(&coordinator, &edition, &file, bytes.clone()).await;
            let told = preview(&coordinator, &import).await;
            let figures = i64::try_from(words.read(&bytes, format).len()).expect("a number");
            assert_eq!(numbers(&told)[3..], [figures, 0, 0], "{name}");
            assert_eq!(committed(&coordinator, &import).await, figures);
            let again = imported(&coordinator, &edition, &file, bytes.clone()).await;
            assert_eq!(numbers(&preview(&coordinator, &again).await)[3..], [0, 0, 0], "{name}");
            let (back, _) = exported(&coordinator, &edition, name, "EN").await;
            assert_eq!(words.read(&back, format), words.read(&bytes, format), "{name}");
        }
    }

    async fn a_unit_that_has_nothing_but_a_denominator_is_in_the_file(lab) {
        let coordinator = lab.coordinator().await;
        let framework = with_denominator(&coordinator).await;
        let from = draft_of(&coordinator, 2031, &framework).await;
        let import = imported(&coordinator, &from, "a.csv", "unit,node,value\n01,DÂN SỐ,8000.25\n").await;
        assert_eq!(committed(&coordinator, &import).await, 1);
        for ((format, name), year) in FORMATS.into_iter().zip(2032..) {
            let (bytes, _) = exported(&coordinator, &from, name, "VI").await;
            let edition = draft_of(&coordinator, year, &framework).await;
            let import = imported(&coordinator, &edition, &format!("a.{}", format.ending()), bytes).await;
            let told = preview(&coordinator, &import).await;
            assert_eq!((&numbers(&told)[3..], changes(&told).len()), (&[1, 0, 0][..], 1), "{name}");
            assert!(changes(&told)[0].starts_with("01 DÂN SỐ VALUE null -> 8000.25 at "));
        }
    }

    async fn an_answer_says_what_it_is_and_is_kept_by_nobody(lab) {
        let officer = lab.officer("STC").await;
        let edition = text(&officer.get("{ edition(year: 2025) { id } }", json!({})).await, "/edition/id");
        for (name, media_type) in [
            ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("CSV", "text/csv; charset=utf-8"),
            ("JSON", "application/json"),
        ] {
            let (bytes, headers) = exported(&officer, &edition, name, "VI").await;
            let file = format!("pii-2025-r1.{}", name.to_lowercase());
            for (header, wanted) in [
                ("content-type", media_type.to_owned()),
                ("content-disposition", format!("attachment; filename=\"{file}\"; filename*=UTF-8''{file}")),
                    ("cache-control", "no-store".to_owned()),
                ("x-content-type-options", "nosniff".to_owned()),
                ("content-security-policy", "sandbox; default-src 'none'".to_owned()),
            ] {
                assert_eq!(headers[header], wanted, "{name} {header}");
            }
            // A text is sent while it is read, so nobody knows its length before its end.
            let length = headers.get("content-length").map(|length| length.to_str().expect("text").to_owned());
            assert_eq!(length, (name == "XLSX").then(|| bytes.len().to_string()), "{name}");
        }
    }

    async fn a_client_that_knows_no_pieces_is_told_the_length(lab) {
        let coordinator = lab.coordinator().await;
        let edition = computed(&lab, &coordinator, 1998).await;
        for (_, format) in FORMATS {
            let query = "query($edition: ID!, $format: FileFormat!) { editionExport(edition: $edition, format: $format) { url } }";
            let data = coordinator.get(query, json!({ "edition": edition, "format": format })).await;
            let url = text(&data, "/editionExport/url");
            let whole = coordinator.http.get(&url).send().await.expect("an answer").bytes().await.expect("bytes");
            let old = coordinator.http.get(&url).version(reqwest::Version::HTTP_10).send().await.expect("an answer");
            assert_eq!(old.content_length(), Some(whole.len() as u64), "{format}");
            assert_eq!(old.bytes().await.expect("bytes").len(), whole.len(), "{format}");
        }
    }

    async fn a_text_is_never_a_formula(lab) {
        let coordinator = lab.coordinator().await;
        let create = "mutation($input: FrameworkDraftInput!) {
            frameworkDraftCreate(input: $input) { framework { id nodes(first: 100) { nodes { id level } } } userErrors { code } } }";
        let input = json!({ "fromId": framework(&coordinator).await, "version": "2031", "nameVi": "=1+1", "nameEn": "@SUM(1)" });
        let made = coordinator.done(create, json!({ "input": input })).await;
        let framework = text(&made, "/framework/id");
        let leaves: Vec<String> = list(&made, "/framework/nodes/nodes").iter()
            .filter(|node| node["level"] == "INDICATOR").map(|node| text(node, "/id")).collect();
        let names = ["=HYPERLINK(\"http://x\")", "+1+1", "-2-2", "@SUM(A1)", "'=A1"];
        for (node, name) in leaves.iter().zip(names) {
            let update = "mutation($id: ID!, $name: String!) {
                nodeUpdate(id: $id, input: { nameVi: $name, nameEn: $name }) { userErrors { field code } } }";
            coordinator.done(update, json!({ "id": node, "name": name })).await;
        }
        let edition = draft_of(&coordinator, 2031, &framework).await;
        coordinator.done("mutation($id: ID!) { editionUpdate(id: $id, input: { note: \"=cmd|' /C calc'!A0\" }) { userErrors { code } } }",
            json!({ "id": edition })).await;
        let import = imported(&coordinator, &edition, "a.csv", "unit,1.1.1,1.1.2\n20,5,-6\n").await;
        assert_eq!(committed(&coordinator, &import).await, 2);
        let words = Words::of(&lab, key(&framework)).await;
        for (format, name) in FORMATS {
            let (bytes, _) = exported(&coordinator, &edition, name, "VI").await;
            assert_eq!(words.read(&bytes, format), words.asked(&coordinator, &edition).await.0);
            let said = unpacked(&bytes);
            match format {
                Format::Xlsx => assert!(!said.contains("<f>") && !said.contains("<f ") && said.contains("=cmd|")),
                Format::Json => assert!(said.contains("=cmd|")),
                Format::Csv => {
                    let fields: Vec<&str> = said.lines().flat_map(|line| line.split(',')).collect();
                    for name in names.map(|name| name.replace('"', "\"\"")) {
                        let field = format!("'{name}");
                        assert!(fields.contains(&field.as_str()) || fields.contains(&format!("\"{field}\"").as_str()), "{name}");
                    }
                    let formula = |field: &&&str| field.trim_start_matches('"').starts_with(['=', '+', '-', '@']);
                    assert_eq!(fields.iter().filter(formula).collect::<Vec<_>>(), [&"-6"], "a number may begin so");
                }
            }
        }
    }
}
