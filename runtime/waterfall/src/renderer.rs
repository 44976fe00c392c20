//! The renderer thread, so that no thread of the program waits for the output.
//!
//! Threads that start and end spans change the [`Collector`] under a lock. The renderer thread
//! takes finished traces out of it, and draws and writes them without the lock.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::collector::{Batch, Collector, Limits};
use crate::output::Output;
use crate::picture::Picture;
use crate::render::render;
use crate::text;

/// Traces that finish within this time of each other are drawn together.
const QUIET: Duration = Duration::from_millis(100);
/// In a program that is never quiet, finished traces are drawn after this time.
const LATEST: Duration = Duration::from_secs(1);
/// The pause between two batches while traces come faster than they can be read: from..to.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A batch of more traces than this comes faster than it can be read.
const CROWD: usize = 4;

/// The state that the program's threads share with the renderer thread.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Wakes the renderer thread.
    wake: Condvar,
    /// Wakes the threads in `flush` and `stop`.
    done: Condvar,
}

/// Why a flush or a stop failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitError {
    /// The output took longer than the timeout.
    TimedOut,
    /// The writer panicked: nothing is drawn any more.
    Panicked,
}

#[derive(Debug)]
struct State {
    collector: Collector,
    /// Counts changes of the collector, to find out whether the program is quiet.
    activity: u64,
    /// `true` while the renderer thread waits for the first trace to draw.
    idle: bool,
    flushes_wanted: u64,
    flushes_done: u64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Phase {
    Running,
    /// Nothing is collected any more. The renderer thread draws the remaining spans.
    Stopping,
    Stopped,
    /// The writer panicked: the renderer thread has ended.
    Panicked,
}

impl Shared {
    pub(crate) fn new(picture: Picture, draws_threads: bool) -> Self {
        let state = State {
            collector: Collector::new(Limits::default(), picture, draws_threads),
            activity: 0,
            idle: false,
            flushes_wanted: 0,
            flushes_done: 0,
            phase: Phase::Running,
        };
        Self {
            state: Mutex::new(state),
            wake: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// Changes the collector. The lock is held for that only, never while something is drawn.
    pub(crate) fn collect(&self, change: impl FnOnce(&mut Collector)) {
        let mut state = self.lock();
        if state.phase != Phase::Running {
            return;
        }
        change(&mut state.collector);
        state.activity += 1;
        if state.idle && state.collector.has_ready() {
            state.idle = false;
            self.wake.notify_one();
        }
    }

    /// Blocks until every span that has ended by now is drawn.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), WaitError> {
        let mut state = self.lock();
        state.flushes_wanted += 1;
        let flush = state.flushes_wanted;
        self.wake.notify_one();
        self.wait(state, timeout, |state| {
            state.flushes_done >= flush || state.phase >= Phase::Stopped
        })
    }

    /// Stops collecting, and blocks until the renderer thread has drawn the remaining spans and ended.
    pub(crate) fn stop(&self, timeout: Duration) -> Result<(), WaitError> {
        let mut state = self.lock();
        if state.phase == Phase::Running {
            state.phase = Phase::Stopping;
        }
        self.wake.notify_one();
        self.wait(state, timeout, |state| state.phase >= Phase::Stopped)
    }

    fn wait(
        &self,
        state: MutexGuard<'_, State>,
        timeout: Duration,
        done: impl Fn(&State) -> bool,
    ) -> Result<(), WaitError> {
        let waited = self
            .done
            .wait_timeout_while(state, timeout, |state| !done(state));
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.phase == Phase::Panicked {
            Err(WaitError::Panicked)
        } else if result.timed_out() {
            Err(WaitError::TimedOut)
        } else {
            Ok(())
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Only a lack of memory can panic while the collector is half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_urgent(&self) -> bool {
        self.phase != Phase::Running || self.flushes_wanted > self.flushes_done
    }
}

/// Runs the renderer thread until it is stopped, or until the writer panics.
pub(crate) fn run(shared: &Shared, mut output: Output) {
    let ended = catch(|| draw_batches(shared, &mut output));
    let mut state = shared.lock();
    state.phase = match ended {
        Some(()) => Phase::Stopped,
        None => Phase::Panicked,
    };
    // Nothing is drawn any more, so nothing is kept.
    state.collector = Collector::new(Limits::default(), Picture::default(), true);
    drop(state);
    shared.done.notify_all();
    // The writer's destructor is the program's code, too.
    catch(|| drop(output));
}

/// Runs foreign code. Returns `None` if it panicked.
fn catch<T>(run: impl FnOnce() -> T) -> Option<T> {
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    // Dropping the payload could panic again; this happens at most twice a thread.
    result.map_err(std::mem::forget).ok()
}

fn draw_batches(shared: &Shared, output: &mut Output) {
    let mut not_before = Instant::now();
    let mut pause = PAUSE;
    loop {
        let (batch, flush, is_last) = next_batch(shared, not_before);
        let crowded = batch.traces.len() > CROWD;
        draw(&batch, output);
        pause = if crowded {
            (pause * 2).min(LONGEST_PAUSE)
        } else {
            PAUSE
        };
        not_before = Instant::now() + pause;
        shared.lock().flushes_done = flush;
        shared.done.notify_all();
        if is_last {
            return;
        }
    }
}

/// Waits for traces to draw. Returns them, the number of the flush that they answer, and whether
/// they are the last ones.
fn next_batch(shared: &Shared, not_before: Instant) -> (Batch, u64, bool) {
    let mut state = shared.lock();
    while !state.is_urgent() && !state.collector.has_ready() {
        state.idle = true;
        state = shared
            .wake
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
    state.idle = false;
    let at_last = not_before.max(Instant::now() + LATEST);
    loop {
        if state.is_urgent() {
            let is_last = state.phase == Phase::Stopping;
            let batch = if is_last {
                state.collector.take_all()
            } else {
                state.collector.take_for_flush()
            };
            return (batch, state.flushes_wanted, is_last);
        }
        let activity = state.activity;
        let (next, _) = shared
            .wake
            .wait_timeout_while(state, QUIET, |state| !state.is_urgent())
            .unwrap_or_else(PoisonError::into_inner);
        state = next;
        let now = Instant::now();
        let is_quiet = state.activity == activity && now >= not_before;
        if !state.is_urgent() && (is_quiet || now >= at_last) {
            return (state.collector.take_ready(), state.flushes_done, false);
        }
    }
}

fn draw(batch: &Batch, output: &mut Output) {
    if batch.is_empty() {
        return;
    }
    let columns = output.columns();
    for trace in &batch.traces {
        let waterfall = render(trace, columns, output.color);
        output.write(&format!("\n{waterfall}"));
    }
    if !batch.rest.is_empty() {
        let line = batch.rest.line();
        output.write(&format!("\n{}\n", text::truncate(&line, columns)));
    }
}
