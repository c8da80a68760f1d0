//! A web server for WorldWide Telescope clients on this machine.

mod files;
mod folder;
mod index_page;
mod listing;
mod objects;
mod path;
mod wtml;

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
pub(crate) use folder::{folder, store};
use tokio::net::TcpListener;
use tower_http::{
    cors::{Any, CorsLayer},
    set_header::SetResponseHeaderLayer,
};
pub(crate) use wtml::{Base, CONTENT_TYPE, absolutized, web_client_url};

use crate::interrupt::Interrupt;

/// How long answers that are under way may take when a person asks for the end.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// A bound socket.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes `port` of `host`; a port of 0 is any free one.
    ///
    /// # Errors
    /// The port is taken, or the address is not of this machine.
    pub(crate) async fn bind(host: IpAddr, port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((host, port))
            .await
            .with_context(|| format!("cannot listen on port {port} of {host}; choose another with --port"))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The root, ending in a slash, as a browser on this machine reaches it.
    pub(crate) fn url(&self) -> String {
        let host = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
            IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".to_owned(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        format!("http://{host}:{}/", self.address.port())
    }

    /// Answers until a person asks for the end. What is not answered soon after, because the client does not send or read on, is broken off.
    ///
    /// # Errors
    /// The socket failed.
    pub(crate) async fn run(self, router: Router, interrupt: &Interrupt) -> anyhow::Result<()> {
        let asked = interrupt.clone();
        let serving = axum::serve(self.listener, open_to_clients(router))
            .with_graceful_shutdown(async move { asked.wait().await })
            .into_future();
        let too_long = async {
            interrupt.wait().await;
            tokio::time::sleep(LAST_ANSWERS).await;
        };
        tokio::select! {
            served = serving => Ok(served?),
            () = too_long => Ok(()),
        }
    }
}

/// Lets pages of any origin read every answer, errors included, as the WorldWide Telescope engine needs.
fn open_to_clients(router: Router) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::CONTENT_DISPOSITION, header::CONTENT_ENCODING, header::CONTENT_TYPE, header::RANGE])
        .allow_private_network(true);
    router
        .layer(middleware::from_fn(only_reading))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        // Whoever looks at a feed that is being worked on wants to see it as it is now.
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .layer(cors)
}

async fn only_reading(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        next.run(request).await
    } else {
        (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "only GET and HEAD\n").into_response()
    }
}
