//! `OTEL_TRACES_SAMPLER`: the SDK replaces one that it does not know by its default.

use super::{Environment, InitError};

pub(super) fn check(environment: &Environment<'_>) -> Result<(), InitError> {
    let Some(sampler) = environment.get("OTEL_TRACES_SAMPLER") else {
        return Ok(());
    };
    match sampler.value.as_str() {
        "always_on" | "always_off" | "parentbased_always_on" | "parentbased_always_off" => Ok(()),
        // Without a ratio the specification's default is 1.0.
        "traceidratio" | "parentbased_traceidratio" => {
            match environment.get("OTEL_TRACES_SAMPLER_ARG") {
                Some(ratio)
                    if !ratio
                        .value
                        .parse::<f64>()
                        .is_ok_and(|ratio| (0.0..=1.0).contains(&ratio)) =>
                {
                    ratio.refuse("a number from 0.0 to 1.0")
                }
                _ => Ok(()),
            }
        }
        _ => sampler.refuse(
            "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
             parentbased_traceidratio",
        ),
    }
}
