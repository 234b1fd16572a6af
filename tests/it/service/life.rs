//! From entering an account to its end: secrets, rotation, revocation, what the list says of it.

use chrono::TimeDelta;
use entity::{Role, user};
use sea_orm::Set;
use serde_json::{Value, json};
use tests::{Client, both};

use super::{Account, CREATE, REVOKE, ROTATE, account, ask};
use crate::given::text as plain;
use crate::scene::text;

const LIST: &str =
    "{ serviceAccounts { totalCount nodes { id name clientId scopes lastUsedAt revokedAt expiresAt } } }";
const READ: &str = "{ framework { id } }";

both! {
    async fn a_secret_gives_tokens_until_it_is_changed_or_revoked(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let first = account(&admin, &["FRAMEWORK_READ"]).await;
        let program = Client::new(&lab.url, Some(ask(&lab, &first, None).await.token()));
        program.get(READ, json!({})).await;
        let wrong = Account { secret: format!("{}x", first.secret), id: String::new(), client: first.client.clone() };
        assert_eq!(ask(&lab, &wrong, None).await.error(), (401, "invalid_client"));

        let rotated = admin.done(ROTATE, json!({ "id": first.id })).await;
        assert_eq!(text(&rotated, "/credentials/clientId"), first.client);
        let second = Account { secret: text(&rotated, "/credentials/clientSecret"), ..first };
        assert_ne!(second.secret, wrong.secret.trim_end_matches('x'));
        let old = Account { secret: wrong.secret.trim_end_matches('x').to_owned(), ..wrong };
        assert_eq!(ask(&lab, &old, None).await.error(), (401, "invalid_client"));
        assert_eq!(program.code(READ, json!({})).await, "UNAUTHENTICATED", "tokens of the old secret end too");
        let program = Client::new(&lab.url, Some(ask(&lab, &second, None).await.token()));
        program.get(READ, json!({})).await;

        let revoked = admin.done(REVOKE, json!({ "id": second.id })).await;
        let since = text(&revoked, "/serviceAccount/revokedAt");
        assert_eq!(program.code(READ, json!({})).await, "UNAUTHENTICATED");
        assert_eq!(ask(&lab, &second, None).await.error(), (401, "invalid_client"));
        let again = admin.done(REVOKE, json!({ "id": second.id })).await;
        assert_eq!(text(&again, "/serviceAccount/revokedAt"), since, "once is as good as twice");
        assert_eq!(admin.refused(ROTATE, json!({ "id": second.id })).await, ["id INVALID_STATE"]);
        // Its user alone does not bring it back.
        let user = second.id.replace("service_account", "user");
        let back = "mutation($id: ID!) { userUpdate(id: $id, input: { disabled: false }) { userErrors { code } } }";
        admin.done(back, json!({ "id": user })).await;
        assert_eq!(ask(&lab, &second, None).await.error(), (401, "invalid_client"));
        assert_eq!(program.code(READ, json!({})).await, "UNAUTHENTICATED");
    }

    async fn ending_its_tokens_stands_in_the_audit_trail(lab) {
        const END: &str = "mutation($id: ID!) { userSessionsRevoke(id: $id) { count userErrors { code } } }";
        const TRAIL: &str = "query($user: ID!) { auditLog(filter: { row: $user, action: { eq: SESSIONS_ENDED } }, first: 10) {
            nodes { user { name } table rowId requestId changes { field } } } }";
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ"]).await;
        let user = made.id.replace("service_account", "user");
        let first = Client::new(&lab.url, Some(ask(&lab, &made, None).await.token()));
        let second = Client::new(&lab.url, Some(ask(&lab, &made, None).await.token()));
        assert_eq!(admin.done(END, json!({ "id": user })).await["count"], 2);
        for program in [first, second] {
            assert_eq!(program.code(READ, json!({})).await, "UNAUTHENTICATED");
        }
        assert_eq!(admin.done(END, json!({ "id": user })).await["count"], 0, "nothing is left to end");
        let noted = admin.get(TRAIL, json!({ "user": user })).await["auditLog"]["nodes"].take();
        assert_eq!(noted.as_array().map(Vec::len), Some(1), "{noted:#}");
        let me = admin.get("{ viewer { name } }", json!({})).await["viewer"]["name"].take();
        assert_eq!((&noted[0]["user"]["name"], &noted[0]["table"]), (&me, &json!("user")));
        assert_eq!((&noted[0]["rowId"], &noted[0]["changes"]), (&json!(user), &json!([])));
        // The account is as good as before: its secret gives the next token.
        Client::new(&lab.url, Some(ask(&lab, &made, None).await.token())).get(READ, json!({})).await;
    }

    async fn revoking_elsewhere_holds_within_seconds(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ"]).await;
        let program = Client::new(&lab.url, Some(ask(&lab, &made, None).await.token()));
        program.get(READ, json!({})).await;
        // As another replica writes it: this one's memory is not told, and the sessions stay open.
        let tx = lab.app.system().begin().await.expect("a transaction");
        let key = made.client.parse().expect("a key");
        let held = tx.hold::<entity::service_account::Entity>(key, api::policy::Verb::Update).await.expect("held");
        let over = entity::service_account::ActiveModel { revoked_at: Set(Some(tx.now())), ..Default::default() };
        tx.update(&held, None, over).await.expect("written");
        tx.commit().await.expect("committed");
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(program.code(READ, json!({})).await, "UNAUTHENTICATED");
    }

    async fn a_token_lives_a_quarter_of_an_hour_and_an_account_to_its_end(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let end = lab.app.world.now() + TimeDelta::minutes(20);
        let input = json!({ "name": "Tạm", "scopes": ["FRAMEWORK_READ"], "expiresAt": end });
        let made = admin.done(CREATE, json!({ "input": input })).await;
        let made = Account {
            id: String::new(),
            client: text(&made, "/credentials/clientId"),
            secret: text(&made, "/credentials/clientSecret"),
        };
        let given = ask(&lab, &made, None).await;
        assert_eq!(given.body["expires_in"], 900);
        let program = Client::new(&lab.url, Some(given.token()));
        lab.clock.advance(TimeDelta::minutes(14));
        program.get(READ, json!({})).await;
        let later = Client::new(&lab.url, Some(ask(&lab, &made, None).await.token()));
        lab.clock.advance(TimeDelta::minutes(2));
        assert_eq!(program.code(READ, json!({})).await, "UNAUTHENTICATED");
        later.get(READ, json!({})).await;
        lab.clock.advance(TimeDelta::minutes(5));
        assert_eq!(later.code(READ, json!({})).await, "UNAUTHENTICATED", "the account has ended before the token");
        assert_eq!(ask(&lab, &made, None).await.error(), (401, "invalid_client"));
    }

    async fn the_list_says_when_an_account_was_used_and_never_its_secret(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["RESULTS_READ", "FRAMEWORK_READ"]).await;
        let used = async || admin.get(LIST, json!({})).await["serviceAccounts"]["nodes"][0]["lastUsedAt"].take();
        let listed = admin.get(LIST, json!({})).await;
        assert_eq!(listed["serviceAccounts"]["totalCount"], 1);
        let row = &listed["serviceAccounts"]["nodes"][0];
        assert_eq!((&row["id"], &row["name"], &row["clientId"]),
            (&json!(made.id), &json!("Hệ thống báo cáo"), &json!(made.client)));
        assert_eq!(row["scopes"], json!(["FRAMEWORK_READ", "RESULTS_READ"]));
        assert_eq!(used().await, Value::Null);
        let program = Client::new(&lab.url, Some(ask(&lab, &made, None).await.token()));
        program.get(READ, json!({})).await;
        let first = plain(&used().await);
        lab.clock.advance(TimeDelta::seconds(30));
        program.get(READ, json!({})).await;
        assert_eq!(plain(&used().await), first, "written once a minute");
        lab.clock.advance(TimeDelta::seconds(40));
        program.get(READ, json!({})).await;
        assert!(plain(&used().await) > first);
        let node = "query($id: ID!) { node(id: $id) { id ... on ServiceAccount { clientId rowVersion } } }";
        let row = admin.get(node, json!({ "id": made.id })).await["node"].take();
        assert_eq!((&row["clientId"], &row["rowVersion"]), (&json!(made.client), &json!(1)));
        let trail = admin.get("{ auditLog(first: 100) { nodes { action changes { field before after } } } }", json!({})).await;
        assert!(!trail.to_string().contains(&made.secret) && trail.to_string().contains("secretHash"));
        for other in [lab.coordinator().await, lab.officer("STC").await, lab.sign_in(Role::Leader, None).await] {
            assert_eq!(other.get(LIST, json!({})).await["serviceAccounts"]["nodes"], json!([]));
            assert_eq!(other.get(node, json!({ "id": made.id })).await["node"], Value::Null);
            assert_eq!(other.code(REVOKE, json!({ "id": made.id })).await, "NOT_FOUND");
            let input = json!({ "name": "X", "scopes": ["FRAMEWORK_READ"] });
            assert_eq!(other.code(CREATE, json!({ "input": input })).await, "FORBIDDEN");
        }
    }

    async fn its_user_is_made_into_nothing_more(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let made = account(&admin, &["FRAMEWORK_READ"]).await;
        let user = made.id.replace("service_account", "user");
        let update = "mutation($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) { userErrors { field code } } }";
        let raise = json!({ "id": user, "input": { "role": "ADMIN" } });
        assert_eq!(admin.refused(update, raise).await, ["id INVALID_STATE"]);
        let set = "mutation($id: ID!) { userPasswordSet(id: $id, password: \"một mật khẩu đủ dài\") { userErrors { field code } } }";
        assert_eq!(admin.refused(set, json!({ "id": user })).await, ["id INVALID_STATE"]);
        // Even where somebody writes it past the API, a token stays what it was.
        let program = Client::new(&lab.url, Some(ask(&lab, &made, None).await.token()));
        let tx = lab.app.system().begin().await.expect("a transaction");
        let key = made.client.parse().expect("a key");
        let held = tx.hold::<user::Entity>(key, api::policy::Verb::Update).await.expect("held");
        let raised = user::ActiveModel { role: Set(Role::Admin), ..Default::default() };
        tx.update(&held, None, raised).await.expect("written");
        tx.commit().await.expect("committed");
        lab.clock.advance(TimeDelta::seconds(4));
        assert_eq!(program.get("{ users { nodes { id } } }", json!({})).await["users"]["nodes"], json!([{ "id": user }]));
        assert_eq!(program.code(update, json!({ "id": user, "input": { "name": "Y" } })).await, "FORBIDDEN");
    }

    async fn what_is_wrong_with_a_new_account_is_said(lab) {
        let admin = lab.sign_in(Role::Admin, None).await;
        let past = lab.app.world.now() - TimeDelta::minutes(1);
        let input = json!({ "name": " ", "scopes": [], "expiresAt": past });
        let wrong = admin.refused(CREATE, json!({ "input": input })).await;
        assert_eq!(wrong, ["input.name REQUIRED", "input.scopes REQUIRED", "input.expiresAt OUT_OF_RANGE"]);
        assert_eq!(admin.get(LIST, json!({})).await["serviceAccounts"]["totalCount"], 0);
    }
}
