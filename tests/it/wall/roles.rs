//! What each role sees beside the departments: drafts, decisions, users.

use entity::{Publication, edition, score};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both};
use uuid::Uuid;

use crate::scene::{Cast, act, download_url, draft, evidence, ids, list, seen, send_back, task, text};

/// A draft framework, a draft edition made with it, and one score in it.
struct Drafts {
    framework: String,
    edition: String,
    score: String,
    node: String,
    unit: String,
}

async fn drafts(lab: &Lab, coordinator: &Client) -> Drafts {
    let known = "{ framework { id } units(filter: { text: \"lang son\" }) { nodes { id } } }";
    let known = coordinator.get(known, json!({})).await;
    let create = "mutation($id: ID!) {
        frameworkDraftCreate(input: { fromId: $id, version: \"2030\", nameVi: \"Dự thảo\", nameEn: \"Draft\" }) {
          framework { id nodes(first: 1) { nodes { id } } } userErrors { code }
        }
    }";
    let made = coordinator.done(create, json!({ "id": text(&known, "/framework/id") })).await;
    let key = |id: &str| Uuid::parse_str(id.split_once(':').expect("an id").1).expect("a key");
    let framework = text(&made, "/framework/id");
    let (node, unit) = (text(&made, "/framework/nodes/nodes/0/id"), text(&known, "/units/nodes/0/id"));
    let tx = lab.app.system().begin().await.expect("a transaction");
    let row = edition::ActiveModel {
        year: Set(2030),
        framework_id: Set(key(&framework)),
        status: Set(Publication::Draft),
        ..Default::default()
    };
    let edition = tx.insert::<edition::Entity>(row).await.expect("the edition is written");
    let row = score::ActiveModel {
        edition_id: Set(edition.id),
        unit_id: Set(key(&unit)),
        node_id: Set(key(&node)),
        rank: Set(Some(1)),
        ..Default::default()
    };
    let score = tx.insert::<score::Entity>(row).await.expect("the score is written");
    tx.commit().await.expect("committed");
    Drafts {
        framework,
        edition: format!("edition:{}", edition.id),
        score: format!("score:{}", score.id),
        node,
        unit,
    }
}

/// Everything that a client learns of the drafts.
async fn learnt(client: &Client, drafts: &Drafts) -> Value {
    let query = "query($ids: [ID!]!, $unit: ID!, $under: ID!) {
        nodes(ids: $ids) { id }
        framework(version: \"2030\") { id }
        pillars(version: \"2030\") { id }
        edition(year: 2030) { id }
        newest: edition { year }
        editions { nodes { year } }
        frameworks { nodes { version } }
        history(unit: $unit) { edition { year } }
        inside: indicators(filter: { under: $under }) { totalCount }
    }";
    let ids = [&drafts.framework, &drafts.edition, &drafts.score, &drafts.node];
    client.get(query, json!({ "ids": ids, "unit": drafts.unit, "under": drafts.node })).await
}

both! {
    async fn drafts_are_for_the_coordinator_and_the_leader(lab) {
        let cast = Cast::of(&lab).await;
        let drafts = drafts(&lab, &cast.coordinator).await;
        let years = |data: &Value, path: &str| -> Vec<Value> {
            list(data, path).iter().map(|row| row.as_object().expect("an object").values().next().expect("a field").clone()).collect()
        };
        for client in [&cast.coordinator, &cast.leader] {
            let found = learnt(client, &drafts).await;
            assert!(list(&found, "/nodes").iter().all(|node| !node.is_null()), "{}", client.email);
            assert_eq!(found["edition"]["id"], drafts.edition);
            assert_eq!(found["framework"]["id"], drafts.framework);
            assert_eq!(list(&found, "/pillars").len(), 7);
            assert!(years(&found, "/frameworks/nodes").contains(&json!("2030")));
        }
        let seen_by = |client: &Client| format!("{} sees the drafts", client.email);
        for client in [&cast.finance, &cast.integration, &cast.admin] {
            let found = learnt(client, &drafts).await;
            assert_eq!(found["nodes"], json!([null, null, null, null]), "{}", seen_by(client));
            assert_eq!(found["framework"], Value::Null, "{}", seen_by(client));
            assert_eq!(found["edition"], Value::Null, "{}", seen_by(client));
            assert_eq!(found["pillars"], json!([]), "{}", seen_by(client));
            assert_eq!(found["inside"]["totalCount"], 0, "{}", seen_by(client));
            assert_ne!(found["newest"]["year"], 2030, "{}", seen_by(client));
            assert!(!years(&found, "/editions/nodes").contains(&json!(2030)), "{}", seen_by(client));
            assert!(!years(&found, "/frameworks/nodes").contains(&json!("2030")), "{}", seen_by(client));
            assert!(list(&found, "/history").iter().all(|entry| entry["edition"]["year"] != 2030));
            let ranking = "query($edition: ID!, $node: ID!) { ranking(edition: $edition, node: $node) { totalCount } }";
            let variables = json!({ "edition": drafts.edition, "node": drafts.node });
            assert_eq!(client.code(ranking, variables).await, "NOT_FOUND");
            let profile = "query($edition: ID!, $unit: ID!) { profile(edition: $edition, unit: $unit) { entries { rank } } }";
            let variables = json!({ "edition": drafts.edition, "unit": drafts.unit });
            assert_eq!(client.code(profile, variables).await, "NOT_FOUND");
            let inside = "query($id: ID!) { indicators(filter: { version: \"2030\", under: $id }) { totalCount } }";
            assert_eq!(client.code(inside, json!({ "id": drafts.node })).await, "NOT_FOUND");
            let history = "query($unit: ID!, $node: ID!) { history(unit: $unit, node: $node) { comparable } }";
            let variables = json!({ "unit": drafts.unit, "node": drafts.node });
            assert_eq!(client.code(history, variables).await, "NOT_FOUND");
        }
    }

    async fn the_leader_reads_what_was_handed_in_and_changes_nothing(lab) {
        let cast = Cast::of(&lab).await;
        let led = task(&lab, &cast.coordinator, "LED", &[("STC", "LEAD")]).await;
        let mut reports = Vec::new();
        let mut proofs = Vec::new();
        for state in ["DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED"] {
            let report = draft(&cast.finance, &led, state).await;
            proofs.push(evidence(&cast.finance, state, Some(&report)).await);
            if state != "DRAFT" {
                act(&cast.finance, "reportSubmit", &report).await;
            }
            match state {
                "RETURNED" => send_back(&cast.coordinator, &report).await,
                "ACCEPTED" => drop(act(&cast.coordinator, "reportAccept", &report).await),
                _ => {}
            }
            reports.push(report);
        }
        evidence(&cast.finance, "Chưa gắn vào đâu", None).await;
        let wanted = [reports[3].clone(), reports[1].clone()];
        assert_eq!(seen(&cast.leader, "progressReports").await, wanted);
        assert_eq!(seen(&cast.leader, "evidences").await, [proofs[3].clone(), proofs[1].clone()]);
        let states = "{ progressReports(filter: { status: { in: [DRAFT, RETURNED] } }) { totalCount nodes { id } } }";
        assert_eq!(ids(&cast.leader.get(states, json!({})).await), Vec::<String>::new());
        let query = "query($id: ID!) { task(id: $id) { evidenceCount assignments { latestReport { id } reports { id } } } }";
        let read = cast.leader.get(query, json!({ "id": led })).await;
        assert_eq!(read["task"]["evidenceCount"], 2);
        assert_eq!(read["task"]["assignments"][0]["latestReport"]["id"], wanted[0]);
        assert_eq!(list(&read, "/task/assignments/0/reports").len(), 2);
        let file = cast.leader.http.get(download_url(&cast.leader, &proofs[1]).await).send().await;
        assert_eq!(file.expect("the server answers").status(), 200);
        let accept = "mutation($id: ID!) { reportAccept(id: $id) { userErrors { code } } }";
        assert_eq!(cast.leader.code(accept, json!({ "id": reports[1] })).await, "FORBIDDEN");
        assert_eq!(cast.leader.code(accept, json!({ "id": reports[0] })).await, "NOT_FOUND");
    }

    async fn integration_reads_frameworks_and_published_results_only(lab) {
        let cast = Cast::of(&lab).await;
        let led = task(&lab, &cast.coordinator, "LED", &[("STC", "LEAD")]).await;
        let report = draft(&cast.finance, &led, "2026").await;
        evidence(&cast.finance, "Đã nộp", Some(&report)).await;
        act(&cast.finance, "reportSubmit", &report).await;
        let query = "{
            tasks { totalCount } myAssignments { totalCount } progressReports { totalCount } evidences { totalCount }
            organizations { totalCount } plans { totalCount } plan { id }
            users { totalCount } viewer { role organization { id } }
            frameworks { nodes { status } } editions { nodes { status } } units { totalCount }
            indicators(first: 100) { nodes { supplier { id } evidence { id } } }
        }";
        let found = cast.integration.get(query, json!({})).await;
        for field in ["tasks", "myAssignments", "progressReports", "evidences", "organizations", "plans"] {
            assert_eq!(found[field]["totalCount"], 0, "{field}");
        }
        assert_eq!(found["plan"], Value::Null);
        assert_eq!(found["users"]["totalCount"], 1);
        assert_eq!(found["viewer"], json!({ "role": "INTEGRATION", "organization": null }));
        for field in ["/frameworks/nodes", "/editions/nodes"] {
            assert!(!list(&found, field).is_empty(), "{field}");
            assert!(list(&found, field).iter().all(|row| row["status"] == "PUBLISHED"), "{field}");
        }
        let nothing = json!({ "supplier": null, "evidence": [] });
        assert!(list(&found, "/indicators/nodes").iter().all(|indicator| *indicator == nothing));
    }

    async fn users_know_themselves_and_the_coordinator_knows_names(lab) {
        let cast = Cast::of(&lab).await;
        let other = format!("user:{}", cast.home.user);
        for client in [&cast.coordinator, &cast.leader, &cast.finance, &cast.integration] {
            let query = "query($id: ID!) {
                users { totalCount nodes { email } } node(id: $id) { id }
                officers: users(filter: { role: { eq: OFFICER } }) { nodes { email } }
            }";
            let found = client.get(query, json!({ "id": other })).await;
            assert_eq!(found["users"], json!({ "totalCount": 1, "nodes": [{ "email": client.email }] }));
            assert_eq!(found["node"], Value::Null);
            assert!(list(&found, "/officers/nodes").iter().all(|user| user["email"] == client.email));
        }
        let all = cast.admin.get("{ users(first: 100) { totalCount } }", json!({})).await;
        // Seven here, and the two of the first start.
        assert_eq!(all["users"]["totalCount"], 9);

        let led = task(&lab, &cast.coordinator, "LED", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let report = draft(&cast.home, &led, "2026").await;
        act(&cast.home, "reportSubmit", &report).await;
        act(&cast.coordinator, "reportAccept", &report).await;
        let query = "query($id: ID!) { progressReport(id: $id) { author { name } decider { name } } }";
        for (client, author, decider) in
            [(&cast.coordinator, true, true), (&cast.leader, false, false), (&cast.finance, false, false), (&cast.home, true, false)]
        {
            let read = client.get(query, json!({ "id": report })).await;
            assert_eq!(read["progressReport"]["author"].is_object(), author, "{}", client.email);
            assert_eq!(read["progressReport"]["decider"].is_object(), decider, "{}", client.email);
        }
    }
}
