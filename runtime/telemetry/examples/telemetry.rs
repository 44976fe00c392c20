//! Traces a program as the environment configures it, and accounts for its spans.
//!
//! `cargo run --example telemetry` draws the trace. With feature `otlp` and
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318`, it is sent to a collector.

use std::error::Error;
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::global;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = traced_worker_telemetry::builder()
        .service_name("telemetry-example")
        .init()?;
    let tracer = global::tracer("example");
    let root = Context::current_with_span(tracer.start("process_data"));
    let thread = thread::spawn(move || {
        let _attached = root.attach();
        for _ in 0..3 {
            tracer.in_span("read_file", |_| thread::sleep(Duration::from_millis(5)));
        }
    });
    // The span of the other thread is still open: it is waited for.
    let report = telemetry.shutdown(Duration::from_secs(5));
    println!("spans: {report}");
    thread.join().map_err(|_| "the thread panicked")?;
    Ok(())
}
