//! Placeholder until the files exist.
