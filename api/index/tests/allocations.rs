//! The Monte-Carlo loop allocates nothing: a hundred times the draws, as many allocations.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use index::uncertainty::{MonteCarlo, Uncertainty};
use index::{Aggregation, Method, Normalisation};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands every call on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn draws_allocate_nothing() {
    let framework = common::pii(52, Method::default());
    let table = common::synthetic(34, 52, 0.05, 7);
    let spec = Uncertainty {
        seed: 1,
        jitter: 0.25,
        normalisations: vec![Normalisation::MinMax { low: 1.0, high: 100.0 }],
        aggregations: vec![Aggregation::Arithmetic, Aggregation::Geometric],
        ..Uncertainty::default()
    };
    let run = MonteCarlo::new(&framework, &table, framework.root(), spec).unwrap();
    let once = |draws: u64| {
        let before = COUNT.load(Ordering::Relaxed);
        run.run(0..draws, 1, &|| false).unwrap();
        COUNT.load(Ordering::Relaxed) - before
    };
    // The test program's other threads allocate now and then, which can only add.
    let count = |draws| (0..5).map(|_| once(draws)).min();
    count(1);
    assert_eq!(count(3_000), count(30));
}
