//! Listings.

use aws_sdk_s3::types::EncodingType;
use skyfeed_ports::store::{
    Listing, StoreError,
    key::{check_prefix, is_listed},
};

use super::{S3Store, object::describe};
use crate::{form, sdk::Failure};

pub(super) async fn list(store: &S3Store, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
    check_prefix(prefix)?;
    // Encoded, because XML cannot carry every character that a key of somebody else may hold.
    let request = store.client.list_objects_v2().bucket(&store.bucket).encoding_type(EncodingType::Url);
    let path = format!("{}{prefix}", store.prefix);
    let request = request.set_prefix((!path.is_empty()).then_some(path));
    let mut pages = request.set_delimiter(delimited.then(|| "/".to_owned())).into_paginator().send();
    let mut listing = Listing::default();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Failure::from(error).at("list", prefix))?;
        for object in page.contents() {
            let Some(key) = object.key().and_then(|key| decode(store, key)).filter(|key| is_listed(key)) else {
                continue;
            };
            let etag = object.e_tag().map(str::to_owned);
            listing.objects.push(describe("list", &key, object.size(), etag, object.last_modified())?);
        }
        let below = page.common_prefixes().iter().filter_map(|below| decode(store, below.prefix()?));
        listing.prefixes.extend(below.filter(|below| below.strip_suffix('/').is_some_and(is_listed)));
    }
    // S3 sorts them, others that speak its language need not.
    listing.prefixes.sort_unstable();
    Ok(listing)
}

/// The key in the store; `None` for what no key can be.
fn decode(store: &S3Store, path: &str) -> Option<String> {
    let path = form::decode(path).ok()?;
    path.strip_prefix(&store.prefix).map(str::to_owned)
}
