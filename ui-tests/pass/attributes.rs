//! The function's own attributes stay with it; inner attributes of the body stay in it.

#![deny(warnings)]

use traced_worker::traced_worker;

#[must_use = "it was made for you"]
#[traced_worker]
#[inline(never)]
#[track_caller]
/// Doubles.
fn double(number: u8) -> u8 {
    #![allow(unused_variables)]
    let unused = 1;
    number * 2
}

#[traced_worker]
#[deprecated = "use `double`"]
fn old(number: u8) -> u8 {
    number
}

#[expect(clippy::needless_pass_by_value, reason = "a worker owns its message")]
#[traced_worker(fields(text))]
#[allow(unused_variables, reason = "a field reads it")]
fn linted(text: String) {}

#[traced_worker]
fn of_a_parameter(number: u8, #[allow(unused_variables)] unused: u8) -> u8 {
    number
}

fn main() {
    assert_eq!(of_a_parameter(1, 2), 1);
    assert_eq!(double(2), 4);
    #[expect(deprecated)]
    let output = traced_worker_ui_tests::run(old::pool(), 1).0;
    assert_eq!(output, 1);
    assert_eq!(traced_worker_ui_tests::run(double::pool(), 1).0, 2);
    assert_eq!(
        traced_worker_ui_tests::run(linted::pool(), "a".to_owned())
            .1
            .attribute("text"),
        "\"a\""
    );
}
