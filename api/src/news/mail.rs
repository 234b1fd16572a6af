//! Letters: news by e-mail, for those who want it. A server that says nothing may still have taken a letter, so one may
//! come twice; its Message-ID follows from the news and the reader, and tells that it is the same.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use entity::*;
use futures_util::future::join_all;
use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use tokio::sync::Notify;
use url::Url;
use uuid::Uuid;

use super::audience::shown;
use super::words::{Facts, words};
use super::worker::due;
use crate::App;
use crate::config::Settings;
use crate::error::Result;
use crate::files::sha256_hex;
use crate::lang::Lang;
use crate::store::{Read, Tx};

/// Most letters under way in one process.
const BATCH: u64 = 10;
/// How long a conversation with the mail server may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a process that has claimed letters is believed to be sending them.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Tries before a letter is given up; the last comes about four hours after the first.
const MOST_TRIES: i32 = 8;

/// Sends letters.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// Wakes who sends them when letters were queued here.
    pub(super) queued: Notify,
}

impl Mailer {
    /// The mailer that the settings describe, if they do.
    ///
    /// # Errors
    /// A sentence that names the setting that is wrong.
    pub fn open(settings: &Settings) -> Result<Option<Self>, String> {
        let Some(url) = &settings.smtp_url else { return Ok(None) };
        // Not what the library says: it may repeat the password.
        let wrong = || "PII_SMTP_URL must be smtp://USER:PASSWORD@HOST:PORT or smtps://…".to_owned();
        let mut url = Url::parse(url).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?.trim_matches(['[', ']']);
        let is_here =
            host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        // Passwords and news go over no network in the clear unless the operator says so.
        match url
            .query_pairs()
            .find(|(name, _)| name == "tls")
            .map(|(_, value)| value.into_owned())
            .as_deref()
        {
            None if url.scheme() == "smtp" && !is_here => url.set_query(Some("tls=required")),
            Some("none") => url.set_query(None),
            _ => {}
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).map_err(|_| wrong())?;
        let from = settings.mail_from.as_deref().ok_or("PII_MAIL_FROM is required with PII_SMTP_URL")?;
        let from = from.parse().map_err(|_| "PII_MAIL_FROM must be ADDRESS or \"NAME <ADDRESS>\"")?;
        Ok(Some(Self { transport: transport.build(), from, queued: Notify::new() }))
    }

    async fn send(&self, letter: &Letter, now: DateTime<Utc>) -> Result<(), String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let address = letter.user.email.parse().map_err(|error| said(&error))?;
        let lang = Lang::from(letter.user.language);
        let words = words(letter.row.kind, &letter.facts, lang);
        let id = sha256_hex(letter.row.key.as_bytes());
        // A name of before line breaks were refused must not break the letter.
        let name = letter.user.name.split(char::is_control).collect::<Vec<_>>().join(" ");
        let message = Message::builder()
            .message_id(Some(format!("<{}@{}>", &id[..32], self.from.email.domain())))
            .date(SystemTime::from(now))
            .from(self.from.clone())
            .to(Mailbox::new(Some(name), address))
            .subject(words.title)
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{}\n\n-- \n{}\n", words.body, lang.pick(WHY.0, WHY.1)))
            .map_err(|error| said(&error))?;
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(said(&error)),
            Err(late) => Err(said(&late)),
        }
    }
}

const WHY: (&str, &str) = (
    "Thư tự động của hệ thống PII Lạng Sơn. Có thể tắt thư báo trong phần cài đặt cá nhân.",
    "An automatic letter of PII Lạng Sơn. Letters can be switched off in your own settings.",
);

struct Letter {
    row: outbox::Model,
    user: user::Model,
    facts: Facts,
}

/// Sends the letters that have waited longest, a few at once; false when there was none.
pub(super) async fn send_due(app: &App, mailer: &Mailer) -> Result<bool> {
    let (letters, given_up) = claim(app).await?;
    if letters.is_empty() {
        return Ok(given_up);
    }
    let now = app.world.now();
    let sent = join_all(letters.iter().map(|letter| mailer.send(letter, now))).await;
    let tx = app.system().begin().await?;
    for (letter, outcome) in letters.iter().zip(sent) {
        let attempts = letter.row.attempts;
        let now = tx.now();
        let change = match outcome {
            Ok(()) => {
                outbox::ActiveModel { done_at: Set(Some(now)), last_error: Set(None), ..Default::default() }
            }
            Err(error) => {
                tracing::warn!(letter = %letter.row.id, attempts, error, "a letter could not be sent");
                outbox::ActiveModel {
                    last_error: Set(Some(error)),
                    due_at: Set(now + LEASE * 2_i32.pow(attempts.clamp(1, MOST_TRIES).unsigned_abs() - 1)),
                    failed_at: Set((attempts >= MOST_TRIES).then_some(now)),
                    ..Default::default()
                }
            }
        };
        tx.amend::<outbox::Entity>(letter.row.id, change).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Takes letters for a while, and gives those up that are no longer to be sent; whether there were any such.
async fn claim(app: &App) -> Result<(Vec<Letter>, bool)> {
    let tx = app.system().begin().await?;
    let due = tx.batch(due(&tx, true), BATCH).await?;
    if due.is_empty() {
        return Ok((Vec::new(), false));
    }
    let (mut letters, unwanted) = sort(&tx, due).await?;
    let now = tx.now();
    let ids = |ids: Vec<Uuid>| outbox::Column::Id.is_in(ids).into_condition();
    // Counted before it is tried: a letter that kills its process is given up all the same.
    let mut by_attempts: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for letter in &mut letters {
        letter.row.attempts += 1;
        by_attempts.entry(letter.row.attempts).or_default().push(letter.row.id);
    }
    for (attempts, taken) in by_attempts {
        let leased = outbox::ActiveModel {
            attempts: Set(attempts),
            failed_at: Set((attempts > MOST_TRIES).then_some(now)),
            due_at: Set(now + LEASE),
            ..Default::default()
        };
        tx.update_all::<outbox::Entity>(ids(taken), leased).await?;
    }
    letters.retain(|letter| letter.row.attempts <= MOST_TRIES);
    let given_up = !unwanted.is_empty();
    if given_up {
        let failed = outbox::ActiveModel {
            failed_at: Set(Some(now)),
            last_error: Set(Some(
                "the user no longer wants it or may no longer see what it tells".to_owned(),
            )),
            ..Default::default()
        };
        tx.update_all::<outbox::Entity>(ids(unwanted), failed).await?;
    }
    tx.commit().await?;
    Ok((letters, given_up))
}

/// The letters whose readers still want them and may read what they are about, and the keys of the others.
async fn sort(tx: &Tx, due: Vec<outbox::Model>) -> Result<(Vec<Letter>, Vec<Uuid>)> {
    use user::Column::{DisabledAt, EmailNotices, Id};
    let users = tx.find::<user::Entity>().filter(Id.is_in(due.iter().filter_map(|row| row.recipient_id)));
    let users = tx.all(users.filter(DisabledAt.is_null()).filter(EmailNotices.eq(true))).await?;
    let users: HashMap<Uuid, user::Model> = users.into_iter().map(|user| (user.id, user)).collect();
    let mut letters = Vec::new();
    let mut unwanted = Vec::new();
    for row in due {
        let user = row.recipient_id.and_then(|id| users.get(&id)).cloned();
        match user.zip(serde_json::from_value(row.params.clone()).ok()) {
            Some((user, facts)) => letters.push(Letter { row, user, facts }),
            None => unwanted.push(row.id),
        }
    }
    let asked: Vec<_> = letters.iter().map(|letter| (&letter.row, &letter.user)).collect();
    let mut shown = shown(tx, &asked).await?.into_iter();
    let (wanted, hidden): (Vec<_>, Vec<_>) =
        letters.into_iter().partition(|_| shown.next().unwrap_or_default());
    unwanted.extend(hidden.into_iter().map(|letter| letter.row.id));
    Ok((wanted, unwanted))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        settings: Settings,
    }

    fn opened(url: &str, from: &[&str]) -> Result<bool, String> {
        let flags = ["pii", "--smtp-url", url].into_iter().chain(from.iter().copied());
        Mailer::open(&Flags::parse_from(flags).settings).map(|mailer| mailer.is_some())
    }

    #[test]
    fn a_wrong_setting_is_named_without_its_password() {
        let from = ["--mail-from", "PII Lạng Sơn <pii@langson.example>"];
        for url in ["smtp://127.0.0.1:25", "smtp://u:p@mail.example:587", "smtps://u:p@mail.example"] {
            assert_eq!(opened(url, &from), Ok(true), "{url}");
        }
        for url in ["http://u:secret@mail.example", "smtp://u:secret@mail.example?tls=maybe", "mail.example"]
        {
            let said = opened(url, &from).expect_err(url);
            assert!(said.starts_with("PII_SMTP_URL") && !said.contains("secret"), "{said}");
        }
        assert!(
            opened("smtp://127.0.0.1", &[]).is_err_and(|said| said.contains("PII_MAIL_FROM is required"))
        );
        let bad = opened("smtp://127.0.0.1", &["--mail-from", "nobody"]);
        assert!(bad.is_err_and(|said| said.contains("PII_MAIL_FROM must be")));
        assert!(Mailer::open(&Flags::parse_from(["pii"]).settings).is_ok_and(|mailer| mailer.is_none()));
    }
}
