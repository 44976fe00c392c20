//! Closures and futures under the context that was current when they were bound.

mod future;
mod in_span;
#[cfg_attr(not(feature = "tracing"), path = "bind/no_tracing_state.rs")]
mod tracing_state;

use std::borrow::Cow;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

use opentelemetry::{Context, ContextGuard};

use crate::carrier::{self, Carrier};

pub use future::BoundFuture;
use in_span::InSpan;
use tracing_state::TracingState;

/// Binds a closure that is called once to the context that is current on this thread.
///
/// Wherever the closure is called, that context is current while it runs. It is detached after it,
/// on a panic too. No span is started: [`bind_in_span`] starts one.
///
/// The closure holds a [`Carrier`], never a live span: the caller's span ends when its owner ends it,
/// however late the closure runs, and a closure that never runs keeps no span open. So attributes
/// cannot be set on the caller's span through [`Context::current`] in the closure.
///
/// # With `tracing`
///
/// With the feature `tracing`, the `tracing` span that is current when the closure is bound is
/// entered while the closure runs, and the subscriber is the default, a scoped one too. An `info!`
/// in the closure lands on the caller's span, and its log line shows the fields of the caller's spans.
/// If tracing-opentelemetry activates contexts, which is the default, then the span itself is current:
/// attributes can be set on it.
///
/// The closure keeps a handle of the `tracing` span, and tracing-opentelemetry exports a span only when
/// its last handle is dropped: so not before the closure is. The end of the span is the time when it
/// was last left: by its owner, or by a closure that ended later, as with `Span::in_scope` on another
/// thread. For a closure that outlives its caller by long, use `Carrier::current()` and
/// [`Carrier::run`] instead, which keep nothing.
///
/// # Integrations
///
/// | to | write |
/// | --- | --- |
/// | [`std::thread::spawn`] | `thread::spawn(bind(move \|\| ..))` |
/// | [`std::thread::scope`] | `scope.spawn(bind(\|\| ..))` |
/// | `rayon::spawn` | `rayon::spawn(bind(move \|\| ..))` |
/// | `rayon::scope` | `let context = BoundContext::current();` before it, then `scope.spawn(\|scope\| context.run(\|\| ..))` |
/// | `rayon::join` | `rayon::join(bind(\|\| ..), bind(\|\| ..))` |
/// | rayon's iterators | `let context = BoundContext::current();` before them, then `.map(\|item\| context.run(\|\| ..))` |
/// | `rayon::ThreadPoolBuilder::spawn_handler` | `let context = BoundContext::current();` before it, then `context.run(\|\| thread.run())` on each thread, for a pool that lives no longer than its caller |
/// | `tokio::task::spawn_blocking` | `spawn_blocking(bind(move \|\| ..))` |
/// | `tokio::spawn` | `tokio::spawn(bind_future(async move { .. }))` |
/// | `tokio::task::JoinSet` | `set.spawn(bind_future(async move { .. }))`, `set.spawn_blocking(bind(move \|\| ..))` |
/// | crossbeam's scoped threads | `let context = BoundContext::current();` before them, then `scope.spawn(\|_\| context.run(\|\| ..))` |
/// | a child process | [`Carrier::apply_to`] in the parent, [`Carrier::from_env`] and [`Carrier::run`] in the child |
///
/// rayon may run a task on a thread that waits for another one, inside of that. Only a bound task has
/// its own context there; another one sees that of the task that waits.
///
/// # Examples
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use traced_worker::bind;
///
/// let _guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
///
/// let thread = std::thread::spawn(bind(|| {
///     Context::current().baggage().get("tenant").map(ToString::to_string)
/// }));
/// assert_eq!(thread.join().unwrap().as_deref(), Some("blue"));
/// ```
///
/// Scoped threads, and rayon:
///
/// ```
/// use std::thread;
/// use traced_worker::bind;
///
/// let words = ["one", "three"];
/// let (first, second) = thread::scope(|scope| {
///     let first = scope.spawn(bind(|| words[0].len()));
///     let second = scope.spawn(bind(|| words[1].len()));
///     (first.join().unwrap(), second.join().unwrap())
/// });
/// assert_eq!((first, second), (3, 5));
///
/// let lengths = rayon::join(bind(|| words[0].len()), bind(|| words[1].len()));
/// assert_eq!(lengths, (3, 5));
/// ```
///
/// From an async server to its CPU-bound work:
///
/// ```
/// use traced_worker::bind;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let upload = vec![1, 2, 3];
/// let sum = tokio::task::spawn_blocking(bind(move || upload.iter().sum::<i32>()));
/// assert_eq!(sum.await.unwrap(), 6);
/// # });
/// ```
#[must_use = "a bound closure does nothing unless it is called"]
pub fn bind<F, R>(f: F) -> impl FnOnce() -> R
where
    F: FnOnce() -> R,
{
    BoundContext::current().bind(f)
}

/// Binds a closure that changes its captures to the context that is current on this thread.
///
/// It is [`bind`] for a closure that is called several times, one call after the other.
///
/// # Examples
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use traced_worker::bind_mut;
///
/// let guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
/// let mut calls = 0;
/// let mut count = bind_mut(|| {
///     calls += 1;
///     (calls, Context::current().baggage().len())
/// });
/// drop(guard);
///
/// assert_eq!(count(), (1, 1));
/// assert_eq!(count(), (2, 1));
/// ```
#[must_use = "a bound closure does nothing unless it is called"]
pub fn bind_mut<F, R>(f: F) -> impl FnMut() -> R
where
    F: FnMut() -> R,
{
    BoundContext::current().bind_mut(f)
}

/// Binds a closure that may be called by several threads at once to the context that is current on
/// this thread.
///
/// It is [`bind`] for callbacks. A closure that has arguments calls [`BoundContext::run`] instead.
///
/// # Examples
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use std::sync::Arc;
/// use traced_worker::bind_fn;
///
/// let guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
/// let on_change: Arc<dyn Fn() -> usize + Send + Sync> =
///     Arc::new(bind_fn(|| Context::current().baggage().len()));
/// drop(guard);
///
/// let also = Arc::clone(&on_change);
/// let thread = std::thread::spawn(move || also());
/// assert_eq!(on_change(), 1);
/// assert_eq!(thread.join().unwrap(), 1);
/// ```
#[must_use = "a bound closure does nothing unless it is called"]
pub fn bind_fn<F, R>(f: F) -> impl Fn() -> R
where
    F: Fn() -> R,
{
    BoundContext::current().bind_fn(f)
}

/// Binds a future to the context that is current on this thread.
///
/// The context is current while the future is polled and while it is dropped, at no other time: no
/// other task of the executor sees it. See [`bind`] for what is bound, and for the `tracing` span. A
/// future that outlives its caller by long keeps that span from being exported as long.
///
/// # Examples
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use traced_worker::bind_future;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
/// let task = tokio::spawn(bind_future(async {
///     tokio::task::yield_now().await;
///     Context::current().baggage().get("tenant").map(ToString::to_string)
/// }));
/// drop(guard);
/// assert_eq!(task.await.unwrap().as_deref(), Some("blue"));
/// # });
/// ```
///
/// Several tasks:
///
/// ```
/// use tokio::task::JoinSet;
/// use traced_worker::bind_future;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let mut tasks = JoinSet::new();
/// for number in [1, 2, 3] {
///     tasks.spawn(bind_future(async move { number * 2 }));
/// }
/// assert_eq!(tasks.join_all().await.iter().sum::<i32>(), 12);
/// # });
/// ```
#[must_use = "a future does nothing unless it is polled"]
pub fn bind_future<F: Future>(future: F) -> BoundFuture<F> {
    BoundContext::current().bind_future(future)
}

/// Binds a closure to the context that is current on this thread, and to a span that is started when
/// the closure starts to run.
///
/// The span is a child of the context's span. It is current while the closure runs, and is ended
/// after it. Its tracer is that of `opentelemetry::global`. It has the thread, and the closure's type
/// and place as its code. A panic is recorded as that of a worker, and goes on.
///
/// An `Err` that the closure returns is not recorded, because its type cannot be recognised without
/// the macro: use a [worker](macro@crate::traced_worker), or record it in the closure.
///
/// The span is one of OpenTelemetry. An `info!` of `tracing` in the closure lands on the caller's
/// `tracing` span: to have it on a new one, write
/// `bind(move || info_span!("resize").in_scope(|| ..))`.
///
/// # Examples
///
/// ```
/// use opentelemetry::{Context, KeyValue, trace::TraceContextExt};
/// use traced_worker::bind_in_span;
///
/// let pixels = vec![1, 2, 3];
/// let thread = std::thread::spawn(bind_in_span("resize", move || {
///     let context = Context::current();
///     context.span().set_attribute(KeyValue::new("pixels", 3));
///     pixels.len()
/// }));
/// assert_eq!(thread.join().unwrap(), 3);
/// ```
///
/// An error that is recorded:
///
/// ```
/// use opentelemetry::{Context, trace::{Status, TraceContextExt}};
/// use traced_worker::bind_in_span;
///
/// let parse = bind_in_span("parse", || {
///     "7x".parse::<u32>().inspect_err(|error| {
///         Context::current().span().set_status(Status::error(error.to_string()));
///     })
/// });
/// assert!(parse().is_err());
/// ```
#[track_caller]
#[must_use = "a bound closure does nothing unless it is called"]
pub fn bind_in_span<F, R>(name: impl Into<Cow<'static, str>>, f: F) -> impl FnOnce() -> R
where
    F: FnOnce() -> R,
{
    let span = InSpan::new::<F>(name.into(), Location::caller());
    bind(move || span.run(f))
}

/// Binds a future to the context that is current on this thread, and to a span that is started when
/// the future is first polled.
///
/// The span is current while the future is polled and while it is dropped. It is ended when the future
/// completes or panics. If the future is dropped before that, the span is ended then, with the
/// attribute `traced_worker.outcome` = `cancelled` and its status unset. Its thread is that of the first
/// poll. The rest is as with [`bind_in_span`].
///
/// # Examples
///
/// ```
/// use traced_worker::bind_future_in_span;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let task = tokio::spawn(bind_future_in_span("fetch", async {
///     tokio::task::yield_now().await;
///     200
/// }));
/// assert_eq!(task.await.unwrap(), 200);
/// # });
/// ```
#[track_caller]
#[must_use = "a future does nothing unless it is polled"]
pub fn bind_future_in_span<F: Future>(
    name: impl Into<Cow<'static, str>>,
    future: F,
) -> BoundFuture<impl Future<Output = F::Output>> {
    let span = InSpan::new::<F>(name.into(), Location::caller());
    bind_future(span.poll(future))
}

/// The context of a thread, to run closures under on other threads.
///
/// Free functions as [`bind`] take the context and bind it to one closure. This is for several
/// closures, and for closures that have arguments.
///
/// [`bind`] says what it holds. A clone is cheap.
///
/// # Examples
///
/// rayon's iterators, whose closures have an argument:
///
/// ```
/// use rayon::prelude::*;
/// use traced_worker::BoundContext;
///
/// let words = vec!["one", "three"];
/// let context = BoundContext::current();
/// let lengths: Vec<usize> = words
///     .par_iter()
///     .map(|word| context.run(|| word.len()))
///     .collect();
/// assert_eq!(lengths, [3, 5]);
/// ```
///
/// Scopes of rayon and crossbeam, whose closures have the scope as an argument:
///
/// ```
/// use traced_worker::BoundContext;
///
/// let context = BoundContext::current();
/// let mut lengths = [0, 0];
/// let [first, second] = &mut lengths;
/// rayon::scope(|scope| {
///     scope.spawn(|_| context.run(|| *first = "one".len()));
///     scope.spawn(|_| context.run(|| *second = "three".len()));
/// });
/// assert_eq!(lengths, [3, 5]);
///
/// let length = crossbeam_utils::thread::scope(|scope| {
///     scope.spawn(|_| context.run(|| "one".len())).join().unwrap()
/// });
/// assert_eq!(length.unwrap(), 3);
/// ```
///
/// A rayon pool whose threads are all of one caller:
///
/// ```
/// use std::thread;
/// use traced_worker::BoundContext;
///
/// let context = BoundContext::current();
/// let pool = rayon::ThreadPoolBuilder::new()
///     .num_threads(2)
///     .spawn_handler(|thread| {
///         let context = context.clone();
///         thread::spawn(move || context.run(|| thread.run()));
///         Ok(())
///     })
///     .build()?;
/// assert_eq!(pool.install(|| "one".len()), 3);
/// # Ok::<(), rayon::ThreadPoolBuildError>(())
/// ```
#[derive(Clone)]
pub struct BoundContext {
    carrier: Carrier,
    tracing: Option<TracingState>,
}

impl BoundContext {
    /// Takes the context that is current on this thread.
    ///
    /// It is empty where [`Carrier::current`] is.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::BoundContext;
    ///
    /// let guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
    /// let context = BoundContext::current();
    /// drop(guard);
    ///
    /// assert_eq!(context.carrier().headers().get("baggage"), Some("tenant=blue"));
    /// ```
    #[must_use]
    pub fn current() -> Self {
        Self {
            carrier: Carrier::current(),
            tracing: TracingState::current(),
        }
    }

    /// Takes it if it is more than the carrier of a message: if `tracing` is used on this thread.
    pub(crate) fn current_of_tracing() -> Option<Self> {
        let tracing = TracingState::current()?;
        Some(Self {
            carrier: Carrier::current(),
            tracing: Some(tracing),
        })
    }

    /// Returns the carrier of the context.
    #[must_use]
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Runs `work` while the context is current on this thread.
    ///
    /// The context is detached after it, on a panic too.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::BoundContext;
    ///
    /// let guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
    /// let context = BoundContext::current();
    /// drop(guard);
    ///
    /// assert_eq!(context.run(|| Context::current().baggage().len()), 1);
    /// assert_eq!(Context::current().baggage().len(), 0);
    /// ```
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.enter(|| self.carrier.extract());
        work()
    }

    /// Binds a closure as [`bind`] does.
    #[must_use = "a bound closure does nothing unless it is called"]
    pub fn bind<F, R>(self, f: F) -> impl FnOnce() -> R
    where
        F: FnOnce() -> R,
    {
        move || self.run(f)
    }

    /// Binds a closure as [`bind_mut`] does.
    #[must_use = "a bound closure does nothing unless it is called"]
    pub fn bind_mut<F, R>(self, mut f: F) -> impl FnMut() -> R
    where
        F: FnMut() -> R,
    {
        move || self.run(&mut f)
    }

    /// Binds a closure as [`bind_fn`] does.
    #[must_use = "a bound closure does nothing unless it is called"]
    pub fn bind_fn<F, R>(self, f: F) -> impl Fn() -> R
    where
        F: Fn() -> R,
    {
        move || self.run(&f)
    }

    /// Binds a future as [`bind_future`] does.
    #[must_use = "a future does nothing unless it is polled"]
    pub fn bind_future<F: Future>(self, future: F) -> BoundFuture<F> {
        BoundFuture::new(self, future)
    }

    /// Makes the context, the `tracing` span and the subscriber current on this thread until the result
    /// is dropped. `extract` returns what the carrier extracts.
    fn enter(&self, extract: impl FnOnce() -> Context) -> Entered<'_> {
        let tracing = self.tracing.as_ref().map(TracingState::enter);
        // If the `tracing` span activated its context, that has the span itself, which records.
        let activated = tracing.is_some().then(|| self.carrier.in_current_span());
        let context = match activated.flatten() {
            Some(context) => carrier::attach(context),
            None => carrier::attach_innermost(extract()),
        };
        Entered {
            _context: context,
            _tracing: tracing,
        }
    }
}

impl fmt::Debug for BoundContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundContext")
            .field("carrier", &self.carrier)
            .field("tracing", &self.tracing)
            .finish()
    }
}

// Features must not take auto traits away. A subscriber is shared by all threads, so it is on its own
// after a panic of any of them.
impl UnwindSafe for BoundContext {}
impl RefUnwindSafe for BoundContext {}

/// A context that is current.
struct Entered<'a> {
    // Dropped in this order.
    _context: Option<ContextGuard>,
    _tracing: Option<tracing_state::Entered<'a>>,
}

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<BoundContext>();
};
