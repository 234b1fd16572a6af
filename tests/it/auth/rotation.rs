//! The signing key changes while the server runs, and nobody notices.

use api::auth::{Keys, list_keys, rotate_keys};
use api::config::Settings;
use chrono::TimeDelta;
use entity::Role;
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::{PASSWORD, REFRESH, VIEWER, signed_in};
use crate::given::{evidence, text};

/// The settings with which an operator would name the lab's key file.
fn settings(lab: &Lab) -> Settings {
    let path = lab.folder.path().join("signing-key.pem");
    Settings { signing_key: None, signing_key_file: Some(path), ..lab.app.settings.clone() }
}

/// The names of the published keys.
async fn published(lab: &Lab) -> Vec<String> {
    let url = format!("{}/.well-known/jwks.json", lab.url);
    let set: Value = lab.nobody().http.get(url).send().await.expect("an answer").json().await.expect("JSON");
    set["keys"].as_array().expect("a list").iter().map(|key| text(&key["kid"])).collect()
}

/// Rotates, and lets the server look.
async fn rotate(lab: &Lab) -> Vec<String> {
    let said = rotate_keys(&settings(lab)).expect("rotated");
    assert_eq!(list_keys(&settings(lab)).expect("listed"), said);
    lab.clock.advance(TimeDelta::seconds(6));
    said.lines().map(|line| line.split(' ').next().expect("a name").to_owned()).collect()
}

async fn is_good(lab: &Lab, token: &str) -> bool {
    Client::new(&lab.url, Some(token.to_owned())).ask(VIEWER, json!({})).await.status == 200
}

async fn refresh(lab: &Lab, token: &str) -> Option<String> {
    let payload = lab.nobody().get(REFRESH, json!({ "token": token })).await["tokenRefresh"].take();
    payload["session"]["refreshToken"].as_str().map(str::to_owned)
}

both! {
    async fn what_was_signed_before_stays_good(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let first = published(&lab).await;
        let (before, token) = signed_in(&lab, &email).await;
        let before = before.token.expect("signed in");
        let officer = lab.officer("STC").await;
        let (_, put_url) = evidence(&officer, json!({ "name": "a.pdf" }), None).await;

        // The first rotation only makes the next key known.
        let announced = rotate(&lab).await;
        assert_eq!((announced.len(), &announced[0]), (2, &first[0]));
        assert_eq!(published(&lab).await, announced);
        let rotated = rotate(&lab).await;
        assert_eq!((&rotated[0], &rotated[2], rotated.len()), (&announced[1], &announced[0], 3));
        assert_eq!(published(&lab).await, rotated);

        assert!(is_good(&lab, &before).await);
        let put = officer.http.put(put_url).body("%PDF-1.4\n%%EOF\n").send().await.expect("an answer");
        assert!(put.status().is_success(), "{}", put.status());
        let token = refresh(&lab, &token).await.expect("signed by the key of before");
        let (after, _) = signed_in(&lab, &email).await;
        let after = after.token.expect("signed in");
        assert!(is_good(&lab, &after).await);

        // A second one: what the key before the last signed is over.
        let again = rotate(&lab).await;
        assert_eq!((&again[0], &again[2], again.len()), (&rotated[1], &rotated[0], 3));
        assert!(!is_good(&lab, &before).await);
        assert!(is_good(&lab, &after).await);
        assert!(refresh(&lab, &token).await.is_some());
    }

    async fn a_server_that_has_not_looked_knows_the_next_key(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        rotate(&lab).await;
        published(&lab).await;
        rotate_keys(&settings(&lab)).expect("rotated");
        // Another replica has looked already.
        let pem = std::fs::read_to_string(lab.folder.path().join("signing-key.pem")).expect("read");
        let other = Keys::from_pem(&pem, lab.url.clone()).expect("keys");
        let (client, _) = signed_in(&lab, &email).await;
        let said = lab.app.keys.check_access(&client.token.expect("signed in"), lab.app.world.now()).expect("good");
        assert!(is_good(&lab, &other.sign_access(&said).expect("signed")).await);
    }

    async fn a_broken_file_changes_nothing(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let before = published(&lab).await;
        let (client, _) = signed_in(&lab, &email).await;
        let path = lab.folder.path().join("signing-key.pem");
        let pem = std::fs::read_to_string(&path).expect("read");
        for broken in ["", "no key", &format!("{pem}{pem}"), &pem[..pem.len() / 2]] {
            std::fs::write(&path, broken).expect("written");
            lab.clock.advance(TimeDelta::seconds(6));
            assert_eq!(published(&lab).await, before, "{broken}");
            rotate_keys(&settings(&lab)).expect_err("nothing to rotate");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), broken, "left as it was");
        }
        std::fs::remove_file(&path).expect("removed");
        lab.clock.advance(TimeDelta::seconds(6));
        assert!(is_good(&lab, &client.token.expect("signed in")).await);
        std::fs::write(&path, &pem).expect("written");
        assert_eq!(rotate(&lab).await.len(), 2, "nothing is in the way of the next rotation");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_stays_its_owners_and_one_rotates_at_a_time() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::sqlite().await;
    rotate(&lab).await;
    let path = lab.folder.path().join("signing-key.pem");
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    std::fs::write(lab.folder.path().join("signing-key.new"), "").expect("another is at it");
    assert!(rotate_keys(&settings(&lab)).expect_err("refused").contains("signing-key.new"));
    let text = Settings { signing_key: Some("x".into()), ..settings(&lab) };
    assert!(rotate_keys(&text).expect_err("no file").contains("PII_SIGNING_KEY"));
}
