//! What a pool is made of.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZero;
use std::thread;

use opentelemetry::trace::{Tracer, TracerProvider};

use super::Pool;
use super::queue::{presence, queue};
use super::shared::Shared;
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
pub struct PoolBuilder<W: Worker> {
    threads: Option<usize>,
    queue: usize,
    name: Option<String>,
    stack_size: Option<usize>,
    provider: Provider,
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
            worker: PhantomData,
        }
    }

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
    /// If it is to have no thread or no queue, or if the operating system starts no thread: then
    /// those that were started end again.
    pub fn start(self) -> Result<Pool<W>, StartError> {
        let threads = match self.threads {
            Some(0) => return Err(StartError::NoThreads),
            Some(number) => number,
            None => thread::available_parallelism().map_or(1, NonZero::get),
        };
        if self.queue == 0 {
            return Err(StartError::NoQueue);
        }
        stacktrace::wrap_panic_hook();
        let (intake, outlet) = queue(self.queue);
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
            outlet.clone(),
        );
        for index in 0..threads {
            WorkerThread {
                index,
                shared: shared.clone(),
                outlet: outlet.clone(),
                presence: presence.clone(),
            }
            .spawn()
            .map_err(StartError::Spawn)?;
        }
        Ok(Pool { intake, shared })
    }
}

impl<W: Worker> Default for PoolBuilder<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: Worker> fmt::Debug for PoolBuilder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("worker", &W::DESCRIPTION.name())
            .field("threads", &self.threads)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
