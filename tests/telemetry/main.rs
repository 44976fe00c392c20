//! Telemetry as the environment sets it up: each case in a process of its own, because the
//! environment, stderr and the global tracer provider belong to the process.

mod child;
mod environment;
mod otlp;
mod picture;
mod receiver;
