//! Hostile requests against a server in a process of its own: what each takes of processor and memory, and that others
//! are served meanwhile. Linux tells both of a process; elsewhere nothing is measured.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Lab;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Most that a hostile request may take of a processor.
const CPU: Duration = Duration::from_millis(50);
/// Most that it may take of memory.
const MEMORY: i64 = 20 << 20;
/// The system counts a process's time in ticks of a hundredth of a second: one request is too short to be seen.
const TIMES: u32 = 10;

/// A server in a process of its own, which ends with this value.
struct Target {
    url: String,
    token: String,
    http: reqwest::Client,
    child: Child,
    _line: ChildStdin,
}

impl Target {
    fn start() -> Self {
        let own = std::env::current_exe().expect("the test program");
        let mut child = Command::new(own)
            .args(["attacks::target", "--exact", "--ignored", "--nocapture"])
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
        let (url, token) = (words.next().expect("an address"), words.next().expect("a token"));
        Self { url, token, http: client(), child, _line: line }
    }

    /// How long it has kept a processor busy.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("its times");
        let (_, numbers) = stat.rsplit_once(") ").expect("its name in brackets");
        let ticks: u64 =
            numbers.split(' ').skip(11).take(2).map(|number| number.parse::<u64>().expect("ticks")).sum();
        Duration::from_millis(ticks * 10)
    }

    /// A line of its status, in bytes.
    fn memory(&self, line: &str) -> i64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let found = status.lines().find_map(|text| text.strip_prefix(line)).expect("the line");
        found.trim_matches([':', ' ', '\t']).trim_end_matches(" kB").parse::<i64>().expect("a number") << 10
    }

    /// Does something to it; what that took of a processor, and of memory at its peak.
    async fn measured(&self, attack: impl AsyncFnOnce()) -> (Duration, i64) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("the peak is forgotten");
        let (cpu, memory) = (self.cpu(), self.memory("VmRSS"));
        attack().await;
        (self.cpu() - cpu, self.memory("VmHWM") - memory)
    }

    fn post(&self, body: Vec<u8>, with_token: bool) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("{}/graphql", self.url)).body(body);
        let request = request.header("content-type", "application/json").timeout(Duration::from_secs(20));
        if with_token { request.bearer_auth(&self.token) } else { request }
    }

    /// Somebody else asks, and is answered.
    async fn serves_others(&self) {
        let body = json!({ "query": "{ viewer { id } }" }).to_string().into_bytes();
        let answer: Value = self.post(body, true).send().await.expect("answered").json().await.expect("JSON");
        assert!(answer["data"]["viewer"]["id"].is_string(), "{answer:#}");
    }

    async fn socket(&self) -> TcpStream {
        TcpStream::connect(self.url.trim_start_matches("http://")).await.expect("connected")
    }
}

/// A client that uses each connection once: one on which too much was sent is closed.
fn client() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client")
}

impl Drop for Target {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the tests below"]
async fn target() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    println!("\nready {} {}", lab.url, officer.token.expect("signed in"));
    std::io::stdout().flush().expect("said");
    // Until whoever started it is gone.
    let wait = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    tokio::task::spawn_blocking(wait).await.expect("waits").expect("reads");
}

fn query(text: impl Into<String>) -> Vec<u8> {
    json!({ "query": text.into() }).to_string().into_bytes()
}

/// Fragments of which each spreads the next so many times.
fn bomb(width: usize, depth: usize) -> String {
    let mut text = String::from("{...F0}");
    for level in 0..depth {
        let spreads = format!("...F{} ", level + 1).repeat(width);
        text += &format!("fragment F{level} on Query{{{spreads}}}");
    }
    text + &format!("fragment F{depth} on Query{{__typename}}")
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// What an attacker sends, and which statuses may answer.
fn attacks() -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    const REFUSED: &[u16] = &[200, 400];
    let aliases = |count| format!("{{{}}}", numbered(count, |i| format!("a{i}:__typename ")));
    let list = format!("[{}]", "0,".repeat(60_000) + "0");
    vec![
        ("2^24 fields", query(bomb(2, 24)), REFUSED),
        ("20^6 fields", query(bomb(20, 6)), REFUSED),
        ("40^5 fields", query(bomb(40, 5)), REFUSED),
        ("100,000 aliases", query(aliases(100_000)), &[413]),
        ("as many aliases as fit", query(aliases(12_000)), REFUSED),
        ("3,000 aliases", query(aliases(3_000)), REFUSED),
        ("20,000 unknown fields", query(format!("{{{}}}", numbered(20_000, |i| format!("f{i} ")))), REFUSED),
        ("400 unknown fields", query(format!("{{{}}}", numbered(400, |i| format!("f{i} ")))), REFUSED),
        ("9,000 fields of one name", query(format!("{{viewer{{{}}}}}", "id ".repeat(9_000))), REFUSED),
        ("conflicting fields", query(format!("{{viewer{{{}}}}}", "x:id x:name ".repeat(450))), REFUSED),
        ("nested 20,000 deep", query("{a".repeat(20_000)), REFUSED),
        ("brackets 100,000 deep", query("[".repeat(100_000)), REFUSED),
        ("9,000 directives", query(format!("{{viewer{{id {}}}}}", "@a ".repeat(4_000))), REFUSED),
        (
            "2,000 variables",
            query(format!("query({}){{viewer{{id}}}}", numbered(2_000, |i| format!("$v{i}:Int ")))),
            REFUSED,
        ),
        (
            "900 fragments that nothing spreads",
            query("{viewer{id}}".to_owned() + &numbered(900, |i| format!("fragment F{i} on User{{id}}"))),
            REFUSED,
        ),
        ("a text of 200 KB", query(format!("{{task(id:\"{}\"){{id}}}}", "x".repeat(200_000))), REFUSED),
        (
            "a block text of 200 KB",
            query(format!("{{task(id:\"\"\"{}\"\"\"){{id}}}}", "\n x".repeat(60_000))),
            REFUSED,
        ),
        (
            "variables nested 100,000 deep",
            format!("{{\"query\":\"{{viewer{{id}}}}\",\"variables\":{{\"x\":{}", "[".repeat(100_000))
                .into_bytes(),
            &[400],
        ),
        (
            "a list of 60,000 numbers",
            format!("{{\"query\":\"query($x:[Int!]){{viewer{{id}}}}\",\"variables\":{{\"x\":{list}}}}}")
                .into_bytes(),
            REFUSED,
        ),
        (
            "60,000 values where an id is wanted",
            format!(
                "{{\"query\":\"query($x:[ID!]!){{nodes(ids:$x){{id}}}}\",\"variables\":{{\"x\":{list}}}}}"
            )
            .into_bytes(),
            REFUSED,
        ),
        ("12 MiB", query("x".repeat(12 << 20)), &[413]),
    ]
}

#[tokio::test]
async fn a_hostile_request_takes_little() {
    let target = Target::start();
    target.serves_others().await;
    let mut over = Vec::new();
    for (what, body, statuses) in attacks() {
        for with_token in [true, false] {
            let mut answered = 0;
            let (cpu, memory) = target
                .measured(async || {
                    for _ in 0..TIMES {
                        // Whoever sends too much may be hung up on before all was sent.
                        let Ok(response) = target.post(body.clone(), with_token).send().await else {
                            continue;
                        };
                        let status = response.status().as_u16();
                        let refused =
                            statuses.contains(&status) || !with_token && [400, 401, 413].contains(&status);
                        let bytes = response.bytes().await.map_or(0, |bytes| bytes.len());
                        assert!(refused && bytes < 16_000, "{what}: {status}, {bytes} bytes");
                        answered += 1;
                    }
                })
                .await;
            target.serves_others().await;
            assert!(answered > 0 || body.len() > 1 << 20, "{what} was not answered");
            let each = cpu / TIMES;
            println!("{what:<40} {with_token:<6} {each:>10.1?} {:>8} KiB", memory >> 10);
            if each > CPU || memory > MEMORY {
                over.push(what);
            }
        }
    }
    assert!(over.is_empty(), "over the budget of {CPU:?} and {MEMORY} bytes: {over:?}");
}

#[tokio::test]
async fn idle_and_slow_sockets_hold_nobody_up() {
    const SOCKETS: usize = 1_000;
    let target = Target::start();
    target.serves_others().await;
    let (cpu, memory) = target
        .measured(async || {
            let mut idle = Vec::new();
            for _ in 0..SOCKETS {
                idle.push(target.socket().await);
            }
            target.serves_others().await;
            for socket in idle.iter_mut().take(SOCKETS / 2) {
                let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{";
                socket.write_all(head.as_bytes()).await.expect("sent");
            }
            let begun = Instant::now();
            target.serves_others().await;
            println!("answered in {:?} beside {SOCKETS} sockets", begun.elapsed());
            // Each sends one byte more, and then nothing.
            for socket in idle.iter_mut().take(SOCKETS / 2) {
                socket.write_all(b" ").await.expect("sent");
            }
            target.serves_others().await;
        })
        .await;
    println!("{SOCKETS} sockets: {cpu:?}, {} KiB", memory >> 10);
    assert!(memory < MEMORY, "{memory} bytes");
    target.serves_others().await;
}

/// One who asks too much at once is told so; others are served.
#[tokio::test]
async fn a_crowd_is_turned_away_rather_than_kept() {
    let target = Target::start();
    let body =
        query("{ leader: dashboard { __typename } organizations(first: 100) { nodes { id code name } } }");
    let mut crowd = Vec::new();
    for _ in 0..600 {
        let request = target.post(body.clone(), true);
        crowd.push(tokio::spawn(
            async move { request.send().await.map(|response| response.status().as_u16()) },
        ));
    }
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for one in crowd {
        if let Ok(status) = one.await.expect("no panic") {
            *statuses.entry(status).or_default() += 1;
        }
    }
    println!("{statuses:?}");
    assert!(statuses.keys().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!(statuses.get(&200).is_some_and(|&served| served >= 100), "{statuses:?}");
    target.serves_others().await;
}

/// A socket that sends no whole head is closed.
#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let target = Target::start();
    let mut socket = target.socket().await;
    let mut head = String::from("GET /graphql HTTP/1.1\r\nhost: x\r\n");
    head += &numbered(100, |i| format!("x-header-{i}: {i}\r\n"));
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket.write_all(b"\r\n").await.expect("sent");
    let mut answer = vec![0; 1_024];
    let length = socket.read(&mut answer).await.expect("answered");
    assert!(answer[..length].starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer[..length]));
}
