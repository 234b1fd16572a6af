//! The others go on as they did since the edition before.

use api::policy::Verb;
use entity::*;
use index::goal::trend;
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::wall::statements;
use super::{Given, asked, refusal, told};
use crate::given::text as plain;
use crate::scene::{list, text};

const TREND: &str =
    "query($unit: ID!, $edition: ID!) { rankGoal(unit: $unit, edition: $edition, rank: 20, trend: true) {
    reached verified assumption trendSince { id year } scoreBefore rankBefore
    ranking { unit { id } scoreBefore rankBefore } } }";

async fn with_trend(client: &Client, given: &Given, row: usize) -> Value {
    asked(client, TREND, json!({ "unit": given.unit(row), "edition": given.id })).await
}

/// The others stand without the moves as they do when the engine computes the later edition from its values moved once
/// more since `previous`.
fn agrees(plan: &Value, previous: &index::Table, given: &Given, row: usize) {
    let grown = trend(previous, given.basis.computed.table(), &given.basis.units[row].code).expect("a trend");
    let grown = index::compute(&given.basis.framework, &grown).expect("computed");
    for line in list(plan, "/ranking") {
        let at = (0..34).find(|at| line["unit"]["id"] == given.unit(*at)).expect("a unit");
        assert_eq!(line["scoreBefore"], told(grown.score(given.root(), at)), "{line}");
        assert_eq!(line["rankBefore"], told(grown.rank(given.root(), at)), "{line}");
    }
    assert_eq!(plan["rankBefore"], told(grown.rank(given.root(), row)));
    assert_eq!(plan["verified"], true);
}

/// A draft made of the newest framework, its indicators superseding that one's; the code of one of them is another.
async fn renamed(lab: &Lab, old: &str, new: &str) -> uuid::Uuid {
    let coordinator = lab.coordinator().await;
    let from = plain(&coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"]);
    const CREATE: &str = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
        framework { id nodes(first: 100) { nodes { id code } } } userErrors { field code } } }";
    let input =
        json!({ "fromId": from, "version": "2026", "nameVi": "Khung 2026", "nameEn": "Framework 2026" });
    let made = coordinator.done(CREATE, json!({ "input": input })).await;
    let nodes = list(&made, "/framework/nodes/nodes");
    let node = nodes.iter().find(|node| node["code"] == old).expect("the node");
    let key = |id: String| id.split(':').nth(1).expect("a key").parse().expect("a uuid");
    let tx = lab.app.system().begin().await.expect("a transaction");
    let held = tx.hold::<node::Entity>(key(text(node, "/id")), Verb::Update).await.expect("held");
    let change = node::ActiveModel { code: Set(new.to_owned()), ..Default::default() };
    tx.update(&held, None, change).await.expect("renamed");
    tx.commit().await.expect("committed");
    key(text(&made, "/framework/id"))
}

both! {
    async fn the_others_grow_by_their_own_trend(lab) {
        let officer = lab.officer("STC").await;
        Given::of(&lab, 1996, Publication::Published).await;
        let before = Given::of(&lab, 1998, Publication::Published).await;
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let row = given.ranked(24);
        let plan = with_trend(&officer, &given, row).await;
        assert_eq!(plan["trendSince"], json!({ "id": before.id, "year": 1998 }));
        assert!(text(&plan, "/assumption").contains("from 1998 to 1999"));
        agrees(&plan, before.basis.computed.table(), &given, row);
        // Both editions are read once, each in six statements; two find the earlier one.
        let variables = json!({ "unit": given.unit(row), "edition": given.id });
        let heard = statements(&lab, &officer, TREND, variables).await;
        assert_eq!(heard.len(), 14, "{}", heard.join("\n\n"));
        let vietnamese = with_trend(&officer.speaking("vi"), &given, row).await;
        assert!(text(&vietnamese, "/assumption").contains("từ 1998 đến 1999"));
    }

    async fn a_draft_of_the_year_before_is_nobodys_trend_but_who_sees_it(lab) {
        let (officer, coordinator) = (lab.officer("STC").await, lab.coordinator().await);
        let published = Given::of(&lab, 1996, Publication::Published).await;
        let draft = Given::of(&lab, 1998, Publication::Draft).await;
        let given = Given::of(&lab, 1999, Publication::Published).await;
        assert_eq!(with_trend(&officer, &given, 0).await["trendSince"]["id"], published.id);
        assert_eq!(with_trend(&coordinator, &given, 0).await["trendSince"]["id"], draft.id);
    }

    async fn an_indicator_is_followed_through_its_new_code(lab) {
        let coordinator = lab.coordinator().await;
        let before = Given::of(&lab, 1998, Publication::Published).await;
        let old = before.code(before.weak(0));
        let framework = renamed(&lab, &old, "9.9.9").await;
        let given = Given::made_with(&lab, 1999, Publication::Draft, framework).await;
        let row = given.ranked(24);
        let plan = with_trend(&coordinator, &given, row).await;
        assert_eq!(plan["trendSince"]["year"], 1998);
        let table = before.basis.computed.table();
        let codes: Vec<String> =
            table.codes().iter().map(|code| if *code == old { "9.9.9".to_owned() } else { code.clone() }).collect();
        let column = |code: &String| table.units().iter().map(|unit| table.value(unit, code).expect("a cell")).collect();
        let columns = table.codes().iter().map(column).collect();
        let known = index::Table::from_columns(table.units().to_vec(), codes, columns).expect("a table");
        agrees(&plan, &known, &given, row);
    }

    async fn without_an_edition_before_there_is_no_trend(lab) {
        let officer = lab.officer("STC").await;
        let given = Given::of(&lab, 1998, Publication::Published).await;
        let variables = json!({ "unit": given.unit(0), "edition": given.id });
        let answer = officer.ask(TREND, variables).await;
        assert_eq!(refusal(&answer), "NOT_COMPUTABLE trend");
        assert!(answer.body["errors"][0]["message"].as_str().expect("a text").contains("no edition of an earlier year"));
    }

    async fn a_real_edition_does_not_grow_by_made_up_figures(lab) {
        let officer = lab.officer("STC").await;
        Given::of(&lab, 1998, Publication::Published).await;
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let tx = lab.app.system().begin().await.expect("a transaction");
        let held = tx.hold::<edition::Entity>(given.basis.edition.id, Verb::Update).await.expect("held");
        let change = edition::ActiveModel { synthetic: Set(false), ..Default::default() };
        tx.update(&held, None, change).await.expect("said to be real");
        tx.commit().await.expect("committed");
        let variables = json!({ "unit": given.unit(0), "edition": given.id });
        assert_eq!(refusal(&officer.ask(TREND, variables).await), "NOT_COMPUTABLE trend");
    }
}
