//! Objects in an S3 bucket.

use std::{ops::Range, path::Path};

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Builder},
};
use aws_types::SdkConfig;
use bytes::Bytes;
use skyfeed_ports::store::{
    Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Piece, Store, StoreError, key::check_key,
};

mod compose;
mod condition;
mod copy;
mod delete;
mod download;
mod endpoint;
mod error;
mod list;
mod multipart;
mod object;
mod put;
mod read;
mod sizes;
mod url;

pub use sizes::Sizes;
pub use url::S3UrlError;

/// The longest key of S3 in bytes.
const MAX_KEY_BYTES: usize = 1024;

/// A store in a bucket, or below a prefix of one.
///
/// - Every put is one request, or for a large body a multipart upload whose completion makes the object visible. Conditions are S3's own
///   `If-None-Match` and `If-Match`, so they hold between all writers of the bucket.
/// - A copy to another `S3Store` at the same endpoint happens inside S3, with the credentials of the target.
/// - What is composed is one put if it is small, else a multipart upload: ranges are copied inside S3, and pieces of less than 5 MiB are joined here with their
///   neighbours, as S3 demands of parts.
/// - The SDK retries a request as its configuration says. A conditional put whose answer was lost and that is then retried finds its own
///   object and reports [`StoreError::Precondition`]: the caller reads what is there, as after any other loss.
/// - A multipart upload of a process that was killed leaves its parts; a lifecycle rule of the bucket has to remove them.
/// - The tag is S3's `ETag`. The same content written again may have the same tag.
/// - Names that no key can have, such as the `folder/` objects that the console makes, are not listed, nor what [`key`](skyfeed_ports::store::key) calls left by other
///   programs. A prefix below which there is nothing else may be listed.
#[derive(Clone, Debug)]
pub struct S3Store {
    client: Client,
    /// Where the service is, if not at its usual place.
    endpoint: Option<String>,
    bucket: String,
    /// Empty, or ends in `/`.
    prefix: String,
    sizes: Sizes,
}

impl S3Store {
    /// The store at `s3://bucket` or `s3://bucket/prefix`; nothing is asked of the bucket yet. With an endpoint in the configuration, such as that of an
    /// emulator, the bucket stands in the path of URLs instead of the host name.
    ///
    /// # Errors
    /// The URL is not of this form.
    ///
    /// ```
    /// use aws_types::{SdkConfig, region::Region};
    /// use skyfeed_aws::S3Store;
    ///
    /// // A program takes it from `aws_config`.
    /// let config = SdkConfig::builder().region(Region::new("eu-central-1")).build();
    /// let store = S3Store::from_url("s3://my-feeds/eso", &config)?;
    /// assert_eq!((store.bucket(), store.prefix()), ("my-feeds", "eso/"));
    /// assert_eq!(store.key_in("my-feeds", "eso/inbox/a/image.tif"), Some("inbox/a/image.tif"));
    /// # Ok::<(), skyfeed_aws::s3::S3UrlError>(())
    /// ```
    pub fn from_url(url: &str, config: &SdkConfig) -> Result<Self, S3UrlError> {
        let (bucket, prefix) = url::parse(url)?;
        let endpoint = endpoint::endpoint(config);
        let mut builder = Builder::from(config).force_path_style(endpoint.is_some());
        if config.behavior_version().is_none() {
            builder.set_behavior_version(Some(BehaviorVersion::latest()));
        }
        let client = Client::from_conf(builder.build());
        Ok(Self { client, endpoint, bucket, prefix, sizes: Sizes::default() })
    }

    /// Chooses from which size on objects are sent and copied in parts.
    #[must_use]
    pub fn with_sizes(mut self, sizes: Sizes) -> Self {
        self.sizes = sizes;
        self
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What stands before every key of this store in the bucket: nothing, or a prefix that ends in `/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key in this store of an object that an event names; `None` if it lies elsewhere.
    pub fn key_in<'a>(&self, bucket: &str, key: &'a str) -> Option<&'a str> {
        if bucket == self.bucket { key.strip_prefix(&self.prefix) } else { None }
    }

    /// The key in the bucket of a key of this store.
    fn path(&self, key: &str) -> Result<String, StoreError> {
        check_key(key)?;
        let path = format!("{}{key}", self.prefix);
        if path.len() > MAX_KEY_BYTES {
            let problem = "with the prefix of the store it is longer than 1024 bytes";
            return Err(StoreError::Key { key: key.to_owned(), problem });
        }
        Ok(path)
    }
}

#[async_trait]
impl Store for S3Store {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        read::head(self, key).await
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        read::get(self, key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        read::get_range(self, key, range).await
    }

    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        read::get_to_file(self, key, file).await
    }

    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError> {
        put::put(self, key, body, headers, &condition).await
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        compose::compose(self, key, pieces, headers, &condition).await
    }

    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        list::list(self, prefix, delimited).await
    }

    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError> {
        copy::copy(self, from, target, key, headers).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        delete::delete(self, keys).await
    }
}
