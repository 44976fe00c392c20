//! `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.

use opentelemetry::KeyValue;

use super::{Environment, EnvironmentWarning};
use crate::lists;
use crate::settings::ResourceSettings;

const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// OpenTelemetry specification, "Specifying resource information via an environment variable": keys
/// and values are percent-encoded, and an error discards the whole variable.
pub(super) fn read(environment: &Environment<'_>) -> ResourceSettings {
    let service_name = environment.get("OTEL_SERVICE_NAME").map(|it| it.value);
    let mut attributes = Vec::new();
    if let Some(variable) = environment.get(ATTRIBUTES) {
        for (index, entry) in lists::entries(&variable.value).enumerate() {
            match lists::pair(entry) {
                Ok((key, value)) => attributes.push(KeyValue::new(key, value)),
                Err(problem) => {
                    environment.warn(EnvironmentWarning::new(
                        ATTRIBUTES,
                        format!(
                            "has an entry, number {}, that {problem}: expected attributes such as \
                             service.version=1.2,team=a%2Cb",
                            index + 1
                        ),
                    ));
                    attributes.clear();
                    break;
                }
            }
        }
    }
    ResourceSettings {
        service_name,
        attributes,
        ..ResourceSettings::default()
    }
}
