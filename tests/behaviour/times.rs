//! The times of worker spans are the runtime's: both from one clock that nobody sets.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span, SpanBuilder, SpanContext, Status, Tracer};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span as SdkSpan};
use traced_worker::traced_worker;
use traced_worker_tests::{Latch, Recorder, latch, wait_until};

/// The start that a span was given, and its end; `None` for one that the SDK takes from its clock.
type Times = (Option<SystemTime>, Option<SystemTime>);

type Log = Arc<Mutex<Vec<Times>>>;

/// A provider that sees the times that its spans are given.
struct Provider {
    provider: SdkTracerProvider,
    log: Log,
}

struct LoggingTracer {
    tracer: SdkTracer,
    log: Log,
}

#[derive(Debug)]
struct LoggingSpan {
    span: SdkSpan,
    start: Option<SystemTime>,
    log: Log,
}

impl opentelemetry::trace::TracerProvider for Provider {
    type Tracer = LoggingTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> LoggingTracer {
        LoggingTracer {
            tracer: self.provider.tracer_with_scope(scope),
            log: Arc::clone(&self.log),
        }
    }
}

impl Tracer for LoggingTracer {
    type Span = LoggingSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> LoggingSpan {
        LoggingSpan {
            start: builder.start_time,
            span: self.tracer.build_with_context(builder, parent),
            log: Arc::clone(&self.log),
        }
    }
}

impl Span for LoggingSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, time: SystemTime, fields: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.span.add_event_with_timestamp(name, time, fields);
    }

    fn span_context(&self) -> &SpanContext {
        self.span.span_context()
    }

    fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.span.set_attribute(attribute);
    }

    fn set_status(&mut self, status: Status) {
        self.span.set_status(status);
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, name: T) {
        self.span.update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.span.add_link(span_context, attributes);
    }

    fn end(&mut self) {
        self.log.lock().unwrap().push((self.start, None));
        self.span.end();
    }

    fn end_with_timestamp(&mut self, time: SystemTime) {
        self.log.lock().unwrap().push((self.start, Some(time)));
        self.span.end_with_timestamp(time);
    }
}

#[traced_worker]
fn work(latch: Option<Latch>) {
    if let Some(latch) = latch {
        latch.hold();
    }
}

#[traced_worker(batch = 4)]
fn work_on_many(rows: Vec<u32>) {
    drop(rows);
}

#[test]
fn each_worker_span_starts_and_ends_at_times_of_one_clock() {
    let recorder = Recorder::new();
    let log = Log::default();
    let provider = Provider {
        provider: recorder.provider().clone(),
        log: Arc::clone(&log),
    };
    let times = |number| {
        let times = std::mem::take(&mut *log.lock().unwrap());
        assert_eq!(times.len(), number);
        for (start, end) in times {
            assert!(start.is_some() && start <= end, "{start:?} {end:?}");
        }
    };

    let builder = work::pool().threads(1).tracer_provider(&provider);
    let pool = builder.start().unwrap();
    pool.dispatch(None).unwrap().wait().unwrap();
    let (hold, release) = latch();
    pool.send(Some(hold)).unwrap();
    release.wait_until_held();
    // Neither the one that is cancelled nor the one that is abandoned is run.
    assert!(pool.dispatch(None).unwrap().cancel());
    pool.send(None).unwrap();
    times(1);
    pool.shutdown(Duration::from_millis(1));
    wait_until(|| log.lock().unwrap().len() == 2);
    times(2);
    release.release();
    wait_until(|| pool.stats().running == 0);
    times(1);

    let builder = work_on_many::pool().threads(1).tracer_provider(&provider);
    let pool = builder.start().unwrap();
    pool.dispatch(1).unwrap().wait().unwrap();
    times(1);
}

#[traced_worker]
fn ends_its_span(recorder: Arc<Recorder>) -> usize {
    use opentelemetry::trace::TraceContextExt as _;

    let context = Context::current();
    context.span().set_attribute(KeyValue::new("before", true));
    assert!(context.span().is_recording());
    context.span().end();
    assert!(!context.span().is_recording());
    context.span().set_attribute(KeyValue::new("after", true));
    recorder.spans().len()
}

#[test]
fn a_worker_may_end_its_span_itself() {
    let recorder = Arc::new(Recorder::new());
    let pool = recorder.pool(ends_its_span::pool());
    let ended = pool
        .dispatch(Arc::clone(&recorder))
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(ended, 1, "before it returns");
    let span = recorder.only("ends_its_span");
    let has = |key| span.attributes.iter().any(|it| it.key.as_str() == key);
    assert!(has("before") && !has("after"));
}
