//! Which backends functions know: the one place where they are registered.

use std::sync::Arc;

use skyfeed_ports::opener::{LocalOpener, Openers};

use crate::open::AwsOpener;

/// All of them, and that of AWS, which knows where queues are too. Folders are for trials.
pub(super) fn openers() -> (Openers, Arc<AwsOpener>) {
    let aws = Arc::new(AwsOpener::default());
    let openers = Openers::default().with(Arc::<AwsOpener>::clone(&aws)).with(Arc::new(LocalOpener));
    (openers, aws)
}

#[cfg(test)]
mod tests {
    use skyfeed_ports::opener::Access;

    use super::openers;

    #[tokio::test]
    async fn what_is_no_url_of_a_store_or_ledger_is_told_what_can_be_written() {
        let (openers, _) = openers();
        let error = openers.open_store("work").await.unwrap_err().to_string();
        assert_eq!(error, "`work` is not the URL of a store: write `s3://BUCKET/PREFIX` or `file:///FOLDER`");
        let error = openers.open_ledger("s3://bucket", Access::ReadWrite).await.unwrap_err().to_string();
        assert!(error.starts_with("`s3://bucket` is not the URL of a ledger: write "), "{error}");
    }
}
