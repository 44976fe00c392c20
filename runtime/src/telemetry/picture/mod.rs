//! The picture: finished traces drawn in the terminal.
//!
//! A span goes `processor` (on the thread that started and ended it) -> `collector` (bounded, by
//! trace) -> `drawer` (one background thread: gathers what finished within a short time) -> `tree`
//! -> `rows` (which of the spans are shown) ->
//! `render` (text) -> `canvas` (one write a picture).

mod canvas;
mod collector;
mod drawer;
#[cfg(test)]
mod fixture;
mod limits;
mod pending;
mod processor;
mod record;
mod render;
mod rows;
mod style;
mod summary;
mod text;
mod thread;
mod tree;
mod units;

pub(super) use self::canvas::Canvas;
pub(super) use self::processor::Picture;
