//! Pages: put together they are the whole list, in every order, with equal and missing keys.

use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

/// The ids of all pages of `field`, seven rows at a time.
async fn walk(client: &Client, field: &str, arguments: &str) -> Vec<Value> {
    let query = format!(
        "query($after: String) {{ {field}(first: 7, after: $after{arguments}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor hasPreviousPage }} }} }}"
    );
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = client.get(&query, json!({ "after": after })).await[field].take();
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!after.is_null()));
        ids.extend(page["nodes"].as_array().expect("nodes").iter().map(|node| node["id"].clone()));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// The ids of one page that holds the whole list, and how many there are.
async fn whole(client: &Client, field: &str, arguments: &str) -> (Vec<Value>, usize) {
    let query = format!("{{ {field}(first: 100{arguments}) {{ totalCount nodes {{ id }} }} }}");
    let list = client.get(&query, json!({})).await[field].take();
    let ids = list["nodes"].as_array().expect("nodes").iter().map(|node| node["id"].clone()).collect();
    (ids, usize::try_from(list["totalCount"].as_u64().expect("a count")).expect("small"))
}

async fn tasks(lab: &Lab, count: u64) {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let plan = tx.first(tx.find::<plan::Entity>()).await.expect("a query").expect("a plan");
    for number in 0..count {
        let row = task::ActiveModel {
            plan_id: Set(plan.id),
            code: Set(format!("T{number:03}")),
            title: Set(format!("Nhiệm vụ {number}")),
            kind: Set(TaskKind::Solution),
            // Many are due on the same day.
            due_on: Set(lab.app.world.in_days(number % 4)),
            recurrence: Set(Recurrence::Once),
            status: Set(TaskStatus::Planned),
            priority: Set(Priority::Normal),
            ..Default::default()
        };
        tx.insert::<task::Entity>(row).await.expect("a task");
    }
    tx.commit().await.expect("committed");
}

both! {
    async fn pages_of_tasks_make_the_list_in_every_order(lab) {
        tasks(&lab, 30).await;
        let client = lab.coordinator().await;
        for field in ["DUE", "CODE", "CREATED_AT"] {
            for direction in ["ASC", "DESC"] {
                let order = format!(", order: {{ field: {field}, direction: {direction} }}");
                let (list, total) = whole(&client, "tasks", &order).await;
                assert_eq!((list.len(), total), (30, 30), "{order}");
                assert_eq!(walk(&client, "tasks", &order).await, list, "{order}");
            }
        }
        let forward = whole(&client, "tasks", ", order: { field: CODE, direction: ASC }").await.0;
        let mut backward = whole(&client, "tasks", ", order: { field: CODE, direction: DESC }").await.0;
        backward.reverse();
        assert_eq!(forward, backward);
    }

    async fn the_unranked_come_last_and_are_paged_too(lab) {

        let client = lab.coordinator().await;
        let store = lab.app.system();
        let edition = store.find::<edition::Entity>().filter(edition::Column::Year.eq(2023));
        let edition = store.first(edition).await.expect("a query").expect("an edition");
        let arguments = format!(", edition: \"edition:{}\"", edition.id);
        let (list, total) = whole(&client, "ranking", &arguments).await;
        assert_eq!((list.len(), total), (29, 29));
        assert_eq!(walk(&client, "ranking", &arguments).await, list);
        let query = format!("{{ ranking(first: 100{arguments}) {{ nodes {{ rank }} }} }}");
        let ranks = client.get(&query, json!({})).await["ranking"]["nodes"].take();
        let ranks: Vec<Option<u64>> = ranks.as_array().expect("nodes").iter().map(|node| node["rank"].as_u64()).collect();
        let ranked = ranks.iter().take_while(|rank| rank.is_some()).count();
        assert!(ranked == 28 && ranks[..ranked].is_sorted(), "{ranks:?}");
    }
}
