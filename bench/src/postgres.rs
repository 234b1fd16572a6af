//! A PostgreSQL of this run's own, in a temporary folder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// A server and the address of its databases.
pub struct Postgres {
    url: String,
    /// The first process, whose children serve.
    pub pid: Option<u32>,
    programs: PathBuf,
    folder: PathBuf,
}

/// Where statements are sent that are not to be counted.
const MAINTENANCE: &str = "postgres";
const COUNTING: &str = "CREATE EXTENSION pg_stat_statements";

/// Everything else is as PostgreSQL comes: every commit waits for the disk.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "shared_preload_libraries=pg_stat_statements",
];

impl Postgres {
    /// Starts a server that ends with this value.
    pub fn start() -> Result<Self> {
        let programs = programs().ok_or("no initdb and pg_ctl: install postgresql")?;
        let folder = tempfile::Builder::new().prefix("pii-bench-postgres-").tempdir()?.keep();
        run(Command::new("chmod").arg("777").arg(&folder))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("postgres://pii@127.0.0.1:{port}");
        let mut server = Self { url, pid: None, programs, folder };
        server.initialise()?;
        server.run(port)?;
        let pid = std::fs::read_to_string(server.data().join("postmaster.pid"))?;
        server.sql(MAINTENANCE, COUNTING)?;
        server.pid = pid.lines().next().and_then(|line| line.parse().ok());
        Ok(server)
    }

    /// What SQL says, as text.
    fn sql(&self, database: &str, text: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", text]).arg(format!("{}/{database}", self.url));
        run(&mut psql)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn initialise(&self) -> Result<()> {
        let mut initdb = unprivileged(&self.programs.join("initdb"));
        initdb.current_dir("/").arg("-D").arg(self.data());
        initdb.args(["--username=pii", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        run(&mut initdb).map(drop)
    }

    fn run(&self, port: u16) -> Result<()> {
        let settings: String = SETTINGS.iter().map(|setting| format!(" -c {setting}")).collect();
        let mut start = unprivileged(&self.programs.join("pg_ctl"));
        start.current_dir("/").arg("-D").arg(self.data()).arg("-l").arg(self.folder.join("log"));
        start.args(["-w", "-o", &format!("-p {port}{settings}"), "start"]);
        // Its output would keep our pipe open as long as the server lives.
        let status = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        match status.success() {
            true => Ok(()),
            false => Err(std::fs::read_to_string(self.folder.join("log"))?.into()),
        }
    }
}

/// A database of the server.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// The server.
    pub server: &'a Postgres,
    /// The database's name.
    pub name: &'a str,
}

impl Base<'_> {
    /// Makes it and returns its address.
    pub fn create(self) -> Result<String> {
        self.server.sql(MAINTENANCE, &format!("CREATE DATABASE {}", self.name))?;
        Ok(format!("{}/{}", self.server.url, self.name))
    }

    /// Its address for another role.
    pub fn url_for(self, role: &str) -> String {
        format!("{}/{}", self.server.url.replace("//pii@", &format!("//{role}@")), self.name)
    }

    /// Brings it into the state in which one stands that has been in use.
    pub fn settle(self) -> Result<()> {
        self.sql("VACUUM ANALYZE")?;
        self.sql("CHECKPOINT").map(drop)
    }

    /// What SQL says, as text.
    pub fn sql(self, text: &str) -> Result<String> {
        self.server.sql(self.name, text)
    }

    /// How many statements it has run, those that begin and end transactions among them.
    pub fn statements(self) -> Result<f64> {
        let count = format!(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
             JOIN pg_database ON pg_database.oid = dbid WHERE datname = '{}'",
            self.name
        );
        Ok(self.server.sql(MAINTENANCE, &count)?.trim().parse()?)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = unprivileged(&self.programs.join("pg_ctl"));
        stop.current_dir("/").arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]);
        if let Err(error) = run(&mut stop) {
            eprintln!("PostgreSQL did not stop: {error}");
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder that holds the server's programs, the newest if there are several.
fn programs() -> Option<PathBuf> {
    let complete =
        |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders.into_iter().find(complete)
}

/// A command that runs as somebody whom PostgreSQL accepts: it refuses root.
fn unprivileged(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"));
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Runs a command to its end and returns what it says.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
