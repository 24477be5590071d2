//! Serves a router on an address: so many connections and no more, clients that are slow to send or
//! to read are hung up on, and a stop waits for what is under way, up to a deadline.

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

/// For all the headers of a request, from the end of the one before (INP-02).
const HEADERS: Duration = Duration::from_secs(10);
/// For the client to take the next piece of an answer. How long a body may take to come in is for
/// the layers to say, and when the next request must be there for the line above.
const PIECE: Duration = Duration::from_secs(30);
/// A request's headers fit into this many bytes.
const HEAD: usize = 16 * 1024;
/// After a connection that could not be accepted, as when too many files are open.
const PAUSE: Duration = Duration::from_millis(50);

/// How a server ends.
pub struct Stop {
    /// Closes the connections that wait for a request at once, though one may be on its way. Else each
    /// stays until its next answer, which tells it to close, or until it has waited for too long.
    pub hang_up: bool,
    /// How long requests under way may go on.
    pub within: Duration,
}

/// Serves until it is told to stop, then until the last connection has ended or the time is over.
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
    // Beyond so many, the next one is closed.
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
    // Those that have connected by now may have sent a request. Nothing may cut this short.
    while let Some(Ok(accepted)) = unconstrained(listener.accept()).now_or_never() {
        open(&mut connections, accepted);
    }
    drop(listener);
    hang_up.send_replace(stop.hang_up);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What is left then ends with the set that holds it.
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
        // How a connection ended is nothing to us: a client may leave as it likes.
        _ = &mut served => return,
        _ = hangs_up.wait_for(|hangs_up| *hangs_up) => served.as_mut().graceful_shutdown(),
    }
    served.await.ok();
}
