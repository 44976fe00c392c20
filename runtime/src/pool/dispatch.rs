//! Dispatch: inject the context, make a job, push it into the queue.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, Wake, Waker};
use std::time::Duration;

use opentelemetry::Context;

use super::job::Job;
use super::queue::{PushError, PushWaiter, Wait};
use super::{Pool, Shared};
#[cfg(feature = "tokio")]
use crate::blocking;
use crate::carrier::Carrier;
use crate::error::{DispatchError, DispatchTimeoutError, TryDispatchError};
use crate::handle::{JoinHandle, Reply};
#[cfg(feature = "tokio")]
use crate::reentrant::OwnPoolWait;
use crate::reentrant::{self, OwnWait, PoolThread, WouldDeadlock};
use crate::span::SpanRelation;
use crate::sync::{AtomicBool, Instant, Ordering};
use crate::traced::Traced;
use crate::worker::{Envelope, Worker};

/// A view of a pool that overrides what its dispatches inject.
///
/// Made by [`Pool::with_relation`] and [`Pool::with_context`]. Its methods are those of [`Pool`].
///
/// # Examples
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use traced_worker::{SpanRelation, traced_worker};
///
/// #[traced_worker]
/// fn refresh(key: &'static str) -> String {
///     let context = Context::current();
///     format!("{key} of {}", context.baggage().get("tenant").unwrap())
/// }
///
/// let pool = refresh::pool().threads(1).start()?;
/// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
/// let dispatcher = pool.with_context(&context).with_relation(SpanRelation::Link);
/// assert_eq!(dispatcher.dispatch("users")?.wait()?, "users of blue");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Dispatcher<'a, W: Worker> {
    pub(super) pool: &'a Pool<W>,
    pub(super) context: Option<&'a Context>,
    relation: Option<SpanRelation>,
}

type DispatchResult<W, E> = Result<JoinHandle<<W as Worker>::Output>, E>;

/// The handles of many messages, in their order.
pub(super) type DispatchAllResult<W> = Result<
    Vec<JoinHandle<<W as Worker>::Output>>,
    DispatchAllError<<W as Worker>::Output, <W as Worker>::Message>,
>;

impl<'a, W: Worker> Dispatcher<'a, W> {
    pub(super) fn new(pool: &'a Pool<W>) -> Self {
        Self {
            pool,
            context: None,
            relation: None,
        }
    }

    /// Sets the relation of the worker spans, in place of the worker's own.
    #[must_use]
    pub fn with_relation(self, relation: SpanRelation) -> Self {
        let relation = Some(relation);
        Self { relation, ..self }
    }

    /// Sets the context to inject, in place of the current one.
    #[must_use]
    pub fn with_context(self, context: &'a Context) -> Self {
        let context = Some(context);
        Self { context, ..self }
    }

    /// Dispatches as [`Pool::dispatch`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::dispatch`].
    pub fn dispatch(&self, message: W::Message) -> DispatchResult<W, DispatchError<W::Message>> {
        self.enqueue(message, Wait::Forever).map_err(closed)
    }

    /// Dispatches as [`Pool::try_dispatch`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::try_dispatch`].
    pub fn try_dispatch(
        &self,
        message: W::Message,
    ) -> DispatchResult<W, TryDispatchError<W::Message>> {
        self.enqueue(message, Wait::Never).map_err(full_or_closed)
    }

    /// Dispatches as [`Pool::dispatch_timeout`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::dispatch_timeout`].
    pub fn dispatch_timeout(
        &self,
        message: W::Message,
        timeout: Duration,
    ) -> DispatchResult<W, DispatchTimeoutError<W::Message>> {
        self.enqueue(message, until(timeout))
            .map_err(timeout_or_closed)
    }

    /// Dispatches as [`Pool::dispatch_async`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::dispatch_async`].
    pub fn dispatch_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = DispatchResult<W, DispatchError<W::Message>>> + Send + Unpin + use<'a, W>
    {
        let (reply, handle) = self.pool.shared.reply_channel();
        Push::new(self.pool, self.job(message, Some(reply)), handle)
    }

    /// Dispatches without a reply, as [`Pool::send`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::send`].
    pub fn send(&self, message: W::Message) -> Result<(), DispatchError<W::Message>> {
        self.enqueue_detached(message, Wait::Forever)
            .map_err(closed)
    }

    /// Dispatches without a reply, as [`Pool::try_send`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::try_send`].
    pub fn try_send(&self, message: W::Message) -> Result<(), TryDispatchError<W::Message>> {
        self.enqueue_detached(message, Wait::Never)
            .map_err(full_or_closed)
    }

    /// Dispatches without a reply, as [`Pool::send_timeout`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::send_timeout`].
    pub fn send_timeout(
        &self,
        message: W::Message,
        timeout: Duration,
    ) -> Result<(), DispatchTimeoutError<W::Message>> {
        self.enqueue_detached(message, until(timeout))
            .map_err(timeout_or_closed)
    }

    /// Dispatches without a reply, as [`Pool::send_async`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::send_async`].
    pub fn send_async(
        &self,
        message: W::Message,
    ) -> impl Future<Output = Result<(), DispatchError<W::Message>>> + Send + Unpin + use<'a, W>
    {
        Push::new(self.pool, self.job(message, None), ())
    }

    /// Dispatches as [`Pool::dispatch_all`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::dispatch_all`].
    pub fn dispatch_all(
        &self,
        messages: impl IntoIterator<Item = W::Message>,
    ) -> DispatchAllResult<W> {
        let carrier = self.carrier();
        let mut messages = messages.into_iter();
        // The iterator is foreign code: its size hint may be anything.
        let expected = messages.size_hint().0.min(self.pool.capacity());
        let mut handles = Vec::with_capacity(expected);
        while let Some(message) = messages.next() {
            let (reply, handle) = self.pool.shared.reply_channel();
            let job = self.job_with_carrier(message, carrier.clone(), Some(reply));
            match self.pool.shared.push(job, Wait::Forever) {
                Ok(()) => handles.push(handle),
                Err(rejected) => {
                    let (reason, first) = split(closed(rejected));
                    let mut left = vec![first];
                    // Not by `extend`, which believes the size hint.
                    messages.for_each(|message| left.push(message));
                    return Err(DispatchAllError {
                        reason,
                        handles,
                        messages: left,
                    });
                }
            }
        }
        Ok(handles)
    }

    /// Dispatches as [`Pool::dispatch_traced`] does.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pool::dispatch_traced`].
    pub fn dispatch_traced(
        &self,
        traced: Traced<W::Message>,
    ) -> DispatchResult<W, DispatchError<Traced<W::Message>>> {
        let (message, carrier) = traced.into_parts();
        let (reply, handle) = self.pool.shared.reply_channel();
        let job = self.job_with_carrier(message, carrier.clone(), Some(reply));
        match self.pool.shared.push(job, Wait::Forever) {
            Ok(()) => Ok(handle),
            Err(rejected) => {
                let (reason, message) = split(closed(rejected));
                let traced = Traced::from_parts(message, carrier);
                Err(match reason {
                    DispatchError::Closed(()) => DispatchError::Closed(traced),
                    DispatchError::WouldDeadlock(()) => DispatchError::WouldDeadlock(traced),
                })
            }
        }
    }

    fn enqueue(&self, message: W::Message, wait: Wait) -> DispatchResult<W, Rejected<W::Message>> {
        let (reply, handle) = self.pool.shared.reply_channel();
        let job = self.job(message, Some(reply));
        self.pool.shared.push(job, wait).map(|()| handle)
    }

    fn enqueue_detached(
        &self,
        message: W::Message,
        wait: Wait,
    ) -> Result<(), Rejected<W::Message>> {
        self.pool.shared.push(self.job(message, None), wait)
    }

    pub(super) fn job(&self, message: W::Message, reply: Option<Reply<W::Output>>) -> Job<W> {
        self.job_with_carrier(message, self.carrier(), reply)
    }

    fn job_with_carrier(
        &self,
        message: W::Message,
        carrier: Carrier,
        reply: Option<Reply<W::Output>>,
    ) -> Job<W> {
        Job {
            message,
            envelope: self.pool.shared.envelope(carrier, self.relation),
            reply,
        }
    }

    /// Injects the context.
    fn carrier(&self) -> Carrier {
        match self.context {
            Some(context) => Carrier::inject(context),
            None => Carrier::current(),
        }
    }
}

impl<W: Worker> Clone for Dispatcher<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: Worker> Copy for Dispatcher<'_, W> {}

impl<W: Worker> fmt::Debug for Dispatcher<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("worker", &W::METADATA.name())
            .field("relation", &self.relation)
            .field("context", &self.context)
            .finish()
    }
}

/// A message that was not queued.
enum Rejected<M> {
    Full(M),
    Closed(M),
    WouldDeadlock(M),
}

impl<W: Worker> Shared<W> {
    fn envelope(&self, carrier: Carrier, relation: Option<SpanRelation>) -> Envelope {
        Envelope::new::<W>(carrier, relation, &self.provider, self.inherits_subscriber)
    }

    fn push(&self, job: Job<W>, wait: Wait) -> Result<(), Rejected<W::Message>> {
        if matches!(wait, Wait::Until(_)) && self.queue.is_orphaned() {
            return Err(Rejected::Closed(job.message));
        }
        let job = match (self.queue.push(job, Wait::Never), wait) {
            (Ok(()), _) => return Ok(()),
            (Err(PushError::Closed(job)), _) => return Err(Rejected::Closed(job.message)),
            (Err(PushError::Full(job)), Wait::Never) => return Err(Rejected::Full(job.message)),
            (Err(PushError::Full(job)), Wait::Until(_) | Wait::Forever) => job,
        };
        if self.queue.is_orphaned() {
            return Err(Rejected::Closed(job.message));
        }
        if let Some(thread) = reentrant::current(self.id()) {
            return self.push_on_pool_thread(&*thread, job, wait);
        }
        #[cfg(feature = "tokio")]
        blocking::warn_in_task();
        self.queue.push(job, wait).map_err(Rejected::from)
    }

    /// Waits for a free place on a thread that runs messages of this pool, and runs queued messages
    /// meanwhile: no other thread may take one out.
    ///
    /// The thread may sleep while it is registered as a pusher, because a place then wakes it. A
    /// message that it takes out leaves a place, which it takes before it runs the message: one that
    /// comes from outside would be run inside of this one, too. If it gets none, it is not registered
    /// while it runs the message, which may take long: others are woken for a place meanwhile.
    #[cold]
    fn push_on_pool_thread(
        &self,
        thread: &dyn PoolThread,
        job: Job<W>,
        wait: Wait,
    ) -> Result<(), Rejected<W::Message>> {
        let deadline = match wait {
            Wait::Until(deadline) => Some(deadline),
            Wait::Never | Wait::Forever => None,
        };
        let place = Arc::new(Place {
            thread: thread.waker(),
            is_woken: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&place));
        let push = RefCell::new((Some(job), PushWaiter::default()));
        let pushed = RefCell::new(None);
        let try_push = || {
            let (job, waiter) = &mut *push.borrow_mut();
            if job.is_some() {
                let mut cx = task::Context::from_waker(&waker);
                match self.queue.poll_push(job, waiter, &mut cx) {
                    Poll::Ready(result) => *pushed.borrow_mut() = Some(result),
                    Poll::Pending => return false,
                }
            }
            true
        };
        let cancel = || self.queue.cancel_push(&mut push.borrow_mut().1);
        let has_run = Cell::new(false);
        let tries_again = || has_run.get() || place.is_woken.load(Ordering::Acquire);
        let own_wait = OwnWait {
            before_run: &|| {
                has_run.set(true);
                if !try_push() {
                    cancel();
                }
            },
            ..OwnWait::new(self.id(), &tries_again, deadline)
        };
        let mut ran = Ok(());
        while ran.is_ok() {
            has_run.set(false);
            place.is_woken.store(false, Ordering::Relaxed);
            if !try_push() && !own_wait.has_timed_out() {
                ran = thread.run_until(&own_wait);
            }
            if let Some(pushed) = pushed.take() {
                return pushed.map_err(Rejected::from);
            }
            if own_wait.has_timed_out() {
                break;
            }
        }
        cancel();
        let Some(job) = push.take().0 else {
            return Ok(());
        };
        let wait = match (ran, deadline) {
            (Err(WouldDeadlock), None) => return Err(Rejected::WouldDeadlock(job.message)),
            (Err(WouldDeadlock), Some(_)) => wait,
            (Ok(()), _) => Wait::Never,
        };
        self.queue.push(job, wait).map_err(Rejected::from)
    }
}

/// A place in a queue that a thread of its pool waits for.
struct Place {
    thread: Waker,
    is_woken: AtomicBool,
}

impl Wake for Place {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.wake_by_ref();
    }
}

impl<W: Worker> From<PushError<Job<W>>> for Rejected<W::Message> {
    fn from(error: PushError<Job<W>>) -> Self {
        match error {
            PushError::Full(job) => Self::Full(job.message),
            PushError::Closed(job) => Self::Closed(job.message),
        }
    }
}

/// A push that awaits a place in the queue, and then completes with `output`.
pub(super) struct Push<'a, W: Worker, T> {
    pool: &'a Pool<W>,
    job: Option<Job<W>>,
    waiter: PushWaiter,
    output: Option<T>,
    /// A wait of a job of the same pool.
    #[cfg(feature = "tokio")]
    own_pool_wait: OwnPoolWait,
}

impl<'a, W: Worker, T> Push<'a, W, T> {
    pub(super) fn new(pool: &'a Pool<W>, job: Job<W>, output: T) -> Self {
        Self {
            pool,
            job: Some(job),
            waiter: PushWaiter::default(),
            output: Some(output),
            #[cfg(feature = "tokio")]
            own_pool_wait: OwnPoolWait::default(),
        }
    }
}

// Nothing in it is pinned.
impl<W: Worker, T> Unpin for Push<'_, W, T> {}

impl<W: Worker, T> Future for Push<'_, W, T> {
    type Output = Result<T, DispatchError<W::Message>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let queue = &this.pool.shared.queue;
        match queue.poll_push(&mut this.job, &mut this.waiter, context) {
            Poll::Pending => {
                #[cfg(feature = "tokio")]
                if let Err(WouldDeadlock) = this.own_pool_wait.begin(this.pool.shared.id())
                    && let Some(job) = this.job.take()
                {
                    let rejected = Rejected::WouldDeadlock(job.message);
                    return Poll::Ready(Err(closed(rejected)));
                }
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(closed(Rejected::from(error)))),
            Poll::Ready(Ok(())) => {
                #[cfg(feature = "tokio")]
                this.own_pool_wait.end();
                let output = this.output.take();
                Poll::Ready(Ok(
                    output.expect("a future is not polled after it completed")
                ))
            }
        }
    }
}

impl<W: Worker, T> Drop for Push<'_, W, T> {
    fn drop(&mut self) {
        // Before the message is dropped, which is foreign code.
        self.pool.shared.queue.cancel_push(&mut self.waiter);
    }
}

fn until(timeout: Duration) -> Wait {
    // Where the clock cannot reach that far, the wait has no end.
    let deadline = Instant::now().checked_add(timeout);
    deadline.map_or(Wait::Forever, Wait::Until)
}

/// A push that waits for ever does not end with a full queue.
fn closed<M>(rejected: Rejected<M>) -> DispatchError<M> {
    match rejected {
        Rejected::Full(message) | Rejected::Closed(message) => DispatchError::Closed(message),
        Rejected::WouldDeadlock(message) => DispatchError::WouldDeadlock(message),
    }
}

/// Separates the reason from the message.
fn split<M>(error: DispatchError<M>) -> (DispatchError<()>, M) {
    match error {
        DispatchError::Closed(message) => (DispatchError::Closed(()), message),
        DispatchError::WouldDeadlock(message) => (DispatchError::WouldDeadlock(()), message),
    }
}

fn full_or_closed<M>(rejected: Rejected<M>) -> TryDispatchError<M> {
    match rejected {
        Rejected::Full(message) | Rejected::WouldDeadlock(message) => {
            TryDispatchError::Full(message)
        }
        Rejected::Closed(message) => TryDispatchError::Closed(message),
    }
}

fn timeout_or_closed<M>(rejected: Rejected<M>) -> DispatchTimeoutError<M> {
    match rejected {
        Rejected::Full(message) | Rejected::WouldDeadlock(message) => {
            DispatchTimeoutError::Timeout(message)
        }
        Rejected::Closed(message) => DispatchTimeoutError::Closed(message),
    }
}

/// An error returned by [`Pool::dispatch_all`](crate::Pool::dispatch_all): not all messages
/// were dispatched.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn length(word: &'static str) -> usize {
///     word.len()
/// }
///
/// let pool = length::pool().threads(1).start()?;
/// pool.shutdown(Duration::from_secs(5));
/// let error = pool.dispatch_all(["one", "two"]).unwrap_err();
/// assert!(error.handles.is_empty());
/// assert_eq!(error.messages, ["one", "two"]);
/// # Ok::<(), traced_worker::StartError>(())
/// ```
#[non_exhaustive]
pub struct DispatchAllError<T, M> {
    /// The reason why the first of `messages` was not dispatched.
    pub reason: DispatchError<()>,
    /// The handles of the messages that were dispatched, in their order.
    pub handles: Vec<JoinHandle<T>>,
    /// The messages that were not dispatched, in their order.
    pub messages: Vec<M>,
}

impl<T, M> fmt::Debug for DispatchAllError<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DispatchAllError")
            .field("reason", &self.reason)
            .field("handles", &self.handles.len())
            .field("messages", &self.messages.len())
            .finish()
    }
}

impl<T, M> fmt::Display for DispatchAllError<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} messages were dispatched, {} were not",
            self.reason,
            self.handles.len(),
            self.messages.len()
        )
    }
}

impl<T, M> Error for DispatchAllError<T, M> {}
