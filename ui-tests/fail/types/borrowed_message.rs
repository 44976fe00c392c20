//! A message that borrows from the stack.

use traced_worker::traced_worker;

#[traced_worker]
fn process(text: &'static str) -> usize {
    text.len()
}

fn main() {
    let pool = process::pool().start().unwrap();
    let text = "text".to_owned();
    let _ = pool.dispatch(&text);
}
