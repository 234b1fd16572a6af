//! Two departments ask the same questions and get answers that share nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::scene::{Cast, act, assignment, draft, evidence, list, organization, task, text};

/// The tables whose rows belong to an organization.
const PRIVATE: [&str; 4] = ["task:", "assignment:", "progress_report:", "evidence:"];

/// What one department has.
struct Desk<'a> {
    client: &'a Client,
    organization: String,
    task: String,
    assignment: String,
    reports: [String; 2],
    evidence: [String; 4],
}

impl Desk<'_> {
    fn rows(&self) -> BTreeSet<String> {
        let rows = [&self.task, &self.assignment];
        rows.into_iter().chain(&self.reports).chain(&self.evidence).cloned().collect()
    }
}

/// A task, two reports and four pieces of evidence, the same for every department but for the code.
async fn desk<'a>(lab: &Lab, cast: &Cast, client: &'a Client, code: &str, node: &Value) -> Desk<'a> {
    let id = task(lab, &cast.coordinator, code, &[(code, "LEAD")]).await;
    let serve = "mutation($id: ID!, $node: ID!) { taskUpdate(id: $id, input: { nodeId: $node }) { userErrors { code } } }";
    cast.coordinator.done(serve, json!({ "id": id, "node": node["node"]["id"] })).await;
    let (handed_in, unfinished) = (draft(client, &id, "2026-H1").await, draft(client, &id, "2026-H2").await);
    let indicator = text(node, "/id");
    let proofs = [
        evidence(client, "Văn bản chung", Some(&handed_in)).await,
        evidence(client, "Văn bản chung", Some(&id)).await,
        evidence(client, "Văn bản chung", Some(&indicator)).await,
        evidence(client, "Văn bản chung", None).await,
    ];
    act(client, "reportSubmit", &handed_in).await;
    Desk {
        client,
        organization: organization(lab, code).await,
        assignment: assignment(client, &id).await,
        task: id,
        reports: [handed_in, unfinished],
        evidence: proofs,
    }
}

/// All ids of private rows anywhere in an answer.
fn private(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) if PRIVATE.iter().any(|table| text.starts_with(table)) => [text.clone()].into(),
        Value::Array(items) => items.iter().flat_map(private).collect(),
        Value::Object(fields) => fields.values().flat_map(private).collect(),
        _ => BTreeSet::new(),
    }
}

/// Whether every connection says how many nodes it has, and no more.
fn counts_fit(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(counts_fit),
        Value::Object(fields) => {
            let fits = match (fields.get("totalCount"), fields.get("nodes").and_then(Value::as_array)) {
                (Some(count), Some(nodes)) => *count == nodes.len(),
                _ => true,
            };
            fits && fields.values().all(counts_fit)
        }
        _ => true,
    }
}

/// Questions that every department asks alike; each answer holds rows of the one who asks.
const QUESTIONS: &[&str] = &[
    "{ tasks { totalCount nodes { id } } }",
    "{ tasks { nodes { assignments(ended: true) { id } participants { organization { id } } evidence { id } } } }",
    "{ tasks(first: 5) { nodes { assignments { id task { id } latestReport { id } reports(first: 3) { id evidence(first: 3) { id links(first: 3) { task { id } report { id } } } } } } } }",
    "{ tasks(order: { field: CODE, direction: DESC }) { totalCount nodes { id } } }",
    "{ tasks(filter: { text: \"nhiem vu\" }) { totalCount nodes { id } } }",
    "{ tasks(filter: { role: LEAD }) { totalCount nodes { id } } }",
    "{ tasks(filter: { status: { eq: PLANNED } }) { totalCount nodes { id } } }",
    "{ tasks(filter: { kind: { notIn: [TRAINING] } }) { totalCount nodes { id } } }",
    "{ tasks(filter: { due: { gte: \"2026-01-01\" } }) { totalCount nodes { id } } }",
    "{ tasks(filter: { overdue: false }) { totalCount nodes { id } } }",
    "query($node: ID!) { tasks(filter: { node: { eq: $node } }) { totalCount nodes { id } } }",
    "query($node: ID!) { tasks(filter: { under: $node }) { totalCount nodes { id } } }",
    "query($plan: ID!) { tasks(filter: { plan: { in: [$plan] } }) { totalCount nodes { id } } }",
    "query($both: [ID!]!) { tasks(filter: { organization: { in: $both } }) { totalCount nodes { id } } }",
    "{ myAssignments { totalCount nodes { id task { id } reports { id } } } }",
    "query($tasks: [ID!]!) { myAssignments(filter: { task: { in: $tasks }, accepted: false, taskStatus: { eq: PLANNED } }) { totalCount nodes { id } } }",
    "{ progressReports { totalCount nodes { id assignment { id task { id } } evidence { id } } } }",
    "{ progressReports(order: { field: SUBMITTED_AT, direction: DESC }) { totalCount nodes { id } } }",
    "{ progressReports(filter: { period: \"2026-H1\" }) { totalCount nodes { id } } }",
    "{ progressReports(filter: { status: { eq: SUBMITTED } }) { totalCount nodes { id } } }",
    "query($tasks: [ID!]!) { progressReports(filter: { task: { in: $tasks } }) { totalCount nodes { id } } }",
    "query($both: [ID!]!) { progressReports(filter: { organization: { in: $both } }) { totalCount nodes { id } } }",
    "{ evidences { totalCount nodes { id links { report { id } task { id } } } } }",
    "{ evidences(order: { field: ISSUED_ON }) { totalCount nodes { id } } }",
    "{ evidences(filter: { text: \"chung\" }) { totalCount nodes { id } } }",
    "{ evidences(filter: { text: \"minh chung\" }) { totalCount nodes { id } } }",
    "{ evidences(filter: { status: { eq: READY }, kind: { eq: REPORT } }) { totalCount nodes { id } } }",
    "query($both: [ID!]!) { evidences(filter: { organization: { in: $both } }) { totalCount nodes { id } } }",
    "query($tasks: [ID!]!) { evidences(filter: { task: { in: $tasks } }) { totalCount nodes { id } } }",
    "query($reports: [ID!]!) { evidences(filter: { report: { in: $reports } }) { totalCount nodes { id } } }",
    "query($indicator: ID!) { evidences(filter: { indicator: { eq: $indicator } }) { totalCount nodes { id } } }",
    "query($indicator: ID!) { indicator(id: $indicator) { evidence { id } node { indicator { evidence { id } } } } }",
    "query($indicator: ID!) { node(id: $indicator) { ... on Indicator { evidence { id } } } }",
    "{ plan { weaknesses { indicator { evidence { id } } } } }",
    "query($rows: [ID!]!) { nodes(ids: $rows) { id ... on Task { evidence { id } } ... on Evidence { links { report { id } } } } }",
];

both! {
    async fn two_departments_get_answers_that_share_nothing(lab) {
        let cast = Cast::of(&lab).await;
        let plan = "{ plan { id weaknesses { indicator { id node { id } } } } }";
        let plan = cast.coordinator.get(plan, json!({})).await;
        let weakness = &plan["plan"]["weaknesses"][0]["indicator"];
        let finance = desk(&lab, &cast, &cast.finance, "STC", weakness).await;
        let health = desk(&lab, &cast, &cast.health, "SYT", weakness).await;
        let all: BTreeSet<String> = finance.rows().union(&health.rows()).cloned().collect();
        let variables = json!({
            "plan": plan["plan"]["id"], "indicator": weakness["id"], "node": weakness["node"]["id"],
            "both": [finance.organization, health.organization], "tasks": [finance.task, health.task],
            "reports": [finance.reports[0], health.reports[0]], "rows": all,
        });
        for question in QUESTIONS {
            let needed: serde_json::Map<String, Value> = variables.as_object().expect("an object").iter()
                .filter(|(name, _)| question.contains(&format!("${name}:")))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            for desk in [&finance, &health] {
                let answer = desk.client.get(question, Value::Object(needed.clone())).await;
                let found = private(&answer);
                assert!(!found.is_empty(), "{question} finds nothing of {}", desk.task);
                let strange: Vec<_> = found.difference(&desk.rows()).cloned().collect();
                assert_eq!(strange, Vec::<String>::new(), "{question}\n{answer:#}");
                assert!(counts_fit(&answer), "{question}\n{answer:#}");
            }
        }
        for desk in [&finance, &health] {
            let counts = "{
                tasks { totalCount nodes { evidenceCount } } myAssignments { totalCount }
                progressReports { totalCount } evidences { totalCount }
            }";
            let wanted = json!({
                "tasks": { "totalCount": 1, "nodes": [{ "evidenceCount": 2 }] },
                "myAssignments": { "totalCount": 1 },
                "progressReports": { "totalCount": 2 },
                "evidences": { "totalCount": 4 },
            });
            assert_eq!(desk.client.get(counts, json!({})).await, wanted);
        }
        // The coordinator, who may, sees that the questions reach both.
        let everything = cast.coordinator.get(QUESTIONS[2], json!({})).await;
        assert!(private(&everything).contains(&finance.task) && private(&everything).contains(&health.task));
    }

    async fn evidence_on_a_shared_task_counts_only_for_those_who_see_it(lab) {
        let cast = Cast::of(&lab).await;
        let parties = [("STC", "LEAD"), ("SNV", "COORDINATING"), ("SYT", "COORDINATING")];
        let shared = task(&lab, &cast.coordinator, "SHARED", &parties).await;
        for client in [&cast.finance, &cast.home, &cast.health] {
            let report = draft(client, &shared, "2026").await;
            evidence(client, "Của báo cáo", Some(&report)).await;
            evidence(client, "Của nhiệm vụ", Some(&shared)).await;
            act(client, "reportSubmit", &report).await;
        }
        let query = "query($id: ID!) { task(id: $id) { evidenceCount evidence { id } } progressReports { totalCount } }";
        // The lead: its own two, and one on each report that the others handed in.
        for (client, count, on_task, reports) in [
            (&cast.finance, 4, 1, 3),
            (&cast.home, 2, 1, 1),
            (&cast.health, 2, 1, 1),
            (&cast.coordinator, 6, 3, 3),
            (&cast.leader, 3, 0, 3),
        ] {
            let read = client.get(query, json!({ "id": shared })).await;
            assert_eq!(read["task"]["evidenceCount"], count, "{}", client.email);
            assert_eq!(list(&read, "/task/evidence").len(), on_task, "{}", client.email);
            assert_eq!(read["progressReports"]["totalCount"], reports, "{}", client.email);
        }
    }
}
