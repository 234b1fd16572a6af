//! Variables and validity: what does not fit is refused before anything is done, over whatever transport.

use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::{database, written};
use crate::scene::text;

const TASKS: &str = "query($n: Int) { tasks(first: $n) { totalCount } }";
const SIMULATE: &str = "query($edition: ID!, $changes: [ChangeInput!]!) {
    simulate(edition: $edition, changes: $changes) { assumption } }";
const CREATE: &str =
    "mutation($input: TaskCreateInput!) { taskCreate(input: $input) { userErrors { code } } }";

fn errors(body: &Value) -> Vec<&Value> {
    body["errors"].as_array().into_iter().flatten().collect()
}

fn available(answer: &Value) -> i64 {
    answer.pointer("/extensions/cost/throttle/available").and_then(Value::as_i64).expect("points")
}

async fn in_form(client: &Client, accept: &str, query: &str, variables: &Value) -> (u16, Value) {
    let request = client.http.post(format!("{}/graphql", client.url)).header("accept", accept);
    let request = request.bearer_auth(client.token.as_deref().expect("a token"));
    let response = request.json(&json!({ "query": query, "variables": variables })).send().await;
    let response = response.expect("the server answers");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

both! {
    async fn a_variable_in_the_wrong_place_stops_the_whole_mutation(lab) {
        let coordinator = lab.coordinator().await;
        let mut input = crate::given::task_input(&coordinator, "A").await;
        let before = written(&database(&lab).await).await;
        for (declared, second, value) in [
            ("ID", "taskUpdate(id: $v, input: {})", json!(null)),
            ("[Int!]!", "taskAssign(id: \"x\", assignments: $v)", json!([1])),
            ("String!", "taskCreate(input: $v)", json!("mat-khau")),
            ("NaiveDate", "taskUpdate(id: \"x\", input: { dueOn: $v, title: $v })", json!(null)),
            ("Int", "taskUpdate(id: \"x\", input: { dueOn: \"2026-02-30\" })", json!(1)),
        ] {
            let query = format!("mutation($input: TaskCreateInput!, $v: {declared}) {{
                first: taskCreate(input: $input) {{ task {{ id }} }} second: {second} {{ task {{ id }} }} }}");
            let variables = json!({ "input": input, "v": value });
            let (status, body) = in_form(&coordinator, "application/graphql-response+json", &query, &variables).await;
            assert_eq!((status, body.get("data")), (400, None), "{query} {body:#}");
            assert_eq!(text(&body, "/errors/0/extensions/code"), "BAD_USER_INPUT");
            assert!(!body.to_string().contains("mat-khau"), "{body:#}");
        }
        assert_eq!(written(&database(&lab).await).await, before);
        input["code"] = json!("B");
        coordinator.done(CREATE, json!({ "input": input })).await;
    }

    async fn what_does_not_fit_is_refused_before_anything_is_done(lab) {
        let coordinator = lab.coordinator().await;
        let database = database(&lab).await;
        let plan = crate::given::plan(&coordinator).await;
        let first = available(&coordinator.ask("{ viewer { id } }", json!({})).await.body);
        let before = written(&database).await;
        let dated = json!({ "planId": plan, "code": "A", "title": "A", "dueOn": "mat-khau" });
        for (query, variables, fields) in [
            (CREATE, json!({ "input": dated }), vec!["input.dueOn"]),
            ("query($n: Int!) { tasks(first: $n) { totalCount } }", json!({ "n": null }), vec!["n"]),
            ("query($n: Int!) { tasks(first: $n) { totalCount } }", json!({}), vec!["n"]),
            (TASKS, json!({ "n": "mat-khau" }), vec!["n"]),
            (TASKS, json!({ "n": 3_000_000_000_u64 }), vec!["n"]),
            ("query($n: Int!) { __typename }", json!({}), vec!["n"]),
            (SIMULATE, json!({ "edition": true, "changes": [{}, { "value": null }] }),
                vec!["edition", "changes.0", "changes.1"]),
            (CREATE, json!({ "input": { "mat-khau": 1, "planId": 1.5, "code": "A", "assignments": "mat-khau" } }),
                vec!["input.assignments", "input.dueOn", "input.planId", "input.title", "input"]),
        ] {
            for (accept, wanted) in [("application/graphql-response+json", 400), ("application/json", 200)] {
                let (status, body) = in_form(&coordinator, accept, query, &variables).await;
                assert_eq!((status, body.get("data")), (wanted, None), "{query} {body:#}");
                assert!(!body.to_string().contains("mat-khau"), "{body:#}");
                let told: Vec<_> = errors(&body).iter().map(|it| it["extensions"]["field"].clone()).collect();
                let fields = fields.iter().map(|field| format!("variables.{field}"));
                let fields: Vec<_> = fields.map(|path| json!(path.split('.').collect::<Vec<_>>())).collect();
                assert!(told.iter().all(|it| fields.contains(it)), "{body:#}");
                assert!(fields.iter().all(|it| told.contains(it)), "{fields:?} {body:#}");
                for error in errors(&body) {
                    assert_eq!(text(error, "/extensions/code"), "BAD_USER_INPUT");
                    assert!(error["locations"][0]["line"].is_u64() && text(error, "/message").contains('$'), "{error}");
                }
            }
        }
        let many = coordinator.ask("query($n: [Int!]) { __typename }", json!({ "n": vec!["x"; 50] })).await;
        assert_eq!(errors(&many.body).len(), 10);
        assert_eq!(written(&database).await, before);
        assert_eq!(available(&coordinator.ask("{ viewer { id } }", json!({})).await.body), first - 2, "all was free");
        let words = async |lang| {
            let answer = coordinator.speaking(lang).ask(TASKS, json!({ "n": "x" })).await;
            text(&answer.body, "/errors/0/message")
        };
        assert_eq!(words("vi").await, "Yêu cầu không hợp lệ: biến $n phải có kiểu Int.");
        assert_eq!(words("en").await, "The request is not valid: the variable $n must be of type Int.");
    }

    async fn what_fits_is_answered_with_defaults_and_lists_of_one(lab) {
        let coordinator = lab.coordinator().await;
        let defaults = "query($n: Int = 1, $not: Boolean = true, $if: Boolean = true) {
            organizations(first: $n) { nodes { id code @skip(if: $not) name @include(if: $if) } } }";
        let data = coordinator.get(defaults, json!({ "unknown": [1] })).await;
        let nodes = data["organizations"]["nodes"].as_array().expect("a list").clone();
        assert_eq!(nodes.len(), 1);
        assert_eq!((nodes[0].get("code"), nodes[0]["name"].is_string()), (None, true), "{nodes:?}");
        let id = text(&nodes[0], "/id");
        let one = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        assert_eq!(coordinator.get(one, json!({ "ids": id })).await, json!({ "nodes": [{ "id": id }] }));
        let points = available(&coordinator.ask(defaults, json!({ "n": 100 })).await.body);
        assert!(available(&coordinator.ask(defaults, json!({})).await.body) > points - 50, "as few as the default");
    }

    async fn validity_does_not_depend_on_who_asks_first(lab) {
        let coordinator = lab.coordinator().await;
        let invalid = "query($t: String) { tasks(filter: { text: $t, nope: 1 }) { totalCount } }";
        for variables in [json!({}), json!({ "t": null }), json!({ "t": "a" }), json!({ "t": "a" })] {
            let body = coordinator.ask(invalid, variables).await.body;
            assert_eq!((text(&body, "/errors/0/extensions/code"), body.get("data")), ("BAD_USER_INPUT".into(), None));
        }
        let valid = "query($t: String!) { tasks(filter: { text: $t }) { totalCount } }";
        for (variables, fits) in [
            (json!({ "t": null }), false),
            (json!({ "t": "a" }), true),
            (json!({}), false),
            (json!({ "t": ["a"] }), false),
            (json!({ "t": "b" }), true),
        ] {
            let body = coordinator.ask(valid, variables).await.body;
            assert_eq!(body.get("data").is_some(), fits, "{body:#}");
        }
        // Each operation of a document for itself.
        let two = "query A { viewer { id } } query B($n: Nope) { tasks(first: $n) { totalCount } }";
        let body = json!({ "query": two, "operationName": "A" });
        for _ in 0..2 {
            let request = coordinator.http.post(format!("{}/graphql", lab.url)).json(&body);
            let answer = request.bearer_auth(coordinator.token.as_deref().expect("a token")).send().await;
            let answer: Value = answer.expect("an answer").json().await.expect("JSON");
            assert!(answer.get("data").is_none(), "the document is not valid: {answer:#}");
        }
    }
}

/// What is not valid is executed by no way, also when it is sent again.
#[tokio::test]
async fn no_transport_executes_what_is_not_valid() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let query = "{ viewer { id nothing } }";
    let refused = |body: &str| body.contains("BAD_USER_INPUT") && !body.contains("\"data\"");
    for _ in 0..2 {
        for accept in ["application/json", "text/event-stream", "multipart/mixed;subscriptionSpec=1.0"] {
            let address =
                reqwest::Url::parse_with_params(&format!("{}/graphql", lab.url), [("query", query)]);
            let post = officer.http.post(format!("{}/graphql", lab.url)).json(&json!({ "query": query }));
            for request in [officer.http.get(address.expect("an address")), post] {
                let request = request.header("accept", accept);
                let answer = request.bearer_auth(officer.token.as_deref().expect("a token")).send().await;
                let body = answer.expect("an answer").text().await.expect("a body");
                assert!(refused(&body), "{accept}: {body}");
            }
        }
    }
}
