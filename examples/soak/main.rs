//! Runs messages through a pool and an exporter for a long time, and checks that memory stays flat.
//!
//! `soak 100000000` runs that many messages; `soak 60m` and `soak 90s` run for that long. Every tenth
//! prints a line. The exit code is 1 if the second half needed more memory than the first, or if
//! the counts do not add up.

mod limit;
mod memory;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use traced_worker::{Pool, Shutdown, ShutdownReport, telemetry, traced_worker};

use self::limit::Limit;

/// The messages that are dispatched under one span.
const ROUND: u64 = 1000;

/// The growth that is no leak: allocators keep some memory.
const TOLERANCE_KIB: u64 = 4096;

/// Fails for every thousandth number.
#[traced_worker(fields(number))]
fn format_number(number: u64) -> Result<String, std::num::TryFromIntError> {
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
    let telemetry = telemetry::builder().service_name("soak").init()?;
    let pool = format_number::pool()
        .threads(4)
        .queue_capacity(1024)
        .start()?;
    let shutdown = Shutdown::builder()
        .timeout(Duration::from_secs(30))
        .pool(&pool)
        .telemetry(telemetry.clone())
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

/// Dispatches a thousand messages under one span and waits for the last; returns `None` if the pool is
/// closed.
fn round(pool: &Pool<format_number>, first: u64) -> Option<u64> {
    global::tracer("soak").in_span("round", |_| {
        for number in first..first + ROUND - 1 {
            pool.send(number).ok()?;
        }
        let handle = pool.dispatch(first + ROUND - 1).ok()?;
        handle.wait().ok().map(|_| ROUND)
    })
}

fn verdict(tenths: &[u64], sent: u64, report: &ShutdownReport) -> ExitCode {
    let jobs = &report.jobs;
    let run = jobs.completed + jobs.failed + jobs.panicked + jobs.abandoned;
    let spans_add_up = report
        .spans
        .is_some_and(|spans| spans.ended == spans.exported + spans.dropped);
    if run < sent || !spans_add_up {
        println!("the counts do not add up: {sent} messages were dispatched");
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
