//! The limit that HTTP sets here: takes a request and answers the same bytes as the product, without looking at either.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::Result;
use crate::operations::Operation;
use crate::options::Bare;

/// Answers until the process is ended.
pub async fn serve(side: Bare) -> Result<()> {
    let mut router = Router::new();
    for operation in Operation::ALL {
        let file = side.answers.join(operation.name());
        if let Ok(answer) = std::fs::read(file).map(Bytes::from) {
            let answer = move |_body: Bytes| async move { ([(CONTENT_TYPE, "application/json")], answer) };
            router = router.route(&operation.path(), post(answer));
        }
    }
    listen(side.listen, router).await
}

/// Serves `router`, and `/readyz` besides, without delaying small packets, as the product does.
pub async fn listen(address: SocketAddr, router: Router) -> Result<()> {
    let router = router.route("/readyz", get(|| async { "ok" }));
    let listener = TcpListener::bind(address).await?.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("TCP_NODELAY could not be set: {error}");
        }
    });
    Ok(axum::serve(listener, router).await?)
}
