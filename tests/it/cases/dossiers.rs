//! Cases of dossiers and of the report that is made of them.

use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::dossiers::{FREEZE, locked_period};
use crate::scene::{Cast, text};

pub async fn dossiers(cases: &mut Cases, _: &Lab, cast: &Cast) {
    let period = locked_period(&cast.coordinator, "HS-1").await;
    let made = cast.coordinator.done(FREEZE, json!({ "input": { "periodId": period } })).await;
    let id = text(&made, "/dossier/id");
    cases.of("dossier", &id);
    cases.query("dossiers", "{ nodes { id } }");
    let other = locked_period(&cast.coordinator, "HS-2").await;
    cases.input("dossierFreeze", "DossierFreezeInput", move |_| json!({ "periodId": other }));
    cases.act("dossierUpdate", &id, ", input: { letterNumber: \"12/BC-SKHCN\" }");
    let third = locked_period(&cast.coordinator, "HS-3").await;
    let document = "mutation($id: ID!) { reportConsolidate(periodId: $id) { userErrors { field code } } }";
    cases.with("reportConsolidate", document, move |_| json!({ "id": third }));
}
