//! How the state is made crosses threads, although the state does not.

use std::rc::Rc;

use traced_worker::traced_worker;

#[traced_worker]
fn process(#[state] text: &mut Rc<str>, id: u32) -> usize {
    text.len() + id as usize
}

fn main() {
    let text: Rc<str> = "a".into();
    let _ = process::pool(move || Rc::clone(&text)).start();
}
