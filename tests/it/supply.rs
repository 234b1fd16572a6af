//! Supplied figures: from a draft with its evidence to the value of an edition, what is found in them, who may do what
//! when, and who sees them.

mod checks;

use std::fmt::Write;

use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::coverage::{outcome, roles};
use crate::figures::imported;
use crate::given::{column, database, unknown, written};
use crate::scene::{Cast, PDF, act, described, ids, list, organization, put, seen, text};

const SAVE: &str = "mutation($input: DataSubmissionSaveInput!, $version: Int) {
    dataSubmissionSave(input: $input, expectedVersion: $version) {
      submission { id status value valueUnit rowVersion } userErrors { field code message } } }";
const SUBMIT: &str =
    "mutation($id: ID!, $confirm: [ErrorCode!]) { dataSubmissionSubmit(id: $id, confirm: $confirm) {
    submission { status confirmed } userErrors { field code message } } }";
const BACK: &str =
    "mutation($id: ID!) { dataSubmissionReturn(id: $id, reason: \"Thiếu\") { userErrors { code } } }";
const SUBMISSION: &str =
    "query($id: ID!) { dataSubmission(id: $id) { status decidedVersion returnReason confirmed
    viewerCan { submit accept return withdraw } } }";
const SCORES: &str = "query($edition: ID!, $node: ID!) { ranking(edition: $edition, node: $node) { nodes {
    value source submission { id value organization { code } evidence { title sha256 } } history { action } } } }";
const COMMIT: &str = "mutation($id: ID!) { editionImportCommit(id: $id) { userErrors { code } } }";

/// The indicator of the framework of 2025 with this code, which Sở Tài chính supplies from now on; its key.
pub async fn supplied_by_finance(lab: &Lab, coordinator: &Client, code: &str) -> String {
    let found = "query($code: String!) { indicator(code: $code, version: \"2025\") { id } }";
    let key = text(&coordinator.get(found, json!({ "code": code })).await, "/indicator/id");
    let key = key.split_once(':').map(|(_, key)| key.to_owned()).expect("a global id");
    let update = "mutation($id: ID!, $input: IndicatorUpdateInput!) {
        indicatorUpdate(id: $id, input: $input) { userErrors { field code } } }";
    let input = json!({ "supplierId": organization(lab, "STC").await });
    coordinator.done(update, json!({ "id": format!("indicator:{key}"), "input": input })).await;
    key
}

/// An empty draft edition of this year.
pub async fn edition(coordinator: &Client, year: i32, is_synthetic: bool) -> String {
    let framework = coordinator.get("{ framework(version: \"2025\") { id } }", json!({})).await;
    let create = "mutation($input: EditionCreateInput!) { editionCreate(input: $input) { edition { id } userErrors { field code } } }";
    let input =
        json!({ "year": year, "frameworkId": text(&framework, "/framework/id"), "synthetic": is_synthetic });
    text(&coordinator.done(create, json!({ "input": input })).await, "/edition/id")
}

fn figure(edition: &str, indicator: &str, value: f64) -> Value {
    json!({ "editionId": edition, "indicatorId": format!("indicator:{indicator}"), "value": value, "valueYear": 2030 })
}

/// A draft of the client's figure; its id.
pub async fn saved(client: &Client, edition: &str, indicator: &str, value: f64) -> String {
    let made = client.done(SAVE, json!({ "input": figure(edition, indicator, value) })).await;
    text(&made, "/submission/id")
}

/// Evidence that states something, with its file, attached to a row.
async fn stating(client: &Client, to: &str, stated: Value) -> String {
    let (id, url) = described(client, "Niên giám", Some(to)).await;
    let update = "mutation($id: ID!, $input: EvidenceUpdateInput!) { evidenceUpdate(id: $id, input: $input) {
        evidence { statedYear } userErrors { field code } } }";
    client.done(update, json!({ "id": id, "input": stated })).await;
    assert_eq!(put(client, &url, PDF).await.status(), 200);
    id
}

/// A submitted figure with the evidence it needs.
pub async fn submitted(client: &Client, edition: &str, indicator: &str, value: f64) -> String {
    let id = saved(client, edition, indicator, value).await;
    stating(client, &id, json!({ "statedValue": value, "statedYear": 2030 })).await;
    client.done(SUBMIT, json!({ "id": id })).await;
    id
}

async fn scores(client: &Client, edition: &str, indicator: &str) -> Vec<Value> {
    let of = json!({ "edition": edition, "node": format!("node:{indicator}") });
    list(&client.get(SCORES, of).await, "/ranking/nodes").clone()
}

async fn status(client: &Client, id: &str) -> String {
    text(&client.get(SUBMISSION, json!({ "id": id })).await, "/dataSubmission/status")
}

async fn commit(client: &Client, edition: &str, csv: &'static str) {
    let import = imported(client, edition, "số liệu.csv", csv).await;
    client.done(COMMIT, json!({ "id": import })).await;
}

both! {
    async fn an_accepted_figure_is_the_value_of_the_draft_and_leads_to_its_file(lab) {
        let cast = Cast::of(&lab).await;
        let (coordinator, own) = (&cast.coordinator, &cast.finance);
        let indicator = supplied_by_finance(&lab, coordinator, "1.1.1").await;
        let edition = edition(coordinator, 2031, false).await;
        commit(coordinator, &edition, "Tỉnh,1.1.1\nHà Nội,10\nLào Cai,20\n").await;
        act(coordinator, "editionCompute", &edition).await;
        let id = submitted(own, &edition, &indicator, 58.5).await;
        assert_eq!(status(coordinator, &id).await, "SUBMITTED");
        let computed = "SELECT COUNT(*) || '' FROM computation";
        let database = database(&lab).await;
        assert_eq!(column(&database, computed).await, ["1"]);
        act(coordinator, "dataSubmissionAccept", &id).await;
        assert_eq!(column(&database, computed).await, ["0"], "what was computed is no longer what it says");
        let decided = coordinator.get(SUBMISSION, json!({ "id": id })).await["dataSubmission"].take();
        assert_eq!((&decided["status"], &decided["decidedVersion"]), (&json!("ACCEPTED"), &json!(2)));
        let shown = scores(coordinator, &edition, &indicator).await;
        let shown = shown.iter().find(|score| score["value"] == 58.5).expect("the value");
        assert_eq!(shown["source"], "Sở Tài chính", "its evidence is not for everybody");
        assert_eq!((&shown["submission"]["id"], &shown["submission"]["organization"]["code"]), (&json!(id), &json!("STC")));
        assert_eq!(text(shown, "/submission/evidence/0/sha256").len(), 64);

        let reject = "mutation($id: ID!) { evidenceReject(id: $id, reason: \"Mờ\") { userErrors { code } } }";
        let proof = "query($id: ID!) { dataSubmission(id: $id) { evidence { id } } }";
        let proof = text(&own.get(proof, json!({ "id": id })).await, "/dataSubmission/evidence/0/id");
        assert_eq!(outcome(&coordinator.ask(reject, json!({ "id": proof })).await), "(INVALID_STATE)");

        // The next run takes it; everybody reads the number, and the supplier alone what stands behind it.
        act(coordinator, "editionPublish", &edition).await;
        for (client, sees) in [(own, true), (&cast.leader, true), (&cast.health, false), (&cast.integration, false)] {
            let shown = scores(client, &edition, &indicator).await;
            let shown = shown.iter().find(|score| score["value"] == 58.5).expect("the value");
            assert_eq!(shown["submission"].is_object(), sees, "{shown:#}");
        }
        // Nothing changes after publication.
        assert_eq!(outcome(&coordinator.ask(BACK, json!({ "id": id })).await), "(INVALID_STATE)");
        let late = own.refused(SAVE, json!({ "input": figure(&edition, &indicator, 1.0) })).await;
        assert_eq!(late, ["input.editionId INVALID_STATE"]);
        let can = coordinator.get(SUBMISSION, json!({ "id": id })).await["dataSubmission"]["viewerCan"].take();
        assert_eq!(can, json!({ "submit": false, "accept": false, "return": false, "withdraw": false }));
    }

    async fn an_accepted_figure_that_is_sent_back_leaves_the_draft(lab) {
        let cast = Cast::of(&lab).await;
        let (coordinator, own) = (&cast.coordinator, &cast.finance);
        let indicator = supplied_by_finance(&lab, coordinator, "1.1.1").await;
        let edition = edition(coordinator, 2031, false).await;
        let id = submitted(own, &edition, &indicator, 58.5).await;
        act(coordinator, "dataSubmissionAccept", &id).await;
        let again = own.refused(SAVE, json!({ "input": figure(&edition, &indicator, 59.0) })).await;
        assert_eq!(again, ["input INVALID_STATE"]);
        coordinator.done(BACK, json!({ "id": id })).await;
        assert_eq!(scores(coordinator, &edition, &indicator).await, [Value::Null; 0]);

        // A score that a file brought stays when the value goes, and the history of the row goes on.
        own.done(SUBMIT, json!({ "id": id })).await;
        act(coordinator, "dataSubmissionAccept", &id).await;
        commit(coordinator, &edition, "unit,node,score\nLạng Sơn,1.1.1,70\n").await;
        let shown = scores(coordinator, &edition, &indicator).await;
        assert_eq!(shown[0]["submission"]["id"], json!(id), "the file said nothing of the value");
        coordinator.done(BACK, json!({ "id": id })).await;
        let shown = scores(coordinator, &edition, &indicator).await;
        assert_eq!((&shown[0]["value"], &shown[0]["submission"]), (&Value::Null, &Value::Null));
        assert!(list(&shown[0], "/history").len() > 1, "{shown:#?}");
        let history = "query($id: ID!) { dataSubmission(id: $id) { history { action } } }";
        let history = own.get(history, json!({ "id": id })).await;
        assert_eq!(list(&history, "/dataSubmission/history").len(), 7);
    }

    async fn a_file_that_overwrites_a_value_takes_its_provenance_away(lab) {
        let cast = Cast::of(&lab).await;
        let indicator = supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await;
        let edition = edition(&cast.coordinator, 2031, false).await;
        let id = submitted(&cast.finance, &edition, &indicator, 58.5).await;
        act(&cast.coordinator, "dataSubmissionAccept", &id).await;
        commit(&cast.coordinator, &edition, "Tỉnh,1.1.1\nLạng Sơn,60\n").await;
        let shown = scores(&cast.coordinator, &edition, &indicator).await;
        assert_eq!((&shown[0]["value"], &shown[0]["submission"]), (&json!(60.0), &Value::Null));
        // Sending it back leaves the file's value alone.
        cast.coordinator.done(BACK, json!({ "id": id })).await;
        assert_eq!(scores(&cast.coordinator, &edition, &indicator).await[0]["value"], 60.0);
        let delete = "mutation($id: ID!) { editionDelete(id: $id) { userErrors { code } } }";
        let kept = cast.coordinator.ask(delete, json!({ "id": edition })).await;
        assert_eq!(outcome(&kept), "(INVALID_STATE)", "figures were supplied for it");
    }

    async fn nobody_decides_on_what_is_ones_own(lab) {
        let (first, second, third) = (lab.coordinator().await, lab.coordinator().await, lab.coordinator().await);
        let found = first.get("{ indicator(code: \"1.1.1\", version: \"2025\") { id } }", json!({})).await;
        let indicator = text(&found, "/indicator/id").replace("indicator:", "");
        let edition = edition(&first, 2031, false).await;
        // Where no organization supplies an indicator, the coordinator's does.
        let id = saved(&first, &edition, &indicator, 58.5).await;
        stating(&first, &id, json!({ "statedValue": 58.5 })).await;
        second.done(SUBMIT, json!({ "id": id })).await;
        let accept = "mutation($id: ID!) { dataSubmissionAccept(id: $id) { userErrors { code message } } }";
        for (client, who) in [(&first, "its author"), (&second, "its submitter")] {
            assert_eq!(outcome(&client.ask(accept, json!({ "id": id })).await), "(SECOND_PERSON)", "{who}");
            assert_eq!(outcome(&client.ask(BACK, json!({ "id": id })).await), "(SECOND_PERSON)", "{who}");
            let can = client.get(SUBMISSION, json!({ "id": id })).await["dataSubmission"]["viewerCan"].take();
            assert_eq!((&can["accept"], &can["return"]), (&json!(false), &json!(false)), "{who}");
        }
        // Whoever wrote it last or handed it in once does not decide either.
        let other = figure(&edition, &indicator, 58.5);
        second.done("mutation($id: ID!) { dataSubmissionWithdraw(id: $id) { userErrors { code } } }", json!({ "id": id })).await;
        first.done(SUBMIT, json!({ "id": id })).await;
        assert_eq!(outcome(&second.ask(accept, json!({ "id": id })).await), "(SECOND_PERSON)", "it handed it in before");
        first.done("mutation($id: ID!) { dataSubmissionWithdraw(id: $id) { userErrors { code } } }", json!({ "id": id })).await;
        let mut anew = other.clone();
        anew["methodNote"] = "Đếm lại".into();
        second.done(SAVE, json!({ "input": anew })).await;
        first.done(SUBMIT, json!({ "id": id })).await;
        assert_eq!(outcome(&second.ask(accept, json!({ "id": id })).await), "(SECOND_PERSON)", "it wrote it last");
        third.done(accept, json!({ "id": id })).await;
        // An officer supplies only what is its organization's to supply.
        let officer = lab.officer("STC").await;
        let foreign = json!({ "input": figure(&edition, &indicator, 1.0) });
        assert_eq!(officer.refused(SAVE, foreign.clone()).await, ["input.editionId NOT_FOUND"]);
        let other = supplied_by_finance(&lab, &first, "1.1.2").await;
        assert_eq!(officer.code(SAVE, foreign).await, "FORBIDDEN");
        let not_ours = json!({ "input": figure(&edition, &other, 1.0) });
        assert_eq!(first.code(SAVE, not_ours).await, "FORBIDDEN");

        // An indicator has one value, whoever supplies it now.
        supplied_by_finance(&lab, &first, "1.1.1").await;
        let anew = submitted(&officer, &edition, &indicator, 59.0).await;
        assert_eq!(outcome(&third.ask(accept, json!({ "id": anew })).await), "(TAKEN)");
        third.done(BACK, json!({ "id": id })).await;
        third.done(accept, json!({ "id": anew })).await;
        assert_eq!(first.code(SUBMIT, json!({ "id": id })).await, "FORBIDDEN");
    }

    async fn every_supplier_sees_what_is_expected_of_it(lab) {
        let cast = Cast::of(&lab).await;
        let (first, second) = (
            supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await,
            supplied_by_finance(&lab, &cast.coordinator, "1.1.2").await,
        );
        let expected = "query($edition: ID, $filter: DataExpectedFilter) { dataExpected(edition: $edition, filter: $filter) {
            totalCount nodes { collection { editionId year status } indicator { id code } submission { id status } } } }";
        let none = cast.finance.get(expected, json!({})).await;
        assert_eq!(none["dataExpected"]["totalCount"], 0, "there is no draft");
        let edition = edition(&cast.coordinator, 2031, false).await;
        let id = submitted(&cast.finance, &edition, &first, 58.5).await;
        let shown = cast.finance.get(expected, json!({})).await["dataExpected"].take();
        let collection = json!({ "editionId": edition, "year": 2031, "status": "DRAFT" });
        assert_eq!(shown, json!({ "totalCount": 2, "nodes": [
            { "collection": collection, "indicator": { "id": format!("indicator:{first}"), "code": "1.1.1" }, "submission": { "id": id, "status": "SUBMITTED" } },
            { "collection": collection, "indicator": { "id": format!("indicator:{second}"), "code": "1.1.2" }, "submission": null },
        ] }));
        let count = async |client: &Client, filter: Value| {
            let of = json!({ "edition": edition, "filter": filter });
            client.get(expected, of).await["dataExpected"]["totalCount"].as_i64()
        };
        let stc = json!({ "supplier": { "eq": organization(&lab, "STC").await } });
        assert_eq!(count(&cast.coordinator, stc).await, Some(2));
        assert_eq!(count(&cast.leader, json!({})).await, Some(52));
        act(&cast.coordinator, "dataSubmissionAccept", &id).await;
        assert_eq!(count(&cast.finance, json!({ "accepted": false })).await, Some(1));
        assert_eq!(count(&cast.finance, json!({ "accepted": true })).await, Some(1));
        // A draft is nothing to those who supply nothing for it, and its figures nothing to those who do.
        let of = json!({ "edition": edition });
        assert_eq!(cast.health.code(expected, of.clone()).await, "NOT_FOUND");
        assert_eq!(cast.finance.code("query($edition: ID!) { ranking(edition: $edition) { totalCount } }", of).await, "NOT_FOUND");
        let node = "query($id: ID!) { node(id: $id) { id } dataSubmissions { nodes { edition { id } collection { year } } } }";
        let seen = cast.finance.get(node, json!({ "id": edition })).await;
        assert_eq!(seen["node"], Value::Null);
        assert_eq!(seen["dataSubmissions"]["nodes"], json!([{ "edition": null, "collection": { "year": 2031 } }]));
    }

    async fn other_departments_see_nothing_and_the_leader_what_was_handed_in(lab) {
        let cast = Cast::of(&lab).await;
        let own = &cast.finance;
        let indicator = supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await;
        let edition = edition(&cast.coordinator, 2031, false).await;
        let id = saved(own, &edition, &indicator, 58.5).await;
        let proof = stating(own, &id, json!({ "statedValue": 58.5 })).await;
        let one = "query($id: ID!) { dataSubmission(id: $id) { id } }";
        let paper = "query($id: ID!) { evidence(id: $id) { id } }";
        let sees = async |client: &Client| (seen(client, "dataSubmissions").await.len(), outcome(&client.ask(paper, json!({ "id": proof })).await));
        let (yes, no) = ((1, "ok".to_owned()), (0, "NOT_FOUND".to_owned()));
        for step in ["DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED"] {
            match step {
                "SUBMITTED" => drop(own.done(SUBMIT, json!({ "id": id })).await),
                "RETURNED" => drop(cast.coordinator.done(BACK, json!({ "id": id })).await),
                "ACCEPTED" => {
                    own.done(SUBMIT, json!({ "id": id })).await;
                    act(&cast.coordinator, "dataSubmissionAccept", &id).await;
                }
                _ => (),
            }
            assert_eq!(sees(own).await, yes, "{step}");
            assert_eq!(sees(&cast.coordinator).await, yes, "{step}");
            let handed_in = matches!(step, "SUBMITTED" | "ACCEPTED");
            assert_eq!(&sees(&cast.leader).await, if handed_in { &yes } else { &no }, "{step}");
            for other in [&cast.health, &cast.admin, &cast.integration] {
                assert_eq!(sees(other).await, no, "{step}");
                assert_eq!(other.code(one, json!({ "id": id })).await, "NOT_FOUND");
            }
        }
        assert_eq!(ids(&own.get("{ dataSubmissions(filter: { status: { eq: ACCEPTED } }) { nodes { id } } }", json!({})).await), [id]);
    }

    async fn bad_figures_are_refused_and_nothing_is_written(lab) {
        let cast = Cast::of(&lab).await;
        let indicator = supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await;
        let edition = edition(&cast.coordinator, 2031, false).await;
        let database = database(&lab).await;
        let before = written(&database).await;
        for (field, bad, wanted) in [
            ("valueYear", json!(1800), "input.valueYear OUT_OF_RANGE"),
            ("valueUnit", json!("x".repeat(501)), "input.valueUnit TOO_LONG"),
            ("methodNote", json!("\u{0}"), "input.methodNote INVALID_CHARACTER"),
            ("editionId", json!(unknown("edition")), "input.editionId NOT_FOUND"),
            ("editionId", json!("task:1"), "input.editionId INVALID_ID"),
            ("indicatorId", json!(unknown("indicator")), "input.indicatorId NOT_FOUND"),
        ] {
            let mut input = figure(&edition, &indicator, 58.5);
            input[field] = bad;
            assert_eq!(cast.finance.refused(SAVE, json!({ "input": input })).await, [wanted]);
        }
        assert_eq!(written(&database).await, before);
        let input = json!({ "input": figure(&edition, &indicator, 58.5) });
        let made = cast.finance.done(SAVE, input.clone()).await;
        assert_eq!(cast.finance.done(SAVE, input).await, made, "saving the same twice is harmless");
        let stale = json!({ "input": figure(&edition, &indicator, 60.0), "version": 7 });
        assert_eq!(cast.finance.refused(SAVE, stale).await, ["expectedVersion CONFLICT"]);
    }

    async fn figures_by_state_action_and_role(lab) {
        let cast = Cast::of(&lab).await;
        let indicator = supplied_by_finance(&lab, &cast.coordinator, "1.1.1").await;
        let mut table = String::new();
        let mut year = 2031;
        for state in ["DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED"] {
            for (action, arguments) in [("submit", ""), ("withdraw", ""), ("return", ", reason: \"Thiếu\""), ("accept", "")] {
                let _ = writeln!(table, "{state} {action}");
                let mut waiting = None;
                for (role, client) in roles(&cast, &lab.nobody()) {
                    let id = match waiting.take() {
                        Some(id) => id,
                        None => {
                            year += 1;
                            figure_in(&cast, &indicator, state, year).await
                        }
                    };
                    let can = client.ask(SUBMISSION, json!({ "id": id })).await;
                    let can = can.body.pointer("/data/dataSubmission/viewerCan").map_or(Value::Null, |can| can[action].clone());
                    let name = format!("dataSubmission{}{}", action[..1].to_uppercase(), &action[1..]);
                    let document = format!("mutation($id: ID!) {{ {name}(id: $id{arguments}) {{ submission {{ status }} userErrors {{ code }} }} }}");
                    let answer = client.ask(&document, json!({ "id": id })).await;
                    let mut came = outcome(&answer);
                    if came == "ok" {
                        came = text(&answer.body, &format!("/data/{name}/submission/status"));
                        assert!(can == true || (state, action) == ("SUBMITTED", "submit"), "{state} {action} {role}");
                    } else {
                        assert!(can != true, "{state} {action} {role}: {came}");
                        waiting = Some(id);
                    }
                    let _ = writeln!(table, "  {role:<22}{came}");
                }
            }
        }
        insta::assert_snapshot!("submission_states", table);
    }

}

/// A figure of Sở Tài chính for an edition of its own in a state.
async fn figure_in(cast: &Cast, indicator: &str, state: &str, year: i32) -> String {
    let edition = edition(&cast.coordinator, year, false).await;
    let id = saved(&cast.finance, &edition, indicator, 58.5).await;
    stating(&cast.finance, &id, json!({ "statedValue": 58.5, "statedYear": 2030 })).await;
    if state != "DRAFT" {
        cast.finance.done(SUBMIT, json!({ "id": id })).await;
    }
    match state {
        "RETURNED" => drop(cast.coordinator.done(BACK, json!({ "id": id })).await),
        "ACCEPTED" => drop(act(&cast.coordinator, "dataSubmissionAccept", &id).await),
        _ => (),
    }
    assert_eq!(status(&cast.finance, &id).await, state);
    id
}
