//! An application of `tracing` with workers: its log lines and its trace, on the terminal.
//!
//! The log lines of a worker show the spans of its caller, and the worker's own. The same spans are
//! OpenTelemetry's, drawn at the end.
//!
//! ```sh
//! cargo run --release -p traced-worker-examples --bin tracing_app
//! ```

use std::error::Error;
use std::num::ParseFloatError;
use std::time::Duration;

use opentelemetry::global;
use traced_worker::{Pool, Shutdown, telemetry, traced_worker};
use tracing::level_filters::LevelFilter;
use tracing::{debug, info, info_span, instrument, warn};
use tracing_subscriber::prelude::*;

const READINGS: &str = "10\n 15\ntwelve\n20";

/// A worker whose span is a span of `tracing`. With `err`, its error is an event, too.
#[traced_worker(tracing, err, fields(line = _line))]
fn parse(_line: usize, text: String) -> Result<f64, ParseFloatError> {
    debug!(text, "parsing");
    let celsius = text.trim().parse()?;
    Ok(fahrenheit(celsius))
}

/// A function that has a span of its own, under that of the worker.
#[instrument]
fn fahrenheit(celsius: f64) -> f64 {
    let value = celsius * 1.8 + 32.0;
    info!(value, "converted");
    value
}

#[instrument(skip_all, fields(day = day))]
fn import(pool: &Pool<parse>, day: &str) -> Result<f64, Box<dyn Error>> {
    let lines = READINGS.lines().count();
    info!(lines, "importing");

    let _batch = info_span!("batch").entered();
    let mut handles = Vec::new();
    for (line, text) in (1..).zip(READINGS.lines()) {
        handles.push(pool.dispatch((line, text.to_owned()))?);
    }
    let mut values = Vec::new();
    for (line, handle) in (1..).zip(handles) {
        let Ok(value) = handle.wait()? else {
            warn!(line, "left out");
            continue;
        };
        values.push(value);
    }
    Ok(values.into_iter().fold(f64::MIN, f64::max))
}

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry::builder().service_name("tracing_app").init()?;
    let spans = tracing_opentelemetry::layer().with_tracer(global::tracer("tracing_app"));
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::DEBUG))
        .with(spans.with_filter(LevelFilter::INFO))
        .init();
    let pool = parse::pool().threads(2).start()?;

    let maximum = import(&pool, "monday")?;
    info!(maximum, "imported");

    let shutdown = Shutdown::builder()
        .timeout(Duration::from_secs(5))
        .pool(&pool)
        .telemetry(telemetry)
        .build();
    println!("{}", shutdown.run());
    Ok(())
}
