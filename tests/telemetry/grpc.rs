//! Tests of export over gRPC from a program without an async runtime.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::runtime::{Builder, Runtime};
use tonic::metadata::MetadataMap;
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status};

use crate::child_process::{ChildProcess, Exit};
use crate::receiver::free_port;
use crate::role::{Role, stderr};

/// Counts the received spans, and the requests that are still to be refused.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) spans: AtomicU64,
    refusals: AtomicUsize,
    requests: AtomicUsize,
    answer: Answer,
    metadata: std::sync::Mutex<MetadataMap>,
    peers: std::sync::Mutex<Vec<Option<SocketAddr>>>,
}

/// The answer to a request that is not refused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Answer {
    #[default]
    Success,
    /// This number of spans is rejected, with a sentence.
    Partial(i64, &'static str),
    Error(Code, &'static str),
    /// Success for a request of at most this many bytes.
    Limit(usize),
}

struct Service(Arc<Counts>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let peer = request.remote_addr();
        let mut peers = self.0.peers.lock().expect("no panic");
        if !peers.contains(&peer) {
            peers.push(peer);
        }
        let refuses = |left: usize| left.checked_sub(1);
        let refusals = &self.0.refusals;
        if refusals
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, refuses)
            .is_ok()
        {
            return Err(Status::unavailable("come back"));
        }
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        *self.0.metadata.lock().expect("no panic") = request.metadata().clone();
        let partial_success = match self.0.answer {
            Answer::Success | Answer::Limit(_) => None,
            Answer::Error(code, message) => return Err(Status::new(code, message)),
            Answer::Partial(rejected_spans, error_message) => Some(ExportTracePartialSuccess {
                rejected_spans,
                error_message: error_message.into(),
            }),
        };
        let scopes = request.into_inner().resource_spans.into_iter();
        let scopes = scopes.flat_map(|resource| resource.scope_spans);
        let spans = scopes.map(|scope| scope.spans.len() as u64).sum();
        self.0.spans.fetch_add(spans, Ordering::SeqCst);
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success,
        }))
    }
}

/// A collector that speaks gRPC, as long as the runtime lives.
pub(crate) fn collector(
    refusals: usize,
    answer: Answer,
    tls: Option<ServerTlsConfig>,
) -> (Runtime, String, Arc<Counts>) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let counts = Arc::new(Counts {
        refusals: refusals.into(),
        answer,
        ..Counts::default()
    });
    let port = free_port();
    let address = port.local_addr().expect("its address");
    drop(port);
    let incoming = {
        let _inside = runtime.enter();
        tonic::transport::server::TcpIncoming::bind(address).expect("the port")
    };
    let service = TraceServiceServer::new(Service(Arc::clone(&counts)))
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip);
    let service = match answer {
        Answer::Limit(bytes) => service.max_decoding_message_size(bytes),
        _ => service,
    };
    let mut server = Server::builder();
    if let Some(tls) = tls {
        server = server.tls_config(tls).expect("certificates");
    }
    runtime.spawn(server.add_service(service).serve_with_incoming(incoming));
    (runtime, format!("http://{address}"), counts)
}

#[test]
fn spans_go_over_grpc_on_one_connection() {
    for (refusals, threads, compression) in [(0, "1", "none"), (2, "64", "gzip")] {
        let (_running, endpoint, counts) = collector(refusals, Answer::Success, None);
        let mut child = ChildProcess::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
            ("TEST_PROGRAM_THREADS", threads),
        ]);
        for _ in 0..3 {
            assert_eq!(child.send("run 1000"), "ran 1000");
            assert_eq!(child.send("flush"), "flushed");
        }
        assert_eq!(child.send("stop"), "stopping");
        let exit = child.wait_for_exit();
        assert_eq!(exit.code, Some(0));
        exit.assert_adds_up();
        assert_eq!(
            (exit.get("exported"), exit.get("dropped")),
            (3000, 0),
            "{exit:?}"
        );
        assert_eq!(counts.spans.load(Ordering::SeqCst), 3000);
        assert_eq!(counts.peers.lock().expect("no panic").len(), 1);
    }
}

#[test]
fn a_collector_that_is_not_there_is_reported() {
    let port = free_port();
    let endpoint = format!("http://{}", port.local_addr().expect("its address"));
    drop(port);
    let mut child = ChildProcess::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ]);
    assert_eq!(child.send("run 10"), "ran 10");
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    assert_eq!(
        (exit.code, exit.get("export_failed")),
        (Some(0), 10),
        "{exit:?}"
    );
    assert!(
        exit.line
            .contains("(OTEL_EXPORTER_OTLP_ENDPOINT) could not be reached: Connection refused"),
        "{}",
        exit.line
    );
}

/// Runs this many messages against a collector with this answer.
#[track_caller]
fn run(messages: u64, answer: Answer) -> (Exit, Arc<Counts>) {
    let (_running, endpoint, counts) = collector(0, answer, None);
    let mut child = ChildProcess::start(&[
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            &endpoint.replace("http://", "http://user:password@"),
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=1234567"),
    ]);
    let ran = child.send(&format!("run {messages}"));
    assert_eq!(ran, format!("ran {messages}"));
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    (exit, counts)
}

#[test]
fn spans_that_the_collector_rejects_are_lost() {
    for (rejected, exported) in [(4, 0), (i64::MAX, 0), (3, 1), (0, 4), (-1, 4)] {
        let (exit, _) = run(4, Answer::Partial(rejected, "too old"));
        let counts = (exit.get("exported"), exit.get("export_failed"));
        assert_eq!(counts, (exported, 4 - exported), "{rejected}: {exit:?}");
        let text = " of 4 spans: too old";
        assert_eq!(exit.line.contains(text), rejected > 0, "{}", exit.line);
    }
}

#[test]
fn a_batch_that_is_too_large_is_split_and_sent_again() {
    let (exit, counts) = run(64, Answer::Limit(2000));
    assert_eq!((exit.get("exported"), exit.get("dropped")), (64, 0));
    assert_eq!(counts.spans.load(Ordering::SeqCst), 64);
    assert!(counts.requests.load(Ordering::SeqCst) > 2);
    let (exit, _) = run(4, Answer::Limit(10));
    let lost = (exit.get("exported"), exit.get("export_failed"));
    assert_eq!(lost, (0, 4), "{exit:?}");
    assert!(exit.line.contains("answered OutOfRange"), "{}", exit.line);
}

#[test]
fn an_error_has_the_collector_s_sentence_and_no_key() {
    let sentence = "no access for Basic dXNlcjpwYXNzd29yZA== with 1234567";
    let (exit, counts) = run(4, Answer::Error(Code::Unauthenticated, sentence));
    assert_eq!(exit.get("export_failed"), 4, "{exit:?}");
    assert_eq!(counts.requests.load(Ordering::SeqCst), 1, "not repeated");
    let text = &exit.line;
    let expected = "(OTEL_EXPORTER_OTLP_ENDPOINT) answered Unauthenticated: no access for";
    assert!(text.contains(expected), "{text}");
    for secret in ["password", "dXNlcjpwYXNzd29yZA", "1234567"] {
        assert!(!text.contains(secret), "{text}");
    }
    let metadata = counts.metadata.lock().expect("no panic").clone();
    let value = |name| metadata.get(name).map(|it| it.to_str().expect("ASCII"));
    assert_eq!(value("api-key"), Some("1234567"));
    let basic = "Basic dXNlcjpwYXNzd29yZA==";
    assert_eq!(value("authorization"), Some(basic));
}

#[test]
fn exports_make_no_spans() {
    let (_running, endpoint, counts) = collector(0, Answer::Success, None);
    let endpoint = endpoint.replace("127.0.0.1", "localhost");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ];
    let text = stderr(Role::TracesAll, &variables);
    assert_eq!(text, "20 ended, 20 exported, 0 dropped\n");
    assert_eq!(counts.requests.load(Ordering::SeqCst), 20);
}
