//! Serves a router on an address. It limits the number of connections, hangs up on clients that are slow
//! to send or to read, and on a stop waits for open requests, up to a deadline.

use super::wire::Metered;
use axum::{Router, extract::ConnectInfo};
use futures::FutureExt;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroU32,
    pin::pin,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::{JoinSet, unconstrained},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutWriter;
use tower_http::add_extension::AddExtension;

/// How long a client may take to send a request's headers, from the end of the last request (INP-02).
const HEADERS: Duration = Duration::from_secs(10);
/// How long a client may take to read the next piece of an answer. The layers limit how long a body may
/// take to arrive, and [`HEADERS`] when the next request must be there.
const PIECE: Duration = Duration::from_secs(30);
/// The most bytes that a request's headers may have.
const HEAD: usize = 16 * 1024;
/// How long to wait when a connection cannot be accepted, such as with too many files open.
const PAUSE: Duration = Duration::from_millis(50);

/// How a server stops.
pub struct Stop {
    /// Whether to close idle connections at once, though a request may be on its way. If not, each stays
    /// until its next answer, which tells the client to close it, or until it was idle for too long.
    pub hang_up: bool,
    /// How long open requests may still take.
    pub within: Duration,
}

/// Serves until `stop` resolves, then until the last connection has ended or the time is over.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: NonZeroU32,
    stop: impl Future<Output = Stop>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (hang_up, hangs_up) = watch::channel(false);
    let mut connections = JoinSet::new();
    // A connection beyond the limit is closed.
    let open = |connections: &mut JoinSet<()>, (stream, peer): (TcpStream, SocketAddr)| {
        if connections.len() < most.get() as usize {
            connections.spawn(connection(stream, peer, router.clone(), hangs_up.clone()));
        }
    };
    let mut stop = pin!(stop);
    let stop = loop {
        tokio::select! {
            biased;
            Some(_) = connections.join_next() => {}
            stop = &mut stop => break stop,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => open(&mut connections, accepted),
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(PAUSE).await;
                }
            },
        }
    };
    // Clients that have connected by now may have sent a request. Nothing may cut this loop short.
    while let Some(Ok(accepted)) = unconstrained(listener.accept()).now_or_never() {
        open(&mut connections, accepted);
    }
    drop(listener);
    hang_up.send_replace(stop.hang_up);
    let ended = async { while connections.join_next().await.is_some() {} };
    // The connections that are left end when the set is dropped.
    timeout(stop.within, ended).await.ok();
    Ok(())
}

/// Answers the requests of one connection until it ends.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut hangs_up: watch::Receiver<bool>,
) {
    stream.set_nodelay(true).ok();
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(PIECE));
    let service = TowerToHyperService::new(AddExtension::new(router, ConnectInfo(peer)));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(Metered::new(Box::pin(stream))), service);
    let mut served = pin!(served);
    tokio::select! {
        // How a connection ended does not matter: a client may leave at any time.
        _ = &mut served => return,
        _ = hangs_up.wait_for(|hangs_up| *hangs_up) => served.as_mut().graceful_shutdown(),
    }
    served.await.ok();
}
