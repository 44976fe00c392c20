//! Keeps spans by trace until they are drawn, within limits.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use crate::picture::Picture;
use crate::trace::{FinishedTrace, Record, Summary};

/// Local roots are kept beyond the limit of spans: they end last, and a tree without its root is
/// hard to read.
const SPARE_FOR_ROOTS: usize = 16;

/// The finished traces beyond those that will be drawn, before the others are evicted.
const SLACK: usize = 64;

/// The limits of the collector: it takes about 50 MB at most.
///
/// Beyond a limit, spans are counted and not kept; the output shows how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Ended spans of one trace.
    pub(crate) spans_per_trace: usize,
    /// Ended spans of all traces.
    pub(crate) spans: usize,
    /// The bytes of fields, events, links and error messages.
    pub(crate) bytes: usize,
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
            bytes: 16 << 20,
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
    picture: Picture,
    draws_threads: bool,
    pending: HashMap<TraceId, PendingTrace>,
    drawn: HashSet<TraceId>,
    /// The members of `drawn`, the oldest first.
    drawn_order: VecDeque<TraceId>,
    begun: u64,
    /// The number of ended spans in all traces.
    kept: usize,
    /// The bytes of their details.
    bytes: usize,
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
    /// Ended spans whose details were not kept.
    stripped: usize,
    /// `true` if a span has ended with an error, and was not drawn yet.
    failed: bool,
}

impl Collector {
    pub(crate) fn new(limits: Limits, picture: Picture, draws_threads: bool) -> Self {
        Self {
            limits,
            picture,
            draws_threads,
            pending: HashMap::new(),
            drawn: HashSet::new(),
            drawn_order: VecDeque::new(),
            begun: 0,
            kept: 0,
            bytes: 0,
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
        let (has_bytes, draws_threads) = (self.bytes < limits.bytes, self.draws_threads);
        let (was_named, is_kept, bytes) = self.change(trace, |pending| {
            record.thread = pending.open.remove(&record.id);
            let was_named = record.thread.is_some();
            if !was_named {
                pending.open_unnamed = pending.open_unnamed.saturating_sub(1);
            }
            if !draws_threads {
                record.thread = None;
            }
            pending.root_ended |= record.is_local_root();
            pending.failed |= record.error.is_some();
            let is_kept = (has_room || record.is_local_root())
                && pending.has_room_for(&record, limits.spans_per_trace);
            let mut bytes = 0;
            if is_kept {
                pending.stripped += usize::from(!has_bytes && record.strip());
                bytes = record.bytes();
                pending.spans.push(record);
            } else {
                pending.left_out += 1;
            }
            (was_named, is_kept, bytes)
        });
        self.named -= usize::from(was_named);
        self.kept += usize::from(is_kept);
        self.bytes += bytes;
        if !self.picture.is_live() && self.ready > self.picture.most() + SLACK {
            self.evict_ready();
        }
    }

    /// Returns whether a trace can be drawn now.
    pub(crate) fn has_ready(&self) -> bool {
        self.picture.is_live() && (self.ready > 0 || !self.evicted.is_empty())
    }

    /// Takes the traces whose local root has ended and of which no span is open.
    pub(crate) fn take_ready(&mut self) -> Batch {
        self.take(PendingTrace::is_ready)
    }

    /// Takes the traces that a flush draws.
    pub(crate) fn take_for_flush(&mut self) -> Batch {
        if self.picture.draws_unfinished() {
            self.take_all()
        } else {
            self.take_ready()
        }
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
        batch.bound(self.picture);
        batch
    }

    /// Takes the ended spans of a trace, and removes the trace unless spans of it are open.
    fn finish(&mut self, id: TraceId) -> Option<FinishedTrace> {
        let pending = self.pending.get_mut(&id)?;
        self.ready -= usize::from(pending.is_ready());
        let finished = pending.take(id);
        self.kept -= finished.spans.len();
        self.bytes -= bytes(&finished.spans);
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
        self.evict_ready();
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
                self.bytes -= bytes(&pending.spans);
                self.named -= pending.open.len();
                let evicted = pending.take(id);
                if self.picture.takes(&evicted) {
                    self.evicted.add(&evicted);
                }
                self.remember(id);
            }
        }
    }

    /// Of the ready traces only those that would be drawn stay.
    fn evict_ready(&mut self) {
        let mut ready = self.take_ready();
        self.evicted = std::mem::take(&mut ready.rest);
        for finished in ready.traces {
            self.restore(finished);
        }
    }

    fn restore(&mut self, finished: FinishedTrace) {
        let mut pending = PendingTrace::new(finished.order, finished.continues);
        self.kept += finished.spans.len();
        self.bytes += bytes(&finished.spans);
        pending.root_ended = true;
        pending.left_out = finished.left_out;
        pending.stripped = finished.stripped;
        pending.failed = finished.failed;
        pending.spans = finished.spans;
        self.ready += usize::from(pending.is_ready());
        self.pending.insert(finished.id, pending);
    }
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.traces.is_empty() && self.rest.is_empty()
    }

    /// Keeps the traces that are drawn, as many as a reader can take in, and adds the others to the
    /// summary.
    fn bound(&mut self, picture: Picture) {
        self.traces.retain(|trace| picture.takes(trace));
        if self.traces.len() > picture.most() {
            let prefers_failed = picture.prefers_failed();
            self.traces.sort_by_cached_key(|trace| {
                let is_preferred = prefers_failed && trace.failed;
                // Of traces that are equal, the first ones.
                (Reverse((is_preferred, trace.duration())), trace.order)
            });
            for trace in self.traces.drain(picture.most()..) {
                self.rest.add(&trace);
            }
            self.rest.chosen_by(if prefers_failed {
                "failed and slowest"
            } else {
                "slowest"
            });
        }
        self.traces.sort_by_key(|trace| trace.order);
    }
}

fn bytes(spans: &[Record]) -> usize {
    spans.iter().map(Record::bytes).sum()
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
            stripped: 0,
            failed: false,
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
            stripped: std::mem::take(&mut self.stripped),
            failed: std::mem::take(&mut self.failed),
        };
        self.continues = true;
        finished
    }
}

#[cfg(test)]
mod tests;
