//! Lifetime parameters, used and unused.

use std::borrow::Cow;

use traced_worker::traced_worker;

#[traced_worker]
fn used<'a>(text: Cow<'a, str>, other: &'a str) -> Cow<'a, str> {
    text + other
}

#[traced_worker]
fn bounded<'a: 'static>(text: &'a str) {
    let _ = text;
}

#[traced_worker]
fn unused<'a>() {}

fn main() {
    used("a".into(), "b");
    bounded("a");
    unused();
}
