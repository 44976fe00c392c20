//! A small OTLP collector that answers by a script.

mod http;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub use self::http::{Answer, Request};

/// A collector that listens on a port of the loopback interface.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// The state that its threads share.
struct Shared {
    script: Box<dyn Fn(usize) -> Answer + Send + Sync>,
    connections: AtomicUsize,
    requests: Mutex<Vec<Request>>,
    arrived: Condvar,
}

impl Receiver {
    /// Answers everything with one status.
    #[must_use]
    pub fn start(status: u16) -> Self {
        Self::answering(move |_| Answer::Status(status))
    }

    /// Answers the requests with `script(0)`, `script(1)`, ..
    pub fn answering(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::on(free_port(), script)
    }

    /// Does the same on this port.
    ///
    /// # Panics
    ///
    /// If the listener has no address.
    pub fn on(
        listener: TcpListener,
        script: impl Fn(usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serve(listener, None, script)
    }

    /// Does the same on a free port, with TLS.
    pub fn with_tls(
        config: Arc<ServerConfig>,
        script: impl Fn(usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serve(free_port(), Some(config), script)
    }

    fn serve(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            script: Box::new(script),
            connections: AtomicUsize::new(0),
            requests: Mutex::default(),
            arrived: Condvar::new(),
        });
        let share = Arc::clone(&shared);
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let share = Arc::clone(&share);
                let connection = tls.clone().map(ServerConnection::new);
                thread::spawn(move || match connection {
                    None => http::serve(stream, &share),
                    Some(Ok(connection)) => {
                        http::serve(StreamOwned::new(connection, stream), &share);
                    }
                    Some(Err(error)) => panic!("{error}"),
                });
            }
        });
        Self { address, shared }
    }

    /// Returns the address with this path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the number of connections that had a request.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Returns all requests, answered or not.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests().clone()
    }

    /// Waits until this many requests have arrived, answered or not.
    pub fn wait_for(&self, requests: usize) {
        let arrived = &self.shared.arrived;
        let waited = arrived.wait_while(self.shared.requests(), |seen| seen.len() < requests);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns the number of spans in requests that were answered with success.
    #[must_use]
    pub fn spans(&self) -> u64 {
        self.received().len() as u64
    }

    /// Returns the spans in requests that were answered with success.
    #[must_use]
    pub fn received(&self) -> Vec<Span> {
        let requests = self.shared.requests();
        let taken = requests.iter().filter(|request| request.is_taken);
        taken.flat_map(Request::spans).collect()
    }

    /// Returns the number of spans in all requests.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.shared
            .requests()
            .iter()
            .flat_map(Request::spans)
            .count() as u64
    }
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// Decodes the body.
    ///
    /// # Panics
    ///
    /// If it is not OTLP.
    #[must_use]
    pub fn decode(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(self.body.as_slice()).expect("OTLP")
    }

    fn spans(&self) -> impl Iterator<Item = Span> + use<> {
        let scopes = self.decode().resource_spans.into_iter();
        let scopes = scopes.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans)
    }

    /// Returns the attributes of the resource that all spans of this request share.
    ///
    /// # Panics
    ///
    /// If they have several resources, or none.
    #[must_use]
    pub fn resource(&self) -> BTreeMap<String, String> {
        let mut resources = self.decode().resource_spans;
        assert_eq!(resources.len(), 1);
        let attributes = resources.remove(0).resource.expect("a resource").attributes;
        let text = attributes.into_iter().map(|attribute| {
            let value = attribute.value.and_then(|value| value.value);
            let text = match value.expect("a value") {
                Value::StringValue(text) => text,
                Value::IntValue(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            (attribute.key, text)
        });
        text.collect()
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Returns a listener on a free port.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}
