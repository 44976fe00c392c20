//! Tests of telemetry as the environment sets it up. Each case has a process of its own, because
//! the environment, stderr and the global tracer provider belong to the process.

mod back_pressure;
mod child_process;
mod config_file;
mod environment;
mod faults;
mod grpc;
mod kill;
mod misbehaviour;
mod otlp;
mod phoenix;
mod resource;
mod role;
mod rotel;
mod signals;
mod tls;
mod warnings;
mod waterfall;

use traced_worker_tests::receiver;
