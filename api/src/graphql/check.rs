//! Checks of a mutation's input that collect all problems before anything is written.

use async_graphql::{ID, MaybeUndefined};
use chrono::NaiveDate;
use entity::Row;
use sea_orm::ActiveValue::{self, NotSet, Set};
use sea_orm::Value;
use uuid::Uuid;

use super::id;
use crate::error::{Code, Error, Problem, Result};
use crate::text;

/// Longest one-line text, in characters.
pub const LINE: usize = 500;
/// Longest text of several lines, in characters.
pub const TEXT: usize = 20_000;
/// Longest code, in characters.
pub const CODE: usize = 40;

/// The problems found so far in one input.
pub struct Check {
    prefix: &'static str,
    problems: Vec<Problem>,
}

impl Check {
    /// Checks of the argument named `prefix`; empty when the fields are arguments themselves.
    pub fn new(prefix: &'static str) -> Self {
        Self { prefix, problems: Vec::new() }
    }

    fn path(&self, field: &str) -> String {
        format!("{}.{field}", self.prefix)
    }

    /// Notes a problem of `field`.
    pub fn problem(&mut self, field: &str, code: Code) {
        self.problems.push(Problem::new(&self.path(field), code));
    }

    /// Notes a problem of `field` that names `detail`.
    pub fn problem_with(&mut self, field: &str, code: Code, detail: impl ToString) {
        self.problems.push(Problem::new(&self.path(field), code).with(detail));
    }

    /// Notes a problem made elsewhere, if there is one.
    pub fn note<T>(&mut self, outcome: Result<T, Problem>) -> Option<T> {
        outcome.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// The full path of `field`, for a problem made elsewhere.
    pub fn field(&self, field: &str) -> String {
        self.path(field)
    }

    /// A text that must not be blank, of at most `most` characters, in its normal form.
    pub fn text(&mut self, field: &str, value: &str, most: usize) -> String {
        let value = text::normal(value);
        if value.is_empty() {
            self.problem(field, Code::Required);
        }
        self.bounds(field, &value, most);
        value
    }

    /// A text that may be left out; blank is the same as none.
    pub fn optional<T: From<String>>(&mut self, field: &str, value: Option<&str>, most: usize) -> Option<T> {
        let value = text::normal(value?);
        self.bounds(field, &value, most);
        (!value.is_empty()).then(|| value.into())
    }

    /// A change of a text that may be cleared: absent leaves it, null clears it.
    pub fn change<T: From<String>>(
        &mut self,
        field: &str,
        value: &MaybeUndefined<String>,
        most: usize,
    ) -> ActiveValue<Option<T>>
    where
        Value: From<Option<T>>,
    {
        match value {
            MaybeUndefined::Undefined => NotSet,
            MaybeUndefined::Null => Set(None),
            MaybeUndefined::Value(value) => Set(self.optional(field, Some(value), most)),
        }
    }

    /// A change of a text that must not be blank.
    pub fn change_required<T: From<String>>(
        &mut self,
        field: &str,
        value: &Option<String>,
        most: usize,
    ) -> ActiveValue<T>
    where
        Value: From<T>,
    {
        value.as_ref().map_or(NotSet, |value| Set(self.text(field, value, most).into()))
    }

    fn bounds(&mut self, field: &str, value: &str, most: usize) {
        if value.chars().count() > most {
            self.problem_with(field, Code::TooLong, most);
        }
        // PostgreSQL cannot store NUL, and no other control character is text either; what stands on one line has no
        // line breaks.
        let lines = most > LINE;
        if value.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'))) {
            self.problem(field, Code::InvalidCharacter);
        }
    }

    /// The key in a global id of `E`; nil with a problem noted when it is none.
    pub fn id<E: Row>(&mut self, field: &str, value: &ID) -> Uuid {
        let path = self.path(field);
        self.note(id::parse::<E>(value, &path)).unwrap_or_default()
    }

    /// The same for an id that may be left out.
    pub fn optional_id<E: Row>(&mut self, field: &str, value: Option<&ID>) -> Option<Uuid> {
        value.map(|value| self.id::<E>(field, value))
    }

    /// A change of an id that may be cleared.
    pub fn change_id<E: Row>(
        &mut self,
        field: &str,
        value: &MaybeUndefined<ID>,
    ) -> ActiveValue<Option<Uuid>> {
        match value {
            MaybeUndefined::Undefined => NotSet,
            MaybeUndefined::Null => Set(None),
            MaybeUndefined::Value(value) => Set(Some(self.id::<E>(field, value))),
        }
    }

    /// A number that must be in `range`.
    pub fn range<T: PartialOrd + ToString>(
        &mut self,
        field: &str,
        value: T,
        range: std::ops::RangeInclusive<T>,
    ) -> T {
        if !range.contains(&value) {
            let words = format!("{}–{}", range.start().to_string(), range.end().to_string());
            self.problem_with(field, Code::OutOfRange, words);
        }
        value
    }

    /// A number that must be neither infinite nor none at all.
    pub fn finite(&mut self, field: &str, value: Option<f64>) -> Option<f64> {
        if value.is_some_and(|value| !value.is_finite()) {
            self.problem_with(field, Code::OutOfRange, "−∞–∞");
        }
        value
    }

    /// A beginning that must not be after its end.
    pub fn dates(&mut self, start: (&str, Option<NaiveDate>), end: (&str, Option<NaiveDate>)) {
        if let (Some(first), Some(last)) = (start.1, end.1)
            && last < first
        {
            self.problem(end.0, Code::DateOrder);
        }
        self.date(start.0, start.1);
        self.date(end.0, end.1);
    }

    /// A date that both databases can hold and people mean.
    pub fn date(&mut self, field: &str, date: Option<NaiveDate>) {
        use chrono::Datelike;
        if date.is_some_and(|date| !(1900..=2200).contains(&date.year())) {
            self.problem_with(field, Code::OutOfRange, "1900–2200");
        }
    }

    /// The date of something that has happened, `today` at the latest.
    pub fn past(&mut self, field: &str, date: NaiveDate, today: NaiveDate) -> NaiveDate {
        use chrono::Datelike;
        if date.year() < 1900 || date > today {
            self.problem_with(field, Code::OutOfRange, format_args!("1900–{today}"));
        }
        date
    }

    /// The address of a page that may be left out.
    pub fn link(&mut self, field: &str, value: Option<&str>) -> Option<String> {
        const LONGEST: usize = 2_000;
        let value: String = self.optional(field, value, LONGEST)?;
        let good = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if !url::Url::parse(&value).is_ok_and(good) {
            self.problem(field, Code::InvalidUrl);
        }
        Some(value)
    }

    /// All well, or all the problems.
    pub fn done(self) -> Result<()> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(self.problems)) }
    }
}

/// What a column will hold after a change.
pub fn after<T: Clone + Into<sea_orm::Value>>(change: &ActiveValue<T>, now: &T) -> T {
    match change {
        Set(value) | ActiveValue::Unchanged(value) => value.clone(),
        NotSet => now.clone(),
    }
}

/// A change of a value that may be cleared: absent leaves it, null clears it.
pub fn maybe<T: Into<sea_orm::Value>>(value: MaybeUndefined<T>) -> ActiveValue<Option<T>>
where
    Option<T>: Into<sea_orm::Value>,
{
    match value {
        MaybeUndefined::Undefined => NotSet,
        MaybeUndefined::Null => Set(None),
        MaybeUndefined::Value(value) => Set(Some(value)),
    }
}

/// A change of a value that is never empty: absent leaves it.
pub fn given<T: Into<sea_orm::Value>>(value: Option<T>) -> ActiveValue<T> {
    value.map_or(NotSet, Set)
}
