//! Starting spans: which tracer, for how long it may be kept, and what came of it.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, TraceContextExt as _, TraceFlags, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, global};

use super::clock::Ticks;

/// Spans that a tracer from `global` may start before it is fetched anew.
const USES: u32 = 1024;

/// The same, while `global` has no provider: one that is installed is to be found soon.
const USES_WITHOUT_PROVIDER: u32 = 64;

/// How long a tracer from `global` may be kept, where the time is known.
const AGE: Duration = Duration::from_secs(1);

/// What came of starting a span.
#[derive(Debug)]
pub(crate) enum Started<'a> {
    /// The context holds the span, and the span records.
    Recording(Context),
    /// Nothing records: the context to run under, so that what is started below stays in the
    /// trace and follows the same decision. Often it is the parent's own.
    Silent(Cow<'a, Context>),
}

impl Started<'_> {
    pub(crate) fn context(&self) -> &Context {
        match self {
            Self::Recording(context) => context,
            Self::Silent(context) => context,
        }
    }

    pub(crate) fn into_owned(self) -> Started<'static> {
        match self {
            Self::Recording(context) => Started::Recording(context),
            Self::Silent(context) => Started::Silent(Cow::Owned(context.into_owned())),
        }
    }
}

/// Where tracers come from.
#[derive(Clone, Default)]
pub(crate) enum Provider {
    /// Whatever `opentelemetry::global` has at the time.
    #[default]
    Global,
    /// One that the user gave.
    Given(Arc<dyn StartSpan>),
}

impl Provider {
    pub(crate) fn given<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        Self::Given(Arc::new(provider.tracer_with_scope(scope())))
    }

    /// Starts one span, for callers that start few.
    pub(crate) fn start<'a>(&self, builder: SpanBuilder, parent: &'a Context) -> Started<'a> {
        TracerCache::new(self.clone()).start(parent, None, move || builder.clone())
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "Global",
            Self::Given(_) => "Given",
        })
    }
}

/// A tracer that one thread keeps.
///
/// Fetching one from `global` takes a lock and two allocations, so it is not done for each span.
/// But a tracer fetched before a provider was installed is a no-op for ever, and one of a provider
/// that was replaced keeps that provider alive: so it is given back when the thread has nothing to
/// do ([`rest`](Self::rest)), after a number of spans or a second, and as soon as it is found dead.
#[derive(Debug)]
pub(crate) struct TracerCache {
    provider: Provider,
    tracer: Option<Cached>,
}

struct Cached {
    tracer: Box<dyn StartSpan>,
    uses_left: u32,
    fetched: Option<Ticks>,
    alive: bool,
}

impl TracerCache {
    pub(crate) fn new(provider: Provider) -> Self {
        Self {
            provider,
            tracer: None,
        }
    }

    /// Gives the tracer back: to be called before the thread waits for work.
    pub(crate) fn rest(&mut self) {
        self.tracer = None;
    }

    /// Whether the last span found no provider, so that the next one will hardly find one.
    pub(crate) fn is_idle(&self) -> bool {
        self.tracer.as_ref().is_some_and(|cached| !cached.alive)
    }

    /// Starts a span under `parent`. `builder` may be called twice.
    pub(crate) fn start<'a>(
        &mut self,
        parent: &'a Context,
        now: Option<Ticks>,
        builder: impl Fn() -> SpanBuilder,
    ) -> Started<'a> {
        let outcome = match &self.provider {
            Provider::Given(tracer) => tracer.start(builder(), parent),
            Provider::Global => self.start_with_global(parent, now, builder),
        };
        match outcome {
            Outcome::Recording(context) => Started::Recording(context),
            Outcome::Dropped(span_context) => Started::Silent(dropped(&span_context, parent)),
            Outcome::Inactive => Started::Silent(Cow::Borrowed(parent)),
        }
    }

    fn start_with_global(
        &mut self,
        parent: &Context,
        now: Option<Ticks>,
        builder: impl Fn() -> SpanBuilder,
    ) -> Outcome {
        let mut cached = match self.tracer.take() {
            Some(cached) if cached.may_be_used(now) => cached,
            _ => Cached::fetch(now),
        };
        let mut outcome = cached.tracer.start(builder(), parent);
        if matches!(outcome, Outcome::Inactive) && cached.alive && !parent.is_telemetry_suppressed()
        {
            // Its provider was shut down: there may be another by now.
            cached = Cached::fetch(now);
            outcome = cached.tracer.start(builder(), parent);
        }
        cached.uses_left -= 1;
        cached.alive |= !matches!(outcome, Outcome::Inactive);
        if !cached.alive {
            cached.uses_left = cached.uses_left.min(USES_WITHOUT_PROVIDER);
        }
        self.tracer = Some(cached);
        outcome
    }
}

impl Cached {
    fn fetch(now: Option<Ticks>) -> Self {
        Self {
            tracer: Box::new(global::tracer_with_scope(scope())),
            uses_left: USES,
            fetched: now,
            alive: false,
        }
    }

    fn may_be_used(&self, now: Option<Ticks>) -> bool {
        let is_old = match (self.fetched, now) {
            (Some(fetched), Some(now)) => now.since(fetched) > AGE,
            _ => false,
        };
        self.uses_left > 0 && !is_old
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("uses_left", &self.uses_left)
            .finish_non_exhaustive()
    }
}

/// A tracer of any provider. Unlike the API's own boxed tracer it boxes a span only when the span
/// records, and then once.
pub(crate) trait StartSpan: Send + Sync {
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Outcome;
}

pub(crate) enum Outcome {
    Recording(Context),
    /// A sampler decided against it.
    Dropped(SpanContext),
    /// There is no provider, or it is shut down, or telemetry is suppressed.
    Inactive,
}

impl<T> StartSpan for T
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Outcome {
        let span = self.build_with_context(builder, parent);
        if span.is_recording() {
            return Outcome::Recording(parent.with_span(span));
        }
        let span_context = span.span_context();
        let parent_span_id = parent.span().span_context().span_id();
        if span_context.is_valid() && span_context.span_id() != parent_span_id {
            Outcome::Dropped(span_context.clone())
        } else {
            Outcome::Inactive
        }
    }
}

/// The context for a run whose span was dropped by the sampler.
///
/// Where a span of this process is the parent and is not sampled either, that is the parent
/// itself: no span of its own would ever be seen, and a context costs an allocation. Otherwise
/// the decision must be visible below, in the same trace, and a parent id that came from another
/// process is not sent on as if it were ours (W3C Trace Context, section 3.2.2.4). The random
/// flag, which the SDK clears, is a property of the trace id and stays.
fn dropped<'a>(span_context: &SpanContext, parent: &'a Context) -> Cow<'a, Context> {
    let parent_span = parent.span();
    let above = parent_span.span_context();
    let is_silent_here = above.is_valid() && !above.is_sampled() && !above.is_remote();
    if is_silent_here && above.trace_state() == span_context.trace_state() {
        return Cow::Borrowed(parent);
    }
    let flags = above.trace_flags() | span_context.trace_flags();
    Cow::Owned(parent.with_remote_span_context(SpanContext::new(
        span_context.trace_id(),
        span_context.span_id(),
        flags & !TraceFlags::SAMPLED,
        false,
        span_context.trace_state().clone(),
    )))
}

fn scope() -> InstrumentationScope {
    static SCOPE: LazyLock<InstrumentationScope> = LazyLock::new(|| {
        InstrumentationScope::builder("traced-worker")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build()
    });
    SCOPE.clone()
}
