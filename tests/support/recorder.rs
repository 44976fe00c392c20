//! Spans recorded in memory, of one provider.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Value, trace::SpanId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, RandomIdGenerator, Sampler, SdkTracer, SdkTracerProvider, SpanData,
    SpanLimits, TracerProviderBuilder,
};
use traced_worker::{Pool, PoolBuilder, SyncWorker};

/// Returns a builder for a provider that has all its settings from code, so that no `OTEL_*`
/// variable of the shell changes it.
#[must_use]
pub fn provider_builder() -> TracerProviderBuilder {
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_id_generator(RandomIdGenerator::default())
        .with_span_limits(SpanLimits::default())
        .with_resource(Resource::builder_empty().build())
}

/// A provider of its own, and the spans that ended in it.
#[derive(Debug)]
pub struct Recorder {
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Recorder {
    /// Records roots, and children of sampled parents.
    #[must_use]
    pub fn new() -> Self {
        Self::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }

    /// Records the spans that `sampler` samples.
    #[must_use]
    pub fn with_sampler(sampler: Sampler) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = provider_builder()
            .with_sampler(sampler)
            .with_simple_exporter(exporter.clone())
            .build();
        Self { provider, exporter }
    }

    /// Starts a pool of one thread whose spans are recorded here.
    ///
    /// # Panics
    ///
    /// If it does not start.
    #[must_use]
    pub fn pool<W: SyncWorker>(&self, builder: PoolBuilder<W>) -> Pool<W> {
        builder
            .threads(1)
            .tracer_provider(&self.provider)
            .start()
            .expect("the pool starts")
    }

    /// The provider, for pools of several threads and for `global`.
    #[must_use]
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// Returns a tracer for the test's own spans.
    #[must_use]
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    /// Returns the spans that have ended in the order of their end.
    ///
    /// # Panics
    ///
    /// If the exporter's lock is poisoned.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().expect("spans")
    }

    /// Returns the ended spans of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<SpanData> {
        let mut spans = self.spans();
        spans.retain(|span| span.name == name);
        spans
    }

    /// Returns the one ended span of this name.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one.
    #[must_use]
    pub fn only(&self, name: &str) -> SpanData {
        let mut spans = self.named(name);
        assert_eq!(spans.len(), 1, "spans named {name}");
        spans.remove(0)
    }

    /// Asserts that `child` is a local child of `parent`, in its trace.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn assert_child(child: &SpanData, parent: &SpanData) {
        assert_eq!(
            child.span_context.trace_id(),
            parent.span_context.trace_id()
        );
        assert_eq!(child.parent_span_id, parent.span_context.span_id());
        assert!(
            !child.parent_span_is_remote,
            "the parent is in this process"
        );
    }

    /// Asserts that `span` has no parent.
    ///
    /// # Panics
    ///
    /// If it has one.
    pub fn assert_root(span: &SpanData) {
        assert_eq!(span.parent_span_id, SpanId::INVALID);
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the value of an attribute of `span`.
///
/// # Panics
///
/// If it is set more than once.
#[must_use]
pub fn attribute<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    let mut found = span.attributes.iter().filter(|it| it.key.as_str() == key);
    let value = found.next().map(|it| &it.value);
    assert!(found.next().is_none(), "{key} is set more than once");
    value
}

/// Returns the value of an attribute of the one event `name` of `span`.
///
/// # Panics
///
/// If there is more than one.
#[must_use]
pub fn event_attribute(span: &SpanData, name: &str, key: &str) -> Option<String> {
    let mut events = span.events.iter().filter(|event| event.name == name);
    let event = events.next()?;
    assert!(events.next().is_none(), "{name} is recorded more than once");
    let mut found = event.attributes.iter().filter(|it| it.key.as_str() == key);
    found.next().map(|it| it.value.to_string())
}
