//! Log records in a worker carry the trace id and the span id of the worker span, whichever way they
//! take. The logger of `log` and the subscriber of `tracing` are global, so they have a process of
//! their own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::OnceLock;

use log::Log;
use opentelemetry::global;
use opentelemetry_appender_log::OpenTelemetryLogBridge;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{
    InMemoryLogExporter, SdkLogRecord, SdkLogger, SdkLoggerProvider, TraceContext,
};
use opentelemetry_sdk::trace::SpanData;
use traced_worker::{Pool, Worker, traced_worker};
use traced_worker_tests::Recorder;
use tracing::level_filters::LevelFilter;
use tracing_log::LogTracer;
use tracing_subscriber::prelude::*;

#[traced_worker(tracing)]
fn traced(text: &'static str) {
    tracing::info!("{text} by tracing");
    log::info!("{text} by log");
}

#[traced_worker]
fn plain(text: &'static str) {
    tracing::info!("{text} by tracing");
    log::info!("{text} by log");
}

#[tracing::instrument]
fn inner(text: &'static str) {
    tracing::info!("{text} by tracing");
    log::info!("{text} by log");
}

#[traced_worker(tracing)]
fn outer(text: &'static str) {
    inner(text);
}

#[traced_worker(tracing)]
async fn traced_task(text: &'static str) {
    tokio::task::yield_now().await;
    tracing::info!("{text} by tracing");
    log::info!("{text} by log");
}

#[traced_worker]
async fn plain_task(text: &'static str) {
    tokio::task::yield_now().await;
    tracing::info!("{text} by tracing");
    log::info!("{text} by log");
}

/// The spans and the log records of the process.
struct Recorded {
    spans: Recorder,
    records: InMemoryLogExporter,
}

/// Hands each record of `log` to the subscriber of `tracing`, and to OpenTelemetry.
struct BothWays {
    tracing: LogTracer,
    opentelemetry: OpenTelemetryLogBridge<SdkLoggerProvider, SdkLogger>,
}

impl Log for BothWays {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        self.tracing.enabled(metadata) || self.opentelemetry.enabled(metadata)
    }

    fn log(&self, record: &log::Record<'_>) {
        self.tracing.log(record);
        self.opentelemetry.log(record);
    }

    fn flush(&self) {}
}

impl Recorded {
    fn of_process() -> &'static Self {
        static RECORDED: OnceLock<Recorded> = OnceLock::new();
        RECORDED.get_or_init(Self::install)
    }

    fn install() -> Self {
        let spans = Recorder::new();
        global::set_tracer_provider(spans.provider().clone());
        let records = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_simple_exporter(records.clone())
            .build();
        tracing_subscriber::registry()
            .with(LevelFilter::INFO)
            .with(OpenTelemetryTracingBridge::new(&provider))
            .with(tracing_opentelemetry::layer().with_tracer(spans.tracer()))
            .init();
        log::set_boxed_logger(Box::new(BothWays {
            tracing: LogTracer::new(),
            opentelemetry: OpenTelemetryLogBridge::new(&provider),
        }))
        .unwrap();
        log::set_max_level(log::LevelFilter::Info);
        Self { spans, records }
    }

    /// Runs a message, and returns the span of this name that it made, and its records.
    fn run<W: Worker<Message = &'static str>>(
        &self,
        pool: &Pool<W>,
        message: &'static str,
        name: &str,
    ) -> (SpanData, Vec<SdkLogRecord>) {
        pool.dispatch(message).unwrap().wait().unwrap();
        let records = self.records.get_emitted_logs().unwrap();
        let records = records.into_iter().map(|log| log.record);
        let records = records.filter(|it| format!("{:?}", it.body()).contains(message));
        (self.spans.only(name), records.collect())
    }
}

#[track_caller]
fn assert_all_in(records: &[SdkLogRecord], span: &SpanData) {
    // Of `tracing`; of `log` by way of `tracing`; of `log`.
    assert_eq!(records.len(), 3, "{records:?}");
    for record in records {
        let TraceContext {
            trace_id, span_id, ..
        } = record.trace_context().unwrap();
        let context = &span.span_context;
        assert_eq!(
            (*trace_id, *span_id),
            (context.trace_id(), context.span_id())
        );
    }
}

#[test]
fn records_in_a_worker_of_tracing_carry_its_span() {
    let recorded = Recorded::of_process();
    let (span, records) = recorded.run(&traced::pool().start().unwrap(), "traced", "traced");
    assert_all_in(&records, &span);
    // And they are events of the span.
    let events: Vec<_> = span.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["traced by tracing", "traced by log"]);
}

#[test]
fn records_in_a_plain_worker_carry_its_span() {
    let recorded = Recorded::of_process();
    let (span, records) = recorded.run(&plain::pool().start().unwrap(), "plain", "plain");
    assert_all_in(&records, &span);
}

#[test]
fn records_in_an_async_worker_carry_its_span() {
    let recorded = Recorded::of_process();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).build().unwrap();
    let pool = traced_task::pool().runtime(runtime.handle());
    let (span, records) = recorded.run(&pool.start().unwrap(), "task of tracing", "traced_task");
    assert_all_in(&records, &span);
    let pool = plain_task::pool().runtime(runtime.handle());
    let (span, records) = recorded.run(&pool.start().unwrap(), "task alone", "plain_task");
    assert_all_in(&records, &span);
}

#[test]
fn records_in_an_instrumented_function_of_a_worker_carry_the_functions_span() {
    let recorded = Recorded::of_process();
    let (span, records) = recorded.run(&outer::pool().start().unwrap(), "nested", "inner");
    assert_all_in(&records, &span);
    assert_eq!(
        span.parent_span_id,
        recorded.spans.only("outer").span_context.span_id()
    );
}
