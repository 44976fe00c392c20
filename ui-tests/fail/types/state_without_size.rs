//! A state without a size, where the compiler has to say so.

use traced_worker::traced_worker;

#[traced_worker]
fn process(#[state] text: &mut str) {
    text.make_ascii_lowercase();
}

fn main() {}
