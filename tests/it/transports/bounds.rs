//! What a client cannot make the server keep.

use futures_util::SinkExt;
use serde_json::json;
use tests::Lab;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::wire::{EVENTS, Ear, Heard, PATIENCE, Socket, ask, events};
use super::{QUICK, TOLD};

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

#[tokio::test]
async fn strangers_sockets_are_counted() {
    let lab = Lab::sqlite().await;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(Socket::open(&lab).await);
    }
    let asked = Socket::ask(&lab, "/graphql", &[super::wire::PROTOCOL]).await;
    assert_eq!(asked.err(), Some(503));
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

#[tokio::test]
async fn a_client_that_is_silent_for_long_is_left() {
    let lab = Lab::sqlite_with(QUICK).await;
    let officer = lab.officer("STC").await;
    let host = lab.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.expect("connected");
    let token = officer.token.expect("signed in");
    let request = format!(
        "GET /graphql HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    // A frame of text with a mask of zeros.
    let init = br#"{"type":"connection_init"}"#;
    let frame = [&[0x81, 0x80 | init.len() as u8, 0, 0, 0, 0], init.as_slice()].concat();
    stream.write_all(&[request.as_bytes(), &frame].concat()).await.expect("sent");
    let mut heard = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("the server hangs up").expect("read");
    // An empty ping, once, and no word of parting for nobody.
    assert!(heard.ends_with(&[0x89, 0]), "{:?}", String::from_utf8_lossy(&heard));
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
