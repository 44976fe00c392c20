//! The thread that draws, so that no worker waits for a terminal.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::canvas::Surface;
use super::collector::{Batch, Collector};
use super::limits::Limits;
use super::render::render;
use super::text;

/// What finishes within this time of each other is drawn together.
const QUIET: Duration = Duration::from_millis(100);
/// In a program that is never quiet, what is ready is drawn after this time.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two batches when traces come faster than anyone can look at them: from..to.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// More traces at once are faster than anyone can look at them.
const CROWD: usize = 4;

/// What the program's threads and the drawing thread share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    done: Condvar,
}

#[derive(Debug)]
struct State {
    collector: Collector,
    /// Counts spans that ended, to tell whether the program is quiet.
    activity: u64,
    /// Whether the drawing thread waits for the first trace to draw.
    idle: bool,
    flushes_wanted: u64,
    flushes_done: u64,
    stopping: bool,
    stopped: bool,
}

impl Shared {
    pub(super) fn new() -> Self {
        let state = State {
            collector: Collector::new(Limits::default()),
            activity: 0,
            idle: false,
            flushes_wanted: 0,
            flushes_done: 0,
            stopping: false,
            stopped: false,
        };
        Self {
            state: Mutex::new(state),
            wake: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// Changes the collector; the drawing thread never holds this lock while it draws.
    pub(super) fn collect(&self, change: impl FnOnce(&mut Collector)) {
        let mut state = self.lock();
        if state.stopping {
            return;
        }
        change(&mut state.collector);
        state.activity += 1;
        if state.idle && state.collector.has_ready() {
            state.idle = false;
            self.wake.notify_one();
        }
    }

    /// Waits until everything that has ended by now is drawn; false if that takes longer than
    /// `timeout`.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        state.flushes_wanted += 1;
        let flush = state.flushes_wanted;
        self.wake.notify_one();
        self.wait(state, timeout, |state| {
            state.flushes_done >= flush || state.stopped
        })
    }

    /// Draws what is left, and ends the drawing thread; false if that takes longer than `timeout`.
    pub(super) fn stop(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        state.stopping = true;
        self.wake.notify_one();
        self.wait(state, timeout, |state| state.stopped)
    }

    fn wait(
        &self,
        state: MutexGuard<'_, State>,
        timeout: Duration,
        done: impl Fn(&State) -> bool,
    ) -> bool {
        let waited = self
            .done
            .wait_timeout_while(state, timeout, |state| !done(state));
        let (_state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The collector is never left half-changed by anything that can panic but a lack of memory.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_hurried(&self) -> bool {
        self.stopping || self.flushes_wanted > self.flushes_done
    }
}

/// The drawing thread.
#[expect(clippy::needless_pass_by_value, reason = "the thread owns its share")]
pub(super) fn run(shared: Arc<Shared>, mut surface: Surface) {
    let _stopped = SayStopped(&shared);
    let mut not_before = Instant::now();
    let mut pause = PAUSE;
    loop {
        let (batch, flush, stopping) = next_batch(&shared, not_before);
        let crowded = batch.traces.len() > CROWD;
        draw(&batch, &mut surface);
        pause = if crowded {
            (pause * 2).min(LONGEST_PAUSE)
        } else {
            PAUSE
        };
        not_before = Instant::now() + pause;
        shared.lock().flushes_done = flush;
        shared.done.notify_all();
        if stopping {
            return;
        }
    }
}

/// Whoever waits must not wait for a thread that has panicked in the program's writer.
struct SayStopped<'a>(&'a Shared);

impl Drop for SayStopped<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.stopping = true;
        state.stopped = true;
        drop(state);
        self.0.done.notify_all();
    }
}

/// Waits for traces to draw: the batch, the flush that it answers, and whether it is the last.
fn next_batch(shared: &Shared, not_before: Instant) -> (Batch, u64, bool) {
    let mut state = shared.lock();
    while !state.is_hurried() && !state.collector.has_ready() {
        state.idle = true;
        state = shared
            .wake
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
    state.idle = false;
    let at_last = not_before.max(Instant::now() + PATIENCE);
    loop {
        if state.is_hurried() {
            return (
                state.collector.take_all(),
                state.flushes_wanted,
                state.stopping,
            );
        }
        let activity = state.activity;
        let (next, _) = shared
            .wake
            .wait_timeout_while(state, QUIET, |state| !state.is_hurried())
            .unwrap_or_else(PoisonError::into_inner);
        state = next;
        let now = Instant::now();
        let is_quiet = state.activity == activity && now >= not_before;
        if !state.is_hurried() && (is_quiet || now >= at_last) {
            return (state.collector.take_ready(), state.flushes_done, false);
        }
    }
}

fn draw(batch: &Batch, surface: &mut Surface) {
    if batch.is_empty() {
        return;
    }
    let columns = surface.columns();
    for trace in &batch.traces {
        let picture = render(trace, columns, surface.color);
        surface.write(&format!("\n{picture}"));
    }
    if !batch.rest.is_empty() {
        let line = batch.rest.line();
        surface.write(&format!("\n{}\n", text::truncate(&line, columns)));
    }
}
