//! Work that keeps a core busy: off the threads that serve requests, a few at a time, and over when nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use crate::error::{Code, Error, Problem, Result};

/// Computations that may wait for a place, for each that runs.
const WAITING: usize = 16;

/// Where computations run. Cheap to clone.
#[derive(Clone)]
pub struct Workshop {
    places: Arc<Semaphore>,
    doors: Arc<Semaphore>,
    turn: Option<Arc<Semaphore>>,
}

/// Tells work to stop once its request is over: answered, timed out, or its client gone.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether to stop; to be asked now and then.
    pub fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks to stop.
    pub fn wish(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.wish();
    }
}

impl Workshop {
    /// With so many computations at a time.
    pub fn new(places: usize) -> Self {
        let doors = Arc::new(Semaphore::new(places * (1 + WAITING)));
        Self { places: Arc::new(Semaphore::new(places)), doors, turn: None }
    }

    /// The same workshop for one request: it does one thing after another, so that what asks for much at once waits for
    /// itself and leaves room for others.
    pub fn in_turn(&self) -> Self {
        Self { turn: Some(Arc::new(Semaphore::new(1))), ..self.clone() }
    }

    /// Runs `work`, which asks its [`Stop`] now and then.
    ///
    /// # Errors
    /// [`Code::Busy`] when too many wait already, and what `work` says.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let busy = |_| Error::from(Problem::new("", Code::Busy));
        let _turn = match &self.turn {
            Some(turn) => Some(turn.acquire().await.map_err(Error::internal)?),
            None => None,
        };
        let door = Arc::clone(&self.doors).try_acquire_owned().map_err(busy)?;
        self.at_a_place(door, work).await
    }

    /// The same for work that nobody waits at a door for: it waits as long as it takes.
    ///
    /// # Errors
    /// What `work` says.
    pub async fn run_unhurried<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.at_a_place((), work).await
    }

    async fn at_a_place<T: Send + 'static>(
        &self,
        door: impl Send + 'static,
        work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(Error::internal)?;
        let guard = StopOnDrop(Stop::default());
        let stop = guard.0.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _held = (door, place);
            work(&stop)
        });
        done.await.map_err(Error::internal)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_told_to_stop_when_nobody_waits_for_it() {
        let workshop = Workshop::new(1);
        let (begun, beginning) = tokio::sync::oneshot::channel();
        let (ended, ending) = tokio::sync::oneshot::channel();
        let waiting = workshop.run(move |stop| {
            let _ = begun.send(());
            while !stop.is_wanted() {
                std::thread::yield_now();
            }
            let _ = ended.send(());
            Ok(())
        });
        tokio::select! {
            biased;
            _ = waiting => unreachable!("it works until it is told to stop"),
            begun = beginning => begun.expect("begun"),
        }
        // The one who waited is gone with the branch that lost.
        ending.await.expect("stopped");
        assert!(workshop.run(|_| Ok(())).await.is_ok(), "its place is free again");
    }

    #[tokio::test]
    async fn too_many_waiting_are_turned_away() {
        let workshop = Workshop::new(1);
        let (release, released) = std::sync::mpsc::channel::<()>();
        let kept = workshop.clone();
        let first = tokio::spawn(async move {
            let wait = move |_: &Stop| {
                let _ = released.recv();
                Ok(())
            };
            kept.run(wait).await
        });
        let others: Vec<_> = (0..WAITING).map(|_| tokio::spawn(workshop.clone().queued())).collect();
        while workshop.doors.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = workshop.run(|_| Ok(())).await.map_err(|error| error.code());
        assert_eq!(refused, Err(Code::Busy));
        release.send(()).expect("the first still waits");
        first.await.expect("no panic").expect("done");
        for other in others {
            other.await.expect("no panic").expect("done");
        }
    }

    impl Workshop {
        async fn queued(self) -> Result<()> {
            self.run(|_| Ok(())).await
        }
    }
}
