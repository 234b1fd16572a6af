//! File addresses: each is bound to a user, a session, one piece of evidence and one direction, and ends with them.

use api::world::Clock;
use chrono::TimeDelta;
use entity::Role;
use serde_json::json;
use tests::{Client, Lab, both};

use crate::scene::{Cast, PDF, described, download_url, evidence, organization, put, text, with_payload};

/// Status of a download and its error code, if it failed.
async fn get(client: &Client, url: &str) -> (u16, String) {
    read(client.http.get(url).send().await.expect("the server answers")).await
}

async fn read(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("bytes");
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let code = body.pointer("/errors/0/extensions/code").and_then(|code| code.as_str());
    (status, code.unwrap_or_default().to_owned())
}

/// A user of Sở Tài chính with an address to get a file and one to put another.
async fn holder(lab: &Lab) -> (Client, String, String) {
    let client = lab.officer("STC").await;
    let proof = evidence(&client, "Có tệp", None).await;
    let down = download_url(&client, &proof).await;
    let (_, up) = described(&client, "Chưa có tệp", None).await;
    assert_eq!(get(&client, &down).await.0, 200);
    (client, down, up)
}

async fn both_are_dead(client: &Client, down: &str, up: &str, wanted: (u16, &str)) {
    let wanted = (wanted.0, wanted.1.to_owned());
    assert_eq!(get(client, down).await, wanted, "download");
    assert_eq!(read(put(client, up, PDF).await).await, wanted, "upload");
    let head = client.http.head(down).send().await.expect("the server answers");
    assert_eq!(head.status().as_u16(), wanted.0, "head");
}

async fn change(admin: &Client, user: &Client, input: serde_json::Value) {
    let update = "mutation($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) { userErrors { code } } }";
    admin.done(update, json!({ "id": format!("user:{}", user.user), "input": input })).await;
}

both! {
    async fn addresses_die_with_a_transfer_to_another_organization(lab) {
        let (client, down, up) = holder(&lab).await;
        let admin = lab.sign_in(Role::Admin, None).await;
        change(&admin, &client, json!({ "organizationId": organization(&lab, "SYT").await })).await;
        both_are_dead(&client, &down, &up, (404, "NOT_FOUND")).await;
        // And live again with the way back, for it is the user's rows that count.
        change(&admin, &client, json!({ "organizationId": organization(&lab, "STC").await })).await;
        assert_eq!(get(&client, &down).await.0, 200);
    }

    async fn addresses_die_with_the_disabling_of_their_user(lab) {
        let (client, down, up) = holder(&lab).await;
        let admin = lab.sign_in(Role::Admin, None).await;
        change(&admin, &client, json!({ "disabled": true })).await;
        both_are_dead(&client, &down, &up, (403, "INVALID_TICKET")).await;
        // What ended stays ended when the user is let in again.
        change(&admin, &client, json!({ "disabled": false })).await;
        both_are_dead(&client, &down, &up, (403, "INVALID_TICKET")).await;
    }

    async fn addresses_die_with_the_session(lab) {
        let (client, down, up) = holder(&lab).await;
        let other = lab.officer("STC").await;
        client.done("mutation { logout { userErrors { code } } }", json!({})).await;
        both_are_dead(&client, &down, &up, (403, "INVALID_TICKET")).await;
        assert_eq!(other.get("{ viewer { role } }", json!({})).await["viewer"]["role"], "OFFICER");
    }

    async fn addresses_die_with_a_role_that_sees_no_evidence(lab) {
        let (client, down, up) = holder(&lab).await;
        let admin = lab.sign_in(Role::Admin, None).await;
        change(&admin, &client, json!({ "role": "INTEGRATION" })).await;
        both_are_dead(&client, &down, &up, (404, "NOT_FOUND")).await;
    }

    async fn addresses_die_after_ten_minutes(lab) {
        let (client, down, up) = holder(&lab).await;
        let before = lab.clock.now();
        lab.clock.advance(TimeDelta::minutes(9));
        assert_eq!(get(&client, &down).await.0, 200);
        lab.clock.advance(TimeDelta::minutes(10) - (lab.clock.now() - before));
        both_are_dead(&client, &down, &up, (403, "INVALID_TICKET")).await;
    }

    async fn an_address_is_good_for_what_it_was_signed_for_and_nothing_else(lab) {
        let cast = Cast::of(&lab).await;
        let (client, down, up) = holder(&lab).await;
        let strange = evidence(&cast.health, "Của cơ quan khác", None).await;
        let key = |id: &str| id.split_once(':').expect("an id").1.to_owned();
        let own = client.get("{ evidences(filter: { status: { eq: READY } }) { nodes { id } } }", json!({})).await;
        let own = key(&text(&own, "/evidences/nodes/0/id"));
        let user = client.user.to_string();
        let forged = [
            ("another row", with_payload(&down, |payload| payload.replace(&own, &key(&strange)))),
            ("another user", with_payload(&down, |payload| payload.replace(&user, &cast.coordinator.user.to_string()))),
            ("another direction", with_payload(&down, |payload| payload.replace("pii-get", "pii-put"))),
            ("another life", with_payload(&down, |payload| payload.replace("\"exp\":1", "\"exp\":9"))),
            ("no signature", down.rsplit_once('.').expect("a JWT").0.to_owned() + "."),
            ("an upload's", up.clone()),
            ("an access token", format!("{}/files/{}", lab.url, client.token.clone().expect("a token"))),
            ("nothing of ours", format!("{}/files/x", lab.url)),
        ];
        for (what, address) in forged {
            assert_eq!(get(&client, &address).await, (403, "INVALID_TICKET".to_owned()), "{what}");
        }
        assert_eq!(read(put(&client, &down, PDF).await).await, (403, "INVALID_TICKET".to_owned()), "to upload");
        // Nor does a ticket let anybody in.
        let ticket = down.rsplit_once('/').expect("a path").1.to_owned();
        let bearer = Client { token: Some(ticket), ..client.clone() };
        assert_eq!(bearer.code("{ viewer { id } }", json!({})).await, "UNAUTHENTICATED");
        // The true one still works, with or without a token of somebody else.
        assert_eq!(get(&client, &down).await.0, 200);
    }
}
