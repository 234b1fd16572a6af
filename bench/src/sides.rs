//! The servers that are compared.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::operations::{Dialect, Operation};
use crate::product::{ISSUER, Process, Product, free_address, wait_until_ready};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The product, which keeps answers.
    Product,
    /// The product, which keeps none.
    Uncached,
    /// axum and sqlx, one statement for each operation.
    HandWritten,
    /// axum and the same bytes.
    Bare,
    /// PostGraphile on the same tables.
    PostGraphile,
}

impl Name {
    /// As tables have it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Product => "pii",
            Self::Uncached => "pii, no answers kept",
            Self::HandWritten => "hand-written",
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
            Name::HandWritten | Name::Bare => format!("{}{}", self.base, operation.path()),
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

    /// The hand-written server, which gets the keys from the product at `base`.
    pub async fn handwritten(product: &Product, base: &str, folder: &Path) -> Result<Self> {
        let keys = folder.join("keys.json");
        let url = format!("{base}/.well-known/jwks.json");
        std::fs::write(&keys, reqwest::get(url).await?.error_for_status()?.bytes().await?)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["hand-written", "--issuer", ISSUER, "--database-url", product.database()]);
        command.arg("--keys").arg(keys);
        Self::own(Name::HandWritten, command).await
    }

    /// The server that answers what lies in `answers`.
    pub async fn bare(answers: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg("--answers").arg(answers);
        Self::own(Name::Bare, command).await
    }

    async fn own(name: Name, mut command: Command) -> Result<Self> {
        let address = free_address()?;
        let process = Process::start(command.args(["--listen", &address.to_string()]))?;
        let base = format!("http://{address}");
        wait_until_ready(&format!("{base}/readyz")).await?;
        Ok(Self { name, base, process })
    }
}
