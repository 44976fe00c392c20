//! Threads that several pools share.
//!
//! Each pool on them has its own queue and a number of workers, which have turns: a worker whose
//! queue has a message is in the [run queue](set), a thread pops it and runs one message. A worker
//! whose queue is empty is a waker in that queue, as a task is.

mod closures;
mod schedule;
mod set;
mod worker;

use std::fmt;
use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::builder::{self, DEFAULT_QUEUE_CAPACITY};
use super::{Pool, PoolBuilder, PoolReport, PoolStats};
use crate::bind::BoundContext;
use crate::error::{DispatchError, StartError};
use crate::handle::{self, JoinHandle};
use crate::span::Provider;
use closures::{Closure, Closures, Spawned};

pub(super) use set::ThreadSetOwner;
pub(super) use worker::start;

/// The name of the threads, unless the builder is given one.
const DEFAULT_NAME: &str = "traced-worker";

/// A set of threads that several pools share.
///
/// Ten worker functions with pools of their own have ten times the threads that the cores can run. A pool
/// that is started [`on`](PoolBuilder::on) shared threads keeps its own bounded queue, its own counts
/// and its own shutdown, and the threads run the messages of all such pools. The turn passes after each message, so a pool with
/// a long queue does not keep the others waiting. Threads that have nothing to run are parked.
///
/// A worker that waits for a reply or a place of any pool on the same threads does not block its
/// thread, which runs other queued messages meanwhile: see [`JoinHandle::wait`].
///
/// A clone is a handle of the same threads. They end when the last one is dropped and all pools on them
/// have ended.
///
/// A forked child has none of the threads: see [`Pool`]. No pool can be started on them there.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::{Shutdown, Threads, traced_worker};
///
/// #[traced_worker]
/// fn resize(image: Vec<u8>) -> usize {
///     image.len() / 2
/// }
///
/// #[traced_worker]
/// fn checksum(image: Vec<u8>) -> u32 {
///     image.iter().map(|byte| u32::from(*byte)).sum()
/// }
///
/// let threads = Threads::new(2)?;
/// let resizes = resize::pool().on(&threads).queue_capacity(64).start()?;
/// let checksums = checksum::pool().on(&threads).start()?;
///
/// let (resized, sum) = (resizes.dispatch(vec![1, 2])?, checksums.dispatch(vec![1, 2])?);
/// assert_eq!((resized.wait()?, sum.wait()?), (1, 3));
///
/// let shutdown = Shutdown::builder().timeout(Duration::from_secs(5));
/// let report = shutdown.pool(&resizes).pool(&checksums).build().run();
/// assert_eq!(report.jobs.completed, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Threads {
    owner: Arc<ThreadSetOwner>,
    closures: Pool<Closures>,
}

impl Threads {
    /// Starts so many threads, from 1 to 16,384.
    ///
    /// # Errors
    ///
    /// Returns an error if `number` is 0 or above the limit, or if the operating system does not start
    /// a thread. The threads that were started end again.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{StartError, Threads};
    ///
    /// let threads = Threads::new(4)?;
    /// assert_eq!(threads.number(), 4);
    ///
    /// assert!(matches!(Threads::new(0), Err(StartError::NoThreads)));
    /// # Ok::<(), StartError>(())
    /// ```
    pub fn new(number: usize) -> Result<Self, StartError> {
        Self::builder().threads(number).start()
    }

    /// Returns a builder for a thread for each core.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Threads;
    ///
    /// let threads = Threads::builder().name("work").stack_size(4 << 20).start()?;
    /// let name = threads.spawn(|| std::thread::current().name().map(str::to_owned))?;
    /// assert!(name.wait()?.unwrap().starts_with("work-"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> ThreadsBuilder {
        ThreadsBuilder {
            threads: None,
            name: DEFAULT_NAME.to_owned(),
            stack_size: None,
            queue_capacity: DEFAULT_QUEUE_CAPACITY,
        }
    }

    /// Runs a closure on one of the threads, under the context that is current now.
    ///
    /// The context is carried by a [`Carrier`](crate::Carrier), as that of a message is. No span is
    /// started: spans that the closure starts are children of the caller's. Closures wait for their turn
    /// in a queue of their own, as the messages of one pool.
    ///
    /// With the feature `tracing`, the closure runs inside of the current `tracing` span, under its
    /// subscriber, as one that is bound with [`bind`](fn@crate::bind) does: log lines show the
    /// caller's fields. The span's export waits for the closure.
    ///
    /// Dropping the handle detaches the closure, which is still run.
    ///
    /// # Errors
    ///
    /// Returns the closure in [`DispatchError::Closed`] after [`shutdown`](Self::shutdown), and in
    /// [`DispatchError::WouldDeadlock`] if a closure or a worker on these threads calls this, the
    /// queue is full, and 64 messages are already run inside of each other.
    ///
    /// If the closure panics, the handle returns [`JobError::Panicked`](crate::JobError::Panicked).
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the queue of closures is full.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::Threads;
    ///
    /// let threads = Threads::new(2)?;
    /// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    /// let handle = {
    ///     let _guard = context.attach();
    ///     threads.spawn(|| Context::current().baggage().get("tenant").unwrap().to_string())?
    /// };
    /// assert_eq!(handle.wait()?, "blue");
    ///
    /// let failed = threads.spawn(|| -> u32 { panic!("no luck") })?;
    /// assert!(failed.wait().unwrap_err().is_panic());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn<F, T>(&self, closure: F) -> Result<JoinHandle<T>, DispatchError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (reply, handle) = handle::channel(self.closures.shared.id(), false);
        let spawned = Box::new(Spawned {
            closure,
            context: BoundContext::current_of_tracing(),
            reply,
        });
        match self.closures.send(spawned) {
            Ok(()) => Ok(handle),
            Err(DispatchError::Closed(closure)) => {
                Err(DispatchError::Closed(unboxed::<F, T>(closure)))
            }
            Err(DispatchError::WouldDeadlock(closure)) => {
                Err(DispatchError::WouldDeadlock(unboxed::<F, T>(closure)))
            }
        }
    }

    /// Refuses closures from now on, waits until those that were accepted have been run, but for at
    /// most `timeout`, and returns a report: see [`Pool::shutdown`].
    ///
    /// The pools on these threads are not shut down, and go on.
    ///
    /// # Blocking
    ///
    /// Blocks the thread for at most `timeout`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::{DispatchError, Threads};
    ///
    /// let threads = Threads::new(1)?;
    /// let _ = threads.spawn(|| println!("hello"))?;
    /// assert_eq!(threads.shutdown(Duration::from_secs(5)).completed, 1);
    /// assert!(matches!(threads.spawn(|| ()), Err(DispatchError::Closed(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(
        clippy::must_use_candidate,
        reason = "a caller that only ends the closures needs no report"
    )]
    pub fn shutdown(&self, timeout: Duration) -> PoolReport {
        self.closures.shutdown(timeout)
    }

    /// Returns the counts of the closures.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.closures.stats()
    }

    /// Returns the number of threads.
    #[must_use]
    pub fn number(&self) -> usize {
        self.owner.number()
    }

    pub(super) fn owner(&self) -> &Arc<ThreadSetOwner> {
        &self.owner
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads")
            .field("number", &self.number())
            .field("closures", &self.stats())
            .finish_non_exhaustive()
    }
}

/// Returns the closure that was spawned.
fn unboxed<F: 'static, T: 'static>(closure: Box<dyn Closure>) -> F {
    match closure.into_any().downcast::<Spawned<F, T>>() {
        Ok(spawned) => spawned.closure,
        Err(_) => unreachable!("the closure that is returned is the one that was pushed"),
    }
}

/// Configures and starts [`Threads`].
///
/// # Examples
///
/// ```
/// use traced_worker::Threads;
///
/// let threads = Threads::builder().threads(2).name("work").queue_capacity(256).start()?;
/// assert_eq!(threads.number(), 2);
/// # Ok::<(), traced_worker::StartError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder starts no thread until `start` is called"]
pub struct ThreadsBuilder {
    threads: Option<usize>,
    name: String,
    stack_size: Option<usize>,
    queue_capacity: usize,
}

impl ThreadsBuilder {
    /// Sets the number of threads, from 1 to 16,384.
    ///
    /// By default it is that of [`std::thread::available_parallelism`].
    pub fn threads(mut self, number: usize) -> Self {
        self.threads = Some(number);
        self
    }

    /// Sets the name of the threads, to which a hyphen and a number are added: `name-0`, `name-1`.
    ///
    /// By default it is `traced-worker`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the stack size of each thread, in bytes.
    ///
    /// By default it is that of [`std::thread`].
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Sets the maximum number of queued closures, from 1 to 16,777,216.
    ///
    /// By default it is 1024. While as many closures are queued, [`Threads::spawn`] blocks.
    pub fn queue_capacity(mut self, closures: usize) -> Self {
        self.queue_capacity = closures;
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// Returns an error if the number of threads or the capacity of the queue is 0 or above its
    /// limit, if there is not enough memory for the queue, or if the operating system does not start a
    /// thread. The threads that were started end again.
    pub fn start(self) -> Result<Threads, StartError> {
        let number = match self.threads {
            Some(number) => builder::check_threads(number)?,
            None => thread::available_parallelism().map_or(1, NonZero::get),
        };
        // A thread's name must not hold a NUL.
        let name = self.name.replace('\0', "");
        let spawned: io::Result<_> = ThreadSetOwner::start(number, name, self.stack_size);
        let owner = Arc::new(spawned.map_err(StartError::Spawn)?);
        let closures = PoolBuilder::<Closures>::new()
            .queue_capacity(self.queue_capacity)
            .provider(Provider::without_spans())
            .on_owner(&owner)
            .start()?;
        Ok(Threads { owner, closures })
    }
}
