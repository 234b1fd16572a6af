//! Listening, cleaning up in the background, and stopping when told to.

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::App;
use crate::clients;
use crate::http::listen;
use crate::jobs;
use crate::news;
use crate::periods;

const COUNT_EVERY: Duration = Duration::from_secs(60);
const USAGE_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(400);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Serves until `stop` comes, then finishes what is under way, for as long as a request may take, and closes the
/// database.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let patience = Duration::from_secs(app.settings.request_seconds);
    let sweeper = tokio::spawn(sweep(app.clone()));
    let worker = tokio::spawn(jobs::work(app.clone()));
    let teller = tokio::spawn(news::work(app.clone()));
    let counter = tokio::spawn(count(app.clone()));
    let keeper = app.clone();
    let keeper = tokio::spawn(async move { keeper.db.keep_published(&keeper.world).await });
    let stopping = app.clone();
    let told = async move {
        stop.await;
        stopping.stopping.send_replace(true);
    };
    let server = async {
        listen(listener, app.clone(), told).await;
        // Sockets are no longer the connection loop's.
        app.stopping.closed().await;
    };
    let late = async {
        let mut stopped = app.stopping.subscribe();
        // The sender is the app's and outlives this.
        let _ = stopped.wait_for(|stopped| *stopped).await;
        drop(stopped);
        tokio::time::sleep(patience).await;
    };
    tokio::select! {
        () = server => {}
        () = late => tracing::warn!("requests were still under way when patience ended"),
    }
    sweeper.abort();
    worker.abort();
    teller.abort();
    counter.abort();
    keeper.abort();
    if let Err(error) = clients::flush(&app).await {
        tracing::warn!(?error, "what clients used was not counted");
    }
    if let Err(error) = app.db.clone().close().await {
        tracing::warn!(?error, "the database did not close cleanly");
    }
    Ok(())
}

/// Writes what clients use, every minute.
async fn count(app: App) {
    let mut tick = tokio::time::interval(COUNT_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = clients::flush(&app).await {
            tracing::warn!(?error, "what clients used was not counted");
        }
    }
}

/// Removes leftovers, opens reporting periods and reminds of what falls due, now and every hour.
async fn sweep(app: App) {
    let mut tick = tokio::time::interval(SWEEP_EVERY);
    loop {
        tick.tick().await;
        let window = app.world.now() - chrono::TimeDelta::days(1);
        if let Err(error) = app.db.forget_old_tries(window).await {
            tracing::warn!(?error, "old log-in tries were not forgotten");
        }
        if let Err(error) = app.db.forget_old_sessions(window).await {
            tracing::warn!(?error, "old sessions were not forgotten");
        }
        if let Err(error) = jobs::sweep(&app).await {
            tracing::warn!(?error, "old jobs were not forgotten");
        }
        if let Err(error) = periods::open_by_rule(&app).await {
            tracing::warn!(?error, "the reporting period of the rule was not opened");
        }
        if let Err(error) = news::remind(&app).await {
            tracing::warn!(?error, "nobody was reminded");
        }
        if let Err(error) = news::sweep(&app).await {
            tracing::warn!(?error, "old news was not forgotten");
        }
        if let Err(error) = app.db.forget_usage((app.world.now() - USAGE_KEPT).date_naive()).await {
            tracing::warn!(?error, "old counts were not forgotten");
        }
        match app.files.sweep(&app).await {
            Ok(swept) if swept != Default::default() => tracing::info!(?swept, "cleaned up"),
            Ok(_) => {}
            Err(error) => tracing::warn!(?error, "clean-up failed"),
        }
    }
}
