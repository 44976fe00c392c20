//! A bounded queue that can be closed while either end waits.
//!
//! crossbeam's channel disconnects only when all senders are gone; a pool that is shut down by
//! reference must wake both the dispatchers that wait for room and the threads that wait for a
//! message. So there are two channels that carry nothing, and whose end is the signal: the first
//! tells the dispatchers, and only when none of them is putting a job in any more, the second tells
//! the threads. What was accepted is then in the queue, and they drain it.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded, select_biased};

use super::traffic::Traffic;
use super::waiters::Waiters;
use crate::spin::{self, Spin};

/// Places that a dispatcher waits for while it stays awake: see [`Intake::wait_awake`].
const ROOM: usize = 64;

thread_local! {
    static SPIN: Cell<Spin> = const { Cell::new(Spin::new()) };
}

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

/// A queue of `capacity` jobs, 1 at least, with so many outlets.
pub(super) fn queue<T>(capacity: usize, outlets: usize) -> (Intake<T>, Vec<Outlet<T>>) {
    let (sender, receiver) = bounded(capacity);
    let (refuse, refusing) = bounded(0);
    let (drain, draining) = bounded(0);
    let gate = Arc::new(Gate {
        closed: AtomicBool::new(false),
        traffic: Traffic::new(outlets),
        accepted: OnceLock::new(),
        signals: Mutex::new(Some((refuse, drain))),
        refusing,
        draining,
        waiters: Waiters::default(),
    });
    let outlet = |taker| Outlet {
        receiver: receiver.clone(),
        gate: Arc::clone(&gate),
        taker,
    };
    let outlets = (0..outlets).map(outlet).collect();
    (Intake { sender, gate }, outlets)
}

struct Gate {
    closed: AtomicBool,
    traffic: Traffic,
    /// How many jobs were ever put in: known once the queue is closed.
    accepted: OnceLock<u64>,
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
        self.closed.load(Ordering::SeqCst)
    }
}

/// The end that jobs go in by.
pub(super) struct Intake<T> {
    sender: Sender<T>,
    gate: Arc<Gate>,
}

impl<T> Intake<T> {
    pub(super) fn push(&self, job: T, wait: Wait) -> Result<(), Refused<T>> {
        if self.gate.is_closed() {
            return Err(Refused::Closed(job));
        }
        self.gate.traffic.enter();
        let pushed = self.push_inside(job, wait);
        if pushed.is_err() {
            self.gate.traffic.refuse();
        }
        pushed
    }

    fn push_inside(&self, job: T, wait: Wait) -> Result<(), Refused<T>> {
        if self.gate.is_closed() {
            return Err(Refused::Closed(job));
        }
        match self.sender.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Disconnected(job)) => Err(Refused::Closed(job)),
            Err(TrySendError::Full(job)) => self.push_slowly(job, wait),
        }
    }

    #[cold]
    fn push_slowly(&self, mut job: T, wait: Wait) -> Result<(), Refused<T>> {
        let deadline = match wait {
            Wait::Never => return Err(Refused::Full(job)),
            Wait::Until(deadline) => crossbeam_channel::at(deadline),
            Wait::Forever => crossbeam_channel::never(),
        };
        self.wait_awake(&deadline);
        if !self.gate.is_closed() {
            match self.sender.try_send(job) {
                Ok(()) => return Ok(()),
                Err(error) => job = error.into_inner(),
            }
        }
        select_biased! {
            recv(self.gate.refusing) -> _ => Err(Refused::Closed(job)),
            send(self.sender, job) -> sent => {
                sent.map_err(|error| Refused::Closed(error.into_inner()))
            }
            recv(deadline) -> _ => Err(Refused::Full(job)),
        }
    }

    /// Waits for room, awake, for as long as that pays.
    ///
    /// Not for one place but for several, where the queue is long: a dispatcher that fills each
    /// place as soon as it is free works on the same cache lines as the threads that free them,
    /// and makes each message twice as dear.
    fn wait_awake(&self, deadline: &Receiver<Instant>) {
        let enough = self.capacity() - ROOM.min(self.capacity().div_ceil(2));
        spin::with(&SPIN, |spin| {
            spin.wait_for(|| {
                let is_over = self.len() <= enough || self.gate.is_closed() || !deadline.is_empty();
                is_over.then_some(())
            })
        });
    }

    /// Refuses all jobs from now on, and wakes whoever waits at either end. What is queued stays,
    /// and is all that there will be. Says how many jobs were ever put in.
    pub(super) fn close(&self) -> u64 {
        self.gate.closed.store(true, Ordering::SeqCst);
        let signals = self.gate.signals.lock();
        let signals = signals.unwrap_or_else(PoisonError::into_inner).take();
        let drain = signals.map(|(refuse, drain)| {
            drop(refuse);
            drain
        });
        self.gate.waiters.notify_all();
        let settle = || self.gate.traffic.settle(|| self.len());
        let accepted = *self.gate.accepted.get_or_init(settle);
        drop(drain);
        accepted
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

/// An end that jobs come out of, for one thread at a time.
pub(super) struct Outlet<T> {
    receiver: Receiver<T>,
    gate: Arc<Gate>,
    taker: usize,
}

impl<T> Outlet<T> {
    /// The next job, waited for; `None` once the queue is closed and empty. `rest` is called
    /// before it waits.
    pub(super) fn pop(&mut self, spin: &mut Spin, rest: impl FnOnce()) -> Option<T> {
        let job = match self.receiver.try_recv() {
            Err(TryRecvError::Empty) => {
                rest();
                let awake = spin.wait_for(|| self.receiver.try_recv().ok());
                awake.or_else(|| {
                    select_biased! {
                        recv(self.receiver) -> job => job.ok(),
                        recv(self.gate.draining) -> _ => self.receiver.try_recv().ok(),
                    }
                })
            }
            tried => {
                spin.skip();
                tried.ok()
            }
        };
        self.taken(job)
    }

    /// The next job, if there is one now.
    pub(super) fn try_pop(&mut self) -> Option<T> {
        let job = self.receiver.try_recv().ok();
        self.taken(job)
    }

    /// The next job, waited for no longer than until `deadline`, nor for a queue that is closed.
    pub(super) fn pop_until(&mut self, deadline: Instant) -> Option<T> {
        let job = self.receiver.try_recv().ok().or_else(|| {
            select_biased! {
                recv(self.receiver) -> job => job.ok(),
                recv(self.gate.draining) -> _ => None,
                recv(crossbeam_channel::at(deadline)) -> _ => None,
            }
        });
        self.taken(job)
    }

    /// For the thread that goes on in place of the one that has this.
    pub(super) fn for_successor(&self) -> Self {
        Self {
            receiver: self.receiver.clone(),
            gate: Arc::clone(&self.gate),
            taker: self.taker,
        }
    }

    fn taken(&self, job: Option<T>) -> Option<T> {
        if job.is_some() {
            self.gate.traffic.take(self.taker);
            self.gate.waiters.notify_one();
        }
        job
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
