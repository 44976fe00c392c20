//! Name and kind of the worker span, and the name of the span around a call.

use opentelemetry::trace::SpanKind;
use traced_worker::{Worker, traced_worker};
use traced_worker_ui_tests::run;

#[traced_worker(name = "worker process", kind = consumer, caller = "process data")]
fn process(_message: String) {}

#[traced_worker(kind = "producer")]
fn quoted(_message: String) {}

fn main() {
    assert_eq!(process::METADATA.caller_name(), Some("process data"));
    assert_eq!(quoted::METADATA.caller_name(), None);

    let ((), span) = run(process::pool(), String::new());
    assert_eq!(span.0.name, "worker process");
    assert_eq!(span.0.span_kind, SpanKind::Consumer);

    let ((), span) = run(quoted::pool(), String::new());
    assert_eq!(span.0.span_kind, SpanKind::Producer);
}
