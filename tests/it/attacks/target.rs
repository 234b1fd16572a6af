//! The server that is attacked, in a process of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, Lab};
use tokio::net::{TcpSocket, TcpStream};

/// What an ordinary client asks.
const ORDINARY: &str = "{ viewer { id } organizations(first: 5) { nodes { code nameVi } } }";

/// It ends with this value.
pub(super) struct Target {
    /// Whose token the attackers have.
    pub(super) client: Client,
    /// Uses each connection once: one on which too much was sent is closed.
    pub(super) http: reqwest::Client,
    /// What is answered to [`ORDINARY`].
    right: Value,
    child: Child,
    _line: ChildStdin,
}

impl Target {
    pub(super) async fn start() -> Self {
        let own = std::env::current_exe().expect("the test program");
        let mut child = Command::new(own)
            .args(["attacks::target::serves", "--exact", "--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test program runs");
        let line = child.stdin.take().expect("its input");
        let mut said = BufReader::new(child.stdout.take().expect("its output"));
        let mut ready = String::new();
        while !ready.starts_with("ready ") {
            ready.clear();
            assert!(said.read_line(&mut ready).expect("a line") > 0, "the server did not start");
        }
        let mut words = ready.split_whitespace().skip(1).map(str::to_owned);
        let (url, token) = (words.next().expect("an address"), words.next());
        let client = Client::new(&url, token);
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let right = client.get(ORDINARY, json!({})).await;
        Self { client, http, right, child, _line: line }
    }

    /// Nanoseconds that each of its threads has kept a processor busy.
    fn threads(&self) -> HashMap<String, u64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        let busy = |thread: std::fs::DirEntry| {
            // A thread may end while it is looked at.
            let times = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            Some((thread.file_name().into_string().ok()?, times.split(' ').next()?.parse().ok()?))
        };
        tasks.filter_map(Result::ok).filter_map(busy).collect()
    }

    /// A line of its status, in bytes.
    fn memory(&self, line: &str) -> i64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let found = status.lines().find_map(|text| text.strip_prefix(line)).expect("the line");
        found.trim_matches([':', ' ', '\t']).trim_end_matches(" kB").parse::<i64>().expect("a number") << 10
    }

    /// Does something to it; what that took of a processor, and of memory at its peak.
    pub(super) async fn measured(&self, attack: impl AsyncFnOnce()) -> (Duration, i64) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("the peak is forgotten");
        let (before, memory) = (self.threads(), self.memory("VmRSS"));
        attack().await;
        let spent =
            self.threads().into_iter().map(|(thread, busy)| busy - before.get(&thread).unwrap_or(&0)).sum();
        (Duration::from_nanos(spent), self.memory("VmHWM") - memory)
    }

    /// Somebody else asks, and is answered.
    pub(super) async fn serves_others(&self) {
        assert_eq!(self.client.get(ORDINARY, json!({})).await, self.right);
    }

    /// The same again and again until `attack` is over.
    pub(super) async fn serves_others_during<T>(&self, attack: impl Future<Output = T>) -> T {
        let is_over = AtomicBool::new(false);
        let attack = async {
            let outcome = attack.await;
            is_over.store(true, Ordering::Relaxed);
            outcome
        };
        let ordinary = async {
            self.serves_others().await;
            while !is_over.load(Ordering::Relaxed) {
                self.serves_others().await;
            }
        };
        tokio::join!(attack, ordinary).0
    }

    /// A connection from an address of this machine's own.
    pub(super) async fn connect(&self, from: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((from, 0).into()).expect("an address");
        let server = self.client.url.trim_start_matches("http://").parse().expect("an address");
        socket.connect(server).await.expect("connected")
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the tests of this folder"]
async fn serves() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    println!("\nready {} {}", lab.url, officer.token.expect("signed in"));
    std::io::stdout().flush().expect("said");
    // Until whoever started it is gone.
    let wait = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    tokio::task::spawn_blocking(wait).await.expect("waits").expect("reads");
}
