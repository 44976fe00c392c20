//! The address of a collector.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use reqwest::Url;

use super::Protocol;
use crate::lists;

/// Returns the address, or what it is not. The text itself may hold credentials.
///
/// An address for gRPC has `default_scheme` if it has none: OpenTelemetry specification, "OTLP
/// Exporter", "Insecure".
pub(crate) fn parse(
    text: &str,
    protocol: Protocol,
    default_scheme: impl FnOnce() -> &'static str,
) -> Result<Url, &'static str> {
    if protocol == Protocol::Grpc && !text.contains("://") {
        return with_scheme(&format!("{}://{text}", default_scheme()));
    }
    with_scheme(text)
}

/// Returns the address of a collector on this machine, without a path.
pub(crate) fn default(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::HttpProtobuf | Protocol::HttpJson => "http://localhost:4318",
        Protocol::Grpc => "http://localhost:4317",
    }
}

/// Adds the path of traces before the query.
pub(crate) fn add_path(url: &mut Url) {
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
}

/// Moves `user:password@` from the address to the value of a header: RFC 7617.
pub(crate) fn take_credentials(url: &mut Url) -> Option<HeaderValue> {
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
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let has_query = url.query().is_some();
    url.set_query(None);
    url.set_fragment(None);
    format!("{url}{}", if has_query { "?.." } else { "" })
}

fn with_scheme(text: &str) -> Result<Url, &'static str> {
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
