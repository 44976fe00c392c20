//! Functions that are const, unsafe, extern.

use traced_worker::traced_worker;

#[traced_worker]
const fn constant() {}

#[traced_worker]
unsafe fn without_checks() {}

#[traced_worker]
pub extern "C" fn foreign() {}

#[traced_worker]
const unsafe extern "C" fn all_of_them() {}

fn main() {
    constant();
    foreign();
    unsafe {
        without_checks();
        all_of_them();
    }
}
