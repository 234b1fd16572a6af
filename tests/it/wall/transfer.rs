//! Rows that change hands: only the coordinator moves them, and whoever lost a task sees it no more.

use std::collections::BTreeSet;

use api::error::Error;
use api::policy::{User, Verb, Viewer};
use api::store::{PageRequest, Read, Sort, Store};
use entity::{
    EvidenceKind, EvidenceStatus, ReportStatus, Role, assignment, evidence as evidences, progress_report,
    task as tasks,
};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, Lab, both, org};
use uuid::Uuid;

use crate::scene::{
    Cast, PDF, act, assignment as own_assignment, described, download_url, draft, evidence, list,
    organization, put, seen, task, text,
};

fn key(id: &str) -> Uuid {
    Uuid::parse_str(id.split_once(':').expect("an id").1).expect("a key")
}

/// The store as an officer of this organization has it.
async fn store(lab: &Lab, client: &Client, code: &str) -> Store {
    let organization = Some(org(&lab.app, code).await);
    lab.app.store(Viewer::User(User { id: client.user, role: Role::Officer, organization, scopes: None }))
}

fn forbidden<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Forbidden))
}

const REASSIGN: &str = "mutation($from: ID!, $to: ID!, $tasks: [ID!]) {
    assignmentsReassign(fromOrganizationId: $from, toOrganizationId: $to, taskIds: $tasks, reason: \"Sáp nhập\") {
      assignments { id role task { id } organization { code } } userErrors { field code }
    }
}";

const ENDED: &str = "query($id: ID!) { task(id: $id) { assignments(ended: true) {
    id role endReason endedAt organization { code } successor { id organization { code } } reports { id status }
} } }";

both! {
    async fn a_department_cannot_hand_its_rows_to_another(lab) {
        let cast = Cast::of(&lab).await;
        let own_task = task(&lab, &cast.coordinator, "OWN", &[("STC", "LEAD")]).await;
        let strange = task(&lab, &cast.coordinator, "STRANGE", &[("SYT", "LEAD")]).await;
        let strange = key(&own_assignment(&cast.health, &strange).await);
        let own = key(&own_assignment(&cast.finance, &own_task).await);
        let report = key(&draft(&cast.finance, &own_task, "2026").await);
        let proof = key(&evidence(&cast.finance, "Của mình", None).await);
        let (store, other) = (store(&lab, &cast.finance, "STC").await, org(&lab.app, "SYT").await);

        let tx = store.begin().await.expect("a transaction");
        let held = tx.hold::<evidences::Entity>(proof, Verb::Update).await.expect("held");
        let change = evidences::ActiveModel { organization_id: Set(other), ..Default::default() };
        assert!(forbidden(tx.update(&held, None, change).await));
        drop(tx);

        let tx = store.begin().await.expect("a transaction");
        let held = tx.hold::<assignment::Entity>(own, Verb::Update).await.expect("held");
        let change = assignment::ActiveModel { organization_id: Set(other), ..Default::default() };
        assert!(forbidden(tx.update(&held, None, change).await));
        drop(tx);

        let tx = store.begin().await.expect("a transaction");
        let held = tx.hold::<progress_report::Entity>(report, Verb::Update).await.expect("held");
        let change = progress_report::ActiveModel { assignment_id: Set(strange), ..Default::default() };
        assert!(forbidden(tx.update(&held, None, change).await));
        drop(tx);

        // Nor make rows in another's name.
        let tx = store.begin().await.expect("a transaction");
        let row = evidences::ActiveModel {
            organization_id: Set(other),
            title: Set("Giả".to_owned()),
            kind: Set(EvidenceKind::Other),
            status: Set(EvidenceStatus::Pending),
            author_id: Set(cast.finance.user),
            ..Default::default()
        };
        assert!(forbidden(tx.insert::<evidences::Entity>(row).await));
        drop(tx);

        let tx = store.begin().await.expect("a transaction");
        let row = progress_report::ActiveModel {
            assignment_id: Set(strange),
            period: Set("2026".to_owned()),
            percent: Set(100),
            content: Set("Giả".to_owned().into()),
            status: Set(ReportStatus::Draft),
            author_id: Set(cast.finance.user),
            ..Default::default()
        };
        assert!(forbidden(tx.insert::<progress_report::Entity>(row).await));
        drop(tx);

        // Nothing of it was written.
        assert_eq!(seen(&cast.health, "evidences").await, Vec::<String>::new());
        assert_eq!(seen(&cast.health, "progressReports").await, Vec::<String>::new());
        assert_eq!(seen(&cast.health, "myAssignments").await.len(), 1);
        assert_eq!(seen(&cast.finance, "myAssignments").await.len(), 1);
    }

    async fn tasks_are_the_same_listed_asked_for_by_key_and_found(lab) {
        let cast = Cast::of(&lab).await;
        let parties: [&[(&str, &str)]; 4] =
            [&[("STC", "LEAD")], &[("SNV", "LEAD"), ("STC", "COORDINATING")], &[("SNV", "LEAD")], &[]];
        for (number, parties) in parties.into_iter().enumerate() {
            task(&lab, &cast.coordinator, &format!("T-{number}"), parties).await;
        }
        let (from, to) = (organization(&lab, "STC").await, organization(&lab, "SXD").await);
        let tasks: Vec<Uuid> = {
            let all = lab.app.system();
            all.all(all.find::<tasks::Entity>()).await.expect("read").iter().map(|row| row.id).collect()
        };
        let moved = json!({ "from": from, "to": to, "tasks": [format!("task:{}", tasks[0])] });
        cast.coordinator.done(REASSIGN, moved).await;
        let mut held = Vec::new();
        for code in ["STC", "SNV", "SXD", "STP"] {
            let client = lab.officer(code).await;
            let store = store(&lab, &client, code).await;
            let keys = |rows: Vec<tasks::Model>| rows.into_iter().map(|row| row.id).collect::<BTreeSet<_>>();
            let found = keys(store.all(store.find::<tasks::Entity>()).await.expect("found"));
            let by_key = store.find_by_key::<tasks::Entity>(Verb::Read, tasks.iter().copied());
            assert_eq!(keys(store.all(by_key).await.expect("found")), found, "{code}");
            for id in &tasks {
                assert_eq!(store.get::<tasks::Entity>(*id).await.is_ok(), found.contains(id), "{code}");
            }
            for column in [tasks::Column::DueOn, tasks::Column::Code, tasks::Column::CreatedAt] {
                let list = store.list::<tasks::Entity>(Sort::by(column));
                let page = PageRequest { first: 100, after: None, count: true };
                let page = store.page(list, page).await.expect("a page");
                let listed: Vec<Uuid> = page.rows.iter().map(|(_, row)| row.id).collect();
                assert_eq!(page.total, Some(listed.len() as u64), "{code}, {column:?}: each once");
                assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), found, "{code}, {column:?}");
            }
            held.push(found.len());
        }
        assert_eq!(held, [1, 2, 1, 0]);
    }

    async fn an_ended_assignment_hides_the_task(lab) {
        let cast = Cast::of(&lab).await;
        let moved = task(&lab, &cast.coordinator, "MOVED", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let report = draft(&cast.home, &moved, "2026").await;
        let proof = evidence(&cast.home, "Đã nộp", Some(&report)).await;
        act(&cast.home, "reportSubmit", &report).await;
        let lost = own_assignment(&cast.home, &moved).await;
        let address = download_url(&cast.finance, &proof).await;
        let assign = "mutation($id: ID!, $lead: ID!) {
            taskAssign(id: $id, assignments: [{ organizationId: $lead, role: LEAD }]) { userErrors { code } }
        }";
        let lead = organization(&lab, "STC").await;
        cast.coordinator.done(assign, json!({ "id": moved, "lead": lead })).await;

        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let ids = json!({ "ids": [moved, lost, report, proof] });
        // The evidence stays its own; task, assignment and report are gone for it.
        assert_eq!(cast.home.get(nodes, ids).await["nodes"], json!([null, null, null, { "id": proof }]));
        for field in ["tasks", "myAssignments", "progressReports"] {
            assert_eq!(seen(&cast.home, field).await, Vec::<String>::new(), "{field}");
        }
        // The lead no longer reads what somebody who left the task had handed in.
        assert_eq!(seen(&cast.finance, "progressReports").await, Vec::<String>::new());
        let gone = cast.finance.http.get(&address).send().await.expect("the server answers");
        assert_eq!(gone.status(), 404);
        let participants = "query($id: ID!) { task(id: $id) { participants { organization { code } } assignments(ended: true) { id } } }";
        let read = cast.finance.get(participants, json!({ "id": moved })).await;
        assert_eq!(read["task"]["participants"], json!([{ "organization": { "code": "STC" } }]));
        assert_eq!(list(&read, "/task/assignments").len(), 1);
        // For the coordinator it is history.
        let kept = cast.coordinator.get(ENDED, json!({ "id": moved })).await;
        let kept = list(&kept, "/task/assignments").iter().find(|row| row["id"] == lost).expect("the ended one").clone();
        assert!(kept["endedAt"].is_string());
        assert_eq!(kept["reports"], json!([{ "id": report, "status": "SUBMITTED" }]));
    }

    async fn reassigning_in_bulk_moves_open_tasks_and_keeps_history(lab) {
        let cast = Cast::of(&lab).await;
        let (from, to) = (organization(&lab, "STC").await, organization(&lab, "SYT").await);
        let led = task(&lab, &cast.coordinator, "LED", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let together = task(&lab, &cast.coordinator, "TOGETHER", &[("STC", "LEAD"), ("SYT", "COORDINATING")]).await;
        let given_up = task(&lab, &cast.coordinator, "GIVEN-UP", &[("STC", "LEAD")]).await;
        let cancel = "mutation($id: ID!) { taskCancel(id: $id, reason: \"Thôi\") { userErrors { code } } }";
        cast.coordinator.done(cancel, json!({ "id": given_up })).await;
        let before = own_assignment(&cast.finance, &led).await;
        let report = draft(&cast.finance, &led, "2026").await;
        act(&cast.finance, "reportSubmit", &report).await;

        let made = cast.coordinator.done(REASSIGN, json!({ "from": from, "to": to, "tasks": null })).await;
        assert_eq!(list(&made, "/assignments").len(), 2);
        for assignment in list(&made, "/assignments") {
            assert_eq!(assignment["role"], "LEAD");
            assert_eq!(assignment["organization"]["code"], "SYT");
        }
        assert_eq!(seen(&cast.finance, "tasks").await, std::slice::from_ref(&given_up));
        let mut wanted = vec![led.clone(), together];
        wanted.sort();
        let mut now = seen(&cast.health, "tasks").await;
        now.sort();
        assert_eq!(now, wanted);
        // The new lead begins afresh: what the old one wrote is not its own.
        assert_eq!(seen(&cast.health, "progressReports").await, Vec::<String>::new());

        let kept = cast.coordinator.get(ENDED, json!({ "id": led })).await;
        let rows = list(&kept, "/task/assignments");
        let old = rows.iter().find(|row| row["id"] == before).expect("the old assignment");
        let new = rows.iter().find(|row| row["organization"]["code"] == "SYT").expect("the new assignment");
        assert_eq!(old["endReason"], "Sáp nhập");
        assert_eq!(old["successor"], json!({ "id": new["id"], "organization": { "code": "SYT" } }));
        assert_eq!(old["reports"], json!([{ "id": report, "status": "SUBMITTED" }]));
        assert_eq!(new["endedAt"], Value::Null);
    }

    async fn the_coordinator_finds_reports_of_those_who_left_a_task_by_filter(lab) {
        let cast = Cast::of(&lab).await;
        let (from, to) = (organization(&lab, "STC").await, organization(&lab, "SYT").await);
        let led = task(&lab, &cast.coordinator, "LED", &[("STC", "LEAD")]).await;
        let report = draft(&cast.finance, &led, "2026").await;
        act(&cast.finance, "reportSubmit", &report).await;
        cast.coordinator.done(REASSIGN, json!({ "from": from, "to": to, "tasks": [led] })).await;
        for filter in [json!({ "task": { "eq": led } }), json!({ "organization": { "eq": from } })] {
            let query = "query($filter: ReportFilter!) { progressReports(filter: $filter) { nodes { id } } }";
            for client in [&cast.coordinator, &cast.leader] {
                let found = client.get(query, json!({ "filter": filter })).await;
                assert_eq!(found["progressReports"]["nodes"], json!([{ "id": report }]), "{filter}");
            }
            for client in [&cast.finance, &cast.health] {
                let found = client.get(query, json!({ "filter": filter })).await;
                assert_eq!(found["progressReports"]["nodes"], json!([]), "{filter}");
            }
        }
    }

    async fn a_file_behind_a_report_that_was_handed_in_stays_after_the_assignment_ended(lab) {
        let cast = Cast::of(&lab).await;
        let led = task(&lab, &cast.coordinator, "LED", &[("STC", "LEAD")]).await;
        let report = draft(&cast.finance, &led, "2026").await;
        let (proof, upload) = described(&cast.finance, "Đã nộp", Some(&report)).await;
        assert_eq!(put(&cast.finance, &upload, PDF).await.status(), 200);
        act(&cast.finance, "reportSubmit", &report).await;
        let (from, to) = (organization(&lab, "STC").await, organization(&lab, "SYT").await);
        cast.coordinator.done(REASSIGN, json!({ "from": from, "to": to, "tasks": null })).await;

        // Sở Tài chính no longer sees the report, but its evidence still stands behind it.
        let replace = "mutation($id: ID!) { evidenceUploadTicket(id: $id, file: { name: \"b.pdf\" }) { userErrors { field code } } }";
        assert_eq!(cast.finance.refused(replace, json!({ "id": proof })).await, ["id INVALID_STATE"]);
        let rename = "mutation($id: ID!) { evidenceUpdate(id: $id, input: { title: \"Khác\" }) { userErrors { field code } } }";
        assert_eq!(cast.finance.refused(rename, json!({ "id": proof })).await, ["id INVALID_STATE"]);
        let again = put(&cast.finance, &upload, b"%PDF-1.7\n%%EOF\n").await;
        assert_eq!(again.status(), 409);
        let query = "query($id: ID!) { evidence(id: $id) { title size } }";
        let read = cast.coordinator.get(query, json!({ "id": proof })).await;
        assert_eq!(text(&read, "/evidence/title"), "Đã nộp");
        assert_eq!(read["evidence"]["size"], PDF.len());
    }
}
