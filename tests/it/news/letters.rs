//! News by e-mail, to a mail server on this machine.

use api::news::carry_out;
use api::store::Read;
use chrono::TimeDelta;
use entity::outbox;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use serde_json::json;
use tests::{Client, Lab, Sink};

use super::submitted;
use crate::given::database;
use crate::scene::{Cast, send_back};

const FROM: &str = "PII Lạng Sơn <pii@langson.example>";

/// Runs a test on both databases, each with a mail server of its own.
macro_rules! with_mail {
    ($($name:ident)+) => { $(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn sqlite() {
                let sink = Sink::start().await;
                let lab = Lab::sqlite_with(&["--smtp-url", &sink.url, "--mail-from", FROM]).await;
                super::$name(&lab, &sink).await;
            }

            #[tokio::test]
            async fn postgres() {
                let sink = Sink::start().await;
                if let Some(lab) = Lab::postgres_with(&["--smtp-url", &sink.url, "--mail-from", FROM]).await {
                    super::$name(&lab, &sink).await;
                }
            }
        }
    )+ };
}

with_mail! { a_name_with_a_line_break_holds_nobody_up letters_speak_the_readers_language what_is_refused_is_tried_again letters_are_given_up letters_end_with_the_right_to_read }

/// Line breaks in names are refused; one of before must not stop the others' news.
async fn a_name_with_a_line_break_holds_nobody_up(lab: &Lab, sink: &Sink) {
    let cast = Cast::of(lab).await;
    let create = "mutation($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { code } } }";
    let input = json!({ "email": "x@pii.example", "name": "Một\r\nBcc: hai@pii.example", "role": "OFFICER", "password": "một mật khẩu đủ dài",
        "organizationId": crate::scene::organization(lab, "STC").await });
    let refused = cast.admin.ask(create, json!({ "input": input })).await;
    assert_eq!(crate::coverage::outcome(&refused), "(INVALID_CHARACTER)");
    let old = format!(
        "UPDATE \"user\" SET name = 'Một\r\nBcc: hai@pii.example' WHERE email = '{}'",
        cast.finance.email
    );
    database(lab).await.execute_unprepared(&old).await.expect("written");
    let other = lab.officer("STC").await;
    crate::scene::task(lab, &cast.coordinator, "T-1", &[("STC", "LEAD")]).await;
    carry_out(&lab.app).await.expect("carried out");
    let mut to: Vec<String> = sink.letters().iter().map(|letter| letter.to.clone()).collect();
    to.sort();
    let mut wanted = vec![cast.finance.email.clone(), other.email.clone()];
    wanted.sort();
    assert_eq!(to, wanted);
    assert!(sink.letters().iter().all(|letter| !letter.header("To").contains('\n')));
}

/// Has the client told by e-mail so.
async fn wants(client: &Client, input: serde_json::Value) {
    let update = "mutation($input: NoticesInput!) { noticesUpdate(input: $input) { user { language emailNotices } userErrors { code } } }";
    let done = client.done(update, json!({ "input": input })).await;
    for (name, value) in input.as_object().expect("an input") {
        assert_eq!(&done["user"][name], value);
    }
}

async fn left(lab: &Lab) -> Vec<outbox::Model> {
    let store = lab.app.system();
    let letters = store.find::<outbox::Entity>().filter(outbox::Column::RecipientId.is_not_null());
    store.all(letters).await.expect("read")
}

async fn letters_speak_the_readers_language(lab: &Lab, sink: &Sink) {
    let cast = Cast::of(lab).await;
    let (english, silent) = (lab.officer("STC").await, lab.officer("STC").await);
    wants(&english, json!({ "language": "EN" })).await;
    wants(&silent, json!({ "emailNotices": false })).await;
    for quiet in [&cast.coordinator, &cast.home] {
        wants(quiet, json!({ "emailNotices": false })).await;
    }
    let report = submitted(lab, &cast.coordinator, &silent, "T-1").await;
    carry_out(&lab.app).await.expect("carried out");
    let assigned = sink.letters().into_iter().filter(|letter| !letter.header("Subject").contains("2026-H1"));
    assert_eq!(assigned.count(), 2, "two of the organization want letters");
    send_back(&cast.coordinator, &report).await;
    for _ in 0..2 {
        carry_out(&lab.app).await.expect("carried out");
    }
    let letters: Vec<_> =
        sink.letters().into_iter().filter(|letter| letter.body.contains("Thiếu số liệu")).collect();
    let [vi, en] = letters.as_slice() else { panic!("{letters:#?}") };
    assert_eq!((&vi.to, &en.to), (&cast.finance.email, &english.email));
    assert_eq!(vi.header("Subject"), "Báo cáo 2026-H1 bị trả lại: T-1 – Nhiệm vụ chung T-1");
    assert_eq!(en.header("Subject"), "The report of 2026-H1 was sent back: T-1 – Nhiệm vụ chung T-1");
    assert!(vi.body.starts_with("Lý do: Thiếu số liệu") && vi.body.contains("tắt thư báo"), "{}", vi.body);
    assert!(en.body.starts_with("Reason: Thiếu số liệu"), "{}", en.body);
    assert!(
        vi.header("From").contains("PII Lạng Sơn") && vi.header("From").contains("<pii@langson.example>")
    );
    assert_eq!(vi.header("Date"), "Mon, 02 Feb 2026 02:00:00 +0000");
    assert!(vi.header("Message-ID").ends_with("@langson.example>"));
    assert_ne!(vi.header("Message-ID"), en.header("Message-ID"));
    // Who wants no letters is told all the same.
    assert_eq!(super::told_of(lab, &silent, "REPORT_RETURNED").await.len(), 1);
}

async fn what_is_refused_is_tried_again(lab: &Lab, sink: &Sink) {
    let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
    sink.refuse(1);
    crate::scene::task(lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
    for _ in 0..2 {
        carry_out(&lab.app).await.expect("carried out");
    }
    assert_eq!(sink.letters().len(), 0);
    let waiting = left(lab).await;
    assert_eq!((waiting[0].attempts, waiting[0].done_at), (1, None));
    assert!(waiting[0].last_error.as_deref().is_some_and(|error| error.contains("later")), "{waiting:?}");
    // The server takes it and dies before it says so: the letter is sent again, and can be told to be the same.
    sink.fall_silent(1);
    for wanted in [1, 2, 2] {
        lab.clock.advance(TimeDelta::minutes(5));
        carry_out(&lab.app).await.expect("carried out");
        assert_eq!(sink.letters().len(), wanted);
    }
    let letters = sink.letters();
    assert_eq!(letters[0].header("Message-ID"), letters[1].header("Message-ID"));
    assert_eq!(letters[0].to, officer.email);
    let sent = left(lab).await;
    assert_eq!((sent.len(), sent[0].attempts, &sent[0].last_error), (1, 3, &None));
    assert!(sent[0].done_at.is_some());
}

async fn letters_are_given_up(lab: &Lab, sink: &Sink) {
    let (coordinator, _officer) = (lab.coordinator().await, lab.officer("STC").await);
    sink.refuse(usize::MAX);
    crate::scene::task(lab, &coordinator, "T-1", &[("STC", "LEAD")]).await;
    for _ in 0..10 {
        carry_out(&lab.app).await.expect("carried out");
        lab.clock.advance(TimeDelta::hours(3));
    }
    let given_up = left(lab).await;
    assert_eq!(given_up[0].attempts, 8);
    assert!(given_up[0].failed_at.is_some() && given_up[0].done_at.is_none());
}

/// A letter that waits while its reader changes its mind, or loses sight of the row, is not sent.
async fn letters_end_with_the_right_to_read(lab: &Lab, sink: &Sink) {
    let cast = Cast::of(lab).await;
    sink.refuse(2);
    let made =
        crate::scene::task(lab, &cast.coordinator, "T-1", &[("STC", "LEAD"), ("SNV", "COORDINATING")]).await;
    carry_out(&lab.app).await.expect("carried out");
    let parties = json!([{ "organizationId": crate::scene::organization(lab, "SNV").await, "role": "LEAD" }]);
    let assign = "mutation($id: ID!, $parties: [AssignmentInput!]!) { taskAssign(id: $id, assignments: $parties) { userErrors { code } } }";
    cast.coordinator.done(assign, json!({ "id": made, "parties": parties })).await;
    wants(&cast.home, json!({ "emailNotices": false })).await;
    lab.clock.advance(TimeDelta::minutes(5));
    carry_out(&lab.app).await.expect("carried out");
    assert_eq!(sink.letters().len(), 0);
    assert!(left(lab).await.iter().all(|letter| letter.failed_at.is_some() && letter.attempts == 1));
}
