//! What is published, kept in memory: no viewer reads more or less by it, and every process learns of a change.

use std::time::Duration;

use api::App;
use api::policy::{Scopes, User, Viewer};
use api::store::{Read, Store};
use api::world::World;
use entity::*;
use sea_orm::Set;
use tests::both;
use uuid::Uuid;

use crate::index::Given;

/// Every role, and programs of every set of scopes.
fn viewers() -> Vec<Viewer> {
    let user = |role, scopes| Viewer::User(User { id: Uuid::from_u128(7), role, organization: None, scopes });
    let roles = [Role::Coordinator, Role::Leader, Role::Officer, Role::Integration, Role::Admin];
    let sets = (1..1 << Scope::ALL.len()).map(|set: usize| {
        let chosen: Vec<Scope> = Scope::ALL
            .into_iter()
            .enumerate()
            .filter(|(place, _)| set >> place & 1 == 1)
            .map(|(_, it)| it)
            .collect();
        user(Role::Integration, Some(Scopes::of(&chosen)))
    });
    roles.into_iter().map(|role| user(role, None)).chain(sets).collect()
}

async fn keys<E: api::policy::Rule>(store: &Store) -> Vec<Uuid>
where
    E::Model: Send + Sync,
{
    store.table::<E>().await.expect("read").iter().map(|row| E::id(row)).collect()
}

/// The same rows with and without what is kept, and nothing by key that the database would not give.
async fn agree<E: api::policy::Rule>(app: &App, viewer: Viewer)
where
    E::Model: Send + Sync,
{
    let published = app.db.published(&app.world).await.expect("read");
    let (plain, over) = (app.store(viewer), app.store(viewer).over(Some(published)));
    let seen = keys::<E>(&plain).await;
    assert_eq!(keys::<E>(&over).await, seen, "{} {viewer:?}", E::TABLE);
    for id in keys::<E>(&app.system()).await {
        if over.kept::<E>(id).is_some() {
            assert!(seen.contains(&id), "{} {viewer:?}", E::TABLE);
        }
    }
}

both! {
    async fn nobody_reads_more_or_less_by_what_is_kept(lab) {
        Given::of(&lab, 1998, Publication::Published).await;
        let draft = Given::of(&lab, 1999, Publication::Draft).await;
        for viewer in viewers() {
            agree::<framework::Entity>(&lab.app, viewer).await;
            agree::<node::Entity>(&lab.app, viewer).await;
            agree::<indicator::Entity>(&lab.app, viewer).await;
            agree::<denominator::Entity>(&lab.app, viewer).await;
            agree::<organization::Entity>(&lab.app, viewer).await;
            agree::<unit::Entity>(&lab.app, viewer).await;
            agree::<edition::Entity>(&lab.app, viewer).await;
            agree::<computation::Entity>(&lab.app, viewer).await;
            let published = lab.app.db.published(&lab.app.world).await.expect("read");
            let over = lab.app.store(viewer).over(Some(published));
            for edition in keys::<edition::Entity>(&lab.app.system()).await {
                let Some(figures) = over.kept_figures(edition).await.expect("read") else { continue };
                let edition = lab.app.store(viewer).get::<edition::Entity>(edition).await.expect("seen");
                assert_eq!(edition.status, Publication::Published);
                let nodes = over.nodes(edition.framework_id).await.expect("read");
                let root = nodes.root().expect("an index");
                let kept = figures.ranking(root.id).len();
                let seen = lab.app.store(viewer).figures(edition.id).await.expect("read");
                assert_eq!(kept, seen.ranking(root.id).len(), "{viewer:?}");
            }
        }
        assert!(draft.id.starts_with("edition:"));
    }

    async fn another_process_learns_of_a_change_with_a_single_connection(lab) {
        let mut settings = lab.app.settings.clone();
        settings.database_connections = 1;
        let world = World::new(lab.clock.clone(), [3; 32]);
        let other = App::start(settings, world, None).await.expect("the app starts");
        let before = other.db.published(&other.world).await.expect("read").version();
        let keeping = other.clone();
        let keeper = tokio::spawn(async move { keeping.db.keep_published(&keeping.world).await });
        lab.app.db.published(&lab.app.world).await.expect("read");

        let unit = keys::<unit::Entity>(&lab.app.system()).await[0];
        let tx = lab.app.system().begin().await.expect("begun");
        let change = unit::ActiveModel { note: Set(Some("another".to_owned())), ..Default::default() };
        tx.amend::<unit::Entity>(unit, change).await.expect("written");
        tx.commit().await.expect("committed");

        let note = |app: &App, published| {
            app.store(api::policy::anybody()).over(Some(published)).kept::<unit::Entity>(unit)?.note.clone()
        };
        let here = lab.app.db.published(&lab.app.world).await.expect("read");
        assert_eq!(here.version(), before + 1, "whoever made the change sees it at once");
        assert_eq!(note(&lab.app, here).as_deref(), Some("another"));
        let told = async {
            loop {
                let there = other.db.published(&other.world).await.expect("read");
                if there.version() > before {
                    return there;
                }
                tokio::task::yield_now().await;
            }
        };
        let there = tokio::time::timeout(Duration::from_secs(60), told).await.expect("the other process learns of it");
        assert_eq!(note(&other, there).as_deref(), Some("another"));
        keeper.abort();
    }
}
