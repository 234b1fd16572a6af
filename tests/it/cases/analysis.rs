//! Questions to the engine, about a published edition with made-up figures.

use entity::Publication;
use serde_json::json;
use tests::Lab;

use super::Cases;
use crate::index::Given;

pub(super) async fn analysis(cases: &mut Cases, lab: &Lab) {
    let given = Given::of(lab, 1990, Publication::Published).await;
    let documents = [
        ("simulate", "simulate(edition: $edition, changes: []) { ranking(first: 3) { rankAfter } }", false),
        (
            "marginalGains",
            "marginalGains(unit: $unit, edition: $edition, first: 3) { toMean { points } }",
            true,
        ),
        ("rankGoal", "rankGoal(unit: $unit, edition: $edition, rank: 34) { reached }", true),
        (
            "sensitivity",
            "sensitivity(edition: $edition, monteCarlo: { draws: 10 }) { monteCarlo { draws } }",
            false,
        ),
        ("effectiveWeights", "effectiveWeights(edition: $edition) { weight }", false),
    ];
    for (field, selection, of_unit) in documents {
        let (unit_type, edition, unit) =
            (if of_unit { "$unit: ID!, " } else { "" }, given.id.clone(), given.unit(0));
        let document = format!("query({unit_type}$edition: ID!) {{ {selection} }}");
        cases.with(field, &document, move |_| match of_unit {
            true => json!({ "edition": edition, "unit": unit }),
            false => json!({ "edition": edition }),
        });
    }
}
