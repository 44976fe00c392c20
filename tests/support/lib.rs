//! Support for the tests: recorded spans, contexts, and threads at known points.

mod blocked;
mod context;
mod hang;
mod latch;
mod lines;
pub mod receiver;
mod recorder;
mod rounds;
mod subscriber;
pub mod table;
mod wakeups;

pub use blocked::{ThreadProbe, spawn_blocked};
pub use context::{local_context, remote_context};
pub use hang::{HANGS, join, wait_until, yield_until};
pub use latch::{Latch, Release, latch};
pub use lines::Lines;
pub use recorder::{Recorder, attribute, event_attribute, provider_builder};
pub use rounds::rounds;
pub use subscriber::{Layers, TestSubscriber};
pub use wakeups::Wakeups;
