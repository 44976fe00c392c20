//! A bounded queue that can be closed while either end waits.
//!
//! crossbeam's channel disconnects only when all senders are gone; a pool that is shut down by
//! reference must wake both the dispatchers that wait for room and the threads that wait for a
//! message. So there are two channels that carry nothing, and whose end is the signal: the first
//! tells the dispatchers, and only when none of them is putting a job in any more, the second tells
//! the threads. What was accepted is then in the queue, and they drain it.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded, select_biased};
use crossbeam_utils::Backoff;

use super::dispatchers::Dispatchers;
use super::waiters::Waiters;

/// How long to wait for room.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    Never,
    Until(Instant),
    Forever,
}

/// What was not queued, handed back.
pub(super) enum Refused<T> {
    Full(T),
    Closed(T),
}

/// A queue of `capacity` jobs, 1 at least.
pub(super) fn queue<T>(capacity: usize) -> (Intake<T>, Outlet<T>) {
    let (sender, receiver) = bounded(capacity);
    let (refuse, refusing) = bounded(0);
    let (drain, draining) = bounded(0);
    let gate = Arc::new(Gate {
        closed: AtomicBool::new(false),
        dispatchers: Dispatchers::default(),
        signals: Mutex::new(Some((refuse, drain))),
        refusing,
        draining,
        waiters: Waiters::default(),
    });
    let intake = Intake {
        sender,
        gate: Arc::clone(&gate),
    };
    (intake, Outlet { receiver, gate })
}

struct Gate {
    closed: AtomicBool,
    dispatchers: Dispatchers,
    signals: Mutex<Option<(Signal, Signal)>>,
    /// Ends when the queue is closed.
    refusing: Receiver<Infallible>,
    /// Ends when the queue is closed, and nobody is putting a job in any more.
    draining: Receiver<Infallible>,
    waiters: Waiters,
}

type Signal = Sender<Infallible>;

impl Gate {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// The end that jobs go in by.
pub(super) struct Intake<T> {
    sender: Sender<T>,
    gate: Arc<Gate>,
}

impl<T> Intake<T> {
    pub(super) fn push(&self, job: T, wait: Wait) -> Result<(), Refused<T>> {
        let inside = self.gate.dispatchers.enter();
        if self.gate.is_closed() {
            return Err(Refused::Closed(job));
        }
        match self.sender.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Disconnected(job)) => return Err(Refused::Closed(job)),
            Err(TrySendError::Full(job)) => self.push_slowly(job, wait)?,
        }
        inside.accepted();
        Ok(())
    }

    /// How many jobs were ever put in; it does not change once the queue is closed.
    pub(super) fn accepted(&self) -> u64 {
        self.gate.dispatchers.accepted()
    }

    #[cold]
    fn push_slowly(&self, mut job: T, wait: Wait) -> Result<(), Refused<T>> {
        // A place is often free again sooner than a thread is parked.
        let backoff = Backoff::new();
        while !matches!(wait, Wait::Never) && !backoff.is_completed() && !self.gate.is_closed() {
            backoff.snooze();
            match self.sender.try_send(job) {
                Ok(()) => return Ok(()),
                Err(error) => job = error.into_inner(),
            }
        }
        let deadline = match wait {
            Wait::Never => return Err(Refused::Full(job)),
            Wait::Until(deadline) => crossbeam_channel::at(deadline),
            Wait::Forever => crossbeam_channel::never(),
        };
        select_biased! {
            recv(self.gate.refusing) -> _ => Err(Refused::Closed(job)),
            send(self.sender, job) -> sent => {
                sent.map_err(|error| Refused::Closed(error.into_inner()))
            }
            recv(deadline) -> _ => Err(Refused::Full(job)),
        }
    }

    /// Refuses all jobs from now on, and wakes whoever waits at either end. What is queued stays,
    /// and is all that there will be.
    pub(super) fn close(&self) {
        self.gate.closed.store(true, Ordering::SeqCst);
        let signals = self.gate.signals.lock();
        let Some((refuse, drain)) = signals.unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        drop(refuse);
        self.gate.waiters.notify_all();
        self.gate.dispatchers.wait_until_gone();
        drop(drain);
    }

    pub(super) fn len(&self) -> usize {
        self.sender.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.sender.capacity().unwrap_or(usize::MAX)
    }

    pub(super) fn waiters(&self) -> &Waiters {
        &self.gate.waiters
    }
}

/// The end that jobs come out of.
pub(super) struct Outlet<T> {
    receiver: Receiver<T>,
    gate: Arc<Gate>,
}

impl<T> Outlet<T> {
    /// The next job, waited for; `None` once the queue is closed and empty. `rest` is called
    /// before it waits.
    pub(super) fn pop(&self, rest: impl FnOnce()) -> Option<T> {
        let job = match self.receiver.try_recv() {
            Ok(job) => Some(job),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => {
                rest();
                self.spin().or_else(|| {
                    select_biased! {
                        recv(self.receiver) -> job => job.ok(),
                        recv(self.gate.draining) -> _ => self.receiver.try_recv().ok(),
                    }
                })
            }
        };
        if job.is_some() {
            self.gate.waiters.notify_one();
        }
        job
    }

    /// Looks for a job a few microseconds long: parking, and being woken, takes ten times that.
    fn spin(&self) -> Option<T> {
        let backoff = Backoff::new();
        while !backoff.is_completed() {
            backoff.snooze();
            if let Ok(job) = self.receiver.try_recv() {
                return Some(job);
            }
        }
        None
    }

    /// The next job, if there is one now.
    pub(super) fn try_pop(&self) -> Option<T> {
        let job = self.receiver.try_recv().ok();
        if job.is_some() {
            self.gate.waiters.notify_one();
        }
        job
    }

    /// The next job, waited for no longer than until `deadline`, nor for a queue that is closed.
    pub(super) fn pop_until(&self, deadline: Instant) -> Option<T> {
        let job = self.receiver.try_recv().ok().or_else(|| {
            select_biased! {
                recv(self.receiver) -> job => job.ok(),
                recv(self.gate.draining) -> _ => None,
                recv(crossbeam_channel::at(deadline)) -> _ => None,
            }
        });
        if job.is_some() {
            self.gate.waiters.notify_one();
        }
        job
    }
}

impl<T> Clone for Outlet<T> {
    fn clone(&self) -> Self {
        Self {
            receiver: self.receiver.clone(),
            gate: Arc::clone(&self.gate),
        }
    }
}

/// Held by each thread of a pool, so that their end can be waited for.
#[derive(Clone)]
pub(super) struct Presence {
    _sender: Sender<Infallible>,
}

/// Tells when all threads that hold the [`Presence`] have let go of it.
pub(super) struct Absence(Receiver<Infallible>);

pub(super) fn presence() -> (Presence, Absence) {
    let (sender, receiver) = bounded(0);
    (Presence { _sender: sender }, Absence(receiver))
}

impl Absence {
    /// Waits for it; `false` if `deadline` passed first. `None` waits for ever.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> bool {
        use crossbeam_channel::RecvTimeoutError::Disconnected;
        match deadline {
            None => self.0.recv().is_err(),
            Some(deadline) => self.0.recv_deadline(deadline) == Err(Disconnected),
        }
    }
}
