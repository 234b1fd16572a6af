//! Many at once from one place, or of one user: they come to an end of their own places, and take none of others'.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tests::{Client, Lab, both};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::scene::{assignment, task, text};

/// Connections of one network.
const CONNECTIONS: usize = 500;
/// Long bodies of one user.
const BODIES: usize = 8;
/// Pieces of 64 KiB of long answers that one user has not read.
const UNREAD: usize = 512;
/// The same of what mutations say.
const TOLD: usize = 128;
/// Pieces of a report's words eleven times over.
const PIECES: usize = 5;
/// Operations that are executed at once.
const AT_ONCE: usize = 256;
/// WebSockets of one network that have not said whose they are.
const WAITING: usize = 50;

const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

async fn connect(lab: &Lab, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    // What is sent must not disappear in the system's own memory.
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    socket.bind(SocketAddr::from((from, 0))).expect("an address of this machine");
    let server = lab.url.trim_start_matches("http://").parse().expect("an address");
    socket.connect(server).await.expect("connected")
}

/// What the server says until it closes the connection, or has said the head of an answer.
async fn said(socket: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut some = [0; 1_024];
    while !said.windows(4).any(|end| end == b"\r\n\r\n") {
        match socket.read(&mut some).await {
            Ok(length) if length > 0 => said.extend_from_slice(&some[..length]),
            // Closed, whether or not all that was sent had been read.
            _ => break,
        }
    }
    String::from_utf8_lossy(&said).to_lowercase()
}

/// The head of a request with a long body, and more of the body than is kept of every request.
fn long(client: &Client) -> String {
    let token = client.token.as_ref().expect("a token");
    let some = " ".repeat(20_000);
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 200000\r\n\r\n{some}"
    )
}

const OPEN: &str = "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    sec-websocket-protocol: graphql-transport-ws\r\n\r\n";

/// Asks for a report's words so many times over.
fn many_times(report: &str, times: usize) -> String {
    let words: String = (0..times).map(|number| format!("c{number}: content ")).collect();
    format!("{{ node(id: \"{report}\") {{ ... on ProgressReport {{ {words} }} }} }}")
}

/// A report of 30,000 bytes on a task of the client's organization.
async fn long_report(lab: &Lab, coordinator: &Client, client: &Client) -> String {
    const SAVE: &str = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { id } userErrors { code } } }";
    let task = task(lab, coordinator, "N1", &[("STC", "LEAD")]).await;
    let assignment = assignment(client, &task).await;
    let input = json!({ "assignmentId": assignment, "period": "2026-H1", "percent": 1, "content": "đ".repeat(15_000) });
    text(&client.done(SAVE, json!({ "input": input })).await, "/report/id")
}

/// The same server at an address where little of what it sends disappears in the system's own memory.
async fn narrow(mut lab: Lab) -> Lab {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_send_buffer_size(4_096).expect("a small buffer");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
    let listener = socket.listen(1_024).expect("listening");
    lab.url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(api::http::listen(listener, lab.app.clone(), std::future::pending()));
    lab
}

/// Asks, and reads no more than the head of the answer.
async fn ask_only(lab: &Lab, client: &Client, accept: &str, query: &str) -> (String, TcpStream) {
    let body = json!({ "query": query }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\naccept: {accept}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        client.token.as_ref().expect("a token"),
        body.len(),
    );
    let mut socket = connect(lab, Ipv4Addr::LOCALHOST).await;
    socket.write_all(head.as_bytes()).await.expect("sent");
    (said(&mut socket).await, socket)
}

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
/// How often something is asked before what must come of it never does.
const TRIES: usize = 2_000;

both! {
    async fn one_network_does_not_take_the_connections_of_all(lab) {
        let officer = lab.officer("STC").await;
        let mut taken = Vec::new();
        for _ in 0..CONNECTIONS {
            taken.push(connect(&lab, NEIGHBOUR).await);
        }
        let mut one_more = connect(&lab, NEIGHBOUR).await;
        assert_eq!(said(&mut one_more).await, "", "closed without a word");
        officer.get("{ viewer { id } }", json!({})).await;
        drop(taken);
        // The server notices one after the other that they are gone.
        for _ in 0..TRIES {
            let body = json!({ "query": "{ viewer { id } }" });
            let request = officer.coming_from(NEIGHBOUR).http.post(format!("{}/graphql", lab.url)).json(&body);
            if request.bearer_auth(officer.token.as_ref().expect("a token")).send().await.is_ok() {
                return;
            }
        }
        panic!("connections that are gone keep their places");
    }

    async fn long_bodies_of_one_user_are_counted(lab) {
        let (hostile, officer) = (lab.officer("STC").await, lab.officer("SNV").await);
        let mut sockets = Vec::new();
        for _ in 0..=BODIES {
            let mut socket = connect(&lab, Ipv4Addr::LOCALHOST).await;
            socket.write_all(long(&hostile).as_bytes()).await.expect("sent");
            sockets.push(socket);
        }
        let mut answers: FuturesUnordered<_> = sockets.iter_mut().map(said).collect();
        let first = answers.next().await.expect("one is answered");
        assert!(first.starts_with("http/1.1 503") && first.contains("retry-after: 1"), "{first}");
        let more = tokio::time::timeout(Duration::from_millis(100), answers.next()).await;
        assert!(more.is_err(), "the others are read on: {more:?}");
        let query = format!("{{ viewer {{ id }} }} #{}", "x".repeat(30_000));
        assert_eq!(hostile.ask(&query, json!({})).await.status, 503);
        hostile.get("{ viewer { id } }", json!({})).await;
        officer.get(&query, json!({})).await;
    }

    async fn answers_that_one_user_does_not_read_are_counted(lab) {
        let lab = narrow(lab).await;
        let (coordinator, hostile) = (lab.coordinator().await, lab.officer("STC").await);
        let query = many_times(&long_report(&lab, &coordinator, &hostile).await, 11);
        let ask = async || ask_only(&lab, &hostile, JSON, &query).await;
        let mut unread = Vec::new();
        let refused = loop {
            match ask().await {
                (answer, socket) if answer.starts_with("http/1.1 200") => unread.push(socket),
                (answer, _) => break answer,
            }
        };
        assert!(refused.starts_with("http/1.1 503") && refused.contains("retry-after: 1"), "{refused}");
        assert_eq!(unread.len(), UNREAD / PIECES);
        let events = hostile.http.post(format!("{}/graphql", lab.url)).header("accept", EVENTS);
        let events = events.bearer_auth(hostile.token.as_ref().expect("a token")).json(&json!({ "query": query }));
        let told = events.send().await.expect("answered").text().await.expect("told");
        assert!(told.starts_with("event: next") && told.contains("BUSY"), "{told:.300}");
        hostile.get("{ viewer { id } }", json!({})).await;
        assert_eq!(coordinator.ask(&query, json!({})).await.status, 200);
        drop(unread);
        // The server notices one after the other that they are gone.
        for _ in 0..TRIES {
            if ask().await.0.starts_with("http/1.1 200") {
                return;
            }
        }
        panic!("answers that nobody can read keep their places");
    }

    async fn answers_that_come_as_events_are_counted_with_them(lab) {
        let lab = narrow(lab).await;
        let (coordinator, hostile) = (lab.coordinator().await, lab.officer("STC").await);
        let query = many_times(&long_report(&lab, &coordinator, &hostile).await, 11);
        let mut unread = Vec::new();
        for _ in 0..=UNREAD / PIECES {
            unread.push(ask_only(&lab, &hostile, EVENTS, &query).await);
        }
        // They are made one after the other.
        for _ in 0..TRIES {
            if hostile.ask(&query, json!({})).await.status == 503 {
                return;
            }
        }
        panic!("what comes as events has no places");
    }

    async fn what_a_mutation_says_has_its_place_before_it_does_anything(lab) {
        let lab = narrow(lab).await;
        let (coordinator, hostile) = (lab.coordinator().await, lab.officer("STC").await);
        let report = long_report(&lab, &coordinator, &hostile).await;
        let words: String = (0..11).map(|number| format!("c{number}: content ")).collect();
        let submit = format!("mutation {{ reportSubmit(id: \"{report}\") {{ report {{ {words} }} userErrors {{ code }} }} }}");
        let again = format!("mutation {{ reportWithdraw(id: \"{report}\") {{ report {{ {words} }} userErrors {{ code }} }} }}");
        let mut unread = Vec::new();
        let refused = loop {
            let mutation = if unread.len() % 2 == 0 { &submit } else { &again };
            match ask_only(&lab, &hostile, JSON, mutation).await {
                (answer, socket) if answer.starts_with("http/1.1 200") => unread.push(socket),
                (answer, _) => break answer,
            }
        };
        assert!(refused.starts_with("http/1.1 503"), "{refused}");
        // The last of them had as many places as were left.
        assert_eq!(unread.len(), TOLD.div_ceil(PIECES));
        let status = hostile.get(&format!("{{ progressReport(id: \"{report}\") {{ status }} }}"), json!({})).await;
        let wanted = if unread.len() % 2 == 0 { "DRAFT" } else { "SUBMITTED" };
        assert_eq!(status["progressReport"]["status"], wanted, "nothing more was done");
        task(&lab, &coordinator, "N2", &[("STC", "LEAD")]).await;
    }

    async fn who_does_not_read_events_keeps_nobody_from_asking(lab) {
        let lab = narrow(lab).await;
        let (coordinator, hostile) = (lab.coordinator().await, lab.officer("STC").await);
        let query = many_times(&long_report(&lab, &coordinator, &hostile).await, 2);
        let mut unread = Vec::new();
        for _ in 0..AT_ONCE {
            unread.push(ask_only(&lab, &hostile, EVENTS, &query).await);
        }
        // They are made one after the other.
        for _ in 0..TRIES {
            if coordinator.ask("{ viewer { id } }", json!({})).await.status == 200 {
                return;
            }
        }
        panic!("answers that were made keep the places of those that are being made");
    }

    async fn sockets_of_one_network_that_say_nothing_are_counted(lab) {
        let mut waiting = Vec::new();
        for _ in 0..WAITING {
            let mut socket = connect(&lab, NEIGHBOUR).await;
            socket.write_all(OPEN.as_bytes()).await.expect("sent");
            assert!(said(&mut socket).await.starts_with("http/1.1 101"));
            waiting.push(socket);
        }
        for (from, status) in [(NEIGHBOUR, "http/1.1 503"), (Ipv4Addr::LOCALHOST, "http/1.1 101")] {
            let mut socket = connect(&lab, from).await;
            socket.write_all(OPEN.as_bytes()).await.expect("sent");
            let answer = said(&mut socket).await;
            assert!(answer.starts_with(status), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_head_that_does_not_end_is_given_up() {
    let lab = Lab::sqlite_with(&["--headers-ms", "50"]).await;
    for said_so_far in ["GET /livez HTTP/1.1\r\nhost: x\r\nx-more: ", "P", ""] {
        let mut socket = connect(&lab, Ipv4Addr::LOCALHOST).await;
        socket.write_all(said_so_far.as_bytes()).await.expect("sent");
        let end = tokio::time::timeout(Duration::from_secs(20), said(&mut socket));
        let answer = end.await.unwrap_or_else(|_| panic!("{said_so_far:?}: waited for"));
        assert!(answer.is_empty() || answer.starts_with("http/1.1 408"), "{said_so_far:?}: {answer}");
    }
}

/// RFC 9112, 3.2: what stands between must not take a request for another host's.
#[tokio::test]
async fn a_request_names_one_host() {
    let lab = Lab::sqlite().await;
    for (hosts, status) in [("host: x\r\n", "200"), ("", "400"), ("host: x\r\nhost: y\r\n", "400")] {
        let mut socket = connect(&lab, Ipv4Addr::LOCALHOST).await;
        socket.write_all(format!("GET /livez HTTP/1.1\r\n{hosts}\r\n").as_bytes()).await.expect("sent");
        let answer = said(&mut socket).await;
        assert!(answer.starts_with(&format!("http/1.1 {status}")), "{hosts:?}: {answer}");
    }
}

/// What is bounded is one answer at a time for each connection.
#[tokio::test]
async fn http_2_is_not_spoken() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let lab = Lab::sqlite().await;
    let mut socket = connect(&lab, Ipv4Addr::LOCALHOST).await;
    socket.write_all(PREFACE).await.expect("sent");
    let answer = said(&mut socket).await;
    assert!(answer.is_empty() || answer.starts_with("http/1.1 4"), "{answer:?}");
}
