//! What clients would never send on purpose: broken JSON, naughty strings, operations made up by a machine.

use entity::Role;
use serde_json::{Value, json};
use tests::{Client, Lab, both, clients};

use super::told;
use crate::cases::cases;
use crate::scene::{Cast, organization};

async fn operations_made_up(lab: &Lab, client: &Client) {
    let token = client.token.as_deref().expect("a token");
    let variables = [("PII", lab.url.as_str()), ("TOKEN", token), ("EXAMPLES", "2")];
    let Some(told) = clients::python("fuzz.py", &variables).await else { return };
    assert_eq!(told["wrong"], json!([]), "{told:#}");
    assert!(told["requests"].as_u64() >= Some(200) && told["executed"].as_u64() > Some(20), "{told:#}");
}

both! {
    async fn any_json_is_answered(lab) {
        let Some(told) = told(&lab, "json.mjs", &lab.coordinator().await).await else { return };
        assert_eq!(told["wrong"], json!([]), "{told:#}");
        assert!(told["files"].as_u64() > Some(300), "{told:#}");
    }

    async fn naughty_strings_do_no_harm_and_read_back(lab) {
        let cast = Cast::of(&lab).await;
        // Whose session may end by it.
        let passing = lab.officer("STC").await;
        let cases: Vec<Value> = cases(&lab, &cast)
            .await
            .into_iter()
            .map(|(field, case)| {
                let roles = if field == "passwordChange" { &["passing"][..] } else { &["coordinator", "officer", "admin"] };
                json!({ "field": field, "document": case.document, "variables": (case.variables)("naughty"), "roles": roles })
            })
            .collect();
        let work = json!({
            "tokens": { "coordinator": cast.coordinator.token, "officer": cast.finance.token, "admin": cast.admin.token,
                "passing": passing.token },
            "cases": cases,
            "organization": organization(&lab, "SXD").await,
        });
        let path = lab.folder.path().join("work.json");
        std::fs::write(&path, work.to_string()).expect("the work is written");
        let variables = [("PII", lab.url.as_str()), ("WORK", path.to_str().expect("a path"))];
        let Some(told) = clients::node("naughty.mjs", &variables).await else { return };
        for nothing in ["wrong", "missed", "unfinished"] {
            assert_eq!(told[nothing], json!([]), "{told:#}");
        }
        let number = |name: &str| told[name].as_u64().unwrap_or_default();
        let kinds = ["Query argument", "Query input", "Mutation argument", "Mutation input", "cursor"];
        assert!(kinds.iter().all(|kind| told["kinds"].as_array().expect("a list").contains(&json!(kind))), "{told:#}");
        assert!(number("places") > 150, "{told:#}");
        assert!(number("written") > number("strings") * 9 / 10, "{told:#}");
    }

    async fn operations_made_up_for_a_coordinator(lab) {
        operations_made_up(&lab, &lab.sign_in(Role::Coordinator, Some("SKHCN")).await).await;
    }

    async fn operations_made_up_for_an_officer(lab) {
        operations_made_up(&lab, &lab.officer("STC").await).await;
    }
}
