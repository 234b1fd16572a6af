//! Poor networks: what a client sends again because the answer was lost, and what it leaves out.

use entity::Role;
use serde_json::json;
use tests::{Client, both};

use crate::given::{PDF, act, assignment_of, evidence, put, report, task, text};

both! {
    async fn saving_and_submitting_twice_is_doing_it_once(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let assignment = assignment_of(&made, "STC");
        let first = report(&officer, &assignment).await;
        assert_eq!(report(&officer, &assignment).await, first, "the same row in the same version");
        const SUBMIT: &str = "mutation($id: ID!) { reportSubmit(id: $id) {
            report { id rowVersion status submittedAt } userErrors { field code message } } }";
        let once = officer.done(SUBMIT, json!({ "id": first["id"] })).await;
        assert_eq!(once["report"]["status"], "SUBMITTED");
        assert_eq!(officer.done(SUBMIT, json!({ "id": first["id"] })).await, once);
    }

    async fn a_report_that_is_not_there_has_no_version(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let assignment = assignment_of(&task(&lab, &coordinator, "T-1", &["STC"]).await, "STC");
        const SAVE: &str = "mutation($input: ReportSaveInput!) {
            reportSave(input: $input, expectedVersion: 5) { report { id } userErrors { field code message } } }";
        let input = json!({ "assignmentId": assignment, "period": "2026-H1", "percent": 1, "content": "x" });
        assert_eq!(officer.refused(SAVE, json!({ "input": input })).await, ["expectedVersion CONFLICT"]);
        let none = officer.get("{ progressReports { totalCount } }", json!({})).await;
        assert_eq!(none["progressReports"]["totalCount"], 0);
    }

    async fn a_report_is_handed_in_with_the_files_of_its_evidence(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let draft = text(&report(&officer, &assignment_of(&made, "STC")).await["id"]);
        let (_, url) = evidence(&officer, json!({ "name": "a.pdf" }), Some(&draft)).await;
        const SUBMIT: &str = "mutation($id: ID!) { reportSubmit(id: $id) { userErrors { field code message } } }";
        assert_eq!(officer.refused(SUBMIT, json!({ "id": draft })).await, ["id EVIDENCE_PENDING"]);
        assert_eq!(put(&officer, &url, PDF).await.status(), 200);
        act(&officer, "reportSubmit", &draft).await;
        assert_eq!(put(&officer, &url, PDF).await.status(), 409, "and the file stays as it was handed in");
    }

    async fn a_token_that_has_ended_does_not_keep_from_signing_in(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some("correct horse battery")).await;
        let client = Client::new(&lab.url, Some("ended".to_owned()));
        const LOGIN: &str = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            session { user { role } } userErrors { code } } }";
        let variables = json!({ "email": email, "password": "correct horse battery" });
        assert_eq!(client.done(LOGIN, variables.clone()).await["session"]["user"]["role"], "LEADER");
        assert_eq!(client.ask("{ viewer { id } }", json!({})).await.status, 401);
        let both = LOGIN.replacen("{ login", "{ logout { done } login", 1);
        assert_eq!(client.ask(&both, variables).await.status, 401);
    }

    async fn what_is_null_is_as_if_left_out(lab) {
        let coordinator = lab.coordinator().await;
        task(&lab, &coordinator, "T-1", &["STC"]).await;
        let query = "query($filter: TaskFilter, $order: TaskOrder, $first: Int, $ended: Boolean) {
            tasks(filter: $filter, order: $order, first: $first) { totalCount nodes { assignments(ended: $ended) { id } } } }";
        for variables in [json!({}), json!({ "filter": null, "order": null, "first": null, "ended": null })] {
            assert_eq!(coordinator.get(query, variables).await["tasks"]["totalCount"], 1);
        }
    }

    async fn what_fails_in_a_document_does_not_hide_what_was_done(lab) {
        let coordinator = lab.coordinator().await;
        let made = task(&lab, &coordinator, "T-1", &["STC"]).await;
        let query = "mutation($good: ID!, $gone: ID!) {
            first: taskUpdate(id: $good, input: { title: \"Đã sửa\" }) { task { title } }
            second: taskCancel(id: $gone, reason: \"x\") { task { id } } }";
        let gone = "task:00000000-0000-7000-8000-000000000000";
        let answer = coordinator.ask(query, json!({ "good": made["id"], "gone": gone })).await;
        assert_eq!(answer.body["data"], json!({ "first": { "task": { "title": "Đã sửa" } }, "second": null }));
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }

    async fn a_change_of_the_tree_is_a_change_of_the_framework(lab) {
        let coordinator = lab.coordinator().await;
        let from = coordinator.get("{ framework { id } }", json!({})).await;
        const DRAFT: &str = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
            framework { id rowVersion nodes(first: 3) { nodes { id level } } } userErrors { field code message } } }";
        let input = json!({ "fromId": from["framework"]["id"], "version": "2026", "nameVi": "Khung 2026", "nameEn": "2026" });
        let draft = coordinator.done(DRAFT, json!({ "input": input })).await["framework"].take();
        const WEIGH: &str = "mutation($id: ID!, $weight: Float!) { nodeUpdate(id: $id, input: { weight: $weight }) {
            userErrors { field code message } } }";
        let pillar = &draft["nodes"]["nodes"][2];
        assert_eq!(pillar["level"], "PILLAR");
        assert_eq!(coordinator.refused(WEIGH, json!({ "id": pillar["id"], "weight": 1e308 })).await, ["input.weight OUT_OF_RANGE"]);
        coordinator.done(WEIGH, json!({ "id": pillar["id"], "weight": 2.0 })).await;
        const PUBLISH: &str = "mutation($id: ID!, $version: Int) { frameworkPublish(id: $id, expectedVersion: $version) {
            framework { status } userErrors { field code message } } }";
        let stale = json!({ "id": draft["id"], "version": draft["rowVersion"] });
        assert_eq!(coordinator.refused(PUBLISH, stale).await, ["expectedVersion CONFLICT"]);
        let seen = json!({ "id": draft["id"], "version": draft["rowVersion"].as_i64().map(|version| version + 1) });
        assert_eq!(coordinator.done(PUBLISH, seen).await["framework"]["status"], "PUBLISHED");
    }
}
