//! Statements that are planned once.

use libsqlite3_sys::{SQLITE_DBCONFIG_ENABLE_QPSG, SQLITE_OK, sqlite3_db_config};
use sqlx::SqliteConnection;

/// Makes a connection plan each statement once, when it is prepared: SQLite's "query planner stability guarantee". Without
/// it a statement is planned anew with every value that its plan might depend on, which takes longer than most statements:
/// whatever stands behind `LIMIT`, and what is compared with a column that a partial index speaks of.
///
/// # Errors
/// When the connection is closed, or SQLite knows nothing of this.
pub async fn plan_once(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    const ON: i32 = 1;
    let mut handle = connection.lock_handle().await?;
    let database = handle.as_raw_handle().as_ptr();
    // SAFETY: the handle is locked, so it is open and nobody else uses it; this setting takes a number, and where to write
    // what it is then, which may be nowhere.
    let code =
        unsafe { sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_QPSG, ON, std::ptr::null_mut::<i32>()) };
    match code {
        SQLITE_OK => Ok(()),
        code => Err(sqlx::Error::Configuration(format!("SQLite's planner: {code}").into())),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor, Row, SqliteConnection};

    use super::*;

    /// How rows are found by a value that is bound, of which there is an index for one value.
    async fn plan(connection: &mut SqliteConnection) -> String {
        let query =
            sqlx::query("EXPLAIN QUERY PLAN SELECT kind FROM t WHERE kind = ? AND i > 0").bind("rare");
        let row = query.fetch_one(connection).await.expect("a plan");
        row.get("detail")
    }

    #[tokio::test]
    async fn a_plan_does_not_depend_on_what_is_bound() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("connect");
        for sql in ["CREATE TABLE t (i INTEGER, kind TEXT)", "CREATE INDEX rare ON t (i) WHERE kind = 'rare'"]
        {
            connection.execute(sql).await.expect("create");
        }
        assert!(plan(&mut connection).await.contains("rare"), "planned for the value");
        plan_once(&mut connection).await.expect("set");
        connection.clear_cached_statements().await.expect("forgotten");
        assert_eq!(plan(&mut connection).await, "SCAN t", "planned for any value");
    }
}
