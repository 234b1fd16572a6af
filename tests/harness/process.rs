//! A process of its own beside a lab: the test program, run again for one of its ignored tests.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use api::App;
use api::store::StatementHook;
use tokio::net::TcpListener;

use crate::lab::{Lab, beside};

const POINT: &str = "PII_TEST_POINT";
const FOLDER: &str = "PII_TEST_FOLDER";
const DATABASE: &str = "PII_TEST_DATABASE";
const URL: &str = "PII_TEST_URL";
/// What the process says when it is where its test wants it.
const THERE: &str = "there: ";
/// Bytes of a block, in which the shell counts.
const BLOCK: u64 = 512;
/// A write beyond the limit is to fail, not to kill.
const LIMITED: &str = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";

/// A process on a lab's database and store; it ends with this.
pub struct Process {
    child: Child,
    /// What it said when it was there.
    pub said: String,
}

impl Process {
    /// Runs the ignored test `test` as far as `point`.
    pub async fn at(lab: &Lab, test: &str, point: &str) -> Self {
        Self::start(lab, Command::new(program()), test, point).await
    }

    /// The same, where no file may grow beyond `most` bytes, as on a disk that is full.
    pub async fn at_with_room(lab: &Lab, test: &str, point: &str, most: u64) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", LIMITED, &(most / BLOCK).to_string()]).arg(program());
        Self::start(lab, shell, test, point).await
    }

    async fn start(lab: &Lab, mut command: Command, test: &str, point: &str) -> Self {
        let mut child = command
            .args([test, "--exact", "--ignored", "--nocapture"])
            .env(POINT, point)
            .env(FOLDER, lab.folder.path())
            .env(DATABASE, lab.app.settings.database_url())
            .env(URL, &lab.url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test program runs");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let said = tokio::task::spawn_blocking(move || {
            let mut lines = output.lines().map_while(Result::ok);
            lines.find_map(|line| line.split_once(THERE).map(|(_, said)| said.to_owned()))
        });
        let said = said.await.expect("read");
        let mut process = Self { child, said: String::new() };
        process.said = said.unwrap_or_else(|| panic!("it did not come to {point:?}"));
        process
    }

    /// SIGKILL: nothing of it runs any more.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        let status = self.child.wait().expect("gone");
        assert!(!status.success() && status.code().is_none(), "it died of a signal: {status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs the ignored test `name` in a process of its own, where nothing else takes memory or time, to its end.
///
/// # Panics
/// With all that it said, if it does not pass.
pub fn run_alone(name: &str) {
    let alone = [name, "--exact", "--ignored", "--nocapture"];
    let done = Command::new(program()).args(alone).output().expect("the test program runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let passed = done.status.success() && said.contains("1 passed");
    assert!(passed, "{said}{}", String::from_utf8_lossy(&done.stderr));
}

fn program() -> std::path::PathBuf {
    std::env::current_exe().expect("the test program")
}

fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set by the test that runs this one"))
}

/// In the process: as far as where it shall go.
pub fn point() -> String {
    given(POINT)
}

/// In the process: its app, whose statements `hook` hears.
pub async fn own_app(hook: StatementHook) -> App {
    beside(Path::new(&given(FOLDER)), &given(DATABASE), &given(URL), hook).await
}

/// In the process: it is there.
pub fn say(said: &str) {
    println!("{THERE}{said}");
    std::io::stdout().flush().expect("said");
}

/// In the process: serves as the product does, until it is killed, and says at which address.
pub async fn serve(app: App) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    say(&format!("http://{}", listener.local_addr().expect("an address")));
    api::http::listen(listener, app, std::future::pending()).await;
}
