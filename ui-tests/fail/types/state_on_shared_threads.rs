//! A state that cannot move between threads.

use std::rc::Rc;

use traced_worker::{StartError, Threads, traced_worker};

#[traced_worker]
fn count(#[state] seen: &mut Rc<u32>) -> u32 {
    **seen
}

fn main() -> Result<(), StartError> {
    let threads = Threads::new(1)?;
    count::pool(|| Rc::new(0)).on(&threads).start()?;
    Ok(())
}
