//! Tests of export over gRPC from a program without an async runtime.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::child_process::ChildProcess;
use crate::receiver::free_port;

/// Counts the received spans, and the requests that are still to be refused.
#[derive(Debug, Default)]
struct Counts {
    spans: AtomicU64,
    refusals: AtomicUsize,
    peers: std::sync::Mutex<Vec<Option<SocketAddr>>>,
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
        let scopes = request.into_inner().resource_spans.into_iter();
        let scopes = scopes.flat_map(|resource| resource.scope_spans);
        let spans = scopes.map(|scope| scope.spans.len() as u64).sum();
        self.0.spans.fetch_add(spans, Ordering::SeqCst);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A collector that speaks gRPC, as long as the runtime lives.
fn collector(refusals: usize) -> (Runtime, String, Arc<Counts>) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let counts = Arc::new(Counts {
        refusals: refusals.into(),
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
    runtime.spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    (runtime, format!("http://{address}"), counts)
}

#[test]
fn spans_go_over_grpc_on_one_connection() {
    for (refusals, threads, compression) in [(0, "1", "none"), (2, "64", "gzip")] {
        let (_running, endpoint, counts) = collector(refusals);
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
        exit.line.contains("see OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{}",
        exit.line
    );
}
