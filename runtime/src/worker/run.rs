//! One run of a message: extract, start the span, call the function, record, end the span.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;

use opentelemetry::trace::{Link, SpanBuilder, SpanContext, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};

use super::{SyncWorker, Worker};
use crate::carrier::{self, Carrier, ContextCache};
use crate::error::{JobError, Panic};
use crate::span::{
    Anchor, CallSites, Caller, LayerAttributes, Metadata, Monotonic, Provider, Sighting,
    SpanRelation, StartedSpan, ThreadAttributes, TracerCache, TracingScope, TracingStart,
    WallClock, WorkerSpan, integer, log_failure, log_panic, message_count, record_job_error,
    record_panic, stacktrace,
};
use crate::unwind;

/// The number of messages of a batch that were dispatched under the linked span, if there are
/// several. The conventions have no name for it.
const LINK_MESSAGE_COUNT: &str = "traced_worker.link.message_count";

/// The part of a job that is not the message: the context of its dispatch, and the time of that.
#[derive(Debug)]
pub(crate) struct Envelope {
    carrier: Carrier,
    /// The relation that the dispatch chose; the worker's own if `None`.
    relation: Option<SpanRelation>,
    /// When the message was dispatched; `None` if its span will hardly record.
    dispatched: Option<Monotonic>,
    /// The state of `tracing` at the dispatch, if the worker or the pool needs it.
    caller: Option<Caller>,
}

impl Envelope {
    /// `inherits_subscriber`: the worker runs under the subscriber of its caller.
    pub(crate) fn new<W: Worker>(
        carrier: Carrier,
        relation: Option<SpanRelation>,
        provider: &Provider,
        inherits_subscriber: bool,
    ) -> Self {
        let is_child = relation.unwrap_or(W::METADATA.relation()) == SpanRelation::Child
            && W::METADATA.batches().is_none();
        // A layer of `tracing` has a provider of its own.
        let has_provider = W::TRACING.is_some() || !provider.is_absent();
        // Reading the clock costs as much as the rest of a dispatch. So under a parent that is not
        // sampled it is read once a span was recorded under such a one.
        let may_record = has_provider
            && (!is_child
                || carrier.is_sampled()
                || !carrier.has_span()
                || provider.records_unsampled());
        Self {
            carrier,
            relation,
            dispatched: may_record.then(Monotonic::now),
            caller: Caller::capture(W::TRACING.filter(|_| is_child), inherits_subscriber),
        }
    }

    fn relation<W: Worker>(&self) -> SpanRelation {
        self.relation.unwrap_or(W::METADATA.relation())
    }

    /// Returns a link to the dispatch span, if there was one.
    fn link(&self) -> Option<Link> {
        self.carrier.extract_span_context().map(Link::with_context)
    }
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Completed,
    Failed,
    Panicked,
}

/// A run that has ended, with its span.
pub(crate) struct FinishedRun<T> {
    pub(crate) result: Result<T, JobError>,
    pub(crate) outcome: Outcome,
}

impl<T> FinishedRun<T> {
    /// Records what the worker's function returned, or its panic, which is recorded already.
    pub(super) fn record<W: Worker<Output = T>>(
        returned: Result<T, Panic>,
        span: &WorkerSpan<'_>,
    ) -> Self {
        match returned {
            Ok(output) => Self {
                outcome: record_output::<W>(&output, span),
                result: Ok(output),
            },
            Err(panic) => Self::panicked(panic),
        }
    }

    pub(super) fn panicked(panic: Panic) -> Self {
        Self {
            result: Err(JobError::Panicked(panic)),
            outcome: Outcome::Panicked,
        }
    }
}

/// Runs messages on one thread.
///
/// Foreign telemetry code (propagators, samplers, span processors) that panics costs the span, never
/// the message.
#[derive(Debug)]
pub(crate) struct Runner {
    contexts: ContextCache,
    tracers: TracerCache,
    thread: ThreadAttributes,
    clock: WallClock,
}

impl Runner {
    pub(crate) fn new(provider: Provider) -> Self {
        Self {
            contexts: ContextCache::default(),
            tracers: TracerCache::new(provider),
            thread: ThreadAttributes::current(),
            clock: WallClock::default(),
        }
    }

    /// Makes the spans that are started from now on those of the calling thread.
    pub(crate) fn move_to_this_thread(&mut self) {
        self.thread.refresh();
    }

    /// Releases the tracer, so that a thread that parks keeps no provider alive.
    pub(crate) fn release_tracer(&mut self) {
        self.tracers.release();
    }

    /// Runs one message under the context of its dispatch, inside a worker span.
    pub(crate) fn run<W: SyncWorker>(
        &mut self,
        message: W::Message,
        mut envelope: Envelope,
        state: &mut W::State,
    ) -> FinishedRun<W::Output> {
        let Some(sites) = W::TRACING else {
            return self.start::<W>(&mut envelope).run(
                |span| W::run(message, state, span),
                FinishedRun::record::<W>,
            );
        };
        let start = self.tracing_start::<W>(sites, &mut envelope);
        TracingScope::run(start, |started, scope| {
            let work = |span: &WorkerSpan<'_>| W::run(message, state, span);
            run(started, None, Some(scope), work, FinishedRun::record::<W>)
        })
    }

    /// Runs several messages at once, inside one worker span that links to their contexts. Returns
    /// one run for each message, in their order.
    pub(crate) fn run_batch<W: SyncWorker>(
        &mut self,
        messages: Vec<W::Message>,
        envelopes: &[Envelope],
        state: &mut W::State,
    ) -> Vec<FinishedRun<W::Output>> {
        let number = messages.len();
        self.start_batch::<W>(envelopes).run(
            |span| W::run_batch(messages, state, span),
            |returned, span| match returned {
                Ok(outputs) if outputs.len() == number => record_outputs::<W>(outputs, span),
                Ok(outputs) => {
                    let returned = outputs.len();
                    let error = || JobError::BatchLength {
                        messages: number,
                        outputs: returned,
                    };
                    if let Some(span) = span.span() {
                        record_job_error(&span, &error(), Sighting::First);
                    }
                    unwind::drop_caught(outputs);
                    repeat(number, || FinishedRun {
                        result: Err(error()),
                        outcome: Outcome::Failed,
                    })
                }
                Err(panic) => repeat(number, || FinishedRun::panicked(panic.copy())),
            },
        )
    }

    /// Starts and ends the span of a message that is not run.
    pub(crate) fn discard<W: Worker>(&mut self, mut envelope: Envelope, reason: &JobError) {
        self.start::<W>(&mut envelope).end_early(reason);
    }

    /// Extracts the context and starts the worker span.
    pub(super) fn start<W: Worker>(&mut self, envelope: &mut Envelope) -> ActiveSpan<'_> {
        if let Some(sites) = W::TRACING {
            let (started, tracing) = TracingScope::start(self.tracing_start::<W>(sites, envelope));
            return ActiveSpan {
                started,
                anchor: None,
                tracing: tracing.map(Box::new),
            };
        }
        let mut span = self.start_span::<W>(envelope);
        let subscriber = envelope.caller.as_ref().and_then(Caller::subscriber);
        let scope = subscriber.map(TracingScope::of_subscriber);
        span.tracing = scope.map(Box::new);
        span
    }

    /// Extracts the context, for a worker span that is a span of `tracing`.
    fn tracing_start<W: Worker>(
        &mut self,
        sites: &'static CallSites,
        envelope: &mut Envelope,
    ) -> TracingStart<'_> {
        let relation = envelope.relation::<W>();
        let parent = unwind::catch(|| match relation {
            SpanRelation::Child => Cow::Borrowed(self.contexts.extract(&envelope.carrier)),
            SpanRelation::Link | SpanRelation::Root => {
                Cow::Owned(envelope.carrier.extract_without_span())
            }
        });
        let link = envelope.link().filter(|_| relation == SpanRelation::Link);
        TracingStart {
            sites,
            caller: envelope.caller.take(),
            parent: parent.unwrap_or_default(),
            links: link.into_iter().collect(),
            attributes: LayerAttributes {
                metadata: W::METADATA,
                dispatched: envelope.dispatched,
                batch: None,
            },
        }
    }

    fn start_span<W: Worker>(&mut self, envelope: &Envelope) -> ActiveSpan<'_> {
        let relation = envelope.relation::<W>();
        let Self {
            contexts,
            tracers,
            thread,
            clock,
        } = self;
        let mut starter = Starter {
            metadata: W::METADATA,
            tracers,
            thread,
            clock,
            dispatched: envelope.dispatched,
            batch: None,
        };
        if relation == SpanRelation::Child {
            return match unwind::catch(|| contexts.extract(&envelope.carrier)) {
                Ok(context) => starter.start(context, &[]),
                Err(_) => starter.start(&Context::new(), &[]).into_owned(),
            };
        }
        let link = envelope.link().filter(|_| relation == SpanRelation::Link);
        let context = unwind::catch(|| envelope.carrier.extract_without_span());
        let context = context.unwrap_or_default();
        starter.start(&context, link.as_slice()).into_owned()
    }

    /// Starts the worker span of a batch: a root, because its messages have no parent in common.
    fn start_batch<W: Worker>(&mut self, envelopes: &[Envelope]) -> ActiveSpan<'_> {
        let linked = envelopes
            .iter()
            .filter(|envelope| envelope.relation::<W>() != SpanRelation::Root);
        let links = distinct(linked.filter_map(Envelope::link));
        // The first message waited longest.
        let dispatched = envelopes.iter().find_map(|envelope| envelope.dispatched);
        if let Some(sites) = W::TRACING {
            let (started, tracing) = TracingScope::start(TracingStart {
                sites,
                caller: None,
                parent: Cow::Owned(Context::new()),
                links,
                attributes: LayerAttributes {
                    metadata: W::METADATA,
                    dispatched,
                    batch: Some(envelopes.len()),
                },
            });
            return ActiveSpan {
                started,
                anchor: None,
                tracing: tracing.map(Box::new),
            };
        }
        let mut starter = Starter {
            metadata: W::METADATA,
            tracers: &mut self.tracers,
            thread: &self.thread,
            clock: &mut self.clock,
            dispatched,
            batch: Some(envelopes.len()),
        };
        starter.start(&Context::new(), &links).into_owned()
    }
}

/// Starts one worker span.
struct Starter<'a> {
    metadata: &'static Metadata,
    tracers: &'a mut TracerCache,
    thread: &'a ThreadAttributes,
    clock: &'a mut WallClock,
    dispatched: Option<Monotonic>,
    /// The number of messages of a batch.
    batch: Option<usize>,
}

impl Starter<'_> {
    fn start<'c>(&mut self, parent: &'c Context, links: &[Link]) -> ActiveSpan<'c> {
        if self.tracers.skips_span() {
            return ActiveSpan {
                started: StartedSpan::NonRecording(Cow::Borrowed(parent)),
                anchor: None,
                tracing: None,
            };
        }
        self.start_span(parent, links)
    }

    fn start_span<'c>(&mut self, parent: &'c Context, links: &[Link]) -> ActiveSpan<'c> {
        // Attributes are made before the start, for samplers to see and in one allocation; but not
        // where the span will hardly record.
        let is_likely = self.dispatched.is_some() && !self.tracers.has_no_provider();
        let now = is_likely.then(Monotonic::now);
        let anchor = now.map(|now| self.clock.anchor(now));
        let (metadata, thread) = (self.metadata, self.thread);
        let (dispatched, batch) = (self.dispatched, self.batch);
        let attributes = |now: Monotonic| {
            let queue_wait = dispatched.map(|dispatched| now.since(dispatched));
            let mut attributes = thread.of_span(metadata, queue_wait);
            if let Some(messages) = batch {
                attributes.push(message_count(messages));
            }
            attributes
        };
        let builder = || SpanBuilder {
            name: Cow::Borrowed(metadata.name()),
            span_kind: Some(metadata.span_kind()),
            start_time: anchor.zip(now).map(|(anchor, now)| anchor.to_wall(now)),
            attributes: now.map(attributes),
            links: (!links.is_empty()).then(|| links.to_vec()),
            ..SpanBuilder::default()
        };
        let started = unwind::catch(|| self.tracers.start(parent, now, &builder));
        let started = started.unwrap_or(StartedSpan::NonRecording(Cow::Borrowed(parent)));
        match (&started, anchor) {
            (StartedSpan::Recording(context), None) => {
                let parent = parent.span();
                let parent = parent.span_context();
                if parent.is_valid() && !parent.is_sampled() {
                    self.tracers.recorded_unsampled();
                }
                let now = Monotonic::now();
                let _ = unwind::catch(|| context.span().set_attributes(attributes(now)));
                let anchor = Some(self.clock.anchor(now));
                ActiveSpan {
                    started,
                    anchor,
                    tracing: None,
                }
            }
            _ => ActiveSpan {
                started,
                anchor,
                tracing: None,
            },
        }
    }
}

/// A worker span that has started.
pub(super) struct ActiveSpan<'a> {
    pub(super) started: StartedSpan<'a>,
    /// Converts its end to the wall clock.
    anchor: Option<Anchor>,
    /// In a box, because most runs have none, and a run is moved.
    pub(super) tracing: Option<Box<TracingScope>>,
}

impl ActiveSpan<'_> {
    pub(super) fn into_owned(self) -> ActiveSpan<'static> {
        ActiveSpan {
            started: self.started.into_owned(),
            anchor: self.anchor,
            tracing: self.tracing,
        }
    }

    /// Calls `work` and then, with what it returned or its panic, `finish`, both with the span's
    /// context attached. The span has ended when this returns.
    fn run<R, F>(
        self,
        work: impl FnOnce(&WorkerSpan<'_>) -> R,
        finish: impl FnOnce(Result<R, Panic>, &WorkerSpan<'_>) -> F,
    ) -> F {
        let (started, anchor) = (self.started, self.anchor);
        let Some(tracing) = self.tracing else {
            return run(started, anchor, None, work, finish);
        };
        tracing.within(|| run(started, anchor, Some(&tracing), work, finish))
    }

    /// Ends the span of a job that has no output.
    pub(super) fn end_early(&self, reason: &JobError) {
        if let StartedSpan::Recording(context) = &self.started {
            let _ = unwind::catch(|| record_job_error(&context.span(), reason, Sighting::First));
        }
        self.end();
    }

    pub(super) fn end(&self) {
        if let StartedSpan::Recording(context) = &self.started {
            end(context, self.anchor);
        }
    }
}

fn run<R, F>(
    started: StartedSpan<'_>,
    anchor: Option<Anchor>,
    tracing: Option<&TracingScope>,
    work: impl FnOnce(&WorkerSpan<'_>) -> R,
    finish: impl FnOnce(Result<R, Panic>, &WorkerSpan<'_>) -> F,
) -> F {
    let context = match started {
        StartedSpan::NonRecording(context) => {
            let _guard = carrier::attach_innermost(context.into_owned());
            let span = WorkerSpan::new(None, tracing);
            return finish(catch_and_log(|| work(&span)), &span);
        }
        StartedSpan::Recording(context) => context,
    };
    let guard = match tracing {
        None => Some(context.clone().attach()),
        Some(_) => carrier::attach_of_entered(context.clone()),
    };
    let span = WorkerSpan::new(Some(&context), tracing);
    let returned = catch_and_record(&context, || work(&span));
    let finished = finish(returned, &span);
    end(&context, anchor);
    drop(guard);
    finished
}

/// Calls `work` and returns its panic, after recording it on the span of `context`.
pub(super) fn catch_and_record<R>(context: &Context, work: impl FnOnce() -> R) -> Result<R, Panic> {
    stacktrace::start();
    let returned = unwind::catch(work);
    let stacktrace = stacktrace::take();
    if let Err(panic) = &returned {
        let _ = unwind::catch(|| record_panic(&context.span(), panic, stacktrace));
    }
    returned
}

/// Calls `work` and returns its panic. The current span does not record.
pub(super) fn catch_and_log<R>(work: impl FnOnce() -> R) -> Result<R, Panic> {
    let returned = unwind::catch(work);
    if let Err(panic) = &returned {
        log_unrecorded(|span| log_panic(span, panic));
    }
    returned
}

/// Logs an exception under the current span, which does not record.
#[cold]
fn log_unrecorded(log: impl FnOnce(&SpanContext)) {
    let _ = unwind::catch(|| log(carrier::current().span().span_context()));
}

/// Ends a span explicitly, because user code may keep a clone of its context.
fn end(context: &Context, anchor: Option<Anchor>) {
    let _ = unwind::catch(|| match anchor {
        Some(anchor) => {
            let now = anchor.to_wall(Monotonic::now());
            context.span().end_with_timestamp(now);
        }
        None => context.span().end(),
    });
}

/// Records what a worker returned.
fn record_output<W: Worker>(output: &W::Output, span: &WorkerSpan<'_>) -> Outcome {
    let failure = W::failure(output);
    if span.is_recording() {
        // The user's own `Display` or `Debug` runs here.
        let _ = unwind::catch(|| {
            W::record_return(output, span);
            if let Some(failure) = &failure {
                span.record_failure(failure);
            }
        });
    }
    if let Some(failure) = &failure
        && !span.is_recording()
    {
        log_unrecorded(|span| log_failure(span, failure));
    }
    match failure {
        Some(_) => Outcome::Failed,
        None if W::has_panicked(output) => Outcome::Panicked,
        None => Outcome::Completed,
    }
}

/// Records what a batch worker returned: of several errors the first, because a span has one
/// status.
fn record_outputs<W: Worker>(
    outputs: Vec<W::Output>,
    span: &WorkerSpan<'_>,
) -> Vec<FinishedRun<W::Output>> {
    if let (Some(first), true) = (outputs.first(), span.is_recording()) {
        let _ = unwind::catch(|| W::record_return(first, span));
    }
    let mut is_first = true;
    let finish = |output: W::Output| {
        let outcome = match W::failure(&output) {
            Some(failure) => {
                if mem::take(&mut is_first) {
                    if span.is_recording() {
                        let _ = unwind::catch(|| span.record_failure(&failure));
                    } else {
                        log_unrecorded(|span| log_failure(span, &failure));
                    }
                }
                Outcome::Failed
            }
            None => Outcome::Completed,
        };
        FinishedRun {
            result: Ok(output),
            outcome,
        }
    };
    outputs.into_iter().map(finish).collect()
}

/// Returns one link for each span, in the order of their first messages. Links beyond the limit of
/// the provider are dropped, and counted, by the provider.
fn distinct(links: impl Iterator<Item = Link>) -> Vec<Link> {
    let mut positions: HashMap<_, usize> = HashMap::new();
    let mut distinct: Vec<(Link, usize)> = Vec::new();
    for link in links {
        let key = (link.span_context.trace_id(), link.span_context.span_id());
        match positions.entry(key) {
            Entry::Occupied(position) => distinct[*position.get()].1 += 1,
            Entry::Vacant(position) => {
                position.insert(distinct.len());
                distinct.push((link, 1));
            }
        }
    }
    let counted = distinct.into_iter().map(|(mut link, messages)| {
        if messages > 1 {
            let count = KeyValue::new(LINK_MESSAGE_COUNT, integer(messages));
            link.attributes.push(count);
        }
        link
    });
    counted.collect()
}

fn repeat<T>(number: usize, make: impl FnMut() -> T) -> Vec<T> {
    std::iter::repeat_with(make).take(number).collect()
}
