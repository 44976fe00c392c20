//! A batch with an output for each message, in their order; waiting for more.

#![deny(warnings)]

use opentelemetry::trace::Status;
use traced_worker::traced_worker;
use traced_worker_ui_tests::{run, run_all};

#[traced_worker(batch = 3, linger = "60 s", fields(numbers = ?numbers))]
fn half(numbers: Vec<u32>) -> Vec<Result<u32, String>> {
    let half = |number| match number % 2 {
        0 => Ok(number / 2),
        _ => Err(format!("{number} is odd")),
    };
    numbers.into_iter().map(half).collect()
}

#[traced_worker(batch = 2, linger = "1us", ret = false)]
fn count(#[state] calls: &mut u32, messages: Vec<()>) -> ::std::vec::Vec<u32> {
    let numbers = messages.iter().map(|()| {
        *calls += 1;
        *calls
    });
    numbers.collect()
}

macro_rules! worker {
    ($name:ident, $messages:ty => $outputs:ty) => {
        #[traced_worker(batch = 1)]
        fn $name(messages: $messages) -> $outputs {
            messages.into_iter().map(|it| it.to_string()).collect()
        }
    };
}

worker!(of_a_macro, Vec<u8> => Vec<String>);

fn main() {
    let (outputs, span) = run_all(half::pool(), [2, 3, 4]);
    let expected = [Ok(1), Err("3 is odd".to_owned()), Ok(2)];
    assert_eq!(outputs, expected);
    assert_eq!(span.attribute("numbers"), "\"[2, 3, 4]\"");
    assert_eq!(span.0.status, Status::error("3 is odd"));

    assert_eq!(run(count::pool(|| 7), ()).0, 8);
    assert_eq!(run(of_a_macro::pool(), 7).0, "7");
}
