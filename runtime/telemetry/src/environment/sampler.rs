//! `OTEL_TRACES_SAMPLER` and its argument.

use opentelemetry_sdk::trace::Sampler;

use super::Environment;

const EXPECTED: &str = "always_on, always_off, traceidratio, parentbased_always_on, \
                        parentbased_always_off or parentbased_traceidratio";

/// Returns the sampler, if one is set.
pub(super) fn read(environment: &Environment<'_>) -> Option<Sampler> {
    let variable = environment.get("OTEL_TRACES_SAMPLER")?;
    let name = variable.value.trim().to_ascii_lowercase();
    let (root, is_parent_based) = match name.strip_prefix("parentbased_") {
        Some(root) => (root, true),
        None => (name.as_str(), false),
    };
    let root = match root {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(ratio(environment)),
        _ => {
            environment.warn(variable.unexpected(EXPECTED));
            return None;
        }
    };
    Some(if is_parent_based {
        Sampler::ParentBased(Box::new(root))
    } else {
        root
    })
}

/// OpenTelemetry specification, "General SDK Configuration": the default is 1.0, also for a value
/// that is not valid.
fn ratio(environment: &Environment<'_>) -> f64 {
    let Some(variable) = environment.get("OTEL_TRACES_SAMPLER_ARG") else {
        return 1.0;
    };
    let ratio = variable.value.trim().parse().ok();
    ratio
        .filter(|ratio| (0.0..=1.0).contains(ratio))
        .unwrap_or_else(|| {
            environment.warn(variable.unexpected("a number from 0.0 to 1.0"));
            1.0
        })
}
