//! The resource: the service and process that the spans come from.

use std::borrow::Cow;
use std::env;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use crate::settings::ResourceSettings;

const SERVICE_NAME: &str = "service.name";

/// Returns `telemetry.sdk.*`, `process.*`, `host.name`, `service.name` and what is set. The settings
/// take precedence over code, and code over what is detected.
pub(crate) fn resource(
    service: Option<Cow<'static, str>>,
    attributes: Vec<KeyValue>,
    settings: ResourceSettings,
) -> Resource {
    let executable = executable();
    // OpenTelemetry's conventions, "Service".
    let unknown = match &executable {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    };
    let detected = [
        Some(KeyValue::new("process.pid", i64::from(std::process::id()))),
        executable.map(|name| KeyValue::new("process.executable.name", name)),
        host().map(|name| KeyValue::new("host.name", name)),
    ];
    let detected = detected.into_iter().filter(|_| settings.is_detected);
    let named = [
        Some(KeyValue::new(SERVICE_NAME, unknown)),
        service.map(|name| KeyValue::new(SERVICE_NAME, name)),
    ];
    // Of two attributes with one key the later one stays.
    let builder = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(detected.flatten())
        .with_attributes(named.into_iter().flatten())
        .with_attributes(attributes)
        .with_attributes(settings.attributes)
        .with_attributes(
            settings
                .service_name
                .map(|name| KeyValue::new(SERVICE_NAME, name)),
        );
    match settings.schema_url {
        Some(url) => builder.with_schema_url([], url).build(),
        None => builder.build(),
    }
}

fn executable() -> Option<String> {
    let path = env::current_exe().ok()?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn host() -> Option<String> {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}
