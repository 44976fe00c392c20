//! `OTEL_EXPORTER_OTLP_*`: the collector.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use reqwest::Url;

use super::exporters::ENDPOINTS;
use super::{Environment, EnvironmentWarning, Variable, headers, lists, numbers};

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

const DEFAULT_TIMEOUT_MS: u64 = 10_000;

/// A shorter value is no key, and occurs in texts by chance.
const SHORTEST_SECRET: usize = 4;

/// The protocol of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    HttpProtobuf,
    HttpJson,
    #[cfg(feature = "otlp-grpc")]
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
            #[cfg(feature = "otlp-grpc")]
            "grpc" => return Ok(Protocol::Grpc),
            #[cfg(not(feature = "otlp-grpc"))]
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
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => "http://localhost:4317",
    };
    let adds_path = matches!(protocol, Protocol::HttpProtobuf | Protocol::HttpJson);
    for variable in ENDPOINTS.iter().filter_map(|name| environment.get(name)) {
        let is_general = variable.name == ENDPOINTS[1];
        match address(&variable.value) {
            Ok(url) if url.scheme() == "https" => return Err(no_tls(&variable, &url)),
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

fn no_tls(variable: &Variable, url: &Url) -> EnvironmentWarning {
    let expected = "an http:// address: TLS is not built in, so send to a collector nearby";
    EnvironmentWarning::unexpected(variable.name, &shown(url), expected)
}

/// Returns the address, or what it is not. The text itself may hold credentials.
fn address(text: &str) -> Result<Url, &'static str> {
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
