//! What is known of a worker before it runs.

use opentelemetry::trace::SpanKind;

/// What the attribute says of a worker: constant, made by the macro.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Description {
    name: &'static str,
    kind: SpanKind,
    caller: Option<&'static str>,
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
