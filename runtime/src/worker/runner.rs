//! One run: extract, span, run, outcome.

use std::panic::{self, AssertUnwindSafe};

use opentelemetry::Context;
use opentelemetry::trace::{Link, TraceContextExt as _};

use super::Worker;
use super::spans::Spans;
use crate::carrier::{Carrier, LastExtracted, Parent};
use crate::error::{JobError, Panic};
use crate::span::{
    Provider, Started, Ticks, WorkerSpan, record_failure, record_panic, record_text, stacktrace,
};

/// Links of one span: the SDK drops what is more without a word.
const MAX_LINKS: usize = 128;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed,
    Failed,
    Panicked,
}

impl Ending {
    fn of<W: Worker>(output: &W::Output) -> Self {
        if W::failure(output).is_some() {
            Self::Failed
        } else {
            Self::Completed
        }
    }
}

/// Runs messages on one thread.
#[derive(Debug)]
pub(crate) struct Runner {
    extracted: LastExtracted,
    spans: Spans,
}

impl Runner {
    pub(crate) fn new(provider: Provider) -> Self {
        Self {
            extracted: LastExtracted::default(),
            spans: Spans::new(provider),
        }
    }

    /// To be called before the thread waits for work.
    pub(crate) fn rest(&mut self) {
        self.spans.rest();
    }

    /// Runs one message under its own context, inside a worker span.
    pub(crate) fn run<W: Worker>(
        &mut self,
        message: W::Message,
        state: &mut W::State,
        carrier: &Carrier,
        queued: Option<Ticks>,
    ) -> (Result<W::Output, JobError>, Ending) {
        let started = self.start::<W>(carrier, queued);
        let work = |span: &WorkerSpan<'_>| W::run(message, state, span);
        match run_inside(started, work, record_output::<W>) {
            Ok(output) => {
                let ending = Ending::of::<W>(&output);
                (Ok(output), ending)
            }
            Err(panic) => (Err(JobError::Panicked(panic)), Ending::Panicked),
        }
    }

    /// Runs several messages at once, inside one worker span that links to all their contexts.
    /// Gives one result for each of them, in their order.
    pub(crate) fn run_batch<W: Worker>(
        &mut self,
        messages: Vec<W::Message>,
        state: &mut W::State,
        carriers: &[(Carrier, Option<Ticks>)],
    ) -> Vec<(Result<W::Output, JobError>, Ending)> {
        let number = messages.len();
        let started = self.start_batch::<W>(carriers);
        let work = |span: &WorkerSpan<'_>| W::run_batch(messages, state, span);
        let record = |outputs: &Vec<W::Output>, span: &WorkerSpan<'_>| {
            record_outputs::<W>(number, outputs, span);
        };
        match run_inside(started, work, record) {
            Ok(outputs) if outputs.len() == number => {
                let result = |output| {
                    let ending = Ending::of::<W>(&output);
                    (Ok(output), ending)
                };
                outputs.into_iter().map(result).collect()
            }
            Ok(outputs) => {
                let error = || JobError::BatchLength {
                    messages: number,
                    outputs: outputs.len(),
                };
                (0..number)
                    .map(|_| (Err(error()), Ending::Failed))
                    .collect()
            }
            Err(panic) => {
                let error = || JobError::Panicked(panic.retold());
                (0..number)
                    .map(|_| (Err(error()), Ending::Panicked))
                    .collect()
            }
        }
    }

    /// Ends the span of a message that will not be run.
    pub(crate) fn abandon<W: Worker>(
        &mut self,
        carrier: &Carrier,
        queued: Option<Ticks>,
        reason: &'static str,
    ) {
        if let Started::Recording(context) = self.start::<W>(carrier, queued) {
            let span = context.span();
            record_text(&span, "abandoned", reason);
            span.end();
        }
    }

    fn start<W: Worker>(&mut self, carrier: &Carrier, queued: Option<Ticks>) -> Started<'_> {
        let parent = carrier.parent().unwrap_or(W::DESCRIPTION.span_parent());
        if parent == Parent::Child {
            let is_likely = may_be_sampled(carrier);
            let context = self.extracted.extract(carrier);
            return self
                .spans
                .start(W::DESCRIPTION, context, queued, is_likely, &[], None);
        }
        let link = link_to(carrier).filter(|_| parent == Parent::Link);
        let context = carrier.extract_without_span();
        let links = link.as_slice();
        let started = self
            .spans
            .start(W::DESCRIPTION, &context, queued, true, links, None);
        started.into_owned()
    }

    fn start_batch<W: Worker>(&mut self, carriers: &[(Carrier, Option<Ticks>)]) -> Started<'_> {
        let linked = |carrier: &Carrier| {
            carrier.parent().unwrap_or(W::DESCRIPTION.span_parent()) != Parent::Root
        };
        let contexts = carriers.iter().map(|(carrier, _)| carrier);
        let mut links: Vec<Link> = contexts
            .filter(|carrier| linked(carrier))
            .filter_map(link_to)
            .collect();
        let left_out = links.len().saturating_sub(MAX_LINKS);
        links.truncate(MAX_LINKS);
        // The one that waited longest.
        let queued = carriers.iter().find_map(|(_, queued)| *queued);
        let batch = Some((carriers.len(), left_out));
        let context = Context::new();
        let started = self
            .spans
            .start(W::DESCRIPTION, &context, queued, true, &links, batch);
        started.into_owned()
    }
}

/// A link to the dispatch span, if there was one.
fn link_to(carrier: &Carrier) -> Option<Link> {
    carrier.extract_span_context().map(Link::with_context)
}

/// Whether a span under this carrier is likely to record: its trace is sampled, or begins here.
pub(crate) fn may_be_sampled(carrier: &Carrier) -> bool {
    carrier.is_sampled() || !carrier.has_span()
}

/// Runs `work` with the context attached; its panic is caught and recorded, and so is what
/// `record` finds in its result. The span has ended when this returns.
fn run_inside<R>(
    started: Started<'_>,
    work: impl FnOnce(&WorkerSpan<'_>) -> R,
    record: impl FnOnce(&R, &WorkerSpan<'_>),
) -> Result<R, Panic> {
    let context = match started {
        Started::Recording(context) => context,
        Started::Silent(context) => {
            let _guard = context.into_owned().attach();
            let work = AssertUnwindSafe(|| work(&WorkerSpan::silent()));
            return panic::catch_unwind(work).map_err(Panic::new);
        }
    };
    let guard = context.clone().attach();
    let span = WorkerSpan::recording(&context);
    stacktrace::watch();
    let result = panic::catch_unwind(AssertUnwindSafe(|| work(&span))).map_err(Panic::new);
    let stacktrace = stacktrace::of_panic();
    match &result {
        Ok(output) => {
            // The user's own `Display` or `Debug` runs here, and may panic as all code may.
            let record = AssertUnwindSafe(|| record(output, &span));
            let _ = panic::catch_unwind(record).map_err(std::mem::forget);
        }
        Err(panic) => record_panic(&context.span(), panic, stacktrace),
    }
    // Explicitly, because user code may have kept a clone of the context.
    context.span().end();
    drop(guard);
    result
}

fn record_output<W: Worker>(output: &W::Output, span: &WorkerSpan<'_>) {
    W::record_return(output, span);
    if let (Some(failure), Some(span)) = (W::failure(output), span.span()) {
        record_failure(&span, &failure);
    }
}

fn record_outputs<W: Worker>(number: usize, outputs: &[W::Output], span: &WorkerSpan<'_>) {
    let Some(recording) = span.span() else {
        return;
    };
    if outputs.len() != number {
        let text = "the worker returned another number of outputs than it got messages";
        record_text(&recording, "batch_length", text);
        return;
    }
    if let Some(output) = outputs.first() {
        W::record_return(output, span);
    }
    // The first of them: a span has one status.
    if let Some(failure) = outputs.iter().find_map(|output| W::failure(output)) {
        record_failure(&recording, &failure);
    }
}
