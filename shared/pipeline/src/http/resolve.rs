//! Resolves names to addresses that the rules allow.
//!
//! The check sits in the resolver itself, so that the address that was checked is the one that is connected to; a name that
//! resolves to something else a moment later (DNS rebinding) gains nothing.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::rules;

/// A name leads to private addresses only.
#[derive(Debug, thiserror::Error)]
#[error("`{host}` resolves to no address on the public internet")]
pub(super) struct PrivateName {
    host: String,
}

/// The system's resolver without private addresses.
#[derive(Debug)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = addresses.filter(|address| rules::is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(PrivateName { host: name.as_str().to_owned() }.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
