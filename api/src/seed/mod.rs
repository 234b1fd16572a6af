//! What the product knows before anybody has typed anything: framework, units, organizations, published results and
//! the plan. Where the figures come from stands in `api/data/README.md`.

mod demo;
mod plan;
mod reference;
mod results;

pub use demo::{demo, edition as synthetic_edition};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::App;
use crate::accounts::{self, NewAccount};
use crate::error::{Error, Result};
use crate::store::{Read, Tx};

/// An account that was made, and its password, to be shown once.
#[derive(Clone, Debug)]
pub struct Account {
    /// E-mail address.
    pub email: String,
    /// Password, stored nowhere.
    pub password: String,
}

/// Fills an empty database and creates an administrator and a coordinator. One that holds a framework already is left
/// as it is, and no account is made.
pub async fn seed(app: &App) -> Result<Vec<Account>> {
    let tx = app.system().begin_alone().await?;
    if tx.exists(tx.find::<framework::Entity>()).await? {
        return Ok(Vec::new());
    }
    reference::organizations(&tx).await?;
    let framework = reference::frameworks(&tx).await?;
    let units = reference::units(&tx).await?;
    results::results(&tx, &framework, &units).await?;
    plan::plan(&tx, &framework, units.now["Lạng Sơn"]).await?;
    let (admin, coordinator) = ("Quản trị hệ thống", "Điều phối viên Sở KH&CN");
    let accounts = [
        NewAccount { email: "admin@pii.local", name: admin, role: Role::Admin, organization: None },
        NewAccount {
            email: "coordinator@pii.local",
            name: coordinator,
            role: Role::Coordinator,
            organization: Some("SKHCN"),
        },
    ];
    let mut made = Vec::new();
    for one in accounts {
        made.push(account(app, &tx, one).await?);
    }
    tx.commit().await?;
    Ok(made)
}

/// Makes an account with a random password.
async fn account(app: &App, tx: &Tx, account: NewAccount<'_>) -> Result<Account> {
    let password = BASE64_URL_SAFE_NO_PAD.encode(app.world.secret::<15>());
    accounts::add(app, tx, account, &password).await?;
    Ok(Account { email: account.email.to_owned(), password })
}

/// The rows of a CSV text with a header.
fn read<T: DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().map_err(Error::internal)
}

/// A node of `framework` by its code.
async fn node(tx: &Tx, framework: Uuid, code: &str) -> Result<node::Model> {
    let found = tx
        .find::<node::Entity>()
        .filter(node::Column::FrameworkId.eq(framework))
        .filter(node::Column::Code.eq(code));
    tx.first(found).await?.ok_or_else(|| Error::internal(format!("no node {code}")))
}
