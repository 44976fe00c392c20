//! Raw identifiers: of the function, of a parameter, of a type.

#![allow(non_camel_case_types)]

use traced_worker::{Worker, traced_worker};

struct r#struct {
    r#type: u8,
}

#[traced_worker(fields(r#fn.r#type, "loop" = r#loop))]
fn r#match(r#fn: r#struct, r#loop: u8) -> u8 {
    r#fn.r#type + r#loop
}

fn main() {
    assert_eq!(r#match::METADATA.name(), "match");
    assert!(r#match::METADATA.function().ends_with("::match"));
    let (output, span) = traced_worker_ui_tests::run(r#match::pool(), (r#struct { r#type: 1 }, 2));
    assert_eq!(output, 3);
    assert_eq!(span.attribute("fn.type"), "1");
    assert_eq!(span.attribute("loop"), "2");
}
