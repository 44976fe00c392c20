//! Functions that the generated code of a batch worker calls.

use std::sync::Arc;

/// Returns `output` once for each of `count` handles.
#[must_use]
pub fn share<T>(count: usize, output: T) -> Vec<Arc<T>> {
    let output = Arc::new(output);
    vec![output; count]
}

/// Returns a batch of one message.
#[must_use]
pub fn of<M>(message: M) -> Vec<M> {
    vec![message]
}

/// Returns the output of a batch of one message.
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
