//! What the environment says about telemetry.

use super::error::InitError;

/// In the order of precedence.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];

/// Where spans go.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// Nothing is recorded.
    Nowhere,
    /// To the terminal.
    Picture,
    /// To a collector.
    Otlp(Endpoint),
}

/// The collector's address, and the variable that said so.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) variable: &'static str,
    pub(super) value: String,
}

/// Reads the environment through `lookup`, and refuses what the SDK would ignore or replace without
/// a word.
pub(super) fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Destination, InitError> {
    let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
    // The specification's rule for booleans: everything but `true` is false.
    if set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(Destination::Nowhere);
    }
    check_sampler(set)?;
    let Some(endpoint) = first(&ENDPOINTS, set) else {
        return Ok(Destination::Picture);
    };
    check_endpoint(&endpoint)?;
    match first(&PROTOCOLS, set) {
        Some(protocol) if protocol.value != "http/protobuf" => Err(invalid(
            protocol.variable,
            protocol.value,
            "`http/protobuf`, the one protocol that is built in",
        )),
        _ => Ok(Destination::Otlp(endpoint)),
    }
}

/// A variable of the process; what is not Unicode is replaced, and then refused where it matters.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn first(names: &[&'static str], set: impl Fn(&str) -> Option<String>) -> Option<Endpoint> {
    names
        .iter()
        .find_map(|&variable| set(variable).map(|value| Endpoint { variable, value }))
}

fn invalid(variable: &'static str, value: String, expected: &'static str) -> InitError {
    InitError::InvalidVariable {
        variable,
        value,
        expected,
    }
}

fn check_sampler(set: impl Fn(&str) -> Option<String>) -> Result<(), InitError> {
    const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
    const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
    let Some(sampler) = set(SAMPLER) else {
        return Ok(());
    };
    match sampler.as_str() {
        "always_on" | "always_off" | "parentbased_always_on" | "parentbased_always_off" => Ok(()),
        // Without a ratio the specification's default is 1.0.
        "traceidratio" | "parentbased_traceidratio" => match set(ARGUMENT) {
            Some(ratio)
                if !ratio
                    .parse::<f64>()
                    .is_ok_and(|ratio| (0.0..=1.0).contains(&ratio)) =>
            {
                Err(invalid(ARGUMENT, ratio, "a number from 0.0 to 1.0"))
            }
            _ => Ok(()),
        },
        _ => Err(invalid(
            SAMPLER,
            sampler,
            "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or \
             parentbased_traceidratio",
        )),
    }
}

fn check_endpoint(endpoint: &Endpoint) -> Result<(), InitError> {
    let value = endpoint.value.as_str();
    let refuse = |expected| Err(invalid(endpoint.variable, value.to_owned(), expected));
    if starts_with_ignoring_case(value, "https://") {
        return refuse("an http:// address: TLS is not built in, so send to a collector nearby");
    }
    if !starts_with_ignoring_case(value, "http://")
        || value.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return refuse("an address such as http://localhost:4318");
    }
    let rest = value.get("http://".len()..).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // The colons inside the brackets of an IPv6 address are not the port's.
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (host_and_port, None),
    };
    if host.is_empty() {
        return refuse("an address with a host, such as http://localhost:4318");
    }
    match port {
        Some(port) if !port.parse::<u16>().is_ok_and(|port| port != 0) => {
            refuse("an address with a port from 1 to 65535, such as http://localhost:4318")
        }
        _ => Ok(()),
    }
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests;
