//! Every state × action × role of what the other modules do not print: reporting periods, evidence, tasks.

use std::fmt::Write;

use serde_json::json;
use tests::{Client, Lab, both};

use crate::coverage::{outcome, roles};
use crate::dossiers::{locked_period, period};
use crate::scene::{Cast, act, described, draft, evidence, organization, task};

/// What is tried: its name, and the mutation of a row named `$id`.
type Action = (&'static str, String);

/// A row in each state, made anew whenever the one before was changed, tried by every role.
async fn table<'a, F, R>(lab: &Lab, states: &'a [&'a str], actions: &[Action], made: F) -> String
where
    F: Fn(&'a str, usize) -> R,
    R: Future<Output = String>,
{
    let (cast, nobody) = (Cast::of(lab).await, lab.nobody());
    let (mut text, mut number) = (String::new(), 0);
    for state in states {
        for (name, call) in actions {
            let _ = writeln!(text, "{state} {name}");
            let mut waiting: Option<String> = None;
            for (role, client) in roles(&cast, &nobody) {
                let id = match waiting.take() {
                    Some(id) => id,
                    None => {
                        number += 1;
                        made(state, number).await
                    }
                };
                let document = format!("mutation($id: ID!) {{ {call} {{ userErrors {{ code }} }} }}");
                let came = outcome(&client.ask(&document, json!({ "id": id })).await);
                let _ = writeln!(text, "  {role:<21}{came}");
                // What was refused has left the row as it was: the next role tries the same one.
                if came != "ok" {
                    waiting = Some(id);
                }
            }
        }
    }
    text
}

async fn period_in(coordinator: &Client, state: &str, number: usize) -> String {
    let code = format!("DX-{number}");
    if state == "OPEN" {
        return period(coordinator, &code).await;
    }
    let id = locked_period(coordinator, &code).await;
    if state == "CLOSED" {
        act(coordinator, "periodClose", &id).await;
    }
    id
}

/// Evidence of STC on a report that was not handed in.
async fn evidence_in(
    lab: &Lab,
    coordinator: &Client,
    officer: &Client,
    state: &str,
    number: usize,
) -> String {
    let made =
        task(lab, coordinator, &format!("T-{number}"), &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
    let report = draft(officer, &made, "2026-H1").await;
    if state == "PENDING" {
        return described(officer, "Minh chứng", Some(&report)).await.0;
    }
    let id = evidence(officer, "Minh chứng", Some(&report)).await;
    match state {
        "ACCEPTED" => drop(act(coordinator, "evidenceAccept", &id).await),
        "REJECTED" => {
            let reject =
                "mutation($id: ID!) { evidenceReject(id: $id, reason: \"Mờ\") { userErrors { code } } }";
            coordinator.done(reject, json!({ "id": id })).await;
        }
        _ => {}
    }
    id
}

async fn task_in(lab: &Lab, coordinator: &Client, state: &str, number: usize) -> String {
    let id =
        task(lab, coordinator, &format!("T-{number}"), &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
    let change = match state {
        "IN_PROGRESS" => "taskUpdate(id: $id, input: { status: IN_PROGRESS })",
        "COMPLETED" => "taskUpdate(id: $id, input: { status: COMPLETED })",
        "CANCELLED" => "taskCancel(id: $id, reason: \"Thôi\")",
        _ => return id,
    };
    let document = format!("mutation($id: ID!) {{ {change} {{ userErrors {{ code }} }} }}");
    coordinator.done(&document, json!({ "id": id })).await;
    id
}

both! {
    async fn periods_by_state_action_and_role(lab) {
        let (coordinator, stc) = (&lab.coordinator().await, organization(&lab, "STC").await);
        let actions = [
            ("lock", "periodLock(id: $id)".to_owned()),
            ("close", "periodClose(id: $id)".to_owned()),
            ("grant", format!("lockExceptionGrant(periodId: $id, organizationId: \"{stc}\", until: \"2026-03-01T00:00:00Z\", reason: \"Lũ\")")),
            ("freeze", "dossierFreeze(input: { periodId: $id })".to_owned()),
        ];
        let made = |state, number| period_in(coordinator, state, number);
        insta::assert_snapshot!("period_states", table(&lab, &["OPEN", "LOCKED", "CLOSED"], &actions, made).await);
    }

    async fn evidence_by_state_action_and_role(lab) {
        let (coordinator, officer) = (&lab.coordinator().await, &lab.officer("STC").await);
        let actions = [
            ("update", "evidenceUpdate(id: $id, input: { title: \"Khác\" })".to_owned()),
            ("file", "evidenceUploadTicket(id: $id, file: { name: \"b.pdf\" })".to_owned()),
            ("accept", "evidenceAccept(id: $id)".to_owned()),
            ("reject", "evidenceReject(id: $id, reason: \"Mờ\")".to_owned()),
        ];
        let lab = &lab;
        let made = |state, number| evidence_in(lab, coordinator, officer, state, number);
        let states = ["PENDING", "READY", "ACCEPTED", "REJECTED"];
        insta::assert_snapshot!("evidence_states", table(lab, &states, &actions, made).await);
    }

    async fn tasks_by_state_action_and_role(lab) {
        let coordinator = &lab.coordinator().await;
        let actions = [
            ("begin", "taskUpdate(id: $id, input: { status: IN_PROGRESS })".to_owned()),
            ("complete", "taskUpdate(id: $id, input: { status: COMPLETED })".to_owned()),
            ("cancel", "taskCancel(id: $id, reason: \"Thôi\")".to_owned()),
        ];
        let lab = &lab;
        let made = |state, number| task_in(lab, coordinator, state, number);
        let states = ["PLANNED", "IN_PROGRESS", "COMPLETED", "CANCELLED"];
        insta::assert_snapshot!("task_states", table(lab, &states, &actions, made).await);
    }
}
