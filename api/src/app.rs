//! What every request shares.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::auth::{Keys, Passwords, Principals, Provider};
use crate::clients::{Registry, Usage};
use crate::config::Settings;
use crate::error::Result;
use crate::events::Events;
use crate::files::Files;
use crate::heavy::Workshop;
use crate::news::Mailer;
use crate::pictures::Gallery;
use crate::policy::Viewer;
use crate::store::{DatabaseSettings, Db, StatementHook, Store};
use crate::world::World;

/// The running product: database, files, keys, settings. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] is made of.
pub struct Parts {
    /// The settings it was started with.
    pub settings: Settings,
    /// The database.
    pub db: Db,
    /// Time and chance.
    pub world: World,
    /// The signing keys.
    pub keys: Keys,
    /// Password hashing.
    pub passwords: Passwords,
    /// The outside OpenID provider, if one is set up.
    pub provider: Option<Provider>,
    /// Users and sessions read lately.
    pub principals: Principals,
    /// Evidence files.
    pub files: Files,
    /// Where computations run.
    pub workshop: Workshop,
    /// Pictures drawn lately.
    pub gallery: Gallery,
    /// Which rows have changed.
    pub events: Events,
    /// Documents that clients registered.
    pub registry: Registry,
    /// What clients used since it was last written.
    pub usage: Usage,
    /// Sends notifications by e-mail, if that is set up.
    pub mailer: Option<Mailer>,
    /// Wakes the worker when a job was queued here.
    pub queued: Notify,
    /// Whether the server was told to stop. Who subscribes to it ends soon after, and is waited for.
    pub stopping: watch::Sender<bool>,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Connects to the database and the file store and reads the key.
    ///
    /// # Errors
    /// A sentence that names the setting that is wrong.
    pub async fn start(
        settings: Settings,
        world: World,
        hook: Option<StatementHook>,
    ) -> std::result::Result<Self, String> {
        settings.check()?;
        let mailer = Mailer::open(&settings)?;
        let provider = Provider::open(&settings)?;
        let database = DatabaseSettings {
            url: settings.database_url(),
            connections: settings.database_connections,
            statement_timeout: Duration::from_secs(settings.request_seconds + 1),
        };
        let db = Db::connect(&database, hook).await;
        let db = db.map_err(|error| format!("PII_DATABASE_URL cannot be used: {error:?}"))?;
        let keys = Self::keys(&settings, db.is_embedded(), world.clone())?;
        let files = Files::open(&settings)?;
        let places = std::thread::available_parallelism().map_or(2, usize::from);
        let passwords = Passwords::new(places, &world).map_err(|error| format!("{error:?}"))?;
        let principals = Principals::new(db.clone(), world.clone());
        let workshop = Workshop::new(places);
        let gallery = Gallery::default();
        let (events, queued) = (Events::default(), Notify::new());
        let stopping = watch::Sender::new(false);
        let parts = Parts {
            settings,
            db,
            world,
            keys,
            passwords,
            provider,
            principals,
            files,
            workshop,
            gallery,
            events,
            registry: Registry::default(),
            usage: Usage::default(),
            mailer,
            queued,
            stopping,
        };
        Ok(Self(Arc::new(parts)))
    }

    fn keys(settings: &Settings, embedded: bool, world: World) -> std::result::Result<Keys, String> {
        let issuer = settings.public_url();
        match (&settings.signing_key, &settings.signing_key_file) {
            (Some(pem), _) => {
                Keys::from_pem(pem, issuer).map_err(|error| format!("PII_SIGNING_KEY: {error}"))
            }
            (None, Some(path)) => Keys::from_file(path, false, issuer, world),
            (None, None) if embedded => Keys::from_file(&settings.key_file(), true, issuer, world),
            (None, None) => Err("PII_SIGNING_KEY or PII_SIGNING_KEY_FILE is required with PostgreSQL: \
                                 all replicas must sign with the same key"
                .into()),
        }
    }

    /// The database as `viewer` sees it.
    pub fn store(&self, viewer: Viewer) -> Store {
        Store::new(self.db.clone(), self.world.clone(), viewer)
    }

    /// The database as the product itself sees it.
    pub fn system(&self) -> Store {
        self.store(Viewer::system())
    }

    /// Whether the database and the file store answer.
    pub async fn is_ready(&self) -> Result<()> {
        self.db.ping().await?;
        self.files.ping().await
    }
}
