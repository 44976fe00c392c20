//! A carrier through serde: a map of header fields.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

use super::Carrier;

/// A map of the fields that [`Carrier::headers`] gives.
impl Serialize for Carrier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.headers().count()))?;
        for (name, value) in self.headers() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Reads a map of fields as [`Carrier::from_headers`] reads it.
///
/// In a format that describes itself, anything else is read as an empty carrier, and values that
/// are not text are ignored: a bad carrier must not cost the message that it came with.
impl<'de> Deserialize<'de> for Carrier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(CarrierVisitor)
        } else {
            deserializer.deserialize_map(CarrierVisitor)
        }
    }
}

struct CarrierVisitor;

/// What is not a map.
macro_rules! nothing {
    ($($method:ident($type:ty)),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Carrier, E> {
            Ok(Carrier::new())
        })*
    };
}

impl<'de> Visitor<'de> for CarrierVisitor {
    type Value = Carrier;

    nothing!(
        visit_bool(bool),
        visit_i64(i64),
        visit_i128(i128),
        visit_u64(u64),
        visit_u128(u128)
    );
    nothing!(visit_f64(f64), visit_str(&str), visit_bytes(&[u8]));

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of header fields")
    }

    fn visit_unit<E>(self) -> Result<Carrier, E> {
        Ok(Carrier::new())
    }

    fn visit_none<E>(self) -> Result<Carrier, E> {
        Ok(Carrier::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Carrier, D::Error> {
        Carrier::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Carrier, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Carrier::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Carrier, A::Error> {
        let mut error = None;
        let fields = std::iter::from_fn(|| {
            next_field(&mut map).unwrap_or_else(|failed| {
                error = Some(failed);
                None
            })
        });
        // Read one after the other, so that a huge map is not held.
        let carrier = Carrier::from_headers(fields.filter_map(|(name, text)| Some((name, text?))));
        error.map_or(Ok(carrier), Err)
    }
}

type Field<'de> = (Cow<'de, str>, Option<String>);

fn next_field<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Field<'de>>, A::Error> {
    let Some(name) = map.next_key::<Cow<'de, str>>()? else {
        return Ok(None);
    };
    Ok(Some((name, map.next_value_seed(Text)?)))
}

/// A text, or `None` for anything else.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(TextVisitor)
        } else {
            deserializer.deserialize_str(TextVisitor)
        }
    }
}

struct TextVisitor;

macro_rules! no_text {
    ($($method:ident($type:ty)),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Option<String>, E> {
            Ok(None)
        })*
    };
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<String>;

    no_text!(
        visit_bool(bool),
        visit_i64(i64),
        visit_i128(i128),
        visit_u64(u64),
        visit_u128(u128)
    );
    no_text!(visit_f64(f64), visit_bytes(&[u8]));

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<String>, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Text.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Option<String>, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
