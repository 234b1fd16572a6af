//! Clients of the streaming transports, down to what goes over the wire.

use std::time::Duration;

use futures_util::SinkExt;
use futures_util::stream::{BoxStream, StreamExt};
use serde_json::{Value, json};
use tests::{Client, Lab};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// A test that hangs is a test that fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A WebSocket.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a socket brings.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Message(Value),
    Closed(u16, String),
}

impl Socket {
    /// Asks for a socket; the HTTP status where there is none, or where the client gives up one without a protocol.
    pub async fn ask(lab: &Lab, path: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        Self::at(&format!("{}{path}", lab.url), headers).await
    }

    async fn at(url: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let url = url.replace("http", "ws");
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(Error::Protocol(_)) => Err(101),
            Err(error) => panic!("{error:?}"),
        }
    }

    /// A socket of the protocol, before its greeting.
    pub async fn open(lab: &Lab) -> Self {
        Self::ask(lab, "/graphql", &[PROTOCOL]).await.expect("a socket")
    }

    /// A socket that is ready for operations.
    pub async fn of(lab: &Lab, client: &Client) -> Self {
        Self::open(lab).await.greeted(client).await
    }

    /// The same at the server whose client this is.
    pub async fn of_server(client: &Client) -> Self {
        let socket = Self::at(&format!("{}/graphql", client.url), &[PROTOCOL]).await.expect("a socket");
        socket.greeted(client).await
    }

    async fn greeted(mut self, client: &Client) -> Self {
        self.greet(client).await;
        assert_eq!(self.hear().await, Heard::Message(json!({ "type": "connection_ack" })));
        self
    }

    pub async fn greet(&mut self, client: &Client) {
        let token = client.token.as_deref().expect("signed in");
        let payload = json!({ "Authorization": format!("Bearer {token}"), "acceptLanguage": client.lang });
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("sent");
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// What comes next; pings of the wire are not it.
    pub async fn hear(&mut self) -> Heard {
        timeout(PATIENCE, self.heard()).await.expect("something comes")
    }

    async fn heard(&mut self) -> Heard {
        loop {
            match self.0.next().await.expect("not gone without a word").expect("a frame") {
                Message::Text(text) => return Heard::Message(serde_json::from_str(&text).expect("JSON")),
                Message::Close(Some(frame)) => {
                    return Heard::Closed(frame.code.into(), frame.reason.to_string());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next message, which must be one.
    pub async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            closed => panic!("{closed:?}"),
        }
    }
}

/// Asks over HTTP, accepting this form.
pub async fn ask(client: &Client, accept: &str, query: &str, variables: Value) -> reqwest::Response {
    let request = client.http.post(format!("{}/graphql", client.url)).header("accept", accept);
    let request = match &client.token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let request = request.header("accept-language", client.lang);
    request.json(&json!({ "query": query, "variables": variables })).send().await.expect("an answer")
}

pub const EVENTS: &str = "text/event-stream";
pub const MULTIPART: &str = "multipart/mixed;subscriptionSpec=1.0";

/// The pieces of a body that end with `separator`, as soon as they have come; then what is left.
fn pieces(response: reqwest::Response, separator: &'static str) -> BoxStream<'static, String> {
    let state = (response.bytes_stream(), String::new());
    futures_util::stream::unfold(Some(state), move |state| async move {
        let (mut bytes, mut text) = state?;
        loop {
            if let Some((piece, rest)) = text.split_once(separator) {
                let (piece, rest) = (piece.to_owned(), rest.to_owned());
                return Some((piece, Some((bytes, rest))));
            }
            match bytes.next().await {
                Some(more) => {
                    text.push_str(std::str::from_utf8(&more.expect("bytes")).expect("whole characters"))
                }
                None => return Some((text, None)),
            }
        }
    })
    .boxed()
}

/// The events of a stream: name and data; a beat has neither.
pub fn events(response: reqwest::Response) -> BoxStream<'static, (String, String)> {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    let named = move |event: String| (field(&event, "event"), field(&event, "data"));
    pieces(response, "\n\n").filter(|event| std::future::ready(!event.is_empty())).map(named).boxed()
}

/// The parts of a multipart body; then `null` if it is closed as it should be.
pub fn parts(response: reqwest::Response) -> BoxStream<'static, Value> {
    assert_eq!(response.status(), 200);
    let content_type = response.headers()["content-type"].to_str().expect("text").to_owned();
    assert_eq!(content_type, "multipart/mixed;boundary=graphql;subscriptionSpec=1.0");
    let parsed = |(place, part): (usize, String)| match (place, part.as_str()) {
        (0, part) => {
            assert_eq!(part, "", "no preamble");
            None
        }
        (_, "--\r\n") => Some(Value::Null),
        (_, part) => {
            let json = part.strip_prefix("\r\nContent-Type: application/json\r\n\r\n");
            let json = json.and_then(|json| json.strip_suffix("\r\n"));
            Some(serde_json::from_str(json.unwrap_or_else(|| panic!("{part:?}"))).expect("JSON"))
        }
    };
    pieces(response, "--graphql").enumerate().filter_map(move |it| std::future::ready(parsed(it))).boxed()
}

/// A subscriber, over whichever transport.
pub enum Ear {
    Events(BoxStream<'static, (String, String)>),
    Parts(BoxStream<'static, Value>),
    Socket(Box<Socket>),
}

impl Ear {
    /// One of each transport.
    pub async fn each(lab: &Lab, client: &Client, query: &str) -> [Self; 3] {
        let mut socket = Socket::of(lab, client).await;
        socket.subscribe("1", query, json!({})).await;
        [
            Self::Events(events(ask(client, EVENTS, query, json!({})).await)),
            Self::Parts(parts(ask(client, MULTIPART, query, json!({})).await)),
            Self::Socket(Box::new(socket)),
        ]
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Value {
        match self {
            Self::Events(events) => loop {
                let (name, data) = events.next().await.expect("an event");
                if name == "next" {
                    return serde_json::from_str(&data).expect("JSON");
                }
                assert_eq!((name, data), Default::default());
            },
            Self::Parts(parts) => loop {
                let mut part = parts.next().await.expect("a part");
                if part != json!({}) {
                    return part["payload"].take();
                }
            },
            Self::Socket(socket) => {
                let mut message = socket.message().await;
                assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("next")));
                message["payload"].take()
            }
        }
    }

    /// What it is told at its end, which must come without another answer.
    pub async fn end(self) -> Vec<String> {
        timeout(PATIENCE, self.said()).await.expect("it ends")
    }

    async fn said(mut self) -> Vec<String> {
        match &mut self {
            Self::Events(events) => {
                let said = events.by_ref().filter(|(name, _)| std::future::ready(!name.is_empty()));
                said.map(|(name, data)| format!("{name} {data}")).collect().await
            }
            Self::Parts(parts) => {
                let said = parts.by_ref().filter(|part| std::future::ready(*part != json!({})));
                said.map(|part| part.to_string()).collect().await
            }
            Self::Socket(socket) => {
                let Heard::Closed(code, reason) = socket.hear().await else { panic!("one more message") };
                vec![format!("{code} {reason}")]
            }
        }
    }
}
