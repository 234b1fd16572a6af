//! What raw values are divided by: made and removed in a draft, copied with it.

use entity::*;
use sea_orm::Set;
use serde_json::json;
use tests::both;

use super::{DENOMINATOR, Draft, INDICATOR, PUBLISH};
use crate::editions::words;
use crate::given::{database, unknown, written};
use crate::insight::key;
use crate::scene::{list, text};

const DELETE: &str = "mutation($id: ID!) { denominatorDelete(id: $id) { framework { rowVersion } userErrors { field code message } } }";
const NODE: &str = "mutation($input: NodeCreateInput!) { nodeCreate(input: $input) { node { id } userErrors { field code } } }";
const CODE: &str = "mutation($id: ID!, $code: String) { nodeUpdate(id: $id, input: { code: $code }) { userErrors { field code } } }";
const OF: &str = "query($id: ID!) { node(id: $id) { ... on Framework { denominators { id code name unit framework { id } } } } }";

both! {
    async fn a_draft_takes_denominators_and_their_links_along(lab) {
        let coordinator = lab.coordinator().await;
        let first = Draft::of(&coordinator, None, "2030").await;
        let (population, product) = (first.divide_by(&coordinator, "DS").await, first.divide_by(&coordinator, "GRDP").await);
        first.lay(&coordinator, "1.1.1", json!({ "denominatorId": product })).await;
        let second = Draft::of(&coordinator, Some(&first.id), "2031").await;
        let found = coordinator.get(OF, json!({ "id": second.id })).await;
        let copies = list(&found, "/node/denominators");
        assert_eq!(copies.iter().map(|one| text(one, "/code")).collect::<Vec<_>>(), ["DS", "GRDP"]);
        for copy in copies {
            assert_eq!((&copy["name"], &copy["unit"], &copy["framework"]["id"]), (&json!("Population"), &json!("người"), &json!(second.id)));
            assert!(copy["id"] != population && copy["id"] != product);
        }
        let link = "query($id: ID!) { indicator(id: $id) { method { denominator { id } } } }";
        let linked = async |draft: &Draft, code: &str| {
            let data = coordinator.get(link, json!({ "id": draft.indicator(code) })).await;
            data["indicator"]["method"]["denominator"]["id"].clone()
        };
        assert_eq!(linked(&second, "1.1.1").await, copies[1]["id"]);
        assert!(linked(&second, "1.1.2").await.is_null());
        second.lay(&coordinator, "1.1.1", json!({ "denominatorId": null })).await;
        coordinator.done(DELETE, json!({ "id": copies[1]["id"] })).await;
        assert_eq!(linked(&first, "1.1.1").await, product, "the first draft keeps its own");
    }

    async fn one_code_heads_one_column(lab) {
        let coordinator = lab.coordinator().await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        draft.divide_by(&coordinator, "DS").await;
        let behind = database(&lab).await;
        let before = written(&behind).await;
        for taken in ["DS", "1.1.1", "PII"] {
            let refused = coordinator.refused(DENOMINATOR, json!({ "input": draft.denominator(taken) })).await;
            assert_eq!(refused, ["input.code TAKEN"], "{taken}");
        }
        let measure = json!({ "unit": "%", "direction": "HIGHER_IS_BETTER", "dataSource": "?" });
        let group = json!({ "parentId": draft.node("1.1"), "code": "DS", "nameVi": "Mới", "nameEn": "New", "indicator": measure });
        assert_eq!(coordinator.refused(NODE, json!({ "input": group })).await, ["input.code TAKEN"]);
        let renamed = json!({ "id": draft.node("1.1.1"), "code": "DS" });
        assert_eq!(coordinator.refused(CODE, renamed).await, ["input.code TAKEN"]);
        let published = coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"].clone();
        for (framework, wanted) in [
            (published, "input.frameworkId INVALID_STATE"),
            (json!(unknown("framework")), "input.frameworkId NOT_FOUND"),
        ] {
            let mut input = draft.denominator("LĐ");
            input["frameworkId"] = framework;
            assert_eq!(coordinator.refused(DENOMINATOR, json!({ "input": input })).await, [wanted]);
        }
        assert_eq!(written(&behind).await, before, "nothing was written");
        let other = Draft::of(&coordinator, None, "2031").await;
        other.divide_by(&coordinator, "DS").await;
    }

    async fn a_denominator_in_use_stays(lab) {
        let coordinator = lab.coordinator().await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        let (linked, valued) = (draft.divide_by(&coordinator, "DS").await, draft.divide_by(&coordinator, "GRDP").await);
        draft.lay(&coordinator, "1.1.1", json!({ "denominatorId": linked })).await;
        let tx = lab.app.system().begin().await.expect("a transaction");
        let edition = api::seed::synthetic_edition(&tx, 1997, key(&draft.id), Publication::Draft).await.expect("an edition");
        let unit = key(&crate::insight::unit(&coordinator, "lang son").await);
        let value = denominator_value::ActiveModel {
            edition_id: Set(edition.id),
            unit_id: Set(unit),
            denominator_id: Set(key(&valued)),
            value: Set(1.0),
            ..Default::default()
        };
        tx.insert::<denominator_value::Entity>(value).await.expect("written");
        tx.commit().await.expect("committed");
        for id in [&linked, &valued] {
            assert_eq!(coordinator.refused(DELETE, json!({ "id": id })).await, ["id INVALID_STATE"]);
            assert!(words(&coordinator, DELETE, json!({ "id": id })).await.contains("IN_USE"));
        }
        draft.lay(&coordinator, "1.1.1", json!({ "denominatorId": null })).await;
        coordinator.done(DELETE, json!({ "id": linked })).await;
        assert_eq!(coordinator.code(DELETE, json!({ "id": linked })).await, "NOT_FOUND");
    }

    async fn denominators_of_a_published_framework_stand(lab) {
        let coordinator = lab.coordinator().await;
        let officer = lab.officer("STC").await;
        let leader = lab.sign_in(Role::Leader, None).await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        let id = draft.divide_by(&coordinator, "DS").await;
        assert_eq!(officer.code(DELETE, json!({ "id": id })).await, "NOT_FOUND");
        assert_eq!(officer.code(DENOMINATOR, json!({ "input": draft.denominator("LĐ") })).await, "FORBIDDEN");
        assert_eq!(leader.code(DELETE, json!({ "id": id })).await, "FORBIDDEN");
        let method = json!({ "id": draft.indicator("1.1.1"), "method": { "denominatorId": id } });
        assert_eq!(officer.code(INDICATOR, method.clone()).await, "NOT_FOUND");
        assert_eq!(leader.code(INDICATOR, method).await, "FORBIDDEN");
        let seen = "query($id: ID!) { node(id: $id) { id } }";
        assert!(officer.get(seen, json!({ "id": id })).await["node"].is_null());
        coordinator.done(PUBLISH, json!({ "id": draft.id })).await;
        assert_eq!(officer.get(seen, json!({ "id": id })).await["node"]["id"], id);
        assert_eq!(officer.code(DELETE, json!({ "id": id })).await, "FORBIDDEN");
        assert_eq!(coordinator.refused(DELETE, json!({ "id": id })).await, ["id INVALID_STATE"]);
    }
}
