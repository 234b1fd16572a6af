//! A socket's two directions, each with its bounds: what may come in, and how long what goes out may take.

use std::time::Duration;

use axum::Error as Broken;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;
use tungstenite::error::{Error as Cause, ProtocolError};

use super::message::{End, Heard};

/// Heartbeats without a word from the client after which it is asked whether it is there, and after which it is not.
const ASKED_AFTER: u32 = 3;
const GONE_AFTER: u32 = 6;
/// A client that reads slowly is no client that does not read.
const PIECE: usize = 64 * 1024;
/// Pieces for which there is patience, however long a message is.
const MOST_PIECES: u32 = 12;
/// How long a client may take to close its side.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) struct Line {
    socket: WebSocket,
    /// How long the client may take to read [`PIECE`] bytes.
    patience: Duration,
    /// Heartbeats since the client was last heard.
    silent: u32,
}

impl Line {
    pub(super) fn new(socket: WebSocket, patience: Duration) -> Self {
        Self { socket, patience, silent: 0 }
    }

    /// The client's next message. Nothing is lost if it is dropped while it waits.
    ///
    /// # Errors
    /// How the socket ends instead.
    pub(super) async fn hear(&mut self, most: usize) -> Result<Heard, End> {
        loop {
            let message = self.socket.recv().await.ok_or(End::Gone)?.map_err(why)?;
            self.silent = 0;
            match message {
                Message::Text(text) if text.len() > most => return Err(End::TOO_BIG),
                Message::Text(text) => return Heard::read(&text),
                Message::Binary(_) => return Err(End::INVALID),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return Err(End::Closed),
            }
        }
    }

    /// Says something and waits until it is on its way. Nothing is kept for a client that does not read.
    ///
    /// # Errors
    /// [`End::Gone`] when the client is not there or does not read.
    pub(super) async fn say(&mut self, message: Message) -> Result<(), End> {
        let pieces = match &message {
            Message::Text(text) => text.len() / PIECE,
            _ => 0,
        };
        let pieces = u32::try_from(pieces + 1).map_or(MOST_PIECES, |pieces| pieces.min(MOST_PIECES));
        let patience = self.patience.saturating_mul(pieces);
        match timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }

    /// Makes sure now and then that a silent client is there.
    ///
    /// # Errors
    /// [`End::Gone`] when it is not.
    pub(super) async fn beat(&mut self) -> Result<(), End> {
        self.silent += 1;
        match self.silent {
            ASKED_AFTER => self.say(Message::Ping(Bytes::new())).await,
            GONE_AFTER => Err(End::Gone),
            _ => Ok(()),
        }
    }

    /// Closes the socket and waits a little for the client to do the same, so that it learns why.
    pub(super) async fn close(mut self, end: End) {
        let is_there = match end {
            End::Close(code, reason) => {
                let frame = CloseFrame { code, reason: reason.as_ref().into() };
                self.say(Message::Close(Some(frame))).await.is_ok()
            }
            End::Closed => true,
            End::Gone => false,
        };
        if is_there {
            let emptied = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            // Whether the client has closed or not: it was told.
            let _ = timeout(FAREWELL, emptied).await;
        }
    }
}

/// What to tell a client whose bytes could not be read.
fn why(broken: Broken) -> End {
    match broken.into_inner().downcast::<Cause>().as_deref() {
        Ok(Cause::Capacity(_)) => End::TOO_BIG,
        Ok(Cause::Utf8(_)) => End::NOT_TEXT,
        Ok(Cause::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => End::Gone,
        Ok(Cause::Protocol(_)) => End::MALFORMED,
        _ => End::Gone,
    }
}
