//! How much is kept until it is drawn: what the picture may cost a program in memory, about 30 MB
//! at the worst.

/// Past a limit spans are counted and not kept; the picture says how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Ended spans of one trace.
    pub(super) spans_a_trace: usize,
    /// Ended spans of all traces.
    pub(super) spans: usize,
    /// Open spans of all traces whose thread is remembered.
    pub(super) open: usize,
    /// Traces that are not drawn yet.
    pub(super) traces: usize,
    /// Traces that were drawn, remembered so that spans that come late are said to belong to them.
    pub(super) drawn: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            spans_a_trace: 100_000,
            spans: 200_000,
            open: 50_000,
            traces: 4_096,
            drawn: 4_096,
        }
    }
}
