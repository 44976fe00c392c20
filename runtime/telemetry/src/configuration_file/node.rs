//! The nodes of a file, and the types of its scalars.

use std::ops::AddAssign;

/// A node, and the line that it begins in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    /// In their order, each key once.
    Mapping(Vec<(String, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scalar {
    pub(super) value: Value,
    /// The text, if the file has it: a variable may hold a key.
    pub(super) shown: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// The size of a part of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) nodes: usize,
    /// The bytes in its texts.
    pub(super) text: usize,
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.text += other.text;
    }
}

impl Scalar {
    pub(super) fn size(&self) -> Size {
        let text = match &self.value {
            Value::Text(text) => text.len(),
            _ => 0,
        };
        Size { nodes: 1, text }
    }
}

impl Node {
    /// Returns the size of all that is in it.
    pub(super) fn size(&self) -> Size {
        let mut size = Size { nodes: 1, text: 0 };
        match &self.kind {
            Kind::Scalar(scalar) => size = scalar.size(),
            Kind::Sequence(items) => items.iter().for_each(|it| size += it.size()),
            Kind::Mapping(entries) => {
                for (key, node) in entries {
                    size += node.size();
                    size.text += key.len();
                }
            }
        }
        size
    }

    /// Returns the type with an article.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) => match scalar.value {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Int(_) => "an integer",
                Value::Float(_) => "a number",
                Value::Text(_) => "a string",
            },
            Kind::Sequence(_) => "a sequence",
            Kind::Mapping(_) => "a mapping",
        }
    }
}

impl Value {
    /// Returns the value of a scalar without quotes: YAML 1.2.2, "Core Schema".
    pub(super) fn of_plain(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => number(text).unwrap_or_else(|| Self::Text(text.to_owned())),
        }
    }
}

/// An integer that is too large is a number.
fn number(text: &str) -> Option<Value> {
    if let Some(digits) = text.strip_prefix("0x") {
        return integer(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return integer(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => {
            return Some(Value::Float(f64::NEG_INFINITY));
        }
        ".inf" | ".Inf" | ".INF" => return Some(Value::Float(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !unsigned.is_empty()
        && is_digits(unsigned)
        && let Ok(integer) = text.parse()
    {
        return Some(Value::Int(integer));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_exponent_digits = exponent.is_none_or(|it| {
        let digits = it.strip_prefix(['-', '+']).unwrap_or(it);
        !digits.is_empty() && is_digits(digits)
    });
    let is_number = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && has_exponent_digits;
    is_number.then(|| text.parse().ok().map(Value::Float))?
}

fn integer(digits: &str, radix: u32) -> Option<Value> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    Some(match i64::from_str_radix(digits, radix) {
        Ok(integer) => Value::Int(integer),
        Err(_) => Value::Float(f64::INFINITY),
    })
}
