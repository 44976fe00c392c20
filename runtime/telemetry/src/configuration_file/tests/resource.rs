//! Tests of the resource.

use opentelemetry::{Array, Value};

use super::{errors, indented, settings};
use crate::resource::resource;

fn file(lines: &str) -> String {
    let lines = indented(lines, "  ");
    format!("file_format: \"1.1\"\nresource:\n{lines}")
}

#[test]
fn values_have_types() {
    let text = include_str!("examples/resource.yaml").replace(
        "  detection/development:",
        "  schema_url_of: {}\n  detection/development:",
    );
    assert_eq!(errors(&text).len(), 1, "an unknown property");
    let attributes = settings(&file(
        "attributes:\n- {name: a, value: text}\n- {name: b, value: true, type: bool}\n- {name: c, value: \
         7, type: int}\n- {name: d, value: 1, type: double}\n- {name: e, value: [x], type: \
         string_array}\n- {name: f, value: [true, false], type: bool_array}\n- {name: g, value: [1, 2], \
         type: int_array}\n- {name: h, value: [1, 2.5], type: double_array}\n- {name: i, value: }\n- \
         {name: j, value: \"1\", type: }",
    ))
    .resource
    .attributes;
    let values: Vec<_> = attributes.into_iter().map(|it| it.value).collect();
    let expected = [
        "text".into(),
        true.into(),
        7.into(),
        1.0.into(),
        Value::Array(Array::String(vec!["x".into()])),
        Value::Array(Array::Bool(vec![true, false])),
        Value::Array(Array::I64(vec![1, 2])),
        Value::Array(Array::F64(vec![1.0, 2.5])),
        "1".into(),
    ];
    assert_eq!(values, expected);
}

#[test]
fn values_of_another_type_are_errors() {
    for pair in [
        "{name: a, value: 1}",
        "{name: a, value: [x]}",
        "{name: a, value: x, type: bool}",
        "{name: a, value: 1.5, type: int}",
        "{name: a, value: \"1\", type: double}",
        "{name: a, value: [1, x], type: int_array}",
        "{name: a, value: [], type: int_array}",
        "{name: a, value: x, type: text}",
        "{name: 1, value: x}",
        "{name: , value: x}",
        "{value: x}",
        "{name: x}",
        "x",
    ] {
        let errors = errors(&file(&format!("attributes:\n- {pair}")));
        assert_eq!(errors.len(), 1, "{pair} {errors:?}");
        assert!(
            errors[0].starts_with("resource.attributes[0]"),
            "{errors:?}"
        );
    }
    let errors = errors(&file("attributes_list: a=1,b,c=%ZZ"));
    assert_eq!(errors.len(), 2, "{errors:?}");
}

#[test]
fn nothing_is_detected_that_the_file_does_not_ask_for() {
    let settings = settings(&file(
        "schema_url: https://opentelemetry.io/schemas/1.16.0\nattributes_list: team=a,service.name=x\n\
         attributes:\n- {name: team, value: b}",
    ));
    let resource = resource(None, Vec::new(), settings.resource);
    assert_eq!(
        resource.schema_url(),
        Some("https://opentelemetry.io/schemas/1.16.0")
    );
    let mut pairs: Vec<_> = resource
        .iter()
        .filter(|(key, _)| !key.as_str().starts_with("telemetry.sdk."))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.sort();
    assert_eq!(pairs, ["service.name=x", "team=b"]);
}
