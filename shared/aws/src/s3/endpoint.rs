//! Where S3 is.

use aws_types::{SdkConfig, service_config::ServiceConfigKey};

/// The endpoint that a configuration sets for S3, if it is not the usual one; found as the SDK's client finds it.
pub(super) fn endpoint(config: &SdkConfig) -> Option<String> {
    let general = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general;
    }
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
    key.and_then(|key| config.service_config()?.load_config(key)).or(general)
}
