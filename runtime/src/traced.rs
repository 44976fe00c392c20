//! A message with its carrier.

#[cfg(feature = "serde")]
mod serde;

use opentelemetry::Context;

use crate::carrier::Carrier;

/// A message with the carrier of the context that it was sent under.
///
/// Pools and [channels](crate::channel) queue nothing else, so that no message loses its context.
///
/// # Examples
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Traced<M> {
    message: M,
    carrier: Carrier,
}

impl<M> Traced<M> {
    /// Creates a traced message with the context that is current on this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::Traced;
    ///
    /// let _guard = Context::new().with_baggage([KeyValue::new("tenant", "blue")]).attach();
    /// let traced = Traced::new("report.csv");
    /// assert_eq!(traced.carrier().headers().get("baggage"), Some("tenant=blue"));
    /// ```
    #[must_use]
    pub fn new(message: M) -> Self {
        Self::from_parts(message, Carrier::current())
    }

    /// Creates a traced message with `context`.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::Traced;
    ///
    /// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    /// let traced = Traced::with_context("report.csv", &context);
    /// assert_eq!(traced.carrier().headers().get("baggage"), Some("tenant=blue"));
    /// ```
    #[must_use]
    pub fn with_context(message: M, context: &Context) -> Self {
        Self::from_parts(message, Carrier::inject(context))
    }

    /// Joins a message with a carrier that was injected, or received, elsewhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Carrier, Traced};
    ///
    /// let headers = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")];
    /// let traced = Traced::from_parts("report.csv", Carrier::from_headers(headers));
    /// assert!(traced.carrier().is_remote());
    /// ```
    #[must_use]
    pub fn from_parts(message: M, carrier: Carrier) -> Self {
        Self { message, carrier }
    }

    /// Returns a reference to the message.
    #[must_use]
    pub fn message(&self) -> &M {
        &self.message
    }

    /// Returns a reference to the carrier.
    #[must_use]
    pub fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// Runs `work` on the message while the message's context is current.
    ///
    /// The context is detached after it, on a panic too. No span is started: a worker starts one.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::Traced;
    ///
    /// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    /// let length = Traced::with_context("report.csv", &context).run(|name| {
    ///     assert_eq!(Context::current().baggage().len(), 1);
    ///     name.len()
    /// });
    /// assert_eq!(length, 10);
    /// assert!(Context::current().baggage().is_empty());
    /// ```
    pub fn run<R>(self, work: impl FnOnce(M) -> R) -> R {
        let Self { message, carrier } = self;
        carrier.run(|| work(message))
    }

    /// Replaces the message by `change(message)` and keeps the carrier.
    ///
    /// # Examples
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

    /// Returns the message and drops the carrier.
    #[must_use]
    pub fn into_message(self) -> M {
        self.message
    }

    /// Returns the message and its carrier.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Traced;
    ///
    /// let (message, carrier) = Traced::new(7).into_parts();
    /// assert_eq!(message, 7);
    /// assert!(carrier.is_empty());
    /// ```
    #[must_use]
    pub fn into_parts(self) -> (M, Carrier) {
        (self.message, self.carrier)
    }
}

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Traced<()>>();
};
