//! What the cases under `pass` share: a worker run on a pool, and the span that it left.

use opentelemetry_sdk::trace::{InMemorySpanExporterBuilder, SdkTracerProvider, SpanData};
use traced_worker::{JoinHandle, PoolBuilder, SyncWorker};

/// Runs one message on a pool, and gives what the worker returned and the span that it left.
///
/// # Panics
///
/// If the worker does, or if there is not exactly one span.
pub fn run<W: SyncWorker>(pool: PoolBuilder<W>, message: W::Message) -> (W::Output, Recorded) {
    let (mut outputs, span) = run_all(pool, [message]);
    (outputs.remove(0), span)
}

/// The same for the messages of one batch.
///
/// # Panics
///
/// If the worker does, or if there is not exactly one span.
pub fn run_all<W: SyncWorker>(
    pool: PoolBuilder<W>,
    messages: impl IntoIterator<Item = W::Message>,
) -> (Vec<W::Output>, Recorded) {
    let exporter = InMemorySpanExporterBuilder::new().build();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let pool = pool
        .threads(1)
        .tracer_provider(&provider)
        .start()
        .expect("a thread");
    let dispatch = |message| pool.dispatch(message).expect("a place in the queue");
    let handles: Vec<_> = messages.into_iter().map(dispatch).collect();
    let outputs = handles.into_iter().map(JoinHandle::wait);
    let outputs = outputs.map(|output| output.expect("no panic")).collect();
    let report = pool.shutdown(std::time::Duration::from_secs(10));
    assert!(report.is_clean(), "{report:?}");
    let mut spans = exporter.get_finished_spans().expect("an exporter");
    assert_eq!(spans.len(), 1, "{spans:?}");
    (outputs, Recorded(spans.remove(0)))
}

/// The span of a worker.
#[derive(Debug)]
pub struct Recorded(pub SpanData);

impl Recorded {
    /// An attribute as text, a string in quotes; empty if it is not there.
    #[must_use]
    pub fn attribute(&self, key: &str) -> String {
        let attributes = &self.0.attributes;
        let found = attributes.iter().find(|one| one.key.as_str() == key);
        found.map_or_else(String::new, |one| match &one.value {
            opentelemetry::Value::String(text) => format!("{:?}", text.as_str()),
            other => other.to_string(),
        })
    }
}
