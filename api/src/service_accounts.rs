//! Service accounts: entered, given another secret, ended; over GraphQL by an administrator, on the command line by an
//! operator.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::{Role, Scope, service_account, user};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::App;
use crate::auth::end_sessions;
use crate::error::{Code, Problem, Result};
use crate::files::sha256_hex;
use crate::graphql::Check;
use crate::policy::{Scopes, Verb};
use crate::store::{Read, Store};

/// A service account to be entered.
#[derive(Clone, Debug)]
pub struct NewServiceAccount<'a> {
    /// Name shown to others.
    pub name: &'a str,
    /// What its tokens may be used for.
    pub scopes: &'a [Scope],
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A service account and its secret, which nobody can read later.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account; its key is the client id.
    pub account: service_account::Model,
    /// The secret.
    pub secret: String,
}

/// Enters a service account, with a user of its own that cannot sign in otherwise. Problems are about fields of
/// `input`.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] for who may not, [`crate::error::Error::Invalid`] for what is wrong with it.
pub async fn add(
    app: &App,
    store: &Store,
    account: NewServiceAccount<'_>,
    input: &'static str,
) -> Result<Credentials> {
    let tx = store.begin().await?;
    tx.may::<service_account::Entity>(Verb::Create)?;
    let mut check = Check::new(input);
    let name = check.text("name", account.name, 500);
    let scopes = Scopes::of(account.scopes);
    if scopes == Scopes::NONE {
        check.problem("scopes", Code::Required);
    }
    if account.expires_at.is_some_and(|end| end <= tx.now()) {
        check.problem_with("expiresAt", Code::OutOfRange, tx.now().format("> %FT%TZ"));
    }
    check.done()?;
    let id = app.world.uuid();
    let row = user::ActiveModel {
        id: Set(id),
        // A domain that no mail reaches.
        email: Set(format!("{id}@service.invalid")),
        name: Set(name),
        role: Set(Role::Integration),
        email_notices: Set(false),
        ..Default::default()
    };
    tx.insert::<user::Entity>(row).await?;
    let (secret, secret_hash) = secret(app);
    let row = service_account::ActiveModel {
        id: Set(id),
        secret_hash: Set(secret_hash),
        scopes: Set(scopes.to_string()),
        expires_at: Set(account.expires_at),
        ..Default::default()
    };
    let account = tx.insert::<service_account::Entity>(row).await?;
    tx.commit().await?;
    Ok(Credentials { account, secret })
}

/// Gives a service account another secret; the old one and all tokens got with it are good no more.
///
/// # Errors
/// [`crate::error::Error::NotFound`], [`Code::InvalidState`] for one that was revoked.
pub async fn rotate_secret(app: &App, store: &Store, id: Uuid) -> Result<Credentials> {
    let tx = store.begin().await?;
    let held = tx.hold::<service_account::Entity>(id, Verb::Update).await?;
    if held.revoked_at.is_some() {
        return Err(Problem::new("id", Code::InvalidState).with("REVOKED").into());
    }
    let (secret, secret_hash) = secret(app);
    let change = service_account::ActiveModel { secret_hash: Set(secret_hash), ..Default::default() };
    let account = tx.update(&held, None, change).await?;
    tx.commit().await?;
    end_tokens(app, id).await?;
    Ok(Credentials { account, secret })
}

/// Ends a service account for good, and its tokens; once is as good as twice.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub async fn revoke(app: &App, store: &Store, id: Uuid) -> Result<service_account::Model> {
    let tx = store.begin().await?;
    let held = tx.hold::<service_account::Entity>(id, Verb::Update).await?;
    let user = tx.hold::<user::Entity>(id, Verb::Update).await?;
    let now = Some(tx.now());
    let mut account = (*held).clone();
    if held.revoked_at.is_none() {
        let over = service_account::ActiveModel { revoked_at: Set(now), ..Default::default() };
        account = tx.update(&held, None, over).await?;
    }
    if user.disabled_at.is_none() {
        let over = user::ActiveModel { disabled_at: Set(now), ..Default::default() };
        tx.update(&user, None, over).await?;
    }
    tx.commit().await?;
    end_tokens(app, id).await?;
    Ok(account)
}

/// A line on each service account, oldest first.
pub async fn list(store: &Store) -> Result<Vec<String>> {
    let accounts = store.find::<service_account::Entity>();
    let accounts = store.all(accounts.order_by_asc(service_account::Column::Id)).await?;
    let users = user::Column::Id.is_in(accounts.iter().map(|account| account.id));
    let users = store.all(store.find::<user::Entity>().filter(users)).await?;
    let line = |account: &service_account::Model| {
        let name = users.iter().find(|user| user.id == account.id).map_or("", |user| &user.name);
        let day = |time: DateTime<Utc>| time.format("%F %R").to_string();
        let used = account.last_used_at.map_or("never used".to_owned(), |time| format!("used {}", day(time)));
        let state = match (account.revoked_at, account.expires_at) {
            (Some(time), _) => format!("revoked {}", day(time)),
            (None, Some(time)) => format!("ends {}", day(time)),
            (None, None) => "good".to_owned(),
        };
        format!("{}  {}  {used}  {state}  {name}", account.id, account.scopes)
    };
    Ok(accounts.iter().map(line).collect())
}

async fn end_tokens(app: &App, id: Uuid) -> Result<()> {
    let tx = app.system().begin().await?;
    end_sessions(app, &tx, id, None).await?;
    tx.commit().await
}

/// A new secret and what is stored of it. It has 256 bits of chance, which nobody guesses however fast the hash is: a slow
/// one, as passwords need, would only make every token slow to get.
fn secret(app: &App) -> (String, String) {
    let secret = format!("pii_{}", BASE64_URL_SAFE_NO_PAD.encode(app.world.secret::<32>()));
    let hash = sha256_hex(secret.as_bytes());
    (secret, hash)
}
