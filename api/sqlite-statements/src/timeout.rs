//! A statement timeout, as PostgreSQL has one: a statement that works for too long is given up with `SQLITE_INTERRUPT`, and its
//! connection goes on. SQLite asks now and then during a statement whether to go on; when the statement began it tells as an
//! event of its trace.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use libsqlite3_sys::{SQLITE_OK, SQLITE_TRACE_STMT, sqlite3_trace_v2};
use sqlx::SqliteConnection;

/// How long each statement may work on the connections on which it is [set](Self::set_on).
#[derive(Clone, Debug)]
pub struct StatementTimeout {
    longest: Duration,
    lifted: Arc<AtomicBool>,
}

/// Steps of SQLite's machine between two looks at the clock: less than a millisecond.
const STEPS: c_int = 10_000;

thread_local! {
    // Each connection has a thread of its own, on which alone its statements work.
    static HAS_BEGUN: Cell<bool> = const { Cell::new(false) };
}

impl StatementTimeout {
    /// Statements that work longer than `longest` are given up.
    pub fn new(longest: Duration) -> Self {
        Self { longest, lifted: Arc::default() }
    }

    /// Until the answer is dropped statements may take as long as they take, on every connection on which it was set.
    pub fn lift(&self) -> Lifted<'_> {
        self.lifted.store(true, Ordering::Relaxed);
        Lifted(self)
    }

    /// Sets it on a connection.
    ///
    /// # Errors
    /// When the connection is closed, or SQLite was built without its trace.
    pub async fn set_on(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let start = Instant::now();
        self.set_with_clock(connection, move || start.elapsed()).await
    }

    async fn set_with_clock<F>(&self, connection: &mut SqliteConnection, now: F) -> Result<(), sqlx::Error>
    where
        F: Fn() -> Duration + Send + 'static,
    {
        let mut handle = connection.lock_handle().await?;
        let database = handle.as_raw_handle().as_ptr();
        // SAFETY: the handle is locked, so it is open and nobody else uses it; the callback needs no context.
        let code =
            unsafe { sqlite3_trace_v2(database, SQLITE_TRACE_STMT as c_uint, Some(begins), null_mut()) };
        if code != SQLITE_OK {
            return Err(sqlx::Error::Configuration(format!("SQLite's trace: {code}").into()));
        }
        let Self { longest, lifted } = self.clone();
        let mut begun = Duration::ZERO;
        handle.set_progress_handler(STEPS, move || {
            if HAS_BEGUN.take() {
                begun = now();
            }
            lifted.load(Ordering::Relaxed) || now().saturating_sub(begun) <= longest
        });
        Ok(())
    }
}

/// A timeout that does not hold as long as this lives.
#[must_use]
pub struct Lifted<'a>(&'a StatementTimeout);

impl Drop for Lifted<'_> {
    fn drop(&mut self) {
        self.0.lifted.store(false, Ordering::Relaxed);
    }
}

/// Called when a statement begins to work, and when it begins a trigger's part, which has a comment for a text.
extern "C" fn begins(_: c_uint, _: *mut c_void, _: *mut c_void, text: *mut c_void) -> c_int {
    let text = text.cast::<c_char>();
    // SAFETY: SQLite gives a text that ends with a zero, so there is a second byte if the first is none.
    let is_trigger = !text.is_null() && unsafe { *text == b'-' as c_char && *text.add(1) == b'-' as c_char };
    if !is_trigger {
        HAS_BEGUN.set(true);
    }
    0
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use sqlx::{Connection, Executor};

    use super::*;

    /// A clock that goes on by a second whenever it is looked at.
    fn looks() -> impl Fn() -> Duration + Send + 'static {
        let seconds = AtomicU64::new(0);
        move || Duration::from_secs(seconds.fetch_add(1, Ordering::Relaxed))
    }

    async fn connection(timeout: &StatementTimeout) -> SqliteConnection {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("connect");
        timeout.set_with_clock(&mut connection, looks()).await.expect("set");
        connection
    }

    /// A statement that takes more than ten steps a row.
    fn count(rows: u32) -> String {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT count(*) FROM n"
        )
    }

    async fn run(connection: &mut SqliteConnection, sql: String) -> Result<(), String> {
        let done = connection.execute(sqlx::AssertSqlSafe(sql)).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_statement_that_never_ends_is_given_up() {
        let mut connection = connection(&StatementTimeout::new(Duration::from_secs(10))).await;
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n";
        let error = run(&mut connection, endless.into()).await.expect_err("given up");
        assert!(error.contains("interrupted"), "{error}");
        run(&mut connection, count(10)).await.expect("the connection goes on");
    }

    #[tokio::test]
    async fn each_statement_has_its_own_time() {
        let mut connection = connection(&StatementTimeout::new(Duration::from_secs(30))).await;
        for _ in 0..20 {
            run(&mut connection, count(10_000)).await.expect("in time");
        }
        run(&mut connection, count(200_000)).await.expect_err("as much at once is too long");
    }

    #[tokio::test]
    async fn triggers_have_no_time_of_their_own() {
        let mut connection = connection(&StatementTimeout::new(Duration::from_secs(30))).await;
        for sql in [
            "CREATE TABLE t (i INTEGER)",
            "CREATE TABLE log (i INTEGER)",
            "CREATE TRIGGER logged AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.i); END",
        ] {
            run(&mut connection, sql.into()).await.expect("create");
        }
        let fill = count(200_000).replace("WITH", "INSERT INTO t WITH").replace("count(*)", "i");
        run(&mut connection, fill).await.expect_err("given up");
    }

    #[tokio::test]
    async fn lifted_it_does_not_hold() {
        let timeout = StatementTimeout::new(Duration::from_secs(1));
        let mut connection = connection(&timeout).await;
        run(&mut connection, count(100_000)).await.expect_err("given up");
        let lifted = timeout.lift();
        run(&mut connection, count(100_000)).await.expect("as long as it takes");
        drop(lifted);
        run(&mut connection, count(100_000)).await.expect_err("given up");
    }
}
