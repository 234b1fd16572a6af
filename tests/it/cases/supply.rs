//! Cases of supplied figures.

use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::scene::Cast;
use crate::supply::{edition, saved, submitted, supplied_by_finance};

pub(super) async fn supply(cases: &mut Cases, lab: &Lab, cast: &Cast) {
    let (coordinator, own) = (&cast.coordinator, &cast.finance);
    let draft = edition(coordinator, 1940, true).await;
    let of = supplied_by_finance(lab, coordinator, "1.1.1").await;
    let (expected, for_edition) = (draft.clone(), draft.clone());
    cases.of("dataSubmission", &saved(own, &draft, &of, 1.0).await);
    cases.query("dataSubmissions", "{ nodes { id } }");
    let document = "query($edition: ID!) { dataExpected(edition: $edition) { nodes { indicator { id } } } }";
    cases.with("dataExpected", document, move |_| json!({ "edition": expected }));
    let indicator = format!("indicator:{}", supplied_by_finance(lab, coordinator, "1.1.2").await);
    cases.input("dataSubmissionSave", "DataSubmissionSaveInput", move |role| {
        json!({ "editionId": for_edition, "indicatorId": indicator, "value": role.len(), "valueYear": 1940 })
    });
    let mut codes = ["1.1.3", "1.2.1", "1.2.2", "1.2.3"].into_iter();
    for (field, arguments, is_submitted) in [
        ("dataSubmissionSubmit", "", false),
        ("dataSubmissionWithdraw", "", true),
        ("dataSubmissionReturn", ", reason: \"Thiếu\"", true),
        ("dataSubmissionAccept", "", true),
    ] {
        let indicator = supplied_by_finance(lab, coordinator, codes.next().expect("a code")).await;
        let id = match is_submitted {
            true => submitted(own, &draft, &indicator, 1.0).await,
            false => saved(own, &draft, &indicator, 1.0).await,
        };
        cases.act(field, &id, arguments);
    }
}
