//! Dossiers: what is frozen, that it stays, what differs later, who reads it.

use entity::{Role, dossier_piece};
use migration::MigratorTrait;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Client, both};
use uuid::Uuid;

use crate::coverage::outcome;
use crate::given::database;
use crate::scene::{act, draft, draft_saying, evidence, list, task, text};
use crate::supply;

pub const FREEZE: &str = "mutation($input: DossierFreezeInput!) { dossierFreeze(input: $input) {
    dossier { id revision reason hash } userErrors { field code } } }";
const OPEN: &str = "mutation($input: AdHocPeriodInput!) {
    periodOpenAdHoc(input: $input) { period { id } userErrors { field code } } }";
const SEEN: &str = "query($id: ID!) { dossier(id: $id) { revision hash missingCount
    progress { assignments reported done inProgress late notBegun unreported }
    organizations(first: 100) { code progress { assignments reported done late } }
    pillars { code progress { assignments } } standing { year rank score unitCount pillars { code score mean best } history { year rank comparable } }
    missing(first: 100) { kind organization subject } } }";
const CHANGES: &str = "query($id: ID!, $to: ID) { dossier(id: $id) { comparison(to: $to, first: 100) {
    total changes { path before after } } } }";

/// A period of this code that was asked for and is locked.
pub async fn locked_period(coordinator: &Client, code: &str) -> String {
    let id = period(coordinator, code).await;
    act(coordinator, "periodLock", &id).await;
    id
}

pub async fn period(coordinator: &Client, code: &str) -> String {
    let input = json!({
        "code": code, "titleVi": "Đột xuất", "titleEn": "Ad hoc", "reason": "UBND tỉnh yêu cầu",
        "startsOn": "2026-01-01", "dueOn": "2026-03-20",
    });
    text(&coordinator.done(OPEN, json!({ "input": input })).await, "/period/id")
}

async fn freeze(coordinator: &Client, input: Value) -> Value {
    coordinator.done(FREEZE, json!({ "input": input })).await["dossier"].clone()
}

/// The bytes of a file that is made of a dossier.
pub async fn file(client: &Client, dossier: &str, kind: &str) -> Vec<u8> {
    let query =
        "query($id: ID!, $kind: DossierFile!) { dossier(id: $id) { file(kind: $kind) { url fileName } } }";
    let data = client.get(query, json!({ "id": dossier, "kind": kind })).await;
    let url = text(&data, "/dossier/file/url");
    let response = client.http.get(url).send().await.expect("the server answers");
    assert_eq!(response.status(), 200);
    response.bytes().await.expect("a body").to_vec()
}

async fn content(client: &Client, dossier: &str) -> Value {
    serde_json::from_slice(&file(client, dossier, "CONTENT").await).expect("JSON")
}

both! {
    async fn what_was_accepted_is_frozen_with_its_evidence_and_what_is_missing(lab) {
        let (coordinator, stc, snv) = (lab.coordinator().await, lab.officer("STC").await, lab.officer("SNV").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let period = period(&coordinator, "DX-1").await;
        let (of_stc, of_snv) = (draft(&stc, &made, "DX-1").await, draft(&snv, &made, "DX-1").await);
        let proof = evidence(&stc, "Quyết định", Some(&of_stc)).await;
        act(&stc, "reportSubmit", &of_stc).await;
        act(&snv, "reportSubmit", &of_snv).await;
        act(&coordinator, "reportAccept", &of_stc).await;
        let open = coordinator.ask(FREEZE, json!({ "input": { "periodId": period } })).await;
        assert_eq!(outcome(&open), "(INVALID_STATE)", "it may still change");
        act(&coordinator, "periodLock", &period).await;
        let first = freeze(&coordinator, json!({ "periodId": period })).await;
        assert_eq!((&first["revision"], &first["reason"]), (&json!(1), &Value::Null));
        let id = text(&first, "/id");

        let seen = coordinator.get(SEEN, json!({ "id": id })).await["dossier"].clone();
        assert_eq!(seen["progress"], json!({ "assignments": 2, "reported": 1, "done": 0, "inProgress": 1, "late": 0, "notBegun": 0, "unreported": 1 }));
        assert_eq!(seen["missing"], json!([{ "kind": "REPORT", "organization": "SNV", "subject": "T-1" }]));
        let organizations: Vec<_> = list(&seen, "/organizations").iter().map(|row| row["code"].as_str()).collect();
        assert_eq!(organizations, [Some("SNV"), Some("STC")]);
        assert_eq!((&seen["standing"]["year"], &seen["standing"]["rank"]), (&json!(2025), &json!(29)));
        assert_eq!(list(&seen, "/standing/pillars").len(), 7);

        let bytes = file(&coordinator, &id, "CONTENT").await;
        assert_eq!(api::files::sha256_hex(&bytes), text(&first, "/hash"));
        let content: Value = serde_json::from_slice(&bytes).expect("JSON");
        let report = &content["tasks"][0]["assignments"][0]["report"];
        assert_eq!((&report["percent"], &report["version"], &report["id"]), (&json!(40), &json!(1), &json!(of_stc)));
        assert_eq!(report["evidence"][0]["id"], json!(proof));
        assert_eq!(report["evidence"][0]["sha256"].as_str().map(str::len), Some(64));
        assert_eq!(content["tasks"][0]["assignments"][1]["report"], Value::Null, "it was not accepted");
        let whole = coordinator.get("query($id: ID!) { dossier(id: $id) { frozenContent } }", json!({ "id": id })).await;
        assert_eq!(whole["dossier"]["frozenContent"], content);
    }

    async fn a_dossier_stays_and_a_later_state_is_compared_with_it(lab) {
        let (coordinator, stc) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        let period = period(&coordinator, "DX-1").await;
        let report = draft(&stc, &made, "DX-1").await;
        act(&stc, "reportSubmit", &report).await;
        act(&coordinator, "periodLock", &period).await;
        let first = freeze(&coordinator, json!({ "periodId": period })).await;
        let again = freeze(&coordinator, json!({ "periodId": period })).await;
        assert_eq!(again, first, "nothing has changed");
        let bytes = file(&coordinator, &text(&first, "/id"), "CONTENT").await;

        act(&coordinator, "reportAccept", &report).await;
        let now = coordinator.get(CHANGES, json!({ "id": first["id"] })).await;
        let paths: Vec<_> = list(&now, "/dossier/comparison/changes").iter().map(|row| text(row, "/path")).collect();
        assert!(paths.contains(&"tasks[T-1].assignments[STC].report".to_owned()), "{paths:?}");
        assert!(paths.contains(&"missing[report STC T-1]".to_owned()), "{paths:?}");
        let unexplained = coordinator.ask(FREEZE, json!({ "input": { "periodId": period } })).await;
        assert_eq!(outcome(&unexplained), "(REQUIRED)");
        let second = freeze(&coordinator, json!({ "periodId": period, "reason": "Bổ sung STC" })).await;
        assert_eq!((&second["revision"], &second["reason"]), (&json!(2), &json!("Bổ sung STC")));
        let between = coordinator.get(CHANGES, json!({ "id": first["id"], "to": second["id"] })).await;
        assert_eq!(between["dossier"]["comparison"], now["dossier"]["comparison"]);
        let none = coordinator.get(CHANGES, json!({ "id": second["id"] })).await;
        assert_eq!(none["dossier"]["comparison"]["total"], 0);
        assert_eq!(file(&coordinator, &text(&first, "/id"), "CONTENT").await, bytes);

        let database = database(&lab).await;
        for change in ["UPDATE dossier SET hash = 'x'", "UPDATE dossier_piece SET content = '{}'", "DELETE FROM dossier_piece"] {
            let refused = database.execute_unprepared(change).await.expect_err(change);
            assert!(refused.to_string().contains("what was frozen stays as it is"), "{refused}");
        }
    }

    async fn a_long_content_is_kept_and_handed_on_in_pieces(lab) {
        let (coordinator, stc) = (lab.coordinator().await, lab.officer("STC").await);
        let period = period(&coordinator, "DX-1").await;
        for number in 0..20 {
            let made = task(&lab, &coordinator, &format!("T-{number}"), &[("STC", "LEAD")]).await;
            let report = draft_saying(&stc, &made, "DX-1", &"ệ".repeat(20_000)).await;
            act(&stc, "reportSubmit", &report).await;
            act(&coordinator, "reportAccept", &report).await;
        }
        act(&coordinator, "periodLock", &period).await;
        let made = freeze(&coordinator, json!({ "periodId": period })).await;
        let (id, hash) = (text(&made, "/id"), text(&made, "/hash"));
        let bytes = file(&coordinator, &id, "CONTENT").await;
        assert!(bytes.len() > 1 << 20 && api::files::sha256_hex(&bytes) == hash, "{} bytes", bytes.len());
        let whole = "query($id: ID!) { dossier(id: $id) { hash frozenContent progress { reported } } }";
        let whole = coordinator.ask(whole, json!({ "id": id })).await;
        assert_eq!(outcome(&whole), "TOO_LONG");
        let rest = json!({ "hash": hash, "frozenContent": null, "progress": { "reported": 20 } });
        assert_eq!(whole.body["data"]["dossier"], rest);

        let database = database(&lab).await;
        let dossier_id = Uuid::parse_str(id.trim_start_matches("dossier:")).expect("a key");
        let pieces = dossier_piece::Entity::find().filter(dossier_piece::Column::DossierId.eq(dossier_id));
        let pieces = pieces.all(&database).await.expect("pieces").len();
        assert!(pieces > 8, "more than are read at once, twice: {pieces}");
        let changes = migration::Migrator::migrations();
        let since = changes.iter().position(|change| change.name() == "m0024_dossier_pieces").expect("the change");
        let steps = u32::try_from(changes.len() - since).expect("a few");
        lab.app.db.migrate_down(Some(steps)).await.expect("pieces are joined");
        lab.app.db.migrate().await.expect("one piece");
        assert_eq!(file(&coordinator, &id, "CONTENT").await, bytes);

        // Blanks behind it mean nothing, but they were not frozen.
        let piece = dossier_piece::ActiveModel {
            id: Set(Uuid::from_u128(1)),
            dossier_id: Set(dossier_id),
            place: Set(1),
            content: Set(" ".into()),
            created_at: Set(Default::default()),
            updated_at: Set(Default::default()),
        };
        piece.insert(&database).await.expect("a piece");
        let query = "query($id: ID!) { dossier(id: $id) { file(kind: CONTENT) { url } } }";
        let url = text(&coordinator.get(query, json!({ "id": id })).await, "/dossier/file/url");
        assert_eq!(coordinator.http.get(url).send().await.expect("an answer").status(), 500);
    }

    async fn the_letter_is_entered_later_and_changes_nothing_frozen(lab) {
        let coordinator = lab.coordinator().await;
        let period = locked_period(&coordinator, "DX-1").await;
        let consolidate = "mutation($id: ID!) { reportConsolidate(periodId: $id) { dossier { id hash revision } userErrors { code } } }";
        let made = coordinator.done(consolidate, json!({ "id": period })).await["dossier"].clone();
        let update = "mutation($id: ID!, $input: DossierUpdateInput!) { dossierUpdate(id: $id, input: $input, expectedVersion: 1) {
            dossier { hash letterNumber letterOn signerName rowVersion } userErrors { field code } } }";
        let input = json!({ "letterNumber": "12/BC-SKHCN", "letterOn": "2026-03-19", "signerTitle": "GIÁM ĐỐC" });
        let variables = json!({ "id": made["id"], "input": input });
        let changed = coordinator.done(update, variables.clone()).await["dossier"].clone();
        assert_eq!((&changed["hash"], &changed["letterNumber"], &changed["signerName"]), (&made["hash"], &json!("12/BC-SKHCN"), &Value::Null));
        assert_eq!(outcome(&coordinator.ask(update, variables).await), "(CONFLICT)");
        let again = coordinator.done(consolidate, json!({ "id": period })).await["dossier"].clone();
        assert_eq!(again, made);
        let both = json!({ "input": { "periodId": period, "editionId": "edition:01990000-0000-7000-8000-000000000000" } });
        assert_eq!(outcome(&coordinator.ask(FREEZE, both).await), "(EXCLUSIVE)");
        assert_eq!(outcome(&coordinator.ask(FREEZE, json!({ "input": {} })).await), "(REQUIRED)");
    }

    async fn an_edition_is_frozen_with_where_its_figures_come_from(lab) {
        let coordinator = lab.coordinator().await;
        let edition = coordinator.get("{ edition { id } }", json!({})).await;
        let made = freeze(&coordinator, json!({ "editionId": text(&edition, "/edition/id") })).await;
        let content = content(&coordinator, &text(&made, "/id")).await;
        assert_eq!((&content["edition"]["year"], &content["period"]), (&json!(2025), &Value::Null));
        let (values, missing) = (list(&content, "/values"), list(&content, "/missing"));
        assert_eq!(values.len() + missing.len(), 52, "every indicator has a value or lacks one");
        assert!(missing.iter().all(|row| row["kind"] == "value" && row["organization"].is_null()));
    }

    async fn the_file_behind_what_was_accepted_or_frozen_stays(lab) {
        let (coordinator, stc) = (lab.coordinator().await, lab.officer("STC").await);
        let made = task(&lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
        let report = draft(&stc, &made, "DX-1").await;
        let proof = evidence(&stc, "Quyết định", Some(&report)).await;
        act(&stc, "reportSubmit", &report).await;
        let reject = "mutation($id: ID!) { evidenceReject(id: $id, reason: \"Mờ\") { userErrors { code } } }";
        let replace = "mutation($id: ID!) { evidenceUploadTicket(id: $id, file: { name: \"b.pdf\" }) { userErrors { code } } }";
        act(&coordinator, "reportAccept", &report).await;
        assert_eq!(outcome(&coordinator.ask(reject, json!({ "id": proof })).await), "(INVALID_STATE)");
        assert_eq!(outcome(&stc.ask(replace, json!({ "id": proof })).await), "(INVALID_STATE)");

        let second = task(&lab, &coordinator, "T-2", &[("STC", "LEAD")]).await;
        let second = draft(&stc, &second, "DX-1").await;
        let proof = evidence(&stc, "Biên bản", Some(&second)).await;
        act(&stc, "reportSubmit", &second).await;
        coordinator.done(reject, json!({ "id": proof })).await;
        assert_eq!(outcome(&stc.ask(replace, json!({ "id": proof })).await), "(INVALID_STATE)", "it is being decided on");
        crate::scene::send_back(&coordinator, &second).await;
        assert_eq!(outcome(&stc.ask(replace, json!({ "id": proof })).await), "ok");

        // A figure may be sent back after it was accepted; what a dossier names of it stays all the same.
        let indicator = supply::supplied_by_finance(&lab, &coordinator, "1.1.1").await;
        let edition = supply::edition(&coordinator, 2031, false).await;
        let figure = supply::submitted(&stc, &edition, &indicator, 58.5).await;
        let proofs = "query($id: ID!) { dataSubmission(id: $id) { evidence { id } } }";
        let proof = text(&stc.get(proofs, json!({ "id": figure })).await, "/dataSubmission/evidence/0/id");
        act(&coordinator, "dataSubmissionAccept", &figure).await;
        freeze(&coordinator, json!({ "editionId": edition })).await;
        let back = "mutation($id: ID!) { dataSubmissionReturn(id: $id, reason: \"Thiếu\") { userErrors { code } } }";
        coordinator.done(back, json!({ "id": figure })).await;
        assert_eq!(outcome(&stc.ask(replace, json!({ "id": proof })).await), "(INVALID_STATE)", "a dossier names it");
    }

    async fn only_coordinator_and_leader_read_dossiers(lab) {
        let coordinator = lab.coordinator().await;
        let period = locked_period(&coordinator, "DX-1").await;
        let id = text(&freeze(&coordinator, json!({ "periodId": period })).await, "/id");
        let leader = lab.sign_in(Role::Leader, None).await;
        assert_eq!(outcome(&leader.ask(SEEN, json!({ "id": id })).await), "ok");
        file(&leader, &id, "CONTENT").await;
        let refused = leader.ask(FREEZE, json!({ "input": { "periodId": period } })).await;
        assert_eq!(outcome(&refused), "FORBIDDEN");
        for client in [lab.officer("STC").await, lab.sign_in(Role::Integration, None).await, lab.sign_in(Role::Admin, None).await] {
            assert_eq!(outcome(&client.ask(SEEN, json!({ "id": id })).await), "NOT_FOUND");
            let refused = client.ask(FREEZE, json!({ "input": { "periodId": period } })).await;
            assert_eq!(outcome(&refused), "FORBIDDEN");
            let all = client.get("{ dossiers { totalCount } }", json!({})).await;
            assert_eq!(all["dossiers"]["totalCount"], 0);
        }
    }

    async fn freezing_costs_the_same_whatever_there_is(lab) {
        let coordinator = lab.coordinator().await;
        let mut costs = Vec::new();
        for round in 1..=2 {
            for number in 0..round * 5 {
                task(&lab, &coordinator, &format!("T-{round}-{number}"), &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
            }
            let period = locked_period(&coordinator, &format!("DX-{round}")).await;
            lab.listen();
            freeze(&coordinator, json!({ "periodId": period })).await;
            costs.push(lab.heard().len());
        }
        assert_eq!(costs[0], costs[1]);
    }
}
