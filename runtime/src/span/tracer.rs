//! Starts spans, with a tracer that follows a provider which is installed or replaced later.

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, TraceContextExt as _, TraceFlags, Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, global};

use super::attributes::RuntimeKeys;
use super::bounded_span::BoundedSpan;
use super::clock::Monotonic;
use super::text::TextLimit;
use crate::unwind;

/// The number of spans that a tracer from `global` starts before it is fetched anew.
const USES: u32 = 1024;

/// The same, while `global` has no provider: one that is installed must be found soon.
const USES_WITHOUT_PROVIDER: u32 = 64;

/// The age at which a tracer from `global` is fetched anew, if the time is known.
const AGE: Duration = Duration::from_secs(1);

/// `true` if `global` had no provider when a span was last started.
static NO_GLOBAL_PROVIDER: AtomicBool = AtomicBool::new(false);

/// `true` if a span of a `global` provider was recorded although its parent was not sampled.
static GLOBAL_RECORDS_UNSAMPLED: AtomicBool = AtomicBool::new(false);

/// A span that was started.
#[derive(Debug)]
pub(crate) enum StartedSpan<'a> {
    /// The span records; the context holds it.
    Recording(Context),
    /// The span does not record. Spans that are started under the context stay in its trace, and
    /// follow the same sampling decision. Often it is the parent's own context.
    NonRecording(Cow<'a, Context>),
}

impl StartedSpan<'_> {
    pub(crate) fn context(&self) -> &Context {
        match self {
            Self::Recording(context) => context,
            Self::NonRecording(context) => context,
        }
    }

    pub(crate) fn into_owned(self) -> StartedSpan<'static> {
        match self {
            Self::Recording(context) => StartedSpan::Recording(context),
            Self::NonRecording(context) => {
                StartedSpan::NonRecording(Cow::Owned(context.into_owned()))
            }
        }
    }
}

/// The source of tracers.
#[derive(Clone, Default)]
pub(crate) enum Provider {
    /// The provider that `opentelemetry::global` has when a span is started.
    #[default]
    Global,
    /// A provider of the user's.
    Given(Arc<Given>),
}

/// The tracer of a provider of the user's.
pub(crate) struct Given<T: ?Sized = dyn StartSpan> {
    records_unsampled: AtomicBool,
    tracer: T,
}

impl Provider {
    pub(crate) fn given<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        Self::Given(Arc::new(Given {
            records_unsampled: AtomicBool::new(false),
            tracer: provider.tracer_with_scope(scope()),
        }))
    }

    /// Returns a provider that starts no span: what runs under its contexts belongs to their spans.
    pub(crate) fn without_spans() -> Self {
        Self::Given(Arc::new(Given {
            records_unsampled: AtomicBool::new(false),
            tracer: NoSpans,
        }))
    }

    /// Returns `true` if there was no provider for the last span of any pool.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Global) && NO_GLOBAL_PROVIDER.load(Ordering::Relaxed)
    }

    /// Returns `true` if a span was recorded although its parent was not sampled: its sampler does not
    /// follow the parent's decision.
    pub(crate) fn records_unsampled(&self) -> bool {
        self.recorded_unsampled().load(Ordering::Relaxed)
    }

    fn recorded_unsampled(&self) -> &AtomicBool {
        match self {
            Self::Global => &GLOBAL_RECORDS_UNSAMPLED,
            Self::Given(given) => &given.records_unsampled,
        }
    }

    /// Starts one span, for callers that start few of them.
    pub(crate) fn start<'a>(&self, builder: SpanBuilder, parent: &'a Context) -> StartedSpan<'a> {
        TracerCache::new(self.clone()).start(parent, None, &move || builder.clone())
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
/// Fetching a tracer from `global` takes a lock and two allocations, so it is not done for each span.
/// But a tracer fetched before a provider was installed is a no-op for ever, and one of a provider
/// that was replaced keeps that provider alive. So it is released before the thread parks
/// ([`release`](Self::release)), after a number of spans or a second, and when its provider was shut
/// down.
#[derive(Debug)]
pub(crate) struct TracerCache {
    provider: Provider,
    tracer: Option<Cached>,
}

struct Cached {
    tracer: Box<dyn StartSpan>,
    uses_left: u32,
    fetched: Option<Monotonic>,
    found_provider: bool,
    /// A span was not started although telemetry was not suppressed: neither will the next be.
    is_noop: bool,
}

impl TracerCache {
    pub(crate) fn new(provider: Provider) -> Self {
        Self {
            provider,
            tracer: None,
        }
    }

    /// Releases the tracer: called before the thread parks.
    pub(crate) fn release(&mut self) {
        if let Some(cached) = self.tracer.take() {
            cached.release();
        }
    }

    /// Returns `true` if there was no provider for the last span.
    pub(crate) fn has_no_provider(&self) -> bool {
        self.tracer
            .as_ref()
            .is_some_and(|cached| !cached.found_provider)
    }

    /// Remembers that the provider recorded a span although its parent was not sampled.
    pub(crate) fn recorded_unsampled(&self) {
        self.provider
            .recorded_unsampled()
            .store(true, Ordering::Relaxed);
    }

    /// Returns `true` if a span would not be started now: the tracer is known to be a no-op, and is
    /// used for a number of messages before it is fetched anew.
    pub(crate) fn skips_span(&mut self) -> bool {
        match &mut self.tracer {
            Some(cached) if cached.is_noop && cached.uses_left > 0 => {
                cached.uses_left -= 1;
                true
            }
            _ => false,
        }
    }

    /// Starts a span under `parent`. `builder` may be called twice.
    pub(crate) fn start<'a>(
        &mut self,
        parent: &'a Context,
        now: Option<Monotonic>,
        builder: &dyn Fn() -> SpanBuilder,
    ) -> StartedSpan<'a> {
        let start = match &self.provider {
            Provider::Given(given) => given.tracer.start(builder, parent),
            Provider::Global => self.start_with_global(parent, now, builder),
        };
        match start {
            SpanStart::Recording(context) => StartedSpan::Recording(context),
            SpanStart::Dropped(context) => StartedSpan::NonRecording(Cow::Owned(context)),
            SpanStart::DroppedWithParent | SpanStart::NoProvider => {
                StartedSpan::NonRecording(Cow::Borrowed(parent))
            }
        }
    }

    fn start_with_global(
        &mut self,
        parent: &Context,
        now: Option<Monotonic>,
        builder: &dyn Fn() -> SpanBuilder,
    ) -> SpanStart {
        let mut cached = match self.tracer.take() {
            Some(cached) if cached.may_be_used(now) => cached,
            stale => {
                if let Some(stale) = stale {
                    stale.release();
                }
                Cached::fetch(now)
            }
        };
        cached.uses_left -= 1;
        let mut start = cached.tracer.start(builder, parent);
        if matches!(start, SpanStart::NoProvider) && !parent.is_telemetry_suppressed() {
            if cached.found_provider {
                // Its provider was shut down: there may be another by now.
                mem::replace(&mut cached, Cached::fetch(now)).release();
                start = cached.tracer.start(builder, parent);
            }
            cached.is_noop = matches!(start, SpanStart::NoProvider);
        }
        cached.found_provider |= !matches!(start, SpanStart::NoProvider);
        // Written only if it changes: all dispatchers read it.
        if NO_GLOBAL_PROVIDER.load(Ordering::Relaxed) != cached.is_noop {
            NO_GLOBAL_PROVIDER.store(cached.is_noop, Ordering::Relaxed);
        }
        if !cached.found_provider {
            cached.uses_left = cached.uses_left.min(USES_WITHOUT_PROVIDER);
        }
        self.tracer = Some(cached);
        start
    }
}

impl Cached {
    fn fetch(now: Option<Monotonic>) -> Self {
        Self {
            tracer: Box::new(global::tracer_with_scope(scope())),
            uses_left: USES,
            fetched: now,
            found_provider: false,
            is_noop: false,
        }
    }

    fn release(self) {
        if self.found_provider {
            drop_elsewhere(self.tracer);
        }
    }

    fn may_be_used(&self, now: Option<Monotonic>) -> bool {
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

/// Drops a tracer of `global` on a thread of its own. It may hold the last reference to a provider
/// that was replaced, and the `Drop` of an SDK's provider exports its last spans: on a worker's
/// thread the next message would wait for that.
fn drop_elsewhere(tracer: Box<dyn StartSpan>) {
    /// Tracers that wait to be dropped. Of more, the next one is dropped where it is.
    const CAPACITY: usize = 4096;
    /// The pause between two rounds, so that a thread that often parks seldom wakes the dropper.
    const PAUSE: Duration = Duration::from_millis(50);
    static DROPPER: LazyLock<Option<SyncSender<Box<dyn StartSpan>>>> = LazyLock::new(|| {
        let (sender, receiver) = mpsc::sync_channel::<Box<dyn StartSpan>>(CAPACITY);
        let drop_all = move || {
            while let Ok(tracer) = receiver.recv() {
                unwind::drop_caught(tracer);
                receiver.try_iter().for_each(unwind::drop_caught);
                thread::sleep(PAUSE);
            }
        };
        let builder = thread::Builder::new().name("traced-worker-drop".to_owned());
        builder.spawn(drop_all).ok().map(|_| sender)
    });
    let Some(dropper) = &*DROPPER else {
        return unwind::drop_caught(tracer);
    };
    if let Err(TrySendError::Full(tracer) | TrySendError::Disconnected(tracer)) =
        dropper.try_send(tracer)
    {
        unwind::drop_caught(tracer);
    }
}

/// A tracer of any provider. The API's `BoxedTracer` boxes each span; this boxes a span once, and
/// only if it records.
pub(crate) trait StartSpan: Send + Sync {
    fn start(&self, builder: &dyn Fn() -> SpanBuilder, parent: &Context) -> SpanStart;
}

pub(crate) enum SpanStart {
    Recording(Context),
    /// The sampler dropped it; the context has its decision.
    Dropped(Context),
    /// The sampler dropped it, as it did the parent.
    DroppedWithParent,
    /// There is no provider, or it is shut down, or telemetry is suppressed.
    NoProvider,
}

impl<T> StartSpan for T
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, builder: &dyn Fn() -> SpanBuilder, parent: &Context) -> SpanStart {
        let builder = builder();
        // Attributes are made where the span will likely record. The limit is read before the start
        // then: the span is moved once less.
        let (keys, limit) = match builder.attributes {
            Some(_) => (RuntimeKeys::ALL, Some(TextLimit::of_process())),
            None => (RuntimeKeys::NONE, None),
        };
        let span = self.build_with_context(builder, parent);
        if span.is_recording() {
            let limit = limit.unwrap_or_else(TextLimit::of_process);
            let span = BoundedSpan::new(span, keys, limit);
            return SpanStart::Recording(parent.with_span(span));
        }
        let span_context = span.span_context();
        let parent_span = parent.span();
        let above = parent_span.span_context();
        if span_context.is_valid() && span_context.span_id() != above.span_id() {
            dropped(span_context, above, parent)
        } else {
            SpanStart::NoProvider
        }
    }
}

/// A tracer that starts no span.
struct NoSpans;

impl StartSpan for NoSpans {
    fn start(&self, _: &dyn Fn() -> SpanBuilder, _: &Context) -> SpanStart {
        SpanStart::NoProvider
    }
}

/// Returns the context for a run whose span the sampler dropped.
///
/// Where a span of this process is the parent and is not sampled either, that is the parent
/// itself: no span of its own would ever be seen, and a context costs an allocation. Otherwise
/// the decision must be visible below, in the same trace, and a parent id that came from another
/// process is not sent on as if it were ours (W3C Trace Context, section 3.2.2.4). The random
/// flag, which the SDK clears, is a property of the trace id and stays.
fn dropped(span_context: &SpanContext, above: &SpanContext, parent: &Context) -> SpanStart {
    let is_unsampled_here = above.is_valid() && !above.is_sampled() && !above.is_remote();
    if is_unsampled_here && above.trace_state() == span_context.trace_state() {
        return SpanStart::DroppedWithParent;
    }
    let flags = above.trace_flags() | span_context.trace_flags();
    SpanStart::Dropped(parent.with_remote_span_context(SpanContext::new(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracer_is_used_for_a_number_of_spans_and_for_a_second() {
        let start = Monotonic::now();
        let mut cached = Cached::fetch(Some(start));
        assert!(cached.may_be_used(None));
        assert!(cached.may_be_used(Some(start)));
        assert!(cached.may_be_used(Some(start.after(AGE))));
        let old = start.after(AGE + Duration::from_nanos(1));
        assert!(!cached.may_be_used(Some(old)));
        cached.uses_left = 0;
        assert!(!cached.may_be_used(Some(start)));
        // Without a clock, the number alone counts.
        assert!(Cached::fetch(None).may_be_used(Some(old)));
    }

    /// Starts a span, without a provider in this process, and returns how often its tracer may still
    /// be used.
    fn uses_left_after_start(cache: &mut TracerCache) -> u32 {
        let parent = Context::new();
        let span = cache.start(&parent, None, &|| SpanBuilder::from_name("work"));
        assert!(matches!(span, StartedSpan::NonRecording(_)));
        cache.tracer.as_ref().map_or(0, |cached| cached.uses_left)
    }

    #[test]
    fn a_tracer_without_a_provider_is_fetched_anew_after_some_spans() {
        let mut cache = TracerCache::new(Provider::Global);
        assert!(!cache.has_no_provider() && !cache.skips_span());
        for _ in 0..2 {
            for left in (0..=USES_WITHOUT_PROVIDER).rev() {
                assert_eq!(uses_left_after_start(&mut cache), left);
                assert!(cache.has_no_provider() && Provider::Global.is_absent());
            }
        }
        cache.release();
        assert!(!cache.has_no_provider());
    }

    #[test]
    fn spans_are_skipped_while_there_is_no_provider() {
        let mut cache = TracerCache::new(Provider::Global);
        for _ in 0..2 {
            assert_eq!(uses_left_after_start(&mut cache), USES_WITHOUT_PROVIDER);
            for _ in 0..USES_WITHOUT_PROVIDER {
                assert!(cache.skips_span());
            }
            assert!(!cache.skips_span());
        }
    }
}
