//! Bad input for tasks, assignments and framework drafts.

use entity::organization;
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Lab, both, org};

use super::{all_refused, input, patched};
use crate::given::{act, gid, task, task_input, text, unknown};

const CREATE: &str =
    "mutation($input: TaskCreateInput!) { taskCreate(input: $input) { userErrors { field code message } } }";

/// An organization that ceased to exist before the lab's today.
async fn closed_organization(lab: &Lab) -> String {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let row = organization::ActiveModel {
        code: Set("GONE".to_owned()),
        kind: Set(entity::OrganizationKind::Department),
        name_vi: Set("Sở cũ".to_owned()),
        name_en: Set("Former department".to_owned()),
        active_to: Set(Some(lab.app.world.today().pred_opt().expect("a date"))),
        confirmed: Set(true),
        ..Default::default()
    };
    let row = tx.insert::<organization::Entity>(row).await.expect("written");
    tx.commit().await.expect("committed");
    gid("organization", row.id)
}

both! {
    async fn tasks(lab) {
        let coordinator = lab.coordinator().await;
        task(&lab, &coordinator, "T-1", &["STC"]).await;
        let base = task_input(&coordinator, "T-2").await;
        let cases: &[(&str, Value, &[&str])] = &[
            ("unknown plan", json!({ "planId": unknown("plan") }), &["input.planId NOT_FOUND"]),
            ("id of another type", json!({ "planId": unknown("task") }), &["input.planId INVALID_ID"]),
            ("no id", json!({ "planId": "1" }), &["input.planId INVALID_ID"]),
            ("id in capitals", json!({ "planId": unknown("plan").to_uppercase() }), &["input.planId INVALID_ID"]),
            ("id with NUL", json!({ "planId": "plan:\0" }), &["input.planId INVALID_ID"]),
            ("unknown node", json!({ "nodeId": unknown("node") }), &["input.nodeId NOT_FOUND"]),
            ("indicator for a node", json!({ "nodeId": unknown("indicator") }), &["input.nodeId INVALID_ID"]),
            ("blank title", json!({ "title": " \n\t " }), &["input.title REQUIRED"]),
            ("long title", json!({ "title": "ă".repeat(501) }), &["input.title TOO_LONG"]),
            ("NUL", json!({ "title": "a\0b" }), &["input.title INVALID_CHARACTER"]),
            ("bell", json!({ "title": "a\u{7}b" }), &["input.title INVALID_CHARACTER"]),
            ("escape", json!({ "description": "a\u{1b}[2J" }), &["input.description INVALID_CHARACTER"]),
            ("C1 control", json!({ "expectedProduct": "a\u{85}b" }), &["input.expectedProduct INVALID_CHARACTER"]),
            ("long description", json!({ "description": "ă".repeat(20_001) }), &["input.description TOO_LONG"]),
            ("blank code", json!({ "code": "" }), &["input.code REQUIRED"]),
            ("long code", json!({ "code": "1".repeat(41) }), &["input.code TOO_LONG"]),
            ("taken code", json!({ "code": "T-1" }), &["input.code TAKEN"]),
            ("due before the start", json!({ "startOn": "2026-06-26" }), &["input.dueOn DATE_ORDER"]),
            ("due in 1492", json!({ "dueOn": "1492-10-12" }), &["input.dueOn OUT_OF_RANGE"]),
            ("due in 9999", json!({ "dueOn": "9999-12-31" }), &["input.dueOn OUT_OF_RANGE"]),
            ("due before Christ", json!({ "dueOn": "-9999-01-01" }), &["input.dueOn OUT_OF_RANGE"]),
            ("start in 20000 before", json!({ "startOn": "-20000-01-01" }), &["input.startOn OUT_OF_RANGE"]),
            ("everything at once", json!({ "title": "", "code": "\0", "planId": "x", "startOn": "2027-01-01" }),
                &["input.planId INVALID_ID", "input.code INVALID_CHARACTER", "input.title REQUIRED",
                    "input.dueOn DATE_ORDER"]),
        ];
        all_refused(&lab, &coordinator, CREATE, input(&base), cases).await;
    }

    async fn who_works_on_a_task(lab) {
        let coordinator = lab.coordinator().await;
        let made = task(&lab, &coordinator, "T-1", &["STC", "SNV"]).await;
        let base = task_input(&coordinator, "T-2").await;
        let gone = closed_organization(&lab).await;
        let (stc, snv) = (org(&lab.app, "STC").await, org(&lab.app, "SNV").await);
        let (stc, snv) = (gid("organization", stc), gid("organization", snv));
        let party = |id: &str, role: &str| json!({ "organizationId": id, "role": role });
        let (lead, beside) = (|id: &str| party(id, "LEAD"), |id: &str| party(id, "COORDINATING"));
        let instructed = |text: String| json!([{ "organizationId": stc, "role": "LEAD", "instruction": text }]);
        let cases: &[(&str, Value, &[&str])] = &[
            ("two leads", json!([lead(&stc), lead(&snv)]), &["assignments MULTIPLE_LEADS"]),
            ("no lead", json!([beside(&stc)]), &["assignments LEAD_REQUIRED"]),
            ("an organization twice", json!([lead(&stc), beside(&stc)]), &["assignments.1.organizationId DUPLICATE"]),
            ("closed", json!([lead(&stc), beside(&gone)]), &["assignments.1.organizationId INACTIVE_ORGANIZATION"]),
            ("unknown", json!([lead(&unknown("organization"))]), &["assignments.0.organizationId NOT_FOUND"]),
            ("a unit", json!([lead(&unknown("unit"))]), &["assignments.0.organizationId INVALID_ID"]),
            ("NUL", instructed("\0".to_owned()), &["assignments.0.instruction INVALID_CHARACTER"]),
            ("long", instructed("ă".repeat(20_001)), &["assignments.0.instruction TOO_LONG"]),
            ("too many", json!(vec![lead(&stc); 101]), &["assignments TOO_MANY"]),
        ];
        let within: Vec<Vec<String>> =
            cases.iter().map(|(_, _, codes)| codes.iter().map(|code| format!("input.{code}")).collect()).collect();
        for ((what, parties, _), wanted) in cases.iter().zip(&within) {
            let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let case = [(*what, json!({ "assignments": parties }), wanted.as_slice())];
            all_refused(&lab, &coordinator, CREATE, input(&base), &case).await;
        }
        const ASSIGN: &str = "mutation($id: ID!, $assignments: [AssignmentInput!]!, $version: Int) {
            taskAssign(id: $id, assignments: $assignments, expectedVersion: $version) {
                userErrors { field code message } } }";
        let set = |parties: &Value| json!({ "id": made["id"], "assignments": parties });
        all_refused(&lab, &coordinator, ASSIGN, set, cases).await;
        let good = json!([lead(&snv)]);
        let stale = |version: &Value| json!({ "id": made["id"], "assignments": good, "version": version });
        let cases: &[(&str, Value, &[&str])] = &[
            ("a version before", json!(0), &["expectedVersion CONFLICT"]),
            ("a version to come", json!(2), &["expectedVersion CONFLICT"]),
        ];
        all_refused(&lab, &coordinator, ASSIGN, stale, cases).await;
        let nobody = [("nobody at all", json!([]), ["assignments LEAD_REQUIRED"].as_slice())];
        all_refused(&lab, &coordinator, ASSIGN, set, &nobody).await;
    }

    async fn changes_of_a_task(lab) {
        const UPDATE: &str = "mutation($id: ID!, $input: TaskUpdateInput!, $version: Int) {
            taskUpdate(id: $id, input: $input, expectedVersion: $version) { userErrors { field code message } } }";
        const CANCEL: &str = "mutation($id: ID!, $reason: String!, $version: Int) {
            taskCancel(id: $id, reason: $reason, expectedVersion: $version) { userErrors { field code message } } }";
        let coordinator = lab.coordinator().await;
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let cases: &[(&str, Value, &[&str])] = &[
            ("stale", json!({ "input": { "title": "b" }, "version": 7 }), &["expectedVersion CONFLICT"]),
            ("blank", json!({ "input": { "title": "" } }), &["input.title REQUIRED"]),
            ("NUL", json!({ "input": { "description": "\0" } }), &["input.description INVALID_CHARACTER"]),
            ("start after due", json!({ "input": { "startOn": "2026-12-01" } }), &["input.dueOn DATE_ORDER"]),
            ("year 1", json!({ "input": { "dueOn": "0001-01-01" } }), &["input.dueOn OUT_OF_RANGE"]),
            ("cancelled by hand", json!({ "input": { "status": "CANCELLED" } }), &["input.status INVALID_STATE"]),
            ("unknown node", json!({ "input": { "nodeId": unknown("node") } }), &["input.nodeId NOT_FOUND"]),
        ];
        let of_task = |patch: &Value| patched(&json!({ "id": made["id"] }), patch);
        all_refused(&lab, &coordinator, UPDATE, of_task, cases).await;
        let cases: &[(&str, Value, &[&str])] = &[
            ("no reason", json!({ "reason": " " }), &["reason REQUIRED"]),
            ("NUL", json!({ "reason": "\0" }), &["reason INVALID_CHARACTER"]),
            ("stale", json!({ "reason": "x", "version": 7 }), &["expectedVersion CONFLICT"]),
        ];
        all_refused(&lab, &coordinator, CANCEL, of_task, cases).await;
        coordinator.done(CANCEL, json!({ "id": made["id"], "reason": "Trùng" })).await;
        let twice = [("twice", json!({ "reason": "x" }), ["id INVALID_STATE"].as_slice())];
        all_refused(&lab, &coordinator, CANCEL, of_task, &twice).await;
        let late = [("after all", json!({ "input": { "title": "b" } }), ["input.status INVALID_STATE"].as_slice())];
        all_refused(&lab, &coordinator, UPDATE, of_task, &late).await;
    }

    async fn handing_tasks_over(lab) {
        const REASSIGN: &str = "mutation($from: ID!, $to: ID!, $tasks: [ID!], $reason: String!) {
            assignmentsReassign(fromOrganizationId: $from, toOrganizationId: $to, taskIds: $tasks, reason: $reason) {
                userErrors { field code message } } }";
        let coordinator = lab.coordinator().await;
        task(&lab, &coordinator, "T-1", &["STC"]).await;
        let gone = closed_organization(&lab).await;
        let from = gid("organization", org(&lab.app, "STC").await);
        let to = gid("organization", org(&lab.app, "SNV").await);
        let base = json!({ "from": from, "to": to, "reason": "Sáp nhập" });
        let cases: &[(&str, Value, &[&str])] = &[
            ("to itself", json!({ "to": from }), &["toOrganizationId DUPLICATE"]),
            ("to one that is gone", json!({ "to": gone }), &["toOrganizationId INACTIVE_ORGANIZATION"]),
            ("to nobody", json!({ "to": unknown("organization") }), &["toOrganizationId NOT_FOUND"]),
            ("from a task", json!({ "from": unknown("task") }), &["fromOrganizationId INVALID_ID"]),
            ("for no reason", json!({ "reason": "" }), &["reason REQUIRED"]),
            ("unknown task", json!({ "tasks": [unknown("task")] }), &["taskIds NOT_FOUND"]),
            ("too many", json!({ "tasks": vec![unknown("task"); 101] }), &["taskIds TOO_MANY"]),
        ];
        all_refused(&lab, &coordinator, REASSIGN, |patch| patched(&base, patch), cases).await;
    }

    async fn framework_drafts(lab) {
        const DRAFT: &str = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
            framework { id } userErrors { field code message } } }";
        const UPDATE: &str = "mutation($id: ID!, $input: FrameworkUpdateInput!, $version: Int) {
            frameworkUpdate(id: $id, input: $input, expectedVersion: $version) { userErrors { field code message } } }";
        const ADD: &str = "mutation($input: NodeCreateInput!) { nodeCreate(input: $input) {
            userErrors { field code message } } }";
        const CHANGE: &str = "mutation($id: ID!, $input: NodeUpdateInput!) { nodeUpdate(id: $id, input: $input) {
            userErrors { field code message } } }";
        let coordinator = lab.coordinator().await;
        let there = coordinator.get("{ framework { id version } }", json!({})).await;
        let published = text(&there["framework"]["id"]);
        let base = json!({ "fromId": published, "version": "2026", "nameVi": "Khung", "nameEn": "Framework" });
        let cases: &[(&str, Value, &[&str])] = &[
            ("taken", json!({ "version": there["framework"]["version"] }), &["input.version TAKEN"]),
            ("unknown", json!({ "fromId": unknown("framework") }), &["input.fromId NOT_FOUND"]),
            ("blank", json!({ "nameEn": "" }), &["input.nameEn REQUIRED"]),
        ];
        all_refused(&lab, &coordinator, DRAFT, input(&base), cases).await;
        let fixed = [("published", json!({ "note": "x" }), ["id INVALID_STATE"].as_slice())];
        let of = |id: &str| { let id = id.to_owned(); move |patch: &Value| json!({ "id": id, "input": patch }) };
        all_refused(&lab, &coordinator, UPDATE, of(&published), &fixed).await;

        let draft = text(&coordinator.done(DRAFT, json!({ "input": base })).await["framework"]["id"]);
        let cases: &[(&str, Value, &[&str])] = &[
            ("year 1", json!({ "decisionDate": "0001-01-01" }), &["input.decisionDate OUT_OF_RANGE"]),
            ("before Christ", json!({ "decisionDate": "-9999-01-01" }), &["input.decisionDate OUT_OF_RANGE"]),
            ("precision", json!({ "rankPrecision": 11 }), &["input.rankPrecision OUT_OF_RANGE"]),
            ("NUL", json!({ "note": "\0" }), &["input.note INVALID_CHARACTER"]),
        ];
        all_refused(&lab, &coordinator, UPDATE, of(&draft), cases).await;

        let pillars = coordinator.get("{ pillars(version: \"2026\") { id code } }", json!({})).await;
        let pillar = &pillars["pillars"][0];
        let base = json!({ "parentId": pillar["id"], "code": "1.9", "nameVi": "Nhóm", "nameEn": "Group" });
        let cases: &[(&str, Value, &[&str])] = &[
            ("no weight", json!({ "weight": 0 }), &["input.weight OUT_OF_RANGE"]),
            ("negative weight", json!({ "weight": -1 }), &["input.weight OUT_OF_RANGE"]),
            ("taken", json!({ "code": pillar["code"] }), &["input.code TAKEN"]),
            ("under nothing", json!({ "parentId": unknown("node") }), &["input.parentId NOT_FOUND"]),
            ("a group that is measured", json!({ "indicator": { "unit": "%", "direction": "HIGHER_IS_BETTER",
                "dataSource": "GSO" } }), &["input.indicator REQUIRED"]),
        ];
        all_refused(&lab, &coordinator, ADD, input(&base), cases).await;
        let taken = [("taken", json!({ "code": pillars["pillars"][1]["code"] }), ["input.code TAKEN"].as_slice())];
        all_refused(&lab, &coordinator, CHANGE, of(&text(&pillar["id"])), &taken).await;
        act(&coordinator, "frameworkPublish", &draft).await;
        let late = [("published meanwhile", json!({ "note": "x" }), ["id INVALID_STATE"].as_slice())];
        all_refused(&lab, &coordinator, UPDATE, of(&draft), &late).await;
    }
}
