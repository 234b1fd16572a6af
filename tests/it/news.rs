//! News: who is told of which decision, once, and who reads it.

mod crash;
mod feed;
mod letters;
mod reminders;

use std::collections::BTreeMap;
use std::fmt::Write;

use api::news::carry_out;
use api::store::Read;
use entity::{Role, notification, outbox};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Client, Lab, both, org};

use crate::asking::{answered, asked, raised};
use crate::practice::{commend, proposed};
use crate::scene::{Cast, act, draft, list, organization, send_back, task, text};

const TOLD: &str = "{ notifications(first: 100) { nodes { id kind title body subjectId readAt } } }";

/// Carries the news out and gives what the client was told, newest first.
async fn told(lab: &Lab, client: &Client) -> Vec<Value> {
    carry_out(&lab.app).await.expect("carried out");
    let mut told = client.get(TOLD, json!({})).await;
    match told.pointer_mut("/notifications/nodes").map(Value::take) {
        Some(Value::Array(nodes)) => nodes,
        other => panic!("{other:?}"),
    }
}

/// Those of a kind.
async fn told_of(lab: &Lab, client: &Client, kind: &str) -> Vec<Value> {
    told(lab, client).await.into_iter().filter(|one| one["kind"] == kind).collect()
}

/// A report of Sở Tài chính that was handed in; its id.
async fn submitted(lab: &Lab, coordinator: &Client, officer: &Client, code: &str) -> String {
    let made = task(lab, coordinator, code, &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
    let report = draft(officer, &made, "2026-H1").await;
    act(officer, "reportSubmit", &report).await;
    report
}

/// How many notifications of a kind there are, whoever they are for.
async fn count(lab: &Lab, kind: entity::NotificationKind) -> u64 {
    let store = lab.app.system();
    let there = store.find::<notification::Entity>().filter(notification::Column::Kind.eq(kind));
    store.count(there).await.expect("counted")
}

both! {
    async fn a_decision_is_told_once_to_those_whom_it_concerns(lab) {
        let cast = Cast::of(&lab).await;
        let (colleague, other) = (lab.officer("STC").await, lab.coordinator().await);
        let report = submitted(&lab, &cast.coordinator, &cast.finance, "T-1").await;
        for coordinator in [&cast.coordinator, &other] {
            for _ in 0..2 {
                let news = told_of(&lab, coordinator, "REPORT_SUBMITTED").await;
                assert_eq!(news.len(), 1, "{news:#?}");
                assert_eq!((&news[0]["subjectId"], &news[0]["readAt"]), (&json!(report), &Value::Null));
                assert_eq!(news[0]["title"], "Department of Finance handed in its report of 2026-H1: T-1 – Nhiệm vụ chung T-1");
            }
        }
        send_back(&cast.coordinator, &report).await;
        for officer in [&cast.finance, &colleague] {
            let news = told_of(&lab, &officer.speaking("vi"), "REPORT_RETURNED").await;
            assert_eq!(news.len(), 1);
            assert_eq!(news[0]["title"], "Báo cáo 2026-H1 bị trả lại: T-1 – Nhiệm vụ chung T-1");
            assert_eq!(news[0]["body"], "Lý do: Thiếu số liệu");
        }
        // Handed in again, it is news again.
        act(&cast.finance, "reportSubmit", &report).await;
        assert_eq!(told_of(&lab, &other, "REPORT_SUBMITTED").await.len(), 2);
        for stranger in [&cast.health, &cast.leader, &cast.integration, &cast.admin] {
            assert_eq!(told(&lab, stranger).await, Vec::<Value>::new(), "{}", stranger.email);
        }
    }

    async fn each_kind_reaches_its_readers(lab) {
        insta::assert_snapshot!("news_by_reader", readers(&lab).await);
    }

    async fn what_was_refused_is_not_told(lab) {
        let cast = Cast::of(&lab).await;
        let report = submitted(&lab, &cast.coordinator, &cast.finance, "T-1").await;
        let store = lab.app.system();
        let queued = store.count(store.find::<outbox::Entity>()).await.expect("counted");
        let back = "mutation($id: ID!, $version: Int) { reportReturn(id: $id, reason: \"Thiếu\", expectedVersion: $version) { userErrors { field code } } }";
        let refused = cast.coordinator.refused(back, json!({ "id": report, "version": 99 })).await;
        assert_eq!(refused, ["expectedVersion CONFLICT"]);
        assert_eq!(store.count(store.find::<outbox::Entity>()).await.expect("counted"), queued);
    }

    async fn nobody_is_told_of_a_row_that_is_hidden_from_it(lab) {
        let cast = Cast::of(&lab).await;
        let made = task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD")]).await;
        // The task is taken away before the news of it is carried out.
        let parties = json!([{ "organizationId": organization(&lab, "SNV").await, "role": "LEAD" }]);
        let assign = "mutation($id: ID!, $parties: [AssignmentInput!]!) { taskAssign(id: $id, assignments: $parties) { userErrors { code } } }";
        cast.coordinator.done(assign, json!({ "id": made, "parties": parties })).await;
        assert_eq!(told(&lab, &cast.finance).await, Vec::<Value>::new());
        assert_eq!(told_of(&lab, &cast.home, "TASK_ASSIGNED").await.len(), 1);
    }

    async fn those_who_were_disabled_are_told_nothing(lab) {
        let cast = Cast::of(&lab).await;
        let gone = lab.officer("STC").await;
        let disable = "mutation($id: ID!) { userUpdate(id: $id, input: { disabled: true }) { userErrors { code } } }";
        cast.admin.done(disable, json!({ "id": format!("user:{}", gone.user) })).await;
        task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD")]).await;
        assert_eq!(told(&lab, &cast.finance).await.len(), 1);
        assert_eq!(count(&lab, entity::NotificationKind::TaskAssigned).await, 1);
    }

    async fn moved_tasks_are_told_to_their_new_organization_once(lab) {
        let cast = Cast::of(&lab).await;
        for code in ["T-1", "T-2"] {
            task(&lab, &cast.coordinator, code, &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        }
        task(&lab, &cast.coordinator, "T-3", &[("STC", "LEAD")]).await;
        assert_eq!(told(&lab, &cast.home).await.len(), 2);
        let document = "mutation($from: ID!, $to: ID!) {
            assignmentsReassign(fromOrganizationId: $from, toOrganizationId: $to, reason: \"Sáp nhập\") { userErrors { code } } }";
        let (from, to) = (organization(&lab, "STC").await, organization(&lab, "SNV").await);
        cast.coordinator.done(document, json!({ "from": from, "to": to })).await;
        let titles: Vec<_> = told(&lab, &cast.home).await.into_iter().map(|one| one["title"].clone()).collect();
        assert_eq!(titles.len(), 3, "only the third task is new to it: {titles:?}");
        assert_eq!(titles[0], "A task was assigned: T-3 – Nhiệm vụ chung T-3");
    }

    async fn two_workers_at_once_tell_once(lab) {
        let cast = Cast::of(&lab).await;
        for number in 0..8 {
            task(&lab, &cast.coordinator, &format!("T-{number}"), &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        }
        let app = &lab.app;
        let all = tokio::join!(carry_out(app), carry_out(app), carry_out(app), carry_out(app));
        for outcome in [all.0, all.1, all.2, all.3] {
            outcome.expect("carried out");
        }
        assert_eq!(count(&lab, entity::NotificationKind::TaskAssigned).await, 16);
        assert_eq!(told(&lab, &cast.finance).await.len(), 8);
    }

    async fn telling_costs_the_same_whatever_the_number(lab) {
        use api::news::{Facts, News, tell_all};
        use entity::NotificationKind::{PeriodOpened, TaskAssigned};
        let coordinator = lab.coordinator().await;
        let officers: Vec<Client> = vec![lab.officer("STC").await, lab.officer("STC").await];
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        carry_out(&lab.app).await.expect("carried out");
        let (stc, subject) = (org(&lab.app, "STC").await, made.trim_start_matches("task:").parse().expect("a key"));
        let mut costs = BTreeMap::new();
        for (number, readers) in [(2, 2), (40, 40), (100, 100)] {
            for _ in officers.len()..readers {
                lab.user(Role::Officer, Some("STC"), None).await;
            }
            let tx = lab.app.system().begin().await.expect("a transaction");
            lab.listen();
            let one = |place: usize| News {
                key: format!("{number}-{place}"),
                kind: if place.is_multiple_of(2) { TaskAssigned } else { PeriodOpened },
                subject: ("task", subject),
                organizations: vec![stc],
                facts: Facts::default(),
            };
            tell_all(&tx, (0..number).map(one).collect()).await.expect("queued");
            tx.commit().await.expect("committed");
            carry_out(&lab.app).await.expect("carried out");
            // Each insert takes 500 rows.
            let heard = lab.heard();
            let inserts = |sql: &&String| sql.starts_with("INSERT INTO \"notification\"");
            costs.insert(number, heard.len() - heard.iter().filter(inserts).count());
        }
        assert!(costs.values().all(|cost| *cost == costs[&2]), "{costs:?}");
        assert!(costs[&2] <= 8, "{costs:?}");
    }

    async fn old_news_is_forgotten(lab) {
        let cast = Cast::of(&lab).await;
        task(&lab, &cast.coordinator, "T-1", &[("STC", "LEAD")]).await;
        carry_out(&lab.app).await.expect("carried out");
        task(&lab, &cast.coordinator, "T-2", &[("STC", "LEAD")]).await;
        lab.clock.advance(chrono::TimeDelta::days(91));
        api::news::sweep(&lab.app).await.expect("swept");
        let store = lab.app.system();
        let left = store.all(store.find::<outbox::Entity>()).await.expect("read");
        assert_eq!(left.len(), 1, "what waits stays");
        assert!(left[0].done_at.is_none());
    }
}

/// A figure that Sở Tài chính supplied, and the news of it.
async fn supplied(lab: &Lab, author: uuid::Uuid) {
    use api::news::{Facts, Names, News, tell};
    use entity::NotificationKind::{DataAccepted, DataReturned, DataSubmitted};
    use entity::{data_submission, edition, indicator, unit};
    use sea_orm::Set;
    let tx = lab.app.system().begin().await.expect("a transaction");
    let edition = tx.first(tx.find::<edition::Entity>()).await.expect("read").expect("an edition");
    let indicator = tx.first(tx.find::<indicator::Entity>()).await.expect("read").expect("an indicator");
    let unit = tx.first(tx.find::<unit::Entity>()).await.expect("read").expect("a unit");
    let row = data_submission::ActiveModel {
        edition_id: Set(edition.id),
        indicator_id: Set(indicator.id),
        unit_id: Set(unit.id),
        organization_id: Set(org(&lab.app, "STC").await),
        value: Set(1.5),
        value_unit: Set("%".to_owned()),
        value_year: Set(2025),
        status: Set(entity::ReportStatus::Submitted),
        confirmed: Set(json!([])),
        author_id: Set(author),
        ..Default::default()
    };
    let row = tx.insert::<data_submission::Entity>(row).await.expect("written");
    for kind in [DataSubmitted, DataReturned, DataAccepted] {
        let facts = Facts {
            code: Some("1.1.1".to_owned()),
            title: Some(Names { vi: "Chỉ số".to_owned(), en: "Indicator".to_owned() }),
            period: Some("2025".to_owned()),
            reason: Some("Sai đơn vị".to_owned()),
            ..Facts::default()
        };
        let news = News::of::<data_submission::Entity>(kind, &row, [row.organization_id], facts);
        tell(&tx, news).await.expect("queued");
    }
    tx.commit().await.expect("committed");
}

/// For each kind of news, who was told of it: every decision is taken once.
async fn readers(lab: &Lab) -> String {
    let cast = Cast::of(lab).await;
    let (coordinator, leader) = (&cast.coordinator, &cast.leader);
    let watching = [
        ("acting coordinator", coordinator.clone()),
        ("other coordinator", lab.coordinator().await),
        ("acting officer", cast.finance.clone()),
        ("colleague", lab.officer("STC").await),
        ("officer elsewhere", cast.home.clone()),
        ("acting leader", leader.clone()),
        ("other leader", lab.sign_in(Role::Leader, None).await),
        ("integration", cast.integration.clone()),
        ("admin", cast.admin.clone()),
    ];
    for (code, decision) in [("T-1", "reportReturn"), ("T-2", "reportAccept")] {
        let made = task(lab, coordinator, code, &[("STC", "LEAD")]).await;
        let report = draft(&cast.finance, &made, "2026").await;
        act(&cast.finance, "reportSubmit", &report).await;
        match decision {
            "reportReturn" => send_back(coordinator, &report).await,
            _ => drop(act(coordinator, decision, &report).await),
        }
    }
    let (_, response) = asked(lab, coordinator, &cast.finance, "12/KH").await;
    answered(&cast.finance, &response).await;
    let back =
        "mutation($id: ID!) { evidenceResponseReturn(id: $id, reason: \"Thiếu\") { userErrors { code } } }";
    coordinator.done(back, json!({ "id": response })).await;
    answered(&cast.finance, &response).await;
    act(coordinator, "evidenceResponseAccept", &response).await;

    let node = text(&coordinator.get("{ pillars { id } }", json!({})).await, "/pillars/0/id");
    let obstacle = raised(&cast.finance, &node).await;
    let back = "mutation($id: ID!) { obstacleReturn(id: $id, reason: \"Chưa rõ\") { userErrors { code } } }";
    coordinator.done(back, json!({ "id": obstacle })).await;
    let obstacle = raised(&cast.finance, &node).await;
    act(coordinator, "obstacleForward", &obstacle).await;
    let resolve =
        "mutation($id: ID!) { obstacleResolve(id: $id, answer: \"Đồng ý\") { userErrors { code } } }";
    leader.done(resolve, json!({ "id": obstacle })).await;

    commend(coordinator, &proposed(&cast.finance, "Một cửa số").await).await;
    let decline = "mutation($id: ID!) { modelDecline(id: $id, reason: \"Chưa đủ\") { userErrors { code } } }";
    coordinator.done(decline, json!({ "id": proposed(&cast.finance, "Chợ số").await })).await;

    let open = "mutation { periodOpen(year: 2026, half: FIRST) { period { id } userErrors { code } } }";
    let period = text(&coordinator.done(open, json!({})).await, "/period/id");
    act(coordinator, "periodLock", &period).await;
    let grant = "mutation($period: ID!, $organization: ID!) {
        lockExceptionGrant(periodId: $period, organizationId: $organization, until: \"2026-03-01T00:00:00Z\", reason: \"Mưa lũ\") {
            exception { id } userErrors { field code } } }";
    let of = json!({ "period": period, "organization": organization(lab, "STC").await });
    let exception = text(&coordinator.done(grant, of).await, "/exception/id");
    act(coordinator, "lockExceptionRevoke", &exception).await;
    supplied(lab, cast.finance.user).await;

    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for (who, client) in &watching {
        for news in told(lab, client).await {
            let kind = text(&news, "/kind");
            let readers = heard.entry(kind.clone()).or_default();
            if readers.last() != Some(&(*who).to_owned()) {
                readers.push((*who).to_owned());
            }
            said.insert(kind, format!("{} | {}", text(&news, "/title"), text(&news, "/body")));
        }
    }
    let mut table = String::new();
    for (kind, mut readers) in heard {
        readers.dedup();
        let _ = writeln!(table, "{kind:<20} {}\n    {}", readers.join(", "), said[&kind]);
    }
    table
}

both! {
    async fn notifications_are_their_readers_alone(lab) {
        let cast = Cast::of(&lab).await;
        let other = lab.coordinator().await;
        submitted(&lab, &cast.coordinator, &cast.finance, "T-1").await;
        let own = told_of(&lab, &cast.coordinator, "REPORT_SUBMITTED").await[0]["id"].clone();
        const READ: &str = "mutation($ids: [ID!]!) { notificationsRead(ids: $ids) { notifications { id readAt } userErrors { field code } } }";
        const UNREAD: &str = "{ notificationUnreadCount }";
        for stranger in [&other, &cast.finance, &cast.leader, &cast.admin] {
            assert_eq!(stranger.refused(READ, json!({ "ids": [own] })).await, ["ids NOT_FOUND"], "{}", stranger.email);
            stranger.done("mutation { notificationsReadAll { count userErrors { code } } }", json!({})).await;
            assert!(told(&lab, stranger).await.iter().all(|news| news["id"] != own));
        }
        assert_eq!(cast.coordinator.get(UNREAD, json!({})).await["notificationUnreadCount"], 1);
        // One that is not there leaves the others unread.
        let mixed = json!({ "ids": [own, crate::given::unknown("notification")] });
        assert_eq!(cast.coordinator.refused(READ, mixed).await, ["ids NOT_FOUND"]);
        assert_eq!(cast.coordinator.get(UNREAD, json!({})).await["notificationUnreadCount"], 1);
        let done = cast.coordinator.done(READ, json!({ "ids": [own] })).await;
        let first = text(&done, "/notifications/0/readAt");
        let again = cast.coordinator.done(READ, json!({ "ids": [own] })).await;
        assert_eq!(text(&again, "/notifications/0/readAt"), first, "read once");
        assert_eq!(cast.coordinator.get(UNREAD, json!({})).await["notificationUnreadCount"], 0);
        let filtered = "query($filter: NotificationFilter) { notifications(filter: $filter) { totalCount } }";
        for (filter, wanted) in [
            (json!({ "isRead": true }), 1), (json!({ "isRead": false }), 0),
            (json!({ "kind": { "eq": "REPORT_SUBMITTED" } }), 1), (json!({ "kind": { "eq": "PERIOD_DUE" } }), 0),
        ] {
            let found = cast.coordinator.get(filtered, json!({ "filter": filter })).await;
            assert_eq!(found["notifications"]["totalCount"], wanted, "{filter}");
        }
    }

    async fn they_are_read_newest_first_in_pages(lab) {
        let cast = Cast::of(&lab).await;
        for number in 0..5 {
            task(&lab, &cast.coordinator, &format!("T-{number}"), &[("STC", "LEAD")]).await;
            carry_out(&lab.app).await.expect("carried out");
        }
        let query = "query($after: String) { notifications(first: 2, after: $after) { nodes { title } pageInfo { hasNextPage endCursor } } }";
        let (mut titles, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = cast.finance.get(query, json!({ "after": after })).await;
            titles.extend(list(&page, "/notifications/nodes").iter().map(|one| text(one, "/title")));
            if page["notifications"]["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["notifications"]["pageInfo"]["endCursor"].clone();
        }
        for query in ["{ notifications { nodes { title body } } }", "{ notificationUnreadCount }"] {
            lab.listen();
            cast.finance.get(query, json!({})).await;
            let heard = lab.heard();
            let [statement] = heard.as_slice() else { panic!("one statement is enough: {heard:#?}") };
            let reader = format!("'{}'", cast.finance.user);
            let plan = crate::statements::plan(&lab, statement, &[reader]).await;
            assert!(!crate::statements::scans(&plan, "notification") || !lab.app.db.is_embedded(), "{plan}");
        }
        let codes: Vec<&str> = titles.iter().filter_map(|title| title.rsplit(' ').next()).collect();
        assert_eq!(codes, ["T-4", "T-3", "T-2", "T-1", "T-0"]);
        let all = cast.finance.done("mutation { notificationsReadAll { count userErrors { code } } }", json!({})).await;
        assert_eq!(all["count"], 5);
    }
}
