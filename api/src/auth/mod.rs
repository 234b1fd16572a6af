//! From a token to a viewer, and from a password to a token. Nothing else reads a token.

mod jws;
pub mod keys;
mod login;
mod password;
mod principal;
mod provider;
mod ring;
mod rotation;

pub use keys::{Claims, Declared, FileOf, Keys, Ticket};
pub use login::{
    ClientAddress, RequestId, Tokens, change_password, end_sessions, login, logout, operator_token, refresh,
};
pub use password::{Hashed, Passwords};
pub use principal::{Principal, Principals};
pub use provider::{Provider, login_with_provider};
pub use rotation::{list_keys, rotate_keys};
