//! Carrying news out. Any number of processes may do it: what one has claimed the others pass over, and notifications,
//! letters and the mark that it is done are written in one transaction, so that whoever dies in it leaves nothing.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use entity::*;
use futures_util::FutureExt;
use sea_orm::sea_query::IntoCondition;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Select, Set};
use uuid::Uuid;

use super::audience::{candidates, recipients};
use super::words::Names;
use super::{Facts, Queued, mail};
use crate::App;
use crate::error::{Error, Result};
use crate::store::{Read, Tx};

/// How often a process with nothing to do looks for what others have queued.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Most pieces of news told at a time.
const BATCH: u64 = 100;

/// Tells news and sends letters for ever, each at its own pace: a slow mail server holds nobody's news up.
pub async fn work(app: App) {
    let telling = async {
        loop {
            if rests(spread(&app)).await {
                let _ = tokio::time::timeout(LOOK_EVERY, app.db.news().notified()).await;
            }
        }
    };
    let sending = async {
        let Some(mailer) = &app.mailer else { return };
        loop {
            if rests(mail::send_due(&app, mailer)).await {
                let _ = tokio::time::timeout(LOOK_EVERY, mailer.queued.notified()).await;
            }
        }
    };
    tokio::join!(telling, sending);
}

/// Whether there was nothing to do. A turn that panics is logged like one that fails, and the next one comes.
async fn rests(turn: impl Future<Output = Result<bool>>) -> bool {
    let turn = AssertUnwindSafe(turn).catch_unwind().await;
    match turn.unwrap_or_else(|_| Err(Error::internal("a turn panicked"))) {
        Ok(busy) => !busy,
        Err(error) => {
            tracing::warn!(?error, "news could not be carried out");
            tokio::time::sleep(LOOK_EVERY).await;
            false
        }
    }
}

/// Carries out all that is due now.
pub async fn carry_out(app: &App) -> Result<()> {
    while spread(app).await? {}
    if let Some(mailer) = &app.mailer {
        while mail::send_due(app, mailer).await? {}
    }
    Ok(())
}

/// What waits to be carried out, longest waiting first; letters or news.
pub(super) fn due(tx: &Tx, letters: bool) -> Select<outbox::Entity> {
    use outbox::Column::{DoneAt, DueAt, FailedAt, Id, RecipientId};
    let of_sort = if letters { RecipientId.is_not_null() } else { RecipientId.is_null() };
    let waiting = Condition::all().add(DoneAt.is_null()).add(FailedAt.is_null()).add(DueAt.lte(tx.now()));
    let due = tx.find::<outbox::Entity>().filter(of_sort).filter(waiting);
    tx.claimed(due.order_by_asc(DueAt).order_by_asc(Id))
}

/// Tells the news that has waited longest, a batch of it; false when there was none.
async fn spread(app: &App) -> Result<bool> {
    let tx = app.system().begin().await?;
    let due = tx.batch(due(&tx, false), BATCH).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let ids: Vec<Uuid> = due.iter().map(|row| row.id).collect();
    let mut news = Vec::new();
    for row in due {
        match serde_json::from_value::<Queued>(row.params.clone()) {
            Ok(queued) => news.push((row, queued)),
            // Nobody but the product writes here; what it cannot read must not hold up the rest.
            Err(error) => tracing::error!(row = %row.id, %error, "news that cannot be read"),
        }
    }
    name_organizations(&tx, &mut news).await?;
    let users = candidates(&tx, &news).await?;
    let told = recipients(&tx, &news, &users).await?;
    let mut notifications = Vec::new();
    let mut letters = Vec::new();
    let mut heard = BTreeSet::new();
    for ((row, queued), users) in news.iter().zip(told) {
        let params = serde_json::to_value(&queued.facts).map_err(Error::internal)?;
        for user in users {
            notifications.push(notification(row, user, &params));
            if app.mailer.is_some() && user.email_notices {
                letters.push(letter(row, user, &params, tx.now()));
            }
            heard.insert(user.id);
        }
    }
    let has_letters = !letters.is_empty();
    let once = [notification::Column::UserId, notification::Column::Key];
    tx.insert_missing::<notification::Entity>(notifications, &once).await?;
    tx.insert_missing::<outbox::Entity>(letters, &[outbox::Column::Key]).await?;
    let done = outbox::ActiveModel { done_at: Set(Some(tx.now())), ..Default::default() };
    tx.update_all::<outbox::Entity>(outbox::Column::Id.is_in(ids).into_condition(), done).await?;
    tx.commit().await?;
    heard.into_iter().for_each(|user| app.events.changed(user));
    if let Some(mailer) = app.mailer.as_ref().filter(|_| has_letters) {
        mailer.queued.notify_one();
    }
    Ok(true)
}

/// News of one organization names it as it is called now.
async fn name_organizations(tx: &Tx, news: &mut [(outbox::Model, Queued)]) -> Result<()> {
    let one = |queued: &Queued| match queued.organizations.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let wanted: BTreeSet<Uuid> = news.iter().filter_map(|(_, queued)| one(queued)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let rows =
        tx.all(tx.find::<organization::Entity>().filter(organization::Column::Id.is_in(wanted))).await?;
    let names: HashMap<Uuid, Names> =
        rows.into_iter().map(|row| (row.id, Names { vi: row.name_vi, en: row.name_en })).collect();
    for (_, queued) in news {
        let organization = one(queued).and_then(|id| names.get(&id).cloned());
        queued.facts = Facts { organization, ..std::mem::take(&mut queued.facts) };
    }
    Ok(())
}

fn notification(
    news: &outbox::Model,
    user: &user::Model,
    params: &serde_json::Value,
) -> notification::ActiveModel {
    notification::ActiveModel {
        user_id: Set(user.id),
        key: Set(news.key.clone()),
        kind: Set(news.kind),
        subject_table: Set(news.subject_table.clone()),
        subject_id: Set(news.subject_id),
        params: Set(params.clone()),
        ..Default::default()
    }
}

fn letter(
    news: &outbox::Model,
    user: &user::Model,
    params: &serde_json::Value,
    due_at: chrono::DateTime<chrono::Utc>,
) -> outbox::ActiveModel {
    outbox::ActiveModel {
        key: Set(format!("mail:{}:{}", user.id, news.key)),
        kind: Set(news.kind),
        subject_table: Set(news.subject_table.clone()),
        subject_id: Set(news.subject_id),
        params: Set(params.clone()),
        recipient_id: Set(Some(user.id)),
        due_at: Set(due_at),
        attempts: Set(0),
        ..Default::default()
    }
}
