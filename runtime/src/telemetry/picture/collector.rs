//! Spans by trace, until they are drawn.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use super::limits::Limits;
use super::pending::{Finished, Pending};
use super::record::Record;
use super::summary::Summary;

/// Traces of a batch that are drawn: the slowest, and of the others some with errors.
const DRAWN: usize = 8;
const DRAWN_FAILED: usize = 2;

/// What is to be drawn at one time.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// In the order in which they began.
    pub(super) traces: Vec<Finished>,
    pub(super) rest: Summary,
}

/// Everything that ended or runs, within limits.
#[derive(Debug)]
pub(super) struct Collector {
    limits: Limits,
    pending: HashMap<TraceId, Pending>,
    drawn: HashSet<TraceId>,
    /// Those of `drawn`, the oldest first.
    drawn_order: VecDeque<TraceId>,
    begun: u64,
    /// Spans kept in all traces.
    kept: usize,
    /// Threads of open spans remembered in all traces.
    named: usize,
    ready: usize,
    /// What had to go before it could be drawn.
    shed: Summary,
}

impl Collector {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            pending: HashMap::new(),
            drawn: HashSet::new(),
            drawn_order: VecDeque::new(),
            begun: 0,
            kept: 0,
            named: 0,
            ready: 0,
            shed: Summary::default(),
        }
    }

    pub(super) fn on_start(&mut self, trace: TraceId, span: SpanId, thread: Arc<str>) {
        let has_room = self.named < self.limits.open;
        self.change(trace, |pending| {
            if has_room {
                pending.open.insert(span, thread);
            } else {
                pending.open_unnamed += 1;
            }
        });
        self.named += usize::from(has_room);
    }

    /// `make` gets the thread that started the span.
    pub(super) fn on_end(
        &mut self,
        trace: TraceId,
        span: SpanId,
        make: impl FnOnce(Option<Arc<str>>) -> Record,
    ) {
        let limits = self.limits;
        let has_room = self.kept < limits.spans;
        let (was_named, is_kept) = self.change(trace, |pending| {
            let thread = pending.open.remove(&span);
            let was_named = thread.is_some();
            if !was_named {
                pending.open_unnamed = pending.open_unnamed.saturating_sub(1);
            }
            let record = make(thread);
            pending.root_ended |= record.is_local_root();
            let is_kept = (has_room || record.is_local_root())
                && pending.has_room_for(&record, limits.spans_a_trace);
            if is_kept {
                pending.spans.push(record);
            } else {
                pending.left_out += 1;
            }
            (was_named, is_kept)
        });
        self.named -= usize::from(was_named);
        self.kept += usize::from(is_kept);
    }

    /// Whether a trace could be drawn.
    pub(super) fn has_ready(&self) -> bool {
        self.ready > 0 || !self.shed.is_empty()
    }

    /// Takes the traces whose root has ended and of which nothing is running.
    pub(super) fn take_ready(&mut self) -> Batch {
        self.take(Pending::is_ready)
    }

    /// Takes every span that has ended.
    pub(super) fn take_all(&mut self) -> Batch {
        self.take(Pending::has_something)
    }

    fn take(&mut self, which: fn(&Pending) -> bool) -> Batch {
        let ids: Vec<TraceId> = self
            .pending
            .iter()
            .filter(|(_, pending)| which(pending))
            .map(|(&id, _)| id)
            .collect();
        let traces = ids.into_iter().filter_map(|id| self.finish(id)).collect();
        let mut batch = Batch {
            traces,
            rest: std::mem::take(&mut self.shed),
        };
        batch.bound();
        batch
    }

    /// Takes what there is of a trace, and forgets it unless spans of it are running.
    fn finish(&mut self, id: TraceId) -> Option<Finished> {
        let pending = self.pending.get_mut(&id)?;
        self.ready -= usize::from(pending.is_ready());
        let finished = pending.take(id);
        self.kept -= finished.spans.len();
        if finished.still_open == 0 {
            self.pending.remove(&id);
            self.remember(id);
        }
        Some(finished)
    }

    fn remember(&mut self, id: TraceId) {
        if self.drawn.insert(id) {
            self.drawn_order.push_back(id);
        }
        if self.drawn_order.len() > self.limits.drawn
            && let Some(oldest) = self.drawn_order.pop_front()
        {
            self.drawn.remove(&oldest);
        }
    }

    fn change<T>(&mut self, id: TraceId, change: impl FnOnce(&mut Pending) -> T) -> T {
        if self.pending.len() >= self.limits.traces && !self.pending.contains_key(&id) {
            self.shed();
        }
        let pending = self.pending.entry(id).or_insert_with(|| {
            self.begun += 1;
            Pending::new(self.begun, self.drawn.contains(&id))
        });
        let was_ready = pending.is_ready();
        let result = change(pending);
        self.ready = self.ready + usize::from(pending.is_ready()) - usize::from(was_ready);
        result
    }

    /// Makes room: of the traces that are ready only those that would be drawn stay; where that is
    /// not enough, the older half of the others goes, which may be running or have lost their root.
    fn shed(&mut self) {
        let mut ready = self.take_ready();
        self.shed = std::mem::take(&mut ready.rest);
        for finished in ready.traces {
            self.restore(finished);
        }
        let limit = self.limits.traces * 3 / 4;
        if self.pending.len() < limit.max(1) {
            return;
        }
        let mut by_age: Vec<(u64, TraceId)> = self
            .pending
            .iter()
            .map(|(&id, pending)| (pending.order, id))
            .collect();
        by_age.sort_unstable_by_key(|&(order, _)| order);
        by_age.truncate((by_age.len() / 2).max(1));
        for (_, id) in by_age {
            if let Some(mut pending) = self.pending.remove(&id) {
                self.ready -= usize::from(pending.is_ready());
                self.kept -= pending.spans.len();
                self.named -= pending.open.len();
                self.shed.add(&pending.take(id));
                self.remember(id);
            }
        }
    }

    fn restore(&mut self, finished: Finished) {
        let mut pending = Pending::new(finished.order, finished.continues);
        self.kept += finished.spans.len();
        pending.root_ended = true;
        pending.left_out = finished.left_out;
        pending.spans = finished.spans;
        self.ready += usize::from(pending.is_ready());
        self.pending.insert(finished.id, pending);
    }
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.traces.is_empty() && self.rest.is_empty()
    }

    /// Leaves as many traces as can be looked at, and adds the others to the summary.
    fn bound(&mut self) {
        if self.traces.len() > DRAWN {
            self.traces
                .sort_by_cached_key(|trace| Reverse(trace.duration()));
            let mut failed = 0;
            for (index, trace) in std::mem::take(&mut self.traces).into_iter().enumerate() {
                let is_failed = index >= DRAWN && failed < DRAWN_FAILED && trace.errors() > 0;
                failed += usize::from(is_failed);
                if index < DRAWN || is_failed {
                    self.traces.push(trace);
                } else {
                    self.rest.add(&trace);
                }
            }
        }
        self.traces.sort_by_key(|trace| trace.order);
    }
}

#[cfg(test)]
mod tests;
