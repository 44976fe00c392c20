//! Spans recorded in memory, of one provider.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Value, trace::SpanId};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, Sampler, SdkTracer, SdkTracerProvider, SpanData,
};

/// A provider of its own, and the spans that ended in it.
#[derive(Debug)]
pub struct Recorder {
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Recorder {
    /// Records every span, as the SDK's default sampler says.
    #[must_use]
    pub fn new() -> Self {
        Self::with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }

    /// Records what `sampler` says.
    #[must_use]
    pub fn with_sampler(sampler: Sampler) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .with_sampler(sampler)
            .build();
        Self { provider, exporter }
    }

    /// The provider, to start pools with.
    #[must_use]
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// A tracer for the test's own spans.
    #[must_use]
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    /// All spans that have ended so far, in the order of their end.
    ///
    /// # Panics
    ///
    /// If the exporter's lock is poisoned.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().expect("spans")
    }

    /// The spans of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<SpanData> {
        let mut spans = self.spans();
        spans.retain(|span| span.name == name);
        spans
    }

    /// The one span of this name.
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

/// The value of an attribute of `span`.
///
/// # Panics
///
/// If it is set more than once.
#[must_use]
pub fn attribute<'a>(span: &'a SpanData, key: &str) -> Option<&'a Value> {
    let mut found = span.attributes.iter().filter(|it| it.key.as_str() == key);
    let value = found.next().map(|it| &it.value);
    assert!(found.next().is_none(), "{key} is set once");
    value
}

/// The value of an attribute of the one event `name` of `span`.
///
/// # Panics
///
/// If there is more than one.
#[must_use]
pub fn event_attribute(span: &SpanData, name: &str, key: &str) -> Option<String> {
    let mut events = span.events.iter().filter(|event| event.name == name);
    let event = events.next()?;
    assert!(events.next().is_none(), "{name} is recorded once");
    let mut found = event.attributes.iter().filter(|it| it.key.as_str() == key);
    found.next().map(|it| it.value.to_string())
}
