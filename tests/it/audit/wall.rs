//! Who reads which entries.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::both;

use super::{last, log, row};
use crate::scene::{Cast, act, assignment, draft, evidence, send_back, task};

/// The rows that a log tells of.
fn rows(log: &[Value]) -> BTreeSet<String> {
    log.iter().map(row).collect()
}

both! {
    async fn two_departments_read_disjoint_logs(lab) {
        let cast = Cast::of(&lab).await;
        let mut logs = Vec::new();
        for (client, code) in [(&cast.finance, "STC"), (&cast.health, "SYT")] {
            let id = task(&lab, &cast.coordinator, code, &[(code, "LEAD")]).await;
            let report = draft(client, &id, "2026-H1").await;
            let proof = evidence(client, "Văn bản chung", Some(&report)).await;
            act(client, "reportSubmit", &report).await;
            let own: BTreeSet<String> = [id.clone(), assignment(client, &id).await, report.clone(), proof.clone()].into();
            logs.push((client, own, [id, report, proof]));
        }
        for (client, own, _) in &logs {
            let log = log(client).await;
            assert_eq!(&rows(&log), own);
            let query = "{ auditLog { totalCount } }";
            assert_eq!(client.get(query, json!({})).await["auditLog"]["totalCount"], log.len());
            // An officer knows itself and nobody else.
            for entry in &log {
                let mine = entry["organization"]["code"] != "SKHCN";
                assert_eq!(entry["user"].is_object(), mine, "{entry:#}");
                let fields = entry["changes"].as_array().expect("a list");
                assert!(fields.iter().all(|change| change["field"] != "authorId"), "{entry:#}");
            }
        }
        // Nor by filter, id or relation.
        let (other, (_, _, ids)) = (&cast.health, &logs[0]);
        for id in ids {
            let query = "query($row: ID!) { auditLog(filter: { row: $row }) { totalCount nodes { id } } }";
            let found = other.get(query, json!({ "row": id })).await;
            assert_eq!(found["auditLog"], json!({ "totalCount": 0, "nodes": [] }));
        }
        let by_user = "query($user: ID!) { auditLog(filter: { user: { eq: $user } }) { totalCount } }";
        let user = format!("user:{}", cast.coordinator.user);
        assert_eq!(other.get(by_user, json!({ "user": user })).await["auditLog"]["totalCount"], 0);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let entry = &log(&cast.finance).await[0]["id"];
        assert_eq!(other.get(node, json!({ "id": entry })).await["node"], Value::Null);
        assert_eq!(&cast.finance.get(node, json!({ "id": entry })).await["node"]["id"], entry);
    }

    async fn organizations_on_one_task_share_its_history_only(lab) {
        let cast = Cast::of(&lab).await;
        let id = task(&lab, &cast.coordinator, "A", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let report = draft(&cast.home, &id, "2026-H1").await;
        evidence(&cast.home, "Bằng chứng", Some(&report)).await;
        act(&cast.home, "reportSubmit", &report).await;
        send_back(&cast.coordinator, &report).await;
        act(&cast.home, "reportSubmit", &report).await;
        act(&cast.finance, "assignmentAccept", &assignment(&cast.finance, &id).await).await;

        let (lead, coordinating) = (rows(&log(&cast.finance).await), rows(&log(&cast.home).await));
        let both: Vec<&String> = lead.intersection(&coordinating).collect();
        assert_eq!(both, [&id]);
        // The lead reads the report, which was handed in, but not how it came about.
        let query = "query($id: ID!) { progressReport(id: $id) { status evidence { history { id } } history { id changes { after } } } }";
        let read = cast.finance.get(query, json!({ "id": report })).await;
        assert_eq!(read["progressReport"], json!({ "status": "SUBMITTED", "evidence": [{ "history": [] }], "history": [] }));
        let own = cast.home.get(query, json!({ "id": report })).await;
        assert_eq!(own["progressReport"]["history"].as_array().map(Vec::len), Some(4));
        assert_eq!(own["progressReport"]["evidence"][0]["history"].as_array().map(Vec::len), Some(2));
    }

    async fn an_organization_that_left_a_task_reads_its_history_no_more(lab) {
        let cast = Cast::of(&lab).await;
        let id = task(&lab, &cast.coordinator, "A", &[("STC", "LEAD")]).await;
        assert_eq!(log(&cast.finance).await.len(), 2);
        let home = crate::scene::organization(&lab, "SNV").await;
        let assign = "mutation($id: ID!, $to: ID!) { taskAssign(id: $id, assignments: [{ organizationId: $to, role: LEAD }]) { userErrors { code } } }";
        cast.coordinator.done(assign, json!({ "id": id, "to": home })).await;
        assert_eq!(log(&cast.finance).await, Vec::<Value>::new());
        assert!(rows(&log(&cast.home).await).contains(&id));
    }

    async fn who_reads_all_and_who_nothing(lab) {
        let cast = Cast::of(&lab).await;
        task(&lab, &cast.coordinator, "A", &[("STC", "LEAD")]).await;
        let query = "{ auditLog { totalCount } }";
        let all = json!({ "auditLog": { "totalCount": last(&lab).await } });
        for client in [&cast.coordinator, &cast.leader, &cast.admin] {
            assert_eq!(client.get(query, json!({})).await, all);
        }
        let none = json!({ "auditLog": { "totalCount": 0 } });
        for client in [&cast.integration, &cast.health] {
            assert_eq!(client.get(query, json!({})).await, none);
        }
        assert_eq!(lab.nobody().code(query, json!({})).await, "UNAUTHENTICATED");
    }
}
