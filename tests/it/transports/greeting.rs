//! How a socket is opened, and with which code it is closed for which mistake.

use serde_json::{Value, json};
use tests::Lab;
use tokio_tungstenite::tungstenite::Message;

use super::wire::{Heard, PROTOCOL, Socket};
use super::{QUICK, TOLD};

#[tokio::test]
async fn a_socket_is_for_the_protocol_and_for_known_pages() {
    let lab = Lab::sqlite_with(&["--cors-origins", "https://pii.example.vn"]).await;
    let mut socket = Socket::ask(&lab, "/graphql", &[]).await.expect("a socket");
    assert_eq!(socket.hear().await, Heard::Closed(4406, "Subprotocol not acceptable".into()));
    let old = ("sec-websocket-protocol", "graphql-ws");
    assert_eq!(Socket::ask(&lab, "/graphql", &[old]).await.err(), Some(101));
    let offered = ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws");
    let mut socket = Socket::ask(&lab, "/graphql", &[offered]).await.expect("a socket");
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));

    let own = lab.url.as_str();
    for (origin, wanted) in [
        (own, None),
        ("https://pii.example.vn", None),
        ("https://pii.example.vn.evil.example", Some(403)),
        ("http://evil.example", Some(403)),
        ("null", Some(403)),
    ] {
        let asked = Socket::ask(&lab, "/graphql", &[PROTOCOL, ("origin", origin)]).await;
        assert_eq!(asked.err(), wanted, "{origin}");
    }
    let officer = lab.officer("STC").await;
    let token = officer.token.as_deref().expect("signed in");
    for path in ["/graphql?access_token=", "/graphql?token="] {
        let asked = Socket::ask(&lab, &format!("{path}{token}"), &[PROTOCOL]).await;
        assert_eq!(asked.err(), Some(401));
    }
    let asked = Socket::ask(&lab, "/graphql", &[PROTOCOL, ("authorization", "Basic eDp5")]).await;
    assert_eq!(asked.err(), Some(401));
    let asked = Socket::ask(&lab, "/graphql", &[PROTOCOL, ("sec-websocket-version", "12")]).await;
    assert_eq!(asked.err(), Some(400));
}

#[tokio::test]
async fn whoever_does_not_say_who_it_is_waits_in_vain() {
    let lab = Lab::sqlite_with(&["--greeting-ms", "50"]).await;
    let mut socket = Socket::open(&lab).await;
    assert_eq!(socket.hear().await, Heard::Closed(4408, "Connection initialisation timeout".into()));
}

#[tokio::test]
async fn a_socket_is_for_those_who_are_signed_in() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let token = officer.token.clone().expect("signed in");
    let other = lab.officer("SNV").await.token.expect("signed in");
    let bearer = format!("Bearer {token}");
    let (header, good) = (("authorization", bearer.as_str()), json!({ "authorization": bearer }));
    for (headers, payload, welcome) in [
        (vec![PROTOCOL], good.clone(), true),
        (vec![PROTOCOL], json!({ "Authorization": bearer }), true),
        (vec![PROTOCOL, header], json!(null), true),
        (vec![PROTOCOL, header], good, true),
        (vec![PROTOCOL, header], json!({ "Authorization": format!("Bearer {other}") }), false),
        (vec![PROTOCOL], json!(null), false),
        (vec![PROTOCOL], json!({}), false),
        (vec![PROTOCOL], json!({ "Authorization": token }), false),
        (vec![PROTOCOL], json!({ "Authorization": "Bearer not.a.token" }), false),
        (vec![PROTOCOL], json!({ "Authorization": 1 }), false),
        (vec![PROTOCOL], json!({ "token": token }), false),
    ] {
        let mut socket = Socket::ask(&lab, "/graphql", &headers).await.expect("a socket");
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        let wanted = match welcome {
            true => Heard::Message(json!({ "type": "connection_ack" })),
            false => Heard::Closed(4403, "Forbidden".into()),
        };
        assert_eq!(socket.hear().await, wanted, "{payload}");
    }
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_socket() {
    let lab = Lab::sqlite_with(QUICK).await;
    let officer = lab.officer("STC").await;
    let subscribe = |id: Value, payload: Value| {
        Message::text(json!({ "id": id, "type": "subscribe", "payload": payload }).to_string())
    };
    let text = |text: &str| Message::text(text.to_owned());
    let invalid = (4400, "Invalid message");
    let big = "x".repeat(300 * 1024);
    for (sent, wanted) in [
        (text(r#"{"type":"connection_init"}"#), (4429, "Too many initialisation requests")),
        (text("{"), invalid),
        (text("[]"), invalid),
        (text(r#"{"id":"1"}"#), invalid),
        (text(r#"{"type":"start","id":"1","payload":{"query":"{ viewer { id } }"}}"#), invalid),
        (text(r#"{"type":"connection_ack"}"#), invalid),
        (text(r#"{"type":"next","id":"1","payload":{}}"#), invalid),
        (text(r#"{"type":"ping","payload":1}"#), invalid),
        (text(r#"{"type":"complete"}"#), invalid),
        (Message::binary(br#"{"type":"ping"}"#.as_slice()), invalid),
        (subscribe(json!("1"), json!(null)), invalid),
        (subscribe(json!("1"), json!({ "query": 1 })), invalid),
        (subscribe(json!("1"), json!({ "query": "{ viewer { id } }", "variables": [] })), invalid),
        (subscribe(json!(""), json!({ "query": "{ viewer { id } }" })), invalid),
        (subscribe(json!(1), json!({ "query": "{ viewer { id } }" })), invalid),
        (subscribe(json!("i".repeat(65)), json!({ "query": "{ viewer { id } }" })), invalid),
        (text(&big), (1009, "Message too big")),
    ] {
        let mut socket = Socket::of(&lab, &officer).await;
        let shown: String = sent.to_string().chars().take(80).collect();
        socket.send(sent).await;
        assert_eq!(socket.hear().await, Heard::Closed(wanted.0, wanted.1.into()), "{shown}");
    }

    let mut socket = Socket::open(&lab).await;
    socket.subscribe("1", "{ viewer { id } }", json!({})).await;
    assert_eq!(socket.hear().await, Heard::Closed(4401, "Unauthorized".into()));
    let mut socket = Socket::open(&lab).await;
    socket.say(json!({ "type": "connection_init", "payload": { "x": "x".repeat(20 * 1024) } })).await;
    assert_eq!(socket.hear().await, Heard::Closed(1009, "Message too big".into()));
    let mut socket = Socket::of(&lab, &officer).await;
    socket.subscribe("twin", TOLD, json!({})).await;
    socket.subscribe("twin", "{ viewer { id } }", json!({})).await;
    assert_eq!(socket.hear().await, Heard::Closed(4409, "Subscriber for twin already exists".into()));
}
