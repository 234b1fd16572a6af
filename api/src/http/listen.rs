//! Connections: HTTP/1.1, so many at a time, none of which may dawdle over its headers.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, Version, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::crowd::Crowd;
use super::{failure, lang, router};
use crate::App;
use crate::auth::ClientAddress;
use crate::error::{Code, Problem};
use crate::world::World;

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
    let world = app.world.clone();
    let router = router(app);
    let (closing, is_closing) = watch::channel(());
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
                let (router, world) = (router.clone(), world.clone());
                let service = service_fn(move |request| answer(router.clone(), world.clone(), request, peer));
                let mut stream = TimeoutStream::new(stream);
                stream.set_write_timeout(Some(READ_WITHIN));
                let stream = TokioIo::new(Box::pin(stream));
                let connection = protocol.serve_connection(stream, service).with_upgrades();
                let mut is_closing = is_closing.clone();
                tokio::spawn(async move {
                    let mut connection = std::pin::pin!(connection);
                    let ended = tokio::select! {
                        ended = &mut connection => ended,
                        () = place.is_wanted() => return tracing::debug!("a connection made room for another network's"),
                        _ = is_closing.changed() => {
                            connection.as_mut().graceful_shutdown();
                            connection.await
                        }
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
    drop((listener, is_closing));
    closing.send_replace(());
    closing.closed().await;
}

/// How connections are spoken. HTTP/2 and TLS are the proxy's: hyper-util's builder, told to speak HTTP/1 only, still speaks
/// both where connections may be upgraded, and waits for ever for the first byte.
fn protocol(headers_within: Duration) -> Builder {
    let mut protocol = Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(headers_within)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    protocol
}

async fn answer(
    router: Router,
    world: World,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response, Infallible> {
    // Hundreds of requests may have come at once over one connection: others get their turn between them.
    tokio::task::yield_now().await;
    // RFC 9112, 3.2.
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        let problem = Problem::new("", Code::BadUserInput)
            .in_words("header Host phải có đúng một lần", "the header Host must be there once");
        let lang = lang(request.headers());
        return Ok(failure(StatusCode::BAD_REQUEST, &problem.into(), lang, world.uuid()));
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}
