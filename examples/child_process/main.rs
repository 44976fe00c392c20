//! One trace over two processes: the parent starts a child, and the child goes on with the trace.
//!
//! ```sh
//! cargo run --release -p traced-worker-examples --bin child_process
//! ```
//!
//! Each process draws its own part of the trace, under the same trace id. With
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318` a collector gets both parts.

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use traced_worker::{Carrier, Shutdown, telemetry, traced_worker};

/// The argument that makes the child of this program.
const CHILD: &str = "child";

/// The child's work.
#[traced_worker(fields(n = n))]
fn square(n: u64) -> u64 {
    n * n
}

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).as_deref() == Some(CHILD) {
        child()
    } else {
        parent()
    }
}

fn parent() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry::builder().service_name("parent").init()?;
    let sum = global::tracer("child_process").in_span("parent", |_| {
        let mut command = Command::new(env::current_exe()?);
        command.arg(CHILD);
        // The context of the span `parent`, as TRACEPARENT, TRACESTATE and BAGGAGE.
        Carrier::current().apply_to(&mut command);
        let output = command.stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8(output.stdout)?;
        Ok::<u64, Box<dyn Error>>(text.trim().parse()?)
    })?;
    println!("the sum is {sum}");
    telemetry.shutdown(Duration::from_secs(5));
    Ok(())
}

fn child() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry::builder().service_name("child").init()?;
    let pool = square::pool().threads(2).start()?;
    let sum = Carrier::from_env().run(|| {
        // The current context has the parent process's span.
        global::tracer("child_process").in_span("child", |_| {
            let mut handles = Vec::new();
            for n in 1..=3 {
                handles.push(pool.dispatch(n)?);
            }
            let mut sum = 0;
            for handle in handles {
                sum += handle.wait()?;
            }
            Ok::<u64, Box<dyn Error>>(sum)
        })
    })?;
    println!("{sum}");
    Shutdown::builder()
        .pool(&pool)
        .telemetry(telemetry)
        .build()
        .run();
    Ok(())
}
