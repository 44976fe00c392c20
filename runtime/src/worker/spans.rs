//! Starting a worker span: with its attributes, where they will be seen.

use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanBuilder, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};

use crate::span::{Description, Provider, Started, ThreadAttributes, Ticks, TracerCache};

const MESSAGE_COUNT: &str = "messaging.batch.message_count";

/// Messages of a batch whose context is not linked. The conventions have no name for it.
const LINKS_LEFT_OUT: &str = "traced_worker.batch.links_left_out";

/// Starts worker spans on one thread.
#[derive(Debug)]
pub(super) struct Spans {
    tracers: TracerCache,
    thread: ThreadAttributes,
}

impl Spans {
    /// For this thread.
    pub(super) fn new(provider: Provider) -> Self {
        Self {
            tracers: TracerCache::new(provider),
            thread: ThreadAttributes::current(),
        }
    }

    /// To be called before the thread waits for work.
    pub(super) fn rest(&mut self) {
        self.tracers.rest();
    }

    pub(super) fn start<'a>(
        &mut self,
        description: &Description,
        context: &'a Context,
        queued: Option<Ticks>,
        is_likely: bool,
        links: &[Link],
        batch: Option<(usize, usize)>,
    ) -> Started<'a> {
        let is_likely = is_likely && !self.tracers.is_idle();
        let now = queued.map(|_| Ticks::now());
        let queue_wait = queued
            .zip(now)
            .map(|(queued, now)| now.since(queued).as_secs_f64());
        let attributes = || {
            let mut attributes = self.thread.of_span(description, queue_wait);
            if let Some((messages, links_left_out)) = batch {
                attributes.push(KeyValue::new(MESSAGE_COUNT, count(messages)));
                if links_left_out > 0 {
                    attributes.push(KeyValue::new(LINKS_LEFT_OUT, count(links_left_out)));
                }
            }
            attributes
        };
        // Attributes for the sampler to see, and in one allocation; but none are made where the
        // span will hardly record.
        let started = self.tracers.start(context, now, || SpanBuilder {
            name: Cow::Borrowed(description.name()),
            span_kind: Some(description.span_kind()),
            start_time: now.map(Ticks::as_system_time),
            attributes: is_likely.then(attributes),
            links: (!links.is_empty()).then(|| links.to_vec()),
            ..SpanBuilder::default()
        });
        if let Started::Recording(context) = &started
            && !is_likely
        {
            context.span().set_attributes(attributes());
        }
        started
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
