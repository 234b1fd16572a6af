//! Lets the loaders of a request wait until the request has asked for all it can: then one statement serves all.
//!
//! A list of more than 30 rows is executed with a pause after every second row. A loader that starts at the first pause
//! reads two rows at a time, whatever its delay; one that starts when nothing more can be done without it reads all.
//! The loads run in the request's own task: all who wait for one go on at once, and they end with the request, as do the
//! statements that it has begun.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, FuturesUnordered, Stream, StreamExt, once};
use futures_util::task::AtomicWaker;

use crate::store::Awaited;

/// The loads that a request has asked for and that have not begun.
#[derive(Clone, Default)]
pub(super) struct Loads(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Loads {
    /// Takes a load in.
    pub(super) fn add(&self, load: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
    }

    /// Runs `request`, and the loads whenever it can do nothing without them.
    pub(super) async fn serve<T>(self, awaited: Awaited, request: impl Future<Output = T> + Send) -> T {
        let mut serving = self.attend(awaited, once(request));
        let outcome = serving.next().await.expect("a future has one outcome");
        serving.awaited.over();
        outcome
    }

    /// The same for a request that answers many times.
    pub(super) fn attend<'a, T>(
        self,
        awaited: Awaited,
        answers: impl Stream<Item = T> + Send + 'a,
    ) -> Serving<'a, T> {
        let running = FuturesUnordered::new();
        Serving { awaited, answers: answers.boxed(), notice: Arc::default(), loads: self, running }
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A request's answers, while its loads are run.
pub(super) struct Serving<'a, T> {
    // The first to be dropped, before the connections of what is under way come back.
    awaited: Awaited,
    answers: BoxStream<'a, T>,
    notice: Arc<Notice>,
    loads: Loads,
    running: FuturesUnordered<BoxFuture<'static, ()>>,
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

/// Pauses after which the loads go on anyway; the longest page has 100 rows.
const MOST_PAUSES: usize = 1_000;

impl<T> Stream for Serving<'_, T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.notice.task.register(cx.waker());
        loop {
            if let Poll::Ready(answer) = self.go_on() {
                if answer.is_none() {
                    self.awaited.over();
                }
                return Poll::Ready(answer);
            }
            let begun = self.loads.take();
            self.running.extend(begun);
            let mut loaded = false;
            while let Poll::Ready(Some(())) = self.running.poll_next_unpin(cx) {
                loaded = true;
            }
            if !loaded {
                return Poll::Pending;
            }
        }
    }
}

impl<T> Serving<'_, T> {
    /// Polls the request until it can do nothing more for now.
    fn go_on(&mut self) -> Poll<Option<T>> {
        let waker = Waker::from(Arc::clone(&self.notice));
        for _ in 0..MOST_PAUSES {
            self.notice.woken.store(false, Ordering::SeqCst);
            if let Poll::Ready(answer) = self.answers.poll_next_unpin(&mut Context::from_waker(&waker)) {
                return Poll::Ready(answer);
            }
            // A request that woke itself has more to ask.
            if !self.notice.woken.load(Ordering::SeqCst) {
                break;
            }
        }
        Poll::Pending
    }
}
