//! Exemplary models and outreach: who proposes, decides, takes up and sees what.

use std::fmt::Write;

use serde_json::{Value, json};
use tests::{Client, both};

use crate::coverage::{outcome, roles};
use crate::given::{database, unknown, written};
use crate::scene::{Cast, organization, seen, text};

const PROPOSE: &str = "mutation($input: ModelProposeInput!) { modelPropose(input: $input) {
    model { id status rowVersion organization { code } } userErrors { field code } } }";
const COMMEND: &str = "mutation($id: ID!, $number: String!, $on: NaiveDate!, $version: Int) {
    modelCommend(id: $id, decisionNumber: $number, decisionOn: $on, expectedVersion: $version) {
      model { id status decisionNumber decisionOn decidedAt decider { name } rowVersion } userErrors { field code } } }";
const DECLINE: &str = "mutation($id: ID!, $reason: String!) { modelDecline(id: $id, reason: $reason) {
    model { status declineReason } userErrors { field code } } }";
const UPDATE: &str = "mutation($id: ID!, $input: ModelUpdateInput!, $version: Int) {
    modelUpdate(id: $id, input: $input, expectedVersion: $version) {
      model { title results node { code } rowVersion } userErrors { field code } } }";
const REPLICATE: &str = "mutation($input: ModelReplicateInput!) { modelReplicate(input: $input) {
    replication { id place startedOn organization { code } } userErrors { field code } } }";
const REPLICATION_DELETE: &str =
    "mutation($id: ID!) { modelReplicationDelete(id: $id) { deletedId userErrors { field code } } }";
const CREATE: &str = "mutation($input: OutreachCreateInput!) { outreachCreate(input: $input) {
    activity { id organization { code } rowVersion } userErrors { field code } } }";
const CHANGE: &str =
    "mutation($id: ID!, $input: OutreachUpdateInput!) { outreachUpdate(id: $id, input: $input) {
    activity { subject people link place } userErrors { field code } } }";
const DELETE: &str = "mutation($id: ID!) { outreachDelete(id: $id) { deletedId userErrors { field code } } }";
const MODEL: &str = "query($id: ID!) { innovationModel(id: $id) { status author { name } decider { name }
    replications { place organization { code } } evidence { id } history { action } } }";

/// A model that the client's organization proposes; its id.
pub async fn proposed(client: &Client, title: &str) -> String {
    let input = json!({ "title": title, "description": "Một cửa số ở xã" });
    text(&client.done(PROPOSE, json!({ "input": input })).await, "/model/id")
}

/// Commends a proposed model.
pub async fn commend(coordinator: &Client, model: &str) -> Value {
    let decision = json!({ "id": model, "number": "12/QĐ-UBND", "on": "2026-01-05" });
    coordinator.done(COMMEND, decision).await
}

/// A commended model of the client's organization; its id.
pub async fn commended(coordinator: &Client, client: &Client, title: &str) -> String {
    let model = proposed(client, title).await;
    commend(coordinator, &model).await;
    model
}

/// That the client's organization took a model up; the replication's id.
pub async fn replicated(client: &Client, model: &str) -> String {
    let input = json!({ "modelId": model, "place": "Phường Tam Thanh", "startedOn": "2026-01-06" });
    text(&client.done(REPLICATE, json!({ "input": input })).await, "/replication/id")
}

/// An activity of the client's organization; its id.
pub async fn activity(client: &Client, subject: &str) -> String {
    let input = json!({ "kind": "COMMUNICATION", "subject": subject, "heldOn": "2026-01-05" });
    text(&client.done(CREATE, json!({ "input": input })).await, "/activity/id")
}

/// What becomes of every action of every role in every state of a model; each on a model of its own.
async fn states(cast: &Cast, nobody: &Client) -> String {
    const WIDTH: usize = 22;
    let by_id = |field: &str, arguments: &str| {
        format!("mutation($id: ID!) {{ {field}(id: $id{arguments}) {{ userErrors {{ code }} }} }}")
    };
    let take_up = "mutation($id: ID!) {
        modelReplicate(input: { modelId: $id, place: \"Xã\", startedOn: \"2026-01-06\" }) { userErrors { code } } }";
    let actions = [
        ("read", "query($id: ID!) { innovationModel(id: $id) { id } }".to_owned()),
        ("update", by_id("modelUpdate", ", input: { title: \"Khác\" }")),
        ("commend", by_id("modelCommend", ", decisionNumber: \"1\", decisionOn: \"2026-01-05\"")),
        ("decline", by_id("modelDecline", ", reason: \"Trùng\"")),
        ("replicate", take_up.to_owned()),
    ];
    let own = &cast.finance;
    let mut table = format!("{:<WIDTH$}", "");
    for (role, _) in roles(cast, nobody) {
        let _ = write!(table, "{role:<WIDTH$}");
    }
    table = table.trim_end().to_owned();
    for state in ["PROPOSED", "COMMENDED", "DECLINED"] {
        let _ = write!(table, "\n\n{state}");
        for (name, document) in &actions {
            let mut line = format!("\n  {name:<20}");
            for (_, client) in roles(cast, nobody) {
                let model = proposed(own, name).await;
                match state {
                    "COMMENDED" => drop(commend(&cast.coordinator, &model).await),
                    "DECLINED" => {
                        let reason = json!({ "id": model, "reason": "Chưa rõ" });
                        cast.coordinator.done(DECLINE, reason).await;
                    }
                    _ => (),
                }
                let outcome = outcome(&client.ask(document, json!({ "id": model })).await);
                let _ = write!(line, "{outcome:<WIDTH$}");
            }
            table += line.trim_end();
        }
    }
    table + "\n"
}

fn reviewed(table: &str) {
    insta::assert_snapshot!("model_states", table);
}

both! {
    async fn every_state_of_a_model_for_every_role(lab) {
        let cast = Cast::of(&lab).await;
        reviewed(&states(&cast, &lab.nobody()).await);
    }

    async fn the_life_of_a_model(lab) {
        let cast = Cast::of(&lab).await;
        let (coordinator, own, other) = (&cast.coordinator, &cast.finance, &cast.health);
        let model = proposed(own, "Tổ công nghệ số cộng đồng").await;
        let input = json!({ "results": "  200 thôn  ", "title": "Tổ số" });
        let changed = own.done(UPDATE, json!({ "id": model, "input": input, "version": 1 })).await;
        assert_eq!(changed["model"], json!({ "title": "Tổ số", "results": "200 thôn", "node": null, "rowVersion": 2 }));
        let stale = json!({ "id": model, "input": { "title": "Cũ" }, "version": 1 });
        assert_eq!(own.refused(UPDATE, stale).await, ["expectedVersion CONFLICT"]);

        // Of no concern to another department before it is commended.
        assert_eq!(other.code(MODEL, json!({ "id": model })).await, "NOT_FOUND");
        assert_eq!(seen(other, "innovationModels").await, Vec::<String>::new());
        for client in [own, coordinator, &cast.leader] {
            assert_eq!(seen(client, "innovationModels").await, std::slice::from_ref(&model));
        }
        let take_up = json!({ "modelId": model, "place": "Xã", "startedOn": "2026-01-06" });
        assert_eq!(other.refused(REPLICATE, json!({ "input": take_up })).await, ["input.modelId NOT_FOUND"]);
        assert_eq!(own.refused(REPLICATE, json!({ "input": take_up })).await, ["input.modelId INVALID_STATE"]);

        let decided = commend(coordinator, &model).await;
        assert_eq!(decided["model"]["status"], "COMMENDED");
        assert_eq!(decided["model"]["decisionNumber"], "12/QĐ-UBND");
        assert_eq!(decided["model"]["decisionOn"], "2026-01-05");
        assert!(decided["model"]["decidedAt"].is_string() && decided["model"]["decider"].is_object());
        for client in [own, other, &cast.home] {
            assert_eq!(seen(client, "innovationModels").await, std::slice::from_ref(&model));
        }

        let taken_up = replicated(other, &model).await;
        let shown = own.get(MODEL, json!({ "id": model })).await;
        assert_eq!(
            shown["innovationModel"]["replications"],
            json!([{ "place": "Phường Tam Thanh", "organization": { "code": "SYT" } }])
        );
        // An officer speaks for its own organization only; the coordinator for all.
        let mut foreign = take_up;
        foreign["organizationId"] = organization(&lab, "STC").await.into();
        assert_eq!(other.code(REPLICATE, json!({ "input": foreign })).await, "FORBIDDEN");
        let entered = coordinator.done(REPLICATE, json!({ "input": foreign })).await;
        assert_eq!(entered["replication"]["organization"]["code"], "STC");
        assert_eq!(cast.home.code(REPLICATION_DELETE, json!({ "id": taken_up })).await, "FORBIDDEN");
        let gone = other.done(REPLICATION_DELETE, json!({ "id": taken_up })).await;
        assert_eq!(gone["deletedId"], taken_up);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(other.get(node, json!({ "id": taken_up })).await["node"], Value::Null);
        assert_eq!(&other.get(node, json!({ "id": model })).await["node"]["id"], &json!(model));
    }

    async fn models_are_filtered(lab) {
        let cast = Cast::of(&lab).await;
        let node = cast.coordinator.get("{ pillars { id } }", json!({})).await;
        let node = text(&node, "/pillars/0/id");
        let input = json!({ "title": "Có nút", "description": "Mô tả", "nodeId": node });
        let with_node = text(&cast.finance.done(PROPOSE, json!({ "input": input })).await, "/model/id");
        let best = commended(&cast.coordinator, &cast.health, "Hay").await;
        let list = "query($filter: InnovationModelFilter) { innovationModels(filter: $filter) { nodes { id } } }";
        let finance = organization(&lab, "STC").await;
        for (filter, wanted) in [
            (json!(null), vec![&best, &with_node]),
            (json!({ "node": { "eq": node } }), vec![&with_node]),
            (json!({ "status": { "eq": "COMMENDED" } }), vec![&best]),
            (json!({ "organization": { "eq": finance } }), vec![&with_node]),
        ] {
            let found = cast.leader.get(list, json!({ "filter": filter })).await;
            let found = crate::scene::ids(&found);
            assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter}");
        }
    }

    async fn activities_of_two_departments_are_disjoint(lab) {
        let cast = Cast::of(&lab).await;
        let finance = activity(&cast.finance, "Tập huấn").await;
        let health = activity(&cast.health, "Tập huấn").await;
        assert_eq!(seen(&cast.finance, "outreachActivities").await, std::slice::from_ref(&finance));
        assert_eq!(seen(&cast.health, "outreachActivities").await, std::slice::from_ref(&health));
        for client in [&cast.coordinator, &cast.leader] {
            assert_eq!(seen(client, "outreachActivities").await, [health.clone(), finance.clone()]);
        }
        let one = "query($id: ID!) { outreachActivity(id: $id) { id } }";
        assert_eq!(cast.finance.code(one, json!({ "id": health })).await, "NOT_FOUND");
        assert_eq!(cast.finance.code(DELETE, json!({ "id": health })).await, "NOT_FOUND");
        assert_eq!(cast.coordinator.code(DELETE, json!({ "id": health })).await, "FORBIDDEN");

        let link = "https://langson.gov.vn/tin";
        let input = json!({ "people": 40, "link": link, "place": "Hội trường" });
        let changed = cast.health.done(CHANGE, json!({ "id": health, "input": input })).await;
        assert_eq!(
            changed["activity"],
            json!({ "subject": "Tập huấn", "people": 40, "link": link, "place": "Hội trường" })
        );
        let clear = json!({ "id": health, "input": { "people": null, "link": null } });
        let changed = cast.health.done(CHANGE, clear).await;
        assert_eq!(
            changed["activity"],
            json!({ "subject": "Tập huấn", "people": null, "link": null, "place": "Hội trường" })
        );
        let list = "query($filter: OutreachActivityFilter) { outreachActivities(filter: $filter) { totalCount } }";
        for (filter, count) in [
            (json!({ "heldOn": { "lt": "2026-01-05" } }), 0),
            (json!({ "heldOn": { "eq": "2026-01-05" }, "kind": { "eq": "COMMUNICATION" } }), 2),
            (json!({ "kind": { "eq": "TRAINING" } }), 0),
        ] {
            let found = cast.leader.get(list, json!({ "filter": filter })).await;
            assert_eq!(found["outreachActivities"]["totalCount"], count, "{filter}");
        }
        assert_eq!(cast.health.done(DELETE, json!({ "id": health })).await["deletedId"], health);
        assert_eq!(seen(&cast.health, "outreachActivities").await, Vec::<String>::new());
    }

    async fn an_activity_with_evidence_stays(lab) {
        let own = lab.officer("STC").await;
        let id = activity(&own, "Tập huấn").await;
        let proof = crate::scene::evidence(&own, "Ảnh", Some(&id)).await;
        let shown = "query($id: ID!) { outreachActivity(id: $id) { evidence { id } } }";
        let shown = own.get(shown, json!({ "id": id })).await;
        assert_eq!(shown["outreachActivity"]["evidence"], json!([{ "id": proof }]));
        assert_eq!(own.refused(DELETE, json!({ "id": id })).await, ["id HAS_CHILDREN"]);
    }

    async fn bad_input_is_refused_and_nothing_is_written(lab) {
        let cast = Cast::of(&lab).await;
        let (coordinator, own) = (&cast.coordinator, &cast.finance);
        let (waiting, done) = (proposed(own, "Chờ").await, commended(coordinator, own, "Xong").await);
        let activity = activity(own, "Tập huấn").await;
        let database = database(&lab).await;
        let before = written(&database).await;
        let good = json!({ "kind": "TRAINING", "subject": "Tập huấn", "heldOn": "2026-01-05" });
        for (change, wanted) in [
            (json!({ "subject": " " }), "input.subject REQUIRED"),
            (json!({ "subject": "x".repeat(501) }), "input.subject TOO_LONG"),
            (json!({ "heldOn": "2199-01-01" }), "input.heldOn OUT_OF_RANGE"),
            (json!({ "heldOn": "1899-12-31" }), "input.heldOn OUT_OF_RANGE"),
            (json!({ "people": -1 }), "input.people OUT_OF_RANGE"),
            (json!({ "link": "langson.gov.vn" }), "input.link INVALID_URL"),
            (json!({ "link": "javascript:alert(1)" }), "input.link INVALID_URL"),
            (json!({ "link": "ftp://langson.gov.vn/a" }), "input.link INVALID_URL"),
            (json!({ "link": "http://" }), "input.link INVALID_URL"),
        ] {
            let mut input = good.clone();
            let fields = change.as_object().expect("an object").clone();
            input.as_object_mut().expect("an object").extend(fields);
            assert_eq!(own.refused(CREATE, json!({ "input": input })).await, [wanted]);
            assert_eq!(own.refused(CHANGE, json!({ "id": activity, "input": change })).await, [wanted]);
        }
        let blank = json!({ "input": { "title": " ", "description": "\n", "nodeId": "task:1" } });
        assert_eq!(
            own.refused(PROPOSE, blank).await,
            ["input.nodeId INVALID_ID", "input.title REQUIRED", "input.description REQUIRED"]
        );
        let lost = json!({ "title": "A", "description": "B", "nodeId": unknown("node") });
        assert_eq!(own.refused(PROPOSE, json!({ "input": lost })).await, ["input.nodeId NOT_FOUND"]);
        let lost = json!({ "id": waiting, "input": { "nodeId": unknown("node") } });
        assert_eq!(own.refused(UPDATE, lost).await, ["input.nodeId NOT_FOUND"]);
        let decision = json!({ "id": waiting, "number": " ", "on": "2199-01-01" });
        assert_eq!(
            coordinator.refused(COMMEND, decision).await,
            ["decisionNumber REQUIRED", "decisionOn OUT_OF_RANGE"]
        );
        let decision = json!({ "id": waiting, "number": "1", "on": "2026-01-05", "version": 9 });
        assert_eq!(coordinator.refused(COMMEND, decision).await, ["expectedVersion CONFLICT"]);
        assert_eq!(coordinator.refused(DECLINE, json!({ "id": waiting, "reason": "" })).await, ["reason REQUIRED"]);
        let taken_up = json!({ "modelId": done, "place": "", "startedOn": "2199-01-01" });
        assert_eq!(
            own.refused(REPLICATE, json!({ "input": taken_up })).await,
            ["input.place REQUIRED", "input.startedOn OUT_OF_RANGE"]
        );
        // Whoever belongs to no organization has to name one, or may not at all.
        let leader = json!({ "input": good });
        assert_eq!(cast.leader.code(CREATE, leader).await, "FORBIDDEN");
        assert_eq!(written(&database).await, before);
    }
}
