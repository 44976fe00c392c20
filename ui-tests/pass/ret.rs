//! `ret` records what was returned: of a `Result` the `Ok`, as what it is, or by its text.

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[derive(Debug)]
struct Shown;

type Alias<T> = Result<T, String>;

#[traced_worker(ret)]
fn native() -> u16 {
    7
}

#[traced_worker(ret)]
fn fallible(fail: bool) -> Alias<u64> {
    if fail { Err("no".to_owned()) } else { Ok(7) }
}

#[traced_worker(ret)]
fn displayed() -> std::num::NonZeroU8 {
    std::num::NonZeroU8::MIN
}

#[traced_worker(ret)]
fn debugged() -> Alias<Shown> {
    Ok(Shown)
}

#[traced_worker(ret(Debug))]
fn by_debug() -> Alias<&'static str> {
    Ok("a")
}

#[traced_worker(ret(Display))]
fn by_display() -> u8 {
    1
}

#[traced_worker(ret = false)]
fn silent() -> u8 {
    1
}

fn main() {
    assert_eq!(run(native::pool(), ()).1.attribute("return"), "7");
    assert_eq!(run(fallible::pool(), false).1.attribute("return"), "7");
    assert_eq!(run(fallible::pool(), true).1.attribute("return"), "");
    assert_eq!(run(displayed::pool(), ()).1.attribute("return"), "\"1\"");
    assert_eq!(run(debugged::pool(), ()).1.attribute("return"), "\"Shown\"");
    assert_eq!(
        run(by_debug::pool(), ()).1.attribute("return"),
        "\"\\\"a\\\"\""
    );
    assert_eq!(run(by_display::pool(), ()).1.attribute("return"), "\"1\"");
    assert_eq!(run(silent::pool(), ()).1.attribute("return"), "");
}
