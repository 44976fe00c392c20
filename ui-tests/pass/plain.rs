//! A worker is a function still, and a type of the same name.

use traced_worker::{Worker, traced_worker};
use traced_worker_ui_tests::run;

#[traced_worker]
fn double(number: u32) -> u32 {
    number * 2
}

fn main() {
    assert_eq!(double(2), 4);
    assert_eq!(double::METADATA.name(), "double");
    assert!(double::METADATA.function().ends_with("::double"));
    assert!(double::METADATA.file().ends_with("plain.rs"));
    assert_eq!(double::METADATA.line(), 6);

    let (output, span) = run(double::pool(), 21);
    assert_eq!(output, 42);
    assert_eq!(span.0.name, "double");
    assert_eq!(span.attribute("number"), "");
}
