//! What stands on a worker span, under the names of the semantic conventions.

use std::time::Duration;

use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use opentelemetry::{Array, Context, KeyValue, StringValue, Value};
use opentelemetry_semantic_conventions::attribute as conventions;
use traced_worker::{Worker, traced_worker};
use traced_worker_tests::{Recorder, attribute};

struct Job {
    id: u64,
    name: String,
}

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
fn the_attributes_of_the_conventions() {
    let recorder = Recorder::new();
    let pool = process::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let job = Job {
        id: 7,
        name: "seven".to_owned(),
    };
    let output = pool.dispatch((job, true)).unwrap().wait().unwrap();
    assert_eq!(output, "seven!", "fields borrow, the body takes");
    let span = recorder.only("worker_process");
    assert_eq!(span.span_kind, SpanKind::Consumer);
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
    let line = i64::from(process::DESCRIPTION.line());
    assert_eq!(
        attribute(&span, conventions::CODE_LINE_NUMBER),
        Some(&Value::I64(line))
    );
    assert!((10..=40).contains(&line));
    assert!(matches!(
        attribute(&span, "traced_worker.queue.wait"),
        Some(Value::F64(0.0..60.0))
    ));
    assert_eq!(attribute(&span, conventions::ERROR_TYPE), None);
}

#[test]
fn the_fields() {
    let recorder = Recorder::new();
    let pool = process::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
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
    let pool = destructured::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let output = pool.dispatch(((1, 2.5), [0, 4])).unwrap().wait().unwrap();
    assert!((output - 7.5).abs() < f64::EPSILON);
    let span = recorder.only("destructured");
    assert_eq!(attribute(&span, "x"), Some(&Value::I64(1)));
    assert_eq!(attribute(&span, "y"), Some(&Value::F64(2.5)));
}

#[traced_worker(fields(seen = seen.evaluate()))]
fn spy(seen: Spy) -> usize {
    seen.0.load(std::sync::atomic::Ordering::Relaxed)
}

struct Spy(std::sync::atomic::AtomicUsize);

impl Spy {
    fn evaluate(&self) -> i64 {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        1
    }
}

#[test]
fn fields_are_evaluated_only_when_the_span_records() {
    let silent = spy::pool()
        .threads(1)
        .tracer_provider(
            Recorder::with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff).provider(),
        )
        .start()
        .unwrap();
    assert_eq!(silent.dispatch(Spy(0.into())).unwrap().wait().unwrap(), 0);
    let recording = spy::pool()
        .threads(1)
        .tracer_provider(Recorder::new().provider())
        .start()
        .unwrap();
    assert_eq!(
        recording.dispatch(Spy(0.into())).unwrap().wait().unwrap(),
        1
    );
    assert_eq!(
        spy(Spy(5.into())),
        5,
        "called directly, the function is only itself"
    );
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
fn a_field_may_be_set_later_through_the_current_span() {
    let recorder = Recorder::new();
    let pool = late::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    pool.dispatch(4).unwrap().wait().unwrap();
    let span = recorder.only("late");
    assert_eq!(attribute(&span, "result"), Some(&Value::I64(8)));
}

#[traced_worker(fields(boom = panics()))]
fn bad_field() {}

fn panics() -> i64 {
    panic!("in a field")
}

#[test]
fn a_field_that_panics_is_a_panic_of_the_worker() {
    let recorder = Recorder::new();
    let pool = bad_field::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let error = pool.dispatch(()).unwrap().wait().unwrap_err();
    assert_eq!(error.to_string(), "the worker panicked: in a field");
    assert_eq!(pool.shutdown(Duration::MAX).panicked, 1);
    assert_eq!(recorder.named("bad_field").len(), 1);
}

#[test]
fn threads_are_named_after_the_worker_or_as_asked() {
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
