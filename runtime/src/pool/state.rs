//! Makes the state of each thread.

use std::convert::Infallible;
use std::error::Error;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use crate::error::Panic;

type BoxError = Box<dyn Error + Send + Sync>;

/// Makes the state of a thread, on that thread.
pub(super) struct StateMaker<T>(Arc<dyn Fn() -> Result<T, BoxError> + Send + Sync>);

impl<T> StateMaker<T> {
    pub(super) fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::fallible(move || Ok::<_, Infallible>(make()))
    }

    pub(super) fn fallible<E>(make: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> Self
    where
        E: Into<BoxError>,
    {
        Self(Arc::new(move || make().map_err(Into::into)))
    }

    /// Makes a state. A panic of the user's closure is returned as an error.
    pub(super) fn make(&self) -> Result<T, BoxError> {
        panic::catch_unwind(AssertUnwindSafe(|| (self.0)()))
            .unwrap_or_else(|payload| Err(Panic::new(payload).message().into()))
    }
}

impl<T> Clone for StateMaker<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
