//! Cases of reporting periods and of what is handed in to them.

use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::scene::{Cast, act, draft, organization, task, text};

const OPEN: &str = "mutation($input: AdHocPeriodInput!) {
    periodOpenAdHoc(input: $input) { period { id } userErrors { field code } } }";

async fn period(cast: &Cast, code: &str) -> String {
    let input = json!({
        "code": code, "titleVi": "Đột xuất", "titleEn": "Ad hoc", "reason": "UBND tỉnh yêu cầu",
        "startsOn": "2026-01-01", "dueOn": "2026-03-20",
    });
    text(&cast.coordinator.done(OPEN, json!({ "input": input })).await, "/period/id")
}

pub async fn periods(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let id = period(cast, "DX-1").await;
    cases.of("reportingPeriod", &id);
    cases.query("reportingPeriods", "{ nodes { id } }");
    cases.query("reportSlots", "{ nodes { id } }");
    let document =
        "mutation($half: Half!) { periodOpen(year: 2027, half: $half) { userErrors { field code } } }";
    cases.with("periodOpen", document, |_| json!({ "half": "FIRST" }));
    cases.input("periodOpenAdHoc", "AdHocPeriodInput", |role| {
        json!({
            "code": role, "titleVi": role, "titleEn": role, "reason": role,
            "startsOn": "2026-01-01", "dueOn": "2026-03-20",
        })
    });
    cases.act("periodLock", &period(cast, "DX-2").await, "");
    let locked = period(cast, "DX-3").await;
    act(&cast.coordinator, "periodLock", &locked).await;
    let stc = organization(lab, "STC").await;
    let document = "mutation($period: ID!, $organization: ID!) {
        lockExceptionGrant(periodId: $period, organizationId: $organization, until: \"2026-03-01T00:00:00Z\", reason: \"Lũ\") {
            exception { id } userErrors { field code } } }";
    let variables = json!({ "period": locked, "organization": stc });
    let granted = cast.coordinator.done(document, variables).await;
    let other = json!({ "period": locked, "organization": organization(lab, "SNV").await });
    cases.with("lockExceptionGrant", document, move |_| other.clone());
    cases.act("lockExceptionRevoke", &text(&granted, "/exception/id"), "");
    let closed = period(cast, "DX-4").await;
    act(&cast.coordinator, "periodLock", &closed).await;
    cases.act("periodClose", &closed, "");

    let made = task(lab, &cast.coordinator, "KY-1", &[("STC", "LEAD")]).await;
    let submitted = draft(&cast.finance, &made, "quý 1").await;
    act(&cast.finance, "reportSubmit", &submitted).await;
    cases.act("reportWithdraw", &submitted, "");
    let submitted = draft(&cast.finance, &made, "quý 2").await;
    act(&cast.finance, "reportSubmit", &submitted).await;
    let document = "mutation($ids: [ID!]!) { reportsAccept(ids: $ids) { outcomes { userErrors { code } } } }";
    cases.with("reportsAccept", document, move |_| json!({ "ids": [submitted] }));
}
