//! Configures and starts a pool.

use std::error::Error;
use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use opentelemetry::trace::{Tracer, TracerProvider};

use super::job::Job;
use super::shared_threads::{self, ThreadSetOwner, Threads};
use super::state::StateMaker;
use super::thread::WorkerThread;
use super::{Pool, Shared, ThreadOptions};
use crate::error::StartError;
use crate::span::{Provider, stacktrace};
use crate::sync::mpsc;
use crate::worker::{SyncWorker, Worker};

pub(super) const DEFAULT_QUEUE_CAPACITY: usize = 1024;

/// The most messages that a queue can hold. Far more than any pool needs: a queue that long only
/// hides that the pool is too slow.
const MAX_QUEUE_CAPACITY: usize = 1 << 24;

/// The most threads that a pool can have. Far more than run at once on any machine, and about what
/// an operating system gives to one process.
const MAX_THREADS: usize = 1 << 14;

/// Configures and starts a [`Pool`].
///
/// `process::pool()` makes the builder for a worker `process`. For a worker that has a `#[state]`
/// it takes the closure that makes the state on each thread: `process::pool(|| state)`, or
/// `process::try_pool(|| state)` for a closure that returns a `Result`. Code that is generic over
/// workers uses [`new`](Self::new), [`with_state`](Self::with_state) and
/// [`try_with_state`](Self::try_with_state).
///
/// # Examples
///
/// ```
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn process(line: String) -> usize {
///     line.len()
/// }
///
/// let pool = process::pool().threads(4).queue_capacity(256).start()?;
/// assert_eq!((pool.threads(), pool.capacity()), (4, 256));
/// # Ok::<(), traced_worker::StartError>(())
/// ```
///
/// A pool whose threads have a state:
///
/// ```
/// use std::collections::HashMap;
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn look_up(#[state] cache: &mut HashMap<u64, u64>, key: u64) -> u64 {
///     *cache.entry(key).or_insert_with(|| key * key)
/// }
///
/// let pool = look_up::pool(HashMap::new).threads(2).start()?;
/// assert_eq!(pool.dispatch(12)?.wait()?, 144);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder starts no thread until `start` is called"]
pub struct PoolBuilder<W: SyncWorker> {
    threads: Option<usize>,
    queue_capacity: usize,
    thread_name: Option<String>,
    stack_size: Option<usize>,
    provider: Provider,
    inherits_subscriber: bool,
    panic_backtraces: bool,
    state: StateMaker<W::State>,
    on: Option<OnThreads<W>>,
}

/// The shared threads that a pool is to be started on.
struct OnThreads<W: SyncWorker> {
    owner: Arc<ThreadSetOwner>,
    /// Known where the state is known to be `Send`.
    start: StartOn<W>,
}

type StartOn<W> = fn(&Arc<Shared<W>>, &Arc<ThreadSetOwner>) -> Result<(), StartError>;

impl<W: SyncWorker<State = ()>> PoolBuilder<W> {
    /// Returns a builder for a worker without a state: a pool of one thread for each core, with a
    /// queue of 1024 messages.
    pub fn new() -> Self {
        Self::with_state(|| ())
    }
}

impl<W: SyncWorker> PoolBuilder<W> {
    /// Returns a builder for a worker whose state `make` makes.
    ///
    /// Each thread makes its own state when it starts, and drops it when it ends. It makes another
    /// one after a panic of the worker, which may have left the state half changed. The state need
    /// not be `Send`.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Pool, PoolBuilder, StartError, SyncWorker};
    ///
    /// fn start<W>() -> Result<Pool<W>, StartError>
    /// where
    ///     W: SyncWorker,
    ///     W::State: Default,
    /// {
    ///     PoolBuilder::with_state(W::State::default).threads(2).start()
    /// }
    /// ```
    pub fn with_state(make: impl Fn() -> W::State + Send + Sync + 'static) -> Self {
        Self::of(StateMaker::new(make))
    }

    /// Returns a builder for a worker whose state `make` makes, or fails to make.
    ///
    /// If a thread cannot make its state when it starts, [`start`](Self::start) returns the error.
    /// If it cannot make another one after a panic of the worker, the message that the thread has
    /// taken ends with [`JobError::State`](crate::JobError::State), and the thread tries again for
    /// the next message.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::{self, Write};
    /// use traced_worker::{StartError, traced_worker};
    ///
    /// #[traced_worker]
    /// fn append(#[state] file: &mut File, line: String) -> io::Result<()> {
    ///     writeln!(file, "{line}")
    /// }
    ///
    /// // The same as `PoolBuilder::<append>::try_with_state(..)`.
    /// let started = append::try_pool(|| File::open("/no/such/file")).start();
    /// assert!(matches!(started, Err(StartError::State(_))));
    /// ```
    pub fn try_with_state<E>(make: impl Fn() -> Result<W::State, E> + Send + Sync + 'static) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self::of(StateMaker::fallible(make))
    }

    fn of(state: StateMaker<W::State>) -> Self {
        Self {
            threads: None,
            queue_capacity: DEFAULT_QUEUE_CAPACITY,
            thread_name: None,
            stack_size: None,
            provider: Provider::Global,
            inherits_subscriber: false,
            panic_backtraces: false,
            state,
            on: None,
        }
    }

    /// Starts the pool on shared threads, in place of threads of its own.
    ///
    /// The pool keeps its own queue, counts and shutdown. [`threads`](Self::threads) is then the
    /// number of its messages that run at once, by default that of the threads, and at most that.
    /// [`thread_name`](Self::thread_name) and [`stack_size`](Self::stack_size) have no effect.
    ///
    /// A `#[state]` must be `Send`, because its messages run now on one thread, now on another. As many
    /// states as messages run at once are made by [`start`](Self::start), on the thread that calls it;
    /// after a panic, the thread that runs the next message makes another one.
    ///
    /// A batch that lingers keeps a thread while it waits for more messages.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Threads, traced_worker};
    ///
    /// #[traced_worker]
    /// fn parse(line: String) -> usize {
    ///     line.len()
    /// }
    ///
    /// #[traced_worker]
    /// fn store(#[state] rows: &mut Vec<usize>, length: usize) -> usize {
    ///     rows.push(length);
    ///     rows.len()
    /// }
    ///
    /// let threads = Threads::new(4)?;
    /// let parser = parse::pool().on(&threads).start()?;
    /// // One message at a time, in the order of their dispatch.
    /// let writer = store::pool(Vec::new).on(&threads).threads(1).start()?;
    ///
    /// let length = parser.dispatch("a line".to_owned())?.wait()?;
    /// assert_eq!(writer.dispatch(length)?.wait()?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on(self, threads: &Threads) -> Self
    where
        W::State: Send,
    {
        self.on_owner(threads.owner())
    }

    pub(super) fn on_owner(mut self, owner: &Arc<ThreadSetOwner>) -> Self
    where
        W::State: Send,
    {
        self.on = Some(OnThreads {
            owner: Arc::clone(owner),
            start: shared_threads::start::<W>,
        });
        self
    }

    /// Sets the number of threads, from 1 to 16,384.
    ///
    /// By default it is that of [`std::thread::available_parallelism`]. On shared threads it is the
    /// number of messages that run at once: see [`on`](Self::on).
    pub fn threads(mut self, number: usize) -> Self {
        self.threads = Some(number);
        self
    }

    /// Sets the maximum number of queued messages, from 1 to 16,777,216.
    ///
    /// By default it is 1024. While as many messages are queued, `dispatch` blocks. The memory for
    /// the queue is allocated at the start: the size of a message and 72 bytes for each,
    /// or 80 with the feature `tracing`.
    pub fn queue_capacity(mut self, messages: usize) -> Self {
        self.queue_capacity = messages;
        self
    }

    /// Sets the name of the threads, to which a hyphen and a number are added: `name-0`, `name-1`.
    ///
    /// By default it is the name of the worker.
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.thread_name = Some(name.into());
        self
    }

    /// Sets the stack size of each thread, in bytes.
    ///
    /// By default it is that of [`std::thread`].
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Records the stack trace of a panic of the worker on its span, as `exception.stacktrace`.
    ///
    /// A panic's stack can be seen only by the process's panic hook. So the first pool that starts
    /// with this option installs a hook, once for the process, in front of the one that is there,
    /// which is still called. A hook that is set later replaces it: then there are no stack traces
    /// any more. Taking one costs from some hundred microseconds to some milliseconds.
    ///
    /// Without this option there is no hook, and no stack trace, whatever `RUST_BACKTRACE` is. An
    /// `Err` that the worker returns never has a stack trace.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn divide(numbers: (u32, u32)) -> u32 {
    ///     numbers.0 / numbers.1
    /// }
    ///
    /// let pool = divide::pool().threads(1).panic_backtraces().start()?;
    /// assert!(pool.dispatch((1, 0))?.wait().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn panic_backtraces(mut self) -> Self {
        self.panic_backtraces = true;
        self
    }

    /// Starts the pool's spans with `provider`.
    ///
    /// By default they are started with the provider of `opentelemetry::global`, also if that is
    /// installed or replaced after the pool was started.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn process() {}
    ///
    /// let provider = SdkTracerProvider::builder().build();
    /// let pool = process::pool().tracer_provider(&provider).start()?;
    /// # Ok::<(), traced_worker::StartError>(())
    /// ```
    pub fn tracer_provider<P>(self, provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.provider(Provider::given(provider))
    }

    pub(super) fn provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// Runs each message under the `tracing` subscriber that its caller has at the dispatch: a scoped
    /// one, of `tracing::subscriber::set_default` or `with_default`, too.
    ///
    /// Without this option, workers have the subscriber of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker(tracing)]
    /// fn process(line: String) -> usize {
    ///     tracing::info!("the caller's subscriber has this event");
    ///     line.len()
    /// }
    ///
    /// let subscriber = tracing_subscriber::registry();
    /// let _guard = tracing::subscriber::set_default(subscriber);
    ///
    /// let pool = process::pool().threads(1).inherit_subscriber().start()?;
    /// assert_eq!(pool.dispatch("four".to_owned())?.wait()?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tracing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
    pub fn inherit_subscriber(mut self) -> Self {
        self.inherits_subscriber = true;
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// Returns an error if the number of threads or the capacity of the queue is 0 or above its
    /// limit, if there is not enough memory for the queue, if the operating system does not start
    /// a thread, or if a thread cannot make its state. The threads that were started end again.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{StartError, traced_worker};
    ///
    /// #[traced_worker]
    /// fn process() {}
    ///
    /// let started = process::pool().queue_capacity(usize::MAX).start();
    /// assert!(matches!(started, Err(StartError::QueueTooLong { limit: 16_777_216, .. })));
    /// ```
    pub fn start(self) -> Result<Pool<W>, StartError> {
        let threads = self.checked_threads()?;
        check_queue_capacity::<W>(self.queue_capacity)?;
        if self.panic_backtraces {
            stacktrace::install_panic_hook();
        }
        let name = self.thread_name.as_deref().unwrap_or(W::METADATA.name());
        let options = ThreadOptions {
            state: self.state,
            // A thread's name must not hold a NUL.
            name: name.replace('\0', ""),
            stack_size: self.stack_size,
        };
        let mut shared = Shared::new(self.queue_capacity, threads, self.provider, options, false);
        shared.inherits_subscriber = self.inherits_subscriber;
        let pool = Pool {
            shared: Arc::new(shared),
        };
        if let Some(on) = &self.on {
            // Dropping the pool ends the workers that were started.
            (on.start)(&pool.shared, &on.owner)?;
            return Ok(pool);
        }
        let (ready, threads_ready) = mpsc::channel();
        for index in 0..threads {
            let thread = WorkerThread {
                index,
                shared: Arc::clone(&pool.shared),
                ready: Some(ready.clone()),
            };
            // Dropping the pool ends the threads that were started.
            thread.spawn().map_err(StartError::Spawn)?;
        }
        drop(ready);
        for made in threads_ready {
            made.map_err(StartError::State)?;
        }
        Ok(pool)
    }

    fn checked_threads(&self) -> Result<usize, StartError> {
        let requested = self.threads.map(check_threads).transpose()?;
        Ok(match (&self.on, requested) {
            (Some(on), Some(number)) => number.min(on.owner.number()),
            (Some(on), None) => on.owner.number(),
            (None, Some(number)) => number,
            (None, None) => thread::available_parallelism().map_or(1, NonZero::get),
        })
    }
}

/// Returns `number` if so many threads can be started.
pub(super) fn check_threads(number: usize) -> Result<usize, StartError> {
    match number {
        0 => Err(StartError::NoThreads),
        requested if requested > MAX_THREADS => Err(StartError::TooManyThreads {
            requested,
            limit: MAX_THREADS,
        }),
        number => Ok(number),
    }
}

pub(super) fn check_queue_capacity<W: Worker>(capacity: usize) -> Result<(), StartError> {
    match capacity {
        0 => Err(StartError::NoQueue),
        requested if requested > MAX_QUEUE_CAPACITY => Err(StartError::QueueTooLong {
            requested,
            limit: MAX_QUEUE_CAPACITY,
        }),
        // A queue that cannot be allocated would abort the process: here it can be refused.
        capacity => Vec::<(Job<W>, u64)>::new()
            .try_reserve_exact(capacity)
            .map_err(StartError::QueueMemory),
    }
}

impl<W: SyncWorker<State = ()>> Default for PoolBuilder<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: SyncWorker> fmt::Debug for PoolBuilder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("worker", &W::METADATA.name())
            .field("threads", &self.threads)
            .field("queue_capacity", &self.queue_capacity)
            .field("panic_backtraces", &self.panic_backtraces)
            .finish_non_exhaustive()
    }
}
