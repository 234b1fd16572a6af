//! What a client cannot make the server keep.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::SinkExt;
use serde_json::json;
use tests::{Client, Lab};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::wire::{EVENTS, Ear, Heard, PATIENCE, Socket, ask, events};
use super::{QUICK, TOLD};
use crate::given::Obstacle;
use crate::scene::{assignment, task, text};

#[tokio::test]
async fn sockets_of_one_user_are_counted() {
    let lab = Lab::sqlite().await;
    let (officer, other) = (lab.officer("STC").await, lab.officer("SNV").await);
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(Socket::of(&lab, &officer).await);
    }
    let mut more = Socket::open(&lab).await;
    more.greet(&officer).await;
    assert_eq!(more.hear().await, Heard::Closed(1013, "Try again later".into()));
    Socket::of(&lab, &other).await;
    let mut last = open.pop().expect("a socket");
    last.0.close(None).await.expect("closed");
    while futures_util::StreamExt::next(&mut last.0).await.is_some() {}
    Socket::of(&lab, &officer).await;
}

/// As many as a lab has.
const CONNECTIONS: i64 = 4;

#[tokio::test]
async fn what_listens_gives_back_what_it_holds() {
    let Some(lab) = Lab::postgres_with(QUICK).await else { return };
    let (listening, other) = (lab.officer("STC").await, lab.officer("SNV").await);
    let mut sockets = Vec::new();
    for _ in 0..CONNECTIONS {
        sockets.push(Socket::of(&lab, &listening).await);
    }
    let obstacle = Obstacle::to_reading(&lab, "notification").await;
    for socket in &mut sockets {
        socket.subscribe("1", TOLD, json!({})).await;
    }
    obstacle.holds_up(CONNECTIONS).await;
    // At the next heartbeat it is asked anew who listens, for which there is no connection left.
    lab.clock.advance(TimeDelta::minutes(1));
    tokio::time::sleep(Duration::from_millis(500)).await;
    obstacle.goes_away().await;
    let answer = timeout(Duration::from_secs(5), other.get("{ viewer { id } }", json!({}))).await;
    answer.expect("the connections come back long before whoever waits for one gives up");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_left() {
    let lab = Lab::sqlite_with(&["--reading-ms", "100"]).await;
    let officer = lab.officer("STC").await;
    let mut socket = Socket::of(&lab, &officer).await;
    let schema = "{ __schema { types { name description fields { name description type { name kind ofType { name } } } } } }";
    let payload = json!({ "query": schema });
    let flood = async {
        for number in 0.. {
            let message = json!({ "id": number.to_string(), "type": "subscribe", "payload": payload });
            if socket.0.send(Message::text(message.to_string())).await.is_err() {
                break;
            }
        }
    };
    timeout(PATIENCE, flood).await.expect("the server hangs up");
}

/// While an answer waits for its client, the others of the socket let go of their database connections.
#[tokio::test]
async fn a_client_that_does_not_read_holds_nobody_up() {
    let lab = Lab::sqlite_with(&["--reading-ms", "60000"]).await;
    let (coordinator, officer, other) =
        (lab.coordinator().await, lab.officer("STC").await, lab.officer("SYT").await);
    let task = task(&lab, &coordinator, "LONG", &[("STC", "LEAD")]).await;
    let input = json!({ "assignmentId": assignment(&officer, &task).await, "period": "2026", "percent": 1, "content": "😀".repeat(20_000) });
    let save = "mutation($input: ReportSaveInput!) { reportSave(input: $input) { report { id } userErrors { code } } }";
    let report = text(&officer.done(save, json!({ "input": input })).await, "/report/id");
    let rows =
        "{ tasks { nodes { assignments { organization { name } } participants { organization { name } } } }
        organizations { totalCount nodes { name } } myAssignments { totalCount nodes { task { title } } } }";
    let contents: String = (0..95).map(|alias| format!("a{alias}: content ")).collect();
    let long = format!("{{ progressReport(id: \"{report}\") {{ {contents} }} }}");
    let mut frames = frame(br#"{"type":"connection_init"}"#);
    for number in 0..46 {
        let query = if number == 45 { long.as_str() } else { rows };
        let payload = json!({ "query": query });
        frames.extend(long_frame(
            &json!({ "id": number.to_string(), "type": "subscribe", "payload": payload }).to_string(),
        ));
    }
    let _unread = raw(&lab, &officer, &frames).await;
    for _ in 0..20 {
        other.get(rows, json!({})).await;
    }
}

/// A frame of text of any length that fits in 16 bits, with a mask of zeros.
fn long_frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short enough").to_be_bytes();
    [&[0x81, 0x80 | 126, length[0], length[1], 0, 0, 0, 0], text.as_bytes()].concat()
}

/// A socket down to its bytes, opened in the client's name; `frames` are sent behind the request.
async fn raw(lab: &Lab, client: &Client, frames: &[u8]) -> TcpStream {
    let host = lab.url.trim_start_matches("http://");
    // Few bytes fit between a client that does not read and the server.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let mut stream = socket.connect(host.parse().expect("an address")).await.expect("connected");
    let token = client.token.as_deref().expect("signed in");
    let request = format!(
        "GET /graphql HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(&[request.as_bytes(), frames].concat()).await.expect("sent");
    stream
}

/// A short frame of text with a mask of zeros.
fn frame(text: &[u8]) -> Vec<u8> {
    [&[0x81, 0x80 | text.len() as u8, 0, 0, 0, 0], text].concat()
}

#[tokio::test]
async fn a_client_that_is_silent_for_long_is_left() {
    let lab = Lab::sqlite_with(QUICK).await;
    let officer = lab.officer("STC").await;
    let mut stream = raw(&lab, &officer, &frame(br#"{"type":"connection_init"}"#)).await;
    let mut heard = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("the server hangs up").expect("read");
    // An empty ping, once, and no word of parting for nobody.
    assert!(heard.ends_with(&[0x89, 0]), "{:?}", String::from_utf8_lossy(&heard));
}

#[tokio::test]
async fn bytes_that_are_no_messages_are_answered_by_their_code() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let unmasked = [&[0x81, 2], b"{}".as_slice()].concat();
    // A frame that would have a gigabyte is refused before it comes.
    let huge = [&[0x81, 0x80 | 127], (1_u64 << 30).to_be_bytes().as_slice(), &[0; 4]].concat();
    for (frames, code) in
        [(frame(b"\xff"), 1007_u16), (unmasked, 1002), (huge, 1009), (vec![0xc1, 0x80, 0, 0, 0, 0], 1002)]
    {
        let mut stream = raw(&lab, &officer, &frames).await;
        let mut heard = Vec::new();
        let [high, low] = code.to_be_bytes();
        let closed = |heard: &[u8]| heard.windows(4).any(|it| it[0] == 0x88 && it[2..] == [high, low]);
        while !closed(&heard) {
            let read = timeout(PATIENCE, stream.read_buf(&mut heard)).await.expect("something comes");
            assert_ne!(read.expect("read"), 0, "{code} {:?}", String::from_utf8_lossy(&heard));
        }
    }
}

#[tokio::test]
async fn all_that_listen_end_when_the_server_stops() {
    let mut lab = Lab::sqlite().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    lab.url = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let told = async { drop(stopped.await) };
    let server = tokio::spawn(api::serve(lab.app.clone(), listener, told));
    let officer = lab.officer("STC").await;
    let listening = Ear::each(&lab, &officer, TOLD).await;
    let mut waiting = Socket::open(&lab).await;
    stop.send(()).expect("heard");
    let [events, parts, socket] = listening;
    assert_eq!(events.end().await, [""; 0], "no end to the operation: it goes on elsewhere");
    let parts = parts.end().await;
    assert!(
        parts[0].contains("BUSY") && parts[0].contains("\"payload\":null") && parts[1] == "null",
        "{parts:?}"
    );
    assert_eq!(socket.end().await, ["1001 Going away"]);
    assert_eq!(waiting.hear().await, Heard::Closed(1001, "Going away".into()));
    timeout(PATIENCE, server).await.expect("it stops").expect("no panic").expect("no error");
}

#[tokio::test]
async fn a_log_out_over_a_stream_is_answered() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let logout = "mutation { logout { userErrors { code } } }";
    use futures_util::StreamExt;
    let told: Vec<_> = events(ask(&officer, EVENTS, logout, json!({})).await).collect().await;
    assert!(told[0].1.contains("\"userErrors\":[]"), "{told:?}");
    assert_eq!(told[1].0, "complete");
}
