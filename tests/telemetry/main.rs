//! Telemetry as the environment sets it up: each case in a process of its own, because the
//! environment, stderr and the global tracer provider belong to the process.

mod child;
mod environment;
mod faults;
mod grpc;
mod kill;
mod otlp;
mod patience;
mod picture;
mod puppet;
mod receiver;
mod resource;
mod rotel;
mod shutdown;
mod signals;
