//! Targets: what a unit wants to reach, and how far it is by what the asker may see.

use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::editions::{CREATE, Figures, PUBLISH, enter, publish};
use crate::given::{database, unknown, written};
use crate::insight::{key, node, unit};
use crate::scene::{list, text};

const SET: &str =
    "mutation($input: TargetSetInput!, $version: Int) { targetSet(input: $input, expectedVersion: $version) {
    target { id year rank score aboveLastYear note rowVersion node { code framework { version } } }
    userErrors { field code message } } }";
const DELETE: &str = "mutation($id: ID!) { targetDelete(id: $id) { deletedId userErrors { field code } } }";
const TARGETS: &str =
    "query($unit: ID, $year: Int, $first: Int) { targets(unit: $unit, year: $year, first: $first) {
    totalCount nodes { year rank aboveLastYear status explanation unit { name } node { code name } } } }";

/// Status and explanation of the unit's target of a year.
async fn judged(client: &Client, unit: &str, year: i32) -> (String, String) {
    let data = client.get(TARGETS, json!({ "unit": unit, "year": year })).await;
    (text(&data, "/targets/nodes/0/status"), text(&data, "/targets/nodes/0/explanation"))
}

/// A draft of a year with Lạng Sơn's score and rank; its id.
async fn drafted(lab: &Lab, coordinator: &Client, year: i32, score: f64, rank: i32) -> String {
    let framework = coordinator.get("{ framework { id } }", json!({})).await;
    let input = json!({ "year": year, "frameworkId": framework["framework"]["id"] });
    let id = text(&coordinator.done(CREATE, json!({ "input": input })).await, "/edition/id");
    let update =
        "mutation($id: ID!) { editionUpdate(id: $id, input: { unitCount: 34 }) { userErrors { code } } }";
    coordinator.done(update, json!({ "id": id })).await;
    let figures = Figures { score: Some(score), rank: Some(rank), ..Figures::default() };
    enter(lab, &id, "20", "PII", figures).await;
    id
}

/// Takes an edition with its figures away.
async fn take_away(lab: &Lab, edition: &str) {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let only = |column: score::Column| sea_orm::Condition::all().add(column.eq(key(edition)));
    tx.delete_all::<score::Entity>(only(score::Column::EditionId)).await.expect("removed");
    let only = sea_orm::Condition::all().add(edition::Column::Id.eq(key(edition)));
    tx.delete_all::<edition::Entity>(only).await.expect("removed");
    tx.commit().await.expect("committed");
}

/// Gives Lạng Sơn a score in the published edition of 2025, of which only its rank is known.
async fn score_of_2025(lab: &Lab, score: f64) {
    let store = lab.app.system();
    let units = store.find::<unit::Entity>().filter(unit::Column::Code.eq("20"));
    let unit =
        store.first(units.filter(unit::Column::ValidTo.is_null())).await.expect("read").expect("a unit");
    let tx = store.begin().await.expect("a transaction");
    let rows = tx.find::<score::Entity>().filter(score::Column::UnitId.eq(unit.id));
    let row = tx.first(rows.filter(score::Column::Rank.eq(29))).await.expect("read").expect("its rank");
    let change = score::ActiveModel { score: Set(Some(score)), ..Default::default() };
    tx.amend::<score::Entity>(row.id, change).await.expect("written");
    tx.commit().await.expect("committed");
}

both! {
    async fn the_plans_target_is_there_with_its_arithmetic(lab) {
        let officer = lab.officer("STC").await;
        let unit = unit(&officer, "lang son").await;
        let data = officer.get(TARGETS, json!({})).await;
        assert_eq!(data["targets"], json!({ "totalCount": 1, "nodes": [{ "year": 2026, "rank": 25, "aboveLastYear": true,
            "status": "UNKNOWN", "unit": { "name": "Lang Son Province" }, "node": { "code": "PII", "name": "Provincial Innovation Index" },
            "explanation": "No figures of 2026 yet. Rank: goal 25; 29 in 2025: 29 − 25 = 4 places to rise. \
                The score of 2026 must be above that of the year before, which is not known." }] }));
        let (status, words) = judged(&officer.speaking("vi"), &unit, 2026).await;
        assert_eq!(status, "UNKNOWN");
        assert_eq!(words, "Chưa có số liệu năm 2026. Hạng: mục tiêu 25; năm 2025 xếp thứ 29: cần tăng 29 − 25 = 4 bậc. \
            Điểm năm 2026 phải cao hơn năm trước; chưa có điểm năm trước để so sánh.");
    }

    async fn a_target_is_set_once_and_then_changed_in_place(lab) {
        let coordinator = lab.coordinator().await;
        let unit = unit(&coordinator, "lang son").await;
        let input = json!({ "unitId": unit, "year": 2027, "rank": 20, "note": "Năm sau" });
        let made = coordinator.done(SET, json!({ "input": input })).await["target"].take();
        let id = text(&made, "/id");
        assert_eq!(made, json!({ "id": id, "year": 2027, "rank": 20, "score": null, "aboveLastYear": false,
            "note": "Năm sau", "rowVersion": 1, "node": { "code": "PII", "framework": { "version": "2025" } } }));
        // The index of 2024 is the same node in another framework version.
        let versions = coordinator.get("{ frameworks(first: 9) { nodes { version nodes(first: 1) { nodes { id code } } } } }", json!({})).await;
        let old = list(&versions, "/frameworks/nodes").iter().find(|one| one["version"] == "2024").expect("2024");
        let input = json!({ "unitId": unit, "year": 2027, "nodeId": old["nodes"]["nodes"][0]["id"], "score": 45.5, "aboveLastYear": true });
        let changed = coordinator.done(SET, json!({ "input": input, "version": 1 })).await["target"].take();
        assert_eq!(changed, json!({ "id": id, "year": 2027, "rank": null, "score": 45.5, "aboveLastYear": true,
            "note": null, "rowVersion": 2, "node": { "code": "PII", "framework": { "version": "2025" } } }));
        let pillar = json!({ "unitId": unit, "year": 2027, "nodeId": node(&lab, "7").await, "rank": 30 });
        let other = coordinator.done(SET, json!({ "input": pillar })).await["target"].take();
        assert!(other["id"] != id && other["node"]["code"] == "7");
        let behind = database(&lab).await;
        let before = written(&behind).await;
        assert_eq!(coordinator.refused(SET, json!({ "input": input, "version": 1 })).await, ["expectedVersion CONFLICT"]);
        let none = json!({ "unitId": unit, "year": 2031, "rank": 1 });
        assert_eq!(coordinator.refused(SET, json!({ "input": none, "version": 1 })).await, ["expectedVersion CONFLICT"]);
        assert_eq!(written(&behind).await, before);
        assert_eq!(coordinator.done(DELETE, json!({ "id": id })).await["deletedId"], id);
        let left = coordinator.get(TARGETS, json!({ "unit": unit, "year": 2027 })).await;
        assert_eq!((&left["targets"]["totalCount"], &left["targets"]["nodes"][0]["node"]["code"]), (&json!(1), &json!("7")));
    }

    async fn a_target_says_what_is_wrong_with_it(lab) {
        let coordinator = lab.coordinator().await;
        let unit = unit(&coordinator, "lang son").await;
        let from = coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"].clone();
        let create = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
            framework { nodes(first: 1) { nodes { id } } } userErrors { code } } }";
        let input = json!({ "fromId": from, "version": "2030", "nameVi": "Dự thảo", "nameEn": "Draft" });
        let draft = coordinator.done(create, json!({ "input": input })).await;
        let behind = database(&lab).await;
        let before = written(&behind).await;
        for (change, wanted) in [
            (json!({ "rank": null }), "input.rank REQUIRED"),
            (json!({ "rank": 0 }), "input.rank OUT_OF_RANGE"),
            (json!({ "rank": 10_001 }), "input.rank OUT_OF_RANGE"),
            (json!({ "score": 1e7 }), "input.score OUT_OF_RANGE"),
            (json!({ "year": 1899 }), "input.year OUT_OF_RANGE"),
            (json!({ "unitId": unknown("unit") }), "input.unitId NOT_FOUND"),
            (json!({ "unitId": from }), "input.unitId INVALID_ID"),
            (json!({ "nodeId": unknown("node") }), "input.nodeId NOT_FOUND"),
            (json!({ "nodeId": unit }), "input.nodeId INVALID_ID"),
            // Others could not see what the target is about.
            (json!({ "nodeId": draft["framework"]["nodes"]["nodes"][0]["id"] }), "input.nodeId INVALID_STATE"),
        ] {
            let mut input = json!({ "unitId": unit, "year": 2027, "rank": 20 });
            for (field, value) in change.as_object().expect("an object") {
                input[field] = value.clone();
            }
            assert_eq!(coordinator.refused(SET, json!({ "input": input })).await, [wanted], "{input}");
        }
        assert_eq!(written(&behind).await, before, "nothing was written");
    }

    async fn targets_are_set_by_the_coordinator_alone(lab) {
        let coordinator = lab.coordinator().await;
        let unit = unit(&coordinator, "lang son").await;
        let input = json!({ "unitId": unit, "year": 2026, "rank": 1 });
        let target = coordinator.get("{ targets { nodes { id } } }", json!({})).await["targets"]["nodes"][0]["id"].clone();
        let behind = database(&lab).await;
        let before = written(&behind).await;
        for (role, seen) in [(Role::Leader, true), (Role::Officer, true), (Role::Admin, true), (Role::Integration, false)] {
            let client = lab.sign_in(role, (role == Role::Officer).then_some("STC")).await;
            assert_eq!(client.code(SET, json!({ "input": input })).await, "FORBIDDEN");
            let wanted = if seen { "FORBIDDEN" } else { "NOT_FOUND" };
            assert_eq!(client.code(DELETE, json!({ "id": target })).await, wanted);
            let data = client.get("query($id: ID!) { node(id: $id) { id } targets { totalCount } }", json!({ "id": target })).await;
            assert_eq!(data["node"].is_null(), !seen);
            assert_eq!(data["targets"]["totalCount"], i32::from(seen));
        }
        // The users made meanwhile are not what was written.
        let rows = |text: &str| text.lines().filter(|line| !line.contains("user")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(rows(&written(&behind).await), rows(&before));
    }

    async fn a_draft_is_on_track_for_those_who_see_it_and_nothing_for_others(lab) {
        let coordinator = lab.coordinator().await;
        let insiders = [coordinator.clone(), lab.sign_in(Role::Leader, None).await];
        let outsiders = [lab.officer("STC").await, lab.sign_in(Role::Admin, None).await];
        let unit = unit(&coordinator, "lang son").await;
        score_of_2025(&lab, 40.0).await;
        let without = judged(&outsiders[0], &unit, 2026).await;
        assert_eq!(without.0, "UNKNOWN");
        assert!(without.1.contains("29 − 25 = 4") && without.1.contains("(40.00)"), "{}", without.1);
        let draft = drafted(&lab, &coordinator, 2026, 41.25, 24).await;
        for client in &insiders {
            let (status, words) = judged(client, &unit, 2026).await;
            assert_eq!(status, "ON_TRACK");
            assert_eq!(words, "Rank: goal 25, now 24 (24 ≤ 25). The score of 2026 must be above that of 2025: 41.25 − 40.00 = 1.25.");
        }
        for client in &outsiders {
            assert_eq!(judged(client, &unit, 2026).await, without, "for them there is no draft");
        }
        publish(&coordinator, &draft).await;
        for client in insiders.iter().chain(&outsiders) {
            let (status, words) = judged(client, &unit, 2026).await;
            assert_eq!(status, "REACHED");
            assert!(words.contains("24 ≤ 25") && words.contains("41.25 − 40.00 = 1.25"), "{words}");
        }
    }

    async fn a_goal_that_is_missed_is_off_track(lab) {
        let coordinator = lab.coordinator().await;
        let officer = lab.officer("STC").await;
        let unit = unit(&coordinator, "lang son").await;
        score_of_2025(&lab, 40.0).await;
        for (score, rank, part) in [
            (41.0, 27, "Rank: goal 25, now 27; 27 − 25 = 2 places short."),
            (40.0, 25, "The score of 2026 must be above that of 2025: 40.00 − 40.00 = 0.00."),
        ] {
            let draft = drafted(&lab, &coordinator, 2026, score, rank).await;
            let (status, words) = judged(&coordinator, &unit, 2026).await;
            assert_eq!(status, "OFF_TRACK");
            assert!(words.contains(part), "{words}");
            assert_eq!(judged(&officer, &unit, 2026).await.0, "UNKNOWN");
            take_away(&lab, &draft).await;
        }
        let draft = drafted(&lab, &coordinator, 2026, 41.0, 27).await;
        coordinator.done(PUBLISH, json!({ "id": draft })).await;
        assert_eq!(judged(&officer, &unit, 2026).await.0, "OFF_TRACK");
    }

    async fn without_figures_the_trend_of_years_that_may_be_compared_is_followed(lab) {
        let coordinator = lab.coordinator().await;
        let officer = lab.officer("STC").await;
        let unit = unit(&coordinator, "lang son").await;
        score_of_2025(&lab, 40.0).await;
        let draft = drafted(&lab, &coordinator, 2026, 41.0, 27).await;
        for (year, rank) in [(2027, 25), (2028, 22)] {
            let input = json!({ "unitId": unit, "year": year, "rank": rank });
            coordinator.done(SET, json!({ "input": input })).await;
        }
        // 29, 27: two places a year.
        let (status, words) = judged(&coordinator, &unit, 2027).await;
        assert_eq!((status.as_str(), words.as_str()), ("ON_TRACK",
            "No figures of 2027 yet; the trend of the last two years is followed. Rank: goal 25, projected 27 + (27 − 29) = 25 (25 ≤ 25)."));
        let (status, words) = judged(&coordinator.speaking("vi"), &unit, 2028).await;
        assert_eq!((status.as_str(), words.as_str()), ("OFF_TRACK",
            "Chưa có số liệu năm 2028; ngoại suy theo xu hướng hai năm gần nhất. Hạng: mục tiêu 22, ngoại suy 27 + (27 − 29) × 2 = 23; còn thiếu 23 − 22 = 1 bậc."));
        // 2025 is the only year that an officer knows of this framework.
        assert_eq!(judged(&officer, &unit, 2027).await.0, "UNKNOWN");
        publish(&coordinator, &draft).await;
        assert_eq!(judged(&officer, &unit, 2027).await.0, "ON_TRACK");
    }

    async fn many_targets_cost_as_many_statements_as_one(lab) {
        let officer = lab.officer("STC").await;
        let store = lab.app.system();
        let units = store.find::<unit::Entity>().filter(unit::Column::ValidTo.is_null());
        let units = store.all(units).await.expect("units");
        let (index, leaf) = (key(&node(&lab, "PII").await), key(&node(&lab, "1.1.1").await));
        let row = |(place, unit): (usize, &unit::Model)| target::ActiveModel {
            unit_id: Set(unit.id),
            year: Set(2030),
            node_id: Set(if place % 2 == 0 { index } else { leaf }),
            rank: Set(Some(10)),
            above_last_year: Set(true),
            row_version: Set(1),
            ..Default::default()
        };
        let tx = store.begin().await.expect("a transaction");
        tx.insert_all::<target::Entity>(units.iter().take(20).enumerate().map(row).collect()).await.expect("written");
        tx.commit().await.expect("committed");
        let mut costs = Vec::new();
        for first in [2, 20] {
            let variables = json!({ "year": 2030, "first": first });
            officer.get(TARGETS, variables.clone()).await;
            lab.listen();
            let data = officer.get(TARGETS, variables).await;
            assert_eq!(list(&data, "/targets/nodes").len(), first);
            assert!(list(&data, "/targets/nodes").iter().all(|one| one["explanation"] != Value::Null));
            costs.push(lab.heard().len());
        }
        // The list and its count, units, nodes; then nodes, indicators, index nodes, scores, computed scores and editions.
        assert_eq!(costs, [8, 8]);
    }

    async fn a_real_goal_is_not_measured_by_made_up_figures(lab) {
        let coordinator = lab.coordinator().await;
        let made_up = crate::insight::synthetic(&lab, 2026, Publication::Draft).await;
        for mutation in ["editionCompute", "editionPublish"] {
            crate::scene::act(&coordinator, mutation, &made_up).await;
        }
        let seen = coordinator.get("{ targets(year: 2026) { nodes { status } } newest: edition { year } ranking { totalCount } }", json!({})).await;
        assert_eq!(seen["targets"]["nodes"][0]["status"], "UNKNOWN");
        assert_eq!(seen["newest"]["year"], 2025, "what is real comes first");
        assert_ne!(seen["ranking"]["totalCount"], 0);
        let query = "query($unit: ID!, $from: ID!, $to: ID!) { compareEditions(unit: $unit, from: $from, to: $to) { comparable warning } }";
        let known = coordinator.get("{ edition(year: 2025) { id } units(filter: { text: \"lang son\" }) { nodes { id } } }", json!({})).await;
        let (from, unit) = (crate::scene::text(&known, "/edition/id"), crate::scene::text(&known, "/units/nodes/0/id"));
        let compared = coordinator.get(query, json!({ "unit": unit, "from": from, "to": made_up })).await;
        assert_eq!(compared["compareEditions"]["comparable"], false);
        assert!(crate::scene::text(&compared, "/compareEditions/warning").contains("SYNTHETIC"));
    }
}
