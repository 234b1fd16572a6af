//! What explains an edition: where points come from, what moves with what, what the result rests on.

mod compare;
mod contribution;
mod correlation;
mod drop_one;

pub use compare::{Gap, Mark, Profile, ProfileRule, gaps, strengths_and_weaknesses};
pub use contribution::{Contribution, contributions, effective_weights};
pub use correlation::{Correlation, correlation, correlations, cronbach_alpha};
pub use drop_one::{Dropped, drop_one};

pub(crate) use contribution::shares;
