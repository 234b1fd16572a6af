//! Every setting, from flags and environment, and what they default to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::HeaderValue;
use clap::{Args, ValueEnum};
use entity::Role;
use url::Url;

use crate::clients::{ModeOf, given_twice};

/// The settings of the server and of the commands beside it.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Address and port to listen on.
    #[arg(long, env = "PII_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Folder of the embedded database, the evidence files and the signing key.
    #[arg(long, env = "PII_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`; an SQLite file in the data folder if not given.
    #[arg(long, env = "PII_DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Most database connections that serve reads.
    #[arg(long, env = "PII_DATABASE_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=500), global = true)]
    pub database_connections: u32,
    /// Where evidence files are: `file:///FOLDER` or `s3://BUCKET/PREFIX`; the folder `files` in the data folder if not
    /// given.
    #[arg(long, env = "PII_STORAGE_URL", global = true)]
    pub storage_url: Option<Url>,
    /// The bucket's server and its credentials.
    #[command(flatten)]
    pub s3: S3Settings,
    /// The address under which clients reach the server; the issuer of its tokens. `http://` and the listening address
    /// if not given.
    #[arg(long, env = "PII_PUBLIC_URL", global = true)]
    pub public_url: Option<Url>,
    /// Ed25519 private keys (PKCS #8, PEM): the one that signs the tokens, the next one, those of before.
    #[arg(long, env = "PII_SIGNING_KEY", hide_env_values = true, global = true)]
    pub signing_key: Option<String>,
    /// File with those keys, read again within 5 seconds of a change; `signing-key.pem` in the data folder, made on the first start with the embedded database,
    /// if neither is given.
    #[arg(long, env = "PII_SIGNING_KEY_FILE", conflicts_with = "signing_key", global = true)]
    pub signing_key_file: Option<PathBuf>,
    /// Largest evidence file in bytes.
    #[arg(long, env = "PII_MAX_FILE_BYTES", default_value_t = 50 * 1024 * 1024, value_parser = clap::value_parser!(u64).range(1..), global = true)]
    pub max_file_bytes: u64,
    /// Seconds to wait for the next bytes of an upload, or for a client to take those of a download.
    #[arg(long, env = "PII_TRANSFER_IDLE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub transfer_idle_seconds: u64,
    /// Seconds that one upload or download request may take in all.
    #[arg(long, env = "PII_TRANSFER_SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=86400), global = true)]
    pub transfer_seconds: u64,
    /// ClamAV's daemon, which every uploaded file is shown: `tcp://HOST:PORT` or `unix:///PATH`; none is asked if not given or empty.
    #[arg(long, env = "PII_CLAMD", global = true)]
    pub clamd: Option<String>,
    /// Seconds to wait for its verdict.
    #[arg(long, env = "PII_CLAMD_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub clamd_seconds: u64,
    /// Number of trusted proxies in front of the server; the client's address is then read from `X-Forwarded-For`.
    #[arg(long, env = "PII_TRUSTED_PROXIES", default_value_t = 0, global = true)]
    pub trusted_proxies: usize,
    /// Seconds that a request may take.
    #[arg(long, env = "PII_REQUEST_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    pub request_seconds: u64,
    /// Origins of web pages that may read answers, such as `https://pii.example.vn`; several are set apart by commas.
    #[arg(long, env = "PII_CORS_ORIGINS", value_delimiter = ',', value_parser = origin, global = true)]
    pub cors_origins: Vec<HeaderValue>,
    /// Who may ask about the schema (introspection, "did you mean").
    #[arg(long, env = "PII_INTROSPECTION", value_enum, default_value = "signed-in", global = true)]
    pub introspection: Introspection,
    /// Which documents are executed: `off` (all), `automatic` (all, and hashes of those sent before) or `trusted` (those that
    /// were registered); after a comma for single clients, such as `automatic,web=trusted`.
    #[arg(long, env = "PII_DOCUMENTS", value_delimiter = ',', default_value = "automatic", global = true)]
    pub documents: Vec<ModeOf>,
    /// Points that a user may spend on queries at once; each answer tells what it cost.
    #[arg(long, env = "PII_COST_POINTS", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(100_000..=1_000_000_000_000), global = true)]
    pub cost_points: u64,
    /// Points that flow back each second.
    #[arg(long, env = "PII_COST_POINTS_PER_SECOND", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000), global = true)]
    pub cost_points_per_second: u64,
    /// MiB that kept answers may take which are made of nothing but what is published; 0 keeps none.
    #[arg(long, env = "PII_ANSWER_CACHE_MB", default_value_t = 32, value_parser = clap::value_parser!(u64).range(0..=65_536), global = true)]
    pub answer_cache_mb: u64,
    /// Where GraphiQL's scripts are: `https://…` of a content delivery network or a local `node_modules` folder; `off` for
    /// no GraphiQL.
    #[arg(long, env = "PII_GRAPHIQL_ASSETS", default_value = "https://unpkg.com", global = true)]
    pub graphiql_assets: String,
    /// Mail server for notifications by e-mail: `smtp://USER:PASSWORD@HOST:587` or `smtps://…`; none are sent if not given.
    /// `smtp` means STARTTLS, but for a server on this machine; `?tls=none` sends in the clear.
    #[arg(long, env = "PII_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,
    /// Whom e-mail comes from: `ADDRESS` or `NAME <ADDRESS>`; required with a mail server.
    #[arg(long, env = "PII_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,
    /// The `iss` of the ID tokens of an outside OpenID provider with which users may sign in; nobody can if not given.
    #[arg(long, env = "PII_OIDC_ISSUER", global = true)]
    pub oidc_issuer: Option<String>,
    /// Where the provider's keys are; `https://`, but for this machine itself.
    #[arg(long, env = "PII_OIDC_JWKS_URL", global = true)]
    pub oidc_jwks_url: Option<Url>,
    /// The name under which the provider knows this product, its client id.
    #[arg(long, env = "PII_OIDC_AUDIENCE", global = true)]
    pub oidc_audience: Option<String>,
    /// What to log: `error`, `warn`, `info`, `debug`, `trace` or tracing's filters.
    #[arg(long, env = "PII_LOG", default_value = "info,sea_orm_migration=warn,sqlx=warn", global = true)]
    pub log: String,
    /// Log in lines of JSON.
    #[arg(long, env = "PII_LOG_JSON", global = true)]
    pub log_json: bool,
    /// The rhythm of connections, streams and sockets.
    #[command(flatten)]
    pub rhythm: Rhythm,
}

/// The rhythm of connections, streams and sockets, in milliseconds. Not for operators: tests do not wait for seconds.
#[derive(Args, Clone, Debug)]
pub struct Rhythm {
    /// How often a stream shows that it is alive, and it is looked whether its client may still listen.
    #[arg(long, default_value_t = 5_000, hide = true, global = true)]
    pub heartbeat_ms: u64,
    /// How long the headers of a request may take to come, and how long a connection may be idle.
    #[arg(long, default_value_t = 15_000, hide = true, global = true)]
    pub headers_ms: u64,
    /// How long a socket may take to say who it is.
    #[arg(long, default_value_t = 10_000, hide = true, global = true)]
    pub greeting_ms: u64,
    /// How long a socket's client may take to read 64 KiB.
    #[arg(long, default_value_t = 10_000, hide = true, global = true)]
    pub reading_ms: u64,
}

/// Where a bucket is, if evidence files are in one. What is not given comes from the usual `AWS_*` variables.
#[derive(Args, Clone, Debug, Default)]
pub struct S3Settings {
    /// Address of the S3-compatible server; Amazon's own if not given.
    #[arg(long, env = "PII_S3_ENDPOINT", global = true)]
    pub s3_endpoint: Option<Url>,
    /// Region of the bucket.
    #[arg(long, env = "PII_S3_REGION", global = true)]
    pub s3_region: Option<String>,
    /// Access key.
    #[arg(long, env = "PII_S3_ACCESS_KEY_ID", global = true)]
    pub s3_access_key_id: Option<String>,
    /// Its secret.
    #[arg(long, env = "PII_S3_SECRET_ACCESS_KEY", hide_env_values = true, global = true)]
    pub s3_secret_access_key: Option<String>,
}

/// Who may ask about the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Introspection {
    /// Whoever is signed in.
    SignedIn,
    /// Administrators and coordinators.
    Staff,
    /// Nobody.
    Off,
}

impl Introspection {
    /// Whether a user with this role may ask.
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::SignedIn => true,
            Self::Staff => matches!(role, Role::Admin | Role::Coordinator),
            Self::Off => false,
        }
    }
}

/// An origin as browsers send it: scheme, host and port, nothing behind.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    let exact = matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text;
    match HeaderValue::from_str(text) {
        Ok(value) if exact => Ok(value),
        _ => Err("an origin is scheme, host and perhaps a port, such as https://pii.example.vn".into()),
    }
}

/// The setting that means no GraphiQL.
pub const GRAPHIQL_OFF: &str = "off";
/// Life of an access token.
pub const ACCESS_TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);
/// Life of a refresh token; each refresh starts it anew.
pub const REFRESH_TOKEN_LIFE: Duration = Duration::from_secs(14 * 24 * 3600);
/// Life of a file ticket.
pub const TICKET_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long the role and organization of a user, once read, are believed.
pub const PRINCIPAL_LIFE: Duration = Duration::from_secs(3);
/// How long an upload may stay unfinished before clean-up removes what it left.
pub const UNFINISHED_UPLOAD_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Least characters of a password.
pub const PASSWORD_MIN: usize = 12;
/// Most characters of a password, so that hashing has a bound.
pub const PASSWORD_MAX: usize = 256;

impl Settings {
    /// The database's address.
    pub fn database_url(&self) -> String {
        let embedded = || format!("sqlite:{}", self.data_dir.join("pii.sqlite").display());
        self.database_url.clone().unwrap_or_else(embedded)
    }

    /// The address under which clients reach the server, without a slash at its end.
    pub fn public_url(&self) -> String {
        let url = self.public_url.as_ref().map_or_else(|| format!("http://{}", self.listen), Url::to_string);
        url.trim_end_matches('/').to_owned()
    }

    /// The file with the signing keys, where they are in one.
    pub fn key_file(&self) -> PathBuf {
        self.signing_key_file.clone().unwrap_or_else(|| self.data_dir.join("signing-key.pem"))
    }

    /// Checks what clap cannot.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn check(&self) -> Result<(), String> {
        let database = self.database_url();
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database.starts_with(scheme)) {
            return Err("PII_DATABASE_URL must begin with sqlite: or postgres:".into());
        }
        if let Some(url) = &self.storage_url
            && !matches!(url.scheme(), "file" | "s3")
        {
            return Err(format!("PII_STORAGE_URL must begin with file:// or s3://, not {}:", url.scheme()));
        }
        if let Some(url) = &self.public_url
            && !matches!(url.scheme(), "http" | "https")
        {
            return Err(format!("PII_PUBLIC_URL must begin with http:// or https://, not {}:", url.scheme()));
        }
        if let Some(whose) = given_twice(&self.documents) {
            return Err(format!("PII_DOCUMENTS names the mode {whose} twice"));
        }
        check_assets(&self.graphiql_assets)
    }
}

/// What GraphiQL's page is made of and its policy names: an address, or a folder that has it all.
fn check_assets(assets: &str) -> Result<(), String> {
    const NEEDED: [&str; 3] = ["react", "react-dom", "graphiql"];
    if assets == GRAPHIQL_OFF {
        return Ok(());
    }
    if assets.contains("://") {
        let address: Option<Url> = assets.parse().ok();
        // Such letters would end the address in the page, or in its Content-Security-Policy.
        let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'<>;,?#".contains(c);
        return match address {
            Some(url) if matches!(url.scheme(), "http" | "https") && !assets.contains(odd) => Ok(()),
            _ => {
                Err("PII_GRAPHIQL_ASSETS must be off, an address that begins with https://, or a folder"
                    .into())
            }
        };
    }
    match NEEDED.iter().find(|name| !Path::new(assets).join(name).is_dir()) {
        None => Ok(()),
        Some(name) => Err(format!("PII_GRAPHIQL_ASSETS: {assets:?} is no folder with {name} in it")),
    }
}
