//! Hostile requests against a server in a process of its own: what each takes of processor and memory, and that others
//! are served meanwhile. Linux tells both of a process; elsewhere nothing is measured.
#![cfg(target_os = "linux")]

mod documents;
mod sockets;
mod target;
mod ways;

use std::time::Duration;

use futures_util::future::join_all;

use documents::attacks;
use target::Target;
use ways::Way;

/// Most that a hostile request may take of a processor. Without optimisation the same work takes several times as long, on
/// a busy machine more than 50 ms.
const CPU: Duration = Duration::from_millis(if cfg!(debug_assertions) { 150 } else { 50 });
/// Most that it may take of memory.
const MEMORY: i64 = 20 << 20;
/// How often each is sent alone and measured. What else the machine does can only add to the time: the least counts.
const TIMES: usize = 5;
/// How many are sent at once beside an ordinary client.
const AT_ONCE: usize = 4;

/// Sends each attack that fits this way, every time a little different, so that nothing kept of it helps; how many fit.
async fn a_hostile_request_takes_little(way: Way, with_token: bool) -> usize {
    let target = Target::start().await;
    let (mut over, mut sent) = (Vec::new(), 0);
    for attack in attacks().iter().filter(|attack| way.takes(attack)) {
        let refused = async |number| {
            let outcome = way.send(&target, attack, number, with_token).await;
            outcome.unwrap_or_else(|told| panic!("{}: {told}", attack.what));
        };
        let mut spent = Vec::new();
        for number in 0..TIMES {
            spent.push(target.measured(async || refused(number).await).await);
        }
        target.serves_others_during(join_all((TIMES..TIMES + AT_ONCE).map(&refused))).await;
        let cpu = spent.iter().map(|(cpu, _)| *cpu).min().unwrap_or_default();
        let memory = spent.iter().map(|(_, memory)| *memory).max().unwrap_or_default();
        println!("{:<40} {cpu:>10.1?} {:>8} KiB", attack.what, memory >> 10);
        if cpu > CPU || memory > MEMORY {
            over.push(attack.what);
        }
        sent += 1;
    }
    assert!(over.is_empty(), "over the budget of {CPU:?} and {MEMORY} bytes: {over:?}");
    sent
}

#[tokio::test]
async fn by_post() {
    assert_eq!(a_hostile_request_takes_little(Way::Post, true).await, attacks().len());
}

#[tokio::test]
async fn by_post_of_a_stranger() {
    assert_eq!(a_hostile_request_takes_little(Way::Post, false).await, attacks().len());
}

#[tokio::test]
async fn compressed() {
    assert_eq!(a_hostile_request_takes_little(Way::Gzip, true).await, attacks().len());
}

#[tokio::test]
async fn compressed_by_a_stranger() {
    assert_eq!(a_hostile_request_takes_little(Way::Gzip, false).await, attacks().len());
}

#[tokio::test]
async fn by_get() {
    assert!(a_hostile_request_takes_little(Way::Get, true).await >= 5);
}

#[tokio::test]
async fn over_a_socket() {
    assert_eq!(a_hostile_request_takes_little(Way::Socket, true).await, attacks().len());
}
