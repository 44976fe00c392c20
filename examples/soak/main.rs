//! Runs messages through a pool and an exporter for a long time, and says whether memory is flat.
//!
//! `soak 100000000` runs so many messages; `soak 60m`, `soak 90s` for so long. Every tenth of it
//! prints a line. It ends with 1 where the second half needed more memory than the first, or where
//! the account does not add up.

mod limit;
mod memory;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use traced_worker::{Pool, Shutdown, telemetry, traced_worker};

use self::limit::Limit;

/// Messages that are dispatched under one span, some of them awaited.
const ROUND: u64 = 1000;

/// A second half that needs more than this over the first has a leak: allocators keep some.
const TOLERANCE_KIB: u64 = 4096;

/// Every so often one fails, as messages do.
#[traced_worker(fields(number))]
fn soaked(number: u64) -> Result<String, std::num::TryFromIntError> {
    u32::try_from(if number.is_multiple_of(1000) {
        u64::MAX
    } else {
        number % 1000
    })
    .map(|it| it.to_string())
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let limit = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => Limit::Messages(100_000_000),
    };
    let telemetry = Arc::new(telemetry::builder().service_name("soak").init()?);
    let pool = Arc::new(soaked::pool().threads(4).queue(1024).start()?);
    let shutdown = Shutdown::within(Duration::from_secs(30))
        .pool(Arc::clone(&pool))
        .telemetry(Arc::clone(&telemetry))
        .build();
    shutdown.on_signals()?;

    let (start, mut sent, mut tenths) = (Instant::now(), 0, Vec::new());
    while tenths.len() < 10 {
        match round(&pool, sent) {
            Some(round) => sent += round,
            // A signal has closed the pool.
            None => break,
        }
        let passed = limit.tenths(sent, start.elapsed());
        while tenths.len() < passed {
            tenths.push(memory::peak_of_this_tenth()?);
            println!(
                "{:3} %  {:6} s  {sent:>11} messages  {:>7} KiB  spans: {}",
                tenths.len() * 10,
                start.elapsed().as_secs(),
                tenths.last().copied().unwrap_or_default(),
                telemetry.spans(),
            );
        }
    }
    let report = shutdown.run();
    println!("{report}");
    Ok(verdict(&tenths, sent, &report))
}

/// One span over a thousand messages, the last of which is awaited; none where the pool is closed.
fn round(pool: &Pool<soaked>, first: u64) -> Option<u64> {
    global::tracer("soak").in_span("round", |_| {
        for number in first..first + ROUND - 1 {
            pool.send(number).ok()?;
        }
        let handle = pool.dispatch(first + ROUND - 1).ok()?;
        handle.wait().ok().map(|_| ROUND)
    })
}

fn verdict(tenths: &[u64], sent: u64, report: &telemetry::ShutdownReport) -> ExitCode {
    let run = report.completed + report.failed + report.panicked + report.abandoned;
    if run < sent || report.spans.ended != report.spans.exported + report.spans.dropped {
        println!("the account does not add up: {sent} messages were dispatched");
        return ExitCode::FAILURE;
    }
    // The first tenth fills queues and caches.
    let [_, first @ .., _, _, _, _, _] = tenths else {
        return ExitCode::SUCCESS;
    };
    let highest = |tenths: &[u64]| tenths.iter().copied().max().unwrap_or_default();
    let (first, second) = (highest(first), highest(&tenths[5..]));
    println!("memory: {first} KiB at most in the first half, {second} KiB in the second");
    if second > first + TOLERANCE_KIB {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
