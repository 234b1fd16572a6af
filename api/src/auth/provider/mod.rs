//! Signing in with the ID token of an outside OpenID provider. The provider says who somebody is; which accounts there
//! are, and what they may do, is decided here alone.

mod key_set;

use chrono::{DateTime, TimeDelta, Utc};
use entity::user;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Deserialize;
use url::{Host, Url};
use uuid::Uuid;

use self::key_set::{KeySet, NoKey};
use super::jws::{Compact, LEEWAY_SECONDS, Times};
use super::login::{ClientAddress, RequestId, Tokens, note_refusal, session_of, too_many_tries};
use super::session::ClientName;
use super::tries::Tries;
use crate::App;
use crate::config::Settings;
use crate::error::{Code, Error, Problem, Result};
use crate::files::sha256_hex;
use crate::graphql::email as address_of;
use crate::policy::Verb;
use crate::store::{Read, Store, Tx};

const LONGEST_TOKEN: usize = 16 * 1024;
const LONGEST_SUBJECT: usize = 255;
/// How long it is known that a token was used. Tries are swept after a day, so no token may live as long.
const MEMORY: TimeDelta = TimeDelta::days(1);
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(23);

/// An outside OpenID provider.
pub struct Provider {
    issuer: String,
    audience: String,
    keys: KeySet,
}

/// Whom a good ID token is about.
struct Identity {
    /// Issuer and subject: the same subject of another provider is somebody else.
    subject: String,
    /// The e-mail address, if the provider has made sure of it.
    email: Option<String>,
    /// Names what was signed, however the signature is written.
    token: String,
}

/// Why nobody is signed in. Only [`Refused::Unavailable`] is told apart: the rest would help who guesses.
enum Refused {
    Unavailable,
    /// The words are for the log.
    For(&'static str),
}

impl From<NoKey> for Refused {
    fn from(none: NoKey) -> Self {
        match none {
            NoKey::Unknown => Self::For("the provider has no such key"),
            NoKey::Unavailable => Self::Unavailable,
        }
    }
}

#[derive(Deserialize)]
struct Said {
    iss: String,
    aud: OneOrMore,
    azp: Option<String>,
    sub: String,
    #[serde(rename = "iat")]
    _iat: i64,
    email: Option<String>,
    #[serde(default)]
    email_verified: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Provider {
    /// The provider that the settings describe, if they do.
    ///
    /// # Errors
    /// A sentence that names the setting that is wrong.
    pub fn open(settings: &Settings) -> Result<Option<Self>, String> {
        let (issuer, url, audience) =
            match (&settings.oidc_issuer, &settings.oidc_jwks_url, &settings.oidc_audience) {
                (None, None, None) => return Ok(None),
                (Some(issuer), Some(url), Some(audience)) => (issuer.clone(), url.clone(), audience.clone()),
                _ => {
                    return Err("PII_OIDC_ISSUER, PII_OIDC_JWKS_URL and PII_OIDC_AUDIENCE go together".into());
                }
            };
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here(&url)) {
            return Err("PII_OIDC_JWKS_URL must begin with https://, but for this machine itself".into());
        }
        Ok(Some(Self { issuer, audience, keys: KeySet::new(url)? }))
    }

    async fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, Refused> {
        let jws =
            Compact::read(token, LONGEST_TOKEN).ok_or(Refused::For("not a token in its strict form"))?;
        if jws.has_header("typ") && jws.header("typ") != Some("JWT") {
            return Err(Refused::For("another type of token"));
        }
        let read = (jws.claims::<Said>(), jws.claims::<Times>(), jws.header("kid"));
        let (Some(said), Some(times), Some(kid)) = read else {
            return Err(Refused::For("a claim or the key's name is missing"));
        };
        // Before the keys are asked for, so that a token of somebody else costs no question.
        self.is_for_us(&said, &times, now).map_err(Refused::For)?;
        let key = self.keys.find(kid, now).await?;
        if !jws.is_signed(&key.decoding, key.algorithm) {
            return Err(Refused::For("not signed by the key that it names"));
        }
        let email = said.email.filter(|_| said.email_verified == serde_json::Value::Bool(true));
        Ok(Identity {
            subject: format!("{} {}", self.issuer, said.sub),
            email: email.and_then(|email| address_of(&email, "").ok()),
            token: format!("id-token:{}", sha256_hex(jws.signed().as_bytes())),
        })
    }

    fn is_for_us(&self, said: &Said, times: &Times, now: DateTime<Utc>) -> Result<(), &'static str> {
        let is_for_us = match &said.aud {
            OneOrMore::One(audience) => *audience == self.audience,
            // Of several, the one that it was issued to must be named.
            OneOrMore::More(all) => all.contains(&self.audience) && (all.len() == 1 || said.azp.is_some()),
        };
        if said.iss != self.issuer {
            return Err("another issuer");
        }
        if !is_for_us || said.azp.as_ref().is_some_and(|party| *party != self.audience) {
            return Err("another audience");
        }
        if !times.hold(now.timestamp(), LEEWAY_SECONDS) || times.end() > (now + LONGEST_LIFE).timestamp() {
            return Err("not good at this time, or for too long");
        }
        match (1..=LONGEST_SUBJECT).contains(&said.sub.len()) && !said.sub.contains(char::is_control) {
            true => Ok(()),
            false => Err("a subject that cannot be one"),
        }
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Signs in with an ID token, which is good once.
///
/// # Errors
/// [`Code::WrongCredentials`], whatever is wrong with token or account; [`Code::ProviderUnavailable`], with the token
/// still good; [`Code::TooManyTries`] per address.
pub async fn login_with_provider(
    app: &App,
    id_token: &str,
    address: ClientAddress,
    request: RequestId,
    client: &ClientName,
) -> Result<Tokens> {
    let tries = Tries::with_provider(address);
    if !tries.count(app).await? {
        return Err(too_many_tries(""));
    }
    let now = app.world.now();
    let checked = match &app.provider {
        Some(provider) => provider.check(id_token, now).await,
        None => Err(Refused::For("no provider is set up")),
    };
    let store = app.system().for_request(request.0);
    let identity = match checked {
        Ok(identity) => identity,
        Err(Refused::Unavailable) => {
            // Nothing was guessed at.
            tries.forgive(app).await?;
            return Err(Problem::new("", Code::ProviderUnavailable).into());
        }
        Err(Refused::For(reason)) => return refuse(&store, None, request, reason).await,
    };
    if app.db.count_try(&identity.token, now, now - MEMORY).await? != 1 {
        return refuse(&store, None, request, "the token was used before").await;
    }
    let (known, good) = account(&store, &identity).await?;
    let Some(user) = good else {
        let reason = if known.is_some() { "the account is disabled or another's" } else { "no such account" };
        return refuse(&store, known, request, reason).await;
    };
    let tokens = session_of(app, store, &user, client, async |tx: &Tx| {
        let held = tx.hold::<user::Entity>(user.id, Verb::Update).await?;
        // Looked at again under the lock: two tokens may have come at once.
        if held.disabled_at.is_some()
            || held.oidc_subject.as_ref().is_some_and(|bound| *bound != identity.subject)
        {
            return Err(refusal());
        }
        if held.oidc_subject.is_none() {
            let bound =
                user::ActiveModel { oidc_subject: Set(Some(identity.subject.clone())), ..Default::default() };
            tx.update(&held, None, bound).await?;
        }
        Ok(())
    });
    let tokens = tokens.await.map_err(|error| match error {
        Error::Conflict(_) => refusal(),
        other => other,
    })?;
    tries.forgive(app).await?;
    Ok(tokens)
}

/// Says to the log why, to the client only that.
async fn refuse<T>(store: &Store, known: Option<Uuid>, request: RequestId, reason: &str) -> Result<T> {
    tracing::warn!(request_id = %request.0, reason, "nobody was signed in with an ID token");
    note_refusal(store, known, "").await?;
    Err(refusal())
}

fn refusal() -> Error {
    Problem::new("", Code::WrongCredentials).into()
}

/// The account that is meant, and the same if it may sign in: the one bound to the subject, or else the one with the
/// e-mail address, if it is not bound to another.
async fn account(store: &Store, identity: &Identity) -> Result<(Option<Uuid>, Option<user::Model>)> {
    let bound = store.find::<user::Entity>().filter(user::Column::OidcSubject.eq(&identity.subject));
    let found = match (store.first(bound).await?, &identity.email) {
        (None, Some(email)) => {
            store.first(store.find::<user::Entity>().filter(user::Column::Email.eq(email))).await?
        }
        (found, _) => found,
    };
    let known = found.as_ref().map(|user| user.id);
    let may = |user: &user::Model| {
        user.disabled_at.is_none()
            && user.oidc_subject.as_ref().is_none_or(|bound| *bound == identity.subject)
    };
    Ok((known, found.filter(may)))
}
