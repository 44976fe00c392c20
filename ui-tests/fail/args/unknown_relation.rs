//! Parents that there are not.

use traced_worker::traced_worker;

#[traced_worker(relation = links)]
fn misspelt() {}

#[traced_worker(relation = "follows")]
fn unknown() {}

#[traced_worker(relation)]
fn unsaid() {}

#[traced_worker(relation = none, kind = child)]
fn misplaced() {}

#[traced_worker(parent = link)]
fn old_name() {}

fn main() {
    let _ = (
        misspelt::pool(),
        unknown::pool(),
        unsaid::pool(),
        misplaced::pool(),
    );
}
