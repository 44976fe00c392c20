//! `OTEL_EXPORTER_OTLP_*`: the collector and its protocol.

use super::{Environment, InitError, Variable, values};

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
#[cfg(feature = "otlp")]
const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

#[cfg(feature = "otlp-grpc")]
const ALLOWED_PROTOCOLS: &str = "http/protobuf or grpc";
#[cfg(not(feature = "otlp-grpc"))]
const ALLOWED_PROTOCOLS: &str =
    "http/protobuf (grpc needs the feature `otlp-grpc` of traced-worker-telemetry)";

/// The protocol of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    HttpProtobuf,
    #[cfg(feature = "otlp-grpc")]
    Grpc,
}

/// The collector that spans are exported to. Headers, compression and timeout have been checked;
/// the exporter reads them by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Collector {
    /// `None`: the protocol's default, on this host.
    endpoint: Option<Variable>,
    pub(crate) protocol: Protocol,
    /// The variable that turns the export on.
    requested_by: Variable,
}

impl Collector {
    /// Returns the variable to name in errors.
    pub(crate) fn variable(&self) -> &Variable {
        self.endpoint.as_ref().unwrap_or(&self.requested_by)
    }

    /// Returns the endpoint without credentials, under the name of the variable to name in errors.
    pub(crate) fn destination(&self) -> Variable {
        let default = match self.protocol {
            Protocol::HttpProtobuf => "http://localhost:4318",
            #[cfg(feature = "otlp-grpc")]
            Protocol::Grpc => "http://localhost:4317",
        };
        let endpoint = self.endpoint.as_ref();
        Variable {
            name: self.variable().name,
            value: without_credentials(endpoint.map_or(default, |it| &it.value)),
        }
    }
}

/// Returns the variable that names the collector.
pub(super) fn endpoint(environment: &Environment<'_>) -> Option<Variable> {
    environment.first(ENDPOINTS)
}

pub(super) fn read(
    environment: &Environment<'_>,
    endpoint: Option<Variable>,
    requested_by: Variable,
) -> Result<Collector, InitError> {
    #[cfg(feature = "otlp")]
    if let Some(endpoint) = &endpoint {
        check_endpoint(endpoint)?;
    }
    if let Some(compression) = environment.first(COMPRESSIONS)
        && !["none", "gzip"].contains(&compression.value.as_str())
    {
        return compression.refuse("gzip or none");
    }
    values::check_positive(environment, &TIMEOUTS, "milliseconds, such as 10000")?;
    #[cfg(feature = "otlp")]
    values::check_headers(environment, HEADERS)?;
    Ok(Collector {
        endpoint,
        protocol: protocol(environment)?,
        requested_by,
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

/// Removes `user:password@`.
fn without_credentials(endpoint: &str) -> String {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("http", endpoint));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[host..])
}

#[cfg(feature = "otlp")]
fn check_endpoint(endpoint: &Variable) -> Result<(), InitError> {
    const EXPECTED: &str = "an address such as http://localhost:4318";
    let refuse = |expected| endpoint.clone().refuse(expected);
    let Ok(uri) = endpoint.value.parse::<http::Uri>() else {
        return refuse(EXPECTED);
    };
    match uri.scheme_str() {
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => {}
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => {
            return refuse(
                "an http:// address: TLS is not built in, so send to a collector nearby",
            );
        }
        _ => return refuse(EXPECTED),
    }
    let host = uri.host().unwrap_or_default();
    if host.is_empty() {
        return refuse("an address with a host, such as http://localhost:4318");
    }
    // `Uri` has no port if it is out of range.
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    let has_port = !authority.ends_with(host);
    if has_port && uri.port_u16().is_none_or(|port| port == 0) {
        return refuse("an address with a port from 1 to 65535, such as http://localhost:4318");
    }
    Ok(())
}
