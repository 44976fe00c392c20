//! How a worker span relates to the context that was dispatched with its message.

/// How a worker span relates to the dispatch span: `parent = ..` of the attribute says it for each
/// run of a worker, [`Pool::with_parent`](crate::Pool::with_parent) for one dispatch.
///
/// Baggage travels in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parent {
    /// The worker span is a child of the dispatch span, in its trace.
    #[default]
    Child,
    /// The worker span begins a trace of its own, and links to the dispatch span.
    Link,
    /// The worker span begins a trace of its own, and nothing leads back.
    Root,
}
