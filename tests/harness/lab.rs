//! A whole server on a seeded database of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use api::App;
use api::auth::operator_token;
use api::config::Settings;
use api::store::{Read, StatementHook};
use api::world::{Clock, World};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use entity::{Role, organization, user};
use sea_orm::{ColumnTrait, ConnectionTrait, Database, DatabaseConnection, QueryFilter, Set, Statement};
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::client::Client;
use crate::postgres;

/// A clock that stands still until a test moves it. It begins on 2 February 2026, 9 o'clock in Viet Nam.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    fn new() -> Self {
        let start = DateTime::from_timestamp(1_769_997_600, 0).expect("a time");
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the time.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("no test panicked while moving the clock") += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let mut now = self.0.lock().expect("no test panicked while moving the clock");
        // A microsecond passes with every look, so that what comes later is later.
        *now += TimeDelta::microseconds(1);
        *now
    }
}

/// A whole server on a seeded database of its own, listening on a real socket.
pub struct Lab {
    /// The server's parts.
    pub app: App,
    /// Its address, `http://127.0.0.1:…`.
    pub url: String,
    /// Its clock.
    pub clock: TestClock,
    /// Its data folder.
    pub folder: TempDir,
    statements: Arc<Mutex<Vec<Statement>>>,
    users: AtomicU64,
    server: tokio::task::JoinHandle<()>,
    dropped: Option<String>,
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

/// Settings as the command line would give them.
fn settings(folder: &std::path::Path, database: &str, more: &[&str]) -> Settings {
    let folder = folder.display().to_string();
    let key = PathBuf::from(&folder).join("signing-key.pem").display().to_string();
    let mut flags =
        vec!["pii", "--data-dir", &folder, "--database-url", database, "--database-connections", "4"];
    if database.starts_with("postgres") {
        flags.extend(["--signing-key-file", &key]);
    }
    // The clock stands still, so that no points flow back.
    if !more.contains(&"--cost-points") {
        flags.extend(["--cost-points", "1000000000000"]);
    }
    flags.extend(more);
    Flags::parse_from(flags).settings
}

/// What the command line makes of `flags`.
///
/// # Errors
/// What it says of them.
pub fn settings_of(flags: &[&str]) -> Result<Settings, String> {
    let flags = Flags::try_parse_from(["pii"].iter().chain(flags)).map_err(|error| error.to_string())?;
    flags.settings.check()?;
    Ok(flags.settings)
}

/// Runs to its end on a runtime of its own: what is made once must not die with the runtime of the first test.
fn apart<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(work)
        });
        thread.join().expect("the work does not panic")
    })
}

async fn seed(database: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut flags = settings(folder.path(), database, &[]);
    flags.signing_key_file = None;
    flags.signing_key = Some(api::auth::Keys::generate_pem().expect("a key"));
    let app =
        App::start(flags, World::new(TestClock::new(), [1; 32]), None).await.expect("the seeding app starts");
    app.db.migrate().await.expect("the database is migrated");
    api::seed::seed(&app).await.expect("the database is seeded");
    app.db.clone().close().await.expect("the seeding app closes");
    folder
}

/// A migrated and seeded SQLite file, made once.
fn sqlite_template() -> &'static std::path::Path {
    static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pii.sqlite");
        let url = format!("sqlite:{}", file.display());
        drop(apart(async { seed(&url).await }));
        (folder, file)
    });
    file
}

async fn execute(server: &str, sql: &str) {
    let connection: DatabaseConnection =
        Database::connect(format!("{server}/postgres")).await.expect("PostgreSQL answers");
    connection.execute_unprepared(sql).await.expect("PostgreSQL obeys");
    connection.close().await.expect("the connection closes");
}

/// A migrated and seeded PostgreSQL database, made once.
fn postgres_template(server: &'static str) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("pii_test_{}", std::process::id());
        apart(async {
            execute(server, &format!("CREATE DATABASE {name}")).await;
            drop(seed(&format!("{server}/{name}")).await);
        });
        name
    })
}

/// The app of another process on a lab's database, a minute later; `hook` hears its statements.
pub async fn beside(folder: &std::path::Path, database: &str, url: &str, hook: StatementHook) -> App {
    let clock = TestClock::new();
    clock.advance(TimeDelta::minutes(1));
    let settings = settings(folder, database, &["--public-url", url]);
    App::start(settings, World::new(clock, [3; 32]), Some(hook)).await.expect("the app starts")
}

static LABS: AtomicU64 = AtomicU64::new(0);

impl Lab {
    /// On the embedded database.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(&[]).await
    }

    /// On the embedded database, with more flags.
    pub async fn sqlite_with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pii.sqlite");
        std::fs::copy(sqlite_template(), &file).expect("the template is copied");
        Self::start(folder, &format!("sqlite:{}", file.display()), flags, None).await
    }

    /// On PostgreSQL; `None`, after saying so loudly, where there is none.
    pub async fn postgres() -> Option<Self> {
        Self::postgres_with(&[]).await
    }

    /// On PostgreSQL, with more flags.
    pub async fn postgres_with(flags: &[&str]) -> Option<Self> {
        let server = postgres::server()?;
        let template = postgres_template(server);
        let name = format!("{template}_{}", LABS.fetch_add(1, Ordering::Relaxed));
        execute(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let folder = tempfile::tempdir().expect("a folder");
        let pem = api::auth::Keys::generate_pem().expect("a key");
        std::fs::write(folder.path().join("signing-key.pem"), pem).expect("the key is written");
        Some(Self::start(folder, &format!("{server}/{name}"), flags, Some(name)).await)
    }

    async fn start(folder: TempDir, database: &str, flags: &[&str], dropped: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let flags: Vec<&str> = flags.iter().copied().chain(["--public-url", &url]).collect();
        let statements: Arc<Mutex<Vec<Statement>>> = Arc::default();
        let heard = Arc::clone(&statements);
        let hook: StatementHook = Arc::new(move |statement| {
            heard.lock().expect("no listener panicked").push(statement.clone());
        });
        let clock = TestClock::new();
        let world = World::new(clock.clone(), [2; 32]);
        let app = App::start(settings(folder.path(), database, &flags), world, Some(hook))
            .await
            .expect("the app starts");
        let server = tokio::spawn(api::http::listen(listener, app.clone(), std::future::pending()));
        Self { app, url, clock, folder, statements, users: AtomicU64::new(0), server, dropped }
    }

    /// A client without a token.
    pub fn nobody(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// A new user with this role, working for the organization with this code, signed in.
    pub async fn sign_in(&self, role: Role, organization: Option<&str>) -> Client {
        let (id, email) = self.user(role, organization, None).await;
        let life = std::time::Duration::from_secs(3600);
        let token = operator_token(&self.app, &email, life).await.expect("a token is made");
        Client { user: id, email, ..Client::new(&self.url, Some(token)) }
    }

    /// The same user with a new token, after its old one has ended with the time that a test has let pass.
    pub async fn renew(&self, client: &Client) -> Client {
        let life = std::time::Duration::from_secs(3600);
        let token = operator_token(&self.app, &client.email, life).await.expect("a token is made");
        Client { token: Some(token), ..client.clone() }
    }

    /// The coordinator, of Sở KH&CN.
    pub async fn coordinator(&self) -> Client {
        self.sign_in(Role::Coordinator, Some("SKHCN")).await
    }

    /// An officer of the organization with this code.
    pub async fn officer(&self, organization: &str) -> Client {
        self.sign_in(Role::Officer, Some(organization)).await
    }

    /// A new user; its key and e-mail address.
    pub async fn user(
        &self,
        role: Role,
        organization: Option<&str>,
        password: Option<&str>,
    ) -> (Uuid, String) {
        let organization_id = match organization {
            Some(code) => Some(org(&self.app, code).await),
            None => None,
        };
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        let email = format!("user{number}@test.local");
        let password_hash = match password {
            Some(password) => {
                Some(self.app.passwords.hash(password, &self.app.world, "").await.expect("hashed").0)
            }
            None => None,
        };
        let tx = self.app.system().begin().await.expect("a transaction");
        let row = user::ActiveModel {
            email: Set(email.clone()),
            name: Set(format!("User {number}")),
            role: Set(role),
            organization_id: Set(organization_id),
            password_hash: Set(password_hash),
            ..Default::default()
        };
        let row = tx.insert::<user::Entity>(row).await.expect("the user is written");
        tx.commit().await.expect("committed");
        (row.id, email)
    }

    /// Forgets the statements heard so far.
    pub fn listen(&self) {
        self.statements.lock().expect("no listener panicked").clear();
    }

    /// The statements heard since [`Lab::listen`].
    pub fn heard(&self) -> Vec<String> {
        let heard = self.statements.lock().expect("no listener panicked");
        heard.iter().map(|statement| statement.sql.clone()).collect()
    }

    /// The same with their values written into them.
    pub fn heard_whole(&self) -> Vec<String> {
        self.statements.lock().expect("no listener panicked").iter().map(ToString::to_string).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.server.abort();
        // The throw-away server goes as a whole; a lent one is left as it was found.
        if let (Some(name), Ok(server)) = (&self.dropped, std::env::var("TEST_DATABASE_URL")) {
            apart(execute(
                server.trim_end_matches('/'),
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            ));
        }
    }
}

/// The key of the organization with this code.
pub async fn org(app: &App, code: &str) -> Uuid {
    let store = app.system();
    let found = store.find::<organization::Entity>().filter(organization::Column::Code.eq(code));
    store.first(found).await.expect("the database answers").expect("the organization is there").id
}
