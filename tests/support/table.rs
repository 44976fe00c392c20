//! The rows that hold for every way to run a worker: where its span belongs, what it returns, and
//! that nothing of a message is left for the next one.

mod running;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, Tracer as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::Sampler;
use traced_worker::JobError;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::context::local_context;
use crate::latch::Latch;
use crate::recorder::{Recorder, attribute};
use crate::subscriber::{Layers, TestSubscriber};

pub use running::{OnTask, OnThread};

/// A message of a worker of the table.
#[derive(Debug)]
pub enum Job {
    /// Returns what is current.
    Look,
    /// Returns an error.
    Fail,
    /// Panics.
    Panic,
    /// Leaves a context attached and a `tracing` span entered.
    Leak,
    /// Blocks its thread.
    Hold(Latch),
    /// Sets the flag, and then is never ready: for a worker that is an `async fn`.
    Pend(Arc<AtomicBool>),
}

/// The output of a worker of the table.
pub type Output = Result<Current, String>;

/// The body of a worker that is a plain function.
///
/// # Errors
///
/// [`Job::Fail`] is one.
///
/// # Panics
///
/// [`Job::Panic`] does.
pub fn work(job: Job) -> Output {
    match job {
        Job::Look | Job::Pend(_) => {}
        Job::Fail => return Err("no disk".to_owned()),
        Job::Panic => panic!("deliberate"),
        Job::Leak => {
            let context = Context::current_with_baggage([KeyValue::new("tenant", "leaked")]);
            mem::forget(context.attach());
            mem::forget(info_span!("leaked").entered());
        }
        Job::Hold(latch) => latch.hold(),
    }
    Ok(Current::of_thread())
}

/// The body of a worker that is an `async fn`: it pends once before it does anything.
///
/// # Errors
///
/// [`Job::Fail`] is one.
///
/// # Panics
///
/// [`Job::Panic`] does.
pub async fn work_async(job: Job) -> Output {
    tokio::task::yield_now().await;
    if let Job::Pend(arrived) = &job {
        arrived.store(true, Ordering::SeqCst);
        std::future::pending::<()>().await;
    }
    work(job)
}

/// The state that is current on a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The trace of OpenTelemetry's current span.
    pub trace_id: TraceId,
    /// OpenTelemetry's current span.
    pub span_id: SpanId,
    /// Its sampled flag.
    pub is_sampled: bool,
    /// A member of the baggage.
    pub tenant: Option<String>,
    /// There is a `tracing` span.
    pub has_tracing_span: bool,
}

impl Current {
    /// Returns the state of the calling thread.
    #[must_use]
    pub fn of_thread() -> Self {
        let context = Context::current();
        let span = context.span();
        let span_context = span.span_context();
        Self {
            trace_id: span_context.trace_id(),
            span_id: span_context.span_id(),
            is_sampled: span_context.is_sampled(),
            tenant: context.baggage().get("tenant").map(ToString::to_string),
            has_tracing_span: !Span::current().is_none(),
        }
    }

    fn assert_is_nothing(&self) {
        let nothing = Self {
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            is_sampled: false,
            tenant: None,
            has_tracing_span: false,
        };
        assert_eq!(*self, nothing);
    }
}

/// A way to run a worker.
pub trait Integration {
    /// Shown if a row fails.
    fn name(&self) -> String;

    /// The layers of its subscriber, if the worker is one of `tracing`.
    fn layers(&self) -> Option<Layers> {
        None
    }

    /// Starts a pool of one thread or task.
    fn start<'a>(&'a self, telemetry: &Telemetry) -> Box<dyn Running + 'a>;
}

/// A pool that has started.
pub trait Running {
    /// Dispatches a message, and returns its wait.
    fn dispatch(&self, job: Job) -> Wait<'_>;

    /// Dispatches a message, and returns the wait for its end after it was cancelled. A job that can be
    /// cancelled while it runs is.
    fn dispatch_and_cancel(&self) -> Wait<'_>;

    /// Returns what is current on the pool's thread outside of any message, if others can run there.
    fn left(&self) -> Option<Current>;
}

/// A wait for the end of a message.
pub type Wait<'a> = Box<dyn FnOnce() -> Result<Output, JobError> + 'a>;

/// The spans of a run of a row.
#[derive(Debug)]
pub struct Telemetry {
    sampling: Sampling,
    source: Source,
}

/// The maker of the caller's span.
#[derive(Debug)]
enum Source {
    OpenTelemetry(Recorder),
    Tracing(TestSubscriber),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sampling {
    Sampled,
    Unsampled,
    NoProvider,
}

/// The name of the worker span.
pub const WORKER_SPAN: &str = "worker";

impl Telemetry {
    fn new(integration: &dyn Integration, sampling: Sampling) -> Self {
        let sampler = match sampling {
            Sampling::Unsampled => Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
            _ => Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
        };
        let source = match integration.layers() {
            None => Source::OpenTelemetry(Recorder::with_sampler(sampler)),
            Some(layers) => {
                let layers = Layers {
                    spans: sampling != Sampling::NoProvider,
                    ..layers
                };
                Source::Tracing(TestSubscriber::with_sampler(layers, sampler))
            }
        };
        Self { sampling, source }
    }

    /// The spans that ended.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        match &self.source {
            Source::OpenTelemetry(recorder) => recorder,
            Source::Tracing(subscriber) => &subscriber.recorder,
        }
    }

    /// The provider of a pool's spans; `None` if there shall be none.
    #[must_use]
    pub fn provider(&self) -> Option<&opentelemetry_sdk::trace::SdkTracerProvider> {
        (self.sampling != Sampling::NoProvider).then(|| self.recorder().provider())
    }

    fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.source {
            Source::OpenTelemetry(_) => work(),
            Source::Tracing(subscriber) => subscriber.within(work),
        }
    }

    /// Calls `work` in a span, with baggage, and with the span context that goes on.
    fn under_caller<R>(&self, work: impl FnOnce(&SpanContext) -> R) -> R {
        let with_baggage = |context: Context| {
            let context = context.with_baggage([KeyValue::new("tenant", "blue")]);
            let caller = if context.has_active_span() {
                context.span().span_context().clone()
            } else {
                Span::current().context().span().span_context().clone()
            };
            let _guard = context.attach();
            work(&caller)
        };
        let without_span = || match self.sampling {
            Sampling::NoProvider => local_context(7, 8, TraceFlags::SAMPLED),
            _ => Context::current(),
        };
        match &self.source {
            Source::Tracing(_) => info_span!("caller").in_scope(|| with_baggage(without_span())),
            Source::OpenTelemetry(_) if self.sampling == Sampling::NoProvider => {
                with_baggage(without_span())
            }
            Source::OpenTelemetry(recorder) => {
                let span = recorder.tracer().start("caller");
                with_baggage(Context::new().with_span(span))
            }
        }
    }
}

/// Checks a row for each integration.
fn for_each(
    integrations: &[&dyn Integration],
    sampling: Sampling,
    check: impl Fn(&Telemetry, &dyn Running),
) {
    for integration in integrations {
        println!("{}, {sampling:?}", integration.name());
        let telemetry = Telemetry::new(*integration, sampling);
        telemetry.within(|| {
            let running = integration.start(&telemetry);
            check(&telemetry, &*running);
        });
    }
}

/// The worker span is a child of its caller's, and current with the baggage in the worker.
///
/// # Panics
///
/// If it is not.
pub fn parent(integrations: &[&dyn Integration]) {
    for_each(integrations, Sampling::Sampled, |telemetry, running| {
        let (wait, caller) =
            telemetry.under_caller(|caller| (running.dispatch(Job::Look), caller.clone()));
        let seen = look(wait);
        let span = telemetry.recorder().only(WORKER_SPAN);
        assert_eq!(span.span_context.trace_id(), caller.trace_id());
        assert_eq!(span.parent_span_id, caller.span_id());
        assert!(!span.parent_span_is_remote);
        assert_eq!(seen.trace_id, caller.trace_id());
        assert_eq!(seen.span_id, span.span_context.span_id());
        assert_eq!(seen.tenant.as_deref(), Some("blue"));
        let is_of_tracing = matches!(telemetry.source, Source::Tracing(_));
        assert_eq!(seen.has_tracing_span, is_of_tracing);
        assert_eq!(span.status, Status::Unset);
    });
}

/// An error is returned and recorded.
///
/// # Panics
///
/// If it is not.
pub fn error(integrations: &[&dyn Integration]) {
    for_each(integrations, Sampling::Sampled, |telemetry, running| {
        let returned = telemetry.under_caller(|_| running.dispatch(Job::Fail))();
        assert_eq!(returned.expect("an end"), Err("no disk".to_owned()));
        let span = telemetry.recorder().only(WORKER_SPAN);
        assert_eq!(span.status, Status::error("no disk"));
        assert!(attribute(&span, "error.type").is_some());
    });
}

/// A panic is returned and recorded, and the next message runs.
///
/// # Panics
///
/// If it does not.
pub fn panic(integrations: &[&dyn Integration]) {
    for_each(integrations, Sampling::Sampled, |telemetry, running| {
        let returned = telemetry.under_caller(|_| running.dispatch(Job::Panic))();
        assert!(returned.expect_err("a panic").is_panic());
        let span = telemetry.recorder().only(WORKER_SPAN);
        assert_eq!(span.status, Status::error("deliberate"));
        assert_eq!(attribute(&span, "error.type"), Some(&Value::from("panic")));
        look(running.dispatch(Job::Look));
    });
}

/// A cancellation is returned, and recorded as no error on a child of the caller's span.
///
/// # Panics
///
/// If it is not.
pub fn cancellation(integrations: &[&dyn Integration]) {
    for_each(integrations, Sampling::Sampled, |telemetry, running| {
        let (wait, caller) =
            telemetry.under_caller(|caller| (running.dispatch_and_cancel(), caller.clone()));
        let error = wait().expect_err("a cancellation");
        assert!(error.is_cancelled(), "{error}");
        let spans = telemetry.recorder().named(WORKER_SPAN);
        let is_cancelled = |span: &&opentelemetry_sdk::trace::SpanData| {
            let outcome = attribute(span, "traced_worker.outcome");
            outcome == Some(&Value::from("cancelled"))
        };
        let mut cancelled = spans.iter().filter(is_cancelled);
        let span = cancelled.next().expect("a cancelled span");
        assert!(cancelled.next().is_none());
        assert_eq!(span.parent_span_id, caller.span_id());
        assert_eq!(span.status, Status::Unset);
    });
}

/// However a message ends, nothing of it is there for the next one, nor for others on the thread.
///
/// # Panics
///
/// If something is.
pub fn isolation(integrations: &[&dyn Integration]) {
    for sampling in [Sampling::Sampled, Sampling::Unsampled, Sampling::NoProvider] {
        for_each(integrations, sampling, |telemetry, running| {
            let assert_nothing_is_left = || {
                if let Some(left) = running.left() {
                    left.assert_is_nothing();
                }
                let seen = look(running.dispatch(Job::Look));
                assert_eq!(seen.tenant, None);
                match sampling {
                    Sampling::Sampled => {
                        let spans = telemetry.recorder().named(WORKER_SPAN);
                        let last = spans.last().expect("a span");
                        Recorder::assert_root(last);
                        assert_eq!(seen.span_id, last.span_context.span_id());
                    }
                    Sampling::Unsampled => assert!(!seen.is_sampled),
                    Sampling::NoProvider => assert_eq!(seen.span_id, SpanId::INVALID),
                }
            };
            assert_nothing_is_left();
            for job in [Job::Look, Job::Fail, Job::Panic, Job::Leak] {
                println!("after {job:?}");
                let _ = telemetry.under_caller(|_| running.dispatch(job))();
                assert_nothing_is_left();
            }
            println!("after a cancellation");
            let cancelled = telemetry.under_caller(|_| running.dispatch_and_cancel())();
            assert!(cancelled.expect_err("a cancellation").is_cancelled());
            assert_nothing_is_left();
        });
    }
}

/// The sampling decision of the caller is that of the worker.
///
/// # Panics
///
/// If it is not.
pub fn unsampled(integrations: &[&dyn Integration]) {
    for_each(integrations, Sampling::Unsampled, |telemetry, running| {
        let (seen, caller) = ends(telemetry, running);
        assert!(!caller.is_sampled());
        assert_eq!(seen.trace_id, caller.trace_id());
        assert!(!seen.is_sampled);
        assert_eq!(seen.tenant.as_deref(), Some("blue"));
        assert!(telemetry.recorder().spans().is_empty());
    });
}

/// Without a provider the context that came in is current in the worker.
///
/// # Panics
///
/// If it is not.
pub fn no_provider(integrations: &[&dyn Integration]) {
    for_each(integrations, Sampling::NoProvider, |telemetry, running| {
        let (seen, caller) = ends(telemetry, running);
        assert_eq!(seen.trace_id, 7.into());
        assert_eq!(
            (seen.trace_id, seen.span_id),
            (caller.trace_id(), caller.span_id())
        );
        assert!(seen.is_sampled);
        assert_eq!(seen.tenant.as_deref(), Some("blue"));
        assert!(telemetry.recorder().spans().is_empty());
    });
}

/// Checks that ends are the same where no span records. Returns what was current in the worker, and
/// the span context of its caller.
fn ends(telemetry: &Telemetry, running: &dyn Running) -> (Current, SpanContext) {
    let fails = telemetry.under_caller(|_| running.dispatch(Job::Fail))();
    assert!(fails.expect("an end").is_err());
    let panics = telemetry.under_caller(|_| running.dispatch(Job::Panic))();
    assert!(panics.expect_err("a panic").is_panic());
    let cancelled = telemetry.under_caller(|_| running.dispatch_and_cancel())();
    assert!(cancelled.expect_err("a cancellation").is_cancelled());
    let (wait, caller) =
        telemetry.under_caller(|caller| (running.dispatch(Job::Look), caller.clone()));
    (look(wait), caller)
}

fn look(wait: Wait<'_>) -> Current {
    wait().expect("an end").expect("an output")
}

/// Makes a test of each row, for the integrations that `$integrations` returns as a list of boxes.
#[macro_export]
macro_rules! table {
    ($integrations:path) => {
        $crate::table!(@ $integrations, parent, error, panic, cancellation, isolation, unsampled, no_provider);
    };
    (@ $integrations:path, $($row:ident),+) => {
        $(
            #[test]
            fn $row() {
                let integrations = $integrations();
                let integrations: Vec<_> = integrations.iter().map(|it| &**it).collect();
                $crate::table::$row(&integrations);
            }
        )+
    };
}
