//! A mail server that keeps what it gets: enough of SMTP (RFC 5321) to take letters, or to fail at it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whom it was for, on the envelope.
    pub to: String,
    headers: Vec<(String, String)>,
    /// Its text, decoded.
    pub body: String,
}

impl Letter {
    fn read(to: String, raw: &str) -> Self {
        let (head, body) = raw.split_once("\r\n\r\n").expect("headers and a body");
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let headers: Vec<(String, String)> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect();
        let mut letter = Self { to, headers, body: String::new() };
        letter.body = match letter.header("Content-Transfer-Encoding").as_str() {
            "base64" => text(&BASE64_STANDARD.decode(body.replace("\r\n", "")).expect("base64")),
            "quoted-printable" => text(&unquoted(&body.replace("=\r\n", ""))),
            _ => body.to_owned(),
        };
        letter
    }

    /// A header, decoded.
    pub fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(there, _)| there.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Quoted-printable (RFC 2045, 6.7) without its soft line ends.
fn unquoted(body: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = body.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            let digits = std::str::from_utf8(&digits).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("a byte"));
        } else {
            bytes.push(byte);
        }
    }
    bytes
}

/// A header's encoded words (RFC 2047), of which neighbours belong together.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut was_encoded = false;
    for word in value.split(' ') {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        if !(bytes.is_empty() || was_encoded && encoded.is_some()) {
            bytes.push(b' ');
        }
        match encoded {
            Some(encoded) => bytes.extend(BASE64_STANDARD.decode(encoded).expect("base64")),
            None => bytes.extend(word.bytes()),
        }
        was_encoded = encoded.is_some();
    }
    text(&bytes)
}

/// How a mail server fails.
#[derive(Default)]
struct Faults {
    refusals: AtomicUsize,
    silences: AtomicUsize,
}

fn takes_one(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

/// A mail server on this machine.
pub struct Sink {
    /// Its address, for `PII_SMTP_URL`.
    pub url: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    faults: Arc<Faults>,
    server: tokio::task::JoinHandle<()>,
}

impl Sink {
    /// Begins to listen.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let (letters, faults) = (Arc::<Mutex<Vec<Letter>>>::default(), Arc::<Faults>::default());
        let (kept, failing) = (Arc::clone(&letters), Arc::clone(&faults));
        let server = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.expect("a client");
                tokio::spawn(talk(socket, Arc::clone(&kept), Arc::clone(&failing)));
            }
        });
        Self { url, letters, faults, server }
    }

    /// Refuses the next `count` letters for now.
    pub fn refuse(&self, count: usize) {
        self.faults.refusals.store(count, Ordering::SeqCst);
    }

    /// Takes the next `count` letters and hangs up without saying so.
    pub fn fall_silent(&self, count: usize) {
        self.faults.silences.store(count, Ordering::SeqCst);
    }

    /// The letters that came, by whom they are for.
    pub fn letters(&self) -> Vec<Letter> {
        let mut letters = self.letters.lock().expect("no listener panicked").clone();
        letters.sort_by(|one, other| one.to.cmp(&other.to));
        letters
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One conversation; ends with the client or with a fault.
async fn talk(socket: TcpStream, letters: Arc<Mutex<Vec<Letter>>>, faults: Arc<Faults>) {
    let (reader, mut writer) = socket.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut to = String::new();
    let mut answer = "220 sink";
    loop {
        if writer.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        answer = match verb.as_str() {
            "EHLO" | "HELO" | "MAIL" | "RSET" | "NOOP" => "250 fine",
            "RCPT" if takes_one(&faults.refusals) => "451 later",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 fine"
            }
            "DATA" => {
                if writer.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let mut raw = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push_str("\r\n");
                }
                letters.lock().expect("no listener panicked").push(Letter::read(to.clone(), &raw));
                if takes_one(&faults.silences) {
                    return;
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "502 what",
        };
    }
}
