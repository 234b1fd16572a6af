//! Long computations: queued, run in turns, watched over server-sent events and by polling, cancelled, begun anew.

use api::jobs::turn;
use chrono::TimeDelta;
use entity::{Publication, Role};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::given::gid;
use crate::index::Given;
use crate::scene::{Cast, list, text};

const START: &str = "mutation($edition: ID!, $input: MonteCarloInput!) {
    monteCarloStart(edition: $edition, input: $input) { job { id status total } userErrors { field code message } }
}";
const JOB: &str = "query($id: ID!) { job(id: $id) {
    status done total problem monteCarlo { draws seed bands(first: 3) { unit { id } rank low median high draws } }
} }";

async fn start(client: &Client, edition: &str, draws: i32) -> String {
    let input = json!({ "draws": draws, "seed": 7, "jitter": 0.2 });
    text(&client.done(START, json!({ "edition": edition, "input": input })).await, "/job/id")
}

async fn read(client: &Client, id: &str) -> Value {
    client.get(JOB, json!({ "id": id })).await["job"].take()
}

/// Opens the stream of a job's progress.
async fn watch(client: &Client, id: &str) -> reqwest::Response {
    let query = "subscription($id: ID!) { jobProgress(id: $id) { status done } }";
    let mut request =
        client.http.post(format!("{}/graphql", client.url)).header("accept", "text/event-stream");
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    request.json(&json!({ "query": query, "variables": { "id": id } })).send().await.expect("an answer")
}

/// The events of a stream until it ends, beats left out.
async fn events(response: reqwest::Response) -> Vec<(String, Value)> {
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let text = response.text().await.expect("the stream ends");
    let event = |block: &str| {
        let (name, data) = block.split_once("\ndata:")?;
        Some((
            name.strip_prefix("event: ")?.to_owned(),
            serde_json::from_str(data.trim()).unwrap_or_default(),
        ))
    };
    text.split("\n\n").filter_map(event).collect()
}

both! {
    async fn a_job_gives_what_the_request_would_have_given(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let id = start(&officer, &given.id, 2_000).await;
        let queued = read(&officer, &id).await;
        assert_eq!((&queued["status"], &queued["done"], &queued["total"]), (&json!("QUEUED"), &json!(0), &json!(2_000)));
        assert_eq!(queued["monteCarlo"], Value::Null);
        assert!(turn(&lab.app).await.expect("run"), "there was a job");
        assert!(!turn(&lab.app).await.expect("nothing to do"), "and no other");
        let done = read(&officer, &id).await;
        assert_eq!((&done["status"], &done["done"]), (&json!("SUCCEEDED"), &json!(2_000)));
        let query = "query($edition: ID!) { sensitivity(edition: $edition, monteCarlo: { draws: 2000, seed: 7, jitter: 0.2 }) {
            monteCarlo { draws seed bands(first: 3) { unit { id } rank low median high draws } } } }";
        let at_once = officer.get(query, json!({ "edition": given.id })).await;
        assert_eq!(done["monteCarlo"], at_once["sensitivity"]["monteCarlo"]);
    }

    async fn progress_is_told_as_it_happens(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let id = start(&officer, &given.id, 2_000).await;
        let stream = watch(&officer, &id).await;
        let (told, ran) = tokio::join!(events(stream), turn(&lab.app));
        assert!(ran.expect("run"));
        let (last, steps) = told.split_last().expect("events");
        assert_eq!(last.0, "complete");
        assert!(steps.iter().all(|(name, _)| name == "next"));
        let seen: Vec<&Value> = steps.iter().map(|(_, data)| &data["data"]["jobProgress"]).collect();
        assert_eq!(seen.last().expect("an end")["status"], "SUCCEEDED");
        let done: Vec<i64> = seen.iter().map(|job| job["done"].as_i64().expect("a number")).collect();
        assert!(done.is_sorted() && done.last() == Some(&2_000), "{done:?}");
        // Whoever comes late is told the end at once.
        let late = events(watch(&officer, &id).await).await;
        assert_eq!(late.len(), 2, "{late:?}");
    }

    async fn a_job_is_its_authors_alone(lab) {
        let cast = Cast::of(&lab).await;
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let id = start(&cast.finance, &given.id, 10).await;
        assert!(turn(&lab.app).await.expect("run"));
        let cancel = "mutation($id: ID!) { jobCancel(id: $id) { userErrors { code } } }";
        for other in [&cast.coordinator, &cast.leader, &cast.home, &cast.integration, &cast.admin] {
            assert_eq!(other.code(JOB, json!({ "id": id })).await, "NOT_FOUND", "{}", other.email);
            assert_eq!(other.code(cancel, json!({ "id": id })).await, "NOT_FOUND", "{}", other.email);
            let all = other.get("{ jobs { totalCount nodes { id } } }", json!({})).await;
            assert_eq!(all["jobs"]["totalCount"], 0, "{}", other.email);
            let told = events(watch(other, &id).await).await;
            assert_eq!(text(&told[0].1, "/errors/0/extensions/code"), "NOT_FOUND", "{}", other.email);
            assert!(!format!("{told:?}").contains("SUCCEEDED"));
        }
        let own = cast.finance.get("{ jobs { nodes { id } } }", json!({})).await;
        assert_eq!(list(&own, "/jobs/nodes").len(), 1);
        let refused = watch(&lab.nobody(), &id).await;
        assert_eq!(refused.status(), 401);
    }

    async fn the_author_is_asked_again_when_the_jobs_turn_comes(lab) {
        let draft = Given::of(&lab, 1999, Publication::Draft).await;
        let coordinator = lab.coordinator().await;
        let id = start(&coordinator, &draft.id, 10).await;
        let admin = lab.sign_in(Role::Admin, None).await;
        let update = "mutation($id: ID!) { userUpdate(id: $id, input: { role: OFFICER }) { userErrors { code } } }";
        admin.done(update, json!({ "id": gid("user", coordinator.user) })).await;
        assert!(turn(&lab.app).await.expect("run"));
        lab.clock.advance(TimeDelta::seconds(4));
        let job = read(&coordinator, &id).await;
        assert_eq!((&job["status"], &job["problem"]), (&json!("FAILED"), &json!("NOT_FOUND")));
        assert_eq!(job["monteCarlo"], Value::Null);
    }

    async fn what_came_of_a_draft_is_behind_the_drafts_wall(lab) {
        let draft = Given::of(&lab, 1999, Publication::Draft).await;
        let coordinator = lab.coordinator().await;
        let id = start(&coordinator, &draft.id, 10).await;
        assert!(turn(&lab.app).await.expect("run"));
        let query = "query($id: ID!) { job(id: $id) { status edition { year synthetic } monteCarlo { draws } } }";
        let seen = coordinator.get(query, json!({ "id": id })).await;
        assert_eq!(seen["job"], json!({
            "status": "SUCCEEDED", "edition": { "year": 1999, "synthetic": true }, "monteCarlo": { "draws": 10 } }));
        let admin = lab.sign_in(Role::Admin, None).await;
        let update = "mutation($id: ID!) { userUpdate(id: $id, input: { role: OFFICER }) { userErrors { code } } }";
        admin.done(update, json!({ "id": gid("user", coordinator.user) })).await;
        lab.clock.advance(TimeDelta::seconds(4));
        let seen = coordinator.get(query, json!({ "id": id })).await;
        assert_eq!(seen["job"], json!({ "status": "SUCCEEDED", "edition": null, "monteCarlo": null }));
    }

    async fn cancelled_jobs_do_not_run_and_ended_ones_stay(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let id = start(&officer, &given.id, 10).await;
        let cancel = "mutation($id: ID!) { jobCancel(id: $id) { job { status } userErrors { field code } } }";
        assert_eq!(officer.done(cancel, json!({ "id": id })).await["job"]["status"], "CANCELLED");
        assert!(!turn(&lab.app).await.expect("nothing to do"));
        assert_eq!(officer.refused(cancel, json!({ "id": id })).await, ["id INVALID_STATE"]);
        let id = start(&officer, &given.id, 10).await;
        turn(&lab.app).await.expect("run");
        assert_eq!(officer.refused(cancel, json!({ "id": id })).await, ["id INVALID_STATE"]);
        assert_eq!(read(&officer, &id).await["status"], "SUCCEEDED");
    }

    async fn three_wait_at_most_and_bad_input_is_refused_at_once(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        for _ in 0..3 {
            start(&officer, &given.id, 10).await;
        }
        let fourth = json!({ "edition": given.id, "input": { "draws": 10 } });
        assert_eq!(officer.refused(START, fourth.clone()).await, [" TOO_MANY"]);
        let message = text(&officer.get(START, fourth).await, "/monteCarloStart/userErrors/0/message");
        assert_eq!(message, "Too many: a user may have 3 computations waiting or running.");
        for (input, wanted) in [
            (json!({ "draws": 0 }), "input.draws OUT_OF_RANGE"),
            (json!({ "draws": 5_000_001 }), "input.draws OUT_OF_RANGE"),
            (json!({ "jitter": 2 }), "input.jitter OUT_OF_RANGE"),
            (json!({ "normalisations": ["Z_SCORE"], "aggregations": ["GEOMETRIC"] }), "input NOT_COMPUTABLE"),
        ] {
            let variables = json!({ "edition": given.id, "input": input });
            assert_eq!(officer.refused(START, variables).await, [wanted], "{input}");
        }
        let all = officer.get("{ jobs { totalCount } }", json!({})).await;
        assert_eq!(all["jobs"]["totalCount"], 3, "what was refused was not queued");
    }

    async fn a_job_of_a_dead_process_is_begun_anew(lab) {
        use entity::{JobStatus, job};
        use sea_orm::Set;
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let id = start(&officer, &given.id, 10).await;
        let key = id.split_once(':').expect("an id").1.parse().expect("a key");
        let dead = job::ActiveModel {
            status: Set(JobStatus::Running),
            lease_until: Set(Some(lab.app.world.now() + TimeDelta::seconds(60))),
            ..Default::default()
        };
        let tx = lab.app.system().begin().await.expect("a transaction");
        tx.amend::<job::Entity>(key, dead).await.expect("written");
        tx.commit().await.expect("committed");
        assert!(!turn(&lab.app).await.expect("it is believed to be alive"));
        lab.clock.advance(TimeDelta::seconds(61));
        assert!(turn(&lab.app).await.expect("run"));
        assert_eq!(read(&officer, &id).await["status"], "SUCCEEDED");
    }

    async fn jobs_that_ended_are_forgotten_after_a_month(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let ended = start(&officer, &given.id, 10).await;
        turn(&lab.app).await.expect("run");
        let waiting = start(&officer, &given.id, 10).await;
        lab.clock.advance(TimeDelta::days(31));
        api::jobs::sweep(&lab.app).await.expect("swept");
        let found = lab.app.system();
        let there = |id: &str| {
            let key = id.split_once(':').expect("an id").1.parse().expect("a key");
            let store = found.clone();
            async move { api::store::Read::get::<entity::job::Entity>(&store, key).await.is_ok() }
        };
        assert_eq!((there(&ended).await, there(&waiting).await), (false, true));
    }

    async fn a_stream_ends_with_the_token(lab) {
        let given = Given::of(&lab, 1999, Publication::Published).await;
        let officer = lab.officer("STC").await;
        let id = start(&officer, &given.id, 10).await;
        let mut stream = watch(&officer, &id).await.bytes_stream();
        let first = stream.next().await.expect("an event").expect("bytes");
        assert!(String::from_utf8_lossy(&first).contains("QUEUED"));
        let admin = lab.sign_in(Role::Admin, None).await;
        let disable = "mutation($id: ID!) { userUpdate(id: $id, input: { disabled: true }) { userErrors { code } } }";
        admin.done(disable, json!({ "id": gid("user", officer.user) })).await;
        lab.clock.advance(TimeDelta::seconds(4));
        // The job's end would be told now.
        turn(&lab.app).await.expect("run");
        let mut rest = Vec::new();
        while let Some(part) = stream.next().await {
            rest.extend(part.expect("bytes"));
        }
        let rest = String::from_utf8_lossy(&rest);
        assert!(rest.contains("UNAUTHENTICATED") && !rest.contains("SUCCEEDED"), "{rest}");
    }
}

#[tokio::test]
async fn a_subscription_needs_a_stream() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let query = "subscription { jobProgress(id: \"job:x\") { id } }";
    let answer = officer.ask(query, json!({})).await;
    assert_eq!(answer.status, 406);
    assert_eq!(text(&answer.body, "/errors/0/extensions/code"), "NOT_ACCEPTABLE");
}
