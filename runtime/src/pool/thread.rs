//! A thread of a pool.

use std::io;
use std::panic::{self, AssertUnwindSafe};

use super::job::Job;
use super::queue::{Outlet, Presence};
use super::shared::Shared;
use crate::error::{JobError, Panic};
use crate::handle::Reply;
use crate::worker::{Ending, Floor, Runner, Worker};

pub(super) struct WorkerThread<W: Worker> {
    pub(super) index: usize,
    pub(super) shared: Shared<W>,
    pub(super) outlet: Outlet<Job<W>>,
    pub(super) presence: Presence,
}

impl<W: Worker> WorkerThread<W> {
    pub(super) fn spawn(self) -> io::Result<()> {
        let shared = self.shared.clone();
        let thread = shared.thread_builder(self.index).spawn(|| self.run())?;
        shared.add_thread(thread);
        Ok(())
    }

    fn run(self) {
        let _floor = Floor::lay();
        let mut runner = Runner::new(self.shared.provider().clone());
        while let Some(job) = self.outlet.pop(|| runner.rest()) {
            if self.shared.is_abandoning() {
                self.shared.abandon(job);
                continue;
            }
            self.run_job(&mut runner, job);
            if !Floor::is_clear() {
                self.shared.counters(self.index).leaked_guard();
                Floor::warn_of_leak(W::DESCRIPTION);
                // A context stack cannot be cleared without the guards that were leaked, and it
                // is not endless. If no other thread can be had, this one goes on.
                if self.successor().spawn().is_ok() {
                    break;
                }
            }
        }
    }

    fn run_job(&self, runner: &mut Runner, job: Job<W>) {
        let counters = self.shared.counters(self.index);
        let Job {
            message,
            carrier,
            queued,
            reply,
        } = job;
        counters.begin();
        // The worker's own panics are caught inside. What is caught here is a panic of foreign
        // telemetry code: a propagator, a sampler, a span processor.
        let run = AssertUnwindSafe(|| runner.run::<W>(message, &carrier, queued));
        let (result, ending) = panic::catch_unwind(run).unwrap_or_else(|payload| {
            let error = JobError::Panicked(Panic::new(payload));
            (Err(error), Ending::Panicked)
        });
        // Counted before it is told, so that whoever has the reply finds it counted.
        counters.end(ending);
        deliver(reply, result);
    }

    fn successor(&self) -> Self {
        Self {
            index: self.index,
            shared: self.shared.clone(),
            outlet: self.outlet.clone(),
            presence: self.presence.clone(),
        }
    }
}

/// Replies, or drops what nobody waits for: its `Drop` is the user's code, and may panic.
fn deliver<T>(reply: Option<Reply<T>>, result: Result<T, JobError>) {
    let deliver = AssertUnwindSafe(|| match reply {
        Some(reply) => drop(reply.send(result)),
        None => drop(result),
    });
    let _ = panic::catch_unwind(deliver).map_err(std::mem::forget);
}
