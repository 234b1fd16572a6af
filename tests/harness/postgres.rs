//! A throw-away PostgreSQL of the test process's own, or the one that `TEST_DATABASE_URL` names.

use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Base address of the server, without a database name; `None` when there is no PostgreSQL on this machine.
pub(crate) fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
            return Some(url.trim_end_matches('/').to_owned());
        }
        match find_programs() {
            Some(programs) => Some(start(&programs).expect("the throw-away PostgreSQL starts")),
            None => {
                let message = "PostgreSQL DID NOT RUN: no initdb and pg_ctl on the PATH or in /usr/lib/postgresql, and no TEST_DATABASE_URL";
                assert!(std::env::var_os("PII_TEST_REQUIRE_POSTGRES").is_none(), "{message}");
                // Straight to the terminal: the test runner hides what a passing test prints.
                let loud = format!("\n******** {message} ********\n");
                if io::Write::write_all(&mut io::stderr(), loud.as_bytes()).is_err() {
                    eprintln!("{loud}");
                }
                None
            }
        }
    });
    server.as_deref()
}

/// The folder that holds the server's programs, the newest if there are several.
fn find_programs() -> Option<PathBuf> {
    let complete =
        |folder: &Path| ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|folder| complete(folder));
    on_path.or_else(|| {
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .collect();
        versions.sort();
        versions.into_iter().rev().find(|folder| complete(folder))
    })
}

/// A command that runs as somebody whom PostgreSQL accepts: it refuses root.
fn unprivileged(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"));
    if !is_root {
        return Command::new(program);
    }
    let known = Command::new("id").arg("postgres").output().is_ok_and(|output| output.status.success());
    let mut command = Command::new("runuser");
    command.args(["-u", if known { "postgres" } else { "nobody" }, "--"]).arg(program);
    command
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

fn start(programs: &Path) -> io::Result<String> {
    let folder = tempfile::Builder::new().prefix("pii-postgres-").tempdir()?.keep();
    run(Command::new("chmod").arg("777").arg(&folder))?;
    let data = folder.join("data");
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    run(unprivileged(&programs.join("initdb")).current_dir("/").arg("-D").arg(&data).args([
        "--username=pii",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]))?;
    watch(programs, &folder, &data)?;
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off \
         -c full_page_writes=off -c max_connections=400 -c shared_buffers=128MB -c autovacuum=off"
    );
    let mut start = unprivileged(&programs.join("pg_ctl"));
    start
        .current_dir("/")
        .arg("-D")
        .arg(&data)
        .arg("-l")
        .arg(folder.join("log"))
        .args(["-w", "-o", &options, "start"]);
    // Its output would keep our pipe open as long as the server lives.
    let status = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    match status.success() {
        true => Ok(format!("postgres://pii@127.0.0.1:{port}")),
        false => Err(io::Error::other(std::fs::read_to_string(folder.join("log")).unwrap_or_default())),
    }
}

/// Stops the server and removes its folder when this process ends, however it ends: its end of the pipe closes then.
fn watch(programs: &Path, folder: &Path, data: &Path) -> io::Result<()> {
    const SCRIPT: &str = "cat >/dev/null; \"$1\" -D \"$2\" -m immediate stop; rm -rf \"$2\"";
    let mut watcher = unprivileged(Path::new("sh"));
    watcher
        .args(["-c", SCRIPT, "watch"])
        .arg(programs.join("pg_ctl"))
        .arg(data)
        .current_dir("/")
        .process_group(0);
    let child = watcher.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut remover = Command::new("sh");
    remover
        .args(["-c", "cat >/dev/null; sleep 2; rm -rf \"$1\"", "remove"])
        .arg(folder)
        .current_dir("/")
        .process_group(0);
    let other = remover.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    std::mem::forget((child, other));
    Ok(())
}
