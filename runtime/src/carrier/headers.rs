//! A carrier as header fields, and from them.

use super::custom;
use super::extra::Extra;
use super::refusal::Refusal;
use super::traceparent::Traceparent;
use super::{Carrier, baggage, tracestate};

impl Carrier {
    /// Reads the header fields of a message from another process: HTTP headers, the headers of a
    /// broker's message, any map of text.
    ///
    /// Names may be in any case, and repeated. Read are `traceparent`, `tracestate` and `baggage`,
    /// and the fields that a custom global propagator declares; all others are ignored. The span
    /// context is remote.
    ///
    /// Bad input is never an error: what is malformed is ignored as the specifications say, and
    /// counted in [`refusals`](Self::refusals). Limits: a tracestate of 32 members and 8192
    /// bytes, baggage of 64 members and 8192 bytes, custom fields of 8192 bytes; what is read is
    /// never more than that, whatever comes in.
    ///
    /// # Example
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
    /// assert_eq!(carrier.headers().count(), 2);
    /// ```
    pub fn from_headers<N, V>(headers: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let custom = custom::Declared::now();
        let mut traceparents = 0;
        let mut span = None;
        let mut trace_state = tracestate::Fields::default();
        let mut baggage = baggage::Fields::default();
        let mut fields = custom::Sink::default();
        for (name, value) in headers {
            let (name, value) = (name.as_ref(), value.as_ref());
            if name.eq_ignore_ascii_case("traceparent") {
                traceparents += 1;
                span = Traceparent::parse(value);
            } else if name.eq_ignore_ascii_case("tracestate") {
                trace_state.push(value);
            } else if name.eq_ignore_ascii_case("baggage") {
                baggage.push(value);
            } else if custom.has(name)
                && let Ok(value) = std::str::from_utf8(value)
            {
                fields.push(name, value);
            }
        }
        match (traceparents, span) {
            (0, _) | (1, Some(_)) => {}
            (1, None) => Refusal::MalformedTraceparent.count(1),
            // Which of them is meant cannot be known.
            _ => {
                span = None;
                Refusal::RepeatedTraceparent.count(1);
            }
        }
        let mut carrier = Self::new();
        if let Some(span) = span {
            carrier.set_span(span.trace_id, span.span_id, span.flags, true);
        }
        carrier.set_extra(Extra {
            // Without a traceparent a tracestate is nobody's (section 4.3).
            trace_state: span.and_then(|_| trace_state.finish()),
            baggage: baggage.finish(),
            fields: fields.finish(),
            ..Extra::default()
        });
        carrier
    }

    /// The header fields to send: lower-case names, no field that is empty.
    ///
    /// # Example
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use traced_worker::Carrier;
    ///
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let carrier = Carrier::from_headers([("traceparent", text)]);
    /// let headers: HashMap<&str, &str> = carrier.headers().collect();
    /// assert_eq!(headers, HashMap::from([("traceparent", text)]));
    /// ```
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        Headers {
            carrier: self,
            next: 0,
        }
    }

    /// The text of the ids, made when it is first asked for.
    pub(super) fn traceparent(&self) -> Option<&str> {
        self.has_span().then(|| {
            let extra = self.extra.get_or_init(Box::default);
            let ids = Traceparent {
                trace_id: u128::from_be_bytes(self.trace_id().to_bytes()),
                span_id: self.span_id,
                flags: self.flags,
            };
            extra.traceparent.get_or_init(|| ids.text()).as_str()
        })
    }

    pub(super) fn tracestate(&self) -> Option<&str> {
        self.extra
            .get()
            .and_then(Extra::trace_state)
            .filter(|_| self.has_span())
    }

    pub(super) fn baggage(&self) -> Option<&str> {
        self.extra.get().and_then(Extra::baggage)
    }
}

/// The header fields of a [`Carrier`], name and value: see [`Carrier::headers`].
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    carrier: &'a Carrier,
    next: usize,
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.next;
            self.next += 1;
            let carrier = self.carrier;
            let (name, value) = match at {
                0 => ("traceparent", carrier.traceparent()),
                1 => ("tracestate", carrier.tracestate()),
                2 => ("baggage", carrier.baggage()),
                _ => {
                    let (name, value) = carrier.extra.get()?.fields.get(at - 3)?;
                    (&**name, Some(&**value))
                }
            };
            if let Some(value) = value {
                return Some((name, value));
            }
        }
    }
}
