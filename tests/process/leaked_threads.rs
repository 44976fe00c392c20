//! Threads that are replaced leave nothing behind. In a process of its own, because it measures the
//! address space of the process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::mem;

use opentelemetry::Context;
use traced_worker::traced_worker;

/// A stack is large enough to be seen in the address space among what else the process maps.
const STACK: usize = 8 << 20;

#[traced_worker]
fn leak() {
    mem::forget(Context::new().attach());
}

fn address_space() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmSize:"));
    let kilobytes = line.unwrap().split_whitespace().next().unwrap();
    kilobytes.parse::<usize>().unwrap() * 1024
}

#[test]
fn replaced_threads_release_their_stacks() {
    let pool = leak::pool().threads(1).stack_size(STACK).start().unwrap();
    let leak_often = || {
        let handles = pool.dispatch_all([(); 200]).unwrap();
        for handle in handles {
            handle.wait().unwrap();
        }
    };
    leak_often();
    let before = address_space();
    leak_often();
    let grown = address_space().saturating_sub(before);
    // The C library keeps some stacks for the next threads (40 MiB in glibc).
    assert!(grown < 100 * STACK, "200 leaks take {grown} bytes");
}
