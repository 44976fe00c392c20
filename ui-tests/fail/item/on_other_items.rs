//! On items of other kinds; they are still there.

use traced_worker::traced_worker;

#[traced_worker]
mod jobs {
    pub const ID: u32 = 1;
}

#[traced_worker]
trait Run {
    fn run(&self);
}

#[traced_worker]
impl Run for u32 {
    fn run(&self) {}
}

#[traced_worker]
const LIMIT: u32 = jobs::ID;

#[traced_worker]
static NAME: &str = "";

#[traced_worker]
type Alias = u32;

#[traced_worker]
use std::fmt::Debug;

#[traced_worker]
unsafe extern "C" {}

#[traced_worker]
thread_local! {}

fn main() {
    let limit: Alias = LIMIT;
    limit.run();
    let _: &dyn Debug = &limit;
    let _ = NAME;
}
