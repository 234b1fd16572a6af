//! What the outside world supplies: the time, and chance. Passed in, so that tests are exact.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

/// Whether both databases can hold the date: the years 1 to 9999.
pub fn is_calendar_date(date: NaiveDate) -> bool {
    (1..=9999).contains(&date.year())
}

const VIET_NAM: FixedOffset = FixedOffset::east_opt(7 * 3600).expect("within a day");

/// The date in Viet Nam at this time.
pub fn date_of(time: DateTime<Utc>) -> NaiveDate {
    time.with_timezone(&VIET_NAM).date_naive()
}

/// 23:59:59 of this day in Viet Nam.
pub fn end_of_day(date: NaiveDate) -> DateTime<Utc> {
    let end = date.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399) - TimeDelta::hours(7);
    end.and_utc()
}

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Time and chance. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    chance: Arc<Mutex<Chance>>,
}

const LAST_OF_MILLISECOND: u32 = (1 << 18) - 1;

struct Chance {
    rng: ChaCha20Rng,
    last_millisecond: u64,
    count: u32,
}

impl World {
    /// The real clock, and chance from the operating system.
    ///
    /// # Panics
    /// When the operating system gives no random bytes; nothing safe can be done without them.
    pub fn real() -> Self {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).expect("the operating system gives random bytes");
        Self::new(SystemClock, seed)
    }

    /// A given clock, and chance that follows from `seed`.
    pub fn new(clock: impl Clock, seed: [u8; 32]) -> Self {
        let rng = ChaCha20Rng::from_seed(seed);
        let chance = Chance { rng, last_millisecond: 0, count: 0 };
        Self { clock: Arc::new(clock), chance: Arc::new(Mutex::new(chance)) }
    }

    /// The time now, in the microseconds that both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// The date now in Viet Nam (UTC+7 all year).
    pub fn today(&self) -> NaiveDate {
        date_of(self.now())
    }

    /// The date `days` from now in Viet Nam.
    pub fn in_days(&self, days: u64) -> NaiveDate {
        self.today() + Days::new(days)
    }

    /// A new uuid v7. Those made in one process are in the order of their making: RFC 9562, 6.2,
    /// method 1, a counter behind the milliseconds.
    pub fn uuid(&self) -> Uuid {
        let now = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        if now > chance.last_millisecond {
            chance.last_millisecond = now;
            chance.count = 0;
        } else if chance.count == LAST_OF_MILLISECOND {
            chance.last_millisecond += 1;
            chance.count = 0;
        } else {
            chance.count += 1;
        }
        let mut tail = [0; 10];
        chance.rng.fill_bytes(&mut tail);
        // The 18 bits that are neither time, version nor variant nor yet random: 4, 8 and 6 of them.
        let [_, high, middle, low] = (chance.count << 2).to_be_bytes();
        (tail[0], tail[1], tail[2]) = (high & 0x0f, middle, low >> 2);
        Builder::from_unix_timestamp_millis(chance.last_millisecond, &tail).into_uuid()
    }

    /// `N` bytes that nobody can guess.
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).rng.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Still;
    impl Clock for Still {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp_nanos(1_767_225_600_123_456_789)
        }
    }

    #[test]
    fn uuids_of_one_millisecond_are_ordered_and_version_7() {
        let world = World::new(Still, [7; 32]);
        let ids: Vec<Uuid> = (0..300_000).map(|_| world.uuid()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn time_is_cut_to_microseconds() {
        assert_eq!(World::new(Still, [7; 32]).now().timestamp_subsec_nanos(), 123_456_000);
    }
}
