//! A future under the context that was current when it was bound.

use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll};

use opentelemetry::Context;
use pin_project_lite::pin_project;

use super::BoundContext;

pin_project! {
    /// A future under the context that was current when it was bound: see
    /// [`bind_future`](crate::bind_future).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::Ready;
    /// use traced_worker::{BoundFuture, bind_future};
    ///
    /// let bound: BoundFuture<Ready<u32>> = bind_future(std::future::ready(7));
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert_eq!(bound.await, 7);
    /// # });
    /// ```
    #[must_use = "a future does nothing unless it is polled"]
    pub struct BoundFuture<F> {
        context: BoundContext,
        // Extracted at the first poll. It has no live span.
        extracted: Option<Context>,
        // `None` once it was dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for BoundFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let extracted = this.extracted;
            let _entered = this.context.enter(|| extract(this.context, extracted));
            this.future.set(None);
        }
    }
}

impl<F> BoundFuture<F> {
    pub(super) fn new(context: BoundContext, future: F) -> Self {
        Self {
            context,
            extracted: None,
            future: Some(future),
        }
    }
}

impl<F: Future> Future for BoundFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            // It is set to `None` only where it is dropped.
            return Poll::Pending;
        };
        let extracted = this.extracted;
        let _entered = this.context.enter(|| extract(this.context, extracted));
        future.poll(context)
    }
}

impl<F> fmt::Debug for BoundFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundFuture")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

fn extract(bound: &BoundContext, extracted: &mut Option<Context>) -> Context {
    extracted
        .get_or_insert_with(|| bound.carrier.extract())
        .clone()
}
