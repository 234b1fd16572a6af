//! ClamAV's daemon, asked over its own protocol (`INSTREAM`) whether a file holds malware.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use url::Url;

/// Where the daemon is.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    address: Address,
    patience: Duration,
}

#[derive(Clone, Debug)]
enum Address {
    Tcp(String),
    Unix(PathBuf),
}

/// What the daemon says of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Clean,
    Infected(String),
}

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// Longest answer that is read.
const LONGEST: u64 = 4_096;

impl Scanner {
    pub(super) fn open(address: &str, patience: Duration) -> Result<Self, String> {
        let wrong = || "PII_CLAMD must be tcp://HOST:PORT or unix:///PATH".to_owned();
        let url: Url = address.parse().map_err(|_| wrong())?;
        let address = match (url.scheme(), url.host_str(), url.port()) {
            ("tcp", Some(host), Some(port)) => Address::Tcp(format!("{host}:{port}")),
            ("unix", None, None) => Address::Unix(PathBuf::from(url.path())),
            _ => return Err(wrong()),
        };
        Ok(Self { address, patience })
    }

    /// Shows the daemon a file.
    ///
    /// # Errors
    /// Why it gave no verdict: not there, too slow, hung up, or the file is more than it takes.
    pub(super) async fn scan(
        &self,
        bytes: BoxStream<'static, object_store::Result<Bytes>>,
    ) -> Result<Verdict, String> {
        let asked = tokio::time::timeout(self.patience, self.ask(bytes));
        let answer = asked.await.map_err(|_| "no answer in time".to_owned())??;
        let answer = answer.trim_end_matches('\0').trim();
        let said = answer.strip_prefix("stream: ").unwrap_or(answer);
        match said.strip_suffix(" FOUND") {
            Some(signature) => Ok(Verdict::Infected(signature.to_owned())),
            None if said == "OK" => Ok(Verdict::Clean),
            None => Err(format!("it answered {said:?}")),
        }
    }

    async fn ask(
        &self,
        mut bytes: BoxStream<'static, object_store::Result<Bytes>>,
    ) -> Result<String, String> {
        let failed = |error: std::io::Error| error.to_string();
        let mut socket: Box<dyn Socket> = match &self.address {
            Address::Tcp(address) => Box::new(TcpStream::connect(address).await.map_err(failed)?),
            Address::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(failed)?),
        };
        socket.write_all(b"zINSTREAM\0").await.map_err(failed)?;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(|error| error.to_string())?;
            // A chunk of no length would end the stream.
            if chunk.is_empty() {
                continue;
            }
            let length = u32::try_from(chunk.len()).map_err(|error| error.to_string())?;
            socket.write_all(&length.to_be_bytes()).await.map_err(failed)?;
            socket.write_all(&chunk).await.map_err(failed)?;
        }
        socket.write_all(&[0; 4]).await.map_err(failed)?;
        socket.flush().await.map_err(failed)?;
        let mut answer = Vec::new();
        socket.take(LONGEST).read_to_end(&mut answer).await.map_err(failed)?;
        String::from_utf8(answer).map_err(|error| error.to_string())
    }
}
