//! Tests of the processor in a provider of its own, with real threads and real time.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use opentelemetry::trace::{Link, SpanKind};
use opentelemetry::trace::{
    Span as _, SpanContext, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, SpanId, TraceId};
use opentelemetry_sdk::trace::{
    Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanLimits,
};

use super::Waterfall;

/// A writer that keeps each write.
#[derive(Clone, Default)]
struct Writes(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Writes {
    fn writes(&self) -> Vec<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is drawn without a flush.
    fn wait(&self) -> Vec<String> {
        let drawn = self.0.1.wait_while(self.lock(), |writes| writes.is_empty());
        drawn.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.lock().push(text);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn provider(
    writer: impl Write + Send + 'static,
    sampler: impl ShouldSample + 'static,
) -> SdkTracerProvider {
    let waterfall = Waterfall::builder()
        .writer(writer)
        .width(80)
        .color(false)
        .build()
        .expect("a thread");
    // The limits must not depend on the environment.
    SdkTracerProvider::builder()
        .with_span_processor(waterfall)
        .with_sampler(sampler)
        .with_span_limits(SpanLimits::default())
        .build()
}

fn drawing() -> (SdkTracerProvider, Writes) {
    let output = Writes::default();
    (provider(output.clone(), Sampler::AlwaysOn), output)
}

#[test]
fn a_finished_trace_is_drawn_by_itself_in_one_write() {
    let (provider, output) = drawing();
    let tracer = provider.tracer("test");
    let root = Context::new().with_span(tracer.start_with_context("process_data", &Context::new()));
    let worker = tracer.clone();
    let parent = root.clone();
    let spawned = thread::Builder::new().name("hash-1".into()).spawn(move || {
        let mut span = worker.start_with_context("worker_process", &parent);
        span.set_status(Status::error("no such file"));
    });
    spawned.expect("a thread").join().expect("no panic");
    root.span().end();
    let writes = output.wait();
    assert_eq!(writes.len(), 1, "{writes:?}");
    let lines: Vec<&str> = writes[0].lines().collect();
    assert!(
        lines[0].is_empty()
            && lines[1].starts_with("trace ")
            && lines[1].ends_with(", 2 spans, 1 error"),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("process_data      [="), "{lines:?}");
    assert!(
        lines[3].starts_with("  worker_process") && lines[3].ends_with("(hash-1)"),
        "{lines:?}"
    );
    assert_eq!(lines[4], "    error: no such file");
    assert!(writes[0].ends_with('\n'));
}

#[test]
fn without_a_description_the_exceptions_message_is_drawn() {
    let (provider, output) = drawing();
    let mut span = provider.tracer("test").start("a");
    span.add_event(
        "exception",
        vec![KeyValue::new("exception.message", "it broke")],
    );
    span.set_status(Status::error(""));
    span.end();
    let mut fine = provider.tracer("test").start("b");
    fine.add_event(
        "exception",
        vec![KeyValue::new("exception.message", "handled")],
    );
    fine.end();
    provider.force_flush().expect("flushed");
    let text = output.writes().concat();
    assert!(
        text.contains("error: it broke") && !text.contains("handled"),
        "{text}"
    );
}

#[test]
fn a_flush_draws_ended_spans_before_it_returns() {
    let (provider, output) = drawing();
    let tracer = provider.tracer("test");
    let mut running = tracer.start("running");
    let parent = Context::new().with_remote_span_context(running.span_context().clone());
    tracer.start_with_context("done", &parent).end();
    provider.force_flush().expect("flushed, and not timed out");
    let first = output.writes().concat();
    assert!(
        first.contains("done") && first.contains("1 span still running"),
        "{first}"
    );
    running.end();
    provider.shutdown().expect("shut down");
    let second = output.writes()[1..].concat();
    assert!(
        second.contains("running") && second.contains("continues a trace"),
        "{second}"
    );
    assert!(!second.contains("done"), "{second}");
}

#[test]
fn an_orphan_is_drawn_at_shutdown_with_its_parent_s_id() {
    let (provider, output) = drawing();
    let (trace, parent) = (TraceId::from(7_u128), SpanId::from(0xabc_u64));
    let lost = SpanContext::new(
        trace,
        parent,
        TraceFlags::SAMPLED,
        false,
        TraceState::default(),
    );
    provider
        .tracer("test")
        .start_with_context("worker", &Context::new().with_remote_span_context(lost))
        .end();
    provider.shutdown().expect("shut down");
    let text = output.writes().concat();
    assert!(
        text.contains("  parent 0000000000000abc not seen here"),
        "{text}"
    );
}

#[test]
fn unsampled_spans_are_not_drawn() {
    let output = Writes::default();
    let provider = provider(output.clone(), Sampler::AlwaysOff);
    provider.tracer("test").start("a").end();
    provider.shutdown().expect("shut down");
    assert!(output.writes().is_empty());
}

/// A sampler that records spans of this name and does not sample them.
#[derive(Clone, Debug)]
struct NotSampled(&'static str);

impl ShouldSample for NotSampled {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        let is_sampled = name != self.0;
        SamplingResult {
            decision: if is_sampled {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::RecordOnly
            },
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[test]
fn a_span_that_is_recorded_but_not_sampled_is_not_waited_for() {
    let output = Writes::default();
    let provider = provider(output.clone(), NotSampled("unseen"));
    let tracer = provider.tracer("test");
    let root = tracer.start("root");
    let parent = Context::new().with_remote_span_context(root.span_context().clone());
    let unseen = tracer.start_with_context("unseen", &parent);
    drop(root);
    let text = output.wait().concat();
    assert!(
        text.contains(", 1 span\n") && !text.contains("running"),
        "{text}"
    );
    drop(unseen);
}

#[test]
fn thousands_of_traces_are_drawn_as_few() {
    let (provider, output) = drawing();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let tracer = provider.tracer("test");
            thread::spawn(move || (0..5_000).for_each(|_| tracer.start("worker_process").end()))
        })
        .collect();
    for worker in workers {
        worker.join().expect("no panic");
    }
    provider.shutdown().expect("shut down");
    let writes = output.writes();
    let drawn = writes
        .iter()
        .filter(|text| text.starts_with("\ntrace "))
        .count();
    let summed: usize = writes
        .iter()
        .filter_map(|text| {
            let number = text.strip_prefix("\n… and ")?.split(' ').next()?;
            number.replace(',', "").parse::<usize>().ok()
        })
        .sum();
    assert!(drawn <= 40, "{drawn}");
    assert_eq!(drawn + summed, 20_000);
}
