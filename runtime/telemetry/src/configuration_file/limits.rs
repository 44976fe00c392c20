//! `attribute_limits` and `tracer_provider.limits`.

use super::property::{Mapping, Property};
use crate::settings::Limits;

/// The SDK's own defaults.
const DEFAULT: u32 = 128;

/// Returns the general limits, with the schema's default for each that is not set.
pub(super) fn general(property: Option<Property<'_>>) -> Limits {
    let mut limits = Limits {
        attributes: Some(DEFAULT),
        events: Some(DEFAULT),
        links: Some(DEFAULT),
        event_attributes: Some(DEFAULT),
        link_attributes: Some(DEFAULT),
        value_length: None,
    };
    if let Some(mut section) = property.and_then(|it| it.mapping()) {
        attributes(&mut section, &mut limits);
        section.finish();
    }
    limits
}

/// Returns the limits of a span: those that are not set are `general`.
pub(super) fn spans(property: Option<Property<'_>>, general: Limits) -> Limits {
    let mut limits = general;
    if let Some(mut section) = property.and_then(|it| it.mapping()) {
        attributes(&mut section, &mut limits);
        for (name, limit) in [
            ("event_count_limit", &mut limits.events),
            ("link_count_limit", &mut limits.links),
            ("event_attribute_count_limit", &mut limits.event_attributes),
            ("link_attribute_count_limit", &mut limits.link_attributes),
        ] {
            count(&mut section, name, limit);
        }
        section.finish();
    }
    limits
}

fn attributes(section: &mut Mapping<'_>, limits: &mut Limits) {
    count(section, "attribute_count_limit", &mut limits.attributes);
    if let Some(length) = section.get("attribute_value_length_limit") {
        let length = length.integer(&(0..=u64::from(u32::MAX)));
        limits.value_length = length
            .and_then(|it| it.try_into().ok())
            .or(limits.value_length);
    }
    // Of no effect: a value of this SDK is an array of scalars at most, and only a collection can be
    // too deep.
    if let Some(depth) = section.get("attribute_value_depth_limit") {
        depth.integer(&(1..=u64::from(u32::MAX)));
    }
}

fn count(section: &mut Mapping<'_>, name: &'static str, limit: &mut Option<u32>) {
    if let Some(property) = section.get(name) {
        let count = property.integer(&(0..=u64::from(u32::MAX)));
        *limit = count.and_then(|it| it.try_into().ok()).or(*limit);
    }
}
