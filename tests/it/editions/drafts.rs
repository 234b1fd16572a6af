//! A draft is there for the coordinator and the leader only, whichever way it is asked for.

use entity::*;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{COMPUTE, Rows, drafted};
use crate::given::{gid, unknown};
use crate::insight::{published, synthetic, unit};
use crate::scene::{list, text};

const YEARS: &str = "{ editions(first: 100) { totalCount nodes { id year } } }";
const OF_EDITION: &[&str] = &[
    "query($edition: ID!) { ranking(edition: $edition) { totalCount nodes { id } } }",
    "query($edition: ID!) { computedRanking(edition: $edition) { totalCount nodes { id rank } } }",
    "query($edition: ID!, $unit: ID!) { profile(edition: $edition, unit: $unit) { edition { id } entries { value computed { rank } } } }",
    "query($edition: ID!) { editionExport(edition: $edition, format: CSV) { url } }",
];

async fn history(client: &Client, unit: &str) -> Value {
    let query = "query($unit: ID!) { history(unit: $unit) { edition { year } computed { rank } } }";
    client.get(query, json!({ "unit": unit })).await["history"].clone()
}

both! {
    async fn a_draft_is_seen_by_coordinator_and_leader_alone(lab) {
        let (coordinator, leader) = (lab.coordinator().await, lab.sign_in(Role::Leader, None).await);
        let others = [lab.officer("STC").await, lab.sign_in(Role::Integration, None).await, lab.sign_in(Role::Admin, None).await];
        let draft = synthetic(&lab, 1998, Publication::Draft).await;
        coordinator.done(COMPUTE, json!({ "id": draft })).await;
        let import = crate::figures::imported(&coordinator, &draft, "a.csv", b"unit,1.1.1\n20,5\n").await;
        let rows = Rows::of(&lab, &draft).await;
        let unit = unit(&leader, "lang son").await;
        let mut ids = vec![
            draft.clone(),
            import,
            gid("score", rows.scores[0].id),
            gid("computation", rows.computation.as_ref().expect("computed").id),
            gid("computed_score", rows.computed[0].id),
        ];
        ids.sort();
        let asked = json!({ "edition": draft, "unit": unit });
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let by_year = "{ newest: edition { year } named: edition(year: 1998) { id } exact: edition(year: 1998, revision: 1) { id } }";
        for insider in [&coordinator, &leader] {
            assert_eq!(insider.get(by_year, json!({})).await,
                json!({ "newest": { "year": 2025 }, "named": { "id": draft }, "exact": { "id": draft } }));
            assert_eq!(insider.get(YEARS, json!({})).await["editions"]["totalCount"], 4);
            for query in OF_EDITION {
                insider.get(query, asked.clone()).await;
            }
            let data = insider.get(OF_EDITION[1], asked.clone()).await;
            assert_eq!(data["computedRanking"]["totalCount"], 34);
            assert_eq!(history(insider, &unit).await[0]["edition"]["year"], 1998);
            let found = insider.get(nodes, json!({ "ids": ids })).await;
            assert_eq!(list(&found, "/nodes").iter().map(|node| text(node, "/id")).collect::<Vec<_>>(), ids);
        }
        for outsider in &others {
            assert_eq!(outsider.get(by_year, json!({})).await, json!({ "newest": { "year": 2025 }, "named": null, "exact": null }));
            let seen = outsider.get(YEARS, json!({})).await["editions"].clone();
            assert_eq!(seen["totalCount"], 3);
            assert!(list(&seen, "/nodes").iter().all(|edition| edition["year"] != 1998), "{seen:#}");
            for query in OF_EDITION {
                let hidden = outsider.ask(query, asked.clone()).await;
                let nothing = outsider.ask(query, json!({ "edition": unknown("edition"), "unit": unit })).await;
                assert_eq!(hidden.body["errors"][0]["extensions"]["code"], "NOT_FOUND", "{query}");
                assert_eq!(hidden.body["errors"][0]["message"], nothing.body["errors"][0]["message"]);
                assert_eq!(hidden.body["data"], nothing.body["data"]);
            }
            assert!(list(&history(outsider, &unit).await, "").iter().all(|entry| entry["edition"]["year"] != 1998));
            let found = outsider.get(nodes, json!({ "ids": ids })).await;
            assert!(list(&found, "/nodes").iter().all(Value::is_null), "{found:#}");
            for id in &ids {
                let found = outsider.get("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
                assert_eq!(found["node"], Value::Null, "{id}");
            }
        }
    }

    async fn the_newest_edition_is_the_published_one(lab) {
        let coordinator = lab.coordinator().await;
        drafted(&coordinator, 2030).await;
        let real = published(&coordinator, 2025).await;
        assert_eq!(text(&coordinator.get("{ edition { id } }", json!({})).await, "/edition/id"), real);
        let ranking = coordinator.get("{ ranking(first: 1) { nodes { edition { id } rank } } }", json!({})).await;
        assert_eq!(ranking["ranking"]["nodes"][0], json!({ "edition": { "id": real }, "rank": 1 }));
    }
}
