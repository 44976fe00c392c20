//! `OTEL_EXPORTER_OTLP_*`: the collector.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use reqwest::Url;

#[cfg(feature = "otlp-tls")]
use super::Variable;
use super::exporters::ENDPOINTS;
use super::{Environment, EnvironmentWarning, headers, lists, numbers};

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

const DEFAULT_TIMEOUT_MS: u64 = 10_000;

/// A shorter value is no key, and occurs in texts by chance.
const SHORTEST_SECRET: usize = 4;

/// The protocol of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    HttpProtobuf,
    HttpJson,
    Grpc,
}

/// The collector that spans are exported to.
pub(crate) struct Collector {
    /// The address of the traces, without credentials.
    pub(crate) url: Url,
    /// The variable that has the address, or that turns the export on.
    pub(crate) variable: &'static str,
    pub(crate) protocol: Protocol,
    /// Credentials of the address are among them.
    pub(crate) headers: HeaderMap,
    pub(crate) gzip: bool,
    /// The time for a batch with its retries. `None`: no limit.
    pub(crate) timeout: Option<Duration>,
    /// `None` if the address begins with `http:`.
    #[cfg(feature = "otlp-tls")]
    pub(crate) tls: Option<TlsFiles>,
}

/// The variables that name files for TLS.
#[cfg(feature = "otlp-tls")]
pub(crate) struct TlsFiles {
    /// Certificates that are trusted, and no others.
    pub(crate) roots: Option<Variable>,
    /// The certificate that this program shows, and its key.
    pub(crate) identity: Option<(Variable, Variable)>,
}

impl Collector {
    /// Returns the address without what may be a secret.
    pub(crate) fn address(&self) -> String {
        shown(&self.url)
    }

    /// Returns the address without its path.
    #[cfg(feature = "otlp-grpc")]
    pub(crate) fn authority(&self) -> String {
        self.url[..url::Position::BeforePath].to_owned()
    }

    /// Returns the texts that must stand in no error.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let headers = self.headers.values().filter_map(|it| it.to_str().ok());
        let words = headers.flat_map(str::split_whitespace).map(str::to_owned);
        let query = self.url.query_pairs().map(|(_, value)| value.into_owned());
        let all = words
            .chain(query)
            .chain(self.url.query().map(str::to_owned));
        all.filter(|it| it.len() >= SHORTEST_SECRET).collect()
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address(), self.variable)
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns an error if the export cannot be had in this program.
pub(super) fn read(
    environment: &Environment<'_>,
    requested_by: &'static str,
) -> Result<Collector, EnvironmentWarning> {
    let protocol = protocol(environment)?;
    let (mut url, variable) = endpoint(environment, protocol, requested_by)?;
    let mut headers = headers::read(environment);
    if let Some(authorization) = take_credentials(&mut url)
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
        variable,
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
    let default = match protocol {
        Protocol::HttpProtobuf | Protocol::HttpJson => "http://localhost:4318",
        Protocol::Grpc => "http://localhost:4317",
    };
    let adds_path = matches!(protocol, Protocol::HttpProtobuf | Protocol::HttpJson);
    for variable in ENDPOINTS.iter().filter_map(|name| environment.get(name)) {
        let is_general = variable.name == ENDPOINTS[1];
        match address(environment, protocol, &variable.value) {
            #[cfg(not(feature = "otlp-tls"))]
            Ok(url) if url.scheme() == "https" => {
                let (name, shown) = (variable.name, shown(&url));
                return Err(EnvironmentWarning::not_built_in(name, &shown, "otlp-tls"));
            }
            Ok(mut url) => {
                if is_general && adds_path {
                    add_path(&mut url);
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
        add_path(&mut url);
    }
    Ok((url, requested_by))
}

#[cfg(feature = "otlp-tls")]
fn tls_files(environment: &Environment<'_>) -> TlsFiles {
    let certificate = environment.first(CLIENT_CERTIFICATES);
    let key = environment.first(CLIENT_KEYS);
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
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
        roots: environment.first(ROOTS),
        identity,
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

/// Returns the address, or what it is not. The text itself may hold credentials.
fn address(
    environment: &Environment<'_>,
    protocol: Protocol,
    text: &str,
) -> Result<Url, &'static str> {
    if protocol == Protocol::Grpc && !text.contains("://") {
        return parse(&format!("{}://{text}", default_scheme(environment)));
    }
    parse(text)
}

fn parse(text: &str) -> Result<Url, &'static str> {
    const ADDRESS: &str = "an http:// or https:// address";
    let has_scheme = |scheme: &str| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    // The parser takes `http:/h`, `http:///h` and blanks, too.
    if !has_scheme("http://") && !has_scheme("https://")
        || text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\')
        || text.contains(":///")
    {
        return Err(ADDRESS);
    }
    let url = Url::parse(text).map_err(|_| ADDRESS)?;
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port_missing = authority.ends_with(':');
    if url.host_str().is_none_or(str::is_empty) || authority.ends_with('@') {
        return Err("an address with a host");
    }
    if url.port() == Some(0) || is_port_missing {
        return Err("an address with a port from 1 to 65535");
    }
    Ok(url)
}

/// Adds the path of traces before the query.
fn add_path(url: &mut Url) {
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
}

/// Moves `user:password@` from the address to the value of a header: RFC 7617.
fn take_credentials(url: &mut Url) -> Option<HeaderValue> {
    let decoded = |text: &str| lists::decode(text).unwrap_or_else(|_| text.to_owned());
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    if user.is_empty() && password.is_none() {
        return None;
    }
    // Neither fails for an address with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let pair = format!("{user}:{}", password.unwrap_or_default());
    let mut value =
        HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Returns the address without credentials, and without a query, which may hold a key.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let has_query = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    format!("{url}{}", if has_query { "?.." } else { "" })
}
