//! What each thread of a pool has for itself.

use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use crate::error::Panic;

type BoxError = Box<dyn Error + Send + Sync>;

/// Makes the state of a thread, on that thread.
pub struct StateMaker<T>(Arc<dyn Fn() -> Result<T, BoxError> + Send + Sync>);

impl<T> StateMaker<T> {
    fn new(make: impl Fn() -> Result<T, BoxError> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// A panic of the user's closure is an error of it.
    pub(super) fn make(&self) -> Result<T, BoxError> {
        panic::catch_unwind(AssertUnwindSafe(|| (self.0)()))
            .unwrap_or_else(|payload| Err(Panic::new(payload).message().into()))
    }
}

impl<T> fmt::Debug for StateMaker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateMaker")
    }
}

impl<T> Clone for StateMaker<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A builder that has not been told how to make the state of a thread: enough for a worker that
/// has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoState {
    _private: (),
}

/// A builder that knows how to make the state of a thread, a `T`.
pub struct WithState<T>(StateMaker<T>);

impl<T> WithState<T> {
    pub(super) fn new<E>(make: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> Self
    where
        E: Into<BoxError>,
    {
        Self(StateMaker::new(move || make().map_err(Into::into)))
    }
}

impl<T> fmt::Debug for WithState<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithState")
    }
}

/// What a builder must know before it can start: how to make the `#[state]` of its worker.
#[diagnostic::on_unimplemented(
    message = "this pool does not know how to make its worker's `#[state]`, a `{T}`",
    label = "`.state(|| ..)` is missing before `.start()`",
    note = "say how each thread makes its own: `process::pool().state(|| ..)`, or `.try_state(|| ..)` where it may fail"
)]
pub trait MakesState<T>: sealed::Sealed<T> {}

impl MakesState<()> for NoState {}

impl<T: 'static> MakesState<T> for WithState<T> {}

mod sealed {
    use super::StateMaker;

    pub trait Sealed<T> {
        fn into_maker(self) -> StateMaker<T>;
    }
}

impl sealed::Sealed<()> for NoState {
    fn into_maker(self) -> StateMaker<()> {
        StateMaker::new(|| Ok(()))
    }
}

impl<T: 'static> sealed::Sealed<T> for WithState<T> {
    fn into_maker(self) -> StateMaker<T> {
        self.0
    }
}
