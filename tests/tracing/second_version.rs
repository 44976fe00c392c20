//! A program whose spans are those of another version of OpenTelemetry. That has globals and contexts
//! of its own, which no carrier holds; the `tracing` spans are the same.

use std::thread;

use opentelemetry_0_32::trace::TracerProvider as _;
use opentelemetry_sdk_0_32::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use traced_worker::{Carrier, bind, traced_worker};
use traced_worker_tests::Lines;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{fmt, registry};

use crate::pool;

/// A subscriber with spans of the other version.
struct Other {
    exporter: InMemorySpanExporter,
    lines: Lines,
    dispatch: tracing::Dispatch,
}

impl Other {
    fn new(activation: bool) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(opentelemetry_sdk_0_32::trace::Sampler::AlwaysOn)
            .with_simple_exporter(exporter.clone())
            .build();
        let lines = Lines::default();
        let spans = tracing_opentelemetry_0_33::layer()
            .with_tracer(provider.tracer("test"))
            .with_context_activation(activation);
        let lines_layer = fmt::layer().without_time().with_ansi(false);
        let subscriber = registry()
            .with(spans)
            .with(lines_layer.with_writer(lines.clone()));
        Self {
            exporter,
            lines,
            dispatch: tracing::Dispatch::new(subscriber),
        }
    }

    fn only(&self, name: &str) -> SpanData {
        let mut spans = self.exporter.get_finished_spans().unwrap();
        spans.retain(|span| span.name == name);
        assert_eq!(spans.len(), 1, "{name}");
        spans.remove(0)
    }

    #[track_caller]
    fn assert_child(&self, child: &str, parent: &str) {
        let (child, parent) = (self.only(child), self.only(parent));
        let (context, above) = (child.span_context, parent.span_context);
        assert_eq!(context.trace_id(), above.trace_id());
        assert_eq!(child.parent_span_id, above.span_id());
    }

    fn lines(&self) -> Vec<String> {
        self.lines.all()
    }
}

#[traced_worker(tracing)]
fn worker() {
    info_span!("inside").in_scope(|| info!("hello"));
}

#[traced_worker(tracing)]
async fn task() {
    tokio::task::yield_now().await;
    info_span!("inside").in_scope(|| info!("hello"));
}

#[test]
fn a_tracing_workers_span_is_a_child_all_the_same() {
    for activation in [true, false] {
        let other = Other::new(activation);
        tracing::dispatcher::with_default(&other.dispatch, || {
            let pool = pool(worker::pool());
            let caller = info_span!("caller", n = 3).entered();
            assert!(
                Carrier::current().is_empty(),
                "the carrier is of one version"
            );
            pool.dispatch(()).unwrap().wait().unwrap();
            drop(caller);
        });
        other.assert_child("worker", "caller");
        other.assert_child("inside", "worker");
        let line = "INFO caller{n=3}:worker:inside: tracing::second_version: hello";
        assert_eq!(other.lines(), [line]);
    }
}

#[test]
fn so_is_that_of_an_async_worker() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    for activation in [true, false] {
        let other = Other::new(activation);
        tracing::dispatcher::with_default(&other.dispatch, || {
            let builder = task::pool().runtime(runtime.handle());
            let pool = builder.inherit_subscriber().start().unwrap();
            let handle = info_span!("caller").in_scope(|| pool.dispatch(()).unwrap());
            runtime.block_on(handle).unwrap();
        });
        other.assert_child("task", "caller");
        other.assert_child("inside", "task");
    }
}

#[test]
fn a_bound_closure_is_inside_of_its_span() {
    for activation in [true, false] {
        let other = Other::new(activation);
        tracing::dispatcher::with_default(&other.dispatch, || {
            info_span!("caller").in_scope(|| {
                let work = bind(|| info_span!("inside").in_scope(|| info!("hello")));
                thread::spawn(work).join().unwrap();
            });
        });
        other.assert_child("inside", "caller");
        let line = "INFO caller:inside: tracing::second_version: hello";
        assert_eq!(other.lines(), [line]);
    }
}
