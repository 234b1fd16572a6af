//! One unit in two editions.

use entity::Publication;
use index::over_time::{Change, over_time};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::explained::execute;
use super::{basis, codes, key, near, number, published, rows, same, synthetic, unit};
use crate::scene::{list, text};

pub const CHANGE: &str =
    "query($unit: ID!, $from: ID!, $to: ID!) { compareEditions(unit: $unit, from: $from, to: $to) {
    unit { id } from { year } to { year } comparable warning source missing
    score { total own others method } rank { total own others method }
    nodes { node { code level } before { code }
      from { value computedScore computedRank publishedScore publishedRank }
      to { value computedScore computedRank publishedScore publishedRank } } } }";

async fn change(client: &Client, unit: &str, from: &str, to: &str) -> Value {
    client.get(CHANGE, json!({ "unit": unit, "from": from, "to": to })).await["compareEditions"].take()
}

/// Total and parts, which must add up.
fn parts(change: &Value) -> [f64; 4] {
    let parts = ["total", "own", "others", "method"].map(|part| number(&change[part]));
    assert!(near(parts[1] + parts[2] + parts[3], parts[0]), "{change}");
    parts
}

/// A draft of the framework of 2025 that its indicators go on in: its id and its nodes.
async fn draft(coordinator: &Client, version: &str) -> (String, Vec<Value>) {
    let from = coordinator.get("{ framework(version: \"2025\") { id } }", json!({})).await;
    let create = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
        framework { id nodes(first: 100) { nodes { id code level } } } userErrors { code } } }";
    let input =
        json!({ "fromId": from["framework"]["id"], "version": version, "nameVi": "Mới", "nameEn": "New" });
    let made = coordinator.done(create, json!({ "input": input })).await;
    (text(&made, "/framework/id"), list(&made, "/framework/nodes/nodes").clone())
}

fn with_code(nodes: &[Value], code: &str) -> String {
    let found = nodes.iter().find(|node| node["code"] == code).expect("a node");
    text(found, "/id")
}

async fn rename(coordinator: &Client, node: &str, code: &str) {
    let update = "mutation($id: ID!, $input: NodeUpdateInput!) { nodeUpdate(id: $id, input: $input) { userErrors { code } } }";
    coordinator.done(update, json!({ "id": node, "input": { "code": code } })).await;
}

/// Publishes the draft; a synthetic edition of it.
async fn edition(lab: &Lab, coordinator: &Client, framework: &str, year: i32) -> String {
    let publish = "mutation($id: ID!) { frameworkPublish(id: $id) { userErrors { field code } } }";
    coordinator.done(publish, json!({ "id": framework })).await;
    let tx = lab.app.system().begin().await.expect("a transaction");
    let made = api::seed::synthetic_edition(&tx, year, key(framework), Publication::Published).await;
    tx.commit().await.expect("committed");
    format!("edition:{}", made.expect("an edition").id)
}

both! {
    async fn a_change_is_parted_as_the_engine_parts_it(lab) {
        let officer = lab.officer("STC").await;
        let from = synthetic(&lab, 1998, Publication::Published).await;
        let to = synthetic(&lab, 1999, Publication::Published).await;
        let (old, new) = (basis(&lab, &from).await, basis(&lab, &to).await);
        for name in ["lang son", "dong nai"] {
            let unit = unit(&officer, name).await;
            let found = change(&officer, &unit, &from, &to).await;
            assert_eq!((&found["comparable"], &found["warning"]), (&json!(true), &Value::Null));
            assert_eq!((&found["source"], &found["missing"]), (&json!("COMPUTED"), &json!([])));
            let row = new.row(key(&unit), "").expect("a row");
            let (old_side, new_side) =
                ((&old.framework, old.computed.table()), (&new.framework, new.computed.table()));
            let engine = over_time(old_side, new_side, &new.units[row].code).expect("a change");
            let Change::Split { score, rank } = engine else { panic!("{engine:?}") };
            for (shown, made) in [("score", score), ("rank", rank)] {
                let numbers = [made.total, made.own, made.others, made.method];
                assert!(parts(&found[shown]).into_iter().zip(numbers).all(|(a, b)| near(a, b)), "{made:?}");
                assert_eq!(made.method, 0.0);
            }
            for (node, place) in rows(&found["nodes"]).iter().zip(0..) {
                assert_eq!(node["before"]["code"], node["node"]["code"]);
                let before = old.row(key(&unit), "").expect("a row");
                same(&node["from"]["computedScore"], old.computed.score(place, before));
                same(&node["to"]["computedScore"], new.computed.score(place, row));
                same(&node["to"]["computedRank"], new.computed.rank(place, row));
            }
            assert_eq!(rows(&found["nodes"]).len(), 78);
        }
    }

    async fn an_indicator_is_followed_whatever_its_code(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let from = synthetic(&lab, 1998, Publication::Published).await;
        let (framework, nodes) = draft(&coordinator, "1999").await;
        let (one, other) = (with_code(&nodes, "1.1.1"), with_code(&nodes, "7.2.1"));
        rename(&coordinator, &one, "between").await;
        rename(&coordinator, &other, "1.1.1").await;
        rename(&coordinator, &one, "7.2.1").await;
        let to = edition(&lab, &coordinator, &framework, 1999).await;
        // Missing values then come from the region, which a renamed table must know too.
        execute(&lab, "UPDATE framework SET imputation = 'group_mean'").await;
        let unit = unit(&officer, "lang son").await;
        let found = change(&officer, &unit, &from, &to).await;
        // Nothing but names differs, so the method changes nothing; by code it would.
        let [_, _, _, method] = parts(&found["score"]);
        assert!(near(method, 0.0), "{}", found["score"]);
        parts(&found["rank"]);
        let old_index = number(&found["nodes"][0]["from"]["computedScore"]);
        let new_index = number(&found["nodes"][0]["to"]["computedScore"]);
        assert!(near(number(&found["score"]["total"]), new_index - old_index));
        assert_eq!((&found["comparable"], &found["missing"]), (&json!(false), &json!([])));
        let warning = text(&found, "/warning");
        assert!(warning.contains("frameworks (2025 and 1999)"), "{warning}");
        for node in rows(&found["nodes"]) {
            let code = node["node"]["code"].as_str().expect("a code");
            let before = match code { "1.1.1" => "7.2.1", "7.2.1" => "1.1.1", same => same };
            assert_eq!(node["before"]["code"], before);
        }
        // The other way round the lines are the same.
        let back = change(&officer, &unit, &to, &from).await;
        let [total, ..] = parts(&back["score"]);
        assert!(near(total, old_index - new_index));
    }

    async fn what_is_new_leaves_only_the_whole(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let from = synthetic(&lab, 1998, Publication::Published).await;
        let (framework, nodes) = draft(&coordinator, "1999").await;
        let create = "mutation($input: NodeCreateInput!) { nodeCreate(input: $input) { userErrors { field code } } }";
        let measure = json!({ "unit": "%", "direction": "HIGHER_IS_BETTER", "dataSource": "?" });
        let input = json!({ "parentId": with_code(&nodes, "1.1"), "code": "1.1.9", "nameVi": "Mới", "nameEn": "New",
            "indicator": measure });
        coordinator.done(create, json!({ "input": input })).await;
        let to = edition(&lab, &coordinator, &framework, 1999).await;
        let found = change(&officer, &unit(&officer, "lang son").await, &from, &to).await;
        assert_eq!((&found["missing"], &found["source"]), (&json!(["1.1.9"]), &json!("COMPUTED")));
        let (before, after) = (&found["nodes"][0]["from"], &found["nodes"][0]["to"]);
        for (part, figure) in [("score", "computedScore"), ("rank", "computedRank")] {
            let total = number(&after[figure]) - number(&before[figure]);
            assert_eq!(found[part], json!({ "total": total, "own": null, "others": null, "method": null }));
        }
        let warning = text(&found, "/warning");
        assert!(warning.contains("concerned: 1."), "{warning}");
        let new = rows(&found["nodes"]).iter().find(|node| node["node"]["code"] == "1.1.9").expect("there");
        assert_eq!((&new["before"], &new["from"]["value"]), (&Value::Null, &Value::Null));
    }

    async fn real_editions_give_totals_and_a_warning(lab) {
        let officer = lab.officer("STC").await;
        let (from, to) = (published(&officer, 2024).await, published(&officer, 2025).await);
        let found = change(&officer, &unit(&officer, "ha noi").await, &from, &to).await;
        assert_eq!((&found["comparable"], &found["source"]), (&json!(false), &json!("PUBLISHED")));
        assert!(near(number(&found["score"]["total"]), 65.68 - 60.76), "{}", found["score"]);
        assert_eq!((&found["rank"]["total"], &found["score"]["own"]), (&json!(0.0), &Value::Null));
        assert_eq!(rows(&found["missing"]).len(), 52);
        let warning = text(&found, "/warning");
        for words in ["frameworks (2024 and 2025)", "(63 and 34)", "concerned: 52.", "Do not compare"] {
            assert!(warning.contains(words), "{warning}");
        }
        assert_eq!(codes(&found["nodes"])[..3], ["PII", "IN", "1"]);
        let vietnamese = officer.speaking("vi");
        let last = unit(&officer, "cao bang").await;
        let found = change(&vietnamese, &last, &from, &to).await;
        assert_eq!((&found["score"]["total"], &found["rank"]["total"]), (&Value::Null, &json!(-29.0)));
        let warning = text(&found, "/warning");
        assert!(warning.starts_with("Hai kỳ dùng hai khung chỉ số khác nhau (2024 và 2025)."), "{warning}");
    }

    async fn two_editions_cost_a_bounded_number_of_statements(lab) {
        let officer = lab.officer("STC").await;
        let unit = unit(&officer, "ha noi").await;
        let synthetic = [
            synthetic(&lab, 1998, Publication::Published).await,
            synthetic(&lab, 1999, Publication::Published).await,
        ];
        let real = [published(&officer, 2024).await, published(&officer, 2025).await];
        for ([from, to], most) in [(synthetic, 16), (real, 28)] {
            change(&officer, &unit, &from, &to).await;
            lab.listen();
            change(&officer, &unit, &from, &to).await;
            let heard = lab.heard();
            assert!(heard.len() <= most, "{}\n{}", heard.len(), heard.join("\n\n"));
        }
    }

    async fn a_merged_unit_is_not_its_predecessors(lab) {
        let officer = lab.officer("STC").await;
        let (from, to) = (published(&officer, 2024).await, published(&officer, 2025).await);
        let found = change(&officer, &unit(&officer, "khanh hoa").await, &from, &to).await;
        assert_eq!((&found["score"]["total"], &found["rank"]["total"]), (&Value::Null, &Value::Null));
        assert_eq!((&found["comparable"], &found["source"]), (&json!(false), &Value::Null));
        let warning = text(&found, "/warning");
        assert!(warning.contains("The edition of 2024 has no figures of Khanh Hoa"), "{warning}");
        assert!(warning.contains("exists since 2025-07-01; the units that were merged into it"), "{warning}");
        let index = &found["nodes"][0];
        assert_eq!((&index["from"]["publishedScore"], &index["to"]["publishedScore"]), (&Value::Null, &json!(46.54)));
    }
}
