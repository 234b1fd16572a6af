//! Counts of what clients use, added up in the database so that all replicas count together.

use chrono::NaiveDate;
use entity::{document_usage, field_usage};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::Db;
use crate::error::Result;
use crate::world::World;

/// Rows that one statement writes.
const AT_ONCE: usize = 500;

impl Db {
    /// Adds requests to the counts of `client` on `day`: of fields by type and name, and of documents by hash.
    pub async fn count_usage(
        &self,
        world: &World,
        client: &str,
        day: NaiveDate,
        fields: &[((String, String), i64)],
        documents: &[(String, i64)],
    ) -> Result<()> {
        use {document_usage as document, field_usage as field};
        for some in fields.chunks(AT_ONCE) {
            let rows = some.iter().map(|((type_name, field_name), requests)| field::ActiveModel {
                id: Set(world.uuid()),
                client: Set(client.to_owned()),
                type_name: Set(type_name.clone()),
                field_name: Set(field_name.clone()),
                day: Set(day),
                requests: Set(*requests),
            });
            let key = [
                field::Column::Client,
                field::Column::TypeName,
                field::Column::FieldName,
                field::Column::Day,
            ];
            let more = Expr::col((field::Entity, field::Column::Requests))
                .add(Expr::col(("excluded", field::Column::Requests)));
            let there = OnConflict::columns(key).value(field::Column::Requests, more).to_owned();
            field::Entity::insert_many(rows).on_conflict(there).exec_without_returning(self.writer()).await?;
        }
        for some in documents.chunks(AT_ONCE) {
            let rows = some.iter().map(|(sha256, requests)| document::ActiveModel {
                id: Set(world.uuid()),
                client: Set(client.to_owned()),
                sha256: Set(sha256.clone()),
                day: Set(day),
                requests: Set(*requests),
            });
            let key = [document::Column::Client, document::Column::Sha256, document::Column::Day];
            let more = Expr::col((document::Entity, document::Column::Requests))
                .add(Expr::col(("excluded", document::Column::Requests)));
            let there = OnConflict::columns(key).value(document::Column::Requests, more).to_owned();
            document::Entity::insert_many(rows)
                .on_conflict(there)
                .exec_without_returning(self.writer())
                .await?;
        }
        Ok(())
    }

    /// Removes the counts of days before `day`.
    pub async fn forget_usage(&self, day: NaiveDate) -> Result<()> {
        field_usage::Entity::delete_many()
            .filter(field_usage::Column::Day.lt(day))
            .exec(self.writer())
            .await?;
        document_usage::Entity::delete_many()
            .filter(document_usage::Column::Day.lt(day))
            .exec(self.writer())
            .await?;
        Ok(())
    }
}
