//! Certificates are verified, unless the feed says that they are not.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test fails where it panics")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use skyfeed_pipeline::http::{Client, HttpError, HttpOptions};
use support::options;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer},
};
use url::Url;

mod support;

/// A server with a certificate that nobody signed; counts the connections.
async fn self_signed() -> (Url, Arc<AtomicUsize>) {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()).into();
    let chain = vec![signed.cert.der().clone()];
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfeed").await;
        }
    });
    (url, connections)
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_refused_for_good() {
    let (url, connections) = self_signed().await;
    let error = Client::new(&options()).unwrap().get(&url).await.unwrap_err();
    assert!(matches!(error, HttpError::Connection { transient: false, .. }), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn certificates_go_unchecked_only_where_the_feed_says_so() {
    let (url, _) = self_signed().await;
    let client = Client::new(&HttpOptions { insecure_tls: true, ..options() }).unwrap();
    assert_eq!(&client.get(&url).await.unwrap().bytes[..], b"feed");
}
