//! The schema goes down and up again, and the entities say what the tables are.

use std::collections::{BTreeMap, BTreeSet};

use api::store::Read;
use entity::*;
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseBackend, DatabaseConnection, EntityTrait, IdenStatic,
    Iterable, Set, Statement,
};
use serde_json::json;
use tests::both;
use uuid::Uuid;

use crate::given::{column, database, written};

/// What a table or an entity says of a column.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    class: &'static str,
    nullable: bool,
}

type Columns = BTreeMap<String, Column>;

fn of_entity<E: EntityTrait>() -> (String, Columns) {
    let columns = E::Column::iter().map(|column| {
        let definition = column.def();
        let class = match definition.get_column_type() {
            ColumnType::Uuid => "uuid",
            ColumnType::String(_) | ColumnType::Text | ColumnType::Enum { .. } => "text",
            ColumnType::TimestampWithTimeZone => "time",
            ColumnType::Date => "date",
            ColumnType::Json | ColumnType::JsonBinary => "json",
            ColumnType::Integer => "int",
            ColumnType::BigInteger => "long",
            ColumnType::Double => "real",
            ColumnType::Boolean => "bool",
            other => panic!("a column of a type that no table has: {other:?}"),
        };
        (column.as_str().to_owned(), Column { class, nullable: definition.is_null() })
    });
    (E::default().table_name().to_owned(), columns.collect())
}

/// The type class of a column as the database names its type.
fn class_of(name: &str) -> &'static str {
    match name {
        "uuid" | "uuid_text" => "uuid",
        "text" => "text",
        "timestamp with time zone" | "timestamp_with_timezone_text" => "time",
        "date" | "date_text" => "date",
        "jsonb" | "jsonb_text" => "json",
        "integer" => "int",
        "bigint" => "long",
        "double precision" | "double" => "real",
        "boolean" => "bool",
        other => panic!("a column of a type that no entity has: {other}"),
    }
}

async fn of_table(database: &DatabaseConnection, table: &str) -> Columns {
    let sql = match database.get_database_backend() {
        DatabaseBackend::Sqlite => format!(
            "SELECT name, lower(type) AS type, CASE WHEN \"notnull\" = 0 THEN 'YES' ELSE 'NO' END AS nullable
             FROM pragma_table_info('{table}')"
        ),
        _ => format!(
            "SELECT column_name AS name, data_type AS type, is_nullable AS nullable
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
        ),
    };
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.expect("read");
    let text = |row: &sea_orm::QueryResult, name: &str| row.try_get::<String>("", name).expect("a text");
    let columns = rows.iter().map(|row| {
        let column = Column { class: class_of(&text(row, "type")), nullable: text(row, "nullable") == "YES" };
        (text(row, "name"), column)
    });
    columns.collect()
}

/// Names of all tables and views but those of the databases themselves and of the migrator.
async fn relations(database: &DatabaseConnection) -> BTreeSet<String> {
    let sql = match database.get_database_backend() {
        DatabaseBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        }
        _ => "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'",
    };
    column(database, sql).await.into_iter().filter(|name| name != "seaql_migrations").collect()
}

both! {
    async fn entities_and_tables_agree(lab) {
        let database = database(&lab).await;
        let entities = [
            of_entity::<assignment::Entity>(),
            of_entity::<audit_log::Entity>(),
            of_entity::<computation::Entity>(),
            of_entity::<computed_score::Entity>(),
            of_entity::<denominator::Entity>(),
            of_entity::<denominator_value::Entity>(),
            of_entity::<edition::Entity>(),
            of_entity::<edition_import::Entity>(),
            of_entity::<evidence::Entity>(),
            of_entity::<evidence_link::Entity>(),
            of_entity::<framework::Entity>(),
            of_entity::<indicator::Entity>(),
            of_entity::<job::Entity>(),
            of_entity::<login_attempt::Entity>(),
            of_entity::<node::Entity>(),
            of_entity::<organization::Entity>(),
            of_entity::<person::Entity>(),
            of_entity::<plan::Entity>(),
            of_entity::<plan_focus::Entity>(),
            of_entity::<progress_report::Entity>(),
            of_entity::<reporting_period::Entity>(),
            of_entity::<report_slot::Entity>(),
            of_entity::<lock_exception::Entity>(),
            of_entity::<report_version::Entity>(),
            of_entity::<data_collection::Entity>(),
            of_entity::<data_submission::Entity>(),
            of_entity::<data_version::Entity>(),
            of_entity::<dossier::Entity>(),
            of_entity::<dossier_piece::Entity>(),
            of_entity::<evidence_request::Entity>(),
            of_entity::<evidence_request_item::Entity>(),
            of_entity::<evidence_response::Entity>(),
            of_entity::<obstacle::Entity>(),
            of_entity::<innovation_model::Entity>(),
            of_entity::<model_replication::Entity>(),
            of_entity::<outreach_activity::Entity>(),
            of_entity::<client_document::Entity>(),
            of_entity::<document_usage::Entity>(),
            of_entity::<field_usage::Entity>(),
            of_entity::<notification::Entity>(),
            of_entity::<outbox::Entity>(),
            of_entity::<score::Entity>(),
            of_entity::<search_word::Entity>(),
            of_entity::<service_account::Entity>(),
            of_entity::<session::Entity>(),
            of_entity::<statistic::Entity>(),
            of_entity::<target::Entity>(),
            of_entity::<task::Entity>(),
            of_entity::<task_participant::Entity>(),
            of_entity::<unit::Entity>(),
            of_entity::<upload::Entity>(),
            of_entity::<user::Entity>(),
        ];
        // A view's columns may be null to the database; they are what its table's columns are.
        let views = BTreeMap::from([
            ("person", "user"),
            ("task_participant", "assignment"),
            ("data_collection", "edition"),
        ]);
        for (table, columns) in &entities {
            let mut real = of_table(&database, table).await;
            if let Some(base) = views.get(table.as_str()) {
                let base = of_table(&database, base).await;
                for (name, column) in &mut real {
                    column.nullable = base[name].nullable;
                }
            }
            assert_eq!(columns, &real, "{table}");
        }
        let named: BTreeSet<String> = entities.into_iter().map(|(table, _)| table).collect();
        assert_eq!(named, relations(&database).await);
    }

    async fn down_and_up_again(lab) {
        let behind = database(&lab).await;
        let before = (relations(&behind).await, written(&behind).await);
        let shape = schema(&behind).await;
        lab.app.db.migrate_down(None).await.expect("all changes are taken back");
        assert_eq!(relations(&behind).await, BTreeSet::new());
        assert!(!lab.app.db.is_migrated().await.expect("asked"));
        lab.app.db.migrate().await.expect("all changes are made again");
        assert!(lab.app.db.is_migrated().await.expect("asked"));
        assert_eq!(schema(&behind).await, shape, "indexes and checks included");
        assert_eq!(api::seed::seed(&lab.app).await.expect("seeded").len(), 2);
        assert_eq!((relations(&behind).await, written(&behind).await), before);
        assert_eq!(api::seed::seed(&lab.app).await.expect("nothing to do").len(), 0);
        assert_eq!(lab.coordinator().await.get("{ plan { rankGoal } }", json!({})).await["plan"]["rankGoal"], 25);
    }

    async fn each_change_has_its_way_back(lab) {
        let behind = database(&lab).await;
        lab.app.db.migrate_down(None).await.expect("all changes are taken back");
        lab.app.db.migrate().await.expect("made again");
        let whole = relations(&behind).await;
        let mut steps = 0;
        while !relations(&behind).await.is_empty() {
            lab.app.db.migrate_down(Some(1)).await.expect("one change is taken back");
            steps += 1;
            assert!(steps < 100, "it ends");
        }
        lab.app.db.migrate().await.expect("made again");
        assert_eq!(relations(&behind).await, whole);
    }
}

/// How many changes the database of that release had.
const CHANGES_BEFORE: usize = 8;

both! {
    async fn a_database_of_the_release_before_is_brought_up_to_date(lab) {
        let behind = database(&lab).await;
        let (shape, regions) = (schema(&behind).await, column(&behind, &keyed(&behind, REGIONS)).await);
        assert!(regions.len() == 86 && regions.iter().filter(|line| line.ends_with("none")).count() == 52);
        let since = <migration::Migrator as migration::MigratorTrait>::migrations().len() - CHANGES_BEFORE;
        lab.app.db.migrate_down(u32::try_from(since).ok()).await.expect("the release before");
        assert!(!relations(&behind).await.contains("computation"));
        behind.execute_unprepared(&keyed(&behind, OLD_EDITION)).await.expect("an edition as that release wrote it");
        let (editions, scores) = (column(&behind, &keyed(&behind, EDITIONS)).await, column(&behind, &keyed(&behind, SCORES)).await);
        assert_eq!((editions.len(), scores.len()), (4, 101));
        lab.app.db.migrate().await.expect("brought up to date");
        assert_eq!(schema(&behind).await, shape);
        assert_eq!((column(&behind, &keyed(&behind, EDITIONS)).await, column(&behind, &keyed(&behind, SCORES)).await), (editions, scores), "no row is lost");
        assert_eq!(column(&behind, &keyed(&behind, REGIONS)).await, regions, "as the seed gives them, to units of today only");

        let store = lab.app.system();
        let editions = store.all(store.find::<edition::Entity>()).await.expect("editions");
        let first = |row: &edition::Model| {
            row.revision == 1 && row.revises_id.is_none() && row.revision_reason.is_none() && !row.synthetic && row.published_at.is_none()
        };
        assert!(editions.iter().all(first), "{editions:#?}");
        let old = editions.iter().find(|row| row.year == 2022).expect("the old one");
        assert_eq!((old.row_version, old.unit_count, old.status), (4, Some(63), Publication::Published));
        let coordinator = lab.coordinator().await;
        let query = "{ edition(year: 2022) { id } targets { nodes { year rank score aboveLastYear unit { code } node { code } } } }";
        let goal = json!({ "year": 2026, "rank": 25, "score": null, "aboveLastYear": true, "unit": { "code": "20" }, "node": { "code": "PII" } });
        assert_eq!(coordinator.get(query, json!({})).await,
            json!({ "edition": { "id": format!("edition:{OLD}") }, "targets": { "nodes": [goal] } }));
        assert_eq!(api::seed::seed(&lab.app).await.expect("nothing to do").len(), 0);
        lab.app.db.migrate().await.expect("nothing to do");
        assert_eq!(store.count(store.find::<target::Entity>()).await.expect("a count"), 1);

        for (what, sql) in REFUSED {
            let sql = keyed(&behind, sql);
            let error = behind.execute_unprepared(&sql).await.expect_err(what);
            assert!(error.sql_err().is_some(), "{what}: {error}");
        }
        if behind.get_database_backend() == DatabaseBackend::Sqlite {
            let check = Statement::from_string(DatabaseBackend::Sqlite, "PRAGMA foreign_key_check");
            assert!(behind.query_all_raw(check).await.expect("checked").is_empty());
            // The migration turns enforcement off on its own connection for a while.
            let tx = store.begin().await.expect("a transaction");
            let orphan = statistic::ActiveModel { edition_id: Set(Uuid::nil()), node_id: Set(Uuid::nil()), ..Default::default() };
            assert!(tx.insert::<statistic::Entity>(orphan).await.is_err(), "and on again");
        }
    }
}

const OLD: &str = "01990000-0000-7000-8000-00000000002a";

/// SQL with keys as this database holds them: SQLite as bytes, PostgreSQL as what they are.
fn keyed(database: &DatabaseConnection, sql: &str) -> String {
    let embedded = database.get_database_backend() == DatabaseBackend::Sqlite;
    let key = |id: &str| if embedded { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") };
    sql.replace("{old}", &key(OLD))
        .replace("{figure}", &key("01990000-0000-7000-8000-00000000002b"))
        .replace("{nothing}", &key("01990000-0000-7000-8000-000000000000"))
        .replace("{text}", if embedded { "hex" } else { "text" })
}

const OLD_EDITION: &str = "INSERT INTO edition (id, year, framework_id, status, unit_count, note, created_at, updated_at, row_version)
    SELECT {old}, 2022, framework_id, status, 63, 'Cũ', created_at, updated_at, 4
    FROM edition WHERE year = 2025;
    INSERT INTO score (id, edition_id, unit_id, node_id, value, rank, created_at, updated_at)
    SELECT {figure}, {old}, unit_id, node_id, 0.1, 7, created_at, updated_at
    FROM score WHERE rank = 29 AND edition_id IN (SELECT id FROM edition WHERE year = 2025);";
const EDITIONS: &str = "SELECT {text}(id) || ' ' || year || ' ' || {text}(framework_id) || ' ' || status || ' '
    || COALESCE(CAST(published_on AS TEXT), '-') || ' ' || unit_count || ' ' || COALESCE(note, '-') || ' '
    || CAST(created_at AS TEXT) || ' ' || CAST(updated_at AS TEXT) || ' ' || row_version FROM edition ORDER BY id";
const SCORES: &str =
    "SELECT {text}(id) || ' ' || {text}(edition_id) || ' ' || COALESCE(CAST(value AS TEXT), '-') || ' '
    || COALESCE(CAST(score AS TEXT), '-') || ' ' || COALESCE(CAST(rank AS TEXT), '-') FROM score ORDER BY id";
const REGIONS: &str =
    "SELECT {text}(id) || ' ' || code || ' ' || COALESCE(region, 'none') FROM unit ORDER BY id";
/// What a foreign key or a unique index must refuse; `{old}` is an edition with a score.
const REFUSED: [(&str, &str); 5] = [
    ("a score without its edition", "UPDATE score SET edition_id = {nothing} WHERE edition_id = {old}"),
    ("an edition with a score goes", "DELETE FROM edition WHERE id = {old}"),
    ("a revision of nothing", "UPDATE edition SET revises_id = {nothing} WHERE id = {old}"),
    ("two first revisions of a year", "UPDATE edition SET year = 2025 WHERE id = {old}"),
    (
        "two drafts of a year",
        "UPDATE edition SET status = 'draft', year = 2025, revision = CASE WHEN id = {old} THEN 2 ELSE 1 END
        WHERE id = {old} OR year = 2025",
    ),
];

/// Indexes and constraints.
async fn schema(database: &DatabaseConnection) -> Vec<String> {
    let mut found = match database.get_database_backend() {
        DatabaseBackend::Sqlite => {
            column(database, "SELECT name || ': ' || COALESCE(sql, '') FROM sqlite_master").await
        }
        _ => {
            let indexes = "SELECT indexname || ': ' || indexdef FROM pg_indexes WHERE schemaname = 'public'";
            let checks = "SELECT conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace";
            column(database, &format!("{indexes} UNION ALL {checks}")).await
        }
    };
    found.sort();
    found
}
