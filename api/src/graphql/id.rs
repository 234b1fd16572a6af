//! Global ids: `<table>:<uuid>`, so that a wrong kind of id is told from a wrong id.

use async_graphql::ID;
use entity::Row;
use uuid::Uuid;

use crate::error::{Code, Problem};

/// The global id of the row of `E` with key `id`.
pub fn of<E: Row>(id: Uuid) -> ID {
    ID(format!("{}:{id}", E::TABLE))
}

/// The key in a global id of `E`.
///
/// # Errors
/// [`Code::InvalidId`] about the field `field`, naming the prefix that is wanted.
pub fn parse<E: Row>(id: &ID, field: &str) -> Result<Uuid, Problem> {
    let wrong = || Problem::new(field, Code::InvalidId).with(format_args!("{}:…", E::TABLE));
    let key = id.strip_prefix(E::TABLE).and_then(|rest| rest.strip_prefix(':')).ok_or_else(wrong)?;
    // The one spelling that `of` writes, so that a row has one id.
    Uuid::try_parse(key).ok().filter(|uuid| uuid.to_string() == key).ok_or_else(wrong)
}
