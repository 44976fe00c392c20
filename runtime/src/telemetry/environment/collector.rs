//! `OTEL_EXPORTER_OTLP_*`: which collector, and how it is spoken to.

use super::{Environment, InitError, Variable, lists, numbers};

/// In the order of precedence.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const COMPRESSIONS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
];
const TIMEOUTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
];
const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

#[cfg(feature = "otlp-grpc")]
const ALLOWED_PROTOCOLS: &str = "http/protobuf or grpc";
#[cfg(not(feature = "otlp-grpc"))]
const ALLOWED_PROTOCOLS: &str =
    "http/protobuf (grpc needs traced-worker to be built with its feature `otlp-grpc`)";

/// How a collector is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Protocol {
    HttpProtobuf,
    #[cfg(feature = "otlp-grpc")]
    Grpc,
}

/// Where spans are exported to. Headers, compression and time-out, which the exporter reads by
/// itself, have been checked.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Collector {
    /// None: the protocol's default, on this host.
    endpoint: Option<Variable>,
    pub(in super::super) protocol: Protocol,
    /// What asked for an export.
    asked_by: Variable,
}

impl Collector {
    /// The variable that says so, for errors.
    pub(in super::super) fn variable(&self) -> &Variable {
        self.endpoint.as_ref().unwrap_or(&self.asked_by)
    }
}

/// The variable that names the collector.
pub(super) fn endpoint(environment: &Environment<'_>) -> Option<Variable> {
    environment.first(ENDPOINTS)
}

pub(super) fn read(
    environment: &Environment<'_>,
    endpoint: Option<Variable>,
    asked_by: Variable,
) -> Result<Collector, InitError> {
    if let Some(endpoint) = &endpoint {
        check_endpoint(endpoint)?;
    }
    if let Some(compression) = environment.first(COMPRESSIONS)
        && !["none", "gzip"].contains(&compression.value.as_str())
    {
        return compression.refuse("gzip or none");
    }
    numbers::check_positive(environment, &TIMEOUTS, "milliseconds, such as 10000")?;
    lists::check_headers(environment, HEADERS)?;
    Ok(Collector {
        endpoint,
        protocol: protocol(environment)?,
        asked_by,
    })
}

fn protocol(environment: &Environment<'_>) -> Result<Protocol, InitError> {
    let Some(variable) = environment.first(PROTOCOLS) else {
        return Ok(Protocol::HttpProtobuf);
    };
    match variable.value.as_str() {
        "http/protobuf" => Ok(Protocol::HttpProtobuf),
        #[cfg(feature = "otlp-grpc")]
        "grpc" => Ok(Protocol::Grpc),
        _ => variable.refuse(ALLOWED_PROTOCOLS),
    }
}

fn check_endpoint(endpoint: &Variable) -> Result<(), InitError> {
    let value = endpoint.value.as_str();
    let refuse = |expected| endpoint.clone().refuse(expected);
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
