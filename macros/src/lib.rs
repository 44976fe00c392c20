//! The `#[traced_worker]` attribute.
