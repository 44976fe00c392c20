//! What generated code of a batch worker needs.

use std::sync::Arc;

/// One output for all: each of `count` handles gets it.
#[must_use]
pub fn share<T>(count: usize, output: T) -> Vec<Arc<T>> {
    let output = Arc::new(output);
    vec![output; count]
}

/// A batch of one.
#[must_use]
pub fn of<M>(message: M) -> Vec<M> {
    vec![message]
}

/// The output of a batch of one.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn one<T>(outputs: Vec<T>) -> T {
    let mut outputs = outputs.into_iter();
    outputs
        .next()
        .expect("a batch worker returns one output for each message")
}
