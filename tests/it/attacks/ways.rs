//! How an attack gets to the server, and what must come of it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::documents::Attack;
use super::target::Target;
use crate::transports::wire::Socket;

/// Bytes that are read of who has signed in, and of who has not.
const MOST_BYTES: (usize, usize) = (256 * 1024, 16 * 1024);
/// Bytes of an address that certainly fit in a request's head.
const MOST_ADDRESS: usize = 24 * 1024;
/// Most that it may be told.
const MOST_TOLD: usize = 16_000;

#[derive(Clone, Copy)]
pub(super) enum Way {
    Post,
    Gzip,
    Get,
    Socket,
}

impl Way {
    /// Whether such an attack can be made this way.
    pub(super) fn takes(self, attack: &Attack) -> bool {
        !matches!(self, Self::Get)
            || attack.document.len() < MOST_ADDRESS && address("http://x", attack, 0).len() < MOST_ADDRESS
    }

    /// Sends it.
    ///
    /// # Errors
    /// What came of it, if it was not refused as it must be.
    pub(super) async fn send(
        self,
        target: &Target,
        attack: &Attack,
        number: usize,
        with_token: bool,
    ) -> Result<(), String> {
        let url = &target.client.url;
        let body = attack.body(number);
        let most = if with_token { MOST_BYTES.0 } else { MOST_BYTES.1 };
        let (is_too_large, is_sent_in_full) = match self {
            Self::Get => (false, true),
            Self::Gzip => (body.len() > most, true),
            Self::Post => (body.len() > most, body.len() <= most),
            Self::Socket => return over_socket(target, &body, number, attack.is_malformed()).await,
        };
        let post = || target.http.post(format!("{url}/graphql")).header("content-type", "application/json");
        let request = match self {
            Self::Get => target.http.get(address(url, attack, number)),
            Self::Gzip => post().header("content-encoding", "gzip").body(gzip(&body)),
            Self::Post | Self::Socket => post().body(body),
        };
        let token = target.client.token.as_ref().filter(|_| with_token);
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        let response = match request.send().await {
            Ok(response) => response,
            // Hung up on before all was sent.
            Err(_) if !is_sent_in_full => return Ok(()),
            Err(error) => return Err(format!("{error:?}")),
        };
        let status = response.status().as_u16();
        let told = match response.bytes().await {
            Ok(told) => told,
            Err(_) if !is_sent_in_full => return Ok(()),
            Err(error) => return Err(format!("{error:?}")),
        };
        let wanted: &[u16] = match (is_too_large, with_token) {
            (true, _) => &[413],
            (false, true) => &[200, 400],
            (false, false) => &[400, 401],
        };
        let answer: Value = serde_json::from_slice(&told).map_err(|error| error.to_string())?;
        match wanted.contains(&status) && is_refusal(&answer, told.len()) {
            true => Ok(()),
            false => Err(format!("{status}, {answer:.300}, {} bytes", told.len())),
        }
    }
}

/// Whether an answer says briefly what is wrong, and nothing else.
fn is_refusal(answer: &Value, bytes: usize) -> bool {
    let errors = answer["errors"].as_array().map_or(0, Vec::len);
    let is_nothing = |data: &Value| data.as_object().is_none_or(|fields| fields.values().all(Value::is_null));
    (1..=10).contains(&errors) && answer.get("data").is_none_or(is_nothing) && bytes < MOST_TOLD
}

fn address(url: &str, attack: &Attack, number: usize) -> String {
    let mut parameters = vec![("query", attack.document(number))];
    parameters.extend(attack.variables.clone().map(|variables| ("variables", variables)));
    reqwest::Url::parse_with_params(&format!("{url}/graphql"), parameters).expect("an address").into()
}

fn gzip(body: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(body.as_bytes()).expect("compressed");
    gzip.finish().expect("compressed")
}

async fn over_socket(target: &Target, body: &str, number: usize, is_malformed: bool) -> Result<(), String> {
    let mut socket = Socket::of_server(&target.client).await.0;
    let message = format!("{{\"id\":\"{number}\",\"type\":\"subscribe\",\"payload\":{body}}}");
    let is_too_large = message.len() > MOST_BYTES.0;
    if socket.send(Message::text(message)).await.is_err() && is_too_large {
        return Ok(());
    }
    loop {
        let told = match socket.next().await {
            Some(Ok(Message::Text(told))) => told,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(Some(frame)))) => {
                let code = u16::from(frame.code);
                let wanted = is_too_large && code == 1009 || is_malformed && code == 4400;
                return if wanted { Ok(()) } else { Err(format!("closed with {frame:?}")) };
            }
            None | Some(Err(_)) if is_too_large => return Ok(()),
            other => return Err(format!("{other:?}")),
        };
        let message: Value = serde_json::from_str(&told).map_err(|error| error.to_string())?;
        let answer = match message["type"].as_str() {
            Some("error") => serde_json::json!({ "errors": message["payload"] }),
            _ => message["payload"].clone(),
        };
        let is_told = !is_too_large && !is_malformed && is_refusal(&answer, told.len());
        return if is_told { Ok(()) } else { Err(format!("{message:.300}")) };
    }
}
