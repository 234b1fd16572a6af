//! Connections: HTTP/1.1, so many at a time, none of which may dawdle over its headers.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::crowd::Crowd;
use super::router;
use crate::App;
use crate::auth::ClientAddress;

/// Connections that one process keeps at once, and of one network; what it opens beyond them is closed.
const MOST_CONNECTIONS: (usize, usize) = (2_000, 500);
/// How long a client may read nothing of what is sent to it.
const READ_WITHIN: Duration = Duration::from_secs(60);
const MOST_HEADERS: usize = 64;
/// Bytes of a request's headers, and of what is read or written at once.
const BUFFER: usize = 32 * 1024;
/// After a failed accept, such as too many open files, so that the loop does not spin.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the routes of `app` to whoever connects, until `stop`; then waits for what is under way.
pub async fn listen(listener: TcpListener, app: App, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    // All that comes through a proxy comes from its network.
    let of_one = if app.settings.trusted_proxies > 0 { MOST_CONNECTIONS.0 } else { MOST_CONNECTIONS.1 };
    let crowd = Crowd::new(MOST_CONNECTIONS.0, of_one);
    let protocol = protocol(Duration::from_millis(app.settings.rhythm.headers_ms));
    let router = router(app);
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            crowd.room().await;
            listener.accept().await
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = crowd.enter(ClientAddress(peer.ip()).site()) else { continue };
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY could not be set");
                }
                let router = router.clone();
                let service = service_fn(move |request| answer(router.clone(), request, peer));
                let mut stream = TimeoutStream::new(stream);
                stream.set_write_timeout(Some(READ_WITHIN));
                let stream = TokioIo::new(Box::pin(stream));
                let connection = protocol.serve_connection_with_upgrades(stream, service).into_owned();
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    let ended = tokio::select! {
                        ended = connection => ended,
                        () = place.is_wanted() => return tracing::debug!("a connection made room for another network's"),
                    };
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection broke off");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// How connections are spoken. HTTP/2 and TLS are the proxy's.
fn protocol(headers_within: Duration) -> Builder<TokioExecutor> {
    let mut protocol = Builder::new(TokioExecutor::new()).http1_only();
    protocol
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(headers_within)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    protocol
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
