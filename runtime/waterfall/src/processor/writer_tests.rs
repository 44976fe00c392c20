//! Tests of writers that block or panic.

use std::io::{self, Write};
use std::panic;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::Sampler;

use super::tests::provider;

/// A terminal that takes no output, as after Ctrl-S.
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
fn no_thread_waits_for_a_terminal_that_takes_no_output() {
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

/// A writer that panics.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic::resume_unwind(Box::new("on purpose: the writer is broken"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        panic::resume_unwind(Box::new("on purpose: its destructor is broken, too"));
    }
}

#[test]
fn a_writer_that_panics_is_an_error_and_leaves_no_thread_waiting() {
    let provider = provider(Broken, Sampler::AlwaysOn);
    let panicked = |result: OTelSdkResult| format!("{result:?}").contains("writer panicked");
    let tracer = provider.tracer("test");
    tracer.start("a").end();
    assert!(panicked(provider.force_flush()));
    tracer.start("b").end();
    assert!(panicked(provider.shutdown()));
}
