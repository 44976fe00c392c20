//! Tests of the processor in a provider of its own, with real threads and real time.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{Link, SpanKind};
use opentelemetry::trace::{
    Span as _, SpanContext, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, SpanId, TraceId};
use opentelemetry_sdk::trace::{
    Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanLimits,
};

use super::{Waterfall, WaterfallBuilder};
use crate::picture::Picture;

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
        text.contains("error: it broke") && !text.contains("error: handled"),
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

/// Ends a span of all parts: a field, a wait, an event and a link to another trace.
fn end_full(tracer: &impl Tracer) {
    let source = SpanContext::new(
        TraceId::from(0xabcd_u128 << 112),
        SpanId::from(7),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let builder = tracer
        .span_builder("worker_process")
        .with_attributes(vec![
            KeyValue::new("thread.name", "not drawn"),
            KeyValue::new("file.path", "src/pool.rs"),
            KeyValue::new("traced_worker.queue.wait", 60.0),
        ])
        .with_links(vec![Link::with_context(source)]);
    let mut span = builder.start_with_context(tracer, &Context::new());
    span.add_event("retry", Vec::new());
    span.end();
}

type Switch = fn(WaterfallBuilder, bool) -> WaterfallBuilder;

/// Returns what is drawn of that span.
fn full(configure: impl FnOnce(WaterfallBuilder) -> WaterfallBuilder) -> String {
    let output = Writes::default();
    let builder = Waterfall::builder().writer(output.clone()).width(100);
    let provider = SdkTracerProvider::builder()
        .with_span_processor(configure(builder).build().expect("a thread"))
        .with_sampler(Sampler::AlwaysOn)
        .with_span_limits(SpanLimits::default())
        .build();
    end_full(&provider.tracer("test"));
    provider.shutdown().expect("shut down");
    output.writes().concat()
}

#[test]
fn each_part_is_drawn_unless_it_is_off() {
    let parts = [
        "{file.path=src/pool.rs}",
        "waited 1m 00s in a queue",
        "1 event: retry +",
        "from trace abcd0000…",
        "  (processor",
    ];
    let seen = |text: &str| parts.map(|part| text.contains(part));
    let all = full(|builder| builder);
    assert_eq!(seen(&all), [true; 5], "{all}");
    assert!(all.contains('*') && all.contains("<."), "{all}");
    assert!(!all.contains("not drawn"), "{all}");
    let switches: [Switch; 5] = [
        WaterfallBuilder::fields,
        WaterfallBuilder::queue_wait,
        WaterfallBuilder::events,
        WaterfallBuilder::links,
        WaterfallBuilder::threads,
    ];
    for (index, switch) in switches.into_iter().enumerate() {
        let text = full(|builder| switch(builder, false));
        let expected = std::array::from_fn(|part| part != index);
        assert_eq!(seen(&text), expected, "{text}");
    }
    let text = full(|builder| {
        let off = |builder, switch: &Switch| switch(builder, false);
        switches.iter().fold(builder, off)
    });
    assert_eq!(text.lines().count(), 3, "{text}");
    let bar = text
        .lines()
        .nth(2)
        .and_then(|line| line.split(['[', ']']).nth(1));
    assert!(
        bar.is_some_and(|bar| bar.chars().all(|cell| cell == '=')),
        "{text}"
    );
}

fn of_picture(picture: Picture) -> (SdkTracerProvider, Writes) {
    let output = Writes::default();
    let builder = Waterfall::builder().writer(output.clone()).width(80);
    let waterfall = builder.picture(picture).build().expect("a thread");
    let provider = SdkTracerProvider::builder()
        .with_span_processor(waterfall)
        .with_sampler(Sampler::AlwaysOn)
        .build();
    (provider, output)
}

#[test]
fn on_error_nothing_is_drawn_without_an_error() {
    let (provider, output) = of_picture(Picture::OnError);
    let tracer = provider.tracer("test");
    let end = |name, failed| {
        let mut span = tracer.start_with_context(name, &Context::new());
        if failed {
            span.set_status(Status::error("boom"));
        }
        span.end();
    };
    (0..100).for_each(|_| end("fine", false));
    provider.force_flush().expect("flushed");
    assert!(output.writes().is_empty(), "{:?}", output.writes());
    end("fine", false);
    end("broken", true);
    // Without a flush.
    let text = output.wait().concat();
    assert!(text.contains("broken"), "{text}");
    provider.shutdown().expect("shut down");
    let text = output.writes().concat();
    assert!(!text.contains("fine") && !text.contains("more"), "{text}");
}

#[test]
fn the_slowest_are_drawn_at_a_flush_and_at_shutdown() {
    let (provider, output) = of_picture(Picture::Slowest(2));
    let tracer = provider.tracer("test");
    let end = |name, milliseconds| {
        let start = UNIX_EPOCH + Duration::from_secs(1);
        let builder = tracer.span_builder(name).with_start_time(start);
        let mut span = builder.start_with_context(&tracer, &Context::new());
        span.end_with_timestamp(start + Duration::from_millis(milliseconds));
    };
    for (name, milliseconds) in [("slow", 30), ("fast", 10), ("slower", 40), ("fast", 20)] {
        end(name, milliseconds);
    }
    provider.force_flush().expect("flushed");
    let first = output.writes();
    let drawn: Vec<&str> = first
        .iter()
        .filter_map(|text| text.lines().nth(2)?.split(' ').next())
        .collect();
    assert_eq!(drawn, ["slow", "slower"]);
    assert_eq!(
        first[2],
        "\n… and 2 more traces (2 spans; slowest drawn first): fast\n"
    );
    end("last", 1);
    provider.shutdown().expect("shut down");
    let text = output.writes()[3..].concat();
    assert!(text.contains("last") && !text.contains("slow"), "{text}");
}

#[test]
fn an_unfinished_trace_with_an_error_is_drawn_at_shutdown_and_not_at_a_flush() {
    let (provider, output) = of_picture(Picture::OnError);
    let tracer = provider.tracer("test");
    let root = tracer.start_with_context("root", &Context::new());
    let parent = Context::new().with_remote_span_context(root.span_context().clone());
    let mut worker = tracer.start_with_context("worker", &parent);
    worker.set_status(Status::error("boom"));
    worker.end();
    provider.force_flush().expect("flushed");
    assert!(output.writes().is_empty(), "{:?}", output.writes());
    provider.shutdown().expect("shut down");
    let text = output.writes().concat();
    assert!(
        text.contains("error: boom") && text.contains("1 span still running"),
        "{text}"
    );
    drop(root);
}
