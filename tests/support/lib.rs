//! Support for the behaviour tests: spans recorded in memory, workers that can be held.

mod latch;
mod recorder;

pub use latch::{Latch, Release, latch};
pub use recorder::{Recorder, attribute, event_attribute};
