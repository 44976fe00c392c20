//! What a pool is made of.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZero;
use std::sync::mpsc;
use std::thread;

use opentelemetry::trace::{Tracer, TracerProvider};

use super::Pool;
use super::queue::{presence, queue};
use super::shared::Shared;
use super::state::{MakesState, NoState, WithState};
use super::thread::WorkerThread;
use crate::error::StartError;
use crate::span::{Provider, stacktrace};
use crate::worker::Worker;

/// Messages that a pool's queue holds where the builder is told nothing.
const DEFAULT_QUEUE: usize = 1024;

/// Makes a [`Pool`]: what `process::pool()` gives.
///
/// # Example
///
/// ```
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn process(line: String) -> usize {
///     line.len()
/// }
///
/// let pool = process::pool().threads(4).queue(256).start()?;
/// assert_eq!((pool.threads(), pool.capacity()), (4, 256));
/// # Ok::<(), traced_worker::StartError>(())
/// ```
#[must_use = "a pool runs nothing until `start`"]
pub struct PoolBuilder<W: Worker, S = NoState> {
    threads: Option<usize>,
    queue: usize,
    name: Option<String>,
    stack_size: Option<usize>,
    provider: Provider,
    state: S,
    worker: PhantomData<fn() -> W>,
}

impl<W: Worker> PoolBuilder<W> {
    /// A pool of one thread for each core, with a queue of 1024 messages.
    pub fn new() -> Self {
        Self {
            threads: None,
            queue: DEFAULT_QUEUE,
            name: None,
            stack_size: None,
            provider: Provider::Global,
            state: NoState::default(),
            worker: PhantomData,
        }
    }

    /// How each thread makes the state that it has for itself: the worker's `#[state]`.
    ///
    /// It is made on its own thread when that starts, dropped on it when that ends, and made anew
    /// after a panic of the worker, which may have left it in pieces. It need not be `Send`.
    ///
    /// # Example
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
    /// let pool = look_up::pool().threads(2).state(HashMap::new).start()?;
    /// assert_eq!(pool.dispatch(12)?.wait()?, 144);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state(
        self,
        make: impl Fn() -> W::State + Send + Sync + 'static,
    ) -> PoolBuilder<W, WithState<W::State>> {
        self.try_state(move || Ok::<_, Infallible>(make()))
    }

    /// As [`state`](Self::state), where making it may fail: [`start`](Self::start) returns the
    /// error. If it fails later, after a panic, the message at hand ends with
    /// [`JobError::State`](crate::JobError::State), and the next one tries again.
    ///
    /// # Example
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
    /// let started = append::pool().try_state(|| File::open("/no/such/file")).start();
    /// assert!(matches!(started, Err(StartError::State(_))));
    /// ```
    pub fn try_state<E>(
        self,
        make: impl Fn() -> Result<W::State, E> + Send + Sync + 'static,
    ) -> PoolBuilder<W, WithState<W::State>>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        PoolBuilder {
            threads: self.threads,
            queue: self.queue,
            name: self.name,
            stack_size: self.stack_size,
            provider: self.provider,
            state: WithState::new(make),
            worker: PhantomData,
        }
    }
}

impl<W: Worker, S> PoolBuilder<W, S> {
    /// How many threads the pool has: 1 at least. By default as many as
    /// [`std::thread::available_parallelism`] says.
    pub fn threads(mut self, number: usize) -> Self {
        self.threads = Some(number);
        self
    }

    /// How many messages may wait: 1 at least, 1024 by default. Dispatch waits while there are as
    /// many.
    ///
    /// A message in the queue takes its own size and 64 bytes, from the start on.
    pub fn queue(mut self, messages: usize) -> Self {
        self.queue = messages;
        self
    }

    /// What the threads are named after, in place of the worker: `name-0`, `name-1`, ...
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The stack of each thread, in bytes. By default what [`std::thread`] gives.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Starts the pool's spans with this provider.
    ///
    /// By default they are started with the provider that `opentelemetry::global` has at the
    /// time, also where that is installed, or replaced, after the pool was started.
    ///
    /// # Example
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
    pub fn tracer_provider<P>(mut self, provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        self.provider = Provider::given(provider);
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// If it is to have no thread or no queue, if the operating system starts no thread, or if a
    /// thread cannot make its state: then those that were started end again.
    pub fn start(self) -> Result<Pool<W>, StartError>
    where
        S: MakesState<W::State>,
    {
        let threads = match self.threads {
            Some(0) => return Err(StartError::NoThreads),
            Some(number) => number,
            None => thread::available_parallelism().map_or(1, NonZero::get),
        };
        if self.queue == 0 {
            return Err(StartError::NoQueue);
        }
        stacktrace::wrap_panic_hook();
        // One for each thread, and one for the pool itself.
        let (intake, mut outlets) = queue(self.queue, threads + 1);
        let (presence, absence) = presence();
        let name = self
            .name
            .unwrap_or_else(|| W::DESCRIPTION.name().to_owned());
        // A thread's name must not hold a NUL.
        let name = name.replace('\0', "");
        let shared = Shared::new(
            name,
            self.stack_size,
            self.provider,
            threads,
            absence,
            outlets.remove(threads),
        );
        let state = self.state.into_maker();
        let (ready, threads_ready) = mpsc::channel();
        for (index, outlet) in outlets.into_iter().enumerate() {
            WorkerThread {
                index,
                shared: shared.clone(),
                outlet,
                presence: presence.clone(),
                state: state.clone(),
                ready: Some(ready.clone()),
            }
            .spawn()
            .map_err(StartError::Spawn)?;
        }
        drop(ready);
        for made in threads_ready {
            made.map_err(StartError::State)?;
        }
        Ok(Pool { intake, shared })
    }
}

impl<W: Worker> Default for PoolBuilder<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: Worker, S> fmt::Debug for PoolBuilder<W, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("worker", &W::DESCRIPTION.name())
            .field("threads", &self.threads)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
