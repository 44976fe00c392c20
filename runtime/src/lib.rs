//! traced-worker.
