//! An `Err` is seen through any alias; its text is the best that the type offers.

use std::fmt;

use opentelemetry::trace::Status;
use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[derive(Debug, PartialEq)]
struct Proper;

impl fmt::Display for Proper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("displayed")
    }
}

impl std::error::Error for Proper {}

#[derive(Debug, PartialEq)]
struct DebugOnly;

struct Opaque;

type Outcome<T> = Result<T, Proper>;

#[traced_worker]
fn alias(fail: bool) -> Outcome<u8> {
    if fail { Err(Proper) } else { Ok(1) }
}

#[traced_worker]
fn debug_only() -> Result<u8, DebugOnly> {
    Err(DebugOnly)
}

#[traced_worker]
fn opaque() -> Result<u8, Opaque> {
    Err(Opaque)
}

#[traced_worker(err(Debug))]
fn by_debug() -> Outcome<()> {
    Err(Proper)
}

#[traced_worker(err(Display))]
fn by_display() -> Outcome<()> {
    Err(Proper)
}

#[traced_worker(err = false)]
fn ignored() -> Outcome<()> {
    Err(Proper)
}

#[traced_worker(err)]
fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err("boxed".into())
}

fn main() {
    let (output, span) = run(alias::pool(), true);
    assert_eq!(
        (output, span.0.status.clone()),
        (Err(Proper), Status::error("displayed"))
    );
    assert!(span.attribute("error.type").contains("Proper"));

    let (output, span) = run(alias::pool(), false);
    assert_eq!((output, span.0.status), (Ok(1), Status::Unset));

    assert_eq!(
        run(debug_only::pool(), ()).1.0.status,
        Status::error("DebugOnly")
    );
    assert_eq!(run(opaque::pool(), ()).1.0.status, Status::error(""));
    assert_eq!(
        run(by_debug::pool(), ()).1.0.status,
        Status::error("Proper")
    );
    assert_eq!(
        run(by_display::pool(), ()).1.0.status,
        Status::error("displayed")
    );
    assert_eq!(run(ignored::pool(), ()).1.0.status, Status::Unset);
    assert_eq!(run(boxed::pool(), ()).1.0.status, Status::error("boxed"));
}
