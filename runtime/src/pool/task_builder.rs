//! Configures and starts a pool of tasks.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use opentelemetry::trace::{Tracer, TracerProvider};
use tokio::runtime::Handle;

use super::builder::{DEFAULT_QUEUE_CAPACITY, check_queue_capacity};
use super::state::StateMaker;
use super::task::WorkerTask;
use super::{Pool, Shared, ThreadOptions};
use crate::error::StartError;
use crate::handle::TaskWakers;
use crate::span::{Provider, stacktrace};
use crate::worker::AsyncWorker;

const DEFAULT_CONCURRENCY: usize = 64;

/// The most messages that a pool can run at once. Each has a task, also while there is none to run.
const MAX_CONCURRENCY: usize = 1 << 16;

/// Configures and starts a [`Pool`] of tasks on a Tokio runtime, for a worker that is an `async fn`.
///
/// `fetch::pool()` makes the builder for a worker `fetch`. Code that is generic over workers uses
/// [`new`](Self::new).
///
/// The pool has all methods of a pool of threads, and its messages have the same ends: an output, an
/// error, a panic, which is caught. The worker's context is current whenever its future is polled or
/// dropped, and at no other time. Besides, a job ends
///
/// - as cancelled, if [`JoinHandle::cancel`](crate::JoinHandle::cancel) is called, also while it
///   runs: its future is dropped at the await point that it has reached;
/// - as cancelled, if the runtime shuts down while it runs. Messages that are queued then are
///   abandoned, and the pool is closed;
/// - as abandoned, if [`Pool::shutdown`] times out: a future cannot be left behind as a thread can.
///   So its future is dropped as messages are that are queued, when the timeout is nearly over.
///
/// # Blocking
///
/// On a thread of the runtime use the async methods: [`Pool::dispatch_async`],
/// [`Pool::call_async`], [`Shutdown::run_async`](crate::Shutdown::run_async), and `.await` for a
/// handle. A method that blocks keeps the runtime's thread from its tasks; a runtime of one thread
/// waits for ever then, if its pool has to run a message first. Such a wait is warned of once.
///
/// A job that awaits a reply of its own pool, or a place in its queue, does not use up the pool's
/// concurrency: its task runs other messages beside it meanwhile. If 64 messages are run so in one
/// task, and all of them wait, the next wait is an error ([`JobError::WouldDeadlock`],
/// [`DispatchError::WouldDeadlock`]).
///
/// [`JobError::WouldDeadlock`]: crate::JobError::WouldDeadlock
/// [`DispatchError::WouldDeadlock`]: crate::DispatchError::WouldDeadlock
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::traced_worker;
///
/// #[traced_worker(fields(url = %url))]
/// async fn fetch(url: String) -> Result<usize, std::io::Error> {
///     tokio::task::yield_now().await; // a request
///     Ok(url.len())
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// #     tokio::runtime::Builder::new_current_thread().build()?.block_on(run())
/// # }
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = fetch::pool().concurrency(64).queue_capacity(1024).start()?;
/// let handle = pool.dispatch_async("https://example.com".to_owned()).await?;
/// assert_eq!(handle.await??, 19);
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder starts no task until `start` is called"]
pub struct TaskPoolBuilder<W: AsyncWorker> {
    concurrency: usize,
    queue_capacity: usize,
    runtime: Option<Handle>,
    provider: Provider,
    inherits_subscriber: bool,
    panic_backtraces: bool,
    cancel_on_drop: bool,
    worker: PhantomData<fn() -> W>,
}

impl<W: AsyncWorker> TaskPoolBuilder<W> {
    /// Returns a builder for a pool that runs 64 messages at once, with a queue of 1024 messages.
    pub fn new() -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            queue_capacity: DEFAULT_QUEUE_CAPACITY,
            runtime: None,
            provider: Provider::Global,
            inherits_subscriber: false,
            panic_backtraces: false,
            cancel_on_drop: false,
            worker: PhantomData,
        }
    }

    /// Sets the number of messages that are run at once, from 1 to 65,536.
    ///
    /// By default it is 64. A message that awaits something is one of them.
    pub fn concurrency(mut self, messages: usize) -> Self {
        self.concurrency = messages;
        self
    }

    /// Sets the maximum number of queued messages, from 1 to 16,777,216.
    ///
    /// By default it is 1024. While as many messages are queued, `dispatch_async` waits. The memory
    /// for the queue is allocated at the start: the size of a message and 72 bytes for each,
    /// or 80 with the feature `tracing`.
    pub fn queue_capacity(mut self, messages: usize) -> Self {
        self.queue_capacity = messages;
        self
    }

    /// Runs the pool's tasks on `runtime`.
    ///
    /// By default they run on the runtime in whose context [`start`](Self::start) is called.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// async fn double(number: u64) -> u64 {
    ///     number * 2
    /// }
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// let pool = double::pool().runtime(runtime.handle()).start()?;
    /// let handle = pool.dispatch(4)?;
    /// assert_eq!(runtime.block_on(handle)?, 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runtime(mut self, runtime: &Handle) -> Self {
        self.runtime = Some(runtime.clone());
        self
    }

    /// Cancels a job when its [`JoinHandle`](crate::JoinHandle) is dropped, so that nobody waits for
    /// it: a request that was given up ends the work that was done for it.
    ///
    /// By default the job is detached, and still runs. A message that was sent without a reply is
    /// never cancelled so.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// async fn wait_for_ever() {
    ///     std::future::pending().await
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let pool = wait_for_ever::pool().cancel_on_drop().start()?;
    /// drop(pool.dispatch_async(()).await?);
    /// while pool.stats().cancelled == 0 {
    ///     tokio::task::yield_now().await;
    /// }
    /// # Ok(())
    /// # })
    /// # .map_err(|error: Box<dyn std::error::Error>| error)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel_on_drop(mut self) -> Self {
        self.cancel_on_drop = true;
        self
    }

    /// Records the stack trace of a panic of the worker on its span: see
    /// [`PoolBuilder::panic_backtraces`](crate::PoolBuilder::panic_backtraces).
    pub fn panic_backtraces(mut self) -> Self {
        self.panic_backtraces = true;
        self
    }

    /// Starts the pool's spans with `provider`: see
    /// [`PoolBuilder::tracer_provider`](crate::PoolBuilder::tracer_provider).
    pub fn tracer_provider<P>(mut self, provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.provider = Provider::given(provider);
        self
    }

    /// Runs each message under the `tracing` subscriber that its caller has at the dispatch: see
    /// [`PoolBuilder::inherit_subscriber`](crate::PoolBuilder::inherit_subscriber).
    #[cfg(feature = "tracing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
    pub fn inherit_subscriber(mut self) -> Self {
        self.inherits_subscriber = true;
        self
    }

    /// Starts the tasks.
    ///
    /// # Errors
    ///
    /// Returns [`StartError::NoRuntime`] outside of a Tokio runtime, or if it shuts down. Returns an
    /// error if the concurrency or the capacity of the queue is 0 or above its limit, or if there is
    /// not enough memory for the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{StartError, traced_worker};
    ///
    /// #[traced_worker]
    /// async fn process() {}
    ///
    /// assert!(matches!(process::pool().start(), Err(StartError::NoRuntime)));
    /// ```
    pub fn start(self) -> Result<Pool<W>, StartError> {
        match self.concurrency {
            0 => return Err(StartError::NoConcurrency),
            requested if requested > MAX_CONCURRENCY => {
                return Err(StartError::TooMuchConcurrency {
                    requested,
                    limit: MAX_CONCURRENCY,
                });
            }
            _ => {}
        }
        check_queue_capacity::<W>(self.queue_capacity)?;
        let runtime = match self.runtime {
            Some(runtime) => runtime,
            None => Handle::try_current().map_err(|_| StartError::NoRuntime)?,
        };
        if self.panic_backtraces {
            stacktrace::install_panic_hook();
        }
        let unused = ThreadOptions {
            state: StateMaker::new(|| ()),
            name: String::new(),
            stack_size: None,
        };
        let mut shared = Shared::new(
            self.queue_capacity,
            self.concurrency,
            self.provider,
            unused,
            self.cancel_on_drop,
        );
        shared.inherits_subscriber = self.inherits_subscriber;
        shared.queue.serve_tasks();
        // Dropping the pool ends the tasks that were started.
        let pool = Pool {
            shared: Arc::new(shared),
        };
        let shared = &pool.shared;
        shared
            .task_wakers
            .get_or_init(|| TaskWakers::new(shared.id(), self.concurrency));
        // All are counted before the first one can end.
        let tasks: Vec<_> = (0..self.concurrency)
            .map(|index| WorkerTask::new(index, &pool.shared))
            .collect();
        let handles = tasks.into_iter().map(|task| runtime.spawn(task.run()));
        pool.shared
            .threads
            .set_tasks(handles.map(|handle| handle.abort_handle()).collect());
        if pool.is_closed() {
            // A runtime that shuts down drops what is spawned.
            return Err(StartError::NoRuntime);
        }
        Ok(pool)
    }
}

impl<W: AsyncWorker> Default for TaskPoolBuilder<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: AsyncWorker> fmt::Debug for TaskPoolBuilder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskPoolBuilder")
            .field("worker", &W::METADATA.name())
            .field("concurrency", &self.concurrency)
            .field("queue_capacity", &self.queue_capacity)
            .field("runtime", &self.runtime)
            .field("cancel_on_drop", &self.cancel_on_drop)
            .field("panic_backtraces", &self.panic_backtraces)
            .finish_non_exhaustive()
    }
}
