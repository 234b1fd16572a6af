//! What a mutation answers: the row as it is now, or what was wrong with the input.

use async_graphql::{Context, Description, Object};

use super::ask::Ask;
use crate::error::{Code, Error, Problem, Result};

/// What was wrong with the input of a mutation. Nothing was written.
#[derive(Description)]
pub struct UserError(pub Problem);

#[Object(use_type_description)]
impl UserError {
    /// Path of the argument or input field from the mutation's arguments; empty when it is about the whole.
    async fn field(&self) -> &[String] {
        &self.0.field
    }

    /// What is wrong, in a word that does not depend on the language.
    async fn code(&self) -> Code {
        self.0.code
    }

    /// What is wrong, for people, in the language of `Accept-Language`.
    async fn message(&self, ctx: &Context<'_>) -> String {
        self.0.message(ctx.lang())
    }
}

/// Parts an outcome into what was made and what was wrong with the input; other errors stay errors.
pub fn split<T>(outcome: Result<T>) -> Result<(Option<T>, Vec<UserError>)> {
    match outcome {
        Ok(made) => Ok((Some(made), Vec::new())),
        Err(Error::Invalid(problems) | Error::Conflict(problems)) => {
            Ok((None, problems.into_iter().map(UserError).collect()))
        }
        Err(other) => Err(other),
    }
}

/// `payload!(TaskPayload { task: Task })` defines what a mutation answers and how an outcome becomes it.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $type:ty }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: Option<$type>,
            /// What was wrong with the input; empty when it was carried out.
            pub user_errors: Vec<$crate::graphql::payload::UserError>,
        }

        impl $name {
            /// `None` is never; the field is nullable so that one that fails leaves the others' answers alone.
            pub(super) fn of(outcome: $crate::error::Result<$type>) -> $crate::error::Result<Option<Self>> {
                let ($field, user_errors) = $crate::graphql::payload::split(outcome)?;
                Ok(Some(Self { $field, user_errors }))
            }
        }
    };
}
pub(crate) use payload;
