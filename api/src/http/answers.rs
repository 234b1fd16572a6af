//! Answers made of nothing but what is published, kept as they were sent: whoever sees alike and asks alike gets the same.
//!
//! No field says of itself that it is published. A store notes whatever else its request looked at, and only an answer
//! of which nothing was noted is kept.

use std::sync::Arc;

use async_graphql::Response as Answer;
use aws_lc_rs::digest::{SHA256, digest};
use entity::Role;
use moka::sync::Cache;
use serde_json::{Map, Value as Json};

use super::throttle::Spent;
use crate::document::Document;
use crate::files::hex;
use crate::graphql::written;
use crate::lang::Lang;
use crate::policy::{Scopes, User};
use crate::store::Published;

/// All on which an answer depends that is made of what is published.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    document: [u8; 32],
    operation: Option<String>,
    variables: Box<str>,
    lang: Lang,
    version: i64,
    /// What the viewer reads of all that is published is a matter of role and scopes alone.
    sight: (Role, Option<Scopes>),
}

impl Question {
    /// What `user` asks of `published` in `lang`.
    pub(super) fn of(
        document: &Document,
        operation: Option<&str>,
        variables: &Map<String, Json>,
        lang: Lang,
        user: &User,
        published: &Published,
    ) -> Self {
        Self {
            document: document.hash,
            operation: operation.map(str::to_owned),
            // A map of JSON is JSON; there is nothing to fail.
            variables: serde_json::to_string(variables).unwrap_or_default().into(),
            lang,
            version: published.version(),
            sight: (user.role, user.scopes),
        }
    }
}

/// What was answered, but for what it cost.
pub(super) struct Kept {
    /// Points that it cost.
    pub(super) cost: u64,
    data: Box<str>,
    version: i64,
}

impl Kept {
    /// What there is to keep of an answer; nothing if something failed.
    pub(super) fn of(answer: &Answer, question: &Question, cost: u64) -> Option<Self> {
        let whole = answer.errors.is_empty() && answer.extensions.is_empty();
        whole.then(|| Self { cost, data: written(&answer.data).into(), version: question.version })
    }

    /// The answer as JSON.
    pub(super) fn json(&self, spent: &Spent) -> String {
        let cost = serde_json::to_string(spent).unwrap_or_default();
        let mut json = String::with_capacity(self.data.len() + cost.len() + 64);
        for part in ["{\"data\":", &self.data, ",\"extensions\":{\"cost\":", &cost, "}}"] {
            json.push_str(part);
        }
        json
    }

    /// The entity tag: the version of what is published, and what is answered from it. Weak, since what it cost and what
    /// is left to spend are no part of it.
    pub(super) fn tag(&self) -> String {
        const BYTES: usize = 16;
        let digest = digest(&SHA256, self.data.as_bytes());
        format!("W/\"{}-{}\"", self.version, hex(&digest.as_ref()[..BYTES]))
    }
}

/// The answers kept by this process.
pub(super) struct Answers(Option<Cache<Question, Arc<Kept>>>);

/// What an answer takes beside its text.
const OVERHEAD: usize = 768;
const MEGABYTE: u64 = 1024 * 1024;

impl Answers {
    /// None kept yet; they may take so many MiB.
    pub(super) fn new(megabytes: u64) -> Self {
        let bytes = |question: &Question, kept: &Arc<Kept>| {
            u32::try_from(question.variables.len() + kept.data.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let cache = || Cache::builder().max_capacity(megabytes * MEGABYTE).weigher(bytes).build();
        Self((megabytes > 0).then(cache))
    }

    /// What was answered to the same question.
    pub(super) fn get(&self, question: &Question) -> Option<Arc<Kept>> {
        self.0.as_ref()?.get(question)
    }

    /// Keeps what was answered.
    pub(super) fn keep(&self, question: Question, kept: &Arc<Kept>) {
        if let Some(cache) = &self.0 {
            cache.insert(question, Arc::clone(kept));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(version: i64, sight: (Role, Option<Scopes>)) -> Question {
        let variables = "{}".into();
        Question { document: [1; 32], operation: None, variables, lang: Lang::Vi, version, sight }
    }

    #[test]
    fn answers_take_no_more_than_their_room() {
        let answers = Answers::new(1);
        let cache = answers.0.as_ref().expect("a cache");
        for version in 0..200 {
            let kept = Arc::new(Kept { cost: 1, data: "x".repeat(20_000).into(), version });
            answers.keep(question(version, (Role::Leader, None)), &kept);
        }
        cache.run_pending_tasks();
        assert!(cache.weighted_size() <= MEGABYTE && cache.entry_count() > 20, "{}", cache.weighted_size());
    }

    #[test]
    fn who_sees_otherwise_asks_otherwise() {
        let answers = Answers::new(1);
        let kept = Arc::new(Kept { cost: 1, data: "{}".into(), version: 1 });
        answers.keep(question(1, (Role::Integration, None)), &kept);
        assert!(answers.get(&question(1, (Role::Integration, None))).is_some());
        for other in [(Role::Officer, None), (Role::Integration, Some(Scopes::NONE))] {
            assert!(answers.get(&question(1, other)).is_none());
        }
        assert!(answers.get(&question(2, (Role::Integration, None))).is_none(), "another version");
        assert!(
            answers.get(&Question { lang: Lang::En, ..question(1, (Role::Integration, None)) }).is_none()
        );
        let other = Question { variables: "{\"a\":1}".into(), ..question(1, (Role::Integration, None)) };
        assert!(answers.get(&other).is_none());
    }
}
