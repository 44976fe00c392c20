//! What is known of a worker before it runs.

use std::time::Duration;

use opentelemetry::trace::SpanKind;

use crate::carrier::Parent;

/// What the attribute says of a worker: constant, made by the macro.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Description {
    name: &'static str,
    kind: SpanKind,
    caller: Option<&'static str>,
    parent: Parent,
    batch: Option<Batch>,
    function: &'static str,
    file: &'static str,
    line: u32,
}

impl Description {
    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        name: &'static str,
        function: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Self {
            name,
            kind: SpanKind::Internal,
            caller: None,
            parent: Parent::Child,
            batch: None,
            function,
            file,
            line,
        }
    }

    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn caller(mut self, name: &'static str) -> Self {
        self.caller = Some(name);
        self
    }

    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn parent(mut self, parent: Parent) -> Self {
        self.parent = parent;
        self
    }

    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn batch(mut self, messages: usize, linger_nanoseconds: u64) -> Self {
        self.batch = Some(Batch {
            messages,
            linger: Duration::from_nanos(linger_nanoseconds),
        });
        self
    }

    /// The name of the worker, of its spans and of its threads.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The kind of its spans.
    #[must_use]
    pub fn span_kind(&self) -> SpanKind {
        self.kind.clone()
    }

    /// The name of the span that [`call`](crate::Pool::call) opens; the worker's own name after
    /// `call` where the attribute gives none.
    #[must_use]
    pub const fn caller_name(&self) -> Option<&'static str> {
        self.caller
    }

    /// How its spans relate to the dispatch span, where a dispatch does not say it.
    #[must_use]
    pub const fn span_parent(&self) -> Parent {
        self.parent
    }

    /// How many messages one run takes, if it takes several.
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

    /// The function, fully qualified.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// The file that the function is in, as the compiler was told of it.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line of the function's attribute.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }
}

/// `batch = N, linger = ".."` of the attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    /// How many messages one run takes at most.
    pub(crate) messages: usize,
    /// How long a run waits for more of them.
    pub(crate) linger: Duration,
}
