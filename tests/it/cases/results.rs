//! Cases of editions, targets and denominators.

use api::seed::synthetic_edition;
use entity::Publication;
use serde_json::json;
use tests::Lab;
use uuid::Uuid;

use super::Cases;
use crate::scene::{Cast, text};

/// A synthetic edition of a long gone year; its global id.
async fn edition(lab: &Lab, cast: &Cast, year: i32, status: Publication) -> String {
    let framework = cast.coordinator.get("{ framework { id } }", json!({})).await;
    let framework = text(&framework, "/framework/id").replace("framework:", "");
    let tx = lab.app.system().begin().await.expect("a transaction");
    let framework = Uuid::parse_str(&framework).expect("a key");
    let row = synthetic_edition(&tx, year, framework, status).await.expect("the edition is written");
    tx.commit().await.expect("committed");
    format!("edition:{}", row.id)
}

pub(super) async fn results(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let known = "{ framework { id } units(filter: { text: \"lang son\" }) { nodes { id } } }";
    let known = cast.coordinator.get(known, json!({})).await;
    let (framework, unit) = (text(&known, "/framework/id"), text(&known, "/units/nodes/0/id"));
    let of = framework.clone();
    let year = |role: &str| 1_900 + i32::try_from(role.len()).expect("a short name");
    cases.input(
        "editionCreate",
        "EditionCreateInput",
        move |role| json!({ "year": year(role), "frameworkId": of }),
    );
    let id = edition(lab, cast, 1950, Publication::Draft).await;
    cases.act("editionUpdate", &id, ", input: { note: \"Đang nhập\" }");
    let id = edition(lab, cast, 1951, Publication::Draft).await;
    cases.act("editionCompute", &id, "");
    let id = edition(lab, cast, 1952, Publication::Draft).await;
    cases.act("editionPublish", &id, "");
    let id = edition(lab, cast, 1953, Publication::Published).await;
    cases.act("editionRevise", &id, ", reason: \"Đính chính\"");
    let id = edition(lab, cast, 1957, Publication::Draft).await;
    cases.act("editionDelete", &id, "");
    cases.query("computedRanking", "{ nodes { id } }");
    let of = unit.clone();
    let chart = "query($unit: ID!) { chart(kind: RADAR, unit: $unit) { alt } }";
    cases.with("chart", chart, move |_| json!({ "unit": of }));
    cases.query("targets", "{ nodes { id status explanation } }");
    let input = json!({ "unitId": unit, "year": 2027, "rank": 20 });
    let goal = input.clone();
    cases.input("targetSet", "TargetSetInput", move |_| goal.clone());
    let set = "mutation($input: TargetSetInput!) { targetSet(input: $input) { target { id } userErrors { code } } }";
    let input = json!({ "unitId": unit, "year": 2028, "rank": 20 });
    let target = cast.coordinator.done(set, json!({ "input": input })).await;
    cases.act("targetDelete", &text(&target, "/target/id"), "");

    let create = "mutation($input: FrameworkDraftInput!) {
        frameworkDraftCreate(input: $input) { framework { id } userErrors { code } }
    }";
    let input = json!({ "fromId": framework, "version": "2032", "nameVi": "Có mẫu số", "nameEn": "With denominators" });
    let draft = cast.coordinator.done(create, json!({ "input": input })).await;
    let draft = text(&draft, "/framework/id");
    let divisor = move |code: &str| json!({ "frameworkId": draft, "code": code, "nameVi": "Dân số", "nameEn": "Population", "unit": "người" });
    let create = "mutation($input: DenominatorCreateInput!) {
        denominatorCreate(input: $input) { denominator { id } userErrors { code } }
    }";
    let made = cast.coordinator.done(create, json!({ "input": divisor("BỎ") })).await;
    cases.input("denominatorCreate", "DenominatorCreateInput", divisor);
    cases.act("denominatorDelete", &text(&made, "/denominator/id"), "");
    files(cases, lab, cast).await;
    jobs(cases, lab, cast).await;
}

async fn files(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let draft = edition(lab, cast, 1954, Publication::Draft).await;
    let published = edition(lab, cast, 1955, Publication::Published).await;
    let of = draft.clone();
    cases.input(
        "editionImportCreate",
        "EditionImportCreateInput",
        move |_| json!({ "editionId": of, "file": { "name": "giá trị.csv" } }),
    );
    let import = crate::figures::imported(&cast.coordinator, &draft, "a.csv", "unit,1.1.1\n20,5\n").await;
    let id = import.clone();
    let document = "query($id: ID!) { editionImportPreview(id: $id) { rowsRead } }";
    cases.with("editionImportPreview", document, move |_| json!({ "id": id }));
    cases.act("editionImportCommit", &import, ", allowUnmatched: true");
    let document = "query($edition: ID!) { editionExport(edition: $edition, format: CSV) { url } }";
    cases.with("editionExport", document, move |_| json!({ "edition": published }));
}

async fn jobs(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let edition = edition(lab, cast, 1956, Publication::Published).await;
    let of = edition.clone();
    let start = "mutation($edition: ID!) {
        monteCarloStart(edition: $edition, input: { draws: 10 }) { job { id } userErrors { field code } }
    }";
    let mut own = Vec::new();
    for _ in 0..2 {
        let made = cast.coordinator.done(start, json!({ "edition": edition })).await;
        own.push(text(&made, "/job/id"));
    }
    cases.with("monteCarloStart", start, move |_| json!({ "edition": of }));
    cases.of("job", &own[0]);
    cases.query("jobs", "{ nodes { id } }");
    cases.act("jobCancel", &own[1], "");
}
