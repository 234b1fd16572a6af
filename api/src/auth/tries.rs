//! How often one may try to sign in, by account and by address, counted in the database for all replicas together.

use chrono::TimeDelta;
use uuid::Uuid;

use super::ClientAddress;
use crate::App;
use crate::error::Result;
use crate::files::sha256_hex;

/// How long tries are counted.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
const PER_ACCOUNT: i32 = 10;
/// A whole office may share one address.
const PER_ADDRESS: i32 = 100;
/// A token lives as long as the window. Who asks for so many has lost count, and each is a session and an entry in the
/// audit trail.
const TOKENS_PER_CLIENT: i32 = 300;

/// Counts one more token of a service account; false when it is one too many.
pub(super) async fn count_token(app: &App, client: Uuid) -> Result<bool> {
    let now = app.world.now();
    Ok(app.db.count_try(&format!("tokens:{client}"), now, now - WINDOW).await? <= TOKENS_PER_CLIENT)
}

/// What a try to sign in is counted for.
pub(super) struct Tries {
    account: Option<String>,
    address: Option<String>,
}

impl Tries {
    /// At the account with this e-mail address, in the form in which it is looked for: the forms that lead to one account
    /// are counted together.
    pub(super) fn with_password(email: &str, address: ClientAddress) -> Self {
        let account = format!("account:{}", sha256_hex(email.as_bytes()));
        Self { account: Some(account), address: Some(network(address)) }
    }

    /// At the service account with this client id.
    pub(super) fn with_secret(client: &str, address: ClientAddress) -> Self {
        let account = format!("client:{}", sha256_hex(client.as_bytes()));
        Self { account: Some(account), address: Some(network(address)) }
    }

    /// With another's token, which says only when it is read whose it is.
    pub(super) fn with_provider(address: ClientAddress) -> Self {
        Self { account: None, address: Some(network(address)) }
    }

    /// Of somebody who is signed in, at its own password.
    pub(super) fn at_own_password(user: Uuid) -> Self {
        Self { account: Some(format!("password:{user}")), address: None }
    }

    /// Counts one more; false when it is one too many.
    pub(super) async fn count(&self, app: &App) -> Result<bool> {
        let now = app.world.now();
        for (bucket, most) in [(&self.address, PER_ADDRESS), (&self.account, PER_ACCOUNT)] {
            if let Some(bucket) = bucket
                && app.db.count_try(bucket, now, now - WINDOW).await? > most
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// This one was good. Of the account all are forgotten; of the address only this one is taken back, so that who has
    /// one good account gets no more tries at others.
    pub(super) async fn forgive(&self, app: &App) -> Result<()> {
        if let Some(account) = &self.account {
            app.db.forget_tries(account).await?;
        }
        match &self.address {
            Some(address) => app.db.forgive_try(address).await,
            None => Ok(()),
        }
    }
}

/// The bucket of an address.
fn network(address: ClientAddress) -> String {
    format!("address:{}", sha256_hex(address.network().to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{ClientAddress, network};

    fn bucket(address: &str) -> String {
        network(ClientAddress(address.parse().expect("an address")))
    }

    #[test]
    fn a_network_of_version_6_is_one_address() {
        assert_eq!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:3::1"));
        assert_ne!(bucket("203.0.113.7"), bucket("203.0.113.8"));
        assert_eq!(bucket("::ffff:203.0.113.7"), bucket("203.0.113.7"));
    }
}
