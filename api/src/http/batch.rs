//! Lets the loaders of a request wait until the request has asked for all it can: then one statement serves all.
//!
//! A list of more than 30 rows is executed with a pause after every second row. A loader that starts at the first pause
//! reads two rows at a time, whatever its delay; one that starts when nothing more can be done without it reads all.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;

/// The loads that a request has asked for and that have not begun.
#[derive(Clone, Default)]
pub(super) struct Loads(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Loads {
    /// Takes a load in.
    pub(super) fn add(&self, load: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
    }

    /// Runs `request`, and the loads whenever it can do nothing without them.
    pub(super) async fn serve<T>(self, request: impl Future<Output = T>) -> T {
        Serving { request: Box::pin(request), notice: Arc::default(), loads: self }.await
    }

    fn begin(&self) {
        for load in std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            tokio::spawn(load);
        }
    }
}

struct Serving<F> {
    request: Pin<Box<F>>,
    notice: Arc<Notice>,
    loads: Loads,
}

/// Whether the request was woken since it was last polled.
#[derive(Default)]
struct Notice {
    woken: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Notice {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.task.wake();
    }
}

/// Pauses after which loads begin anyway; the longest page has 100 rows.
const MOST_PAUSES: usize = 1_000;

impl<F: Future> Future for Serving<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.notice.task.register(cx.waker());
        let waker = Waker::from(Arc::clone(&self.notice));
        for _ in 0..MOST_PAUSES {
            self.notice.woken.store(false, Ordering::SeqCst);
            if let Poll::Ready(answer) = self.request.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(answer);
            }
            // A request that woke itself has more to ask.
            if !self.notice.woken.load(Ordering::SeqCst) {
                break;
            }
        }
        self.loads.begin();
        Poll::Pending
    }
}
