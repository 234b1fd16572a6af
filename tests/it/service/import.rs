//! A program that was given `results:import` brings figures into a draft, and no further.

use entity::Scope;
use serde_json::{Value, json};
use tests::both;

use super::program;
use crate::figures::{announced, imported};
use crate::scene::{Cast, list, text};

const PREVIEW: &str =
    "query($id: ID!) { editionImportPreview(id: $id) { figuresRead changedCount errorCount unmatchedCount
    changes { before after unit { code } node { code } } } }";
const COMMIT: &str = "mutation($id: ID!) { editionImportCommit(id: $id) {
    editionImport { status changed edition { id status } } userErrors { field code } } }";

/// Somebody's draft of a long gone year, and its global id.
async fn draft(cast: &Cast, year: i32) -> String {
    let framework = text(&cast.coordinator.get("{ framework { id } }", json!({})).await, "/framework/id");
    let create = "mutation($input: EditionCreateInput!) { editionCreate(input: $input) { edition { id } userErrors { code } } }";
    let input = json!({ "year": year, "frameworkId": framework, "synthetic": true });
    text(&cast.coordinator.done(create, json!({ "input": input })).await, "/edition/id")
}

/// A file that says one value for every unit.
async fn file(cast: &Cast) -> String {
    let query = "{ units(first: 100, filter: { existsOn: \"1990-12-31\" }) { nodes { code } } }";
    let units = cast.coordinator.get(query, json!({})).await;
    let rows = list(&units, "/units/nodes").iter().map(|unit| format!("{},7\n", text(unit, "/code")));
    format!("mã,1.1.1\n{}", rows.collect::<String>())
}

both! {
    async fn a_program_fills_a_draft_and_the_coordinator_publishes(lab) {
        let cast = Cast::of(&lab).await;
        let (edition, file) = (draft(&cast, 1990).await, file(&cast).await);
        let imports = program(&lab, &[Scope::ResultsImport]).await;
        let drafts = imports.get("{ editions { nodes { id status } } }", json!({})).await;
        assert_eq!(drafts["editions"]["nodes"], json!([{ "id": edition, "status": "DRAFT" }]), "drafts alone");
        let import = imported(&imports, &edition, "values.csv", &file).await;
        let preview = imports.get(PREVIEW, json!({ "id": import })).await["editionImportPreview"].take();
        let rows = file.lines().count() - 1;
        assert_eq!((&preview["changedCount"], &preview["errorCount"]), (&json!(rows), &json!(0)));
        assert_eq!(preview["changes"][0]["node"]["code"], "1.1.1");
        let done = imports.done(COMMIT, json!({ "id": import })).await;
        assert_eq!((&done["editionImport"]["status"], &done["editionImport"]["changed"]), (&json!("COMMITTED"), &json!(rows)));
        // Again, with another file: what stands there is replaced, statistics and all.
        let import = imported(&imports, &edition, "values.csv", file.replace(",7", ",8")).await;
        let preview = imports.get(PREVIEW, json!({ "id": import })).await["editionImportPreview"].take();
        assert_eq!((&preview["changes"][0]["before"], &preview["changes"][0]["after"]), (&json!(7.0), &json!(8.0)));
        imports.done(COMMIT, json!({ "id": import })).await;

        let id = json!({ "id": edition });
        for field in ["editionPublish", "editionCompute", "editionDelete"] {
            let document = format!("mutation($id: ID!) {{ {field}(id: $id) {{ userErrors {{ code }} }} }}");
            assert_eq!(imports.code(&document, id.clone()).await, "FORBIDDEN", "{field}");
        }
        let update = "mutation($id: ID!) { editionUpdate(id: $id, input: { note: \"x\" }) { userErrors { code } } }";
        assert_eq!(imports.code(update, id.clone()).await, "FORBIDDEN");
        let compute = "mutation($id: ID!) { editionPublish(id: $id) { edition { status } userErrors { code message } } }";
        cast.coordinator.done(compute, id.clone()).await;
        assert_eq!(imports.get("query($id: ID!) { node(id: $id) { id } }", id).await["node"], Value::Null, "published");
        let late = "mutation($input: EditionImportCreateInput!) { editionImportCreate(input: $input) { userErrors { code } } }";
        let input = json!({ "editionId": edition, "figure": "VALUE", "file": { "name": "values.csv" } });
        let answer = imports.ask(late, json!({ "input": input })).await;
        assert_eq!(answer.body["data"]["editionImportCreate"]["userErrors"][0]["code"], "NOT_FOUND");
    }

    async fn other_scopes_and_other_programs_do_not(lab) {
        let cast = Cast::of(&lab).await;
        let (edition, file) = (draft(&cast, 1990).await, file(&cast).await);
        let imports = program(&lab, &[Scope::ResultsImport]).await;
        let other = program(&lab, &[Scope::ResultsImport]).await;
        let reads = program(&lab, &[Scope::ResultsRead, Scope::FrameworkRead]).await;
        let import = imported(&imports, &edition, "values.csv", &file).await;
        let of_coordinator = imported(&cast.coordinator, &edition, "values.csv", &file).await;
        for program in [&other, &reads] {
            assert_eq!(program.code(PREVIEW, json!({ "id": import })).await, "NOT_FOUND");
            assert_eq!(program.code(COMMIT, json!({ "id": import })).await, "NOT_FOUND");
        }
        assert_eq!(imports.code(PREVIEW, json!({ "id": of_coordinator })).await, "NOT_FOUND");
        assert_eq!(reads.get("query($id: ID!) { node(id: $id) { id } }", json!({ "id": edition })).await["node"], Value::Null);
        // The address to upload to ends with the account.
        let (_, url) = announced(&imports, &edition, "values.csv").await;
        api::service_accounts::revoke(&lab.app, &lab.app.system(), imports.user).await.expect("revoked");
        let answer = lab.nobody().http.put(url).body(file).send().await.expect("an answer");
        assert_eq!(answer.status(), 403);
        assert_eq!(cast.integration.get("{ editions { nodes { status } } }", json!({})).await.to_string().matches("DRAFT").count(), 0);
    }
}
