//! Cases of following up.

use serde_json::json;

use super::Cases;

pub fn followup(cases: &mut Cases) {
    let document = "query($period: String!) { reportingStatus(period: $period) { totals { expected } } }";
    // Opened by the cases of periods.
    cases.with("reportingStatus", document, |_| json!({ "period": "DX-1" }));
    cases.query("dashboard", "{ officer { due { tasks { totalCount } } } }");
    cases.query("coverage", "{ isComplete }");
}
