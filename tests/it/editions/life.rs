//! Drafting an edition and saying things of it.

use entity::{Publication, Role};
use serde_json::{Value, json};
use tests::both;

use super::{COMPUTE, CREATE, PUBLISH, Rows, UPDATE, drafted};
use crate::given::{database, unknown, written};

both! {
    async fn a_draft_is_begun_for_a_year_that_has_none(lab) {
        let coordinator = lab.coordinator().await;
        let framework = coordinator.get("{ framework { id } }", json!({})).await["framework"]["id"].clone();
        let input = json!({ "year": 2027, "frameworkId": framework, "note": " Đang nhập ", "synthetic": true });
        let made = coordinator.done(CREATE, json!({ "input": input })).await["edition"].take();
        let id = made["id"].clone();
        assert_eq!(made, json!({ "id": id, "year": 2027, "status": "DRAFT", "revision": 1, "synthetic": true,
            "note": "Đang nhập", "rowVersion": 1, "publishedAt": null, "computation": null, "framework": { "version": "2025" } }));
        let behind = database(&lab).await;
        let before = written(&behind).await;
        for (change, wanted) in [
            (json!({ "year": 2027 }), "input.year TAKEN"),
            (json!({ "year": 2025 }), "input.year TAKEN"),
            (json!({ "year": 1899 }), "input.year OUT_OF_RANGE"),
            (json!({ "year": 2201 }), "input.year OUT_OF_RANGE"),
            (json!({ "frameworkId": unknown("framework") }), "input.frameworkId NOT_FOUND"),
            (json!({ "frameworkId": id }), "input.frameworkId INVALID_ID"),
            (json!({ "note": "a\u{0}b" }), "input.note INVALID_CHARACTER"),
        ] {
            let mut input = json!({ "year": 2028, "frameworkId": framework });
            for (field, value) in change.as_object().expect("an object") {
                input[field] = value.clone();
            }
            assert_eq!(coordinator.refused(CREATE, json!({ "input": input })).await, [wanted], "{input}");
        }
        assert_eq!(written(&behind).await, before, "nothing was written");
        for year in [1900, 2200] {
            let input = json!({ "year": year, "frameworkId": framework });
            assert_eq!(coordinator.done(CREATE, json!({ "input": input })).await["edition"]["synthetic"], false);
        }
    }

    async fn what_is_said_of_a_draft_changes_and_says_which_version_it_saw(lab) {
        let coordinator = lab.coordinator().await;
        let id = drafted(&coordinator, 2027).await;
        let input = json!({ "publishedOn": "2027-12-30", "unitCount": 34, "note": "Nháp" });
        let changed = coordinator.done(UPDATE, json!({ "id": id, "input": input, "version": 1 })).await;
        assert_eq!(changed["edition"], json!({ "publishedOn": "2027-12-30", "unitCount": 34, "note": "Nháp", "rowVersion": 2 }));
        for (input, wanted) in [
            (json!({ "unitCount": 0 }), "input.unitCount OUT_OF_RANGE"),
            (json!({ "unitCount": 10_001 }), "input.unitCount OUT_OF_RANGE"),
            (json!({ "publishedOn": "1899-12-31" }), "input.publishedOn OUT_OF_RANGE"),
        ] {
            assert_eq!(coordinator.refused(UPDATE, json!({ "id": id, "input": input })).await, [wanted]);
        }
        let old = json!({ "id": id, "input": { "note": "Cũ" }, "version": 1 });
        assert_eq!(coordinator.refused(UPDATE, old).await, ["expectedVersion CONFLICT"]);
        let cleared = json!({ "id": id, "input": { "publishedOn": null, "note": null }, "version": 2 });
        let cleared = coordinator.done(UPDATE, cleared).await;
        assert_eq!(cleared["edition"], json!({ "publishedOn": null, "unitCount": 34, "note": null, "rowVersion": 3 }));
    }

    async fn computing_and_publishing_say_which_version_they_saw(lab) {
        use entity::Publication::Draft;
        let coordinator = lab.coordinator().await;
        let id = crate::insight::synthetic(&lab, 1998, Draft).await;
        let before = Rows::of(&lab, &id).await;
        for mutation in [COMPUTE, PUBLISH] {
            assert_eq!(coordinator.refused(mutation, json!({ "id": id, "version": 7 })).await, ["expectedVersion CONFLICT"]);
        }
        assert_eq!(Rows::of(&lab, &id).await, before, "nothing was written");
        let computed = coordinator.done(COMPUTE, json!({ "id": id, "version": 1 })).await;
        assert_eq!(computed["computation"]["edition"], json!({ "id": id, "rowVersion": 2 }));
        assert_eq!(coordinator.refused(COMPUTE, json!({ "id": id, "version": 1 })).await, ["expectedVersion CONFLICT"]);
        let published = coordinator.done(PUBLISH, json!({ "id": id, "version": 2 })).await;
        assert_eq!(published["edition"]["rowVersion"], 3);
    }

    async fn a_draft_is_thrown_away_whole_and_a_published_edition_stays(lab) {
        const DELETE: &str = "mutation($id: ID!, $version: Int) { editionDelete(id: $id, expectedVersion: $version) {
            deletedId userErrors { field code message } } }";
        let coordinator = lab.coordinator().await;
        let draft = crate::insight::synthetic(&lab, 1998, Publication::Draft).await;
        coordinator.done(super::COMPUTE, json!({ "id": draft })).await;
        crate::figures::imported(&coordinator, &draft, "a.csv", b"unit,1.1.1\n20,5\n").await;
        let stale = coordinator.refused(DELETE, json!({ "id": draft, "version": 1 })).await;
        assert_eq!(stale, ["expectedVersion CONFLICT"]);
        let before = super::Rows::of(&lab, &draft).await;
        assert!(!before.scores.is_empty() && before.computation.is_some());
        let leader = lab.sign_in(Role::Leader, None).await;
        assert_eq!(leader.code(DELETE, json!({ "id": draft })).await, "FORBIDDEN");
        assert_eq!(lab.officer("STC").await.code(DELETE, json!({ "id": draft })).await, "NOT_FOUND");
        assert_eq!(super::Rows::of(&lab, &draft).await, before);
        assert_eq!(coordinator.done(DELETE, json!({ "id": draft })).await["deletedId"], draft);
        let gone = coordinator.get("{ edition(year: 1998) { id } }", json!({})).await;
        assert_eq!(gone["edition"], Value::Null);
        let behind = crate::given::database(&lab).await;
        for table in ["score", "computed_score", "computation", "edition_import"] {
            let key = draft.replace("edition:", "");
            let left = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE CAST(edition_id AS TEXT) = '{key}'");
            assert_eq!(crate::given::column(&behind, &left).await, ["0"], "{table}");
        }
        let published = crate::insight::synthetic(&lab, 1999, Publication::Published).await;
        assert_eq!(coordinator.refused(DELETE, json!({ "id": published })).await, ["id INVALID_STATE"]);
    }
}
