//! Global ids and cursors.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use entity::{Row, audit_log, edition, score, task, user};
use sea_orm::sea_query::{PostgresQueryBuilder, Query, SqliteQueryBuilder};

use crate::graphql::{global, parse_id};
use crate::store::{PlaceColumns, Sort, behind};

/// The bytes are a global id, a cursor, and what a cursor has in it.
pub fn ids(bytes: &[u8]) {
    let inside = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let texts = [std::str::from_utf8(bytes).unwrap_or_default(), &inside];
    for text in texts {
        id::<task::Entity>(text);
        id::<edition::Entity>(text);
        id::<user::Entity>(text);
        use task::Column::{CreatedAt, DueOn, StartOn, Title};
        for column in [CreatedAt, DueOn, StartOn, Title] {
            cursor(Sort::<task::Entity>::by(column), text);
        }
        cursor(Sort::<audit_log::Entity>::by_greatest(audit_log::Column::Number), text);
        cursor(Sort::<edition::Entity>::by_greatest(edition::Column::Year), text);
        cursor(Sort::<score::Entity>::by_greatest(score::Column::Value), text);
    }
}

fn id<E: Row>(text: &str) {
    if let Ok(key) = parse_id::<E>(&text.into(), "id") {
        assert_eq!(global::<E>(key).as_str(), text, "a row has one id");
    }
}

fn cursor<E: Row>(sort: Sort<E>, text: &str) {
    let Ok(condition) = behind(sort, &PlaceColumns::of(sort), text) else { return };
    let mut query = Query::select();
    query.column(E::ID).from(E::default()).cond_where(condition);
    assert!(query.to_string(SqliteQueryBuilder).contains(E::TABLE));
    assert!(!query.to_string(PostgresQueryBuilder).contains('\0'), "PostgreSQL knows no NUL");
}
