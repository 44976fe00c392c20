//! A field takes numbers, strings and what is `Into<Value>`, behind any number of references.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::{Array, StringValue, Value};
use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

#[derive(Clone, Copy)]
struct Level(i64);

impl From<Level> for Value {
    fn from(level: Level) -> Self {
        Value::I64(level.0)
    }
}

#[traced_worker(fields(
    i8 = -1_i8, u16 = 2_u16, isize = 3_isize, u128 = u128::MAX, i128 = -4_i128,
    f32 = 0.5_f32,
    string, cow, boxed, shared,
    reference = &&&string,
    slice = string[..2],
    mutable = &mut 5,
    level,
    value = Value::Bool(true),
    text = StringValue::from("text"),
    array = Array::from(vec![1_i64, 2]),
))]
fn process(
    string: String,
    cow: Cow<'static, str>,
    boxed: Box<str>,
    shared: Arc<str>,
    level: Level,
) {
    let _ = (string, cow, boxed, shared, level.0);
}

fn main() {
    let message = (
        "string".to_owned(),
        "cow".into(),
        "boxed".into(),
        "shared".into(),
        Level(9),
    );
    let ((), span) = run(process::pool(), message);
    for (key, value) in [
        ("i8", "-1"),
        ("u16", "2"),
        ("isize", "3"),
        ("u128", "\"340282366920938463463374607431768211455\""),
        ("i128", "-4"),
        ("f32", "0.5"),
        ("string", "\"string\""),
        ("cow", "\"cow\""),
        ("boxed", "\"boxed\""),
        ("shared", "\"shared\""),
        ("reference", "\"string\""),
        ("slice", "\"st\""),
        ("mutable", "5"),
        ("level", "9"),
        ("value", "true"),
        ("text", "\"text\""),
        ("array", "[1,2]"),
    ] {
        assert_eq!(span.attribute(key), value, "{key}");
    }
}
