//! Service accounts: how programs sign in without a person.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{Scope, service_account, user};

use super::ask::Ask;
use super::id;
use super::page::{List, page};
use super::payload::payload;
use crate::error::Result;
use crate::policy::Scopes;
use crate::service_accounts::{self, Credentials, NewServiceAccount};
use crate::store::{Read, Sort};

/// A program that signs in with a client id and a secret at `POST /oauth/token`, for short access tokens that are limited
/// to its scopes. For administrators.
#[derive(Description)]
pub struct ServiceAccount(pub Arc<service_account::Model>);

#[Object(use_type_description)]
impl ServiceAccount {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<service_account::Entity>(self.0.id)
    }

    /// Name shown to others, also in the audit trail.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.need::<user::Entity>(self.0.id).await?.name.clone())
    }

    /// Global id of the user that it acts as, by which the audit trail names it.
    async fn user_id(&self) -> ID {
        id::of::<user::Entity>(self.0.id)
    }

    /// OAuth's `client_id`.
    async fn client_id(&self) -> String {
        self.0.id.to_string()
    }

    /// What its tokens may be used for; one token may be asked for less.
    async fn scopes(&self) -> Vec<Scope> {
        Scopes::named(&self.0.scopes).unwrap_or_default().each().collect()
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it ends by itself; null if it does not.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When one of its tokens was last used, to the minute; null if none ever was.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// Since when it is over for good; null if it is not.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// Grows by one with every change.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// What a program needs to get tokens. The secret is shown this once: only its hash is kept.
#[derive(SimpleObject)]
pub struct ClientCredentials {
    /// OAuth's `client_id`.
    client_id: String,
    /// OAuth's `client_secret`. Keep it where the program alone can read it.
    client_secret: String,
    /// The account.
    service_account: ServiceAccount,
}

impl From<Credentials> for ClientCredentials {
    fn from(Credentials { account, secret }: Credentials) -> Self {
        let client_id = account.id.to_string();
        Self { client_id, client_secret: secret, service_account: ServiceAccount(account.into()) }
    }
}

/// A new service account.
#[derive(InputObject)]
pub struct ServiceAccountCreateInput {
    /// Name shown to others: the system that is going to use it, and whose it is.
    name: String,
    /// What its tokens may be used for, at least one scope. Give no more than the program needs.
    scopes: Vec<Scope>,
    /// When it ends by itself; never, if not given.
    expires_at: Option<DateTime<Utc>>,
}

payload! {
    /// What came of entering a service account or giving it another secret.
    ClientCredentialsPayload {
        /// The account and its secret.
        credentials: ClientCredentials
    }
}

payload! {
    /// What came of ending a service account.
    ServiceAccountPayload {
        /// The account as it is now.
        service_account: ServiceAccount
    }
}

/// Queries about service accounts.
#[derive(Default)]
pub struct ServiceAccountQuery;

#[Object]
impl ServiceAccountQuery {
    /// The service accounts, newest first, also those that are over. For administrators.
    async fn service_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "The cursor behind which to begin.")] after: Option<String>,
    ) -> Result<List<ServiceAccount>> {
        let all = ctx.store()?.find::<service_account::Entity>();
        let newest = Sort::by_greatest(service_account::Column::CreatedAt);
        page(ctx, all, newest, first, after, ServiceAccount).await
    }
}

/// Mutations of service accounts.
#[derive(Default)]
pub struct ServiceAccountMutation;

#[Object]
impl ServiceAccountMutation {
    /// Enters a service account and shows its secret, this once. For administrators.
    async fn service_account_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] input: ServiceAccountCreateInput,
    ) -> Result<Option<ClientCredentialsPayload>> {
        let account =
            NewServiceAccount { name: &input.name, scopes: &input.scopes, expires_at: input.expires_at };
        let made = service_accounts::add(ctx.app()?, ctx.store()?, account, "input").await;
        ClientCredentialsPayload::of(made.map(Into::into))
    }

    /// Gives a service account another secret and shows it, this once. The old secret is good no more at once, tokens got
    /// with it within seconds. For administrators.
    async fn service_account_rotate_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the account.")] id: ID,
    ) -> Result<Option<ClientCredentialsPayload>> {
        let rotated = async {
            let key = id::parse::<service_account::Entity>(&id, "id")?;
            service_accounts::rotate_secret(ctx.app()?, ctx.store()?, key).await
        };
        ClientCredentialsPayload::of(rotated.await.map(Into::into))
    }

    /// Ends a service account for good: its secret is good no more at once, its tokens within seconds. For administrators.
    async fn service_account_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the account.")] id: ID,
    ) -> Result<Option<ServiceAccountPayload>> {
        let revoked = async {
            let key = id::parse::<service_account::Entity>(&id, "id")?;
            service_accounts::revoke(ctx.app()?, ctx.store()?, key).await
        };
        ServiceAccountPayload::of(revoked.await.map(|row| ServiceAccount(row.into())))
    }
}
