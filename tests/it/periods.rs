//! Reporting periods: opening, expected reports, the lock and leave to hand in after it, versions and decisions.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use crate::coverage::outcome;
use crate::scene::{act, assignment, draft, list, organization, send_back, task, text};

const OPEN: &str = "mutation($year: Int!, $half: Half!) {
    periodOpen(year: $year, half: $half) { period { id code status dueAt departmentDueOn startsOn } userErrors { field code } } }";
const SLOTS: &str = "query($period: ID!) { reportSlots(filter: { period: { eq: $period } }) {
    totalCount nodes { organization { code } assignment { task { code } } report { status } } } }";
const GRANT: &str = "mutation($period: ID!, $organization: ID!, $until: DateTime!) {
    lockExceptionGrant(periodId: $period, organizationId: $organization, until: $until, reason: \"Mưa lũ\") {
        exception { id active } userErrors { field code } } }";
const REPORT: &str =
    "query($id: ID!) { progressReport(id: $id) { status rowVersion firstSubmittedAt decidedVersion
    viewerCan { submit accept return withdraw }
    versions { number content withdrawnAt decision reason evidence { title sha256 } } } }";

async fn open(coordinator: &Client) -> Value {
    coordinator.done(OPEN, json!({ "year": 2026, "half": "FIRST" })).await["period"].clone()
}

/// Moves the clock to a time.
pub fn move_to(lab: &Lab, time: &str) {
    let time: DateTime<Utc> = time.parse().expect("a time");
    lab.clock.advance(time - lab.app.world.now());
}

/// The code of what is wrong with a mutation of one row, or `ok`.
pub async fn tried(client: &Client, mutation: &str, id: &str) -> String {
    let document = format!("mutation($id: ID!) {{ {mutation}(id: $id) {{ userErrors {{ code }} }} }}");
    outcome(&client.ask(&document, json!({ "id": id })).await)
}

both! {
    async fn a_period_expects_a_report_of_every_assignment(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        task(&lab, &coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let over = task(&lab, &coordinator, "T-2", &[("STC", "LEAD")]).await;
        let end = "mutation($id: ID!) { taskCancel(id: $id, reason: \"Thôi\") { userErrors { code } } }";
        coordinator.done(end, json!({ "id": over })).await;
        let period = open(&coordinator).await;
        assert_eq!(period["dueAt"], "2026-06-25T16:59:59+00:00");
        assert_eq!((&period["departmentDueOn"], &period["startsOn"]), (&json!("2026-06-15"), &json!("2025-12-26")));
        let variables = json!({ "period": period["id"] });
        let all = coordinator.get(SLOTS, variables.clone()).await;
        assert_eq!(all["reportSlots"]["totalCount"], 2);
        // What is assigned later is expected too.
        let late = task(&lab, &coordinator, "T-3", &[("STC", "LEAD")]).await;
        draft(&officer, &late, "2026-H1").await;
        let own = officer.get(SLOTS, variables).await;
        let own = list(&own, "/reportSlots/nodes");
        let seen: Vec<(&str, &Value)> =
            own.iter().map(|slot| (slot["assignment"]["task"]["code"].as_str().expect("a code"), &slot["report"]["status"])).collect();
        assert_eq!(seen, [("T-3", &json!("DRAFT")), ("T-1", &Value::Null)]);
        assert!(own.iter().all(|slot| slot["organization"]["code"] == "STC"));
        // A period is there once.
        let again = coordinator.ask(OPEN, json!({ "year": 2026, "half": "FIRST" })).await;
        assert_eq!(outcome(&again), "(TAKEN)");
        let past = coordinator.ask(OPEN, json!({ "year": 2025, "half": "SECOND" })).await;
        assert_eq!(outcome(&past), "(OUT_OF_RANGE)");
    }

    async fn the_rule_opens_its_period_by_itself_once(lab) {
        let coordinator = lab.coordinator().await;
        let codes = "{ reportingPeriods { nodes { code author { name } } } }";
        api::periods::open_by_rule(&lab.app).await.expect("too early");
        assert_eq!(coordinator.get(codes, json!({})).await["reportingPeriods"]["nodes"], json!([]));
        move_to(&lab, "2026-04-26T00:00:00Z");
        for _ in 0..2 {
            api::periods::open_by_rule(&lab.app).await.expect("opened");
        }
        let there = lab.renew(&coordinator).await.get(codes, json!({})).await;
        assert_eq!(there["reportingPeriods"]["nodes"], json!([{ "code": "2026-H1", "author": null }]));
    }

    async fn a_lock_is_lifted_for_one_organization_for_a_time(lab) {
        let (coordinator, stc, snv) = (lab.coordinator().await, lab.officer("STC").await, lab.officer("SNV").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let period = text(&open(&coordinator).await, "/id");
        let (of_stc, of_snv) = (draft(&stc, &made, "2026-H1").await, draft(&snv, &made, "2026-H1").await);
        move_to(&lab, "2026-06-25T16:59:58Z");
        let (coordinator, stc, snv) =
            (lab.renew(&coordinator).await, lab.renew(&stc).await, lab.renew(&snv).await);
        assert_eq!(tried(&snv, "reportSubmit", &of_snv).await, "ok", "in time, if barely");
        lab.clock.advance(TimeDelta::seconds(2));
        assert_eq!(tried(&stc, "reportSubmit", &of_stc).await, "(PERIOD_LOCKED)");
        assert_eq!(tried(&snv, "reportWithdraw", &of_snv).await, "(PERIOD_LOCKED)");
        let save = json!({ "input": { "assignmentId": assignment(&stc, &made).await, "period": "2026-H1", "percent": 50, "content": "Muộn" } });
        let save_document = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { userErrors { code } } }";
        assert_eq!(outcome(&stc.ask(save_document, save.clone()).await), "(PERIOD_LOCKED)");
        assert_eq!(tried(&coordinator, "reportAccept", &of_snv).await, "ok", "decisions are still taken");

        let until = lab.app.world.now() + TimeDelta::days(2);
        let leave = json!({ "period": period, "organization": organization(&lab, "STC").await, "until": until });
        let granted = coordinator.done(GRANT, leave).await;
        assert_eq!(granted["exception"]["active"], true);
        let can = stc.get(REPORT, json!({ "id": of_stc })).await["progressReport"]["viewerCan"].clone();
        assert_eq!(can, json!({ "submit": true, "accept": false, "return": false, "withdraw": false }));
        let exceptions = "query($id: ID!) { reportingPeriod(id: $id) { status exceptions { reason } } }";
        let seen = snv.get(exceptions, json!({ "id": period })).await;
        assert_eq!(seen["reportingPeriod"], json!({ "status": "LOCKED", "exceptions": [] }), "it is STC's alone");
        assert_eq!(outcome(&stc.ask(save_document, save).await), "ok");
        assert_eq!(tried(&coordinator, "lockExceptionRevoke", &text(&granted, "/exception/id")).await, "ok");
        assert_eq!(tried(&stc, "reportSubmit", &of_stc).await, "(PERIOD_LOCKED)", "it was revoked");

        let until = lab.app.world.now() + TimeDelta::minutes(10);
        let leave = json!({ "period": period, "organization": organization(&lab, "STC").await, "until": until });
        coordinator.done(GRANT, leave).await;
        assert_eq!(tried(&stc, "reportSubmit", &of_stc).await, "ok");
        assert_eq!(tried(&stc, "reportWithdraw", &of_stc).await, "ok");
        lab.clock.advance(TimeDelta::minutes(11));
        assert_eq!(tried(&stc, "reportSubmit", &of_stc).await, "(PERIOD_LOCKED)", "it has ended by itself");
        assert_eq!(tried(&coordinator, "periodClose", &period).await, "ok");
        let late = json!({ "period": period, "organization": organization(&lab, "STC").await, "until": lab.app.world.now() + TimeDelta::days(1) });
        assert_eq!(outcome(&coordinator.ask(GRANT, late).await), "(INVALID_STATE)");
    }

    async fn every_submission_keeps_its_version_and_its_decision(lab) {
        let (coordinator, lead, other) = (lab.coordinator().await, lab.officer("STC").await, lab.officer("SNV").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let id = draft(&other, &made, "2026-H1").await;
        act(&other, "reportSubmit", &id).await;
        act(&other, "reportWithdraw", &id).await;
        act(&other, "reportSubmit", &id).await;
        send_back(&coordinator, &id).await;
        act(&other, "reportSubmit", &id).await;
        let seen = other.get(REPORT, json!({ "id": id })).await;
        let versions = list(&seen, "/progressReport/versions");
        let told: Vec<_> = versions.iter().map(|row| (row["number"].as_i64(), row["withdrawnAt"].is_string(), &row["decision"])).collect();
        assert_eq!(told, [(Some(3), false, &Value::Null), (Some(2), false, &json!("RETURNED")), (Some(1), true, &Value::Null)]);
        // The lead of the task reads what stands, not what was taken back or sent back.
        let seen = lead.get(REPORT, json!({ "id": id })).await;
        let seen: Vec<_> = list(&seen, "/progressReport/versions").iter().map(|row| row["number"].as_i64()).collect();
        assert_eq!(seen, [Some(3)]);
        act(&coordinator, "reportAccept", &id).await;
        let seen = coordinator.get(REPORT, json!({ "id": id })).await;
        assert_eq!(seen.pointer("/progressReport/versions/0/decision"), Some(&json!("ACCEPTED")));
    }

    async fn many_reports_are_accepted_each_for_itself(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        let (first, second) = (draft(&officer, &made, "quý 1").await, draft(&officer, &made, "quý 2").await);
        act(&officer, "reportSubmit", &first).await;
        let document = "mutation($ids: [ID!]!) { reportsAccept(ids: $ids) { outcomes { reportId report { status } userErrors { code } } } }";
        let unknown = "progress_report:01890000-0000-7000-8000-000000000000";
        let ids = json!({ "ids": [second, first, unknown, "task:1"] });
        let outcomes = coordinator.get(document, ids.clone()).await;
        let told: Vec<_> = list(&outcomes, "/reportsAccept/outcomes")
            .iter()
            .map(|row| row.pointer("/userErrors/0/code").or(row.pointer("/report/status")).cloned())
            .collect();
        let wanted = ["INVALID_STATE", "ACCEPTED", "NOT_FOUND", "INVALID_ID"].map(|code| Some(json!(code)));
        assert_eq!(told, wanted);
        assert_eq!(outcome(&officer.ask(document, json!({ "ids": [first] })).await), "FORBIDDEN");
        let many: Vec<&str> = vec![unknown; 101];
        assert_eq!(outcome(&coordinator.ask(document, json!({ "ids": many })).await), "TOO_MANY");
    }

    async fn a_task_may_demand_evidence(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        let demand = "mutation($id: ID!) { taskUpdate(id: $id, input: { evidenceRequired: true }) { task { evidenceRequired } userErrors { code } } }";
        coordinator.done(demand, json!({ "id": made })).await;
        let id = draft(&officer, &made, "2026-H1").await;
        assert_eq!(tried(&officer, "reportSubmit", &id).await, "(EVIDENCE_REQUIRED)");
        crate::scene::evidence(&officer, "Quyết định", Some(&id)).await;
        assert_eq!(tried(&officer, "reportSubmit", &id).await, "ok");
        let seen = officer.get(REPORT, json!({ "id": id })).await;
        let proof = seen.pointer("/progressReport/versions/0/evidence/0").expect("it is kept");
        assert!(proof["title"] == "Quyết định" && proof["sha256"].as_str().is_some_and(|hash| hash.len() == 64));
    }

    async fn a_period_is_meant_however_it_is_spelt_and_its_codes_are_the_rules(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        open(&coordinator).await;
        let first = draft(&officer, &made, "2026-H1").await;
        assert_eq!(draft(&officer, &made, "2026 h1").await, first);
        assert_ne!(draft(&officer, &made, "quý 1").await, first, "what names no period is a report in between");
        let ad_hoc = "mutation($input: AdHocPeriodInput!) { periodOpenAdHoc(input: $input) { period { id } userErrors { field code } } }";
        let input = json!({ "code": "2027 h1", "titleVi": "Đột xuất", "titleEn": "Ad hoc", "reason": "Hỏi", "startsOn": "2026-01-01", "dueOn": "2026-03-20" });
        assert_eq!(outcome(&coordinator.ask(ad_hoc, json!({ "input": input })).await), "(TAKEN)");
    }

    async fn a_lock_holds_back_what_was_written_before_the_period_was_opened_however_it_is_spelt(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        let id = draft(&officer, &made, "dot xuat 5").await;
        let ad_hoc = "mutation($input: AdHocPeriodInput!) { periodOpenAdHoc(input: $input) { period { id } userErrors { field code } } }";
        let input = json!({ "code": "DOT-XUAT-5", "titleVi": "Đột xuất", "titleEn": "Ad hoc", "reason": "Hỏi", "startsOn": "2026-01-01", "dueOn": "2026-03-20" });
        let period = text(&coordinator.done(ad_hoc, json!({ "input": input })).await, "/period/id");
        assert_eq!(tried(&coordinator, "periodLock", &period).await, "ok");
        assert_eq!(tried(&officer, "reportSubmit", &id).await, "(PERIOD_LOCKED)");
    }

    async fn leave_is_given_once_and_taken_back_whole(lab) {
        let coordinator = lab.coordinator().await;
        let period = text(&open(&coordinator).await, "/id");
        assert_eq!(tried(&coordinator, "periodLock", &period).await, "ok");
        let until = lab.app.world.now() + TimeDelta::days(2);
        let leave = json!({ "period": period, "organization": organization(&lab, "STC").await, "until": until });
        let first = coordinator.done(GRANT, leave.clone()).await["exception"].take();
        let again = coordinator.done(GRANT, leave.clone()).await["exception"].take();
        assert_eq!(again, first, "a client whose answer was lost asks again");
        let mut longer = leave.clone();
        longer["until"] = json!(until + TimeDelta::days(1));
        assert_eq!(outcome(&coordinator.ask(GRANT, longer.clone()).await), "(TAKEN)");
        assert_eq!(tried(&coordinator, "lockExceptionRevoke", &text(&first, "/id")).await, "ok");
        coordinator.done(GRANT, longer).await;
    }

    async fn the_life_of_a_report_by_state_action_and_role(lab) {
        insta::assert_snapshot!("report_states", states(&lab).await);
    }
}

/// Brings a report of STC into a state.
async fn report_in(lab: &Lab, coordinator: &Client, officer: &Client, state: &str, code: &str) -> String {
    let made = task(lab, coordinator, code, &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
    let id = draft(officer, &made, "2026-H1").await;
    if state != "DRAFT" {
        act(officer, "reportSubmit", &id).await;
    }
    match state {
        "RETURNED" => send_back(coordinator, &id).await,
        "ACCEPTED" => drop(act(coordinator, "reportAccept", &id).await),
        _ => {}
    }
    id
}

/// Every state × action × role, and what `viewerCan` says before.
async fn states(lab: &Lab) -> String {
    let coordinator = lab.coordinator().await;
    let roles = [
        ("officer", lab.officer("STC").await),
        ("partner", lab.officer("SNV").await),
        ("stranger", lab.officer("SYT").await),
        ("leader", lab.sign_in(Role::Leader, None).await),
        ("admin", lab.sign_in(Role::Admin, None).await),
        ("integration", lab.sign_in(Role::Integration, None).await),
        ("coordinator", lab.coordinator().await),
    ];
    let actions = [
        ("submit", "reportSubmit(id: $id)"),
        ("withdraw", "reportWithdraw(id: $id)"),
        ("return", "reportReturn(id: $id, reason: \"Thiếu\")"),
        ("accept", "reportAccept(id: $id)"),
    ];
    let officer = &roles[0].1;
    let mut text = String::new();
    let mut number = 0;
    for state in ["DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED"] {
        for (action, call) in actions {
            let _ = writeln!(text, "{state} {action}");
            // What was refused has left the report as it was: the next role tries the same one.
            let mut waiting = None;
            for (role, client) in &roles {
                let id = match waiting.take() {
                    Some(id) => id,
                    None => {
                        number += 1;
                        report_in(lab, &coordinator, officer, state, &format!("S-{number}")).await
                    }
                };
                let can = client.ask(REPORT, json!({ "id": id })).await;
                let can = can
                    .body
                    .pointer("/data/progressReport/viewerCan")
                    .map_or(Value::Null, |can| can[action].clone());
                let document = format!(
                    "mutation($id: ID!) {{ {call} {{ report {{ status }} userErrors {{ code }} }} }}"
                );
                let answer = client.ask(&document, json!({ "id": id })).await;
                let mut came = outcome(&answer);
                if came == "ok" {
                    let name = call.split('(').next().unwrap_or_default();
                    came = answer.body["data"][name]["report"]["status"].as_str().unwrap_or("?").to_owned();
                    assert!(
                        can == true || (state, action) == ("SUBMITTED", "submit"),
                        "{state} {action} {role}"
                    );
                } else {
                    assert!(can != true, "{state} {action} {role}: {came}");
                    waiting = Some(id);
                }
                let _ = writeln!(text, "  {role:<14}{came}");
            }
        }
    }
    text
}
