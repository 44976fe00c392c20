//! A trace that is not drawn yet.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use super::record::Record;

/// Local roots are kept past the limit of spans: they end last, and a tree without its root says
/// little.
const SPARE_FOR_ROOTS: usize = 16;

/// What is known of a trace since it was last drawn.
#[derive(Debug)]
pub(super) struct Pending {
    /// Traces are drawn in the order in which they began.
    pub(super) order: u64,
    pub(super) spans: Vec<Record>,
    /// The open spans and their threads.
    pub(super) open: HashMap<SpanId, Arc<str>>,
    /// Open spans past the limit, whose thread is not remembered.
    pub(super) open_unnamed: usize,
    pub(super) root_ended: bool,
    /// Whether a part of this trace has been drawn.
    pub(super) continues: bool,
    /// Ended spans that were not kept.
    pub(super) left_out: usize,
}

/// A trace, or the rest of one, to be drawn.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) id: TraceId,
    pub(super) order: u64,
    pub(super) spans: Vec<Record>,
    pub(super) continues: bool,
    pub(super) still_open: usize,
    pub(super) left_out: usize,
}

impl Pending {
    pub(super) fn new(order: u64, continues: bool) -> Self {
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

    pub(super) fn still_open(&self) -> usize {
        self.open.len() + self.open_unnamed
    }

    pub(super) fn has_something(&self) -> bool {
        !self.spans.is_empty() || self.left_out > 0
    }

    /// Whether its local root has ended, now or before, and nothing of it is running.
    pub(super) fn is_ready(&self) -> bool {
        self.still_open() == 0 && (self.root_ended || self.continues) && self.has_something()
    }

    /// Whether there is room for one more ended span.
    pub(super) fn has_room_for(&self, record: &Record, limit: usize) -> bool {
        let spare = if record.is_local_root() {
            SPARE_FOR_ROOTS
        } else {
            0
        };
        self.spans.len() < limit.saturating_add(spare)
    }

    /// Hands over what there is to draw; what comes from now on continues it.
    pub(super) fn take(&mut self, id: TraceId) -> Finished {
        let finished = Finished {
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

impl Finished {
    /// From the first start to the last end.
    pub(super) fn duration(&self) -> u64 {
        let (start, end) = extent(&self.spans);
        end - start
    }

    pub(super) fn errors(&self) -> usize {
        self.spans
            .iter()
            .filter(|span| span.error.is_some())
            .count()
    }

    pub(super) fn span_count(&self) -> usize {
        self.spans.len() + self.left_out
    }

    /// The name that stands for it: its root's, else the first span's.
    pub(super) fn name(&self) -> &str {
        let root = self.spans.iter().find(|span| span.is_local_root());
        root.or(self.spans.first()).map_or("", |span| &span.name)
    }
}

/// The first start and the last end, in this order even where clocks went back.
pub(super) fn extent(spans: &[Record]) -> (u64, u64) {
    let start = spans
        .iter()
        .map(|span| span.start)
        .min()
        .unwrap_or_default();
    let end = spans
        .iter()
        .map(|span| span.end.max(span.start))
        .max()
        .unwrap_or_default();
    (start, end)
}
