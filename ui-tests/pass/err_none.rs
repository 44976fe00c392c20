//! `err(None)`: the `None` of an `Option` is an error, whatever the type is called.

use opentelemetry::trace::Status;
use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

type Found<T> = Option<T>;

#[traced_worker(err(None))]
fn find(key: u8) -> Option<u8> {
    (key > 0).then_some(key)
}

#[traced_worker(err(None), ret(Debug))]
fn alias(key: u8) -> Found<u8> {
    find(key)
}

#[traced_worker]
fn ordinary(key: u8) -> Option<u8> {
    find(key)
}

struct None;

#[traced_worker(err(None))]
fn with_a_none_of_ones_own(key: u8) -> Option<u8> {
    let _ = None;
    find(key)
}

fn main() {
    let (output, span) = run(find::pool(), 0);
    assert_eq!(output, Option::None);
    assert!(matches!(span.0.status, Status::Error { .. }));
    let (output, span) = run(find::pool(), 1);
    assert_eq!((output, span.0.status), (Some(1), Status::Unset));

    let span = run(alias::pool(), 0).1;
    assert!(matches!(span.0.status, Status::Error { .. }));
    assert_eq!(span.attribute("return"), "\"None\"");
    assert_eq!(run(ordinary::pool(), 0).1.0.status, Status::Unset);
    let span = run(with_a_none_of_ones_own::pool(), 0).1;
    assert!(matches!(span.0.status, Status::Error { .. }));
}
