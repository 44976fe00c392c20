//! A message with its carrier.

#[cfg(feature = "serde")]
mod serialize;

use opentelemetry::Context;

use crate::carrier::Carrier;

/// A message with the carrier of the context that it was sent under: the only thing that a
/// traced queue accepts.
///
/// # Example
///
/// ```
/// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
/// use traced_worker::Traced;
///
/// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
/// let traced = Traced::with_context(7, &context);
///
/// let (doubled, tenant) = std::thread::spawn(move || {
///     traced.run(|number| {
///         // The context is current here, on whichever thread this is.
///         let context = Context::current();
///         (number * 2, context.baggage().get("tenant").map(ToString::to_string))
///     })
/// })
/// .join()
/// .unwrap();
/// assert_eq!((doubled, tenant.as_deref()), (14, Some("blue")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced<M> {
    message: M,
    carrier: Carrier,
}

impl<M> Traced<M> {
    /// Injects the context that is current on this thread.
    #[must_use]
    pub fn new(message: M) -> Self {
        Self::from_parts(message, Carrier::current())
    }

    /// Injects `context`.
    #[must_use]
    pub fn with_context(message: M, context: &Context) -> Self {
        Self::from_parts(message, Carrier::inject(context))
    }

    /// Joins a message with a carrier that was injected, or received, elsewhere.
    #[must_use]
    pub fn from_parts(message: M, carrier: Carrier) -> Self {
        Self { message, carrier }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &M {
        &self.message
    }

    /// The carrier.
    #[must_use]
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Runs `work` on the message with the message's context attached, and detaches it after, on
    /// a panic too. It starts no span: that is what a worker does.
    pub fn run<R>(self, work: impl FnOnce(M) -> R) -> R {
        let _guard = self.carrier.extract().attach();
        work(self.message)
    }

    /// Changes the message and keeps the carrier.
    ///
    /// # Example
    ///
    /// ```
    /// use traced_worker::Traced;
    ///
    /// let length = Traced::new("four").map(str::len);
    /// assert_eq!(*length.message(), 4);
    /// ```
    #[must_use]
    pub fn map<N>(self, change: impl FnOnce(M) -> N) -> Traced<N> {
        Traced::from_parts(change(self.message), self.carrier)
    }

    /// The message and its carrier.
    #[must_use]
    pub fn into_parts(self) -> (M, Carrier) {
        (self.message, self.carrier)
    }
}
