//! Passwords: Argon2id, off the async threads, a few at a time.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::config::{PASSWORD_MAX, PASSWORD_MIN};
use crate::error::{Code, Error, Problem, Result};
use crate::world::World;

/// A password that was hashed.
#[derive(Clone, Debug)]
pub struct Hashed(pub String);

/// Hashes and checks passwords. Each hash takes 19 MiB, so only a few run at once.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    nobody: Arc<str>,
}

impl Passwords {
    /// Room for `places` hashes at once.
    ///
    /// # Errors
    /// When hashing does not work at all.
    pub fn new(places: usize, world: &World) -> Result<Self> {
        let nobody = hash("nobody has this password", &world.secret())?;
        Ok(Self { places: Arc::new(Semaphore::new(places)), nobody: nobody.into() })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Code::PasswordTooShort`] and [`Code::TooLong`], about the field `field`.
    pub async fn hash(&self, password: &str, world: &World, field: &str) -> Result<Hashed> {
        let length = password.chars().count();
        if length < PASSWORD_MIN {
            return Err(Problem::new(field, Code::PasswordTooShort).with(PASSWORD_MIN).into());
        }
        if length > PASSWORD_MAX {
            return Err(Problem::new(field, Code::TooLong).with(PASSWORD_MAX).into());
        }
        let (password, salt) = (password.to_owned(), world.secret());
        self.run(move || hash(&password, &salt)).await?.map(Hashed)
    }

    /// Whether `password` is the one behind `stored`. Takes as long when there is no password at all.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let password: String = password.chars().take(PASSWORD_MAX).collect();
        let good = self.run(move || {
            let stored = PasswordHash::new(&stored)
                .map_err(|_| Error::internal("a stored password hash is damaged"))?;
            Ok::<_, Error>(Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
        });
        Ok(good.await?? && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self.places.acquire().await.map_err(Error::internal)?;
        spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash(password: &str, salt: &[u8; 16]) -> Result<String> {
    // The defaults are Argon2id with 19 MiB, two passes and one lane, OWASP's recommendation.
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|_| Error::internal("Argon2 failed"))?;
    Ok(hash.to_string())
}
