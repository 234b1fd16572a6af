//! Who may ask, and what it costs the database.

use entity::*;
use serde_json::{Value, json};
use tests::{Lab, both};

use super::{Given, refusal};
use crate::given::unknown;

/// Every question, about one edition and one unit.
const ASKED: &[&str] = &[
    "simulate(edition: $edition, changes: []) { ranking(first: 1) { rankAfter unit { name } } }",
    "marginalGains(unit: $unit, edition: $edition) { toMean { points } node { code } }",
    "rankGoal(unit: $unit, edition: $edition, rank: 34) { reached ranking { unit { code } } edition { year } }",
    "sensitivity(edition: $edition, dropOne: true) { dropOne { node { code } maxShift ranks(first: 1) { unit { code } } } }",
    "sensitivity(edition: $edition, monteCarlo: { draws: 10 }) { monteCarlo { bands { median unit { name } } } }",
    "effectiveWeights(edition: $edition) { weight node { code } }",
];

fn document(field: &str) -> String {
    let unit = if field.contains("$unit") { "$unit: ID!, " } else { "" };
    format!("query({unit}$edition: ID!) {{ {field} }}")
}

/// What a document says to the database.
pub(super) async fn statements(
    lab: &Lab,
    client: &tests::Client,
    document: &str,
    variables: Value,
) -> Vec<String> {
    client.get(document, variables.clone()).await;
    lab.listen();
    client.get(document, variables).await;
    lab.heard()
}

both! {
    async fn drafts_are_not_there_for_those_who_may_not_see_them(lab) {
        let published = Given::of(&lab, 1998, Publication::Published).await;
        let draft = Given::of(&lab, 1999, Publication::Draft).await;
        let readers = [lab.officer("STC").await, lab.sign_in(Role::Integration, None).await, lab.sign_in(Role::Admin, None).await];
        let insiders = [lab.coordinator().await, lab.sign_in(Role::Leader, None).await];
        for field in ASKED {
            let ask = document(field);
            let about = |edition: &str| json!({ "edition": edition, "unit": published.unit(0) });
            for reader in &readers {
                reader.get(&ask, about(&published.id)).await;
                let hidden = reader.ask(&ask, about(&draft.id)).await;
                let nothing = reader.ask(&ask, about(&unknown("edition"))).await;
                assert_eq!(refusal(&hidden), "NOT_FOUND edition", "{field}");
                assert_eq!(hidden.body["errors"][0]["message"], nothing.body["errors"][0]["message"]);
                assert_eq!(refusal(&hidden), refusal(&nothing));
            }
            for insider in &insiders {
                insider.get(&ask, about(&draft.id)).await;
            }
            assert_eq!(refusal(&lab.nobody().ask(&ask, about(&published.id)).await), "UNAUTHENTICATED ");
        }
    }

    async fn an_edition_without_raw_values_says_so_in_words(lab) {
        let officer = lab.officer("STC").await;
        let given = Given::of(&lab, 1998, Publication::Published).await;
        let real = officer.get("{ edition(year: 2025) { id } }", json!({})).await;
        for field in ASKED.iter().filter(|field| !field.starts_with("effectiveWeights")) {
            let variables = json!({ "edition": real["edition"]["id"], "unit": given.unit(0) });
            let answer = officer.ask(&document(field), variables.clone()).await;
            assert_eq!(refusal(&answer), "NOT_COMPUTABLE edition", "{field}");
            let message = answer.body["errors"][0]["message"].clone();
            assert_eq!(message, "Cannot be computed: the edition does not hold raw values of at least two units.");
            let answer = officer.speaking("vi").ask(&document(field), variables).await;
            let message = answer.body["errors"][0]["message"].clone();
            assert_eq!(message, "Không tính được: kỳ này chưa có giá trị gốc của ít nhất hai địa phương.");
        }
    }

    async fn an_edition_is_read_once_for_several_questions(lab) {
        let officer = lab.officer("STC").await;
        let given = Given::of(&lab, 1998, Publication::Published).await;
        let variables = json!({ "edition": given.id, "unit": given.unit(0) });
        let one = statements(&lab, &officer, &document(ASKED[1]), variables.clone()).await;
        let parts: Vec<String> =
            ASKED[..5].iter().enumerate().map(|(place, field)| format!("f{place}: {field}")).collect();
        let all = statements(&lab, &officer, &document(&parts.join(" ")), variables.clone()).await;
        assert_eq!(one.len(), 6, "{}", one.join("\n\n"));
        assert_eq!(all.len(), one.len(), "{}", all.join("\n\n"));
        let weights = statements(&lab, &officer, &document(ASKED[5]), variables).await;
        assert_eq!(weights.len(), 3, "{}", weights.join("\n\n"));
    }
}
