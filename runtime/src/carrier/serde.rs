//! A carrier through serde: a map of header fields.
//!
//! A bad carrier must not cost the message that it came with, so whatever value stands in its
//! place, or in the place of a field, is read without an error. A format that describes itself
//! can do that by `deserialize_any`; one that does not (postcard, bincode) has to be asked for
//! the type that was written. serde has no way to tell them apart, but a struct shows it: only a
//! format that describes itself gives its fields as a map.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess,
    VariantAccess as _, Visitor,
};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

use super::Carrier;
use super::rejected::Reason;

/// A map of the fields that [`Carrier::headers`] has.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use traced_worker::Carrier;
///
/// let carrier = Carrier::from_headers([("baggage", "tenant=blue")]);
/// assert_eq!(serde_json::to_value(&carrier)?, json!({"baggage": "tenant=blue"}));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Carrier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let headers = self.headers();
        let mut map = serializer.serialize_map(Some(headers.len()))?;
        for (name, value) in &headers {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Reads a map of fields as [`Carrier::from_headers`] reads it.
///
/// In a text format anything else is read as an empty carrier, and a field whose value is no text
/// is rejected. In a binary format that is so for the carrier of a [`Traced`](crate::Traced)
/// message; a carrier that stands alone, or in a struct of one's own, has to be a map of text
/// there, because the format may be one that does not describe itself.
///
/// # Examples
///
/// ```
/// use traced_worker::Carrier;
///
/// let carrier: Carrier = serde_json::from_str(r#"{"baggage": "tenant=blue"}"#)?;
/// assert_eq!(carrier.headers().get("baggage"), Some("tenant=blue"));
/// assert!(serde_json::from_str::<Carrier>("[1, 2]")?.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Carrier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CarrierSeed(Format::of(&deserializer)).deserialize(deserializer)
    }
}

/// The kind of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// That of `serde_json`.
    Json,
    /// Any other text format: all of them describe themselves.
    Text,
    /// A binary format that describes itself: CBOR, `MessagePack` with field names.
    SelfDescribing,
    /// A binary format that may not describe itself: postcard, bincode; but also `MessagePack`
    /// without field names, which reads what is there whatever it is asked for.
    Unknown,
}

impl Format {
    pub(crate) fn of<'de, D: Deserializer<'de>>(deserializer: &D) -> Self {
        // The name is a guess, and no harm is done if it is wrong: any deserializer may be asked
        // for a newtype or bytes where `Json` does, and JSON may be read as `Text`.
        if std::any::type_name::<D>().contains("serde_json::") {
            Self::Json
        } else if deserializer.is_human_readable() {
            Self::Text
        } else {
            Self::Unknown
        }
    }

    /// Returns the format of a struct whose fields came as a map.
    pub(crate) fn of_map(self) -> Self {
        match self {
            Self::Unknown => Self::SelfDescribing,
            known => known,
        }
    }
}

/// Reads a carrier, or whatever stands in its place.
pub(crate) struct CarrierSeed(pub(crate) Format);

impl<'de> DeserializeSeed<'de> for CarrierSeed {
    type Value = Carrier;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Carrier, D::Error> {
        let visitor = ItemVisitor {
            format: self.0,
            reads_map: true,
        };
        let item = match self.0 {
            Format::Json => deserializer.deserialize_newtype_struct(RAW_VALUE, RawVisitor(visitor)),
            Format::Text | Format::SelfDescribing => deserializer.deserialize_any(visitor),
            Format::Unknown => deserializer.deserialize_map(visitor),
        };
        Ok(match item? {
            Item::Carrier(carrier) => carrier,
            Item::Null => Carrier::new(),
            _ => rejected_carrier(),
        })
    }
}

/// Returns an empty carrier in place of one that cannot be used, and counts it.
pub(crate) fn rejected_carrier() -> Carrier {
    Reason::MalformedTraceContext.count(1);
    Carrier::new()
}

/// Reads the name of a field of a map or a struct.
pub(crate) struct NameSeed {
    pub(crate) format: Format,
    pub(crate) is_of_struct: bool,
}

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        let visitor = ItemVisitor {
            format: self.format,
            reads_map: false,
        };
        match self.format {
            // As text, a name with half a surrogate pair would be an error.
            Format::Json => deserializer.deserialize_bytes(visitor),
            Format::Text if self.is_of_struct => deserializer.deserialize_identifier(visitor),
            Format::Text | Format::SelfDescribing => deserializer.deserialize_any(visitor),
            Format::Unknown => deserializer.deserialize_string(visitor),
        }
    }
}

/// Reads the value of a header field.
struct ValueSeed(Format);

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Item;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        let visitor = ItemVisitor {
            format: self.0,
            reads_map: false,
        };
        match self.0 {
            Format::Json => deserializer.deserialize_newtype_struct(RAW_VALUE, RawVisitor(visitor)),
            Format::Text | Format::SelfDescribing => deserializer.deserialize_any(visitor),
            Format::Unknown => deserializer.deserialize_string(visitor),
        }
    }
}

/// A value that was read.
#[derive(Debug)]
pub(crate) enum Item {
    Carrier(Carrier),
    Text(String),
    Number(u64),
    Null,
    Other,
}

/// Visits anything: no kind of value is an error.
struct ItemVisitor {
    format: Format,
    /// Set if a map is a carrier, unset if it is none of the expected values.
    reads_map: bool,
}

macro_rules! visit_other {
    ($($method:ident($type:ty)),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Item, E> {
            Ok(Item::Other)
        })*
    };
}

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    visit_other!(
        visit_bool(bool),
        visit_i64(i64),
        visit_i128(i128),
        visit_u128(u128),
        visit_f64(f64)
    );

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of header fields")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Item, E> {
        Ok(Item::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Item, E> {
        Ok(Item::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Item, E> {
        Ok(Item::Text(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Item, E> {
        // Names in JSON, which were asked for as bytes. A bytes value is no text.
        let text = std::str::from_utf8(bytes).ok();
        let text = text.filter(|_| self.format == Format::Json);
        Ok(text.map_or(Item::Other, |text| Item::Text(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Item, E> {
        Ok(Item::Null)
    }

    fn visit_none<E>(self) -> Result<Item, E> {
        Ok(Item::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Item, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Item::Other)
    }

    /// A value under a tag, in CBOR and YAML.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Item, A::Error> {
        let (IgnoredAny, value) = tagged.variant()?;
        let IgnoredAny = value.newtype_variant()?;
        Ok(Item::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        if !self.reads_map {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Item::Other);
        }
        let mut error = None;
        let fields = std::iter::from_fn(|| {
            next_field(&mut map, self.format).unwrap_or_else(|failed| {
                error = Some(failed);
                None
            })
        });
        // Read one after the other, so that a huge map is not held.
        let carrier = Carrier::from_headers(fields);
        error.map_or(Ok(Item::Carrier(carrier)), Err)
    }
}

/// A value that no header field can have, so that each field rejects and counts it.
const NO_TEXT: &str = "\0";

type Field = (String, String);

/// Reads the next field of a map whose name is text and whose value is not null.
fn next_field<'de, A: MapAccess<'de>>(
    map: &mut A,
    format: Format,
) -> Result<Option<Field>, A::Error> {
    loop {
        let name = NameSeed {
            format,
            is_of_struct: false,
        };
        match map.next_key_seed(name)? {
            None => return Ok(None),
            Some(Item::Text(name)) => match map.next_value_seed(ValueSeed(format))? {
                Item::Text(text) => return Ok(Some((name, text))),
                Item::Null => {}
                _ => return Ok(Some((name, NO_TEXT.to_owned()))),
            },
            Some(_) => {
                let IgnoredAny = map.next_value()?;
            }
        }
    }
}

/// The name by which `serde_json` gives a value as its raw text, as a map with this key. Other
/// formats, and `serde_json` itself if it has another name for it, just visit a newtype.
///
/// It rejects numbers out of the range of `f64` and halves of surrogate pairs when it visits a
/// value, and nothing can be read after such an error; but not when it skips a value, or takes its
/// text. The text is then parsed for itself.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

struct RawVisitor(ItemVisitor);

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Item, D::Error> {
        deserializer.deserialize_any(self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let Some((_, text)) = map.next_entry::<IgnoredAny, String>()? else {
            return Ok(Item::Other);
        };
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        Ok(deserializer.deserialize_any(self.0).unwrap_or(Item::Other))
    }
}
