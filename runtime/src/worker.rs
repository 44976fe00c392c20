//! A worker, and one run of a message.

pub mod batch;
#[cfg(feature = "tokio")]
mod poll;
mod run;
#[cfg_attr(all(test, shuttle), path = "worker/sentinel/shuttle.rs")]
mod sentinel;

use crate::span::{CallSites, Failure, Metadata, WorkerSpan};

#[cfg(feature = "tokio")]
pub(crate) use poll::AsyncRun;
pub(crate) use run::{Envelope, FinishedRun, Outcome, Runner};
pub(crate) use sentinel::SentinelContext;

/// A function under [`#[traced_worker]`](macro@crate::traced_worker), as a type of the same name.
///
/// Only the attribute implements this trait, which is sealed: its hidden items may change in any
/// release.
///
/// # Examples
///
/// ```
/// use traced_worker::{Worker, traced_worker};
///
/// #[traced_worker(name = "count words")]
/// fn count(text: String) -> usize {
///     text.split_whitespace().count()
/// }
///
/// assert_eq!(count::METADATA.name(), "count words");
/// assert_eq!(count("two words".to_owned()), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker",
    label = "not a function under `#[traced_worker]`",
    note = "put `#[traced_worker]` on the function, and name the function here"
)]
pub trait Worker: ByAttribute + Sized + 'static {
    /// The argument of the function: `()` for none, a tuple for several. For a batch worker, the
    /// item of its `Vec`.
    type Message: Send + 'static;

    /// The return value of the function. For a batch worker, the output for one message.
    type Output: Send + 'static;

    /// The per-thread state that the `#[state]` parameter borrows; `()` without one.
    type State: 'static;

    /// The name of the worker, the options of its spans, and its place in the source.
    const METADATA: &'static Metadata;

    /// The call sites of the worker span, if it is a span of `tracing`.
    #[doc(hidden)]
    const TRACING: Option<&'static CallSites> = None;

    /// Returns the error in `output`, if there is one.
    #[doc(hidden)]
    #[must_use]
    fn failure(output: &Self::Output) -> Option<Failure<'_>> {
        let _ = output;
        None
    }

    /// Marks the job of `message` as begun; returns `false` if it was cancelled. For a message that
    /// has its reply in itself.
    #[doc(hidden)]
    #[must_use]
    fn begin(message: &Self::Message) -> bool {
        let _ = message;
        true
    }

    /// Returns `true` if `output` is a panic that the worker has caught.
    #[doc(hidden)]
    #[must_use]
    fn has_panicked(output: &Self::Output) -> bool {
        let _ = output;
        false
    }

    /// Records `output` as the return value.
    #[doc(hidden)]
    fn record_return(output: &Self::Output, span: &WorkerSpan<'_>) {
        let _ = (output, span);
    }
}

/// A worker whose function is a plain `fn`, and runs on a thread: see
/// [`PoolBuilder`](crate::PoolBuilder).
///
/// # Examples
///
/// ```
/// use traced_worker::{Pool, PoolBuilder, StartError, SyncWorker, Worker, traced_worker};
///
/// #[traced_worker]
/// fn count(text: String) -> usize {
///     text.split_whitespace().count()
/// }
///
/// fn start<W: SyncWorker<State = ()>>() -> Result<Pool<W>, StartError> {
///     PoolBuilder::new().threads(2).start()
/// }
///
/// let pool = start::<count>()?;
/// # Ok::<(), StartError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker that runs on threads",
    label = "not a plain `fn` under `#[traced_worker]`",
    note = "an `async fn` runs on the tasks of a runtime: its `pool()` returns a `TaskPoolBuilder`"
)]
pub trait SyncWorker: Worker {
    /// Records the fields, then calls the function.
    #[doc(hidden)]
    fn run(message: Self::Message, state: &mut Self::State, span: &WorkerSpan<'_>) -> Self::Output;

    /// Does the same for several messages at once, and returns one output for each, in their order.
    #[doc(hidden)]
    #[must_use]
    fn run_batch(
        messages: Vec<Self::Message>,
        state: &mut Self::State,
        span: &WorkerSpan<'_>,
    ) -> Vec<Self::Output> {
        let mut run = |message| Self::run(message, state, span);
        messages.into_iter().map(&mut run).collect()
    }
}

/// A worker whose function is an `async fn`, and runs on a task: see
/// [`TaskPoolBuilder`](crate::TaskPoolBuilder).
///
/// # Examples
///
/// ```
/// use traced_worker::{AsyncWorker, Pool, StartError, TaskPoolBuilder, traced_worker};
///
/// #[traced_worker]
/// async fn count(text: String) -> usize {
///     text.split_whitespace().count()
/// }
///
/// fn start<W: AsyncWorker>() -> Result<Pool<W>, StartError> {
///     TaskPoolBuilder::new().concurrency(8).start()
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # let _entered = runtime.enter();
/// let pool = start::<count>()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker that runs on tasks",
    label = "not an `async fn` under `#[traced_worker]`",
    note = "a plain `fn` runs on threads: its `pool()` returns a `PoolBuilder`"
)]
pub trait AsyncWorker: Worker<State = ()> {
    /// Records the fields, then calls the function, and returns its future.
    #[doc(hidden)]
    fn run(
        message: Self::Message,
        span: &WorkerSpan<'_>,
    ) -> impl Future<Output = Self::Output> + Send + 'static + use<Self>;
}

/// Seals [`Worker`]: the attribute implements this trait for the type that it makes.
#[diagnostic::on_unimplemented(
    message = "`Worker` is implemented by hand for `{Self}`",
    label = "not a function under `#[traced_worker]`",
    note = "only the attribute can implement `Worker`: put `#[traced_worker]` on a function"
)]
pub trait ByAttribute {}
