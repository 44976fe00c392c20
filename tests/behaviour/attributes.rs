//! Attributes of worker spans, under the names of the semantic conventions.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::trace::Status;
use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::Sampler;
use opentelemetry_semantic_conventions::attribute as conventions;
use traced_worker::{Worker, traced_worker};
use traced_worker_tests::{Latch, Recorder, attribute, latch};

struct Job {
    id: u64,
    name: String,
}

const LINE: u32 = line!() + 2;

#[traced_worker(
    name = "worker_process",
    kind = consumer,
    fields(
        job.id = job.id,
        "job.name" = job.name,
        size = %job.name.len(),
        shown = ?job.name,
        big = job.id > 3,
        flag,
        tags = Value::Array(Array::String(vec![StringValue::from("a")])),
    )
)]
fn process(mut job: Job, flag: bool) -> String {
    job.name.push('!');
    if flag { job.name } else { String::new() }
}

#[traced_worker(fields(x = x, y = y))]
fn destructured((x, mut y): (i32, f64), [_, z]: [u8; 2]) -> f64 {
    y += f64::from(x) + f64::from(z);
    y
}

#[test]
fn a_worker_span_has_the_attributes_of_the_conventions() {
    let recorder = Recorder::new();
    let pool = recorder.pool(process::pool());
    let job = Job {
        id: 7,
        name: "seven".to_owned(),
    };
    let output = pool.dispatch((job, true)).unwrap().wait().unwrap();
    assert_eq!(output, "seven!", "fields borrow, the body owns");
    let span = recorder.only("worker_process");
    assert_eq!(span.span_kind, SpanKind::Consumer);
    assert_eq!(span.instrumentation_scope.name(), "traced-worker");
    let version = span.instrumentation_scope.version();
    assert_eq!(version, Some(env!("CARGO_PKG_VERSION")));
    let text = |key| attribute(&span, key).map(ToString::to_string);
    assert_eq!(
        text(conventions::THREAD_NAME).as_deref(),
        Some("worker_process-0")
    );
    assert!(matches!(
        attribute(&span, conventions::THREAD_ID),
        Some(Value::I64(1..))
    ));
    assert_eq!(
        text(conventions::CODE_FUNCTION_NAME).as_deref(),
        Some("behaviour::attributes::process")
    );
    assert!(
        text(conventions::CODE_FILE_PATH)
            .unwrap()
            .ends_with("behaviour/attributes.rs")
    );
    assert_eq!(process::METADATA.line(), LINE);
    assert_eq!(
        attribute(&span, conventions::CODE_LINE_NUMBER),
        Some(&Value::I64(LINE.into()))
    );
    assert_eq!(attribute(&span, conventions::ERROR_TYPE), None);
}

#[traced_worker]
fn hold(latch: Latch) {
    latch.hold();
}

#[test]
fn the_queue_wait_is_the_time_between_dispatch_and_run() {
    let recorder = Recorder::new();
    let pool = recorder.pool(hold::pool());
    let (first, release) = latch();
    pool.send(first).unwrap();
    release.wait_until_held();
    // The second waits at least from here to there, and at most as long as all of this takes.
    let start = Instant::now();
    pool.send(latch().0).unwrap();
    let queued = Instant::now();
    let shortest = queued.elapsed();
    release.release();
    pool.shutdown(Duration::MAX);
    let longest = start.elapsed();
    let spans = recorder.named("hold");
    let Some(Value::F64(wait)) = attribute(&spans[1], "traced_worker.queue.wait") else {
        panic!("the wait is recorded in seconds");
    };
    let range = shortest.as_secs_f64()..=longest.as_secs_f64();
    assert!(range.contains(wait), "{wait} is not in {range:?}");
}

#[test]
fn fields_are_recorded_natively_or_as_the_sigil_asks() {
    let recorder = Recorder::new();
    let pool = recorder.pool(process::pool());
    let job = Job {
        id: 7,
        name: "seven".to_owned(),
    };
    pool.dispatch((job, false)).unwrap().wait().unwrap();
    let span = recorder.only("worker_process");
    let value = |key| attribute(&span, key).cloned();
    assert_eq!(value("job.id"), Some(Value::I64(7)));
    assert_eq!(value("job.name"), Some(Value::from("seven")));
    assert_eq!(value("size"), Some(Value::from("5")));
    assert_eq!(value("shown"), Some(Value::from("\"seven\"")));
    assert_eq!(value("big"), Some(Value::Bool(true)));
    assert_eq!(value("flag"), Some(Value::Bool(false)));
    assert!(matches!(value("tags"), Some(Value::Array(Array::String(tags))) if tags.len() == 1));
}

#[test]
fn fields_of_destructured_parameters() {
    let recorder = Recorder::new();
    let pool = recorder.pool(destructured::pool());
    let output = pool.dispatch(((1, 2.5), [0, 4])).unwrap().wait().unwrap();
    assert!((output - 7.5).abs() < f64::EPSILON);
    let span = recorder.only("destructured");
    assert_eq!(attribute(&span, "x"), Some(&Value::I64(1)));
    assert_eq!(attribute(&span, "y"), Some(&Value::F64(2.5)));
}

#[traced_worker(fields(spy = spy.evaluate()))]
fn spy(spy: Spy) -> usize {
    spy.0.load(Ordering::Relaxed)
}

/// Counts how often its field is evaluated.
struct Spy(AtomicUsize);

impl Spy {
    fn evaluate(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed);
        1
    }
}

#[test]
fn fields_are_evaluated_only_when_the_span_records() {
    let evaluations = |sampler| {
        let recorder = Recorder::with_sampler(sampler);
        let pool = recorder.pool(spy::pool());
        pool.dispatch(Spy(0.into())).unwrap().wait().unwrap()
    };
    assert_eq!(evaluations(Sampler::AlwaysOff), 0);
    assert_eq!(evaluations(Sampler::AlwaysOn), 1);
    assert_eq!(spy(Spy(5.into())), 5, "a direct call evaluates no field");
}

#[traced_worker(fields(result = Empty))]
fn late(number: i64) -> i64 {
    let result = number * 2;
    Context::current()
        .span()
        .set_attribute(KeyValue::new("result", result));
    result
}

#[test]
fn a_field_can_be_set_by_the_body_through_the_current_span() {
    let recorder = Recorder::new();
    let pool = recorder.pool(late::pool());
    pool.dispatch(4).unwrap().wait().unwrap();
    let span = recorder.only("late");
    assert_eq!(attribute(&span, "result"), Some(&Value::I64(8)));
}

#[traced_worker(fields(first = words[0].clone(), count = words.len()))]
fn count_words(words: Vec<String>) -> usize {
    words.len()
}

/// A field never decides whether the worker runs.
#[test]
fn a_panic_in_a_field_is_recorded_and_the_worker_runs() {
    let recorder = Recorder::new();
    let pool = recorder.pool(count_words::pool());
    assert_eq!(pool.dispatch(Vec::new()).unwrap().wait().unwrap(), 0);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 1);
    let span = recorder.only("count_words");
    assert_eq!(
        attribute(&span, "first"),
        Some(&Value::from("(its evaluation panicked)"))
    );
    assert_eq!(attribute(&span, "count"), Some(&Value::I64(0)));
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn threads_are_named_after_the_worker_or_the_given_name() {
    #[traced_worker]
    fn name() -> Option<String> {
        std::thread::current().name().map(str::to_owned)
    }

    let pool = name::pool().threads(1).start().unwrap();
    assert_eq!(
        pool.dispatch(()).unwrap().wait().unwrap().as_deref(),
        Some("name-0")
    );
    let pool = name::pool()
        .threads(1)
        .thread_name("ha\0sher")
        .start()
        .unwrap();
    assert_eq!(
        pool.dispatch(()).unwrap().wait().unwrap().as_deref(),
        Some("hasher-0")
    );
}
