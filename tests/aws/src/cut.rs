//! A way to a server on which answers break off.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Passes connections on to a server, and cuts the first of them after a number of bytes of the answer.
#[derive(Debug)]
pub struct Cut {
    port: u16,
    left: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Cut {
    /// Begins to pass connections on to `port` of loopback, the first `times` of them up to `bytes` bytes.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(port: u16, times: usize, bytes: usize) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own = listener.local_addr()?.port();
        let left = Arc::new(AtomicUsize::new(times));
        let counter = Arc::clone(&left);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let cuts = counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                tokio::spawn(pass(client, port, if cuts { bytes as u64 } else { u64::MAX }));
            }
        });
        Ok(Self { port: own, left, serving })
    }

    /// Where a client has to connect.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many connections are still to be cut.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(mut client: TcpStream, port: u16, bytes: u64) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut from_client, mut to_client) = client.split();
    let (from_server, mut to_server) = server.split();
    let mut answer = from_server.take(bytes);
    tokio::select! {
        done = copy(&mut answer, &mut to_client) => { done?; }
        done = copy(&mut from_client, &mut to_server) => { done?; }
    }
    to_client.flush().await
}
