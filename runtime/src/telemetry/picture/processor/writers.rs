//! Writers that misbehave.

use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::Sampler;

use super::tests::provider;

/// A terminal that takes no more, as after Ctrl-S.
struct Stuck(mpsc::Sender<()>);

impl Write for Stuck {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(());
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
    let (writes, written) = mpsc::channel();
    let provider = provider(Stuck(writes), Sampler::AlwaysOn);
    let tracer = provider.tracer("test");
    tracer.start("first").end();
    assert_eq!(written.recv(), Ok(()), "it is stuck from here on");
    (0..1_000).for_each(|_| tracer.start("more").end());
    assert!(
        provider
            .shutdown_with_timeout(Duration::from_millis(50))
            .is_err()
    );
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
    // The provider puts its processors' errors into the text of its own.
    let timed_out = |result: OTelSdkResult| format!("{result:?}").contains("Timeout");
    let tracer = provider.tracer("test");
    tracer.start("a").end();
    assert!(!timed_out(provider.force_flush()));
    tracer.start("b").end();
    assert!(!timed_out(provider.shutdown()));
}
