//! Accounts that the product itself or an operator makes, beside those that an administrator enters over GraphQL.

use entity::{Role, organization, user};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::App;
use crate::auth::end_sessions;
use crate::error::{Code, Error, Result};
use crate::graphql::{Check, email};
use crate::policy::{User, Verb};
use crate::store::{Read, Tx};

/// Who gets an account.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount<'a> {
    /// E-mail address to sign in with.
    pub email: &'a str,
    /// Name shown to others.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// Code of the organization that it works for; required for officers and coordinators.
    pub organization: Option<&'a str>,
}

/// Whether a role acts for an organization and so must have one.
pub fn acts_for_organization(role: Role) -> bool {
    matches!(role, Role::Officer | Role::Coordinator)
}

/// Makes an account.
///
/// # Errors
/// [`Error::Invalid`] for what is wrong with it, [`Error::Conflict`] when the address is taken.
pub async fn add(app: &App, tx: &Tx, account: NewAccount<'_>, password: &str) -> Result<Uuid> {
    let mut check = Check::new("");
    let address = check.note(email(account.email, "email")).unwrap_or_default();
    let name = check.text("name", account.name, 500);
    if acts_for_organization(account.role) && account.organization.is_none() {
        check.problem("organization", Code::Required);
    }
    check.done()?;
    let organization_id = match account.organization {
        Some(code) => {
            let found = tx.find::<organization::Entity>().filter(organization::Column::Code.eq(code));
            let found = tx.first(found).await?;
            Some(found.ok_or_else(|| Error::NotFound.at("organization"))?.id)
        }
        None => None,
    };
    let hash = app.passwords.hash(password, &app.world, "password").await?;
    let row = user::ActiveModel {
        email: Set(address),
        name: Set(name),
        role: Set(account.role),
        organization_id: Set(organization_id),
        password_hash: Set(Some(hash.0)),
        ..Default::default()
    };
    Ok(tx.insert::<user::Entity>(row).await?.id)
}

/// Gives the account another password and ends its sessions.
///
/// # Errors
/// [`Error::NotFound`] for an unknown address, [`Error::Invalid`] for a bad password.
pub async fn set_password(app: &App, address: &str, password: &str) -> Result<()> {
    let hash = app.passwords.hash(password, &app.world, "password").await?;
    change(app, address, user::ActiveModel { password_hash: Set(Some(hash.0)), ..Default::default() }).await
}

/// Lets the account sign in no more and ends its sessions.
///
/// # Errors
/// [`Error::NotFound`] for an unknown address.
pub async fn disable(app: &App, address: &str) -> Result<()> {
    let now = app.world.now();
    change(app, address, user::ActiveModel { disabled_at: Set(Some(now)), ..Default::default() }).await
}

/// The viewer that the account is, for what an operator does in its name.
///
/// # Errors
/// [`Error::NotFound`] for an unknown address or a disabled account.
pub async fn viewer(app: &App, address: &str) -> Result<User> {
    let store = app.system();
    let found = store.find::<user::Entity>().filter(user::Column::Email.eq(email(address, "email")?));
    let row = store.first(found).await?.filter(|row| row.disabled_at.is_none()).ok_or(Error::NotFound)?;
    Ok(User::of(&row))
}

async fn change(app: &App, address: &str, change: user::ActiveModel) -> Result<()> {
    let tx = app.system().begin().await?;
    let found = tx.find::<user::Entity>().filter(user::Column::Email.eq(email(address, "email")?));
    let found = tx.first(found).await?.ok_or(Error::NotFound)?;
    let held = tx.hold::<user::Entity>(found.id, Verb::Update).await?;
    tx.update(&held, None, change).await?;
    end_sessions(app, &tx, found.id, None).await?;
    tx.commit().await
}
