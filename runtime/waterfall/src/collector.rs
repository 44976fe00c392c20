//! Keeps spans by trace until they are drawn, within limits.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use crate::trace::{FinishedTrace, Record, Summary};

/// The traces of a batch that are drawn: the slowest, and some with errors among the others.
const DRAWN: usize = 8;
const DRAWN_FAILED: usize = 2;

/// Local roots are kept beyond the limit of spans: they end last, and a tree without its root is
/// hard to read.
const SPARE_FOR_ROOTS: usize = 16;

/// The limits of the collector: it takes about 30 MB at most.
///
/// Beyond a limit, spans are counted and not kept; the output shows how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Ended spans of one trace.
    pub(crate) spans_per_trace: usize,
    /// Ended spans of all traces.
    pub(crate) spans: usize,
    /// Open spans of all traces whose thread is remembered.
    pub(crate) open: usize,
    /// Traces that are not drawn yet.
    pub(crate) traces: usize,
    /// Drawn traces that are remembered, so that late spans are shown as their continuation.
    pub(crate) drawn: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            spans_per_trace: 100_000,
            spans: 200_000,
            open: 50_000,
            traces: 4_096,
            drawn: 4_096,
        }
    }
}

/// The traces to draw at one time.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// In the order in which they began.
    pub(crate) traces: Vec<FinishedTrace>,
    pub(crate) rest: Summary,
}

/// The spans that are open or have ended, by trace.
#[derive(Debug)]
pub(crate) struct Collector {
    limits: Limits,
    pending: HashMap<TraceId, PendingTrace>,
    drawn: HashSet<TraceId>,
    /// The members of `drawn`, the oldest first.
    drawn_order: VecDeque<TraceId>,
    begun: u64,
    /// The number of ended spans in all traces.
    kept: usize,
    /// The number of open spans in all traces whose thread is remembered.
    named: usize,
    ready: usize,
    /// Traces that were evicted before they could be drawn.
    evicted: Summary,
}

/// A trace that is not drawn yet, or the part of it that is not.
#[derive(Debug)]
struct PendingTrace {
    /// Traces are drawn in the order in which they began.
    order: u64,
    spans: Vec<Record>,
    /// The open spans and their threads.
    open: HashMap<SpanId, Arc<str>>,
    /// Open spans beyond the limit, whose thread is not remembered.
    open_unnamed: usize,
    root_ended: bool,
    /// `true` if a part of this trace has been drawn.
    continues: bool,
    /// Ended spans that were not kept.
    left_out: usize,
}

impl Collector {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            pending: HashMap::new(),
            drawn: HashSet::new(),
            drawn_order: VecDeque::new(),
            begun: 0,
            kept: 0,
            named: 0,
            ready: 0,
            evicted: Summary::default(),
        }
    }

    pub(crate) fn on_start(&mut self, trace: TraceId, span: SpanId, thread: Arc<str>) {
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

    pub(crate) fn on_end(&mut self, trace: TraceId, mut record: Record) {
        let limits = self.limits;
        let has_room = self.kept < limits.spans;
        let (was_named, is_kept) = self.change(trace, |pending| {
            record.thread = pending.open.remove(&record.id);
            let was_named = record.thread.is_some();
            if !was_named {
                pending.open_unnamed = pending.open_unnamed.saturating_sub(1);
            }
            pending.root_ended |= record.is_local_root();
            let is_kept = (has_room || record.is_local_root())
                && pending.has_room_for(&record, limits.spans_per_trace);
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

    /// Returns whether a trace can be drawn.
    pub(crate) fn has_ready(&self) -> bool {
        self.ready > 0 || !self.evicted.is_empty()
    }

    /// Takes the traces whose local root has ended and of which no span is open.
    pub(crate) fn take_ready(&mut self) -> Batch {
        self.take(PendingTrace::is_ready)
    }

    /// Takes every span that has ended.
    pub(crate) fn take_all(&mut self) -> Batch {
        self.take(PendingTrace::has_ended_spans)
    }

    fn take(&mut self, which: fn(&PendingTrace) -> bool) -> Batch {
        let ids: Vec<TraceId> = self
            .pending
            .iter()
            .filter(|(_, pending)| which(pending))
            .map(|(&id, _)| id)
            .collect();
        let traces = ids.into_iter().filter_map(|id| self.finish(id)).collect();
        let mut batch = Batch {
            traces,
            rest: std::mem::take(&mut self.evicted),
        };
        batch.bound();
        batch
    }

    /// Takes the ended spans of a trace, and removes the trace unless spans of it are open.
    fn finish(&mut self, id: TraceId) -> Option<FinishedTrace> {
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

    fn change<T>(&mut self, id: TraceId, change: impl FnOnce(&mut PendingTrace) -> T) -> T {
        if self.pending.len() >= self.limits.traces && !self.pending.contains_key(&id) {
            self.evict();
        }
        let pending = self.pending.entry(id).or_insert_with(|| {
            self.begun += 1;
            PendingTrace::new(self.begun, self.drawn.contains(&id))
        });
        let was_ready = pending.is_ready();
        let result = change(pending);
        self.ready = self.ready + usize::from(pending.is_ready()) - usize::from(was_ready);
        result
    }

    /// Makes room. Of the ready traces only those that would be drawn stay. If that is not enough,
    /// the older half of the others is evicted: they may be open or have lost their root.
    fn evict(&mut self) {
        let mut ready = self.take_ready();
        self.evicted = std::mem::take(&mut ready.rest);
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
                self.evicted.add(&pending.take(id));
                self.remember(id);
            }
        }
    }

    fn restore(&mut self, finished: FinishedTrace) {
        let mut pending = PendingTrace::new(finished.order, finished.continues);
        self.kept += finished.spans.len();
        pending.root_ended = true;
        pending.left_out = finished.left_out;
        pending.spans = finished.spans;
        self.ready += usize::from(pending.is_ready());
        self.pending.insert(finished.id, pending);
    }
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty() && self.rest.is_empty()
    }

    /// Keeps as many traces as a reader can take in, and adds the others to the summary.
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

impl PendingTrace {
    fn new(order: u64, continues: bool) -> Self {
        Self {
            order,
            spans: Vec::new(),
            open: HashMap::new(),
            open_unnamed: 0,
            root_ended: false,
            continues,
            left_out: 0,
        }
    }

    fn still_open(&self) -> usize {
        self.open.len() + self.open_unnamed
    }

    fn has_ended_spans(&self) -> bool {
        !self.spans.is_empty() || self.left_out > 0
    }

    /// Returns whether its local root has ended, now or before, and no span of it is open.
    fn is_ready(&self) -> bool {
        self.still_open() == 0 && (self.root_ended || self.continues) && self.has_ended_spans()
    }

    fn has_room_for(&self, record: &Record, limit: usize) -> bool {
        let spare = if record.is_local_root() {
            SPARE_FOR_ROOTS
        } else {
            0
        };
        self.spans.len() < limit.saturating_add(spare)
    }

    /// Takes the ended spans. Spans that end from now on continue the trace.
    fn take(&mut self, id: TraceId) -> FinishedTrace {
        let finished = FinishedTrace {
            id,
            order: self.order,
            spans: std::mem::take(&mut self.spans),
            continues: self.continues,
            still_open: self.still_open(),
            left_out: std::mem::take(&mut self.left_out),
        };
        self.continues = true;
        finished
    }
}

#[cfg(test)]
mod tests;
