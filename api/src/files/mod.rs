//! The bytes of evidence and of files of figures: streamed in, counted, hashed and sniffed; streamed out whole or in part.

mod archive;
mod clamd;
mod kind;
mod pace;
mod pieces;
mod sweep;

pub use pace::Patience;
pub use sweep::Swept;

use std::fmt::Debug;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256, digest};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart};
use url::Url;
use uuid::Uuid;

use crate::auth::Declared;
use crate::config::{S3Settings, Settings};
use crate::error::{Code, Error, Problem, Result};
use crate::places::Places;
use crate::sheet;
use archive::End;

/// The store of evidence files, a folder or a bucket. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
    part: usize,
    max_bytes: u64,
    scanner: Option<clamd::Scanner>,
    /// How long transfers may take.
    pub patience: Patience,
    /// Places of uploads.
    pub uploads: Places,
    /// Places of downloads.
    pub downloads: Places,
}

/// A file that was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Where it is.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// The media type found in its bytes.
    pub media_type: &'static str,
}

/// What is known of a file when its last byte has come.
struct Received {
    head: kind::Head,
    size: u64,
    sha256: String,
}

/// How files are written to a kind of store.
struct Writing {
    /// Bytes that are written at once, and of the memory that an upload takes.
    part: usize,
    /// Uploads that one process takes at once.
    most: usize,
    /// Uploads of one user among them.
    most_of_one: usize,
}

const TO_FOLDER: Writing = Writing { part: 256 << 10, most: 64, most_of_one: 16 };
/// S3 takes no smaller parts, so there are fewer of them.
const TO_BUCKET: Writing = Writing { part: 5 << 20, most: 24, most_of_one: 6 };
/// Downloads that one process serves at once.
const MOST_DOWNLOADS: usize = 256;
/// Downloads of one user among them.
const MOST_DOWNLOADS_OF_ONE: usize = 8;

impl Files {
    /// Opens the store that the settings name.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the address or the folder.
    pub fn open(settings: &Settings) -> Result<Self, String> {
        let failed = |error: &dyn Debug| format!("PII_STORAGE_URL cannot be used: {error:?}");
        let (store, folder, writing): (Arc<dyn ObjectStore>, _, _) = match &settings.storage_url {
            Some(url) if url.scheme() == "s3" => {
                let bucket = bucket(url, &settings.s3).map_err(|error| failed(&error))?;
                let prefix = Path::from_url_path(url.path()).map_err(|error| failed(&error))?;
                (Arc::new(PrefixStore::new(bucket, prefix)), None, TO_BUCKET)
            }
            other => {
                let folder = match other {
                    Some(url) => url.to_file_path().map_err(|()| failed(&"not a folder"))?,
                    None => settings.data_dir.join("files"),
                };
                std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
                let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| failed(&error))?;
                (Arc::new(store.with_automatic_cleanup(true).with_fsync(true)), Some(folder), TO_FOLDER)
            }
        };
        let seconds = Duration::from_secs;
        let clamd = settings.clamd.as_deref().filter(|address| !address.is_empty());
        Ok(Self {
            store,
            folder,
            part: writing.part,
            max_bytes: settings.max_file_bytes,
            scanner: clamd
                .map(|address| clamd::Scanner::open(address, seconds(settings.clamd_seconds)))
                .transpose()?,
            patience: Patience {
                idle: seconds(settings.transfer_idle_seconds),
                whole: seconds(settings.transfer_seconds),
            },
            uploads: Places::new(writing.most, writing.most_of_one),
            downloads: Places::new(MOST_DOWNLOADS, MOST_DOWNLOADS_OF_ONE),
        })
    }

    /// The largest file that is taken for `purpose`, in bytes.
    pub fn max_bytes(&self, purpose: Purpose) -> u64 {
        match purpose {
            Purpose::Evidence => self.max_bytes,
            Purpose::Figures => self.max_bytes.min(sheet::Limit::Bytes.most() as u64),
        }
    }

    /// Stores `bytes` as the file of the row `owner` under the new name `upload`. Nothing stays behind on an error.
    ///
    /// # Errors
    /// [`Code::FileTooLarge`], [`Code::FileEmpty`], [`Code::SizeMismatch`], [`Code::HashMismatch`],
    /// [`Code::FileTypeNotAllowed`], [`Code::FileTypeMismatch`], [`Code::ArchiveAmbiguous`], [`Code::TooMany`],
    /// [`Code::FileInfected`], [`Code::ScanUnavailable`], [`Code::StorageFull`], or that of the stream when it breaks off.
    pub async fn put(
        &self,
        purpose: Purpose,
        owner: Uuid,
        upload: Uuid,
        declared: &Declared,
        bytes: impl Stream<Item = Result<Bytes>> + Unpin,
    ) -> Result<Stored> {
        let key = Path::from_iter([purpose.folder().to_owned(), owner.to_string(), upload.to_string()]);
        let parts = self.store.put_multipart(&key).await.map_err(not_stored)?;
        let mut writer = WriteMultipart::new_with_chunk_size(parts, self.part);
        let received = match self.receive(&mut writer, purpose, declared, bytes).await {
            Ok(received) => received,
            Err(error) => {
                if let Err(cause) = writer.abort().await {
                    tracing::warn!(%key, ?cause, "an upload could not be aborted; clean-up will remove it");
                }
                return Err(error);
            }
        };
        writer.finish().await.map_err(not_stored)?;
        let examined = self.examine(purpose, owner, &key, declared, received).await;
        if examined.is_err() {
            self.delete(key.as_ref()).await?;
        }
        examined
    }

    /// Looks at a file that is stored: a slow client must keep neither its end in memory nor the scanner waiting.
    async fn examine(
        &self,
        purpose: Purpose,
        owner: Uuid,
        key: &Path,
        declared: &Declared,
        Received { head, size, sha256 }: Received,
    ) -> Result<Stored> {
        let begin = size.saturating_sub(End::LENGTH);
        let end = self.store.get_range(key, begin..size).await.map_err(Error::internal)?;
        let end = End::new(end, begin);
        let media_type = head.media_type(&end, &declared.name, declared.media_type.as_deref(), purpose)?;
        self.scan(owner, key.as_ref()).await?;
        Ok(Stored { key: key.to_string(), size, sha256, media_type })
    }

    /// Shows a stored file to the scanner, if there is one.
    async fn scan(&self, owner: Uuid, key: &str) -> Result<()> {
        let Some(scanner) = &self.scanner else { return Ok(()) };
        match scanner.scan(self.get(key, None).await?).await {
            Ok(clamd::Verdict::Clean) => Ok(()),
            Ok(clamd::Verdict::Infected(signature)) => {
                tracing::warn!(%owner, signature, "an infected file was refused");
                Err(Problem::new("file", Code::FileInfected).with(signature).into())
            }
            Err(cause) => {
                tracing::error!(%owner, cause, "clamd gave no verdict; the file was refused");
                Err(Problem::new("file", Code::ScanUnavailable).into())
            }
        }
    }

    async fn receive(
        &self,
        writer: &mut WriteMultipart,
        purpose: Purpose,
        declared: &Declared,
        mut bytes: impl Stream<Item = Result<Bytes>> + Unpin,
    ) -> Result<Received> {
        let problem = |code| Problem::new("file", code);
        let mut hash = Context::new(&SHA256);
        let mut head = kind::Head::default();
        let mut size = 0_u64;
        let most = self.max_bytes(purpose);
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk?;
            size += chunk.len() as u64;
            if size > most {
                return Err(problem(Code::FileTooLarge).with(most).into());
            }
            hash.update(&chunk);
            head.read(&chunk);
            // While a part is on its way to the store, no more is read.
            writer.wait_for_capacity(1).await.map_err(not_stored)?;
            // Copied: a few bytes may be part of a large buffer, which is free again when they are let go.
            writer.write(&chunk);
        }
        let sha256 = hex(hash.finish().as_ref());
        if size == 0 {
            return Err(problem(Code::FileEmpty).into());
        }
        if declared.size.is_some_and(|wanted| wanted != size) {
            return Err(problem(Code::SizeMismatch).with(size).into());
        }
        if declared.sha256.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&sha256)) {
            return Err(problem(Code::HashMismatch).into());
        }
        Ok(Received { head, size, sha256 })
    }

    /// The bytes of a file, or a range of them.
    ///
    /// # Errors
    /// [`Error::Internal`] when the store has lost it.
    pub async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, object_store::Result<Bytes>>> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&Path::from(key), options).await.map_err(Error::internal)?;
        Ok(found.into_stream())
    }

    /// Ends an upload: when its row was written, the file that it replaces goes; else the file itself does.
    pub async fn settle<T>(&self, stored: &Stored, recorded: Result<(T, Option<String>)>) -> Result<T> {
        match recorded {
            Ok((row, before)) => {
                if let Some(before) = before
                    && let Err(cause) = self.delete(&before).await
                {
                    tracing::warn!(before, ?cause, "a replaced file was not removed; clean-up will do it");
                }
                Ok(row)
            }
            Err(error) => {
                self.delete(&stored.key).await?;
                Err(error)
            }
        }
    }

    /// All bytes of a file that is small enough to be read at once.
    pub async fn whole(&self, key: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut parts = self.get(key, None).await?;
        while let Some(part) = parts.next().await {
            bytes.extend_from_slice(&part.map_err(Error::internal)?);
        }
        Ok(bytes)
    }

    /// Removes a file that is no longer needed. One that is gone already is no error.
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> Result<()> {
        match self.store.head(&Path::from("evidence/none")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

/// Why bytes could not be stored: there is no room for them, or a fault of ours.
fn not_stored(error: object_store::Error) -> Error {
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    let is_full = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(cause.kind(), StorageFull | QuotaExceeded | FileTooLarge)
    });
    match is_full {
        true => {
            tracing::error!(%error, "the store of files is full");
            Problem::new("file", Code::StorageFull).into()
        }
        false => Error::internal(error),
    }
}

fn bucket(url: &Url, settings: &S3Settings) -> object_store::Result<AmazonS3> {
    let mut builder = AmazonS3Builder::from_env().with_url(url.as_str());
    if let Some(endpoint) = &settings.s3_endpoint {
        let plain = endpoint.scheme() == "http";
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/')).with_allow_http(plain);
    }
    if let Some(region) = &settings.s3_region {
        builder = builder.with_region(region);
    }
    if let Some(key) = &settings.s3_access_key_id {
        builder = builder.with_access_key_id(key);
    }
    if let Some(secret) = &settings.s3_secret_access_key {
        builder = builder.with_secret_access_key(secret);
    }
    builder.build()
}

/// SHA-256 of `bytes` in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// `bytes` in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

pub use kind::{Purpose, check_media_type, check_name};

#[cfg(test)]
mod tests {
    use futures_util::stream::iter;
    use object_store::memory::InMemory;

    use super::*;

    /// A buffer, of which a few bytes may be all that is asked for.
    struct Buffer {
        bytes: Vec<u8>,
        _alive: Arc<()>,
    }

    impl AsRef<[u8]> for Buffer {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }

    #[tokio::test]
    async fn bytes_that_come_one_by_one_hold_no_buffer_each() {
        let files = Files {
            store: Arc::new(InMemory::new()),
            folder: None,
            part: 1_000,
            max_bytes: 1_000,
            scanner: None,
            patience: Patience { idle: Duration::MAX, whole: Duration::MAX },
            uploads: Places::new(1, 1),
            downloads: Places::new(1, 1),
        };
        let alive = Arc::new(());
        let bytes = (0..100).map(|_| {
            assert_eq!(Arc::strong_count(&alive), 1, "what came before is let go");
            let buffer = Buffer { bytes: vec![b'a'; 8_192], _alive: Arc::clone(&alive) };
            Ok(Bytes::from_owner(buffer).slice(..1))
        });
        let declared = Declared { name: "a.txt".to_owned(), ..Declared::default() };
        let stored = files.put(Purpose::Evidence, Uuid::nil(), Uuid::nil(), &declared, iter(bytes)).await;
        assert_eq!(stored.map(|stored| stored.size).map_err(|error| error.code()), Ok(100));
    }
}
