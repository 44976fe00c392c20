//! What the pool and its threads share.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::counters::{Counters, Stats};
use super::job::Job;
use super::queue::{Absence, Outlet};
use super::shutdown::Report;
use crate::error::JobError;
use crate::span::Provider;
use crate::worker::{Runner, Worker};

/// What stands on the span of an abandoned message.
pub(super) const ABANDONED: &str = "shut down before the message was run";

/// What stands on the span of a message whose thread had no state.
pub(super) const NO_STATE: &str = "the worker's state could not be made again after a panic";

/// A reference to it.
pub(super) struct Shared<W: Worker>(Arc<Inner<W>>);

struct Inner<W: Worker> {
    name: String,
    stack_size: Option<usize>,
    provider: Provider,
    counters: Box<[Counters]>,
    abandoned: AtomicU64,
    /// Set when a shutdown's deadline has passed: what is queued is not run any more.
    abandoning: AtomicBool,
    absence: Absence,
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
    /// The pool's own end of the queue, to sweep up what the threads leave.
    outlet: Mutex<Outlet<Job<W>>>,
    report: Mutex<Option<Report>>,
}

impl<W: Worker> Shared<W> {
    pub(super) fn new(
        name: String,
        stack_size: Option<usize>,
        provider: Provider,
        threads: usize,
        absence: Absence,
        outlet: Outlet<Job<W>>,
    ) -> Self {
        Self(Arc::new(Inner {
            name,
            stack_size,
            provider,
            counters: (0..threads).map(|_| Counters::default()).collect(),
            abandoned: AtomicU64::new(0),
            abandoning: AtomicBool::new(false),
            absence,
            threads: Mutex::new(Vec::with_capacity(threads)),
            outlet: Mutex::new(outlet),
            report: Mutex::new(None),
        }))
    }

    pub(super) fn stats(&self, queued: usize) -> Stats {
        let mut stats = Stats {
            queued: queued as u64,
            abandoned: self.0.abandoned.load(Ordering::Relaxed),
            ..Stats::default()
        };
        for counters in &self.0.counters {
            counters.add_to(&mut stats);
        }
        stats
    }

    pub(super) fn threads(&self) -> usize {
        self.0.counters.len()
    }

    pub(super) fn provider(&self) -> &Provider {
        &self.0.provider
    }

    pub(super) fn counters(&self, index: usize) -> &Counters {
        &self.0.counters[index]
    }

    /// What a thread of the pool is made with.
    pub(super) fn thread_builder(&self, index: usize) -> thread::Builder {
        let builder = thread::Builder::new().name(format!("{}-{index}", self.0.name));
        match self.0.stack_size {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        }
    }

    pub(super) fn add_thread(&self, thread: thread::JoinHandle<()>) {
        lock(&self.0.threads).push(thread);
    }

    pub(super) fn take_threads(&self) -> Vec<thread::JoinHandle<()>> {
        std::mem::take(&mut *lock(&self.0.threads))
    }

    pub(super) fn absence(&self) -> &Absence {
        &self.0.absence
    }

    pub(super) fn is_abandoning(&self) -> bool {
        self.0.abandoning.load(Ordering::Relaxed)
    }

    /// From now on jobs are abandoned: those that are queued, here; one that a thread takes at this
    /// moment, by the thread.
    pub(super) fn begin_abandoning(&self) {
        self.0.abandoning.store(true, Ordering::Relaxed);
        let mut runner = Runner::new(self.0.provider.clone());
        let mut outlet = lock(&self.0.outlet);
        while let Some(job) = outlet.try_pop() {
            self.abandon(&mut runner, job);
        }
    }

    /// Drops a job that the shutdown's deadline came before.
    pub(super) fn abandon(&self, runner: &mut Runner, job: Job<W>) {
        self.drop_unrun(runner, job, JobError::Abandoned, ABANDONED);
    }

    /// Drops a job that will not be run.
    pub(super) fn drop_unrun(
        &self,
        runner: &mut Runner,
        job: Job<W>,
        error: JobError,
        reason: &'static str,
    ) {
        // Counted before it is told, so that whoever is told finds it counted.
        self.0.abandoned.fetch_add(1, Ordering::Relaxed);
        job.abandon(runner, error, reason);
    }

    /// Held by whoever shuts down; a second one waits for the first.
    pub(super) fn report(&self) -> MutexGuard<'_, Option<Report>> {
        lock(&self.0.report)
    }
}

impl<W: Worker> Clone for Shared<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: Worker> fmt::Debug for Shared<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared { .. }")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
