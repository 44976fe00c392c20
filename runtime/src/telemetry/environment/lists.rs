//! Variables that hold lists.

use super::{Environment, InitError, Variable};

/// The names of a list, each once, in their order. An entry that is empty is passed over.
pub(super) fn named<T: PartialEq>(
    variable: &Variable,
    parse: impl Fn(&str) -> Option<T>,
    allowed: &'static str,
) -> Result<Vec<T>, InitError> {
    let mut known = Vec::new();
    for name in entries(&variable.value) {
        match parse(name) {
            Some(it) if known.contains(&it) => {}
            Some(it) => known.push(it),
            None => return variable.clone().refuse(allowed),
        }
    }
    if known.is_empty() {
        return variable.clone().refuse(allowed);
    }
    Ok(known)
}

/// The exporter leaves out an entry that it cannot read, and sends without it.
pub(super) fn check_headers(
    environment: &Environment<'_>,
    names: [&'static str; 2],
) -> Result<(), InitError> {
    for variable in names.into_iter().filter_map(|name| environment.get(name)) {
        let readable = entries(&variable.value).all(|entry| {
            pair(entry).is_some_and(|(name, value)| {
                name.bytes().all(is_token)
                    && !value.is_empty()
                    && value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            })
        });
        if !readable {
            return variable.refuse("headers such as api-key=secret,tenant=a%20b");
        }
    }
    Ok(())
}

/// The SDK leaves out an entry that it cannot read.
pub(super) fn check_attributes(environment: &Environment<'_>) -> Result<(), InitError> {
    match environment.get("OTEL_RESOURCE_ATTRIBUTES") {
        Some(variable) if !entries(&variable.value).all(|entry| pair(entry).is_some()) => {
            variable.refuse("attributes such as service.version=1.2,deployment.environment=test")
        }
        _ => Ok(()),
    }
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

fn pair(entry: &str) -> Option<(&str, &str)> {
    let (name, value) = entry.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    (!name.is_empty()).then_some((name, value))
}

/// What a header's name is made of, by RFC 9110.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
