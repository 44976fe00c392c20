//! `OTEL_EXPORTER_OTLP_*`: the collector.

use std::time::Duration;

use http::header::AUTHORIZATION;
use reqwest::Url;

#[cfg(feature = "otlp-tls")]
use super::Variable;
use super::exporters::ENDPOINTS;
use super::{Environment, EnvironmentWarning, headers, numbers};
use crate::collector::{Collector, DEFAULT_TIMEOUT_MS, Protocol, address};
#[cfg(feature = "otlp-tls")]
use crate::collector::{TlsFile, TlsFiles};

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

const INSECURE: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    "OTEL_EXPORTER_OTLP_INSECURE",
];
#[cfg(feature = "otlp-tls")]
const ROOTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];
#[cfg(feature = "otlp-tls")]
const CLIENT_CERTIFICATES: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
];
#[cfg(feature = "otlp-tls")]
const CLIENT_KEYS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
];

/// Returns an error if the export cannot be had in this program.
pub(super) fn read(
    environment: &Environment<'_>,
    requested_by: &'static str,
) -> Result<Collector, EnvironmentWarning> {
    let protocol = protocol(environment)?;
    let (mut url, variable) = endpoint(environment, protocol, requested_by)?;
    let mut headers = headers::read(environment);
    if let Some(authorization) = address::take_credentials(&mut url)
        && !headers.contains_key(AUTHORIZATION)
    {
        headers.insert(AUTHORIZATION, authorization);
    }
    let timeout = numbers::first(environment, &TIMEOUTS, &(0..=u64::from(u32::MAX)));
    let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT_MS);
    Ok(Collector {
        #[cfg(feature = "otlp-tls")]
        tls: (url.scheme() == "https").then(|| tls_files(environment)),
        url,
        source: variable.into(),
        protocol,
        headers,
        gzip: is_gzip(environment),
        timeout: (timeout > 0).then(|| Duration::from_millis(timeout)),
    })
}

fn protocol(environment: &Environment<'_>) -> Result<Protocol, EnvironmentWarning> {
    for variable in PROTOCOLS.iter().filter_map(|name| environment.get(name)) {
        match variable.value.trim().to_ascii_lowercase().as_str() {
            "http/protobuf" => return Ok(Protocol::HttpProtobuf),
            "http/json" => return Ok(Protocol::HttpJson),
            "grpc" if cfg!(feature = "otlp-grpc") => return Ok(Protocol::Grpc),
            "grpc" => {
                return Err(EnvironmentWarning::not_built_in(
                    variable.name,
                    &variable.value,
                    "otlp-grpc",
                ));
            }
            _ => environment.warn(variable.unexpected("http/protobuf, http/json or grpc")),
        }
    }
    Ok(Protocol::HttpProtobuf)
}

fn is_gzip(environment: &Environment<'_>) -> bool {
    for variable in COMPRESSIONS.iter().filter_map(|name| environment.get(name)) {
        match variable.value.trim().to_ascii_lowercase().as_str() {
            "gzip" => return true,
            "none" => return false,
            _ => environment.warn(variable.unexpected("gzip or none")),
        }
    }
    false
}

/// Returns the address, and the variable to name in errors.
///
/// OpenTelemetry specification, "OTLP Exporter", "Endpoint URLs for OTLP/HTTP": the address for
/// traces is used as it is; to the general one the path is added.
fn endpoint(
    environment: &Environment<'_>,
    protocol: Protocol,
    requested_by: &'static str,
) -> Result<(Url, &'static str), EnvironmentWarning> {
    let default = address::default(protocol);
    let adds_path = matches!(protocol, Protocol::HttpProtobuf | Protocol::HttpJson);
    for variable in ENDPOINTS.iter().filter_map(|name| environment.get(name)) {
        let is_general = variable.name == ENDPOINTS[1];
        match address::parse(&variable.value, protocol, || default_scheme(environment)) {
            #[cfg(not(feature = "otlp-tls"))]
            Ok(url) if url.scheme() == "https" => {
                let (name, shown) = (variable.name, address::shown(&url));
                return Err(EnvironmentWarning::not_built_in(name, &shown, "otlp-tls"));
            }
            Ok(mut url) => {
                if is_general && adds_path {
                    address::add_path(&mut url);
                }
                return Ok((url, variable.name));
            }
            Err(problem) => environment.warn(EnvironmentWarning::new(
                variable.name,
                format!("is not {problem}, such as {default}"),
            )),
        }
    }
    let mut url = Url::parse(default)
        .map_err(|error| EnvironmentWarning::new(requested_by, error.to_string()))?;
    if adds_path {
        address::add_path(&mut url);
    }
    Ok((url, requested_by))
}

#[cfg(feature = "otlp-tls")]
fn tls_files(environment: &Environment<'_>) -> TlsFiles {
    let certificate = environment.first(CLIENT_CERTIFICATES);
    let key = environment.first(CLIENT_KEYS);
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((file(certificate), file(key))),
        (None, None) => None,
        (Some(alone), None) => {
            environment.warn(alone.unexpected("a client key, too"));
            None
        }
        (None, Some(alone)) => {
            environment.warn(alone.unexpected("a client certificate, too"));
            None
        }
    };
    TlsFiles {
        roots: environment.first(ROOTS).map(file),
        identity,
    }
}

#[cfg(feature = "otlp-tls")]
fn file(variable: Variable) -> TlsFile {
    TlsFile {
        source: variable.name.into(),
        path: variable.value,
    }
}

/// Returns the scheme for an address of gRPC without one: OpenTelemetry specification, "OTLP
/// Exporter", "Insecure".
fn default_scheme(environment: &Environment<'_>) -> &'static str {
    for variable in INSECURE.iter().filter_map(|name| environment.get(name)) {
        match variable.value.trim().to_ascii_lowercase().as_str() {
            "true" => return "http",
            "false" => return "https",
            _ => environment.warn(variable.unexpected("true or false")),
        }
    }
    "https"
}
