//! To what a service account's token is limited.

use std::fmt::{Display, Formatter};

use entity::Scope;

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scope.
    pub const NONE: Self = Self(0);

    /// These scopes.
    pub const fn of(scopes: &[Scope]) -> Self {
        let mut bits = 0;
        let mut place = 0;
        while place < scopes.len() {
            bits |= 1 << scopes[place] as u8;
            place += 1;
        }
        Self(bits)
    }

    /// Scopes by their names, set apart by spaces; `None` where one of them is unknown or none is named.
    pub fn named(names: &str) -> Option<Self> {
        let known = |name: &str| Scope::ALL.into_iter().find(|scope| scope.name() == name);
        let scopes: Vec<Scope> = names.split_whitespace().map(known).collect::<Option<_>>()?;
        (!scopes.is_empty()).then(|| Self::of(&scopes))
    }

    /// Whether `scope` is one of them.
    pub fn has(self, scope: Scope) -> bool {
        self.meets(Self::of(&[scope]))
    }

    /// Whether one of them is in `others`.
    pub fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Those that are in `others` too.
    pub fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl Display for Scopes {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.each().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}
