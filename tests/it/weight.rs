//! How much memory something takes while it goes on.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tests::Client;
use tokio::runtime::Handle;

use crate::budget::ALLOCATOR;

/// Bytes that this process holds.
fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// What `work` gives, and the most that the process held more than before while it went on. For a process of its own: what
/// else runs in one allocates too.
pub fn weighed<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let (before, most, done) = (held(), AtomicUsize::new(0), AtomicBool::new(false));
    let look = || most.fetch_max(held().saturating_sub(before), Ordering::Relaxed);
    let made = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                look();
                std::thread::sleep(Duration::from_micros(100));
            }
        });
        let made = work();
        done.store(true, Ordering::Relaxed);
        made
    });
    (made, most.into_inner())
}

/// The length of what an address gives, and the most that the process held more than before while it came.
pub fn weighed_download(client: &Client, url: &str) -> [usize; 2] {
    let read = async {
        let mut answer = client.http.get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let mut length = 0;
        while let Some(piece) = answer.chunk().await.expect("a piece") {
            length += piece.len();
        }
        length
    };
    let (length, most) = weighed(|| tokio::task::block_in_place(|| Handle::current().block_on(read)));
    [length, most]
}
