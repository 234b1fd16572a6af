//! Points to spend: a bucket for each who asks, filled again as time goes by.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::document::MOST_COST;
use crate::error::{Code, Error, Problem};
use crate::places::Asker;
use chrono::{DateTime, Utc};
use moka::sync::Cache;
use serde::Serialize;

/// The buckets of this process.
pub(super) struct Buckets {
    buckets: Cache<Asker, Arc<Mutex<Bucket>>>,
    size: f64,
    per_second: f64,
}

struct Bucket {
    points: f64,
    at: DateTime<Utc>,
}

/// What an operation cost and what is left: `extensions.cost` of its answer.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Spent {
    pub(super) requested: u64,
    limit: u64,
    throttle: Left,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Left {
    available: u64,
    restore_rate: u64,
}

const MOST_BUCKETS: u64 = 10_000;

impl Buckets {
    /// Buckets of `size` points, into which `per_second` flow. One that would be full is forgotten.
    pub(super) fn new(size: u64, per_second: u64) -> Self {
        let life = Duration::from_secs(size.div_ceil(per_second.max(1)) + 1);
        let buckets = Cache::builder().max_capacity(MOST_BUCKETS).time_to_idle(life).build();
        Self { buckets, size: size.max(MOST_COST) as f64, per_second: per_second.max(1) as f64 }
    }

    /// Takes what an operation costs.
    ///
    /// # Errors
    /// [`Code::Throttled`] with the seconds to wait, and nothing taken.
    pub(super) fn spend(&self, spender: Asker, cost: u64, now: DateTime<Utc>) -> Result<Spent, (Error, u64)> {
        let full = || Arc::new(Mutex::new(Bucket { points: self.size, at: now }));
        let bucket = self.buckets.get_with(spender, full);
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = (now - bucket.at).num_milliseconds().max(0) as f64 / 1_000.0;
        let points = (bucket.points + seconds * self.per_second).min(self.size);
        let missing = cost as f64 - points;
        let left = if missing > 0.0 { points } else { -missing };
        *bucket = Bucket { points: left, at: now };
        drop(bucket);
        if missing > 0.0 {
            let wait = (missing / self.per_second).ceil().max(1.0) as u64;
            return Err((Problem::new("", Code::Throttled).with(wait).into(), wait));
        }
        let throttle = Left { available: left as u64, restore_rate: self.per_second as u64 };
        Ok(Spent { requested: cost, limit: MOST_COST, throttle })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn points_are_spent_and_flow_back() {
        let buckets = Buckets::new(150_000, 1_000);
        let (one, other) = (Asker::User(Uuid::from_u128(1)), Asker::User(Uuid::from_u128(2)));
        let now = DateTime::UNIX_EPOCH;
        let left = |spender, cost, seconds| {
            let spent = buckets.spend(spender, cost, now + TimeDelta::seconds(seconds));
            spent.map(|spent| spent.throttle.available).map_err(|(error, wait)| (error.code(), wait))
        };
        assert_eq!(left(one, 100_000, 0), Ok(50_000));
        assert_eq!(left(one, 60_000, 0), Err((Code::Throttled, 10)));
        assert_eq!(left(one, 50_000, 0), Ok(0), "what was refused cost nothing");
        assert_eq!(left(other, 1, 0), Ok(149_999), "each has a bucket of its own");
        assert_eq!(left(one, 10_000, 12), Ok(2_000));
        assert_eq!(left(one, 0, 1_000_000), Ok(150_000), "and it never holds more than its size");
    }
}
