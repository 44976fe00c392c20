//! No parameter, one, and several: the message is nothing, the argument, and a tuple.

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[traced_worker]
fn none() -> &'static str {
    "done"
}

#[traced_worker]
fn one(pair: (u8, u8)) -> u8 {
    pair.0 + pair.1
}

#[traced_worker]
fn several(text: String, times: usize, _: ()) -> String {
    text.repeat(times)
}

fn main() {
    assert_eq!(run(none::pool(), ()).0, "done");
    assert_eq!(run(one::pool(), (1, 2)).0, 3);
    assert_eq!(run(several::pool(), ("ab".to_owned(), 2, ())).0, "abab");
    assert_eq!(several("c".to_owned(), 3, ()), "ccc");
}
