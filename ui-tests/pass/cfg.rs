//! What is configured out is out, whichever attribute comes first; two functions under opposite
//! conditions have one name.

#![deny(warnings)]

use traced_worker::traced_worker;

#[traced_worker]
#[cfg(any())]
fn out(missing: Missing) {}

#[cfg(any())]
#[traced_worker]
fn out(missing: Missing) {}

#[traced_worker]
#[cfg_attr(all(), cfg(any()))]
fn out(missing: Missing) {}

#[traced_worker]
#[cfg(any())]
fn either() -> u8 {
    0
}

#[traced_worker]
#[cfg(all())]
#[cfg_attr(all(), must_use, doc(hidden))]
fn either() -> u8 {
    1
}

fn out() -> u8 {
    2
}

fn main() {
    assert_eq!((out(), either()), (2, 1));
    assert_eq!(traced_worker_ui_tests::run(either::pool(), ()).0, 1);
}
