//! The resource: the service and process that the spans come from.

use std::borrow::Cow;
use std::env;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{
    EnvResourceDetector, SdkProvidedResourceDetector, TelemetryResourceDetector,
};

/// Returns `telemetry.sdk.*`, `process.*`, `host.name` and `service.name`. The environment takes
/// precedence over the detected attributes, and over the name that is set in code.
pub(crate) fn resource(service: Option<Cow<'static, str>>) -> Resource {
    let found = [
        Some(KeyValue::new("process.pid", i64::from(std::process::id()))),
        executable().map(|name| KeyValue::new("process.executable.name", name)),
        host().map(|name| KeyValue::new("host.name", name)),
    ];
    let mut builder = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(SdkProvidedResourceDetector))
        .with_attributes(found.into_iter().flatten());
    if let Some(name) = service.filter(|_| !is_named()) {
        builder = builder.with_service_name(name);
    }
    let mut resource = builder.with_detector(Box::new(EnvResourceDetector::new()));
    // By the specification this variable takes precedence over the one for all attributes.
    if let Some(name) = set("OTEL_SERVICE_NAME") {
        resource = resource.with_service_name(name);
    }
    resource.build()
}

fn executable() -> Option<String> {
    let path = env::current_exe().ok()?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn host() -> Option<String> {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

/// Returns whether the environment names the service.
fn is_named() -> bool {
    let in_attributes = set("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|list| {
        list.split(',')
            .filter_map(|entry| entry.split_once('='))
            .any(|(key, _)| key.trim() == "service.name")
    });
    in_attributes || set("OTEL_SERVICE_NAME").is_some()
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
