//! Connections: several readers and one writer on SQLite, one pool on PostgreSQL.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sqlite_statements::{StatementTimeout, plan_once};
use sqlx::pool::PoolOptions;
use sqlx::{Connection, Postgres, Sqlite};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::published::Keeping;
use crate::error::{Error, Result};

/// Where the database is and how many connections to keep.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub url: String,
    /// Most connections in the pool of readers.
    pub connections: u32,
    /// After how long a statement is given up.
    pub statement_timeout: Duration,
}

/// Called with every statement; tests count with it.
pub type StatementHook = Arc<dyn Fn(&Statement) + Send + Sync>;

/// The database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    timeout: StatementTimeout,
    departures: Departures,
    news: Arc<Notify>,
    keeping: Arc<Keeping>,
}

impl Db {
    /// Connects.
    ///
    /// # Errors
    /// [`Error::Internal`] when the database cannot be reached.
    pub async fn connect(settings: &DatabaseSettings, hook: Option<StatementHook>) -> Result<Self> {
        let mut options = ConnectOptions::new(&settings.url);
        options
            .max_connections(settings.connections)
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .sqlx_logging(false);
        if settings.url.starts_with("sqlite:") {
            return Self::connect_sqlite(settings, options, hook).await;
        }
        let patience = format!("{}ms", settings.statement_timeout.as_millis());
        // Requests share the processors already: workers of one statement would only take them from others. And the rows
        // that are asked for are in memory, where a look along an index costs little more than the next row.
        options.map_sqlx_postgres_opts(move |postgres| {
            postgres.options([
                ("statement_timeout", patience.as_str()),
                ("client_connection_check_interval", "500ms"),
                ("max_parallel_workers_per_gather", "0"),
                ("jit", "off"),
                ("random_page_cost", "1.1"),
            ])
        });
        let departures = Departures::default();
        let looked_at = departures.clone();
        options.map_sqlx_postgres_pool_opts(move |pool| without_the_abandoned(pool, &looked_at));
        let mut pool = Database::connect(options).await?;
        listen(&mut pool, hook);
        let timeout = StatementTimeout::new(settings.statement_timeout);
        Ok(Self { departures, ..Self::of(pool.clone(), pool, timeout) })
    }

    async fn connect_sqlite(
        settings: &DatabaseSettings,
        mut options: ConnectOptions,
        hook: Option<StatementHook>,
    ) -> Result<Self> {
        let path = settings.url.trim_start_matches("sqlite:").trim_start_matches("//");
        let path = path.split('?').next().unwrap_or_default();
        if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(Error::internal)?;
        }
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("mmap_size", "1073741824")
                .pragma("cache_size", "-2000")
                .pragma("temp_store", "MEMORY")
        });
        let timeout = StatementTimeout::new(settings.statement_timeout);
        let mut writing = options.clone();
        writing.max_connections(1).min_connections(1);
        let timed = timeout.clone();
        writing.map_sqlx_sqlite_pool_opts(move |pool| left_whole(set_up(pool, &timed)));
        let timed = timeout.clone();
        options.map_sqlx_sqlite_pool_opts(move |pool| set_up(pool, &timed));
        let mut writer = Database::connect(writing).await?;
        let mut reader = Database::connect(options).await?;
        listen(&mut writer, hook.clone());
        listen(&mut reader, hook);
        Ok(Self::of(reader, writer, timeout))
    }

    fn of(reader: DatabaseConnection, writer: DatabaseConnection, timeout: StatementTimeout) -> Self {
        let departures = Departures::default();
        Self { reader, writer, timeout, departures, news: Arc::default(), keeping: Arc::default() }
    }

    /// Brings the schema up to date, however long that takes.
    pub async fn migrate(&self) -> Result<()> {
        self.patiently(Migrator::up(&self.writer, None)).await
    }

    /// Takes the schema back `steps` changes.
    pub async fn migrate_down(&self, steps: Option<u32>) -> Result<()> {
        self.patiently(Migrator::down(&self.writer, steps)).await
    }

    /// Statements of the one connection that a command uses may take as long as they take until `work` is done.
    async fn patiently(&self, work: impl Future<Output = std::result::Result<(), DbErr>>) -> Result<()> {
        let _lifted = self.timeout.lift();
        if !self.is_embedded() {
            self.writer.execute_unprepared("SET statement_timeout = 0").await?;
        }
        let done = work.await;
        if !self.is_embedded() {
            self.writer.execute_unprepared("RESET statement_timeout").await?;
        }
        Ok(done?)
    }

    /// Whether the schema is the one this program was built for.
    pub async fn is_migrated(&self) -> Result<bool> {
        Ok(Migrator::get_pending_migrations(&self.writer).await?.is_empty())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader.ping().await?)
    }

    /// Closes the pools; what is under way ends first.
    pub async fn close(self) -> Result<()> {
        self.writer.close_by_ref().await?;
        Ok(self.reader.close_by_ref().await?)
    }

    /// Whether this is the embedded database.
    pub fn is_embedded(&self) -> bool {
        self.reader.get_database_backend() == DatabaseBackend::Sqlite
    }

    pub(super) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    pub(super) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Woken when a transaction with news was committed in this process.
    pub fn news(&self) -> &Arc<Notify> {
        &self.news
    }

    /// Somebody begins to wait for what statements find.
    pub fn awaited(&self) -> Awaited {
        Awaited { departures: self.departures.clone(), is_over: false }
    }

    pub(super) fn keeping(&self) -> &Arc<Keeping> {
        &self.keeping
    }

    /// On SQLite the write lock is taken at once: a transaction that reads first and writes later would fail when
    /// another one wrote meanwhile.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_embedded().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// A transaction whose reads all see the same moment, and that writes nothing. SQLite's do so by themselves.
    pub(super) async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let (level, mode) = match self.is_embedded() {
            true => (None, None),
            false => (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)),
        };
        Ok(self.reader.begin_with_config(level, mode).await?)
    }

    /// One replica at a time: held until the transaction ends. SQLite has a single writer anyway.
    pub(super) async fn lock(&self, transaction: &DatabaseTransaction) -> Result<()> {
        const SEED: &str = "SELECT pg_advisory_xact_lock(4927340127)";
        if !self.is_embedded() {
            transaction.execute_raw(Statement::from_string(DatabaseBackend::Postgres, SEED)).await?;
        }
        Ok(())
    }
}

/// When somebody was last gone who waited for statements.
#[derive(Clone, Default)]
struct Departures(Arc<Mutex<Option<Instant>>>);

impl Departures {
    /// As long as this after one, connections that come back are looked at.
    const LATELY: Duration = Duration::from_secs(1);

    fn happened(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn happened_lately(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < Self::LATELY)
    }
}

/// Somebody who waits for what statements find. When this is dropped before it is [over](Self::over), what still works for
/// it on PostgreSQL is stopped; on SQLite it ends by its [timeout](DatabaseSettings::statement_timeout).
#[must_use]
pub struct Awaited {
    departures: Departures,
    is_over: bool,
}

impl Awaited {
    /// All has been found that was waited for.
    pub fn over(&mut self) {
        self.is_over = true;
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if !self.is_over {
            self.departures.happened();
        }
    }
}

/// A pool that closes a connection which comes back and still works for somebody who is gone: PostgreSQL looks for the other
/// end of a connection now and then, and gives up a statement when there is none.
fn without_the_abandoned(pool: PoolOptions<Postgres>, departures: &Departures) -> PoolOptions<Postgres> {
    const SOON: Duration = Duration::from_millis(50);
    let departures = departures.clone();
    pool.after_release(move |connection, _| {
        let is_looked_at = departures.happened_lately();
        Box::pin(
            async move { Ok(!is_looked_at || matches!(timeout(SOON, connection.ping()).await, Ok(Ok(())))) },
        )
    })
}

/// A pool on whose connections statements are planned once and given up after `timeout`.
fn set_up(pool: PoolOptions<Sqlite>, timeout: &StatementTimeout) -> PoolOptions<Sqlite> {
    let timeout = timeout.clone();
    pool.after_connect(move |connection, _| {
        let timeout = timeout.clone();
        Box::pin(async move {
            plan_once(connection).await?;
            timeout.set_on(connection).await
        })
    })
}

/// A pool that closes a connection which comes back inside a transaction. SQLite takes a transaction back by itself when
/// it gives a statement up or the disk is full; then sqlx cannot, takes it for open for good, and nothing that is written
/// within it is ever committed.
fn left_whole(pool: PoolOptions<Sqlite>) -> PoolOptions<Sqlite> {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            // What is to be taken back waits for its turn.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

fn listen(connection: &mut DatabaseConnection, hook: Option<StatementHook>) {
    if let Some(hook) = hook {
        connection.set_metric_callback(move |info| hook(info.statement));
    }
}
