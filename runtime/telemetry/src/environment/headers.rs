//! `OTEL_EXPORTER_OTLP_HEADERS`: their values are secrets, and stand in no warning.

use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Environment, EnvironmentWarning, lists};

const VARIABLES: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// Those that describe the message.
const OWN: [HeaderName; 6] = [
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
    TRANSFER_ENCODING,
];

/// Returns the headers. One that no request can have is warned of and left out.
pub(super) fn read(environment: &Environment<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(variable) = environment.first(VARIABLES) else {
        return headers;
    };
    for (index, entry) in lists::entries(&variable.value).enumerate() {
        match header(entry) {
            Ok((name, value)) => {
                headers.insert(name, value);
            }
            Err(problem) => environment.warn(EnvironmentWarning::new(
                variable.name,
                format!(
                    "has an entry, number {}, that {problem}, and is left out: expected headers \
                     such as api-key=1234,tenant=a%20b",
                    index + 1
                ),
            )),
        }
    }
    headers
}

fn header(entry: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let (name, value) = lists::pair(entry)?;
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "has a character in its name that no header may have")?;
    if OWN.contains(&name) {
        return Err("is a header that the exporter sets itself");
    }
    if value.is_empty() {
        return Err("has no value");
    }
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("has a character in its value that no header may have");
    }
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| "has a character in its value that no header may have")?;
    value.set_sensitive(true);
    Ok((name, value))
}
