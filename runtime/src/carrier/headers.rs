//! A carrier as header fields, and from them; and as OpenTelemetry's `Injector` and `Extractor`.

use std::fmt;

use opentelemetry::propagation::{Extractor, Injector};

use super::custom::{self, CustomFields, DeclaredNames};
use super::rejected::Reason;
use super::traceparent::{Traceparent, TraceparentText};
use super::{Carrier, OptionalFields, baggage, tracestate};

impl Carrier {
    /// Reads the header fields of a message from another process: HTTP headers, the headers of a
    /// broker's message, any map of text.
    ///
    /// Names may be in any case, and repeated. `traceparent`, `tracestate` and `baggage` are read,
    /// and the fields that a custom global propagator declares; all others are ignored. The span
    /// context is remote.
    ///
    /// Bad input is never an error: it is ignored as W3C Trace Context (section 4.3) and W3C
    /// Baggage have it, and counted in [`rejected_fields`](Self::rejected_fields). A carrier holds
    /// at most a tracestate of 32 members and 8192 bytes, baggage of 64 members and 8192 bytes,
    /// and custom fields of 8192 bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// let carrier = Carrier::from_headers([
    ///     ("Content-Type", "text/plain"),
    ///     ("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ///     ("baggage", "tenant=blue"),
    /// ]);
    /// assert!(carrier.is_sampled() && carrier.is_remote());
    /// assert_eq!(carrier.headers().len(), 2);
    /// ```
    pub fn from_headers<N, V>(headers: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let declared = DeclaredNames::now();
        let mut traceparents = 0;
        let mut span = None;
        let mut trace_state = tracestate::Fields::default();
        let mut baggage = baggage::Fields::default();
        let mut custom = CustomFields::default();
        for (name, value) in headers {
            let (name, value) = (name.as_ref(), value.as_ref());
            if name.eq_ignore_ascii_case("traceparent") {
                traceparents += 1;
                span = Traceparent::parse(value);
            } else if name.eq_ignore_ascii_case("tracestate") {
                trace_state.push(value);
            } else if name.eq_ignore_ascii_case("baggage") {
                baggage.push(value);
            } else if declared.contains(name) {
                custom.set(name, value);
            }
        }
        match (traceparents, span) {
            (0, _) | (1, Some(_)) => {}
            (1, None) => Reason::MalformedTraceparent.count(1),
            // It is unknown which of them is right (W3C Trace Context, section 3.2.1).
            _ => {
                span = None;
                Reason::RepeatedTraceparent.count(1);
            }
        }
        let mut carrier = Self::new();
        if let Some(span) = span {
            carrier.set_span(span.trace_id, span.span_id, span.flags, true);
        }
        carrier.set_optional(OptionalFields {
            // Without a traceparent a tracestate must not be used (section 4.3).
            trace_state: span.and_then(|_| trace_state.finish()),
            baggage: baggage.finish(),
            custom: custom.finish(),
        });
        carrier
    }

    /// Returns the header fields to send: `traceparent`, `tracestate` and `baggage` where they are
    /// not empty, and the fields of a custom propagator.
    ///
    /// # Examples
    ///
    /// Into the headers of a request:
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// # struct Request(Vec<(String, String)>);
    /// # impl Request {
    /// #     fn header(&mut self, name: &str, value: &str) {
    /// #         self.0.push((name.to_owned(), value.to_owned()));
    /// #     }
    /// # }
    /// # let mut request = Request(Vec::new());
    /// # let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// # let _guard = Carrier::from_headers([("traceparent", text)]).extract().attach();
    /// for (name, value) in &Carrier::current().headers() {
    ///     request.header(name, value);
    /// }
    /// # assert_eq!(request.0, [("traceparent".to_owned(), text.to_owned())]);
    /// ```
    ///
    /// Into a map, for a broker's client:
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use traced_worker::Carrier;
    ///
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let carrier = Carrier::from_headers([("traceparent", text)]);
    /// let headers: HashMap<String, String> = carrier.headers().into_iter().collect();
    /// assert_eq!(headers["traceparent"], text);
    /// ```
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        let span = Traceparent {
            trace_id: u128::from_be_bytes(self.trace_id().to_bytes()),
            span_id: self.span_id,
            flags: self.flags,
        };
        Headers {
            traceparent: self.has_span().then(|| span.text()),
            fields: self.optional.as_deref(),
        }
    }

    /// Returns the tracestate, if there is a span that it belongs to.
    pub(super) fn tracestate(&self) -> Option<&str> {
        let fields = self.optional.as_ref().filter(|_| self.has_span())?;
        fields.trace_state.as_deref()
    }

    pub(super) fn baggage(&self) -> Option<&str> {
        self.optional.as_ref()?.baggage.as_deref()
    }
}

/// The header fields of a [`Carrier`], returned by [`Carrier::headers`].
///
/// The text of the `traceparent` is made here, and stored inline; the others are borrowed from
/// the carrier. Iterating over a reference allocates nothing; iterating by value gives `String`s.
///
/// It is an [`Extractor`], for OpenTelemetry's propagators.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
/// use traced_worker::Carrier;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let carrier = Carrier::from_headers([("traceparent", text)]);
/// let context = TraceContextPropagator::new().extract(&carrier.headers());
/// assert_eq!(context.span().span_context().trace_id(), carrier.trace_id());
/// ```
#[derive(Clone)]
pub struct Headers<'a> {
    traceparent: Option<TraceparentText>,
    fields: Option<&'a OptionalFields>,
}

impl Headers<'_> {
    /// Returns the value of the field `name`, which may be in any case.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// let carrier = Carrier::from_headers([("baggage", "tenant=blue")]);
    /// assert_eq!(carrier.headers().get("Baggage"), Some("tenant=blue"));
    /// assert_eq!(carrier.headers().get("traceparent"), None);
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        if name.eq_ignore_ascii_case("traceparent") {
            self.traceparent()
        } else if name.eq_ignore_ascii_case("tracestate") {
            self.tracestate()
        } else if name.eq_ignore_ascii_case("baggage") {
            self.baggage()
        } else {
            custom::find(&self.fields?.custom, name)
        }
    }

    /// Returns an iterator over the names and values: `traceparent`, `tracestate`, `baggage`, then
    /// custom fields.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// let carrier = Carrier::from_headers([("baggage", "tenant=blue")]);
    /// let headers = carrier.headers();
    /// assert_eq!(headers.iter().collect::<Vec<_>>(), [("baggage", "tenant=blue")]);
    /// ```
    #[must_use]
    pub fn iter(&self) -> HeadersIter<'_> {
        HeadersIter {
            headers: self,
            next: 0,
        }
    }

    /// Returns the number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Returns `true` if there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_ref().map(TraceparentText::as_str)
    }

    fn tracestate(&self) -> Option<&str> {
        // Without a traceparent it must not be sent (W3C Trace Context, section 3.3).
        let fields = self.fields.filter(|_| self.traceparent.is_some())?;
        fields.trace_state.as_deref()
    }

    fn baggage(&self) -> Option<&str> {
        self.fields?.baggage.as_deref()
    }
}

impl<'a> IntoIterator for &'a Headers<'_> {
    type Item = (&'a str, &'a str);
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Copies the names and values.
impl IntoIterator for Headers<'_> {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        self.iter().map(owned).collect::<Vec<_>>().into_iter()
    }
}

/// Returns the fields that [`Carrier::headers`] has; a name may be in any case.
impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.get(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| name).collect()
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// An iterator over the names and values of [`Headers`], returned by [`Headers::iter`].
#[derive(Clone, Debug)]
pub struct HeadersIter<'a> {
    headers: &'a Headers<'a>,
    next: usize,
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.next;
            self.next += 1;
            let headers = self.headers;
            let (name, value) = match at {
                0 => ("traceparent", headers.traceparent()),
                1 => ("tracestate", headers.tracestate()),
                2 => ("baggage", headers.baggage()),
                _ => {
                    let field = headers.fields?.custom.get(at - 3)?;
                    (field.name(), Some(field.value()))
                }
            };
            if let Some(value) = value {
                return Some((name, value));
            }
        }
    }
}

/// Sets the field `key`, checked as [`Carrier::from_headers`] checks it.
///
/// An earlier value of the field is replaced. A malformed value removes it.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use traced_worker::Carrier;
///
/// let mut carrier = Carrier::new();
/// carrier.set("x-b3-traceid", "4bf92f3577b34da6a3ce929d0e0e4736".to_owned());
/// assert_eq!(carrier.headers().len(), 1);
/// carrier.set("x-b3-traceid", "4bf9\r\nSet-Cookie: a=b".to_owned());
/// assert!(carrier.is_empty());
/// ```
impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        let mut fields = self.optional.take().map_or_else(Default::default, |it| *it);
        if key.eq_ignore_ascii_case("traceparent") {
            let span = Traceparent::parse(value.as_bytes());
            Reason::MalformedTraceparent.count(usize::from(span.is_none()));
            match span {
                Some(span) => self.set_span(span.trace_id, span.span_id, span.flags, self.remote),
                None => self.set_span(0, 0, 0, false),
            }
        } else if key.eq_ignore_ascii_case("tracestate") {
            let mut field = tracestate::Fields::default();
            field.push(value.as_bytes());
            fields.trace_state = field.finish();
        } else if key.eq_ignore_ascii_case("baggage") {
            let mut field = baggage::Fields::default();
            field.push(value.as_bytes());
            fields.baggage = field.finish();
        } else {
            let mut custom = CustomFields::with(fields.custom);
            custom.set(key, value.as_bytes());
            fields.custom = custom.finish();
        }
        self.set_optional(fields);
    }
}
