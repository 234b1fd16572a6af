//! The wall stands across all transports, and whoever loses its rights hears nothing more.

use chrono::TimeDelta;
use entity::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Client, Lab};

use super::TOLD;
use super::quick;
use super::wire::Ear;
use crate::scene::task;

quick! {
    each_hears_of_its_own_only
    a_token_that_ends_ends_all_that_listens
    a_user_who_is_disabled_hears_nothing_more
    a_log_out_ends_all_that_listens
    a_user_who_is_moved_begins_anew
}

async fn each_hears_of_its_own_only(lab: Lab) {
    let coordinator = lab.coordinator().await;
    let (finance, home) = (lab.officer("STC").await, lab.officer("SNV").await);
    let mut listening: Vec<Ear> = Vec::new();
    listening.extend(Ear::each(&lab, &finance, TOLD).await);
    listening.extend(Ear::each(&lab, &home, TOLD).await);
    // Whether all listen yet is nowhere said: told again until all have heard.
    let deliver = async {
        for round in 0.. {
            for (code, party) in [("FINANCE", "STC"), ("HOME", "SNV")] {
                task(&lab, &coordinator, &format!("{code}-{round}"), &[(party, "LEAD")]).await;
            }
            api::news::carry_out(&lab.app).await.expect("carried out");
        }
    };
    let heard = async {
        join_all(listening.iter_mut().map(async |ear| [ear.answer().await, ear.answer().await])).await
    };
    let heard = tokio::select! { heard = heard => heard, () = deliver => unreachable!() };
    for (place, answers) in heard.iter().enumerate() {
        let (own, other) = if place < 3 { ("FINANCE-", "HOME-") } else { ("HOME-", "FINANCE-") };
        for answer in answers {
            let told = answer["data"]["notificationReceived"].to_string();
            assert!(told.contains(own) && !told.contains(other), "{place}: {answer}");
        }
    }
}

/// Everything that a client listens with has been told that it may not.
async fn ended(listening: [Ear; 3]) {
    let [events, parts, socket] = listening;
    let events = events.end().await;
    assert!(events[0].starts_with("next {\"errors\"") && events[0].contains("UNAUTHENTICATED"), "{events:?}");
    assert_eq!(events[1..], ["complete "]);
    let parts = parts.end().await;
    assert!(parts[0].contains("UNAUTHENTICATED") && parts[0].contains("\"payload\":null"), "{parts:?}");
    assert_eq!(parts[1..], ["null"]);
    assert_eq!(socket.end().await, ["4403 Forbidden"]);
}

async fn a_token_that_ends_ends_all_that_listens(lab: Lab) {
    let officer = lab.officer("STC").await;
    let listening = Ear::each(&lab, &officer, TOLD).await;
    lab.clock.advance(TimeDelta::seconds(3601));
    ended(listening).await;
}

async fn change(lab: &Lab, officer: &Client, input: Value) {
    let admin = lab.sign_in(Role::Admin, None).await;
    let update = "mutation($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) { userErrors { code } } }";
    admin.done(update, json!({ "id": format!("user:{}", officer.user), "input": input })).await;
    // Who somebody is, is believed for a few seconds.
    lab.clock.advance(TimeDelta::seconds(4));
}

async fn a_user_who_is_disabled_hears_nothing_more(lab: Lab) {
    let officer = lab.officer("STC").await;
    let listening = Ear::each(&lab, &officer, TOLD).await;
    change(&lab, &officer, json!({ "disabled": true })).await;
    ended(listening).await;
}

async fn a_user_who_is_moved_begins_anew(lab: Lab) {
    let officer = lab.officer("STC").await;
    let listening = Ear::each(&lab, &officer, TOLD).await;
    let elsewhere = crate::scene::organization(&lab, "SNV").await;
    change(&lab, &officer, json!({ "organizationId": elsewhere })).await;
    ended(listening).await;
}

async fn a_log_out_ends_all_that_listens(lab: Lab) {
    let officer = lab.officer("STC").await;
    let listening = Ear::each(&lab, &officer, TOLD).await;
    officer.done("mutation { logout { userErrors { code } } }", json!({})).await;
    lab.clock.advance(TimeDelta::seconds(4));
    ended(listening).await;
}
