//! The constant data of a worker.

use std::time::Duration;

use opentelemetry::trace::SpanKind;

/// The constant data of a worker: its name, the options of its spans, and its place in the source.
///
/// [`#[traced_worker]`](macro@crate::traced_worker) makes it; [`Worker::METADATA`] returns it.
///
/// [`Worker::METADATA`]: crate::Worker::METADATA
///
/// # Examples
///
/// ```
/// use traced_worker::opentelemetry::trace::SpanKind;
/// use traced_worker::{SpanRelation, Worker, traced_worker};
///
/// #[traced_worker(name = "count words", kind = consumer, relation = link)]
/// fn count(text: String) -> usize {
///     text.split_whitespace().count()
/// }
///
/// let metadata = count::METADATA;
/// assert_eq!(metadata.name(), "count words");
/// assert_eq!(metadata.span_kind(), SpanKind::Consumer);
/// assert_eq!(metadata.relation(), SpanRelation::Link);
/// assert!(metadata.function().ends_with("::count"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    name: &'static str,
    span_kind: SpanKind,
    caller_name: Option<&'static str>,
    relation: SpanRelation,
    batch: Option<Batch>,
    function: &'static str,
    file: &'static str,
    line: u32,
}

/// For generated code.
#[doc(hidden)]
impl Metadata {
    #[must_use]
    pub const fn new(
        name: &'static str,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Self {
            name,
            span_kind: SpanKind::Internal,
            caller_name: None,
            relation: SpanRelation::Child,
            batch: None,
            function,
            file,
            line,
        }
    }

    #[must_use]
    pub const fn with_span_kind(mut self, span_kind: SpanKind) -> Self {
        self.span_kind = span_kind;
        self
    }

    #[must_use]
    pub const fn with_caller_name(mut self, name: &'static str) -> Self {
        self.caller_name = Some(name);
        self
    }

    #[must_use]
    pub const fn with_relation(mut self, relation: SpanRelation) -> Self {
        self.relation = relation;
        self
    }

    #[must_use]
    pub const fn with_batch(mut self, size: usize, linger_nanoseconds: u64) -> Self {
        self.batch = Some(Batch {
            messages: size,
            linger: Duration::from_nanos(linger_nanoseconds),
        });
        self
    }
}

impl Metadata {
    /// Returns the name of the worker, which its spans and its threads have too.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the kind of the worker spans.
    #[must_use]
    pub fn span_kind(&self) -> SpanKind {
        self.span_kind.clone()
    }

    /// Returns the name of the span that [`call`](crate::Pool::call) opens, if the attribute
    /// names it. Otherwise the span's name is `call`, followed by the worker's name.
    #[must_use]
    pub const fn caller_name(&self) -> Option<&'static str> {
        self.caller_name
    }

    /// Returns the relation of the worker spans to their dispatch spans, which one dispatch can
    /// override.
    #[must_use]
    pub const fn relation(&self) -> SpanRelation {
        self.relation
    }

    /// Returns the maximum number of messages that one run takes, or `None` if the worker takes
    /// one message at a time.
    #[must_use]
    pub const fn batch_size(&self) -> Option<usize> {
        match self.batch {
            Some(batch) => Some(batch.messages),
            None => None,
        }
    }

    pub(crate) const fn batches(&self) -> Option<Batch> {
        self.batch
    }

    /// Returns the fully qualified name of the function.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// Returns the file that the function is in, as the compiler was given its path.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Returns the line of the function's attribute.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// `batch = N, linger = ".."` of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The maximum number of messages of one run.
    pub(crate) messages: usize,
    /// The time that a run waits for more of them.
    pub(crate) linger: Duration,
}

/// The relation of a worker span to its dispatch span, the span that was current at the dispatch.
///
/// The attribute's `relation = ..` sets it for a worker, and
/// [`Pool::with_relation`](crate::Pool::with_relation) for one dispatch. Baggage travels with the
/// message in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanRelation {
    /// The worker span is a child of the dispatch span, in its trace.
    #[default]
    Child,
    /// The worker span begins a new trace, and links to the dispatch span.
    Link,
    /// The worker span begins a new trace, with no link to the dispatch span.
    Root,
}
