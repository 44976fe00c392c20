//! Writers that misbehave.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::Sampler;

use super::tests::provider;

/// A terminal that takes no more, as after Ctrl-S.
struct Stuck;

impl Write for Stuck {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        loop {
            thread::park();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn nobody_waits_for_a_terminal_that_is_stuck() {
    let provider = provider(Stuck, Sampler::AlwaysOn);
    let tracer = provider.tracer("test");
    let started = Instant::now();
    tracer.start("first").end();
    thread::sleep(Duration::from_millis(300));
    (0..1_000).for_each(|_| tracer.start("more").end());
    assert!(
        provider
            .shutdown_with_timeout(Duration::from_millis(50))
            .is_err()
    );
    assert!(started.elapsed() < Duration::from_secs(4));
}

/// A writer of the program's that fails badly.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("on purpose: the writer is broken")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_panics_leaves_nobody_waiting() {
    let provider = provider(Broken, Sampler::AlwaysOn);
    let started = Instant::now();
    provider.tracer("test").start("a").end();
    let _ = provider.force_flush();
    provider.tracer("test").start("b").end();
    let _ = provider.shutdown();
    assert!(started.elapsed() < Duration::from_secs(4));
}
