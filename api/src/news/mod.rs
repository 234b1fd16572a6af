//! News: queued in the transaction of the decision that it tells of, carried out afterwards, once for each whom it
//! concerns.
//!
//! A decision calls [`tell`]. The worker makes one notification for each user of the [`audience`] and, where e-mail is
//! set up and wanted, one more row of the queue for each letter.

mod audience;
mod mail;
mod reminders;
mod words;
mod worker;

pub use mail::Mailer;
pub use reminders::remind;
pub use words::{Facts, Names, Words, words};
pub use worker::{carry_out, work};

use chrono::TimeDelta;
use entity::{Editable, NotificationKind, outbox};
use sea_orm::{ActiveEnum, ColumnTrait, Condition, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::App;
use crate::error::{Error, Result};
use crate::store::{Read, Tx};

/// How long what was carried out is kept; longer than a reminder could be queued again.
const KEPT: TimeDelta = TimeDelta::days(90);

/// A piece of news.
#[derive(Clone, Debug)]
pub struct News {
    /// Names what is told; the same news is queued once.
    pub key: String,
    /// What sort of news.
    pub kind: NotificationKind,
    /// Table and key of the row that it is about.
    pub subject: (&'static str, Uuid),
    /// The organizations that it concerns.
    pub organizations: Vec<Uuid>,
    /// What its words name.
    pub facts: Facts,
}

impl News {
    /// News of a row of `E` as it is now.
    pub fn of<E: Editable>(
        kind: NotificationKind,
        row: &E::Model,
        organizations: impl Into<Vec<Uuid>>,
        facts: Facts,
    ) -> Self {
        let (id, version) = (E::id(row), E::row_version(row));
        let key = format!("{}:{id}:{version}", kind.to_value());
        Self { key, kind, subject: (E::TABLE, id), organizations: organizations.into(), facts }
    }
}

/// What the queue keeps of a piece of news beside its key, kind and subject.
#[derive(Debug, Serialize, Deserialize)]
struct Queued {
    /// Who did it, who need not be told.
    by: Option<Uuid>,
    organizations: Vec<Uuid>,
    facts: Facts,
}

/// Queues a piece of news, to be told once the transaction is committed.
pub async fn tell(tx: &Tx, news: News) -> Result<()> {
    tell_all(tx, vec![news]).await
}

/// Queues many pieces of news at once.
pub async fn tell_all(tx: &Tx, news: Vec<News>) -> Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let by = tx.viewer().user().map(|user| user.id);
    let now = tx.now();
    let mut rows = Vec::new();
    for one in news {
        let queued = Queued { by, organizations: one.organizations, facts: one.facts };
        rows.push(outbox::ActiveModel {
            key: Set(one.key),
            kind: Set(one.kind),
            subject_table: Set(Some(one.subject.0.to_owned())),
            subject_id: Set(Some(one.subject.1)),
            params: Set(serde_json::to_value(queued).map_err(Error::internal)?),
            due_at: Set(now),
            attempts: Set(0),
            ..Default::default()
        });
    }
    tx.insert_missing::<outbox::Entity>(rows, &[outbox::Column::Key]).await?;
    tx.wake_news();
    Ok(())
}

/// Forgets what was carried out or given up long ago.
pub async fn sweep(app: &App) -> Result<()> {
    use outbox::Column::{DoneAt, FailedAt, UpdatedAt};
    let over = Condition::any().add(DoneAt.is_not_null()).add(FailedAt.is_not_null());
    let old = Condition::all().add(over).add(UpdatedAt.lt(app.world.now() - KEPT));
    let tx = app.system().begin().await?;
    tx.delete_all::<outbox::Entity>(old).await?;
    tx.commit().await
}
