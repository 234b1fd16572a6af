//! The policy as a table, roles × verbs × entities: whoever changes a rule changes the snapshot, and a reader sees it.

use std::collections::BTreeSet;
use std::fmt::Write;

use api::policy::{Rule, Scopes, User, Verb};
use entity::Role;
use sea_orm::sea_query::{PostgresQueryBuilder, Query};
use sea_orm::{Condition, ConnectionTrait, Database, Statement};
use tests::both;
use uuid::Uuid;

const ROLES: [Role; 5] = [Role::Coordinator, Role::Leader, Role::Officer, Role::Integration, Role::Admin];
const SELF: Uuid = Uuid::from_u128(1);
const ORGANIZATION: Uuid = Uuid::from_u128(2);
const WIDTH: usize = 13;

/// Tables that hold nothing a viewer could be shown: no rule, so no query outside the store's own.
const WITHOUT_RULE: [&str; 4] = ["data_version", "search_word", "login_attempt", "seaql_migrations"];

fn user(role: Role) -> User {
    User { id: SELF, role, organization: Some(ORGANIZATION), scopes: None }
}

/// The table and the notes on it.
#[derive(Default)]
struct Matrix {
    tables: BTreeSet<&'static str>,
    text: String,
    notes: Vec<String>,
}

impl Matrix {
    fn add<E: Rule>(&mut self) {
        self.tables.insert(E::TABLE);
        let _ = writeln!(self.text, "\n{}", E::TABLE);
        for verb in Verb::ALL {
            let mut line = format!("  {:<8}", format!("{verb:?}"));
            for role in ROLES {
                let cell = self.cell::<E>(E::rows(&user(role), verb));
                let _ = write!(line, "{cell:<WIDTH$}");
            }
            let _ = writeln!(self.text, "{}", line.trim_end());
        }
        for (verb, role) in Verb::ALL.into_iter().flat_map(|verb| ROLES.map(|role| (verb, role))) {
            let user = user(role);
            if E::row(&user, verb) != E::rows(&user, verb) {
                let cell = self.cell::<E>(E::row(&user, verb));
                let (verb, role) = (format!("{verb:?}"), format!("{role:?}").to_lowercase());
                let _ = writeln!(self.text, "  {verb:<8}of a row by its key, {role}: {cell}");
            }
        }
        for verb in Verb::ALL {
            let scopes = E::scopes(verb);
            if scopes != Scopes::NONE {
                let _ = writeln!(self.text, "  {:<8}with {scopes}", format!("{verb:?}"));
            }
        }
    }

    /// `all`, `–`, or the number of the note that says which rows.
    fn cell<E: Rule>(&mut self, condition: Option<Condition>) -> String {
        let Some(condition) = condition else { return "–".to_owned() };
        if condition.is_empty() {
            return "all".to_owned();
        }
        let rows = Query::select().column(E::ID).from(E::default()).cond_where(condition).to_owned();
        let note = rows
            .to_string(PostgresQueryBuilder)
            .replace(&format!("'{SELF}'"), ":self")
            .replace(&format!("'{ORGANIZATION}'"), ":organization");
        let number = match self.notes.iter().position(|there| *there == note) {
            Some(place) => place + 1,
            None => {
                self.notes.push(note);
                self.notes.len()
            }
        };
        format!("[{number}]")
    }

    fn print(&self) -> String {
        let mut text = " ".repeat(10);
        for role in ROLES {
            let _ = write!(text, "{:<WIDTH$}", format!("{role:?}").to_lowercase());
        }
        text = format!("{}\n{}", text.trim_end(), self.text);
        for (place, note) in self.notes.iter().enumerate() {
            let _ = write!(text, "\n[{}] {note}\n", place + 1);
        }
        text
    }
}

/// A matrix of these entities.
macro_rules! matrix {
    ($($entity:ident)+) => {{
        let mut matrix = Matrix::default();
        $(matrix.add::<entity::$entity::Entity>();)+
        matrix
    }};
}

fn policy() -> Matrix {
    matrix! {
        framework node indicator denominator unit edition score statistic denominator_value computation computed_score
        edition_import job organization user service_account person session plan plan_focus target task assignment task_participant
        progress_report evidence evidence_link audit_log client_document document_usage field_usage
        reporting_period report_slot lock_exception report_version data_collection data_submission dossier
        dossier_piece evidence_request evidence_request_item evidence_response obstacle innovation_model
        model_replication outreach_activity
        notification outbox upload
    }
}

#[test]
fn the_policy_is_as_it_was_reviewed() {
    insta::assert_snapshot!("policy", policy().print());
}

/// Whoever has no organization has nothing of an organization.
#[test]
fn a_user_without_an_organization_holds_nothing() {
    let officer = User { id: SELF, role: Role::Officer, organization: None, scopes: None };
    for verb in Verb::ALL {
        assert!(entity::task::Entity::rows(&officer, verb).is_none(), "task {verb:?}");
        assert!(entity::assignment::Entity::rows(&officer, verb).is_none(), "assignment {verb:?}");
        assert!(entity::progress_report::Entity::rows(&officer, verb).is_none(), "progress_report {verb:?}");
        assert!(entity::evidence::Entity::rows(&officer, verb).is_none(), "evidence {verb:?}");
        assert!(entity::evidence_link::Entity::rows(&officer, verb).is_none(), "evidence_link {verb:?}");
        assert!(entity::audit_log::Entity::rows(&officer, verb).is_none(), "audit_log {verb:?}");
    }
}

both! {
    async fn every_table_and_view_has_its_rows_in_the_matrix(lab) {
        let database = Database::connect(lab.app.settings.database_url()).await.expect("the database answers");
        let sql = match database.get_database_backend() {
            sea_orm::DatabaseBackend::Sqlite => {
                "SELECT name AS name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            }
            _ => "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'",
        };
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(statement).await.expect("the database lists its tables");
        let there: BTreeSet<String> =
            rows.iter().map(|row| row.try_get("", "name").expect("a name")).collect();
        let known: BTreeSet<String> =
            policy().tables.iter().chain(&WITHOUT_RULE).map(|name| (*name).to_owned()).collect();
        assert_eq!(there, known);
    }
}

/// What a token limited to `given` reads of published and draft editions: the condition of each set of scopes.
#[test]
fn scopes_choose_the_editions_that_are_read() {
    use entity::Scope::{FrameworkRead, ResultsImport, ResultsRead};
    let rows = |given: &[entity::Scope]| {
        let scopes = Some(Scopes::of(given));
        let user = User { id: SELF, role: Role::Integration, organization: None, scopes };
        let rows =
            api::policy::rows::<entity::edition::Entity>(&api::policy::Viewer::User(user), Verb::Read)?;
        let query = Query::select()
            .column(entity::edition::Column::Id)
            .from(entity::edition::Entity)
            .cond_where(rows)
            .to_owned();
        let sql = query.to_string(PostgresQueryBuilder);
        Some(sql.split_once(" WHERE ").map_or(String::new(), |(_, condition)| condition.to_owned()))
    };
    assert_eq!(rows(&[]), None);
    assert_eq!(rows(&[FrameworkRead]), None);
    let condition = |status: &str| Some(format!("\"edition\".\"status\" = '{status}'"));
    assert_eq!(rows(&[FrameworkRead, ResultsRead]), condition("published"));
    assert_eq!(rows(&[ResultsImport, FrameworkRead]), condition("draft"));
    assert_eq!(rows(&[ResultsImport, ResultsRead]), Some("TRUE".to_owned()));
}
