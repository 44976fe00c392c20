//! `Empty`: a field that the worker sets when it knows it.

#![deny(warnings)]

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};
use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[traced_worker(fields(id, result = Empty, "never set" = Empty))]
fn process(id: i64) -> i64 {
    let result = id * 2;
    let context = Context::current();
    context
        .span()
        .set_attribute(KeyValue::new("result", result));
    result
}

#[traced_worker(fields(result = Empty))]
fn alone() {}

#[derive(Debug)]
struct Empty;

// Only the bare word is meant.
#[traced_worker(fields(debugged = ?Empty, called = Empty::size()))]
fn of_ones_own() {}

impl Empty {
    fn size() -> u8 {
        0
    }
}

fn main() {
    let (output, span) = run(process::pool(), 7);
    assert_eq!(output, 14);
    assert_eq!(span.attribute("id"), "7");
    assert_eq!(span.attribute("result"), "14");
    assert_eq!(span.attribute("never set"), "");
    assert_eq!(run(alone::pool(), ()).1.attribute("result"), "");
    let span = run(of_ones_own::pool(), ()).1;
    assert_eq!(span.attribute("debugged"), "\"Empty\"");
    assert_eq!(span.attribute("called"), "0");
}
