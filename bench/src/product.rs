//! The product: its program, its commands and its servers.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::Result;
use crate::processes::{SERVER_GIB, capped};

/// Who issues the tokens, whichever server checks them.
pub const ISSUER: &str = "http://bench.invalid";

/// The product's program and where its data is.
#[derive(Clone, Debug)]
pub struct Product {
    program: PathBuf,
    folder: PathBuf,
    database: String,
}

/// A process that ends with this value.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts a command.
    pub fn start(command: &mut Command) -> Result<Self> {
        Ok(Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            let _ = self.0.wait();
        }
    }
}

/// A free port of this machine.
pub fn free_address() -> Result<std::net::SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Product {
    /// The product on an empty database.
    pub fn new(program: &Path, folder: &Path, database: String) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let product = Self { program: program.to_owned(), folder: folder.to_owned(), database };
        let key = Ed25519KeyPair::generate()
            .and_then(|key| key.to_pkcs8v1())
            .map_err(|_| "no key could be made")?;
        let body = BASE64_STANDARD.encode(key.as_ref());
        std::fs::write(
            product.key_file(),
            format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"),
        )?;
        Ok(product)
    }

    /// The product on a file in its folder.
    pub fn on_sqlite(program: &Path, folder: &Path) -> Result<Self> {
        Self::new(program, folder, format!("sqlite:{}", folder.join("pii.sqlite").display()))
    }

    /// Where its database is.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether that is a file.
    pub fn is_on_sqlite(&self) -> bool {
        self.database.starts_with("sqlite:")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// The settings of all its processes: what protects it from a single user is far away, since few users here ask for
    /// many.
    fn command(&self) -> Command {
        let mut command = capped(&self.program, SERVER_GIB);
        command
            .env("PII_DATABASE_URL", &self.database)
            .env("PII_DATA_DIR", self.folder.join("data"))
            .env("PII_SIGNING_KEY_FILE", self.key_file())
            .env("PII_PUBLIC_URL", ISSUER)
            .env("PII_COST_POINTS", "1000000000000")
            .env("PII_COST_POINTS_PER_SECOND", "1000000000")
            .env("PII_LOG", "error");
        command
    }

    /// Makes the schema, what every installation has, so many units, and tasks with three assignments each.
    pub fn fill(&self, units: u32, tasks: u32) -> Result<()> {
        let [units, tasks, assignments] = [units, tasks, 3 * tasks].map(|size| size.to_string());
        let data = ["bench-data", "--units", &units, "--tasks", &tasks, "--assignments", &assignments];
        for arguments in [&["migrate"][..], &["seed"], &data] {
            crate::postgres::run(self.command().args(arguments))?;
        }
        Ok(())
    }

    /// A token that lives as long as the run.
    pub async fn token(&self, user: &str) -> Result<String> {
        let mut command = tokio::process::Command::from(self.command());
        let output = command.args(["token", "--minutes", "120", "--user", user]).output().await?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?.trim().to_owned()),
            false => Err(format!("pii token: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// How many entries its audit trail has, if they are an unbroken chain.
    pub fn verify_trail(&self) -> Result<u64> {
        let said = crate::postgres::run(self.command().args(["audit", "verify"]))?;
        let entries = said.split_once(" entries, unbroken").and_then(|(entries, _)| entries.parse().ok());
        entries.ok_or_else(|| format!("pii audit verify: {said}").into())
    }

    /// A server with these further settings, and how long it took to be ready.
    pub async fn serve(&self, settings: &[(&str, &str)]) -> Result<(Process, String, Duration)> {
        let address = free_address()?;
        let begun = Instant::now();
        let mut command = self.command();
        command.args(["serve", "--listen", &address.to_string()]).envs(settings.iter().copied());
        let process = Process::start(&mut command)?;
        let base = format!("http://{address}");
        wait_until_ready(&format!("{base}/readyz")).await?;
        Ok((process, base, begun.elapsed()))
    }
}

/// Waits until there is an answer with status 200.
pub async fn wait_until_ready(url: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let client = reqwest::Client::new();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match client.get(url).send().await {
            Ok(answer) if answer.status().as_u16() == 200 => return Ok(()),
            _ => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
    Err(format!("{url} did not become ready").into())
}
