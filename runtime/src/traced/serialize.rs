//! A traced message through serde: what the article's JavaScript sends to its worker.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Traced;
use crate::carrier::Carrier;

#[derive(Serialize)]
#[serde(rename = "Traced")]
struct Sent<'a, M> {
    payload: &'a M,
    #[serde(rename = "traceContext")]
    trace_context: &'a Carrier,
}

#[derive(Deserialize)]
#[serde(rename = "Traced")]
struct Received<M> {
    payload: M,
    #[serde(rename = "traceContext", default)]
    trace_context: Carrier,
}

/// `{"payload": .., "traceContext": {"traceparent": ..}}`.
///
/// # Example
///
/// ```
/// use traced_worker::Traced;
///
/// let text = r#"{
///     "payload": 7,
///     "traceContext": {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
/// }"#;
/// let traced: Traced<u32> = serde_json::from_str(text)?;
/// assert!(traced.carrier().is_sampled() && traced.carrier().is_remote());
/// assert_eq!(serde_json::to_value(&traced)?, serde_json::from_str::<serde_json::Value>(text)?);
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<M: Serialize> Serialize for Traced<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sent = Sent {
            payload: &self.message,
            trace_context: &self.carrier,
        };
        sent.serialize(serializer)
    }
}

/// A `traceContext` that is missing or malformed is an empty carrier: it never costs the payload.
impl<'de, M: Deserialize<'de>> Deserialize<'de> for Traced<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let received = Received::deserialize(deserializer)?;
        Ok(Self::from_parts(received.payload, received.trace_context))
    }
}
