//! Stands for `tracing_state.rs` where the feature `tracing` is off: there is no scope.

use std::marker::PhantomData;

#[derive(Clone, Debug)]
pub(super) enum TracingState {}

pub(super) struct Entered<'a>(PhantomData<&'a TracingState>);

impl TracingState {
    pub(super) fn current() -> Option<Self> {
        None
    }

    pub(super) fn enter(&self) -> Entered<'_> {
        match *self {}
    }
}
