//! Stores and ledgers by their URLs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_config::BehaviorVersion;
use aws_types::SdkConfig;
use skyfeed_ports::{
    ledger::{Ledger, LedgerError},
    store::{LocalStore, Store, StoreError},
};
use tokio::sync::OnceCell;
use url::Url;

/// Opens stores and ledgers. The configuration of AWS (environment, profile, role) is looked up once, when the first URL needs it.
///
/// ```
/// use skyfeed_aws::open::Opener;
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let folder = tempfile::tempdir()?;
/// let store = Opener::default().store(&format!("file://{}", folder.path().display())).await?;
/// assert!(store.head("index.wtml").await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct Opener {
    sdk: OnceCell<SdkConfig>,
}

/// Why a store or ledger cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is of a kind that is not known.
    #[error("`{url}` is not the URL of a {what}: write {forms}")]
    Form {
        /// The URL.
        url: String,
        /// What was to be opened.
        what: &'static str,
        /// What can be written.
        forms: &'static str,
    },
    /// The URL of a file is not an absolute path.
    #[error("`{url}` is not an absolute path: write `{scheme}:///PATH`")]
    Path {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: &'static str,
    },
    /// Nothing says in which region of AWS it is.
    #[error("nothing says in which AWS region `{url}` is: set AWS_REGION, or `region` in the AWS profile")]
    Region {
        /// The URL.
        url: String,
    },
    /// The URL is not one of a store in S3.
    #[error(transparent)]
    S3(#[from] crate::s3::S3UrlError),
    /// The URL is not one of a ledger in DynamoDB.
    #[cfg(feature = "dynamodb")]
    #[error(transparent)]
    Dynamo(#[from] crate::dynamodb::DynamoUrlError),
    /// The folder cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Opener {
    /// The configuration of AWS.
    pub async fn sdk(&self) -> &SdkConfig {
        self.sdk.get_or_init(|| async { aws_config::load_defaults(BehaviorVersion::latest()).await }).await
    }

    /// Opens the store at `s3://bucket/prefix` or `file:///folder`.
    ///
    /// # Errors
    /// The URL is of another form, the folder cannot be made, or nothing says in which region the bucket is.
    pub async fn store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        match scheme(url) {
            "s3" => Ok(Arc::new(crate::S3Store::from_url(url, self.sdk_in_region(url).await?)?)),
            "file" => Ok(Arc::new(LocalStore::open(&path(url, "file")?)?)),
            _ => Err(OpenError::Form {
                url: url.to_owned(),
                what: "store",
                forms: "`s3://BUCKET/PREFIX` or `file:///FOLDER`",
            }),
        }
    }

    /// Opens the ledger at `dynamodb://table/feed` or `sqlite:///file`.
    ///
    /// # Errors
    /// The URL is of another form, the file is no ledger, or nothing says in which region the table is.
    pub async fn ledger(&self, url: &str) -> Result<Arc<dyn Ledger>, OpenError> {
        match scheme(url) {
            #[cfg(feature = "dynamodb")]
            "dynamodb" => Ok(Arc::new(crate::DynamoLedger::from_url(url, self.sdk_in_region(url).await?)?)),
            #[cfg(feature = "sqlite")]
            "sqlite" => Ok(Arc::new(skyfeed_ports::ledger::SqliteLedger::open(&path(url, "sqlite")?)?)),
            _ => Err(OpenError::Form {
                url: url.to_owned(),
                what: "ledger",
                forms: "`dynamodb://TABLE/FEED` or `sqlite:///FILE`",
            }),
        }
    }

    /// The configuration of AWS, which must say where `url` is.
    pub(crate) async fn sdk_in_region(&self, url: &str) -> Result<&SdkConfig, OpenError> {
        let sdk = self.sdk().await;
        if sdk.region().is_none() {
            return Err(OpenError::Region { url: url.to_owned() });
        }
        Ok(sdk)
    }
}

fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(scheme, _)| scheme)
}

/// The path of a URL such as `sqlite:///srv/my%20feed/ledger.sqlite`.
fn path(url: &str, scheme: &'static str) -> Result<PathBuf, OpenError> {
    // `file` is the scheme whose rules of hosts and drive letters the library knows.
    let as_file = url.replacen(scheme, "file", 1);
    let path = Url::parse(&as_file).ok().and_then(|url| url.to_file_path().ok()).filter(|path| path != Path::new("/"));
    path.ok_or_else(|| OpenError::Path { url: url.to_owned(), scheme })
}

#[cfg(test)]
mod tests {
    use super::Opener;

    #[tokio::test]
    async fn what_is_no_url_of_a_store_or_ledger_is_named() {
        let opener = Opener::default();
        for url in ["", "work", "/srv/work", "http://example.org/", "file://host/path", "file://", "dynamodb://table"] {
            let error = opener.store(url).await.unwrap_err().to_string();
            assert!(error.contains(&format!("`{url}`")), "{error}");
        }
        for url in ["", "ledger.sqlite", "sqlite://ledger.sqlite", "sqlite:///", "s3://bucket"] {
            let error = opener.ledger(url).await.unwrap_err().to_string();
            assert!(error.contains(&format!("`{url}`")), "{error}");
        }
    }
}
