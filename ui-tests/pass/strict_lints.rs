//! Every lint denied that a careful crate denies. Clippy checks it as an example of the package.

#![forbid(unsafe_code, unused_must_use)]
#![forbid(non_camel_case_types, deprecated)]
#![forbid(
    clippy::all,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::missing_docs_in_private_items,
    clippy::needless_pass_by_value,
    clippy::ptr_arg
)]
#![deny(clippy::pedantic, clippy::nursery)]
#![deny(
    warnings,
    unused,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    unused_lifetimes,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    trivial_casts,
    let_underscore_drop,
    non_ascii_idents,
    nonstandard_style,
    future_incompatible,
    rust_2018_idioms,
    rust_2024_compatibility
)]

use traced_worker::traced_worker;

/// A job.
#[derive(Debug)]
#[non_exhaustive]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// Documented.
#[traced_worker(name = "p", kind = consumer, caller = "c", fields(job.id, id = %job.id), err(Debug), ret(Debug))]
pub fn process(job: Job) -> Result<Job, std::num::ParseIntError> {
    Ok(job)
}

/// Documented.
#[traced_worker(fields(id, other = ?other), ret)]
pub fn generic<T: std::fmt::Debug + Send + 'static, const N: usize>(
    Job { mut id, .. }: Job,
    other: [T; N],
    (unused, _): (u8, u8),
) -> u64 {
    id += 1;
    id + other.len() as u64 + u64::from(unused)
}

/// Documented.
#[traced_worker(fields(a))]
pub fn partly((a, b): (u8, u8)) -> u8 {
    a + b
}

/// Documented.
#[traced_worker]
pub fn several(first: u8, second: u8) -> u8 {
    first + second
}

/// Documented.
#[traced_worker(relation = root, fields(id, state, late = Empty), err(None))]
pub fn with_state(#[state] state: &mut String, id: u64) -> Option<u64> {
    state.push('a');
    Some(id)
}

/// Documented.
#[traced_worker(batch = 8, linger = "1ms", fields(list = ?list), ret)]
pub fn batch<T: std::fmt::Debug + Send + 'static>(list: Vec<T>) -> Result<usize, std::fmt::Error> {
    Ok(list.len())
}

/// Documented.
#[traced_worker(batch = 8)]
pub fn batch_each(#[state] state: &mut Vec<u8>, list: Vec<Job>) -> Vec<Job> {
    state.push(1);
    list
}

/// Documented.
#[must_use]
#[traced_worker(worker = Length)]
pub fn only_reads(#[state] state: &mut Vec<u8>, job: Job, name: String) -> usize {
    state[0] = 1;
    job.name.len() + name.len()
}

/// Documented.
#[deprecated]
#[traced_worker(fields(id = job.id))]
pub fn old(#[state] state: &mut String, job: Job) -> bool {
    job.name.is_empty() && state.is_empty()
}

/// Documented.
#[traced_worker]
pub fn none() {}

fn main() {
    let (output, span) = traced_worker_ui_tests::run(
        process::pool(),
        Job {
            id: 1,
            name: String::new(),
        },
    );
    assert_eq!(output.expect("an `Ok`").id, 1);
    assert!(span.attribute("return").starts_with("\"Job { id: 1"));
}
