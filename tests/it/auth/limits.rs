//! The limits on signing in, from every side from which one could go round them.

use std::sync::Arc;

use api::auth::{ClientAddress, ClientName, RequestId, Tokens, login};
use api::error::{Code, Error};
use entity::{Role, user};
use sea_orm::Set;
use serde_json::json;
use tests::{beside, both};

use super::{PASSWORD, change_elsewhere};

/// Tries to sign in at `app` from `address`.
async fn try_it(app: &api::App, email: &str, password: &str, address: &str) -> Result<Tokens, Code> {
    let address = ClientAddress(address.parse().expect("an address"));
    let request = RequestId(app.world.uuid());
    let outcome = login(app, email, password, address, request, &ClientName::default()).await;
    outcome.map_err(|error: Error| error.code())
}

both! {
    async fn fifty_tries_in_one_document_count_fifty(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        for half in 0..2 {
            let tries: String = (0..50)
                .map(|n| format!("t{n}: login(email: \"{half}.{n}@x.vn\", password: \"x\") {{ userErrors {{ code }} }} "))
                .collect();
            let data = lab.nobody().get(&format!("mutation {{ {tries} }}"), json!({})).await;
            assert_eq!(data["t49"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        }
        assert_eq!(try_it(&lab.app, &email, PASSWORD, "127.0.0.1").await.err(), Some(Code::TooManyTries));
    }

    async fn the_forms_of_an_address_are_one_account(lab) {
        let (id, _) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let email = user::ActiveModel { email: Set("nguyễn.an@test.local".to_owned()), ..Default::default() };
        change_elsewhere(&lab, id, email).await;
        let composed = "nguyễn.an@test.local";
        let decomposed = "nguye\u{302}\u{303}n.an@test.local";
        let forms = [composed, decomposed, " NGUYỄN.AN@TEST.LOCAL ", "NGUYE\u{302}\u{303}N.an@Test.Local\t",
            "\u{a0}nguyễn.an@test.local"];
        for form in forms {
            try_it(&lab.app, form, PASSWORD, "192.0.2.1").await.expect("every form leads to the account");
        }
        for number in 0..10 {
            let wrong = try_it(&lab.app, forms[number % forms.len()], "wrong", &format!("192.0.2.{number}")).await;
            assert_eq!(wrong.err(), Some(Code::WrongCredentials));
        }
        for form in forms {
            assert_eq!(try_it(&lab.app, form, PASSWORD, "198.51.100.1").await.err(), Some(Code::TooManyTries), "{form:?}");
        }
    }

    async fn a_network_of_version_6_counts_as_one_address(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        for number in 0..100 {
            let wrong = try_it(&lab.app, &format!("{number}@x.vn"), "x", &format!("2001:db8:a:b::{number:x}")).await;
            assert_eq!(wrong.err(), Some(Code::WrongCredentials));
        }
        let one_more = try_it(&lab.app, &email, PASSWORD, "2001:db8:a:b:1234:5678:9abc:def0").await;
        assert_eq!(one_more.err(), Some(Code::TooManyTries));
        try_it(&lab.app, &email, PASSWORD, "2001:db8:a:c::1").await.expect("the next network is another address");
    }

    async fn one_good_account_gives_no_more_tries_at_others(lab) {
        let (_, own) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        for number in 0..100 {
            if number % 4 == 0 {
                try_it(&lab.app, &own, PASSWORD, "192.0.2.7").await.expect("signed in");
            }
            let wrong = try_it(&lab.app, &format!("{number}@x.vn"), "x", "192.0.2.7").await;
            assert_eq!(wrong.err(), Some(Code::WrongCredentials), "{number}");
        }
        assert_eq!(try_it(&lab.app, "100@x.vn", "x", "192.0.2.7").await.err(), Some(Code::TooManyTries));
        assert_eq!(try_it(&lab.app, &own, PASSWORD, "192.0.2.7").await.err(), Some(Code::TooManyTries));
    }

    async fn replicas_count_together(lab) {
        let (_, email) = lab.user(Role::Leader, None, Some(PASSWORD)).await;
        let database = lab.app.settings.database_url();
        let other = beside(lab.folder.path(), &database, &lab.url, Arc::new(|_| ())).await;
        for number in 0..10 {
            let app = if number % 2 == 0 { &lab.app } else { &other };
            assert_eq!(try_it(app, &email, "wrong", "192.0.2.9").await.err(), Some(Code::WrongCredentials));
        }
        for app in [&lab.app, &other] {
            assert_eq!(try_it(app, &email, PASSWORD, "192.0.2.10").await.err(), Some(Code::TooManyTries));
        }
    }
}
