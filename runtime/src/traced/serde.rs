//! A traced message through serde: the message and its carrier, in one value.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer, forward_to_deserialize_any};

use super::Traced;
use crate::carrier::Carrier;
use crate::carrier::serde::{CarrierSeed, Format, Item, NameSeed, rejected_carrier};

const PAYLOAD: &str = "payload";
const TRACE_CONTEXT: &str = "traceContext";

/// Serializes `{"payload": .., "traceContext": {"traceparent": ..}}`.
///
/// # Examples
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
        #[derive(Serialize)]
        #[serde(rename = "Traced")]
        struct Fields<'a, M> {
            payload: &'a M,
            #[serde(rename = "traceContext")]
            trace_context: &'a Carrier,
        }

        let fields = Fields {
            payload: &self.message,
            trace_context: &self.carrier,
        };
        fields.serialize(serializer)
    }
}

/// Deserializes the message, whatever stands in place of its carrier.
///
/// A `traceContext` that is missing or `null` is an empty carrier. So is one that is malformed or
/// repeated, which is counted in [`Carrier::rejected_fields`]. Other fields are ignored.
///
/// That holds for each format that describes itself, as far as the format's own parser reads the
/// value: text that is no JSON (a control character in a string, bytes that are no UTF-8), or a
/// CBOR or `MessagePack` value that is not well-formed or is nested deeper than the parser allows,
/// is an error of the format. A format that does not describe itself (postcard, bincode) reads
/// what was serialized by it.
///
/// # Examples
///
/// ```
/// use traced_worker::Traced;
///
/// let traced: Traced<u32> = serde_json::from_str(r#"{"payload": 7, "traceContext": 1e400}"#)?;
/// assert_eq!(*traced.message(), 7);
/// assert!(traced.carrier().is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de, M: Deserialize<'de>> Deserialize<'de> for Traced<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = TracedVisitor {
            format: Format::of(&deserializer),
            message: PhantomData,
        };
        deserializer.deserialize_struct("Traced", &[PAYLOAD, TRACE_CONTEXT], visitor)
    }
}

struct TracedVisitor<M> {
    format: Format,
    message: PhantomData<M>,
}

impl<'de, M: Deserialize<'de>> Visitor<'de> for TracedVisitor<M> {
    type Value = Traced<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map with a payload and its traceContext")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Traced<M>, A::Error> {
        let format = self.format.of_map();
        let name = || NameSeed {
            format,
            is_of_struct: true,
        };
        let mut message = None;
        let mut carrier = None;
        let mut is_repeated = false;
        while let Some(name) = map.next_key_seed(name())? {
            match Field::named(&name) {
                Field::Payload if message.is_some() => {
                    return Err(A::Error::duplicate_field(PAYLOAD));
                }
                Field::Payload => message = Some(map.next_value()?),
                Field::TraceContext => {
                    let read = map.next_value_seed(CarrierSeed(format))?;
                    is_repeated |= carrier.replace(read).is_some();
                }
                Field::Other => {
                    let IgnoredAny = map.next_value()?;
                }
            }
        }
        let message = message.map_or_else(|| M::deserialize(MissingPayload(PhantomData)), Ok)?;
        if is_repeated {
            // It is unknown which of them is right.
            carrier = Some(rejected_carrier());
        }
        Ok(Traced::from_parts(message, carrier.unwrap_or_default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Traced<M>, A::Error> {
        let Some(message) = sequence.next_element()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let carrier = sequence.next_element_seed(CarrierSeed(self.format))?;
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Traced::from_parts(message, carrier.unwrap_or_default()))
    }
}

enum Field {
    Payload,
    TraceContext,
    Other,
}

impl Field {
    fn named(name: &Item) -> Self {
        match name {
            Item::Text(name) if name == PAYLOAD => Self::Payload,
            Item::Text(name) if name == TRACE_CONTEXT => Self::TraceContext,
            // Some binary formats write the index of a field in place of its name.
            Item::Number(0) => Self::Payload,
            Item::Number(1) => Self::TraceContext,
            _ => Self::Other,
        }
    }
}

/// A payload that is missing: `None` for an `Option`, an error for any other type.
struct MissingPayload<E>(PhantomData<E>);

impl<'de, E: Error> Deserializer<'de> for MissingPayload<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::missing_field(PAYLOAD))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
