//! The table of the specification: "Configuration Data Model", "Environment variable substitution".

use super::super::node::{Kind, Value};
use super::super::yaml;

const VARIABLES: [(&str, &str); 9] = [
    ("STRING_VALUE", "value"),
    ("BOOL_VALUE", "true"),
    ("INT_VALUE", "1"),
    ("FLOAT_VALUE", "1.1"),
    ("HEX_VALUE", "0xdeadbeef"),
    ("INVALID_MAP_VALUE", "value\nkey:value"),
    ("DO_NOT_REPLACE_ME", "Never use this value"),
    ("REPLACE_ME", "${DO_NOT_REPLACE_ME}"),
    ("VALUE_WITH_ESCAPE", "value$$"),
];

fn lookup(name: &str) -> Option<std::ffi::OsString> {
    let found = VARIABLES.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| (*value).into())
}

/// Returns the only entry of the file.
fn entry(text: &str) -> Result<(String, Value), String> {
    let node = yaml::parse(text, &lookup)?;
    let Kind::Mapping(entries) = node.kind else {
        panic!("{node:?}");
    };
    let [(key, value)] = &entries[..] else {
        panic!("{entries:?}");
    };
    match &value.kind {
        Kind::Scalar(scalar) => Ok((key.clone(), scalar.value.clone())),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert(yaml: &str, expected: &Value) {
    let (key, value) = entry(&format!("key: {yaml}")).expect("valid");
    assert_eq!((key.as_str(), &value), ("key", expected), "{yaml}");
}

#[test]
fn the_table_of_the_specification() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (yaml, expected) in [
        ("${STRING_VALUE}", text("value")),
        ("${BOOL_VALUE}", Value::Bool(true)),
        ("${INT_VALUE}", Value::Int(1)),
        ("${FLOAT_VALUE}", Value::Float(1.1)),
        ("${HEX_VALUE}", Value::Int(3_735_928_559)),
        ("\"${STRING_VALUE}\"", text("value")),
        ("\"${BOOL_VALUE}\"", text("true")),
        ("\"${INT_VALUE}\"", text("1")),
        ("\"${FLOAT_VALUE}\"", text("1.1")),
        ("\"${HEX_VALUE}\"", text("0xdeadbeef")),
        ("${env:STRING_VALUE}", text("value")),
        ("${INVALID_MAP_VALUE}", text("value\nkey:value")),
        ("foo ${STRING_VALUE} ${FLOAT_VALUE}", text("foo value 1.1")),
        ("${UNDEFINED_KEY}", Value::Null),
        ("${UNDEFINED_KEY:-fallback}", text("fallback")),
        ("${REPLACE_ME}", text("${DO_NOT_REPLACE_ME}")),
        ("${UNDEFINED_KEY:-${STRING_VALUE}}", text("${STRING_VALUE}")),
        ("$${STRING_VALUE}", text("${STRING_VALUE}")),
        ("$$${STRING_VALUE}", text("$value")),
        ("$$$${STRING_VALUE}", text("$${STRING_VALUE}")),
        (
            "$${STRING_VALUE:-fallback}",
            text("${STRING_VALUE:-fallback}"),
        ),
        (
            "$${STRING_VALUE:-${STRING_VALUE}}",
            text("${STRING_VALUE:-value}"),
        ),
        (
            "${UNDEFINED_KEY:-$${UNDEFINED_KEY}}",
            text("${UNDEFINED_KEY:-${UNDEFINED_KEY}}"),
        ),
        ("${VALUE_WITH_ESCAPE}", text("value$$")),
        ("a $$ b", text("a $ b")),
        ("a $ b", text("a $ b")),
    ] {
        assert(yaml, &expected);
    }
    let key = entry("${STRING_VALUE}: value").expect("valid");
    assert_eq!(key, ("${STRING_VALUE}".to_owned(), text("value")));
    let error = entry("key: ${STRING_VALUE:?error}").expect_err("not valid");
    assert!(
        error.starts_with("line 1, column 6: has a ${..}"),
        "{error}"
    );
}

#[test]
fn more_references() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (yaml, expected) in [
        ("${}", text("${}")),
        ("${", text("${")),
        ("${}${STRING_VALUE}", text("${}value")),
        ("${env:-x}", text("x")),
        ("${env:UNDEFINED_KEY:-1}", Value::Int(1)),
        ("${UNDEFINED_KEY:-}", Value::Null),
        ("${UNDEFINED_KEY:-a:-b c}", text("a:-b c")),
        ("'${UNDEFINED_KEY}'", text("")),
        ("|-\n  ${INT_VALUE}", text("1")),
        ("!!str ${INT_VALUE}", text("1")),
        ("!!int \"${INT_VALUE}\"", Value::Int(1)),
    ] {
        assert(yaml, &expected);
    }
}

#[test]
fn a_reference_that_is_none_is_an_error_that_does_not_show_it() {
    for reference in [
        "${1secret}",
        "${API_$secret}",
        "${sys:secret}",
        "${secret-}",
        "${secret:x}",
        "${ secret}",
        "${secret }",
        "${env:}",
        "${env:1secret}",
        "${A:-secret\u{e9}}",
        "\"${A:-secret\\n}\"",
    ] {
        let error = entry(&format!("key: {reference}")).expect_err(reference);
        assert!(error.contains("is no reference"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn plain_scalars_have_the_types_of_the_core_schema() {
    for (text, expected) in [
        ("~", Value::Null),
        ("NULL", Value::Null),
        ("True", Value::Bool(true)),
        ("FALSE", Value::Bool(false)),
        ("-7", Value::Int(-7)),
        ("+7", Value::Int(7)),
        ("007", Value::Int(7)),
        ("0o17", Value::Int(15)),
        ("0xFF", Value::Int(255)),
        ("1e3", Value::Float(1000.0)),
        ("-.5", Value::Float(-0.5)),
        ("1.", Value::Float(1.0)),
        ("-.INF", Value::Float(f64::NEG_INFINITY)),
        (
            "9223372036854775808",
            Value::Float(9_223_372_036_854_775_808.0),
        ),
    ] {
        assert_eq!(Value::of_plain(text), expected, "{text}");
    }
    for text in [
        "yes", "nUll", ".", "-", "+", "e3", "1e", "1e+", "0x", "0xg", "-0x1", "0o8", "1_000",
        "1.2.3", "inf", "nan", "+.nan", "++1", " 1",
    ] {
        assert_eq!(Value::of_plain(text), Value::Text(text.to_owned()));
    }
    assert!(matches!(Value::of_plain(".nan"), Value::Float(it) if it.is_nan()));
}
