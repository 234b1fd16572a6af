//! Who may take figures in and get them out, and what an address of a file is good for.

use api::seed::synthetic_edition;
use chrono::TimeDelta;
use entity::{Publication, Role};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{
    COMMIT, PREVIEW, announced, committed, draft, imported, key, numbers, preview, standing, written,
};
use crate::given::unknown;
use crate::scene::{described, text, with_payload};

const CREATE: &str = "mutation($input: EditionImportCreateInput!) { editionImportCreate(input: $input) { userErrors { field code } } }";
const EXPORT: &str = "query($edition: ID!, $format: FileFormat!, $lang: Lang) {
    editionExport(edition: $edition, format: $format, lang: $lang) { url fileName } }";

async fn export_of(client: &Client, edition: &str) -> String {
    let data = client.get(EXPORT, json!({ "edition": edition, "format": "CSV" })).await;
    text(&data, "/editionExport/url")
}

/// Status of an answer and its error code, if it failed.
async fn told(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(&response.bytes().await.expect("bytes")).unwrap_or_default();
    let code = body.pointer("/errors/0/extensions/code").and_then(Value::as_str);
    (status, code.unwrap_or_default().to_owned())
}

async fn put(client: &Client, url: &str) -> (u16, String) {
    told(client.http.put(url).body("unit,1.1.1\n20,5\n").send().await.expect("an answer")).await
}

async fn get(client: &Client, url: &str) -> (u16, String) {
    told(client.http.get(url).send().await.expect("an answer")).await
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn change(lab: &Lab, user: &Client, input: Value) {
    let admin = lab.sign_in(Role::Admin, None).await;
    let update = "mutation($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) { userErrors { code } } }";
    admin.done(update, json!({ "id": format!("user:{}", user.user), "input": input })).await;
}

both! {
    async fn the_leader_looks_and_the_others_see_nothing(lab) {
        let coordinator = lab.coordinator().await;
        let edition = draft(&coordinator, 2031).await;
        let import = imported(&coordinator, &edition, "a.csv", "unit,1.1.1\n20,5\n").await;
        let input = json!({ "input": { "editionId": edition, "file": { "name": "b.csv" } } });
        let before = written(&lab).await;
        let leader = lab.sign_in(Role::Leader, None).await;
        assert_eq!(numbers(&preview(&leader, &import).await), [1, 1, 1, 1, 0, 0]);
        assert_eq!(leader.code(CREATE, input.clone()).await, "FORBIDDEN");
        assert_eq!(leader.code(COMMIT, json!({ "id": import })).await, "FORBIDDEN");
        let strangers = [
            lab.officer("SKHCN").await,
            lab.sign_in(Role::Integration, None).await,
            lab.sign_in(Role::Admin, None).await,
        ];
        for stranger in &strangers {
            for (document, node) in [(PREVIEW, "editionImportPreview"), (COMMIT, "editionImportCommit")] {
                let hidden = stranger.ask(document, json!({ "id": import })).await;
                let nothing = stranger.ask(document, json!({ "id": unknown("edition_import") })).await;
                assert_eq!(text(&hidden.body, "/errors/0/extensions/code"), "NOT_FOUND", "{node}");
                for pointer in ["/data", "/errors/0/message", "/errors/0/path", "/errors/0/extensions/field"] {
                    assert_eq!(hidden.body.pointer(pointer), nothing.body.pointer(pointer), "{node}");
                }
            }
            assert_eq!(stranger.code(CREATE, input.clone()).await, "FORBIDDEN");
            let node = "query($id: ID!) { node(id: $id) { id } }";
            assert_eq!(stranger.get(node, json!({ "id": import })).await, json!({ "node": null }));
        }
        let nobody = lab.nobody();
        for (document, variables) in [
            (PREVIEW, json!({ "id": import })), (COMMIT, json!({ "id": import })), (CREATE, input),
            (EXPORT, json!({ "edition": edition, "format": "CSV" })),
        ] {
            assert_eq!(nobody.code(document, variables).await, "UNAUTHENTICATED");
        }
        assert_eq!(written(&lab).await, before);
        // Another coordinator may finish what this one began.
        assert_eq!(committed(&lab.coordinator().await, &import).await, 1);
    }

    async fn an_upload_address_is_good_for_what_it_was_signed_for_and_nothing_else(lab) {
        let (coordinator, other) = (lab.coordinator().await, lab.coordinator().await);
        let edition = draft(&coordinator, 2031).await;
        let (import, up) = announced(&coordinator, &edition, "a.csv").await;
        let (strange, _) = announced(&other, &edition, "b.csv").await;
        let (proof, proof_up) = described(&coordinator, "Minh chứng", None).await;
        let plain = |id: &str| key(id).to_string();
        let user = coordinator.user.to_string();
        for (what, address) in [
            ("another import", with_payload(&up, |payload| payload.replace(&plain(&import), &plain(&strange)))),
            ("another user", with_payload(&up, |payload| payload.replace(&user, &other.user.to_string()))),
            ("evidence", with_payload(&up, |payload| {
                payload.replace("\"import\"", "\"evidence\"").replace(&plain(&import), &plain(&proof))
            })),
            ("an import", with_payload(&proof_up, |payload| {
                payload.replace("\"evidence\"", "\"import\"").replace(&plain(&proof), &plain(&import))
            })),
            ("another life", with_payload(&up, |payload| payload.replace("\"exp\":1", "\"exp\":9"))),
            ("another name", with_payload(&up, |payload| payload.replace("a.csv", "a.xlsx"))),
            ("an export", export_of(&coordinator, &edition).await),
        ] {
            assert_eq!(put(&coordinator, &address).await, is(403, "INVALID_TICKET"), "{what}");
        }
        assert_eq!(get(&coordinator, &up).await, is(403, "INVALID_TICKET"), "to get");
        let turned = with_payload(&up, |payload| payload.replace("pii-put", "pii-get"));
        assert_eq!(get(&coordinator, &turned).await, is(403, "INVALID_TICKET"), "to get, by its own word");
        let pending = format!("query {{ a: node(id: \"{import}\") {{ ... on EditionImport {{ status }} }}
            b: node(id: \"{strange}\") {{ ... on EditionImport {{ status }} }} }}");
        let statuses = coordinator.get(&pending, json!({})).await;
        assert_eq!(statuses, json!({ "a": { "status": "PENDING" }, "b": { "status": "PENDING" } }));
        // A figures file sent as evidence is evidence of another type, and the import is where it was.
        assert_eq!(put(&coordinator, &proof_up).await, is(415, "FILE_TYPE_MISMATCH"));
        assert_eq!(put(&coordinator, &up).await.0, 200);
    }

    async fn addresses_end_with_what_they_were_given_for(lab) {
        let keeper = lab.coordinator().await;
        let edition = draft(&keeper, 2031).await;
        for (what, upload, download) in [
            ("disabled", is(403, "INVALID_TICKET"), is(403, "INVALID_TICKET")),
            ("signed out", is(403, "INVALID_TICKET"), is(403, "INVALID_TICKET")),
            ("late", is(403, "INVALID_TICKET"), is(403, "INVALID_TICKET")),
            ("a leader", is(403, "FORBIDDEN"), is(200, "")),
            ("an officer", is(404, "NOT_FOUND"), is(404, "NOT_FOUND")),
            ("a program", is(404, "NOT_FOUND"), is(404, "NOT_FOUND")),
        ] {
            let user = lab.coordinator().await;
            let (import, up) = announced(&user, &edition, "a.csv").await;
            let down = export_of(&user, &edition).await;
            assert_eq!(get(&user, &down).await, is(200, ""));
            match what {
                "disabled" => change(&lab, &user, json!({ "disabled": true })).await,
                "signed out" => drop(user.done("mutation { logout { userErrors { code } } }", json!({})).await),
                "late" => lab.clock.advance(TimeDelta::seconds(601)),
                "a leader" => change(&lab, &user, json!({ "role": "LEADER" })).await,
                "an officer" => change(&lab, &user, json!({ "role": "OFFICER" })).await,
                _ => change(&lab, &user, json!({ "role": "INTEGRATION" })).await,
            }
            assert_eq!(put(&user, &up).await, upload, "{what}");
            assert_eq!(get(&user, &down).await, download, "{what}");
            let head = user.http.head(&down).send().await.expect("an answer");
            assert_eq!(head.status().as_u16(), download.0, "{what}");
            let keeper = lab.coordinator().await;
            let query = "query($id: ID!) { node(id: $id) { ... on EditionImport { status size } } }";
            let found = keeper.get(query, json!({ "id": import })).await;
            assert_eq!(found["node"], json!({ "status": "PENDING", "size": null }), "{what}");
        }
        assert!(standing(&lab, &edition).await.is_empty());
    }

    async fn a_draft_is_exported_for_coordinator_and_leader_only_and_says_what_it_is(lab) {
        let coordinator = lab.coordinator().await;
        let leader = lab.sign_in(Role::Leader, None).await;
        let strangers = [
            lab.officer("SKHCN").await,
            lab.sign_in(Role::Integration, None).await,
            lab.sign_in(Role::Admin, None).await,
        ];
        let framework = coordinator.get("{ framework { id } }", json!({})).await;
        let framework = key(&text(&framework, "/framework/id"));
        let tx = lab.app.system().begin().await.expect("a transaction");
        let draft = synthetic_edition(&tx, 2031, framework, Publication::Draft).await.expect("an edition");
        let open = synthetic_edition(&tx, 2030, framework, Publication::Published).await.expect("an edition");
        tx.commit().await.expect("committed");
        let (draft, open) = (format!("edition:{}", draft.id), format!("edition:{}", open.id));
        for stranger in &strangers {
            let hidden = stranger.ask(EXPORT, json!({ "edition": draft, "format": "CSV" })).await;
            let nothing = stranger.ask(EXPORT, json!({ "edition": unknown("edition"), "format": "CSV" })).await;
            assert_eq!(text(&hidden.body, "/errors/0/extensions/code"), "NOT_FOUND");
            assert_eq!(hidden.body["errors"][0]["message"], nothing.body["errors"][0]["message"]);
            assert_eq!(get(stranger, &export_of(stranger, &open).await).await, is(200, ""));
        }
        let signs = [("BẢN NHÁP", "DRAFT"), ("SỐ LIỆU GIẢ LẬP", "SYNTHETIC")];
        for (edition, name, shown) in [
            (&draft, "pii-2031-r1-draft-synthetic", [true, true]),
            (&open, "pii-2030-r1-synthetic", [false, true]),
            (&real(&coordinator).await, "pii-2025-r1", [false, false]),
        ] {
            for (format, ending) in [("XLSX", "xlsx"), ("CSV", "csv"), ("JSON", "json")] {
                for (lang, of) in [("VI", 0), ("EN", 1)] {
                    let ask = json!({ "edition": edition, "format": format, "lang": lang });
                    let data = leader.get(EXPORT, ask).await;
                    assert_eq!(data["editionExport"]["fileName"], format!("{name}.{ending}"));
                    let url = text(&data, "/editionExport/url");
                    let bytes = leader.http.get(url).send().await.expect("an answer").bytes().await.expect("bytes");
                    let said = super::super::unpacked(&bytes);
                    for ((vi, en), shown) in signs.iter().zip(shown) {
                        let sign = if of == 0 { vi } else { en };
                        assert_eq!(said.contains(sign), shown, "{name} {format} {lang} {sign}");
                    }
                }
            }
        }
    }
}

/// The seeded edition of 2025.
async fn real(client: &Client) -> String {
    text(&client.get("{ edition(year: 2025) { id } }", json!({})).await, "/edition/id")
}
