//! Stands for `tracing_scope.rs` where the feature `tracing` is off: there is no scope.

use std::marker::PhantomData;

#[derive(Clone, Debug)]
pub(super) enum TracingScope {}

pub(super) struct Entered<'a>(PhantomData<&'a TracingScope>);

impl TracingScope {
    pub(super) fn current() -> Option<Self> {
        None
    }

    pub(super) fn enter(&self) -> Entered<'_> {
        match *self {}
    }
}
