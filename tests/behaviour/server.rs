//! A server's graceful shutdown is a step before: a request in flight is answered, and neither its
//! span nor the worker's is lost.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt as _, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry_sdk::trace::SdkTracer;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use traced_worker::{Pool, Shutdown, traced_worker};
use traced_worker_tests::{HANGS, Latch, Recorder, join, latch, wait_until};

#[traced_worker(name = "worker_process")]
fn process(latch: Latch) -> &'static str {
    latch.hold();
    "processed"
}

#[derive(Clone)]
struct App {
    pool: Pool<process>,
    tracer: SdkTracer,
    latches: crossbeam_channel::Receiver<Latch>,
}

async fn handle(State(app): State<App>) -> String {
    let span = app.tracer.span_builder("GET /").with_kind(SpanKind::Server);
    let context = Context::new().with_span(span.start(&app.tracer));
    let latch = app.latches.recv().unwrap();
    let handled = async {
        match app.pool.call_async(latch).await {
            Ok(text) => text.to_owned(),
            Err(error) => error.to_string(),
        }
    };
    handled.with_context(context).await
}

fn request(address: std::net::SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_request_in_flight_is_answered_and_its_spans_are_exported() {
    let recorder = Recorder::new();
    let pool = recorder.pool(process::pool());
    let (latches, receiver) = crossbeam_channel::bounded(1);
    let (latch, release) = latch();
    latches.send(latch).unwrap();
    let app = App {
        pool: pool.clone(),
        tracer: recorder.tracer(),
        latches: receiver,
    };

    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new().route("/", get(handle)).with_state(app);
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let (done, ended) = crossbeam_channel::bounded(1);
    runtime.spawn(async move { done.send(server.await.is_ok()) });

    let provider = recorder.provider().clone();
    let (begun, begins) = crossbeam_channel::bounded(1);
    let shutdown = Shutdown::builder()
        .timeout(HANGS)
        .before(move |left| {
            let _ = stop.send(());
            begun.send(()).unwrap();
            assert!(ended.recv_timeout(left).unwrap());
        })
        .pool(&pool)
        .provider(move |_| provider.force_flush())
        .build();
    thread::scope(|scope| {
        let release = release;
        let client = scope.spawn(|| request(address));
        release.wait_until_held();
        let running = scope.spawn(|| shutdown.run());
        begins.recv_timeout(HANGS).unwrap();
        // The listener is closed, while the request is in flight.
        wait_until(|| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
        assert!(!pool.is_closed(), "the front end ends first");
        release.release();
        let answer = join(client);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with("processed"), "{answer}");
        let report = join(running);
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.jobs.completed, 1);
    });
    let server = recorder.only("GET /");
    let call = recorder.only("call worker_process");
    Recorder::assert_root(&server);
    Recorder::assert_child(&call, &server);
    Recorder::assert_child(&recorder.only("worker_process"), &call);
}
