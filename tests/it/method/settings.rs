//! A draft's settings and its indicators' own; published, they stand.

use serde_json::{Value, json};
use tests::both;

use super::{Draft, INDICATOR, PUBLISH, UPDATE};
use crate::editions::words;
use crate::given::{database, unknown, written};

both! {
    async fn the_whole_method_of_a_draft_is_data(lab) {
        let coordinator = lab.coordinator().await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        let method = json!({ "normalisation": "Z_SCORE", "treatment": "WINSORISE_THEN_LOG", "aggregation": "HARMONIC",
            "imputation": "GROUP_MEDIAN", "availability": 0.5, "skewLimit": 1.5, "kurtosisLimit": 2.25, "winmax": 7,
            "rankPrecision": 3, "tieRule": "AVERAGE" });
        let mut laid = coordinator.done(UPDATE, json!({ "id": draft.id, "input": method })).await["framework"].take();
        assert_eq!(laid.as_object_mut().expect("an object").remove("rowVersion"), Some(json!(2)));
        assert_eq!(laid, method);
        let behind = database(&lab).await;
        let before = written(&behind).await;
        for (field, bad) in [
            ("availability", vec![-0.1, 1.1]),
            ("skewLimit", vec![0.0, -2.0]),
            ("kurtosisLimit", vec![0.0, -3.5]),
        ] {
            for bad in bad {
                let refused = coordinator.refused(UPDATE, json!({ "id": draft.id, "input": { field: bad } })).await;
                assert_eq!(refused, [format!("input.{field} OUT_OF_RANGE")]);
            }
        }
        for (field, bad) in [("winmax", -1), ("winmax", 1_001), ("rankPrecision", 11)] {
            let refused = coordinator.refused(UPDATE, json!({ "id": draft.id, "input": { field: bad } })).await;
            assert_eq!(refused, [format!("input.{field} OUT_OF_RANGE")]);
        }
        assert_eq!(written(&behind).await, before, "nothing was written");
        let again = Draft::of(&coordinator, Some(&draft.id), "2031").await;
        let same = coordinator.done(UPDATE, json!({ "id": again.id, "input": {} })).await["framework"].take();
        assert_eq!((&same["availability"], &same["skewLimit"], &same["winmax"], &same["imputation"]),
            (&json!(0.5), &json!(1.5), &json!(7), &json!("GROUP_MEDIAN")), "a draft begins with the method it is made out of");
        let published = coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"].clone();
        assert_eq!(coordinator.refused(UPDATE, json!({ "id": published, "input": { "winmax": 1 } })).await, ["id INVALID_STATE"]);
    }

    async fn an_indicator_of_a_draft_has_a_method_of_its_own(lab) {
        let coordinator = lab.coordinator().await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        let other = Draft::of(&coordinator, None, "2031").await;
        let foreign = other.divide_by(&coordinator, "DS").await;
        let own = draft.divide_by(&coordinator, "DS").await;
        let method = json!({ "denominatorId": own, "imputation": "GROUP_MEAN", "treatment": "WINSORISE_THEN_LOG",
            "normalisation": "GOALPOSTS", "goalpostMin": 2.0, "goalpostMax": 10.0, "target": 9.5, "capped": false, "logScale": true });
        let laid = draft.lay(&coordinator, "1.1.1", method.clone()).await;
        assert_eq!(laid["denominator"], json!({ "id": own, "code": "DS" }));
        for field in ["imputation", "treatment", "normalisation", "goalpostMin", "goalpostMax", "target", "capped", "logScale"] {
            assert_eq!(laid[field], method[field], "{field}");
        }
        let behind = database(&lab).await;
        let before = written(&behind).await;
        for (change, wanted) in [
            (json!({ "goalpostMax": 2.0 }), "input.method.goalpostMax OUT_OF_RANGE"),
            (json!({ "goalpostMin": 11.0 }), "input.method.goalpostMax OUT_OF_RANGE"),
            (json!({ "goalpostMin": 0.0 }), "input.method.goalpostMin OUT_OF_RANGE"),
            (json!({ "denominatorId": foreign }), "input.method.denominatorId NOT_FOUND"),
            (json!({ "denominatorId": unknown("denominator") }), "input.method.denominatorId NOT_FOUND"),
            (json!({ "denominatorId": draft.id }), "input.method.denominatorId INVALID_ID"),
        ] {
            let variables = json!({ "id": draft.indicator("1.1.1"), "method": change });
            assert_eq!(coordinator.refused(INDICATOR, variables).await, [wanted], "{change}");
        }
        let below = json!({ "goalpostMin": -1.0, "goalpostMax": 1.0 });
        draft.lay(&coordinator, "1.1.2", below).await;
        let log = json!({ "id": draft.indicator("1.1.2"), "method": { "logScale": true } });
        assert_eq!(coordinator.refused(INDICATOR, log).await, ["input.method.goalpostMin OUT_OF_RANGE"]);
        let kept = draft.lay(&coordinator, "1.1.1", json!({ "goalpostMin": 0.0, "logScale": false })).await;
        assert_eq!((&kept["goalpostMin"], &kept["goalpostMax"], &kept["capped"]), (&json!(0.0), &json!(10.0), &json!(false)));
        let cleared = json!({ "denominatorId": null, "imputation": null, "treatment": null, "normalisation": null,
            "goalpostMin": null, "goalpostMax": null, "target": null });
        assert_eq!(draft.lay(&coordinator, "1.1.1", cleared).await, json!({ "denominator": null, "imputation": null,
            "treatment": null, "normalisation": null, "goalpostMin": null, "goalpostMax": null, "target": null,
            "capped": false, "logScale": false }));
        assert_ne!(written(&behind).await, before);

        let published = coordinator.get("{ indicator(code: \"1.1.1\") { id } }", json!({})).await["indicator"]["id"].clone();
        let variables = json!({ "id": published, "method": { "capped": false } });
        assert_eq!(coordinator.refused(INDICATOR, variables).await, ["input.method INVALID_STATE"]);
    }

    async fn whoever_publishes_says_which_method_it_has_seen(lab) {
        let coordinator = lab.coordinator().await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        draft.lay(&coordinator, "1.1.1", json!({ "treatment": "WINSORISE_THEN_LOG" })).await;
        let seen = json!({ "id": draft.id, "version": 1 });
        assert_eq!(coordinator.refused(PUBLISH, seen).await, ["expectedVersion CONFLICT"]);
        coordinator.done(PUBLISH, json!({ "id": draft.id, "version": 2 })).await;
        let late = json!({ "id": draft.indicator("1.1.1"), "method": { "treatment": null } });
        assert_eq!(coordinator.refused(INDICATOR, late).await, ["input.method INVALID_STATE"]);
        let turn = "mutation($id: ID!) { nodeUpdate(id: $id, input: { aggregation: GEOMETRIC }) { userErrors { field code } } }";
        assert_eq!(coordinator.refused(turn, json!({ "id": draft.node("1") })).await, ["id INVALID_STATE"]);
    }

    async fn a_method_without_its_figures_is_incomplete_and_names_the_indicator(lab) {
        let coordinator = lab.coordinator().await;
        let draft = Draft::of(&coordinator, None, "2030").await;
        let lacks = async |code: &str, method: Value, filled: Value| {
            draft.lay(&coordinator, code, method).await;
            assert_eq!(coordinator.refused(PUBLISH, json!({ "id": draft.id })).await, ["id FRAMEWORK_INCOMPLETE"]);
            let message = words(&coordinator, PUBLISH, json!({ "id": draft.id })).await;
            assert_eq!(message, format!("The framework is incomplete: {code}."));
            draft.lay(&coordinator, code, filled).await;
        };
        let half = json!({ "normalisation": "GOALPOSTS", "goalpostMin": 1.0 });
        lacks("4.2.2", half, json!({ "goalpostMax": 2.0 })).await;
        lacks("7.1.2", json!({ "normalisation": "DISTANCE_TO_TARGET" }), json!({ "target": 5.0 })).await;
        coordinator.done(UPDATE, json!({ "id": draft.id, "input": { "normalisation": "GOALPOSTS" } })).await;
        lacks("1.1.1", json!({}), json!({ "normalisation": "MIN_MAX" })).await;
        coordinator.done(UPDATE, json!({ "id": draft.id, "input": { "normalisation": "MIN_MAX" } })).await;
        coordinator.done(PUBLISH, json!({ "id": draft.id })).await;
    }
}
