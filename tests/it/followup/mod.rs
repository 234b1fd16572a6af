//! Following up: who has reported, what waits, what has no task. By role, by the clock, in a fixed number of statements.

mod crowd;
mod scale;

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Client, Lab, both, org};

use crate::asking::{answered, asked, raised};
use crate::coverage::outcome;
use crate::insight::{key, node};
use crate::periods::move_to;
use crate::practice::proposed;
use crate::scene::{Cast, act, draft, evidence, organization, plan, send_back, text};
use crate::supply::supplied_by_finance;

pub const STATUS: &str =
    "query($period: String!) { reportingStatus(period: $period) { period { code } totals { ...all }
    organizations { organization { code } counts { ...all } daysLate holder hasException }
    pillars { node { code } counts { ...all } daysLate holder } indicators { node { code } counts { ...all } daysLate holder } } }
    fragment all on ReportCounts { expected open notBegun drafted returned submitted accepted }";
const ITEMS: &str = "fragment items on DashboardList { totalCount items { kind title organization { code } dueOn daysLate } }";
const OFFICER: &str = "{ dashboard { officer {
    due { tasks { ...items } reports { ...items } responses { ...items } }
    overdue { tasks { ...items } reports { ...items } responses { ...items } }
    returned { reports { ...items } dataSubmissions { ...items } responses { ...items } } }
    coordinator { late { totalCount } } leader { placesToRise } } }";
const COORDINATOR: &str = "{ dashboard { coordinator {
    reports { ...items } dataSubmissions { ...items } responses { ...items } obstacles { ...items } models { ...items }
    late { totalCount items { organization { code } period { code } daysLate counts { open returned } hasException } } }
    leader { placesToRise } } }";
pub const LEADER: &str = "{ dashboard { leader { plan { year rankGoal } edition { year } standing { rank node { code } }
    placesToRise targets { year rank status explanation }
    weakIndicators { ...weak } withoutTask { ...weak } withoutProgress { ...weak } withoutEvidence { ...weak }
    obstacles { totalCount items { kind title organization { code } } } }
    officer { due { tasks { totalCount } } } coordinator { late { totalCount } } } }
    fragment weak on WeakIndicator { indicator { code } isNamed isBelowMean taskCount movingTaskCount evidenceCount }";
pub const COVERAGE: &str = "{ coverage { plan { year } isComplete weaknesses { ...one } strengths { ...one }
    uncovered { focus { printedCode } } } }
    fragment one on FocusCoverage { focus { printedCode indicator { code } } taskCount isCovered }";

/// The two dashboards that are made of lists.
pub fn lists(query: &str) -> String {
    format!("{query} {ITEMS}")
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// A task for a node in the hands of organizations, the first of which leads; its id.
async fn task_for(
    lab: &Lab,
    coordinator: &Client,
    code: &str,
    node_id: Option<&str>,
    parties: &[&str],
) -> String {
    let mut assignments = Vec::new();
    for (place, party) in parties.iter().enumerate() {
        let role = if place == 0 { "LEAD" } else { "COORDINATING" };
        assignments.push(json!({ "organizationId": organization(lab, party).await, "role": role }));
    }
    let input = json!({ "planId": plan(coordinator).await, "code": code, "title": format!("Nhiệm vụ {code}"),
        "nodeId": node_id, "dueOn": "2026-06-30", "assignments": assignments });
    let create = "mutation($input: TaskCreateInput!) { taskCreate(input: $input) { task { id } userErrors { field code } } }";
    text(&coordinator.done(create, json!({ "input": input })).await, "/task/id")
}

/// A figure of an organization that was handed in or sent back.
async fn figure(lab: &Lab, author: &Client, organization: &str, leaf: &str, status: ReportStatus) {
    use api::store::Read;
    let tx = lab.app.system().begin().await.expect("a transaction");
    let plan = tx.first(tx.find::<plan::Entity>()).await.expect("read").expect("a plan");
    let draft = tx.find::<edition::Entity>().filter(edition::Column::Status.eq(Publication::Draft));
    let edition = tx.first(draft).await.expect("read").expect("a draft");
    let now = Some(lab.app.world.now());
    let row = data_submission::ActiveModel {
        edition_id: Set(edition.id),
        indicator_id: Set(key(leaf)),
        unit_id: Set(plan.unit_id.expect("a province")),
        organization_id: Set(org(&lab.app, organization).await),
        value: Set(4.5),
        value_unit: Set("%".to_owned()),
        value_year: Set(2025),
        status: Set(status),
        confirmed: Set(json!([])),
        author_id: Set(author.user),
        submitted_at: Set(now),
        decided_at: Set(now.filter(|_| status == ReportStatus::Returned)),
        ..Default::default()
    };
    tx.insert::<data_submission::Entity>(row).await.expect("a figure is written");
    tx.commit().await.expect("committed");
}

/// A half-year on 26 June, the day after the cut-off. STC has one report accepted and one in the drawer; SNV one sent
/// back, one not begun, and leave to hand in; SYT handed its one in three days late. One task was given up.
async fn half_year(lab: &Lab) -> Cast {
    let cast = Cast::of(lab).await;
    let Cast { coordinator, finance, home, .. } = &cast;
    let (density, ocop, pillar) = (node(lab, "4.2.2").await, node(lab, "7.1.2").await, node(lab, "7").await);
    let shared = task_for(lab, coordinator, "A", Some(&density), &["STC", "SNV"]).await;
    let broad = task_for(lab, coordinator, "B", Some(&pillar), &["STC"]).await;
    task_for(lab, coordinator, "C", None, &["SNV"]).await;
    let leaf = task_for(lab, coordinator, "D", Some(&ocop), &["SYT"]).await;
    let given_up = task_for(lab, coordinator, "E", Some(&density), &["STC"]).await;
    let open = "mutation { periodOpen(year: 2026, half: FIRST) { period { id } userErrors { code } } }";
    let period = text(&coordinator.done(open, json!({})).await, "/period/id");
    let cancel = "mutation($id: ID!) { taskCancel(id: $id, reason: \"Trùng\") { userErrors { code } } }";
    coordinator.done(cancel, json!({ "id": given_up })).await;

    let done = draft(finance, &shared, "2026-H1").await;
    evidence(finance, "Quyết định", Some(&done)).await;
    act(finance, "reportSubmit", &done).await;
    act(coordinator, "reportAccept", &done).await;
    draft(finance, &broad, "2026-H1").await;
    let back = draft(home, &shared, "2026-H1").await;
    act(home, "reportSubmit", &back).await;
    send_back(coordinator, &back).await;
    let late = draft(&cast.health, &leaf, "2026-H1").await;

    let (_, own) = asked(lab, coordinator, finance, "12/KH").await;
    answered(finance, &own).await;
    let answer_back =
        "mutation($id: ID!) { evidenceResponseReturn(id: $id, reason: \"Thiếu\") { userErrors { code } } }";
    coordinator.done(answer_back, json!({ "id": own })).await;
    supplied_by_finance(lab, coordinator, "4.2.2").await;
    crate::supply::edition(coordinator, 2031, false).await;
    figure(lab, finance, "STC", &density, ReportStatus::Returned).await;
    figure(lab, home, "SNV", &ocop, ReportStatus::Submitted).await;
    raised(home, &pillar).await;
    act(coordinator, "obstacleForward", &raised(home, &density).await).await;
    proposed(&cast.health, "Một cửa số").await;

    move_to(lab, "2026-06-18T05:00:00Z");
    act(&lab.renew(&cast.health).await, "reportSubmit", &late).await;
    move_to(lab, "2026-06-26T02:00:00Z");
    let cast = Cast {
        coordinator: lab.renew(coordinator).await,
        leader: lab.renew(&cast.leader).await,
        finance: lab.renew(finance).await,
        home: lab.renew(home).await,
        health: lab.renew(&cast.health).await,
        integration: lab.renew(&cast.integration).await,
        admin: lab.renew(&cast.admin).await,
    };
    let grant =
        "mutation($period: ID!, $to: ID!) { lockExceptionGrant(periodId: $period, organizationId: $to,
        until: \"2026-06-28T00:00:00Z\", reason: \"Mưa lũ\") { userErrors { code } } }";
    let to = organization(lab, "SNV").await;
    cast.coordinator.done(grant, json!({ "period": period, "to": to })).await;
    cast
}

async fn status(client: &Client) -> Value {
    client.get(STATUS, json!({ "period": "2026-H1" })).await["reportingStatus"].take()
}

both! {
    async fn a_half_year_is_followed_up_by_each_role(lab) {
        let cast = half_year(&lab).await;
        insta::assert_snapshot!("status_coordinator", pretty(&status(&cast.coordinator).await));
        insta::assert_snapshot!("status_leader", pretty(&status(&cast.leader).await));
        insta::assert_snapshot!("status_officer", pretty(&status(&cast.finance).await));
        let dashboard = cast.finance.get(&lists(OFFICER), json!({})).await;
        insta::assert_snapshot!("dashboard_officer", pretty(&dashboard["dashboard"]));
        let dashboard = cast.coordinator.get(&lists(COORDINATOR), json!({})).await;
        insta::assert_snapshot!("dashboard_coordinator", pretty(&dashboard["dashboard"]));
        let dashboard = cast.leader.get(LEADER, json!({})).await;
        insta::assert_snapshot!("dashboard_leader", pretty(&dashboard["dashboard"]));
        let coverage = cast.leader.get(COVERAGE, json!({})).await;
        insta::assert_snapshot!("coverage", pretty(&coverage["coverage"]));
        assert_eq!(coverage, cast.coordinator.get(COVERAGE, json!({})).await);
    }

    async fn an_officer_is_told_of_its_own_organization_alone(lab) {
        let cast = half_year(&lab).await;
        for (client, own) in [(&cast.finance, "STC"), (&cast.home, "SNV"), (&cast.health, "SYT")] {
            let seen = status(client).await;
            let rows = seen["organizations"].as_array().expect("rows");
            assert!(rows.len() == 1 && rows[0]["organization"]["code"] == own, "{seen:#}");
            assert_eq!(seen["totals"], rows[0]["counts"], "{own}");
            let all = client.get(&lists(OFFICER), json!({})).await.to_string();
            assert!(!all.replace(&format!("\"code\":\"{own}\""), "").contains("\"code\":"), "{own}: {all}");
        }
        // An organization without a task has nothing to report and nothing to do.
        let other = lab.officer("SCT").await;
        assert_eq!(status(&other).await["organizations"], json!([]));
        let all = other.get(&lists(OFFICER), json!({})).await.to_string();
        assert!(!all.replace("\"totalCount\":0", "").contains("totalCount"), "{all}");
        for client in [&cast.finance, &cast.admin, &cast.integration] {
            assert_eq!(outcome(&client.ask(COVERAGE, json!({})).await), "FORBIDDEN");
        }
        let unknown = cast.coordinator.ask(STATUS, json!({ "period": "2031-H1" })).await;
        assert_eq!(outcome(&unknown), "NOT_FOUND");
    }

    async fn the_leader_does_not_watch_reports_being_written(lab) {
        let cast = half_year(&lab).await;
        let told = || async { (status(&cast.leader).await, cast.leader.get(LEADER, json!({})).await) };
        let before = told().await;
        // SNV may still write: what it had not begun is begun, what was sent back is mended.
        for task in ["C", "A"] {
            let query = "{ myAssignments { nodes { task { id code } } } }";
            let mine = cast.home.get(query, json!({})).await;
            let mine = mine["myAssignments"]["nodes"].as_array().expect("rows");
            let of = mine.iter().find(|one| one["task"]["code"] == task).expect("it is assigned");
            draft(&cast.home, &text(of, "/task/id"), "2026-H1").await;
        }
        assert_eq!(told().await, before);
        let own = status(&cast.home).await;
        assert_eq!((&own["totals"]["notBegun"], &own["totals"]["drafted"]), (&json!(0), &json!(1)));
    }

    async fn leave_ends_by_itself_and_what_is_taken_away_is_not_expected(lab) {
        let cast = half_year(&lab).await;
        let of = |all: &Value, code: &str| {
            let rows = all["organizations"].as_array().expect("rows").clone();
            rows.into_iter().find(|row| row["organization"]["code"] == code).unwrap_or_default()
        };
        assert_eq!(of(&status(&cast.coordinator).await, "SNV")["hasException"], true);
        move_to(&lab, "2026-06-28T00:00:01Z");
        let (coordinator, home) = (lab.renew(&cast.coordinator).await, lab.renew(&cast.home).await);
        let snv = of(&status(&coordinator).await, "SNV");
        assert_eq!((&snv["hasException"], &snv["daysLate"]), (&json!(false), &json!(13)));
        assert_eq!(of(&status(&home).await, "SNV"), snv, "both are told the same");
        let reassign = "mutation($from: ID!, $to: ID!) {
            assignmentsReassign(fromOrganizationId: $from, toOrganizationId: $to, reason: \"Sáp nhập\") { userErrors { code } } }";
        let parties = json!({ "from": organization(&lab, "SNV").await, "to": organization(&lab, "SCT").await });
        coordinator.done(reassign, parties).await;
        assert_eq!(of(&status(&coordinator).await, "SNV"), Value::Null);
    }
}
