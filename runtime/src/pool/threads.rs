//! The threads or tasks of a pool, counted and waited for.

use std::mem;
use std::sync::{Arc, PoisonError};
use std::task::Waker;

use super::Shared;
use crate::detached::Detached;
use crate::sync::{Condvar, Instant, Mutex, lock, thread::JoinHandle};
use crate::worker::Worker;

/// The number of threads that run, and their handles by index.
#[derive(Default)]
pub(super) struct RunningThreads {
    running: Mutex<Running>,
    one_ended: Condvar,
    /// Wakes the thread that shuts the pool down in a message, where it runs messages meanwhile.
    waiter: Mutex<Option<Waker>>,
    /// Of a pool of tasks.
    #[cfg(feature = "tokio")]
    tasks: Mutex<Vec<tokio::task::AbortHandle>>,
    /// A replaced thread's handle is dropped: it would keep the thread's stack.
    handles: Mutex<Vec<Option<JoinHandle<()>>>>,
}

/// The number of threads or tasks that have not ended.
#[derive(Default)]
struct Running {
    total: usize,
    /// Those of them that do nothing more for the pool.
    leaving: usize,
}

impl RunningThreads {
    #[cfg(feature = "tokio")]
    pub(super) fn set_tasks(&self, tasks: Vec<tokio::task::AbortHandle>) {
        *lock(&self.tasks) = tasks;
    }

    /// Drops the futures of all tasks, each at the await point that it has reached.
    #[cfg(feature = "tokio")]
    pub(super) fn abort_tasks(&self) {
        let tasks = mem::take(&mut *lock(&self.tasks));
        for task in tasks {
            task.abort();
        }
    }

    pub(super) fn number(&self) -> usize {
        lock(&self.running).total
    }

    /// Sets the waker of the one who waits until a thread has ended.
    pub(super) fn set_waiter(&self, waiter: Option<Waker>) {
        let before = mem::replace(&mut *lock(&self.waiter), waiter);
        drop(before);
    }

    pub(super) fn insert(&self, index: usize, thread: JoinHandle<()>) {
        let mut handles = lock(&self.handles);
        if handles.len() <= index {
            handles.resize_with(index + 1, || None);
        }
        handles[index] = Some(thread);
    }

    /// Waits until at most `left` threads run; returns `false` if `deadline` passes first.
    pub(super) fn wait_until(&self, left: usize, deadline: Option<Instant>) -> bool {
        #[cfg(feature = "tokio")]
        if lock(&self.running).total > left {
            crate::blocking::warn_in_task();
        }
        let mut running = lock(&self.running);
        while running.total > left {
            let Some(deadline) = deadline else {
                let waited = self.one_ended.wait(running);
                running = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let time = deadline.saturating_duration_since(Instant::now());
            if time.is_zero() {
                return false;
            }
            let waited = self.one_ended.wait_timeout(running, time);
            running = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Joins threads that have ended, for as long as the destructors of their locals run, but not
    /// beyond `deadline`.
    pub(super) fn join(&self, deadline: Option<Instant>) {
        let handles = mem::take(&mut *lock(&self.handles));
        if handles.is_empty() {
            // Of tasks, and of workers on shared threads, there are none.
            return;
        }
        // A join has no timeout, so it is done on a thread that can be left behind.
        let joined = Detached::run("join", move || {
            for handle in handles.into_iter().flatten() {
                // A thread catches its panics.
                let _ = handle.join();
            }
        });
        joined.wait_until(deadline);
    }
}

/// Counts a thread or a task as running until it is dropped.
pub(super) struct RunningThread<W: Worker>(Arc<Shared<W>>);

impl<W: Worker> RunningThread<W> {
    pub(super) fn new(shared: Arc<Shared<W>>) -> Self {
        lock(&shared.threads.running).total += 1;
        Self(shared)
    }
}

impl<W: Worker> Drop for RunningThread<W> {
    fn drop(&mut self) {
        let shared = &self.0;
        let threads = &shared.threads;
        let is_last = {
            let mut running = lock(&threads.running);
            running.leaving += 1;
            running.leaving == running.total
        };
        if is_last {
            if !shared.queue.is_closed() {
                shared.close();
            }
            // Nobody is left who would run it: the tasks of a runtime that shuts down are dropped.
            if !shared.queue.is_empty() {
                shared.abandon_queued();
            }
        }
        let mut running = lock(&threads.running);
        running.leaving -= 1;
        running.total -= 1;
        threads.one_ended.notify_all();
        drop(running);
        let waiter = lock(&threads.waiter).clone();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}
