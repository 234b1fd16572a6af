//! Clients and tools as others write them, against the running server.

mod bodies;

use serde_json::{Value, json};
use tests::{Client, Lab, both, clients};

use crate::scene::text;

/// What a script of `tests/clients` tells about a server.
async fn told(lab: &Lab, script: &str, client: &Client) -> Option<Value> {
    let token = client.token.as_deref().expect("a token");
    clients::node(script, &[("PII", &lab.url), ("TOKEN", token)]).await
}

both! {
    async fn every_audit_of_graphql_over_http_passes(lab) {
        let coordinator = lab.coordinator().await;
        let Some(told) = told(&lab, "audit.mjs", &coordinator).await else { return };
        assert_eq!(told, json!({ "audits": 61, "passed": 61, "failed": [] }), "{told:#}");
    }

    async fn graphql_request_reads_writes_and_hears_what_is_wrong(lab) {
        let admin = lab.sign_in(entity::Role::Admin, None).await;
        let Some(told) = told(&lab, "request.mjs", &admin).await else { return };
        assert_eq!((text(&told, "/email"), &told["codes"]), (admin.email.clone(), &json!(2)));
        assert_eq!(told["same"], true, "by GET as by POST");
        assert_eq!(told["created"]["organization"], json!({ "code": "CLIENT", "nameVi": "Khách hàng" }));
        assert_eq!(told["again"]["organization"], Value::Null);
        assert_eq!(told["again"]["userErrors"][0]["code"], "TAKEN", "{told:#}");
        assert_eq!(told["unknownField"], json!([400, "BAD_USER_INPUT"]));
        assert_eq!(told["unknownVariable"], json!([400, "BAD_USER_INPUT"]));
        assert_eq!(told["stranger"], json!([401, "UNAUTHENTICATED"]));
    }
}
