//! A field that moves the message away.

use traced_worker::traced_worker;

#[traced_worker(fields(length = into_length(text)))]
fn process(text: String) -> String {
    text
}

fn into_length(text: String) -> usize {
    text.len()
}

fn main() {}
