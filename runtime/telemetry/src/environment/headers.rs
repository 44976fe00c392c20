//! `OTEL_EXPORTER_OTLP_HEADERS`: their values are secrets, and stand in no warning.

use http::HeaderMap;

use super::{Environment, EnvironmentWarning};
use crate::collector::headers;
use crate::lists;

const VARIABLES: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// Returns the headers. One that no request can have is warned of and left out.
pub(super) fn read(environment: &Environment<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(variable) = environment.first(VARIABLES) else {
        return headers;
    };
    for (index, entry) in lists::entries(&variable.value).enumerate() {
        match headers::parse(entry) {
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
