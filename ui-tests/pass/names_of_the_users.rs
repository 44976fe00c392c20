//! The user's own items and parameters may have any name.

#![allow(dead_code, non_camel_case_types, non_upper_case_globals, unused_macros)]

use traced_worker::traced_worker;

mod core {}
mod std {}
mod alloc {}
mod __private {}
struct Result;
struct Option;
struct String;
struct Some;
struct None;
struct Box;
struct Vec;
struct PhantomData;
struct PoolBuilder;
struct WorkerSpan;
struct Metadata;
struct Failure;
struct Probe;
trait Send {}
trait Sync {}
trait Into {}
trait Worker {}
trait ByError {}
struct message;
struct span;
struct output;
struct messages;
struct Empty;
struct Arc;
const function: u8 = 0;
static marker: u8 = 0;
macro_rules! concat {
    () => {};
}
macro_rules! line {
    () => {};
}

trait Meddling {
    fn failure(&self) -> u8 {
        0
    }
    fn value(&self) -> u8 {
        0
    }
    fn returned(&self) -> u8 {
        0
    }
    fn field(&self) -> u8 {
        0
    }
    fn is_recording(&self) -> bool {
        false
    }
    fn kind(&self) -> u8 {
        0
    }
    fn with_relation(&self) -> u8 {
        0
    }
    fn batch(&self) -> u8 {
        0
    }
    fn len(&self) -> u8 {
        0
    }
    fn run_batch(&self) -> u8 {
        0
    }
}
impl<T: ?Sized> Meddling for T {}

#[traced_worker(kind = server, fields(job, value = job, process, "Some" = none), ret)]
fn process(job: u8, process: u8, none: u8, __private: u8) -> ::std::result::Result<u8, ()> {
    let _ = (process, none, __private);
    Ok(job)
}

#[traced_worker(batch = 1, relation = root, fields(count, messages = ?state), ret)]
fn batch(#[state] count: &mut u8, state: ::std::vec::Vec<u8>) -> u8 {
    let length = state.len() as u8;
    *count + length
}

#[traced_worker(fields(T))]
fn constant<const T: u8>(self_: u8) -> u8 {
    self_ + T
}

fn main() {
    let (returned, recorded) = traced_worker_ui_tests::run(process::pool(), (1, 2, 3, 4));
    assert_eq!(returned, Ok(1));
    assert_eq!(recorded.attribute("process"), "2");
    assert_eq!(recorded.attribute("Some"), "3");
    assert_eq!(recorded.attribute("return"), "1");
    let pool = batch::pool(|| 1);
    let (returned, recorded) = traced_worker_ui_tests::run(pool, 9);
    assert_eq!(*returned, 2);
    assert_eq!(recorded.attribute("count"), "1");
    assert_eq!(traced_worker_ui_tests::run(constant::<4>::pool(), 1).0, 5);
}
