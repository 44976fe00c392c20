//! A subscriber with log lines and spans in memory.

use opentelemetry_sdk::trace::Sampler;
use traced_worker_tests::{Lines, Recorder};
use tracing::dispatcher::{self, DefaultGuard, Dispatch};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

/// A subscriber, which is not the global one, and what it recorded.
pub(crate) struct App {
    pub(crate) recorder: Recorder,
    lines: Lines,
    dispatch: Dispatch,
}

impl App {
    pub(crate) fn new(activation: bool) -> Self {
        Self::with(Recorder::new(), activation, LevelFilter::TRACE)
    }

    pub(crate) fn unsampled(activation: bool) -> Self {
        let recorder = Recorder::with_sampler(Sampler::AlwaysOff);
        Self::with(recorder, activation, LevelFilter::TRACE)
    }

    /// OpenTelemetry has the spans of `level`, the log lines all of them.
    pub(crate) fn filtered(activation: bool, level: LevelFilter) -> Self {
        Self::with(Recorder::new(), activation, level)
    }

    pub(crate) fn without_opentelemetry() -> Self {
        let lines = Lines::default();
        let dispatch = Dispatch::new(Registry::default().with(log(&lines)));
        Self {
            recorder: Recorder::new(),
            lines,
            dispatch,
        }
    }

    fn with(recorder: Recorder, activation: bool, level: LevelFilter) -> Self {
        let lines = Lines::default();
        let spans = tracing_opentelemetry::layer()
            .with_tracer(recorder.tracer())
            .with_context_activation(activation)
            .with_filter(level);
        let dispatch = Dispatch::new(Registry::default().with(log(&lines)).with(spans));
        Self {
            recorder,
            lines,
            dispatch,
        }
    }

    /// Makes the subscriber the default of this thread.
    #[must_use]
    pub(crate) fn set_default(&self) -> DefaultGuard {
        dispatcher::set_default(&self.dispatch)
    }

    /// Returns the log lines so far, without white space around them.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.all()
    }
}

fn log<S>(lines: &Lines) -> impl tracing_subscriber::Layer<S> + use<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(lines.clone())
}
