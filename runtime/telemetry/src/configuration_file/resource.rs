//! `resource`.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::node::{Kind, Node, Scalar, Value as Found};
use super::property::Property;
use crate::lists;
use crate::settings::ResourceSettings;

/// Returns the resource's attributes: of two with one key the later one counts.
///
/// No attribute of the host or the process is detected, because the schema has that as an option.
pub(super) fn read(property: Option<Property<'_>>) -> ResourceSettings {
    let mut settings = ResourceSettings {
        is_detected: false,
        ..ResourceSettings::default()
    };
    let Some(mut section) = property.and_then(|it| it.mapping()) else {
        return settings;
    };
    if let Some(list) = section.get("attributes_list")
        && let Some(text) = list.text()
    {
        for (index, entry) in lists::entries(text).enumerate() {
            match lists::pair(entry) {
                Ok((key, value)) => settings.attributes.push(KeyValue::new(key, value)),
                Err(problem) => {
                    list.error(format_args!(
                        "has an entry, number {}, that {problem}",
                        index + 1
                    ));
                }
            }
        }
    }
    if let Some(attributes) = section.get("attributes") {
        let attributes = attributes.items();
        let attributes = attributes.iter().filter_map(attribute);
        settings.attributes.extend(attributes);
    }
    settings.schema_url = section
        .get("schema_url")
        .and_then(|it| it.text())
        .map(str::to_owned);
    if let Some(detection) = section.get("detection/development") {
        detection.unsupported();
    }
    section.finish();
    settings
}

fn attribute(property: &Property<'_>) -> Option<KeyValue> {
    let mut pair = property.mapping()?;
    let (name, value) = (pair.required("name"), pair.required("value"));
    let of_type = pair.get("type");
    pair.finish();
    let name = name?;
    if name.is_null() {
        return name.mistyped("a string");
    }
    let (key, value) = (name.text()?, value?);
    if value.is_null() {
        return None;
    }
    let type_name = of_type.as_ref().and_then(Property::text);
    let (found, expected) = match type_name.unwrap_or("string") {
        "string" => (scalar(value.node(), text).map(Value::String), "a string"),
        "bool" => (scalar(value.node(), boolean).map(Value::Bool), "a boolean"),
        "int" => (scalar(value.node(), integer).map(Value::I64), "an integer"),
        "double" => (scalar(value.node(), double).map(Value::F64), "a number"),
        "string_array" => (array(value.node(), text, Array::String), "strings"),
        "bool_array" => (array(value.node(), boolean, Array::Bool), "booleans"),
        "int_array" => (array(value.node(), integer, Array::I64), "integers"),
        "double_array" => (array(value.node(), double, Array::F64), "numbers"),
        _ => {
            of_type?.unexpected(
                "string, bool, int, double, string_array, bool_array, int_array or double_array",
            );
            return None;
        }
    };
    let Some(found) = found else {
        return value.mistyped(&if expected.ends_with('s') {
            format!("a sequence of {expected}, as its type says")
        } else {
            format!("{expected}, as its type says (without one, a string; quotes make one)")
        });
    };
    Some(KeyValue::new(key.to_owned(), found))
}

fn scalar<T>(node: &Node, convert: fn(&Found) -> Option<T>) -> Option<T> {
    match &node.kind {
        Kind::Scalar(Scalar { value, .. }) => convert(value),
        _ => None,
    }
}

fn array<T>(
    node: &Node,
    convert: fn(&Found) -> Option<T>,
    make: fn(Vec<T>) -> Array,
) -> Option<Value> {
    let Kind::Sequence(items) = &node.kind else {
        return None;
    };
    let items: Option<Vec<_>> = items.iter().map(|item| scalar(item, convert)).collect();
    let items = items.filter(|items| !items.is_empty())?;
    Some(Value::Array(make(items)))
}

fn text(value: &Found) -> Option<StringValue> {
    match value {
        Found::Text(text) => Some(text.clone().into()),
        _ => None,
    }
}

fn boolean(value: &Found) -> Option<bool> {
    match value {
        Found::Bool(value) => Some(*value),
        _ => None,
    }
}

fn integer(value: &Found) -> Option<i64> {
    match value {
        Found::Int(value) => Some(*value),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "that is what the type asks for")]
fn double(value: &Found) -> Option<f64> {
    match value {
        Found::Float(value) => Some(*value),
        Found::Int(value) => Some(*value as f64),
        _ => None,
    }
}
