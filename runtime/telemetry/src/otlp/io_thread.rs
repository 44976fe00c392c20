//! The thread that talks to the collector, on a Tokio runtime of its own: the program needs none.

use std::future::Future;

use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc;
use tracing_core::dispatcher::{self, Dispatch};

/// A thread that drives connections, also between two exports.
///
/// HTTP libraries make `tracing` spans. A subscriber that exported them would export spans about its
/// own exports, and no end of them. So this thread, and those that it starts, have no subscriber.
#[derive(Debug)]
pub(super) struct IoThread {
    runtime: Handle,
    /// The thread ends when this is dropped.
    _running: mpsc::Sender<()>,
}

impl IoThread {
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            // Those that resolve host names.
            .on_thread_start(ignore_spans)
            .build()?;
        let handle = runtime.handle().clone();
        let (running, mut stopped) = mpsc::channel(1);
        std::thread::Builder::new()
            .name("telemetry-export".into())
            .spawn(move || {
                ignore_spans();
                // Nothing is ever sent: this waits until the sender is dropped.
                runtime.block_on(stopped.recv());
            })?;
        Ok(Self {
            runtime: handle,
            _running: running,
        })
    }

    /// Runs the future on the thread. If it panics, the text of that is the error.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, String> {
        let output = self.runtime.spawn(future).await;
        output.map_err(|error| error.to_string())
    }

    /// Calls `make` where Tokio's runtime is current.
    #[cfg(feature = "otlp-grpc")]
    pub(super) fn enter<T>(&self, make: impl FnOnce() -> T) -> T {
        let _inside = self.runtime.enter();
        make()
    }
}

/// Leaves the thread without a `tracing` subscriber until it ends.
fn ignore_spans() {
    std::mem::forget(dispatcher::set_default(&Dispatch::none()));
}
