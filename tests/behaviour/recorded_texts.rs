//! Texts of user code on a span: bounded, with causes, one value for each key. The caller gets its
//! values unchanged.

use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use opentelemetry::trace::{SpanId, Status, TraceContextExt as _, TraceFlags};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use traced_worker::{JobError, PoolBuilder, SyncWorker, traced_worker};
use traced_worker_tests::{Recorder, attribute, event_attribute, remote_context};

/// The bytes that one text may have.
const LIMIT: usize = 4096;

fn run<W: SyncWorker<State = ()>>(
    pool: PoolBuilder<W>,
    message: W::Message,
) -> (W::Output, Recorder) {
    let recorder = Recorder::new();
    let pool = recorder.pool(pool);
    let output = pool.dispatch(message).unwrap().wait().unwrap();
    (output, recorder)
}

fn only(recorder: &Recorder) -> SpanData {
    let mut spans = recorder.spans();
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

fn values<'a>(span: &'a SpanData, key: &str) -> Vec<&'a Value> {
    let attributes = span.attributes.iter();
    let attributes = attributes.filter(|attribute| attribute.key.as_str() == key);
    attributes.map(|attribute| &attribute.value).collect()
}

fn truncated(span: &SpanData) -> Vec<String> {
    match *values(span, "traced_worker.truncated") {
        [] => Vec::new(),
        [Value::Array(Array::String(keys))] => keys.iter().map(ToString::to_string).collect(),
        ref other => panic!("{other:?}"),
    }
}

fn description(span: &SpanData) -> &str {
    match &span.status {
        Status::Error { description } => description,
        other => panic!("{other:?}"),
    }
}

/// Asserts that the span has the start of `text` as its error.
fn assert_cut_error(span: &SpanData, text: &str) {
    let description = description(span);
    assert_cut(description, text);
    let message = event_attribute(span, "exception", "exception.message");
    assert_eq!(message.as_deref(), Some(description));
    let keys = ["exception.message", "otel.status_description"];
    assert_eq!(truncated(span), keys);
}

fn assert_cut(cut: &str, text: &str) {
    assert!(cut.len() <= LIMIT && cut.len() > LIMIT - 4, "{}", cut.len());
    let start = cut.strip_suffix('…').unwrap();
    assert!(text.starts_with(start));
}

#[traced_worker]
fn fail(text: String) -> Result<(), String> {
    Err(text)
}

#[test]
fn a_long_error_is_cut_and_returned_whole() {
    let text = "é".repeat(1_100_000);
    let (output, recorder) = run(fail::pool(), text.clone());
    assert_eq!(output, Err(text.clone()));
    assert_cut_error(&only(&recorder), &text);
}

#[test]
fn the_longest_text_is_not_cut() {
    let text = "x".repeat(LIMIT);
    let (_, recorder) = run(fail::pool(), text.clone());
    let span = only(&recorder);
    assert_eq!(description(&span), text);
    assert_eq!(
        values(&span, "traced_worker.truncated"),
        Vec::<&Value>::new()
    );
    let (_, recorder) = run(fail::pool(), format!("{text}x"));
    assert_cut_error(&only(&recorder), &text);
}

#[test]
fn the_span_of_a_call_has_the_error_cut() {
    let text = "x".repeat(100_000);
    let recorder = Recorder::new();
    let pool = recorder.pool(fail::pool());
    assert_eq!(pool.call(text.clone()).unwrap(), Err(text.clone()));
    assert_cut_error(&recorder.only("fail"), &text);
    assert_cut_error(&recorder.only("call fail"), &text);
}

/// Formats as two gigabytes, and counts the pieces of a kilobyte that it was asked for.
struct Huge {
    pieces: Arc<AtomicUsize>,
    /// `true` if formatting goes on after an error.
    is_stubborn: bool,
}

impl fmt::Display for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let piece = "x".repeat(1_000);
        let pieces = if self.is_stubborn { 20_000 } else { 2_000_000 };
        for _ in 0..pieces {
            self.pieces.fetch_add(1, Ordering::Relaxed);
            let result = f.write_str(&piece);
            if !self.is_stubborn {
                result?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[traced_worker(fields(shown = %text, debugged = ?text), ret(Debug))]
fn format_three_times(text: Huge) -> Huge {
    text
}

#[traced_worker]
fn fail_hugely(error: Huge) -> Result<(), Huge> {
    Err(error)
}

fn huge(is_stubborn: bool) -> Huge {
    Huge {
        pieces: Arc::default(),
        is_stubborn,
    }
}

#[test]
fn formatting_stops_at_the_limit() {
    let (output, recorder) = run(fail_hugely::pool(), huge(false));
    assert_eq!(output.unwrap_err().pieces.load(Ordering::Relaxed), 5);
    assert_cut_error(&only(&recorder), &"x".repeat(LIMIT));
}

#[test]
fn an_error_that_ignores_the_limit_is_formatted_once() {
    let (output, recorder) = run(fail_hugely::pool(), huge(true));
    assert_eq!(output.unwrap_err().pieces.load(Ordering::Relaxed), 20_000);
    assert_cut_error(&only(&recorder), &"x".repeat(LIMIT));
}

#[traced_worker(fields(
    string = text,
    str = text.as_str(),
    boxed = Box::<str>::from(&*text),
    shared = Arc::<str>::from(&*text),
    value = Value::from(text.clone()),
    display = %text,
    debug = ?text,
    short = %"short",
), ret)]
fn every_kind(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[test]
fn every_kind_of_field_is_cut() {
    let text = "€".repeat(100_000);
    let (output, recorder) = run(every_kind::pool(), text.clone());
    assert_eq!(output.as_deref(), Some(&*text));
    let span = only(&recorder);
    for key in ["string", "str", "boxed", "shared", "value", "display"] {
        assert_cut(&attribute(&span, key).unwrap().as_str(), &text);
    }
    let debug = attribute(&span, "debug").unwrap();
    assert_cut(&debug.as_str(), &format!("{text:?}"));
    let returned = attribute(&span, "return").unwrap();
    assert_cut(&returned.as_str(), &format!("{:?}", Some(&text)));
    assert_eq!(attribute(&span, "short"), Some(&Value::from("short")));
    let keys = [
        "string", "str", "boxed", "shared", "value", "display", "debug", "return",
    ];
    assert_eq!(truncated(&span), keys);
}

#[test]
fn a_huge_value_is_not_built() {
    let (output, recorder) = run(format_three_times::pool(), huge(false));
    assert_eq!(output.pieces.load(Ordering::Relaxed), 15);
    let span = only(&recorder);
    let keys = ["shown", "debugged", "return"];
    for key in keys {
        let value = attribute(&span, key).unwrap();
        assert_cut(&value.as_str(), &"x".repeat(LIMIT));
    }
    assert_eq!(truncated(&span), keys);
}

#[traced_worker(fields(
    texts = texts(each, number),
    numbers = Value::Array(Array::I64(vec![7; number])),
    floats = Value::Array(Array::F64(vec![0.5; number])),
    flags = Value::Array(Array::Bool(vec![true; number])),
))]
fn arrays(each: usize, number: usize) -> usize {
    each * number
}

fn texts(each: usize, number: usize) -> Value {
    Value::Array(Array::String(vec!["x".repeat(each).into(); number]))
}

fn recorded_array(each: usize, number: usize) -> (Vec<usize>, Vec<String>) {
    let (_, recorder) = run(arrays::pool(), (each, number));
    let span = only(&recorder);
    let Some(Value::Array(Array::String(texts))) = attribute(&span, "texts") else {
        panic!("{span:?}");
    };
    let lengths = texts.iter().map(|text| text.as_str().len()).collect();
    (lengths, truncated(&span))
}

#[test]
fn arrays_are_cut() {
    assert_eq!(recorded_array(10, 20), (vec![10; 20], vec![]));
    assert_eq!(recorded_array(LIMIT, 4), (vec![LIMIT; 4], vec![]));
    let texts = vec!["texts".to_owned()];
    assert_eq!(recorded_array(LIMIT, 5), (vec![LIMIT; 4], texts.clone()));
    assert_eq!(recorded_array(10_000, 2), (vec![LIMIT; 2], texts.clone()));
    assert_eq!(recorded_array(1_000, 1_000), (vec![1_000; 16], texts));
    assert_eq!(recorded_array(1, 2_048), (vec![1; 2_048], vec![]));
    let all = ["texts", "numbers", "floats", "flags"].map(str::to_owned);
    assert_eq!(recorded_array(1, 2_049), (vec![1; 2_048], all.to_vec()));
}

#[traced_worker]
fn sets_its_own(text: String) {
    let context = Context::current();
    let span = context.span();
    span.set_attribute(KeyValue::new("own", text.clone()));
    span.add_event("event", vec![KeyValue::new("of.event", text.clone())]);
    let other = remote_context(7, 9, TraceFlags::SAMPLED);
    let fields = vec![KeyValue::new("of.link", text)];
    span.add_link(other.span().span_context().clone(), fields);
}

#[test]
fn what_the_worker_sets_is_cut() {
    let text = "x".repeat(10_000);
    let ((), recorder) = run(sets_its_own::pool(), text.clone());
    let span = only(&recorder);
    assert_cut(&attribute(&span, "own").unwrap().as_str(), &text);
    assert_cut(&event_attribute(&span, "event", "of.event").unwrap(), &text);
    let [link] = &*span.links.links else {
        panic!("{:?}", span.links);
    };
    assert_eq!(link.span_context.span_id(), SpanId::from(9));
    assert_cut(&link.attributes[0].value.as_str(), &text);
    assert_eq!(truncated(&span), ["own", "of.event", "of.link"]);
}

#[traced_worker]
fn renames_its_span(name: String) {
    Context::current().span().update_name(name);
}

#[test]
fn a_worker_may_rename_its_span() {
    let name = |name: &str| {
        let ((), recorder) = run(renames_its_span::pool(), name.to_owned());
        only(&recorder).name
    };
    assert_eq!(name("another"), "another");
    let long = "x".repeat(10_000);
    assert_cut(&name(&long), &long);
}

#[traced_worker]
fn sets_long_texts(number: usize, times: usize) {
    let context = Context::current();
    for key in 0..number {
        for _ in 0..times {
            let value = "x".repeat(LIMIT + 1);
            context
                .span()
                .set_attribute(KeyValue::new(format!("key {key}"), value));
        }
    }
}

#[test]
fn each_text_that_was_cut_is_listed_once_and_no_more_than_32() {
    let keys = |number, times| {
        let ((), recorder) = run(sets_long_texts::pool(), (number, times));
        truncated(&only(&recorder))
    };
    assert_eq!(keys(2, 2), ["key 0", "key 1"]);
    assert_eq!(keys(32, 1).len(), 32);
    assert_eq!(keys(33, 1), keys(32, 1));
}

#[traced_worker]
fn panics(text: String) {
    panic!("{text}");
}

#[test]
fn the_text_of_a_panic_is_cut_and_returned_whole() {
    let text = "x".repeat(100_000);
    let recorder = Recorder::new();
    let pool = recorder.pool(panics::pool());
    let error = pool.dispatch(text.clone()).unwrap().wait().unwrap_err();
    let JobError::Panicked(panic) = error else {
        panic!("{error:?}");
    };
    assert_eq!(panic.message(), text);
    assert_cut_error(&only(&recorder), &text);
}

/// An error with a text, and a cause.
#[derive(Debug)]
struct Layer(String, Option<Box<dyn Error + Send + Sync>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Layer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.1.as_deref()?;
        Some(source)
    }
}

/// Returns an error that has the first text, and the others as its causes.
fn layers(texts: &[&str]) -> Layer {
    let source = (texts.len() > 1).then(|| layers(&texts[1..]).into());
    Layer(texts[0].to_owned(), source)
}

#[traced_worker]
fn by_error(error: Layer) -> Result<(), Layer> {
    Err(error)
}

fn recorded(texts: &[&str]) -> String {
    let (output, recorder) = run(by_error::pool(), layers(texts));
    assert_eq!(output.unwrap_err().to_string(), texts[0]);
    let span = only(&recorder);
    let message = event_attribute(&span, "exception", "exception.message");
    assert_eq!(message.unwrap_or_default(), description(&span));
    description(&span).to_owned()
}

#[test]
fn an_error_has_the_texts_of_its_causes() {
    assert_eq!(recorded(&["outer"]), "outer");
    assert_eq!(recorded(&["outer", "inner"]), "outer: inner");
    let all = recorded(&["outer", "middle", "root"]);
    assert_eq!(all, "outer: middle: root");
}

#[test]
fn a_cause_that_the_text_ends_with_is_not_repeated() {
    assert_eq!(recorded(&["outer: inner", "inner"]), "outer: inner");
    assert_eq!(recorded(&["same", "same", "root"]), "same: root");
    let nested = ["a: b: c", "b: c", "c", "d"];
    assert_eq!(recorded(&nested), "a: b: c: d");
    assert_eq!(recorded(&["outer", "", "root"]), "outer: root");
}

#[test]
fn causes_are_cut_and_counted() {
    let long = "x".repeat(3_000);
    let text = recorded(&["outer", &long, &long.replace('x', "y"), "root"]);
    assert_cut(&text, &format!("outer: {long}: {}", "y".repeat(3_000)));
    let numbers: Vec<String> = (0..100).map(|number| format!("<{number}>")).collect();
    let numbers: Vec<&str> = numbers.iter().map(|number| &**number).collect();
    let text = recorded(&numbers);
    assert!(text.starts_with("<0>: <1>: <2>"), "{text}");
    assert!(text.ends_with("<31>: <32>"), "{text}");
}

/// An error that is its own cause, with another text each time.
#[derive(Debug)]
struct Cycle;

static CYCLES: AtomicUsize = AtomicUsize::new(0);

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", CYCLES.fetch_add(1, Ordering::Relaxed))
    }
}

impl Error for Cycle {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

#[traced_worker]
fn cycle() -> Result<(), Cycle> {
    Err(Cycle)
}

#[test]
fn an_error_that_is_its_own_cause_ends() {
    let (_, recorder) = run(cycle::pool(), ());
    let span = only(&recorder);
    assert!(description(&span).starts_with("0: 1: 2"));
    assert_eq!(CYCLES.load(Ordering::Relaxed), 33);
}

/// An error whose cause panics when it is read, or else when it is formatted.
#[derive(Debug)]
struct Trap {
    in_source: bool,
}

#[derive(Debug)]
struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the text of the cause panics")
    }
}

impl Error for Bomb {}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("trap")
    }
}

impl Error for Trap {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        assert!(!self.in_source, "the cause panics");
        Some(&Bomb)
    }
}

#[traced_worker]
fn trap(in_source: bool) -> Result<(), Trap> {
    Err(Trap { in_source })
}

#[test]
fn a_cause_that_panics_is_left_out() {
    for in_source in [true, false] {
        let (output, recorder) = run(trap::pool(), in_source);
        assert!(output.is_err());
        assert_eq!(description(&only(&recorder)), "trap");
    }
}

#[traced_worker]
fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(layers(&["outer", "inner"]).into())
}

#[traced_worker]
fn boxed_send() -> Result<(), Box<dyn Error + Send>> {
    Err(Box::new(layers(&["outer", "inner"])))
}

#[traced_worker]
fn boxed_itself() -> Result<(), Box<Layer>> {
    Err(Box::new(layers(&["outer", "inner"])))
}

#[traced_worker]
fn by_anyhow() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("root").context("inner").context("outer"))
}

#[traced_worker(err(Display))]
fn by_anyhow_display() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("inner").context("outer"))
}

#[test]
fn boxed_errors_have_the_texts_of_their_causes() {
    let (_, recorder) = run(boxed::pool(), ());
    assert_eq!(description(&only(&recorder)), "outer: inner");
    let (_, recorder) = run(boxed_send::pool(), ());
    assert_eq!(description(&only(&recorder)), "outer: inner");
    let (_, recorder) = run(boxed_itself::pool(), ());
    assert_eq!(description(&only(&recorder)), "outer: inner");
}

#[test]
fn anyhow_errors_have_the_texts_of_their_causes() {
    let (output, recorder) = run(by_anyhow::pool(), ());
    assert_eq!(output.unwrap_err().to_string(), "outer");
    assert_eq!(description(&only(&recorder)), "outer: inner: root");
}

#[test]
fn err_display_records_the_text_without_causes() {
    let (_, recorder) = run(by_anyhow_display::pool(), ());
    assert_eq!(description(&only(&recorder)), "outer");
}

#[traced_worker]
fn stateful(#[state] _state: &mut (u32,), message: u32) {
    assert_eq!(message, 0, "the state is made again");
}

#[test]
fn the_error_of_a_state_is_cut_and_has_its_causes() {
    for inner in ["inner".to_owned(), "x".repeat(10_000)] {
        let recorder = Recorder::new();
        let calls = AtomicUsize::new(0);
        let text = inner.clone();
        let pool = recorder.pool(stateful::try_pool(move || {
            match calls.fetch_add(1, Ordering::Relaxed) {
                0 => Ok((7,)),
                _ => Err(layers(&["outer", &text])),
            }
        }));
        assert!(pool.dispatch(1).unwrap().wait().is_err());
        let error = pool.dispatch(0).unwrap().wait().unwrap_err();
        let cause = error.source().unwrap().source().unwrap();
        assert_eq!(cause.to_string(), inner);
        let span = &recorder.named("stateful")[1];
        let text = format!("the worker's state could not be made: outer: {inner}");
        if inner.len() > LIMIT {
            assert_cut_error(span, &text);
        } else {
            assert_eq!(description(span), text);
        }
    }
}

#[traced_worker]
fn optional(number: u32) -> Option<Result<u32, Layer>> {
    (number > 0).then(|| refuse(number))
}

#[traced_worker]
fn poll(number: u32) -> Poll<Result<u32, Layer>> {
    if number > 0 {
        Poll::Ready(refuse(number))
    } else {
        Poll::Pending
    }
}

#[traced_worker]
fn poll_next(number: u32) -> Poll<Option<Result<u32, Layer>>> {
    if number > 0 {
        Poll::Ready(Some(refuse(number)))
    } else {
        Poll::Ready(None)
    }
}

fn refuse(number: u32) -> Result<u32, Layer> {
    match number {
        1 => Ok(1),
        _ => Err(layers(&["refused", "inner"])),
    }
}

#[traced_worker]
fn break_with(number: u32) -> ControlFlow<u32> {
    ControlFlow::Break(number)
}

#[traced_worker]
fn generic<T: Send + 'static>(value: T) -> T {
    value
}

#[traced_worker]
fn generic_poll<T: Send + 'static>(value: T) -> Poll<Option<T>> {
    Poll::Ready(Some(value))
}

fn status<W: SyncWorker<State = ()>>(pool: PoolBuilder<W>, message: W::Message) -> Status {
    only(&run(pool, message).1).status.clone()
}

#[test]
fn a_result_in_an_option_or_a_poll_is_recognised() {
    let error = Status::error("refused: inner");
    for (number, expected) in [(0, Status::Unset), (1, Status::Unset), (2, error)] {
        assert_eq!(status(optional::pool(), number), expected);
        assert_eq!(status(poll::pool(), number), expected);
        assert_eq!(status(poll_next::pool(), number), expected);
    }
}

#[test]
fn a_break_and_a_generic_output_are_ordinary_values() {
    assert_eq!(status(break_with::pool(), 7), Status::Unset);
    let pool = generic::pool();
    assert_eq!(
        status::<generic<Result<u32, u32>>>(pool, Err(7)),
        Status::Unset
    );
    let pool = generic_poll::pool();
    assert_eq!(
        status::<generic_poll<Result<u32, u32>>>(pool, Err(7)),
        Status::Unset
    );
}

#[traced_worker]
fn sets_runtime_keys(error_type: Option<&'static str>) -> Result<(), String> {
    let context = Context::current();
    let span = context.span();
    span.set_attribute(KeyValue::new("thread.id", 99));
    span.set_attribute(KeyValue::new("code.line.number", 99));
    if let Some(error_type) = error_type {
        span.set_attribute(KeyValue::new("error.type", "overwritten"));
        span.set_attribute(KeyValue::new("error.type", error_type));
    }
    Err("failed".to_owned())
}

#[test]
fn a_key_of_the_runtime_has_one_value() {
    for (error_type, recorded) in [(None, "alloc::string::String"), (Some("own"), "own")] {
        let (_, recorder) = run(sets_runtime_keys::pool(), error_type);
        let span = only(&recorder);
        assert_eq!(values(&span, "error.type"), [&Value::from(recorded)]);
        assert_eq!(
            values(&span, "traced_worker.error.type"),
            Vec::<&Value>::new()
        );
        assert_eq!(values(&span, "thread.id").len(), 1);
        assert_ne!(values(&span, "thread.id"), [&Value::I64(99)]);
        assert_eq!(values(&span, "code.line.number").len(), 1);
        assert_ne!(values(&span, "code.line.number"), [&Value::I64(99)]);
        let exception = event_attribute(&span, "exception", "exception.type");
        assert_eq!(exception.as_deref(), Some("alloc::string::String"));
    }
}

#[traced_worker(fields(first = 1, second = 2))]
fn sets_its_field_again(times: i64) {
    let context = Context::current();
    for time in 0..times {
        context.span().set_attribute(KeyValue::new("first", time));
        context.span().set_attribute(KeyValue::new("third", time));
    }
}

#[test]
fn a_key_that_is_set_again_has_its_last_value() {
    let ((), recorder) = run(sets_its_field_again::pool(), 200);
    let span = only(&recorder);
    assert_eq!(values(&span, "first"), [&Value::I64(199)]);
    assert_eq!(values(&span, "second"), [&Value::I64(2)]);
    assert_eq!(values(&span, "third"), [&Value::I64(199)]);
    assert_eq!(span.dropped_attributes_count, 0);
}

#[traced_worker(fields(field = 7))]
fn sets_many(number: usize) {
    let context = Context::current();
    for number in 0..number {
        let key = format!("key.{number}");
        context.span().set_attribute(KeyValue::new(key, 1));
    }
}

#[test]
fn keys_beyond_the_limit_are_counted() {
    let ((), recorder) = run(sets_many::pool(), 1_000);
    let span = only(&recorder);
    assert_eq!(span.attributes.len(), 128);
    assert_eq!(values(&span, "field"), [&Value::I64(7)]);
    assert_eq!(values(&span, "key.0"), [&Value::I64(1)]);
    let at_start = span
        .attributes
        .iter()
        .take_while(|it| it.key.as_str() != "field");
    let set = at_start.count() + 1 + 1_000;
    assert_eq!(span.dropped_attributes_count as usize, set - 128);
}

/// The variable of the child process of the test below.
const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

#[test]
fn a_variable_lowers_the_limit() {
    if std::env::var_os(CHILD).is_some() {
        let (output, recorder) = run(every_kind::pool(), "ééééééé".to_owned());
        assert_eq!(output.as_deref(), Some("ééééééé"));
        let span = only(&recorder);
        assert_eq!(attribute(&span, "string"), Some(&Value::from("éééé…")));
        assert_eq!(attribute(&span, "short"), Some(&Value::from("short")));
        return;
    }
    // The environment is read once in a process.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "recorded_texts::a_variable_lowers_the_limit"])
        .env(CHILD, "1")
        .env("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "5")
        .env("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "many")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && output.contains("1 passed"),
        "{output}"
    );
}
