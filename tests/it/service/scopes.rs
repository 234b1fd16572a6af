//! Every root field with a token of each scope. The fields come from introspection: a new one is refused unless the
//! reviewed table says otherwise.

use std::fmt::Write;

use entity::Scope;
use serde_json::json;
use tests::both;

use super::program;
use crate::cases::cases;
use crate::coverage::{outcome, root_fields};
use crate::given::unknown;
use crate::scene::{Cast, act, draft, evidence, list, task, text};

const WIDTH: usize = 28;

both! {
    async fn every_root_field_with_every_scope(lab) {
        let cast = Cast::of(&lab).await;
        let mut cases = cases(&lab, &cast).await;
        let mut table = " ".repeat(WIDTH);
        let mut programs = Vec::new();
        for scope in Scope::ALL {
            let _ = write!(table, "{:<WIDTH$}", scope.name());
            programs.push((scope.name().replace(':', " "), program(&lab, &[scope]).await));
        }
        table = format!("{}\n", table.trim_end());
        for of in ["queryType", "mutationType"] {
            let mut fields: Vec<String> = root_fields(&cast.admin, of).await.into_iter().collect();
            fields.sort_by_key(|field| (field.starts_with("logout"), field == "logout"));
            let _ = writeln!(table, "\n{}", of.trim_end_matches("Type"));
            for field in fields {
                let case = cases.remove(field.as_str()).unwrap_or_else(|| panic!("{field} has no case"));
                let mut line = format!("{field:<WIDTH$}");
                for (name, program) in &programs {
                    let answer = program.ask(&case.document, (case.variables)(name)).await;
                    let outcome = outcome(&answer);
                    assert_ne!(outcome, "INTERNAL", "{field} with {name}: {:#}", answer.body);
                    let _ = write!(line, "{outcome:<WIDTH$}");
                }
                let _ = writeln!(table, "{}", line.trim_end());
            }
        }
        insta::assert_snapshot!("scopes", table);
    }

    async fn a_limited_token_reaches_no_other_rows_by_id_relation_picture_or_job(lab) {
        let cast = Cast::of(&lab).await;
        let work = task(&lab, &cast.coordinator, "T", &[("STC", "LEAD")]).await;
        let report = draft(&cast.finance, &work, "2026").await;
        let proof = evidence(&cast.finance, "Bằng chứng", Some(&report)).await;
        act(&cast.finance, "reportSubmit", &report).await;
        let edition = cast.integration.get("{ edition { id } }", json!({})).await;
        let edition = text(&edition, "/edition/id");
        let scores = cast.integration.get("{ ranking(first: 1) { nodes { id } } }", json!({})).await;
        let score = text(&scores, "/ranking/nodes/0/id");
        let reads_frameworks = program(&lab, &[Scope::FrameworkRead]).await;
        let reads_results = program(&lab, &[Scope::ResultsRead]).await;
        let imports = program(&lab, &[Scope::ResultsImport]).await;

        const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let organization = crate::scene::organization(&lab, "STC").await;
        let hidden = [&work, &report, &proof, &organization];
        for program in [&reads_frameworks, &reads_results, &imports] {
            let found = program.get(NODES, json!({ "ids": hidden })).await;
            assert_eq!(found["nodes"], json!([null, null, null, null]));
        }
        let results = json!({ "ids": [edition, score] });
        assert_eq!(reads_frameworks.get(NODES, results.clone()).await["nodes"], json!([null, null]));
        assert_eq!(imports.get(NODES, results.clone()).await["nodes"], json!([null, null]), "what is published");
        let seen = reads_results.get(NODES, results).await;
        assert_eq!(seen["nodes"], json!([{ "id": edition }, { "id": score }]));

        // Along relations, from what is open to what is not.
        let from = "{ framework { id nodes(first: 100) { nodes { indicator { id unit } } } } viewer { id organization { id } } }";
        reads_frameworks.get(from, json!({})).await;
        let through = "{ units(first: 1) { nodes { id } } indicators(first: 100) { nodes { id supplier { id } } } }";
        let data = reads_frameworks.get(through, json!({})).await;
        assert!(list(&data, "/indicators/nodes").iter().all(|one| one["supplier"].is_null()), "organizations are not open");

        // Pictures, by token and by ticket.
        let unit = cast.integration.get("{ units(filter: { text: \"lang son\" }) { nodes { id } } }", json!({})).await;
        let unit = text(&unit, "/units/nodes/0/id");
        let picture = async |token: &Option<String>| {
            let url = format!("{}/charts/radar.svg?edition={edition}&unit={unit}", lab.url);
            let request = lab.nobody().http.get(url).bearer_auth(token.as_deref().unwrap_or_default());
            request.send().await.expect("an answer").status().as_u16()
        };
        assert_eq!(picture(&reads_frameworks.token).await, 404);
        assert_eq!(picture(&imports.token).await, 404);
        assert_eq!(picture(&reads_results.token).await, 200);
        let export = "query($edition: ID!) { editionExport(edition: $edition, format: CSV) { url } }";
        assert_eq!(reads_frameworks.code(export, json!({ "edition": edition })).await, "NOT_FOUND");
        let ticket = text(&reads_results.get(export, json!({ "edition": edition })).await, "/editionExport/url");
        let got = async || lab.nobody().http.get(&ticket).send().await.expect("an answer").status().as_u16();
        assert_eq!(got().await, 200);
        lab.app.principals.forget(reads_results.user);
        api::service_accounts::revoke(&lab.app, &lab.app.system(), reads_results.user).await.expect("revoked");
        assert_eq!(got().await, 403, "a ticket ends with the token it was got with");

        // A job reads with its author's eyes later, when no token limits it.
        let start = "mutation($edition: ID!) { monteCarloStart(input: { edition: $edition }) { userErrors { code } } }";
        for program in [&reads_frameworks, &imports] {
            let answer = program.ask(start, json!({ "edition": edition })).await;
            assert!(answer.body.get("errors").is_some(), "{:#}", answer.body);
        }
        let missing = json!({ "id": unknown("job") });
        assert_eq!(imports.code("query($id: ID!) { job(id: $id) { id } }", missing).await, "NOT_FOUND");
    }
}
