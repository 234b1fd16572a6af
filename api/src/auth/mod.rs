//! From a token to a viewer, and from a password or a secret to a token. Nothing else reads a token.

mod client;
mod jws;
pub mod keys;
mod login;
mod password;
mod principal;
mod provider;
mod ring;
mod rotation;
mod session;
mod tries;

pub use client::{ClientCredentials, ClientRefusal, ClientToken, client_token, is_good};
pub use keys::{Claims, Declared, FileOf, Keys, Ticket};
pub use login::{ClientAddress, RequestId, Tokens, change_password, login, operator_token, refresh};
pub use password::{Hashed, Passwords};
pub use principal::{Principal, Principals};
pub use provider::{Provider, login_with_provider};
pub use rotation::{list_keys, rotate_keys};
pub use session::{ClientName, end, end_sessions, living, logout};
pub use tries::WINDOW;
