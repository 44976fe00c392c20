//! `tracer_provider.sampler`.

use opentelemetry_sdk::trace::{ParentBasedSampler, Sampler, ShouldSample};

use super::property::Property;

const EXPECTED: &str = "always_on, always_off, trace_id_ratio_based or parent_based";

/// Returns the sampler.
pub(super) fn read(property: &Property<'_>) -> Option<Box<dyn ShouldSample>> {
    let (name, options) = property.component()?;
    match name {
        "always_on" => {
            options.empty();
            Some(Box::new(Sampler::AlwaysOn))
        }
        "always_off" => {
            options.empty();
            Some(Box::new(Sampler::AlwaysOff))
        }
        "trace_id_ratio_based" => {
            let mut options = options.optional_mapping()?;
            let ratio = options.get("ratio").and_then(|it| it.ratio());
            options.finish();
            Some(Box::new(Sampler::TraceIdRatioBased(ratio.unwrap_or(1.0))))
        }
        "parent_based" => parent_based(&options),
        _ => {
            options.no_component(EXPECTED);
            None
        }
    }
}

/// The SDK's defaults for a delegate are those of the schema.
fn parent_based(options: &Property<'_>) -> Option<Box<dyn ShouldSample>> {
    let mut options = options.optional_mapping()?;
    let mut delegate = |name| options.get(name).and_then(|it| read(&it));
    let root = delegate("root").unwrap_or_else(|| Box::new(Sampler::AlwaysOn));
    let mut sampler = ParentBasedSampler::new(root);
    if let Some(delegate) = delegate("remote_parent_sampled") {
        sampler = sampler.with_remote_parent_sampled(delegate);
    }
    if let Some(delegate) = delegate("remote_parent_not_sampled") {
        sampler = sampler.with_remote_parent_not_sampled(delegate);
    }
    if let Some(delegate) = delegate("local_parent_sampled") {
        sampler = sampler.with_local_parent_sampled(delegate);
    }
    if let Some(delegate) = delegate("local_parent_not_sampled") {
        sampler = sampler.with_local_parent_not_sampled(delegate);
    }
    options.finish();
    Some(Box::new(sampler))
}
