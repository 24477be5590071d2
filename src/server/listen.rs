//! Serves a router on an address: so many connections and no more, clients that are slow to send or
//! to read are hung up on, and a stop waits for what is under way, up to a deadline.

use super::wire::Metered;
use axum::Router;
use axum_server::{Handle, accept::Accept};
use hyper_util::rt::TokioTimer;
use std::{
    future::{Ready, ready},
    io,
    net::{SocketAddr, TcpListener},
    num::NonZeroU32,
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
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

/// Serves until the handle says to stop.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: NonZeroU32,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let connections = Connections { places: Arc::new(Semaphore::new(most.get() as usize)) };
    let mut server =
        axum_server::from_tcp(listener)?.acceptor(connections).http1_only().handle(handle);
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEAD);
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// Gives every connection a place and its timeout. Without a place it is closed.
#[derive(Clone)]
struct Connections {
    places: Arc<Semaphore>,
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Metered<Pin<Box<TimeoutWriter<TcpStream>>>>;
    /// The service of a connection is dropped with it, and its place too.
    type Service = AddExtension<S, Arc<OwnedSemaphorePermit>>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let accept = || {
            let place = self.places.clone().try_acquire_owned().map_err(io::Error::other)?;
            stream.set_nodelay(true)?;
            let mut stream = TimeoutWriter::new(stream);
            stream.set_timeout(Some(PIECE));
            Ok((Metered::new(Box::pin(stream)), AddExtension::new(service, Arc::new(place))))
        };
        ready(accept())
    }
}
