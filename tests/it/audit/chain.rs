//! The chain of hashes: whole after whatever the product does, broken where anybody else changed it.

use api::store::{Fault, Trail};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection};
use tests::{Lab, both};

use super::last;
use crate::given::database;
use crate::scene::{Cast, act, draft, evidence, task};

async fn verify(lab: &Lab) -> Trail {
    lab.app.db.verify_trail(None).await.expect("the chain is read")
}

/// As many entries as the last one's number says.
async fn assert_unbroken(lab: &Lab) {
    match verify(lab).await {
        Trail::Unbroken { entries, last: (number, _) } => {
            assert_eq!((entries, number), (u64::try_from(number).expect("a count"), last(lab).await));
        }
        broken => panic!("{broken}"),
    }
}

/// Takes the triggers away, as whoever tampers with the log must.
async fn disarm(behind: &DatabaseConnection) {
    let sql = match behind.get_database_backend() {
        DatabaseBackend::Sqlite => {
            "DROP TRIGGER audit_log_not_updated; DROP TRIGGER audit_log_not_deleted; DROP TRIGGER audit_log_not_replaced"
        }
        _ => "DROP TRIGGER audit_log_stays ON audit_log",
    };
    behind.execute_unprepared(sql).await.expect("dropped");
}

both! {
    async fn unbroken_after_all_kinds_of_work(lab) {
        assert_unbroken(&lab).await;
        let cast = Cast::of(&lab).await;
        let id = task(&lab, &cast.coordinator, "A", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
        let report = draft(&cast.finance, &id, "2026-H1").await;
        let proof = evidence(&cast.finance, "Bằng chứng", Some(&report)).await;
        act(&cast.finance, "reportSubmit", &report).await;
        act(&cast.coordinator, "evidenceAccept", &proof).await;
        act(&cast.coordinator, "reportAccept", &report).await;
        api::seed::demo(&lab.app).await.expect("figures of two editions are written");
        assert_unbroken(&lab).await;
        let end = last(&lab).await;
        let part = lab.app.db.verify_trail(Some(end - 2)).await.expect("read");
        assert!(matches!(&part, Trail::Unbroken { entries: 2, .. }), "{part}");
        assert!(part.to_string().starts_with("2 entries, unbroken"), "{part}");
        let cut = lab.app.db.verify_trail(Some(end + 1)).await.expect("read");
        assert_eq!(cut, Trail::Broken(end + 1, Fault::Missing));
    }

    async fn unbroken_when_many_commit_at_once(lab) {
        let coordinator = lab.coordinator().await;
        let before = last(&lab).await;
        let codes: Vec<String> = (0..24).map(|number| format!("N{number}")).collect();
        join_all(codes.iter().map(|code| task(&lab, &coordinator, code, &[("STC", "LEAD")]))).await;
        assert_eq!(last(&lab).await, before + 48);
        assert_unbroken(&lab).await;
    }

    async fn two_open_transactions_commit_in_either_order(lab) {
        // SQLite has one writer: the second would wait for the first to end.
        if lab.app.db.is_embedded() {
            return;
        }
        let (one, other) = (lab.app.system().begin().await.expect("one"), lab.app.system().begin().await.expect("other"));
        let user = lab.user(entity::Role::Leader, None, None).await.0;
        for tx in [&one, &other] {
            tx.note_event::<entity::user::Entity>(entity::AuditAction::SignIn, Some(user), None);
        }
        let (first, second) = tokio::join!(other.commit(), one.commit());
        first.expect("committed");
        second.expect("committed");
        assert_unbroken(&lab).await;
    }

    async fn the_database_refuses_to_change_entries(lab) {
        let behind = database(&lab).await;
        let mut attempts = vec![
            "UPDATE audit_log SET table_name = 'x' WHERE number = 1",
            "DELETE FROM audit_log WHERE number = 1",
            "DELETE FROM audit_log",
        ];
        attempts.push(match behind.get_database_backend() {
            DatabaseBackend::Sqlite => "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE number = 1",
            _ => "TRUNCATE audit_log",
        });
        for sql in attempts {
            let refused = behind.execute_unprepared(sql).await.expect_err(sql).to_string();
            assert!(refused.contains("stay as they are"), "{sql}: {refused}");
        }
        assert_unbroken(&lab).await;
    }

    async fn whatever_is_tampered_with_is_found(lab) {
        let behind = database(&lab).await;
        disarm(&behind).await;
        let end = last(&lab).await;
        let id = if lab.app.db.is_embedded() { "randomblob(16)" } else { "gen_random_uuid()" };
        let forged = format!(
            "INSERT INTO audit_log SELECT {id}, number + 1, at, user_id, role, organization_id, action, table_name, row_id, \"before\", \"after\", request_id, hash, hash FROM audit_log ORDER BY number DESC LIMIT 1"
        );
        let swap = "UPDATE audit_log SET number = 1000000 WHERE number = 30;
            UPDATE audit_log SET number = 30 WHERE number = 31; UPDATE audit_log SET number = 31 WHERE number = 1000000";
        // Each fault stands before the one made earlier: the first is what is told.
        for (sql, number, fault) in [
            (forged.as_str(), end + 1, Fault::Changed),
            ("DELETE FROM audit_log WHERE number = 40", 40, Fault::Missing),
            (swap, 30, Fault::OutOfOrder),
            ("UPDATE audit_log SET \"after\" = NULL WHERE number = 20", 20, Fault::Changed),
            ("UPDATE audit_log SET role = 'admin' WHERE number = 19", 19, Fault::Changed),
            ("UPDATE audit_log SET hash = previous_hash WHERE number = 18", 18, Fault::Changed),
            ("UPDATE audit_log SET action = 'praise' WHERE number = 17", 17, Fault::Changed),
            ("DELETE FROM audit_log WHERE number = 1", 1, Fault::Missing),
        ] {
            behind.execute_unprepared(sql).await.expect(sql);
            assert_eq!(verify(&lab).await, Trail::Broken(number, fault), "{sql}");
        }
        let later = lab.app.db.verify_trail(Some(41)).await.expect("read");
        assert_eq!(later, Trail::Broken(end + 1, Fault::Changed));
        assert_eq!(later.to_string(), format!("entry {} was changed", end + 1));
    }
}
