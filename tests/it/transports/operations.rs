//! What goes over a socket: queries, mutations, subscriptions, refusals.

use serde_json::{Value, json};
use tests::{Lab, both};

use super::wire::{Heard, Socket};
use super::{QUICK, TOLD};
use crate::scene::text;

const VIEWER: &str = "{ viewer { id } }";

both! {
    async fn queries_and_mutations_are_answered_once(lab) {
        let officer = lab.officer("STC").await;
        let mut socket = Socket::of(&lab, &officer).await;
        socket.subscribe("q", VIEWER, json!({})).await;
        let next = socket.message().await;
        assert_eq!((&next["id"], &next["type"]), (&json!("q"), &json!("next")));
        assert_eq!(text(&next, "/payload/data/viewer/id"), format!("user:{}", officer.user));
        assert!(next["payload"]["extensions"]["cost"]["requested"].is_u64(), "{next}");
        assert_eq!(socket.message().await, json!({ "id": "q", "type": "complete" }));
        let update = "mutation { noticesUpdate(input: { emailNotices: false }) { user { emailNotices } userErrors { code } } }";
        socket.subscribe("q", update, json!({})).await;
        let next = socket.message().await;
        assert_eq!(next["payload"]["data"]["noticesUpdate"]["user"]["emailNotices"], false, "{next}");
        assert_eq!(socket.message().await["type"], "complete");
        let seen = officer.get("{ viewer { emailNotices } }", json!({})).await;
        assert_eq!(seen["viewer"]["emailNotices"], false);
    }

    async fn a_log_out_is_answered_and_ends_the_socket(lab) {
        let (_, email) = lab.user(entity::Role::Leader, None, Some("a long password 1")).await;
        let login = "mutation($email: String!) { login(email: $email, password: \"a long password 1\") {
            session { accessToken } userErrors { code } } }";
        let session = lab.nobody().done(login, json!({ "email": email })).await;
        let client = tests::Client::new(&lab.url, Some(text(&session, "/session/accessToken")));
        let mut socket = Socket::of(&lab, &client).await;
        socket.subscribe("1", "mutation { logout { userErrors { code } } }", json!({})).await;
        let next = socket.message().await;
        assert_eq!(next["payload"]["data"]["logout"]["userErrors"], json!([]), "{next}");
        assert_eq!(socket.message().await["type"], "complete");
        socket.subscribe("2", VIEWER, json!({})).await;
        assert_eq!(socket.hear().await, Heard::Closed(4403, "Forbidden".into()));
    }
}

#[tokio::test]
async fn what_is_not_executed_is_an_error_and_frees_its_name() {
    let lab = Lab::sqlite_with(&["--cost-points", "100000", "--cost-points-per-second", "1"]).await;
    let officer = lab.officer("STC").await;
    let mut socket = Socket::of(&lab, &officer.speaking("vi")).await;
    let deep = format!("{}id{}", "{ viewer ".repeat(40), " }".repeat(40));
    for (query, wanted) in [
        ("{ viewer", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("query($n: Int!) { tasks(first: $n) { totalCount } }", "BAD_USER_INPUT"),
        (deep.as_str(), "QUERY_TOO_COMPLEX"),
    ] {
        socket.subscribe("1", query, json!({})).await;
        let message = socket.message().await;
        assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("error")), "{message}");
        assert!(message["payload"].is_array());
        assert_eq!(text(&message, "/payload/0/extensions/code"), wanted, "{query}");
    }
    // Its points are spent as over HTTP.
    let costly = "{ tasks(first: 100) { nodes { assignments { id organization { name } } } } }";
    let mut refused = Value::Null;
    for _ in 0..200 {
        socket.subscribe("1", costly, json!({})).await;
        let message = socket.message().await;
        if message["type"] == "error" {
            refused = message;
            break;
        }
        assert_eq!(socket.message().await["type"], "complete");
    }
    assert_eq!(text(&refused, "/payload/0/extensions/code"), "THROTTLED");
    assert!(text(&refused, "/payload/0/message").contains("hãy đợi"), "in the language of the greeting");
}

#[tokio::test]
async fn what_its_client_completes_stops() {
    let lab = Lab::sqlite().await;
    let officer = lab.officer("STC").await;
    let (mut socket, mut second) = (Socket::of(&lab, &officer).await, Socket::of(&lab, &officer).await);
    let payload = json!({ "a": [1, { "b": null }] });
    for round in 0..3 {
        for number in 0..50 {
            socket.subscribe(&number.to_string(), TOLD, json!({})).await;
        }
        // One of one socket too many, and one of one user.
        socket.subscribe("more", TOLD, json!({})).await;
        let message = socket.message().await;
        assert_eq!(text(&message, "/payload/0/extensions/code"), "TOO_MANY", "{round}");
        second.subscribe("1", TOLD, json!({})).await;
        assert_eq!(text(&second.message().await, "/payload/0/extensions/code"), "BUSY");
        for number in 0..50 {
            socket.say(json!({ "id": number.to_string(), "type": "complete" })).await;
        }
        socket.say(json!({ "id": "unknown", "type": "complete" })).await;
        socket.say(json!({ "type": "ping", "payload": payload })).await;
        assert_eq!(socket.message().await, json!({ "type": "pong", "payload": payload }));
        socket.say(json!({ "type": "pong" })).await;
    }
}

#[tokio::test]
async fn a_beat_of_the_server_is_answered_by_the_client() {
    let lab = Lab::sqlite_with(QUICK).await;
    let officer = lab.officer("STC").await;
    let mut socket = Socket::of(&lab, &officer).await;
    use futures_util::StreamExt;
    use tokio_tungstenite::tungstenite::Message;
    // Each ping is answered by the next look; the socket lives on.
    for _ in 0..4 {
        assert!(matches!(socket.0.next().await, Some(Ok(Message::Ping(_)))));
    }
    socket.subscribe("1", VIEWER, json!({})).await;
    assert_eq!(socket.message().await["type"], "next");
}
