//! What is refused, with its code, and what an officer may not see.

use entity::Publication;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{node, published, synthetic, unit};
use crate::given::unknown;

/// The questions, by their root field; `$unit`, `$node`, `$edition` and `$other` are there for all of them.
const QUESTIONS: [(&str, &str); 9] = [
    ("contributions", "contributions(unit: $unit, edition: $edition) { points }"),
    (
        "strengthsAndWeaknesses",
        "strengthsAndWeaknesses(unit: $unit, edition: $edition) { strengths { rank } }",
    ),
    ("gaps", "gaps(unit: $unit, edition: $edition) { score }"),
    (
        "compareUnits",
        "compareUnits(edition: $edition, units: [$unit, $other], nodes: [$node]) { units { id } }",
    ),
    ("publishedDifferences", "publishedDifferences(edition: $edition, unit: $unit) { total }"),
    (
        "correlations",
        "correlations(edition: $edition, rows: PILLAR, columns: PILLAR, within: $node) { values }",
    ),
    ("reliability", "reliability(edition: $edition) { alpha }"),
    ("compareEditions", "compareEditions(unit: $unit, from: $edition, to: $edition) { comparable }"),
    ("explain", "explain(unit: $unit, node: $node, edition: $edition) { score }"),
];

async fn code(client: &Client, field: &str, selection: &str, variables: &Value) -> String {
    let declared = ["unit", "node", "edition", "other"]
        .into_iter()
        .filter(|name| selection.contains(&format!("${name}")));
    let declared: Vec<String> = declared.map(|name| format!("${name}: ID!")).collect();
    let document = format!("query({}) {{ {selection} }}", declared.join(", "));
    let answer = client.ask(&document, variables.clone()).await;
    let Some(error) = answer.body.pointer("/errors/0") else {
        assert!(!answer.body["data"][field].is_null(), "{field}: {:#}", answer.body);
        return "ok".to_owned();
    };
    // Whoever is not signed in gets no further than the door.
    let path = if client.token.is_some() { json!([field]) } else { json!(null) };
    assert_eq!(error["path"], path, "{:#}", answer.body);
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
    error["extensions"]["code"].as_str().expect("a code").to_owned()
}

both! {
    async fn a_draft_edition_is_not_there_for_an_officer(lab) {
        let (officer, leader) = (lab.officer("STC").await, lab.coordinator().await);
        let edition = synthetic(&lab, 1998, Publication::Draft).await;
        let variables = json!({ "edition": edition, "unit": unit(&officer, "lang son").await,
            "other": unit(&officer, "ha noi").await, "node": node(&lab, "IN").await });
        for (field, selection) in QUESTIONS {
            assert_eq!(code(&officer, field, selection, &variables).await, "NOT_FOUND", "{field}");
            assert_eq!(code(&leader, field, selection, &variables).await, "ok", "{field}");
            assert_eq!(code(&lab.nobody(), field, selection, &variables).await, "UNAUTHENTICATED", "{field}");
            let mut gone = variables.clone();
            gone["edition"] = unknown("edition").into();
            assert_eq!(code(&officer, field, selection, &gone).await, "NOT_FOUND", "{field}");
        }
    }

    async fn wrong_ids_are_told_apart(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let right = json!({ "edition": edition, "unit": unit(&officer, "lang son").await,
            "other": unit(&officer, "ha noi").await, "node": node(&lab, "IN").await });
        for (field, selection) in QUESTIONS {
            assert_eq!(code(&officer, field, selection, &right).await, "ok", "{field}");
            for argument in ["unit", "node", "edition"] {
                if !selection.contains(&format!("${argument}")) {
                    continue;
                }
                let mut wrong = right.clone();
                wrong[argument] = right["other"].clone();
                if argument != "unit" {
                    assert_eq!(code(&officer, field, selection, &wrong).await, "INVALID_ID", "{field} {argument}");
                }
                wrong[argument] = "lang-son".into();
                assert_eq!(code(&officer, field, selection, &wrong).await, "INVALID_ID", "{field} {argument}");
                wrong[argument] = unknown(argument).into();
                assert_eq!(code(&officer, field, selection, &wrong).await, "NOT_FOUND", "{field} {argument}");
            }
        }
    }

    async fn wrong_numbers_and_lists_are_refused(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let variables = json!({ "edition": edition, "unit": unit(&officer, "lang son").await, "node": node(&lab, "1").await });
        let many = |what: &str, count: usize| vec![what; count].join(", ");
        let units = |list: &str| format!("compareUnits(edition: $edition, units: [{list}]) {{ units {{ id }} }}");
        let other = format!("\"{}\"", unit(&officer, "ha noi").await);
        let nodes = format!(
            "compareUnits(edition: $edition, units: [$unit, {other}], nodes: [{}]) {{ units {{ id }} }}",
            many("$node", 101)
        );
        for (selection, wanted) in [
            ("strengthsAndWeaknesses(unit: $unit, edition: $edition, size: 0) { strengths { rank } }", "OUT_OF_RANGE"),
            ("strengthsAndWeaknesses(unit: $unit, edition: $edition, size: 21) { strengths { rank } }", "OUT_OF_RANGE"),
            ("gaps(unit: $unit, edition: $edition, first: 0) { score }", "OUT_OF_RANGE"),
            ("gaps(unit: $unit, edition: $edition, first: 101) { score }", "OUT_OF_RANGE"),
            ("publishedDifferences(edition: $edition, first: 101) { total }", "OUT_OF_RANGE"),
            (&units("$unit"), "OUT_OF_RANGE"),
            (&units(""), "OUT_OF_RANGE"),
            (&units("$unit, $unit"), "DUPLICATE"),
            (&units(&many("$unit", 11)), "TOO_MANY"),
            (&nodes, "TOO_MANY"),
            ("explain(unit: $unit, node: \"node:01990000-0000-7000-8000-000000000000\", edition: $edition) { score }", "NOT_FOUND"),
        ] {
            let field = selection.split('(').next().expect("a field");
            assert_eq!(code(&officer, field, selection, &variables).await, wanted, "{selection}");
        }
    }

    async fn a_unit_that_was_not_measured_has_no_score(lab) {
        let officer = lab.officer("STC").await;
        let former = "{ units(filter: { text: \"ninh thuan\" }) { nodes { id validTo } } }";
        let former = officer.get(former, json!({})).await;
        let former = &former["units"]["nodes"][0];
        assert_eq!(former["validTo"], "2025-06-30");
        let variables = json!({ "edition": synthetic(&lab, 1998, Publication::Published).await, "unit": former["id"],
            "other": unit(&officer, "ha noi").await, "node": node(&lab, "IN").await });
        for (field, selection) in QUESTIONS {
            let own = matches!(field, "contributions" | "strengthsAndWeaknesses" | "gaps");
            let wanted = if own { "UNSCORED" } else { "ok" };
            assert_eq!(code(&officer, field, selection, &variables).await, wanted, "{field}");
        }
    }

    async fn what_cannot_be_computed_says_so(lab) {
        let officer = lab.officer("STC").await;
        let variables = json!({ "edition": published(&officer, 2025).await, "unit": unit(&officer, "khanh hoa").await,
            "other": unit(&officer, "ha noi").await, "node": node(&lab, "IN").await });
        for (field, selection) in QUESTIONS {
            let known = matches!(field, "compareUnits" | "compareEditions" | "explain");
            let wanted = if known { "ok" } else { "NOT_COMPUTABLE" };
            assert_eq!(code(&officer, field, selection, &variables).await, wanted, "{field}");
        }
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let behind = crate::given::database(&lab).await;
        let geometric = "UPDATE framework SET aggregation = 'geometric' WHERE version = '2025'";
        sea_orm::ConnectionTrait::execute_unprepared(&behind, geometric).await.expect("obeyed");
        crate::given::told(&lab, &behind).await;
        let mut variables = variables;
        variables["edition"] = edition.into();
        for (field, selection) in QUESTIONS {
            let wanted = if field == "contributions" { "NOT_COMPUTABLE" } else { "ok" };
            assert_eq!(code(&officer, field, selection, &variables).await, wanted, "{field}");
        }
    }

    async fn a_question_costs_a_bounded_number_of_statements(lab) {
        let officer = lab.officer("STC").await;
        let edition = synthetic(&lab, 1998, Publication::Published).await;
        let real = published(&officer, 2025).await;
        let others = json!({ "unit": unit(&officer, "khanh hoa").await,
            "other": unit(&officer, "ha noi").await, "node": node(&lab, "1").await });
        for (field, selection) in QUESTIONS {
            let mut variables = others.clone();
            // Two editions are read where two are asked for, and what was published behind what cannot be computed.
            for (edition, most) in [(&edition, 8), (&real, 20)] {
                variables["edition"] = edition.clone().into();
                code(&officer, field, selection, &variables).await;
                lab.listen();
                code(&officer, field, selection, &variables).await;
                let heard = lab.heard();
                assert!(heard.len() <= most, "{field}: {}\n{}", heard.len(), heard.join("\n\n"));
            }
        }
    }
}
