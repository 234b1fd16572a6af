//! Users: who signs in, and the persons that the coordinator sees behind reports and evidence.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::{ColumnTrait, NotSet, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{Check, LINE, after, given};
use super::filter::{IdFilter, OneOf};
use super::id;
use super::organization::Organization;
use super::page::{List, order, page};
use super::payload::payload;
use crate::accounts::acts_for_organization;
use crate::auth::end_sessions;
use crate::error::{Code, Problem, Result};
use crate::policy::Verb;
use crate::store::{Read, Sort, Tx};
use crate::text;

/// Someone, or a program, that signs in.
#[derive(Description)]
pub struct User(pub Arc<user::Model>);

#[Object(use_type_description)]
impl User {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<user::Entity>(self.0.id)
    }

    /// E-mail address, the name to sign in with.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Name shown to others.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Whom it works for.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.0.organization_id {
            Some(organization) => Ok(ctx.one::<organization::Entity>(organization).await?.map(Organization)),
            None => Ok(None),
        }
    }

    /// Since when it may no longer sign in.
    async fn disabled_at(&self) -> Option<DateTime<Utc>> {
        self.0.disabled_at
    }

    /// The language of its e-mail.
    async fn language(&self) -> Language {
        self.0.language
    }

    /// Whether its notifications also go out by e-mail.
    async fn email_notices(&self) -> bool {
        self.0.email_notices
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// A user as the coordinator sees it: name and organization, nothing else.
#[derive(Description)]
pub struct Person(pub Arc<person::Model>);

#[Object(use_type_description)]
impl Person {
    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whom the person works for.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.0.organization_id {
            Some(organization) => Ok(ctx.one::<organization::Entity>(organization).await?.map(Organization)),
            None => Ok(None),
        }
    }
}

impl Person {
    /// The person with this key, if the viewer may know who it is.
    pub async fn find(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Person>> {
        match id {
            Some(id) => Ok(ctx.one::<person::Entity>(id).await?.map(Person)),
            None => Ok(None),
        }
    }
}

/// Which users are wanted.
#[derive(InputObject, Default)]
pub struct UserFilter {
    /// What they may do.
    role: Option<OneOf<Role>>,
    /// Whom they work for.
    organization: Option<IdFilter>,
    /// Whether they may no longer sign in.
    disabled: Option<bool>,
}

order! {
    /// How a list of users is ordered.
    UserOrder by UserOrderField of user {
        /// By e-mail address.
        Email => Email,
        /// By time of entry.
        CreatedAt => CreatedAt,
    }
}

/// Queries about users.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// Who asks.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<User> {
        ctx.store()?.get::<user::Entity>(ctx.principal()?.user.id).await.map(|row| User(row.into()))
    }

    /// The users, by e-mail unless ordered otherwise. Administrators see all, everyone else itself.
    async fn users(
        &self,
        ctx: &Context<'_>,
        filter: Option<UserFilter>,
        order: Option<UserOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<User>> {
        let filter = filter.unwrap_or_default();
        use user::Column::{DisabledAt, OrganizationId, Role as RoleColumn};
        let mut query = ctx.store()?.find::<user::Entity>();
        if let Some(role) = &filter.role {
            query = query.filter(role.on(RoleColumn, "filter.role")?);
        }
        if let Some(organization) = &filter.organization {
            query =
                query.filter(organization.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        if let Some(disabled) = filter.disabled {
            query = query.filter(if disabled { DisabledAt.is_not_null() } else { DisabledAt.is_null() });
        }
        let sort = order.map_or(Sort::by(user::Column::Email), UserOrder::sort);
        page(ctx, query, sort, first, after, User).await
    }
}

/// A new user.
#[derive(InputObject)]
pub struct UserCreateInput {
    /// E-mail address, unique; the name to sign in with.
    email: String,
    /// Name shown to others.
    name: String,
    /// What it may do.
    role: Role,
    /// Whom it works for; required for officers and coordinators.
    organization_id: Option<ID>,
    /// First password, at least 12 characters. Without one the user cannot sign in until `userPasswordSet`.
    #[graphql(secret)]
    password: Option<String>,
}

/// Changes of a user: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct UserUpdateInput {
    /// Name shown to others.
    name: Option<String>,
    /// What it may do.
    role: Option<Role>,
    /// Whom it works for.
    organization_id: MaybeUndefined<ID>,
    /// True ends all its sessions and lets it sign in no more; false lets it sign in again.
    disabled: Option<bool>,
}

payload! {
    /// What came of writing a user.
    UserPayload {
        /// The user as it is now.
        user: User
    }
}

/// Mutations of users.
#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Enters a user. For administrators.
    async fn user_create(&self, ctx: &Context<'_>, input: UserCreateInput) -> Result<Option<UserPayload>> {
        UserPayload::of(create(ctx, input).await)
    }

    /// Changes a user; a new role or organization holds within seconds. For administrators.
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: UserUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<UserPayload>> {
        UserPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Gives a user another password and ends all its sessions. For administrators.
    async fn user_password_set(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(secret)] password: String,
    ) -> Result<Option<UserPayload>> {
        UserPayload::of(set_password(ctx, id, &password).await)
    }
}

/// An e-mail address in the form in which it is stored and compared.
///
/// # Errors
/// [`Code::InvalidEmail`] about the field `field`.
pub fn email(address: &str, field: &str) -> Result<String, Problem> {
    let address = text::normal(address).to_lowercase();
    let parts = address.split_once('@').filter(|(local, domain)| {
        let letters =
            |part: &str| part.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+'));
        !local.is_empty()
            && letters(local)
            && !domain.is_empty()
            && letters(domain)
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    });
    match parts {
        Some(_) if address.len() <= 254 => Ok(address),
        _ => Err(Problem::new(field, Code::InvalidEmail)),
    }
}

async fn create(ctx: &Context<'_>, input: UserCreateInput) -> Result<User> {
    let store = ctx.store()?;
    let app = ctx.app()?;
    let tx = store.begin().await?;
    tx.may::<user::Entity>(Verb::Create)?;
    let mut check = Check::new("input");
    let address = check.note(email(&input.email, "input.email")).unwrap_or_default();
    let name = check.text("name", &input.name, LINE);
    let organization_id =
        check.optional_id::<organization::Entity>("organizationId", input.organization_id.as_ref());
    if acts_for_organization(input.role) && organization_id.is_none() {
        check.problem("organizationId", Code::Required);
    }
    check.done()?;
    if let Some(organization) = organization_id {
        tx.get::<organization::Entity>(organization)
            .await
            .map_err(|error| error.at("input.organizationId"))?;
    }
    let password_hash = match &input.password {
        Some(password) => Some(app.passwords.hash(password, &app.world, "input.password").await?.0),
        None => None,
    };
    let row = user::ActiveModel {
        email: Set(address),
        name: Set(name),
        role: Set(input.role),
        organization_id: Set(organization_id),
        password_hash: Set(password_hash),
        ..Default::default()
    };
    let row = tx.insert::<user::Entity>(row).await.map_err(|error| error.at("input.email"))?;
    tx.commit().await?;
    Ok(User(row.into()))
}

async fn update(ctx: &Context<'_>, id: ID, input: UserUpdateInput, expected: Option<i32>) -> Result<User> {
    let store = ctx.store()?;
    let app = ctx.app()?;
    let key = id::parse::<user::Entity>(&id, "id")?;
    let tx = store.begin().await?;
    let held = tx.hold::<user::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("input");
    let change = user::ActiveModel {
        name: check.change_required("name", &input.name, LINE),
        role: given(input.role),
        organization_id: check.change_id::<organization::Entity>("organizationId", &input.organization_id),
        disabled_at: match input.disabled {
            None => NotSet,
            Some(true) => Set(held.disabled_at.or(Some(app.world.now()))),
            Some(false) => Set(None),
        },
        ..Default::default()
    };
    if acts_for_organization(after(&change.role, &held.role))
        && after(&change.organization_id, &held.organization_id).is_none()
    {
        check.problem("organizationId", Code::Required);
    }
    if input.role.is_some() || !input.organization_id.is_undefined() {
        is_signed_in_by_people(&tx, key).await?;
    }
    if input.disabled == Some(true) && key == ctx.principal()?.user.id {
        check.problem("disabled", Code::OwnAccount);
    }
    check.done()?;
    if let Set(Some(organization)) = &change.organization_id {
        tx.get::<organization::Entity>(*organization)
            .await
            .map_err(|error| error.at("input.organizationId"))?;
    }
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    if input.disabled == Some(true) {
        let tx = app.system().begin().await?;
        end_sessions(app, &tx, key, None).await?;
        tx.commit().await?;
    }
    app.principals.forget(key);
    Ok(User(row.into()))
}

/// Refuses what would make more of a service account's user than its account says.
async fn is_signed_in_by_people(tx: &Tx, user: Uuid) -> Result<()> {
    let account = tx.find::<service_account::Entity>().filter(service_account::Column::Id.eq(user));
    match tx.exists(account).await? {
        true => Err(Problem::new("id", Code::InvalidState).with("SERVICE_ACCOUNT").into()),
        false => Ok(()),
    }
}

async fn set_password(ctx: &Context<'_>, id: ID, password: &str) -> Result<User> {
    let store = ctx.store()?;
    let app = ctx.app()?;
    let key = id::parse::<user::Entity>(&id, "id")?;
    let tx = store.begin().await?;
    let held = tx.hold::<user::Entity>(key, Verb::Update).await?;
    is_signed_in_by_people(&tx, key).await?;
    let hash = app.passwords.hash(password, &app.world, "password").await?;
    let row = tx
        .update(&held, None, user::ActiveModel { password_hash: Set(Some(hash.0)), ..Default::default() })
        .await?;
    tx.commit().await?;
    let tx = app.system().begin().await?;
    end_sessions(app, &tx, key, None).await?;
    tx.commit().await?;
    Ok(User(row.into()))
}
