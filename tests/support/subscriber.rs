//! A `tracing` subscriber whose log lines and OpenTelemetry spans are kept in memory.

use opentelemetry_sdk::trace::Sampler;
use tracing::{Dispatch, Metadata};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::{Lines, Recorder};

/// The layers of a [`TestSubscriber`].
#[derive(Clone, Copy, Debug)]
pub struct Layers {
    /// A `fmt` layer, without time and colours.
    pub lines: bool,
    /// The layer of `tracing-opentelemetry`.
    pub spans: bool,
    /// Entering a span makes its context current.
    pub activation: bool,
    /// Returns `true` for spans and events that the layers get.
    pub enabled: fn(&Metadata<'_>) -> bool,
    /// Returns `true` for those that the layer of `tracing-opentelemetry` gets.
    pub spans_enabled: fn(&Metadata<'_>) -> bool,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            lines: true,
            spans: true,
            activation: true,
            enabled: |_| true,
            spans_enabled: |_| true,
        }
    }
}

/// A subscriber, what it wrote and the spans that ended in it.
#[derive(Debug)]
pub struct TestSubscriber {
    /// The spans.
    pub recorder: Recorder,
    lines: Lines,
    dispatch: Dispatch,
}

impl TestSubscriber {
    /// Makes a subscriber that samples every root.
    #[must_use]
    pub fn new(layers: Layers) -> Self {
        Self::with_sampler(layers, Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }

    /// Makes a subscriber with a sampler.
    #[must_use]
    pub fn with_sampler(layers: Layers, sampler: Sampler) -> Self {
        Self::with_recorder(layers, Recorder::with_sampler(sampler))
    }

    /// Makes a subscriber whose spans are those of `recorder`.
    #[must_use]
    pub fn with_recorder(layers: Layers, recorder: Recorder) -> Self {
        let lines = Lines::default();
        let fmt = tracing_subscriber::fmt::layer()
            .without_time()
            .with_ansi(false)
            .with_writer(lines.clone());
        let spans = tracing_opentelemetry::layer()
            .with_tracer(recorder.tracer())
            .with_context_activation(layers.activation)
            .with_filter(FilterFn::new(layers.spans_enabled));
        let subscriber = registry()
            .with(layers.spans.then_some(spans))
            .with(layers.lines.then_some(fmt))
            .with(FilterFn::new(layers.enabled));
        Self {
            recorder,
            lines,
            dispatch: Dispatch::new(subscriber),
        }
    }

    /// The subscriber itself.
    #[must_use]
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Calls `work` with this subscriber for the thread's default.
    pub fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        tracing::dispatcher::with_default(&self.dispatch, work)
    }

    /// Returns the lines that were logged, without the spaces around them.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.all()
    }
}
