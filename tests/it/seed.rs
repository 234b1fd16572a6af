//! What the product knows before anybody has typed anything.

use api::seed::{demo, seed};
use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;
use tests::{Lab, both};

async fn count<E: api::policy::Rule>(lab: &Lab) -> u64
where
    E::Model: Send + Sync,
{
    let store = lab.app.system();
    store.count(store.find::<E>()).await.expect("a count")
}

async fn everything(lab: &Lab) -> Vec<u64> {
    vec![
        count::<framework::Entity>(lab).await,
        count::<node::Entity>(lab).await,
        count::<indicator::Entity>(lab).await,
        count::<unit::Entity>(lab).await,
        count::<edition::Entity>(lab).await,
        count::<score::Entity>(lab).await,
        count::<statistic::Entity>(lab).await,
        count::<organization::Entity>(lab).await,
        count::<plan_focus::Entity>(lab).await,
        count::<user::Entity>(lab).await,
        count::<task::Entity>(lab).await,
    ]
}

both! {
    async fn a_second_start_changes_nothing(lab) {
        let before = everything(&lab).await;
        // 2025 has 78 nodes, 2023 and 2024 ten each; 34 units of today and 52 before them; 83 results and 17 of a profile.
        assert_eq!(before, [3, 98, 52, 86, 3, 100, 17, 88, 10, 2, 0]);
        assert!(seed(&lab.app).await.expect("seeded").is_empty());
        assert_eq!(everything(&lab).await, before);
    }

    async fn demo_data_says_that_it_is_synthetic_and_comes_once(lab) {
        assert_eq!(demo(&lab.app).await.expect("demo").len(), 7);
        assert!(demo(&lab.app).await.expect("demo").is_empty());
        let store = lab.app.system();
        let tasks = store.all(store.find::<task::Entity>()).await.expect("tasks");
        assert!(tasks.len() == 5 && tasks.iter().all(|task| task.title.contains("SYNTHETIC")), "{tasks:#?}");
    }

    async fn lang_son_stands_where_the_plan_says(lab) {
        let leader = lab.sign_in(Role::Leader, None).await;
        let units = leader.get("{ units(filter: { text: \"lang son\" }) { nodes { id } } }", json!({})).await;
        let query = "query($unit: ID!) { profile(unit: $unit) { entries { node { code } value score rank } } plan { baseRank rankGoal
            strengths { printedCode note indicator { code } } } }";
        let data = leader.get(query, json!({ "unit": units["units"]["nodes"][0]["id"] })).await;
        let entries = data["profile"]["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), 78);
        // Only the rank of 2025 is published; nothing else was made up.
        assert_eq!(entries[0], json!({ "node": { "code": "PII" }, "value": null, "score": null, "rank": 29 }));
        let unknown = |entry: &&serde_json::Value| entry["value"].is_null() && entry["score"].is_null() && entry["rank"].is_null();
        assert_eq!(entries.iter().filter(unknown).count(), 77);
        assert_eq!((&data["plan"]["baseRank"], &data["plan"]["rankGoal"]), (&json!(29), &json!(25)));
        let first = &data["plan"]["strengths"][0];
        assert_eq!((&first["printedCode"], &first["indicator"]["code"]), (&json!("5.5.2"), &json!("5.2.2")));
    }

    async fn merged_provinces_know_their_successors(lab) {
        let store = lab.app.system();
        let former = store.find::<unit::Entity>().filter(unit::Column::SuccessorId.is_not_null());
        assert_eq!(store.count(former).await.expect("a count"), 52);
        let client = lab.sign_in(Role::Integration, None).await;
        let query = "{ units(filter: { text: \"bac ninh\", existsOn: \"2026-01-01\" }) { nodes { code validFrom predecessors { nameVi validTo } } } }";
        assert_eq!(client.get(query, json!({})).await["units"]["nodes"], json!([{ "code": "24", "validFrom": "2025-07-01", "predecessors": [
            { "nameVi": "Tỉnh Bắc Giang", "validTo": "2025-06-30" }, { "nameVi": "Tỉnh Bắc Ninh", "validTo": "2025-06-30" }] }]));
    }
}
