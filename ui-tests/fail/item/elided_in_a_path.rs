//! A lifetime that does not show: rustc finds it.

use std::borrow::Cow;

use traced_worker::traced_worker;

#[traced_worker]
fn process(text: Cow<str>) {
    drop(text);
}

fn main() {
    process("a".into());
}
