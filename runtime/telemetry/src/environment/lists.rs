//! Lists of names and of `key=value`, separated by commas.

use percent_encoding::percent_decode_str;

use super::{Environment, EnvironmentWarning, Variable};

/// Returns the names that `parse` knows, each once, in their order, or `None` if the list has none of
/// them. The list of `none` is empty. Names that are not known are warned of.
pub(super) fn names<T: PartialEq>(
    environment: &Environment<'_>,
    variable: &Variable,
    parse: impl Fn(&str) -> Result<T, EnvironmentWarning>,
) -> Option<Vec<T>> {
    let mut known = Vec::new();
    let mut is_none = false;
    for name in entries(&variable.value).map(str::to_ascii_lowercase) {
        match parse(&name) {
            _ if name == "none" => is_none = true,
            Ok(it) if known.contains(&it) => {}
            Ok(it) => known.push(it),
            Err(warning) => environment.warn(warning),
        }
    }
    if is_none && !known.is_empty() {
        environment.warn(variable.unexpected("none alone, or a list without it"));
    }
    (is_none || !known.is_empty()).then_some(known)
}

/// Returns the entries that are not empty.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// Returns the key and the value, decoded.
pub(super) fn pair(entry: &str) -> Result<(String, String), &'static str> {
    let (key, value) = entry.split_once('=').ok_or("has no `=`")?;
    let (key, value) = (decode(key.trim())?, decode(value.trim())?);
    if key.is_empty() {
        return Err("has no key");
    }
    Ok((key, value))
}

/// Decodes `%20` and its like.
pub(super) fn decode(text: &str) -> Result<String, &'static str> {
    let mut escapes = text.split('%').skip(1);
    let is_hex = |escape: &str| {
        let digits = escape.as_bytes().iter().take(2);
        digits.filter(|digit| digit.is_ascii_hexdigit()).count() == 2
    };
    if !escapes.all(is_hex) {
        return Err("has a `%` without two hexadecimal digits");
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| "is not UTF-8 once it is decoded")
}
