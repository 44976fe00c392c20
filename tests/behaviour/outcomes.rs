//! Errors: recognised by type, recorded on the span, returned unchanged.

use std::error::Error;
use std::fmt;

use opentelemetry::Value;
use opentelemetry::trace::Status;
use traced_worker::{PoolBuilder, SyncWorker, traced_worker};
use traced_worker_tests::{Recorder, attribute, event_attribute};

#[derive(Debug, PartialEq)]
struct Refusal(u32);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused {}", self.0)
    }
}

impl Error for Refusal {}

fn refuse(number: u32) -> Result<u32, Refusal> {
    if number == 0 {
        Ok(0)
    } else {
        Err(Refusal(number))
    }
}

#[traced_worker]
fn by_question_mark(number: u32) -> Result<u32, Refusal> {
    let number = refuse(number)?;
    Ok(number + 1)
}

#[traced_worker]
fn by_return(number: u32) -> Result<u32, Refusal> {
    return refuse(number);
}

#[traced_worker]
fn by_tail(number: u32) -> Result<u32, Refusal> {
    refuse(number)
}

type Outcome<T> = Result<T, Refusal>;

#[traced_worker]
fn by_alias(number: u32) -> Outcome<u32> {
    refuse(number)
}

struct OnlyDisplay;

impl fmt::Display for OnlyDisplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("displayed")
    }
}

#[traced_worker]
fn display(_number: u32) -> Result<(), OnlyDisplay> {
    Err(OnlyDisplay)
}

#[derive(Debug)]
struct OnlyDebug;

#[traced_worker]
fn debug(_number: u32) -> Result<(), OnlyDebug> {
    Err(OnlyDebug)
}

struct Opaque;

#[traced_worker]
fn opaque(_number: u32) -> Result<(), Opaque> {
    Err(Opaque)
}

#[traced_worker]
fn boxed(number: u32) -> Result<(), Box<dyn Error + Send + Sync>> {
    refuse(number)?;
    Ok(())
}

#[traced_worker]
fn generic<E: fmt::Display + Send + 'static>(error: E) -> Result<(), E> {
    Err(error)
}

#[traced_worker(err = false)]
fn ignored(number: u32) -> Result<u32, Refusal> {
    refuse(number)
}

#[traced_worker(err(Debug))]
fn as_debug(number: u32) -> Result<u32, Refusal> {
    refuse(number)
}

#[traced_worker]
fn no_result(number: u32) -> Option<u32> {
    (number > 100).then_some(number)
}

#[traced_worker(err(None))]
fn find(number: u32) -> Option<u32> {
    (number > 100).then_some(number)
}

struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("Display of an error panics")
    }
}

#[traced_worker]
fn bomb(_number: u32) -> Result<(), Bomb> {
    Err(Bomb)
}

#[traced_worker(ret)]
fn returns(number: u32) -> Result<u32, Refusal> {
    refuse(number).map(|number| number + 41)
}

#[traced_worker(ret(Debug))]
fn returns_debug(number: u32) -> Vec<u32> {
    vec![number; 2]
}

#[traced_worker(ret(Debug))]
fn returns_debug_of_ok(number: u32) -> Result<Vec<u32>, Refusal> {
    refuse(number).map(|number| vec![number; 2])
}

#[traced_worker(ret(Display))]
fn returns_display_of_ok(number: u32) -> Result<u32, Refusal> {
    refuse(number)
}

#[traced_worker(ret(Display))]
fn returns_display(number: u32) -> u32 {
    number
}

/// Returns the output of one run, its spans, and how many runs completed and failed.
fn run<W: SyncWorker<State = ()>>(
    pool: PoolBuilder<W>,
    message: W::Message,
) -> (W::Output, Recorder, [u64; 2]) {
    let recorder = Recorder::new();
    let pool = recorder.pool(pool);
    let output = pool.dispatch(message).unwrap().wait().unwrap();
    let stats = pool.stats();
    (output, recorder, [stats.completed, stats.failed])
}

fn assert_error(recorder: &Recorder, worker: &str, error_type: &str, message: Option<&str>) {
    let span = recorder.only(worker);
    assert_eq!(
        span.status,
        Status::error(message.unwrap_or_default().to_owned())
    );
    let recorded = attribute(&span, "error.type").unwrap().to_string();
    assert!(recorded.ends_with(error_type), "{recorded}");
    let event = |key| event_attribute(&span, "exception", key);
    assert_eq!(event("exception.type"), Some(recorded));
    assert_eq!(event("exception.message").as_deref(), message);
}

fn assert_both_outcomes<W>(pool: fn() -> PoolBuilder<W>, worker: &str)
where
    W: SyncWorker<Message = u32, Output = Result<u32, Refusal>, State = ()>,
{
    let (output, recorder, counted) = run(pool(), 3);
    assert_eq!(output, Err(Refusal(3)), "the output is unchanged");
    assert_error(&recorder, worker, "Refusal", Some("refused 3"));
    assert_eq!(counted, [0, 1]);
    let (output, recorder, counted) = run(pool(), 0);
    assert!(output.is_ok());
    let span = recorder.only(worker);
    assert_eq!(span.status, Status::Unset, "never Ok");
    assert!(span.events.is_empty());
    assert_eq!(counted, [1, 0]);
}

#[test]
fn an_error_is_recorded_however_the_function_returns_it() {
    assert_both_outcomes(by_question_mark::pool, "by_question_mark");
    assert_both_outcomes(by_return::pool, "by_return");
    assert_both_outcomes(by_tail::pool, "by_tail");
    assert_both_outcomes(by_alias::pool, "by_alias");
}

#[test]
fn the_text_is_display_then_debug_then_none() {
    let (_, recorder, _) = run(display::pool(), 1);
    assert_error(&recorder, "display", "OnlyDisplay", Some("displayed"));
    let (_, recorder, _) = run(debug::pool(), 1);
    assert_error(&recorder, "debug", "OnlyDebug", Some("OnlyDebug"));
    let (_, recorder, counted) = run(opaque::pool(), 1);
    assert_error(&recorder, "opaque", "Opaque", None);
    assert_eq!(counted, [0, 1]);
    let (_, recorder, _) = run(boxed::pool(), 3);
    let span = recorder.only("boxed");
    assert_eq!(span.status, Status::error("refused 3"));
    let (_, recorder, _) = run(generic::pool(), "text");
    assert_error(&recorder, "generic", "str", Some("text"));
}

#[test]
fn err_false_records_nothing() {
    let (output, recorder, counted) = run(ignored::pool(), 3);
    assert_eq!(output, Err(Refusal(3)));
    assert_eq!(recorder.only("ignored").status, Status::Unset);
    assert_eq!(counted, [1, 0]);
}

#[test]
fn err_debug_uses_debug() {
    let (_, recorder, _) = run(as_debug::pool(), 3);
    assert_error(&recorder, "as_debug", "Refusal", Some("Refusal(3)"));
}

#[test]
fn a_none_is_no_error_by_default() {
    let (output, recorder, counted) = run(no_result::pool(), 3);
    assert_eq!(output, None);
    assert_eq!(recorder.only("no_result").status, Status::Unset);
    assert_eq!(counted, [1, 0]);
}

#[test]
fn err_none_makes_a_none_an_error() {
    let (output, recorder, counted) = run(find::pool(), 3);
    assert_eq!(output, None);
    assert_error(
        &recorder,
        "find",
        "None",
        Some("the worker returned `None`"),
    );
    assert_eq!(counted, [0, 1]);
    let (output, recorder, _) = run(find::pool(), 300);
    assert_eq!(output, Some(300));
    assert_eq!(recorder.only("find").status, Status::Unset);
}

#[test]
fn a_display_that_panics_loses_neither_the_output_nor_the_thread() {
    let recorder = Recorder::new();
    let pool = recorder.pool(bomb::pool());
    for _ in 0..2 {
        assert!(pool.dispatch(1).unwrap().wait().unwrap().is_err());
    }
    assert_eq!(pool.stats().failed, 2);
    let spans = recorder.named("bomb");
    assert_eq!(spans.len(), 2);
    for span in spans {
        assert_eq!(span.status, Status::error(""));
        assert!(attribute(&span, "error.type").is_some());
    }
}

#[test]
fn ret_records_the_returned_value() {
    let (_, recorder, _) = run(returns::pool(), 0);
    let span = recorder.only("returns");
    assert_eq!(attribute(&span, "return"), Some(&Value::I64(41)));
    let (_, recorder, _) = run(returns::pool(), 7);
    assert_eq!(
        attribute(&recorder.only("returns"), "return"),
        None,
        "an error is not a return"
    );
    let (_, recorder, _) = run(returns_debug::pool(), 7);
    let span = recorder.only("returns_debug");
    assert_eq!(attribute(&span, "return").unwrap().to_string(), "[7, 7]");
    let (_, recorder, _) = run(returns_debug_of_ok::pool(), 0);
    let span = recorder.only("returns_debug_of_ok");
    assert_eq!(attribute(&span, "return").unwrap().to_string(), "[0, 0]");
    let (_, recorder, _) = run(returns_debug_of_ok::pool(), 7);
    let span = recorder.only("returns_debug_of_ok");
    assert_eq!(attribute(&span, "return"), None);
    let (_, recorder, _) = run(returns_display_of_ok::pool(), 0);
    let span = recorder.only("returns_display_of_ok");
    assert_eq!(attribute(&span, "return"), Some(&Value::from("0")));
    let (_, recorder, _) = run(returns_display_of_ok::pool(), 7);
    let span = recorder.only("returns_display_of_ok");
    assert_eq!(attribute(&span, "return"), None);
    let (_, recorder, _) = run(returns_display::pool(), 7);
    let span = recorder.only("returns_display");
    assert_eq!(attribute(&span, "return"), Some(&Value::from("7")));
}
