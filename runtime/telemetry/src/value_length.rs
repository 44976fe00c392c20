//! The limit on the length of attributes, which the SDK does not have.

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// Cuts the texts in attributes of the span, its events and its links to `limit` characters:
/// OpenTelemetry specification, "Attribute Limits".
pub(crate) fn truncate(span: &mut SpanData, limit: usize) {
    truncate_all(&mut span.attributes, limit);
    for event in &mut span.events.events {
        truncate_all(&mut event.attributes, limit);
    }
    for link in &mut span.links.links {
        truncate_all(&mut link.attributes, limit);
    }
}

fn truncate_all(attributes: &mut [KeyValue], limit: usize) {
    for attribute in attributes {
        match &mut attribute.value {
            Value::String(text) => truncate_text(text, limit),
            Value::Array(Array::String(texts)) => {
                for text in texts {
                    truncate_text(text, limit);
                }
            }
            _ => {}
        }
    }
}

fn truncate_text(text: &mut StringValue, limit: usize) {
    // A character is one byte at least.
    if text.as_str().len() > limit
        && let Some((end, _)) = text.as_str().char_indices().nth(limit)
    {
        *text = text.as_str()[..end].to_owned().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_characters() {
        let strings = |texts: &[&'static str]| {
            let texts = texts.iter().map(|&text| text.into()).collect();
            Value::Array(Array::String(texts))
        };
        let mut attributes = vec![
            KeyValue::new("short", "ab"),
            KeyValue::new("exact", "äöü"),
            KeyValue::new("long", "äöüx"),
            KeyValue::new("list", strings(&["abcd", "a"])),
            KeyValue::new("number", 12345),
        ];
        truncate_all(&mut attributes, 3);
        let values: Vec<_> = attributes.into_iter().map(|it| it.value).collect();
        let expected = ["ab".into(), "äöü".into(), "äöü".into()];
        assert_eq!(values[..3], expected);
        assert_eq!(values[3..], [strings(&["abc", "a"]), 12345.into()]);
        let mut attributes = vec![KeyValue::new("text", "ab")];
        truncate_all(&mut attributes, 0);
        assert_eq!(attributes[0].value, "".into());
    }
}
