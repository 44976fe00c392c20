//! An axum server with CPU-bound work: `POST /digest` answers with the SHA-256 digest of its body.
//!
//! A request's span is a child of the caller's `traceparent`, the worker's span is a child of the
//! request's, and each log line shows both. The answer has the `traceparent` of the request's span.
//!
//! ```sh
//! cargo run --release -p traced-worker-examples --bin server
//! curl -i --data-binary @Cargo.lock http://127.0.0.1:3000/digest
//! ```

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use clap::Parser;
use opentelemetry::trace::Status;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use traced_worker::{Carrier, Pool, Shutdown, telemetry, traced_worker};
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument as _, info, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::prelude::*;

#[derive(Debug, Parser)]
struct Arguments {
    /// The address to listen on.
    #[arg(default_value = "127.0.0.1:3000")]
    address: SocketAddr,
    /// The number of threads that digest.
    #[arg(long, default_value_t = 4)]
    threads: usize,
    /// The number of uploads that wait for a thread. A further one is answered with 503.
    #[arg(long, default_value_t = 256)]
    queue: usize,
}

/// The CPU-bound work. It runs on a thread of the pool, in a span of its own.
#[traced_worker(tracing, fields(bytes = upload.len()))]
fn digest(upload: Bytes) -> io::Result<String> {
    if upload.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no upload"));
    }
    let mut text = String::new();
    for byte in Sha256::digest(&upload) {
        let _ = write!(text, "{byte:02x}");
    }
    info!(sha256 = text, "digested");
    Ok(text)
}

/// Waits for the worker without blocking a thread of the runtime.
async fn upload(
    State(pool): State<Pool<digest>>,
    upload: Bytes,
) -> Result<String, (StatusCode, String)> {
    let refused = |status: StatusCode, error: &dyn Error| (status, format!("{error}\n"));
    let handle = pool
        .try_dispatch(upload)
        .map_err(|error| refused(StatusCode::SERVICE_UNAVAILABLE, &error))?;
    match handle.await {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(refused(StatusCode::BAD_REQUEST, &error)),
        // It panicked.
        Err(error) => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, &error)),
    }
}

/// Answers a request in a span that is a child of the caller's.
async fn in_request_span(request: Request, next: Next) -> Response {
    let span = info_span!(
        "POST /digest",
        otel.kind = "server",
        http.response.status_code = Empty
    );
    let headers = request.headers().iter();
    let carrier = Carrier::from_headers(headers.map(|(name, value)| (name.as_str(), value)));
    if let Err(error) = span.set_parent(carrier.extract()) {
        warn!(%error, "the request's span is a root");
    }
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.set_status(Status::error(status.as_str().to_owned()));
    }
    if let Some(value) = Carrier::inject(&span.context())
        .headers()
        .get("traceparent")
        && let Ok(value) = HeaderValue::from_str(value)
    {
        response.headers_mut().insert("traceparent", value);
    }
    response
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();

    // The SDK, and `tracing` on top of it: `fmt` for the log lines, the other layer for the spans.
    let telemetry = telemetry::builder().service_name("server").init()?;
    tracing_subscriber::registry()
        .with(LevelFilter::INFO)
        .with(tracing_subscriber::fmt::layer())
        .with(telemetry.tracing_layer())
        .init();

    let pool = digest::pool()
        .threads(arguments.threads)
        .queue_capacity(arguments.queue)
        .start()?;

    let runtime = Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind(arguments.address))?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/digest", post(upload))
        .layer(middleware::from_fn(in_request_span))
        .with_state(pool.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let server = runtime.spawn(server.into_future());

    let shutdown = Shutdown::builder()
        .timeout(Duration::from_secs(20))
        .before(move |left| {
            // The server takes no more requests, and answers the ones that it has taken.
            drop(stop);
            let answered = runtime.block_on(async { tokio::time::timeout(left, server).await });
            if answered.is_err() {
                warn!("requests are left unanswered");
            }
        })
        .pool(&pool)
        .telemetry(telemetry)
        .build();
    shutdown.on_signals()?;

    eprintln!("listening on http://{address}");
    let report = shutdown.wait();
    eprintln!("{report}");
    Ok(report.exit_code())
}
