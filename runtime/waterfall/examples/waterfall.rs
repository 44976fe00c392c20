//! Draws a trace over two threads. There is nothing to set up: `cargo run --example waterfall`.

use std::error::Error;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker_waterfall::Waterfall;

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let provider = SdkTracerProvider::builder()
        .with_span_processor(Waterfall::new()?)
        .build();
    let tracer = provider.tracer("example");
    tracer
        .in_span("process_data", |cx| {
            let worker = tracer.clone();
            let thread = thread::Builder::new().name("hash-1".into());
            let started = thread.spawn(move || {
                let _attached = cx.attach();
                worker.in_span("worker_process", |cx| {
                    thread::sleep(Duration::from_millis(20));
                    cx.span().set_status(Status::error("no such file"));
                });
            });
            started.map(thread::JoinHandle::join)
        })?
        .map_err(|_| "the worker panicked")?;
    provider.shutdown()?;
    Ok(())
}
