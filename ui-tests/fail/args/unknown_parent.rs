//! Parents that there are not.

use traced_worker::traced_worker;

#[traced_worker(parent = links)]
fn misspelt() {}

#[traced_worker(parent = "follows")]
fn unknown() {}

#[traced_worker(parent)]
fn unsaid() {}

#[traced_worker(parent = none, kind = child)]
fn misplaced() {}

fn main() {
    let _ = (
        misspelt::pool(),
        unknown::pool(),
        unsaid::pool(),
        misplaced::pool(),
    );
}
