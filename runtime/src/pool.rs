//! Threads or tasks that run the messages of one worker, from one bounded queue.
//!
//! A message's path: [`dispatch`] injects the context and pushes a job into the [`queue`]; a
//! [`thread`] or a `task` takes it out and runs it; [`shutdown`] drains the queue.

mod builder;
mod call;
mod dispatch;
mod job;
mod queue;
mod run;
mod shared_threads;
mod shutdown;
#[cfg(all(test, shuttle))]
mod shuttle;
mod state;
mod stats;
#[cfg(feature = "tokio")]
mod task;
#[cfg(feature = "tokio")]
mod task_builder;
mod thread;
mod threads;

use std::fmt;
use std::future::Future;
use std::ptr;
use std::sync::Arc;
#[cfg(feature = "tokio")]
use std::sync::OnceLock;
use std::time::Duration;

use crossbeam_utils::CachePadded;
use opentelemetry::{Context, otel_warn};

use crate::detached::Detached;
use crate::error::{DispatchError, DispatchTimeoutError, TryDispatchError};
#[cfg(feature = "tokio")]
use crate::handle::TaskWakers;
use crate::handle::{self, JoinHandle, Reply};
use crate::reentrant::PoolId;
use crate::span::{Provider, SpanRelation};
use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering, thread::Builder};
use crate::traced::Traced;
use crate::worker::Worker;

pub use builder::PoolBuilder;
pub use call::{CallError, CallTimeoutError};
pub use dispatch::{DispatchAllError, Dispatcher};
pub use shared_threads::{Threads, ThreadsBuilder};
pub use shutdown::PoolReport;
pub use stats::PoolStats;
#[cfg(feature = "tokio")]
pub use task_builder::TaskPoolBuilder;

use dispatch::DispatchAllResult;
use job::Job;
use queue::Queue;
use shutdown::ShutdownState;
use state::StateMaker;
use stats::Counters;
use threads::RunningThreads;

/// A pool of threads that run the messages of the worker `W`, from one bounded queue.
///
/// Built by `process::pool()`, see [`PoolBuilder`]. For a worker that is an `async fn` the threads
/// are tasks of a Tokio runtime, see `TaskPoolBuilder` (feature `tokio`). A clone is a handle of the same pool. When the
/// last one is dropped, the queue is closed: messages that were accepted are still run, and nothing
/// waits for them. [`shutdown`](Self::shutdown) waits.
///
/// A forked child has none of the threads. A dispatch that would wait there, or has a timeout, returns
/// an error, a message that is queued there is not run, and [`shutdown`](Self::shutdown) resolves its
/// handle.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn square(number: u64) -> u64 {
///     number * number
/// }
///
/// let pool = square::pool().threads(2).queue_capacity(64).start()?;
/// let handles = (1..=3).map(|n| pool.dispatch(n)).collect::<Result<Vec<_>, _>>()?;
/// let mut sum = 0;
/// for handle in handles {
///     sum += handle.wait()?;
/// }
/// assert_eq!(sum, 14);
///
/// let report = pool.shutdown(Duration::from_secs(5));
/// assert_eq!(report.completed, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pool<W: Worker> {
    shared: Arc<Shared<W>>,
}

/// The part of a pool that its handles and its threads share.
struct Shared<W: Worker> {
    queue: Queue<Job<W>>,
    provider: Provider,
    /// A worker runs under the `tracing` subscriber of its caller.
    inherits_subscriber: bool,
    thread_options: ThreadOptions<W::State>,
    threads: RunningThreads,
    /// One for each thread or task, and one for jobs that are swept out of the queue.
    counters: Box<[CachePadded<Counters>]>,
    /// Held while jobs are swept out of the queue.
    sweeping: Mutex<()>,
    /// Set when queued jobs are not run any more.
    abandoning: AtomicBool,
    shutdown: ShutdownState,
    /// `true` if a job is cancelled when its handle is dropped.
    cancel_on_drop: bool,
    /// The number of `Pool`s.
    handles: AtomicUsize,
    /// Of a pool of tasks.
    #[cfg(feature = "tokio")]
    task_wakers: OnceLock<TaskWakers>,
}

/// The options of a pool's threads.
struct ThreadOptions<S> {
    state: StateMaker<S>,
    /// The name, without the hyphen and the number.
    name: String,
    stack_size: Option<usize>,
}

impl<W: Worker> Pool<W> {
    /// Dispatches a message under the current context, waiting while the queue is full.
    ///
    /// # Errors
    ///
    /// Returns [`DispatchError::Closed`] with the message if the pool is shut down, also while this
    /// waits.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full. In async code use
    /// [`dispatch_async`](Self::dispatch_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn length(text: String) -> usize {
    ///     text.len()
    /// }
    ///
    /// let pool = length::pool().threads(1).start()?;
    /// let handle = pool.dispatch("four".to_owned())?;
    /// assert_eq!(handle.wait()?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch(
        &self,
        message: W::Message,
    ) -> Result<JoinHandle<W::Output>, DispatchError<W::Message>> {
        self.dispatcher().dispatch(message)
    }

    /// Dispatches a message under the current context, if the queue has a free place.
    ///
    /// # Errors
    ///
    /// Returns the message in [`TryDispatchError::Full`] or [`TryDispatchError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{TryDispatchError, traced_worker};
    ///
    /// #[traced_worker]
    /// fn length(text: String) -> usize {
    ///     text.len()
    /// }
    ///
    /// let pool = length::pool().threads(1).start()?;
    /// match pool.try_dispatch("four".to_owned()) {
    ///     Ok(handle) => assert_eq!(handle.wait()?, 4),
    ///     Err(TryDispatchError::Full(text)) => eprintln!("too busy for {text}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_dispatch(
        &self,
        message: W::Message,
    ) -> Result<JoinHandle<W::Output>, TryDispatchError<W::Message>> {
        self.dispatcher().try_dispatch(message)
    }

    /// Dispatches a message under the current context, waiting for a free place in the queue for at
    /// most `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the message in [`DispatchTimeoutError::Timeout`] or
    /// [`DispatchTimeoutError::Closed`].
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full, for at most `timeout`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::{DispatchTimeoutError, traced_worker};
    ///
    /// #[traced_worker]
    /// fn length(text: String) -> usize {
    ///     text.len()
    /// }
    ///
    /// let pool = length::pool().threads(1).start()?;
    /// match pool.dispatch_timeout("four".to_owned(), Duration::from_secs(1)) {
    ///     Ok(handle) => assert_eq!(handle.wait()?, 4),
    ///     Err(DispatchTimeoutError::Timeout(text)) => eprintln!("too busy for {text}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch_timeout(
        &self,
        message: W::Message,
        timeout: Duration,
    ) -> Result<JoinHandle<W::Output>, DispatchTimeoutError<W::Message>> {
        self.dispatcher().dispatch_timeout(message, timeout)
    }

    /// Dispatches a message under the current context, and completes when it is in the queue.
    ///
    /// The context is the one that is current when this is called, not when the future is polled.
    /// Dropping the future before it completes drops the message. Needs no particular executor.
    ///
    /// # Errors
    ///
    /// Returns [`DispatchError::Closed`] with the message if the pool is shut down, also while this
    /// waits.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after it completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Pool, traced_worker};
    ///
    /// #[traced_worker]
    /// fn length(text: String) -> usize {
    ///     text.len()
    /// }
    ///
    /// async fn handler(pool: &Pool<length>) -> Result<usize, Box<dyn std::error::Error>> {
    ///     let handle = pool.dispatch_async("four".to_owned()).await?;
    ///     Ok(handle.await?)
    /// }
    /// # let pool = length::pool().threads(1).start()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # assert_eq!(runtime.block_on(handler(&pool))?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = Result<JoinHandle<W::Output>, DispatchError<W::Message>>>
    + Send
    + Unpin
    + use<'_, W> {
        self.dispatcher().dispatch_async(message)
    }

    /// Dispatches each of `messages` under the context that is current now, waiting while the queue
    /// is full, and returns their handles in the same order.
    ///
    /// # Errors
    ///
    /// Returns [`DispatchAllError`], with the handles of the messages that were dispatched and the
    /// messages that were not, if the pool is shut down.
    ///
    /// # Panics
    ///
    /// Panics if the iterator does. Messages that were dispatched before that are run. The iterator must
    /// end: once the pool is shut down, the rest of it is collected.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn length(word: &'static str) -> usize {
    ///     word.len()
    /// }
    ///
    /// let pool = length::pool().threads(2).start()?;
    /// let mut total = 0;
    /// for handle in pool.dispatch_all(["one", "three", "five"])? {
    ///     total += handle.wait()?;
    /// }
    /// assert_eq!(total, 12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch_all(
        &self,
        messages: impl IntoIterator<Item = W::Message>,
    ) -> DispatchAllResult<W> {
        self.dispatcher().dispatch_all(messages)
    }

    /// Dispatches a message with the carrier that it came with, waiting while the queue is full.
    ///
    /// A message from outside the process is dispatched as it is: no context is made of the carrier
    /// and injected once more.
    ///
    /// # Errors
    ///
    /// Returns [`DispatchError::Closed`] with message and carrier if the pool is shut down, also
    /// while this waits.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Carrier, Traced, traced_worker};
    ///
    /// #[traced_worker(kind = consumer)]
    /// fn store(row: String) -> usize {
    ///     row.len()
    /// }
    ///
    /// let pool = store::pool().threads(1).start()?;
    /// // From the headers of a request, or of a message of a broker.
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let carrier = Carrier::from_headers([("traceparent", text)]);
    /// let handle = pool.dispatch_traced(Traced::from_parts("a,b".to_owned(), carrier))?;
    /// assert_eq!(handle.wait()?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dispatch_traced(
        &self,
        traced: Traced<W::Message>,
    ) -> Result<JoinHandle<W::Output>, DispatchError<Traced<W::Message>>> {
        self.dispatcher().dispatch_traced(traced)
    }

    /// Dispatches a message without a reply, waiting while the queue is full.
    ///
    /// # Errors
    ///
    /// Returns [`DispatchError::Closed`] with the message if the pool is shut down, also while this
    /// waits.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full. In async code use
    /// [`send_async`](Self::send_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn log(line: String) {
    ///     println!("{line}");
    /// }
    ///
    /// let pool = log::pool().threads(1).start()?;
    /// pool.send("started".to_owned())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        self.dispatcher().send(message)
    }

    /// Dispatches a message without a reply, if the queue has a free place.
    ///
    /// # Errors
    ///
    /// Returns the message in [`TryDispatchError::Full`] or [`TryDispatchError::Closed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn log(line: String) {
    ///     println!("{line}");
    /// }
    ///
    /// let pool = log::pool().threads(1).start()?;
    /// if let Err(error) = pool.try_send("started".to_owned()) {
    ///     eprintln!("not logged: {}", error.into_message());
    /// }
    /// # Ok::<(), traced_worker::StartError>(())
    /// ```
    pub fn try_send(&self, message: W::Message) -> Result<(), TryDispatchError<W::Message>> {
        self.dispatcher().try_send(message)
    }

    /// Dispatches a message without a reply, waiting for a free place in the queue for at most
    /// `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the message in [`DispatchTimeoutError::Timeout`] or
    /// [`DispatchTimeoutError::Closed`].
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue is full, for at most `timeout`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn log(line: String) {
    ///     println!("{line}");
    /// }
    ///
    /// let pool = log::pool().threads(1).start()?;
    /// pool.send_timeout("started".to_owned(), Duration::from_secs(1))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_timeout(
        &self,
        message: W::Message,
        timeout: Duration,
    ) -> Result<(), DispatchTimeoutError<W::Message>> {
        self.dispatcher().send_timeout(message, timeout)
    }

    /// Dispatches a message without a reply, and completes when it is in the queue.
    ///
    /// The context is the one that is current when this is called, not when the future is polled.
    /// Dropping the future before it completes drops the message. Needs no particular executor.
    ///
    /// # Errors
    ///
    /// Returns [`DispatchError::Closed`] with the message if the pool is shut down, also while this
    /// waits.
    ///
    /// # Panics
    ///
    /// The future panics if it is polled after it completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{DispatchError, Pool, traced_worker};
    ///
    /// #[traced_worker]
    /// fn log(line: String) {
    ///     println!("{line}");
    /// }
    ///
    /// async fn handler(pool: &Pool<log>) -> Result<(), DispatchError<String>> {
    ///     pool.send_async("started".to_owned()).await
    /// }
    /// # let pool = log::pool().threads(1).start()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(handler(&pool))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = Result<(), DispatchError<W::Message>>> + Send + Unpin + use<'_, W>
    {
        self.dispatcher().send_async(message)
    }

    /// Starts a span, dispatches a message under it, waits for the reply and ends the span.
    ///
    /// The span has the name that the attribute's `caller` gives, or `call` and the worker's name.
    /// An error or a panic of the worker is recorded on it, too.
    ///
    /// # Errors
    ///
    /// Returns [`CallError::Closed`] with the message if the pool is shut down, [`CallError::Job`] if
    /// the job has no output.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the job has ended. In async code use
    /// [`call_async`](Self::call_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker(name = "worker_process", caller = "process_data")]
    /// fn process(text: String) -> Result<u32, std::num::ParseIntError> {
    ///     text.parse()
    /// }
    ///
    /// let pool = process::pool().threads(1).start()?;
    /// assert_eq!(pool.call("7".to_owned())?, Ok(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call(&self, message: W::Message) -> Result<W::Output, CallError<W::Message>> {
        self.dispatcher().call(message)
    }

    /// Calls as [`call`](Self::call) does, but waits for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the message if it was not dispatched, the handle if its job has not ended by then,
    /// and [`CallTimeoutError::Job`] if the job has no output.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until the job has ended, for at most `timeout`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::{CallTimeoutError, traced_worker};
    ///
    /// #[traced_worker]
    /// fn length(text: String) -> usize {
    ///     text.len()
    /// }
    ///
    /// let pool = length::pool().threads(1).start()?;
    /// match pool.call_timeout("four".to_owned(), Duration::from_secs(30)) {
    ///     Ok(length) => assert_eq!(length, 4),
    ///     Err(CallTimeoutError::Pending(handle)) => drop(handle), // it still runs
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call_timeout(
        &self,
        message: W::Message,
        timeout: Duration,
    ) -> Result<W::Output, CallTimeoutError<W::Message, W::Output>> {
        self.dispatcher().call_timeout(message, timeout)
    }

    /// Calls as [`call`](Self::call) does, without blocking.
    ///
    /// The span starts, and its context is injected, when this is called. If the future is dropped
    /// before it completes, the span ends; a message that was dispatched is still run.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Pool, traced_worker};
    ///
    /// #[traced_worker]
    /// fn length(text: String) -> usize {
    ///     text.len()
    /// }
    ///
    /// async fn handler(pool: &Pool<length>) -> Result<usize, Box<dyn std::error::Error>> {
    ///     Ok(pool.call_async("four".to_owned()).await?)
    /// }
    /// # let pool = length::pool().threads(1).start()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # assert_eq!(runtime.block_on(handler(&pool))?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = Result<W::Output, CallError<W::Message>>> + Send + use<'_, W> {
        self.dispatcher().call_async(message)
    }

    /// Returns a view of the pool whose worker spans relate to their dispatch span by `relation`,
    /// whatever the attribute's `relation` is.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{SpanRelation, traced_worker};
    ///
    /// #[traced_worker]
    /// fn refresh(key: String) {
    ///     let _ = key;
    /// }
    ///
    /// let pool = refresh::pool().threads(1).start()?;
    /// // It will outlive the request: a trace of its own, linked to it.
    /// pool.with_relation(SpanRelation::Link).send("users".to_owned())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_relation(&self, relation: SpanRelation) -> Dispatcher<'_, W> {
        self.dispatcher().with_relation(relation)
    }

    /// Returns a view of the pool that injects `context` in place of the current one.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn tenant() -> String {
    ///     Context::current().baggage().get("tenant").unwrap().to_string()
    /// }
    ///
    /// let pool = tenant::pool().threads(1).start()?;
    /// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    /// assert_eq!(pool.with_context(&context).dispatch(())?.wait()?, "blue");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_context<'a>(&'a self, context: &'a Context) -> Dispatcher<'a, W> {
        self.dispatcher().with_context(context)
    }

    /// Returns the counts of the pool's messages.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.shared.stats()
    }

    /// Returns the number of threads; of a pool of tasks, the number of messages that it runs at once.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.shared.counters.len() - 1
    }

    /// Returns the number of messages that the queue holds.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.queue.capacity()
    }

    /// Returns `true` if the pool was shut down, or is being shut down.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.queue.is_closed()
    }

    fn dispatcher(&self) -> Dispatcher<'_, W> {
        Dispatcher::new(self)
    }
}

impl<W: Worker> Clone for Pool<W> {
    fn clone(&self) -> Self {
        self.shared.handles.fetch_add(1, Ordering::Relaxed);
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        if self.shared.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.close();
            self.shared.warn_of_unfinished_work();
        }
    }
}

impl<W: Worker> fmt::Debug for Pool<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("worker", &W::METADATA.name())
            .field("threads", &self.threads())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl<W: Worker> Shared<W> {
    fn new(
        queue_capacity: usize,
        workers: usize,
        provider: Provider,
        thread_options: ThreadOptions<W::State>,
        cancel_on_drop: bool,
    ) -> Self {
        let counters = std::iter::repeat_with(CachePadded::default);
        Self {
            queue: Queue::new(queue_capacity, workers),
            provider,
            inherits_subscriber: false,
            thread_options,
            threads: RunningThreads::default(),
            counters: counters.take(workers + 1).collect(),
            sweeping: Mutex::new(()),
            abandoning: AtomicBool::new(false),
            shutdown: ShutdownState::default(),
            cancel_on_drop,
            handles: AtomicUsize::new(1),
            #[cfg(feature = "tokio")]
            task_wakers: OnceLock::new(),
        }
    }

    fn id(&self) -> PoolId {
        PoolId(ptr::from_ref(self).addr())
    }

    /// Returns the two ends of the reply to a message.
    fn reply_channel(&self) -> (Reply<W::Output>, JoinHandle<W::Output>) {
        handle::channel(self.id(), self.cancel_on_drop)
    }

    /// Refuses all messages from now on. Pushers that wait are woken on a thread of its own, because a
    /// waker may take longer than the caller can wait.
    fn close(&self) {
        let waiting = self.queue.close();
        if !waiting.is_empty() {
            Detached::run("wake", || waiting.wake());
        }
    }

    /// Warns if the last handle is dropped while messages are left, which a program that ends loses.
    fn warn_of_unfinished_work(&self) {
        // In a forked child nothing is lost: the parent has the work.
        if self.queue.is_orphaned() || self.shutdown.has_begun() {
            return;
        }
        let stats = self.stats();
        if stats.queued + stats.running > 0 {
            otel_warn!(
                name: "Pool.DroppedWithWork",
                worker = W::METADATA.name(),
                queued = stats.queued,
                running = stats.running,
                message = "a pool was dropped with work left: call `Pool::shutdown`, or `Shutdown`, before the program ends"
            );
        }
    }

    fn thread_builder(&self, index: usize) -> Builder {
        let options = &self.thread_options;
        let builder = Builder::new().name(format!("{}-{index}", options.name));
        match options.stack_size {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        }
    }
}
