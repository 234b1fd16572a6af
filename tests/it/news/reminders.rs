//! Reminders of what falls due, with a clock that is moved.

use api::news::{carry_out, remind};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{count, told};
use crate::scene::{Cast, act, draft, organization, task, text};

fn move_to(lab: &Lab, time: &str) {
    let time: DateTime<Utc> = time.parse().expect("a time");
    lab.clock.advance(time - lab.app.world.now());
}

/// Moves the clock to noon of a day and reminds, twice, as two replicas do.
async fn on(lab: &Lab, day: &str) {
    move_to(lab, &format!("{day}T05:00:00Z"));
    for _ in 0..2 {
        let (one, other) = tokio::join!(remind(&lab.app), remind(&lab.app));
        one.expect("reminded");
        other.expect("reminded");
    }
    carry_out(&lab.app).await.expect("carried out");
}

/// The titles of the reminders that the client was given, newest first.
async fn reminded(lab: &Lab, client: &Client) -> Vec<String> {
    let kinds = ["PERIOD_DUE", "TASK_DUE", "REQUEST_DUE", "ESCALATION"];
    let client = lab.renew(client).await;
    let told = told(lab, &client).await.into_iter();
    let told = told.filter(|news| kinds.iter().any(|kind| news["kind"] == *kind));
    told.map(|news| format!("{} | {}", text(&news, "/title"), text(&news, "/body"))).collect()
}

const ASK: &str = "mutation($input: EvidenceRequestCreateInput!) {
    evidenceRequestCreate(input: $input) { request { id } userErrors { field code } } }";

both! {
    async fn reports_are_reminded_of_until_they_are_handed_in(lab) {
        let cast = Cast::of(&lab).await;
        // The period's departments are due on 15/6, the task itself far later.
        let made = task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let later = "mutation($id: ID!) { taskUpdate(id: $id, input: { dueOn: \"2026-12-31\" }) { userErrors { code } } }";
        cast.coordinator.done(later, json!({ "id": made })).await;
        let open = "mutation { periodOpen(year: 2026, half: FIRST) { period { id } userErrors { code } } }";
        cast.coordinator.done(open, json!({})).await;
        on(&lab, "2026-05-15").await;
        assert_eq!(reminded(&lab, &cast.finance).await, Vec::<String>::new(), "31 days before");
        on(&lab, "2026-05-16").await;
        let first = "Reports are due soon: Report of the first half of 2026 | Not handed in yet: 1; due on 15 June 2026.";
        assert_eq!(reminded(&lab, &cast.finance).await, [first]);
        on(&lab, "2026-06-07").await;
        assert_eq!(reminded(&lab, &cast.finance).await.len(), 1, "nothing new passed");
        // The server was down at −7: only the latest is sent.
        on(&lab, "2026-06-14").await;
        assert_eq!(reminded(&lab, &cast.finance).await.len(), 2);
        let (finance, home) = (lab.renew(&cast.finance).await, lab.renew(&cast.home).await);
        let report = draft(&finance, &made, "2026-H1").await;
        act(&finance, "reportSubmit", &report).await;
        draft(&home, &made, "2026-H1").await;
        for day in ["2026-06-16", "2026-06-20", "2026-07-10"] {
            on(&lab, day).await;
        }
        assert_eq!(reminded(&lab, &cast.finance).await.len(), 2, "it has handed in");
        let late = "Reports are late: Report of the first half of 2026 | Not handed in yet: 1; due on 15 June 2026.";
        assert_eq!(reminded(&lab, &cast.home).await, [late, first, first]);
        let told = reminded(&lab, &cast.coordinator).await;
        assert_eq!(told, ["Department of Home Affairs is late: Report of the first half of 2026 | It was due on 15 June 2026."]);
        assert_eq!(reminded(&lab, &cast.health).await, Vec::<String>::new());
        // The clock has locked the period meanwhile, which is told as if somebody had.
        assert_eq!(count(&lab, entity::NotificationKind::PeriodLocked).await, 4, "with the coordinator that is seeded");
    }

    async fn tasks_and_answers_are_reminded_of(lab) {
        let cast = Cast::of(&lab).await;
        let made = task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let input = json!({ "letterNumber": "12/KH", "letterOn": "2026-01-05", "title": "Minh chứng", "content": "Gửi",
            "dueOn": "2026-06-30", "organizationIds": [organization(&lab, "STC").await, organization(&lab, "SYT").await],
            "items": [{ "title": "Văn bản" }] });
        let request = text(&cast.coordinator.done(ASK, json!({ "input": input })).await, "/request/id");
        on(&lab, "2026-06-23").await;
        assert_eq!(reminded(&lab, &cast.finance).await, [
            "An answer is due soon: 12/KH – Minh chứng | Due on 30 June 2026.",
            "A task is due soon: T-1 – Nhiệm vụ chung T-1 | Due on 30 June 2026.",
        ]);
        let (finance, health) = (lab.renew(&cast.finance).await, lab.renew(&cast.health).await);
        // Sở Tài chính has done all of the task; Sở Y tế has answered.
        let input = json!({ "assignmentId": crate::scene::assignment(&finance, &made).await, "period": "xong", "percent": 100, "content": "Xong" });
        let save = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { id } userErrors { code } } }";
        let report = text(&finance.done(save, json!({ "input": input })).await, "/report/id");
        crate::scene::evidence(&finance, "Biên bản", Some(&report)).await;
        act(&finance, "reportSubmit", &report).await;
        let own = "query($id: ID!) { evidenceResponses(filter: { request: { eq: $id } }) { nodes { id } } }";
        let own = crate::scene::ids(&health.get(own, json!({ "id": request })).await);
        crate::asking::answered(&health, &own[0]).await;
        on(&lab, "2026-07-01").await;
        assert_eq!(reminded(&lab, &cast.finance).await.len(), 3);
        assert_eq!(reminded(&lab, &cast.finance).await[0], "An answer is late: 12/KH – Minh chứng | Due on 30 June 2026.");
        assert_eq!(reminded(&lab, &cast.health).await.len(), 1);
        let mut late = reminded(&lab, &cast.coordinator).await;
        late.sort();
        assert_eq!(late, [
            "Department of Finance is late: 12/KH – Minh chứng | It was due on 30 June 2026.",
            "Department of Home Affairs is late: T-1 – Nhiệm vụ chung T-1 | It was due on 30 June 2026.",
        ]);
    }

    async fn what_is_over_reminds_nobody(lab) {
        let cast = Cast::of(&lab).await;
        let cancelled = task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD")]).await;
        let cancel = "mutation($id: ID!) { taskCancel(id: $id, reason: \"Thôi\") { userErrors { code } } }";
        cast.coordinator.done(cancel, json!({ "id": cancelled })).await;
        let completed = task(&lab, &cast.coordinator, "T-2", &[("STC", "LEAD")]).await;
        let complete = "mutation($id: ID!) { taskUpdate(id: $id, input: { status: COMPLETED }) { userErrors { code } } }";
        cast.coordinator.done(complete, json!({ "id": completed })).await;
        let input = json!({ "letterNumber": "12/KH", "letterOn": "2026-01-05", "title": "Minh chứng", "content": "Gửi",
            "dueOn": "2026-06-30", "organizationIds": [organization(&lab, "STC").await], "items": [{ "title": "Văn bản" }] });
        let request = text(&cast.coordinator.done(ASK, json!({ "input": input })).await, "/request/id");
        act(&cast.coordinator, "evidenceRequestClose", &request).await;
        on(&lab, "2026-06-29").await;
        on(&lab, "2026-07-02").await;
        assert_eq!(reminded(&lab, &cast.finance).await, Vec::<String>::new());
        // Nor what has been late for longer than a month.
        task(&lab, &lab.renew(&cast.coordinator).await, "T-3", &[("STC", "LEAD")]).await;
        on(&lab, "2026-08-02").await;
        assert_eq!(reminded(&lab, &cast.finance).await, Vec::<String>::new());
    }

    async fn reminding_costs_the_same_for_many(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        let open = "mutation { periodOpen(year: 2026, half: FIRST) { userErrors { code } } }";
        move_to(&lab, "2026-06-10T05:00:00Z");
        lab.renew(&coordinator).await.done(open, json!({})).await;
        let mut costs = Vec::new();
        for (prefix, number) in [("A", 2), ("B", 38)] {
            crate::given::many_tasks(&lab, officer.user, prefix, number, "STC", "SNV").await;
            lab.listen();
            remind(&lab.app).await.expect("reminded");
            costs.push(lab.heard().len());
        }
        assert!(costs[0] == costs[1] && costs[0] <= 14, "{costs:?}");
        assert_ne!(told(&lab, &lab.renew(&officer).await).await, Vec::<Value>::new());
    }
}
