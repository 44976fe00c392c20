//! What a worker is, and one run of a message: extract, span, run, outcome.

pub mod batch;
mod floor;
mod runner;
mod spans;

use crate::span::{Description, Failure, WorkerSpan};

pub(crate) use floor::Floor;
pub(crate) use runner::{Ending, Runner, may_be_sampled};

/// A function under [`#[traced_worker]`](macro@crate::traced_worker), as a type of the same name.
///
/// Only the attribute implements it. What generated code implements besides the types and the
/// description is hidden, and may change in any release.
///
/// # Example
///
/// ```
/// use traced_worker::{Worker, traced_worker};
///
/// #[traced_worker(name = "count words")]
/// fn count(text: String) -> usize {
///     text.split_whitespace().count()
/// }
///
/// assert_eq!(count::DESCRIPTION.name(), "count words");
/// assert_eq!(count("two words".to_owned()), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker",
    label = "not a function under `#[traced_worker]`",
    note = "put `#[traced_worker]` on the function, and name the function here"
)]
pub trait Worker: Sized + 'static {
    /// What the worker takes: its argument, `()` for none, a tuple for several. Of a batch worker
    /// what its `Vec` holds.
    type Message: Send + 'static;

    /// What the worker returns; of a batch worker what each message's handle gets.
    type Output: Send + 'static;

    /// What each thread has for itself: what `#[state]` borrows, `()` without it.
    type State: 'static;

    /// What the attribute says of the worker.
    const DESCRIPTION: &'static Description;

    /// Records the fields, then calls the function.
    #[doc(hidden)]
    fn run(message: Self::Message, state: &mut Self::State, span: &WorkerSpan<'_>) -> Self::Output;

    /// The same for several messages at once: one output each, in their order.
    #[doc(hidden)]
    #[must_use]
    fn run_batch(
        messages: Vec<Self::Message>,
        state: &mut Self::State,
        span: &WorkerSpan<'_>,
    ) -> Vec<Self::Output> {
        let mut run = |message| Self::run(message, state, span);
        messages.into_iter().map(&mut run).collect()
    }

    /// The error in `output`, if there is one.
    #[doc(hidden)]
    #[must_use]
    fn failure(output: &Self::Output) -> Option<Failure<'_>> {
        let _ = output;
        None
    }

    /// Records what was returned.
    #[doc(hidden)]
    fn record_return(output: &Self::Output, span: &WorkerSpan<'_>) {
        let _ = (output, span);
    }
}
