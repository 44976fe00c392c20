//! Compile tests: see `ui.rs`.
