//! `otlp_http` and `otlp_grpc`: the collector.

use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use reqwest::Url;

use super::property::{Mapping, Property};
use crate::collector::{Collector, DEFAULT_TIMEOUT_MS, Protocol, address, headers};
#[cfg(feature = "otlp-tls")]
use crate::collector::{TlsFile, TlsFiles};
use crate::lists;

/// Returns the collector, or `None` if a problem was reported.
pub(super) fn read(is_grpc: bool, property: &Property<'_>) -> Option<Collector> {
    #[cfg(not(feature = "otlp-grpc"))]
    if is_grpc {
        property.not_built_in("otlp-grpc");
        return None;
    }
    let mut options = property.optional_mapping()?;
    let protocol = if is_grpc {
        Protocol::Grpc
    } else {
        encoding(options.get("encoding"))
    };
    let tls = options.get("tls").and_then(|it| Tls::read(is_grpc, &it));
    let endpoint = options.get("endpoint");
    let source = endpoint.as_ref().unwrap_or(property).subject();
    let url = url(endpoint, protocol, tls.as_ref());
    let mut headers = headers(&mut options);
    let gzip = is_gzip(options.get("compression"));
    let timeout = options
        .get("timeout")
        .and_then(|it| it.integer(&(0..=u64::from(u32::MAX))))
        .unwrap_or(DEFAULT_TIMEOUT_MS);
    for name in ["max_request_size", "max_response_size"] {
        if let Some(size) = options.get(name).filter(|it| !it.is_null()) {
            size.integer(&(0..=u64::from(u32::MAX)));
            size.unsupported();
        }
    }
    options.finish();
    let mut url = url?;
    if let Some(authorization) = address::take_credentials(&mut url)
        && !headers.contains_key(AUTHORIZATION)
    {
        headers.insert(AUTHORIZATION, authorization);
    }
    Some(Collector {
        #[cfg(feature = "otlp-tls")]
        tls: (url.scheme() == "https").then(|| tls.map_or_else(TlsFiles::default, Tls::files)),
        url,
        source: source.into(),
        protocol,
        headers,
        gzip,
        timeout: (timeout > 0).then(|| Duration::from_millis(timeout)),
    })
}

fn encoding(property: Option<Property<'_>>) -> Protocol {
    if let Some(property) = property {
        match property.text() {
            Some("json") => return Protocol::HttpJson,
            None | Some("protobuf") => {}
            Some(_) => property.unexpected("protobuf or json"),
        }
    }
    Protocol::HttpProtobuf
}

fn is_gzip(property: Option<Property<'_>>) -> bool {
    if let Some(property) = property {
        match property.text() {
            Some("gzip") => return true,
            None | Some("none") => {}
            Some(_) => property.unexpected("gzip or none"),
        }
    }
    false
}

/// The address is used as it is; the default one gets the path of traces.
fn url(property: Option<Property<'_>>, protocol: Protocol, tls: Option<&Tls<'_>>) -> Option<Url> {
    if let Some(property) = property
        && !property.is_null()
    {
        let scheme = || match tls {
            Some(tls) if tls.is_insecure => "http",
            _ => "https",
        };
        // The text may hold credentials.
        let url = match address::parse(property.text()?, protocol, scheme) {
            Ok(url) => url,
            Err(problem) => {
                let default = address::default(protocol);
                property.error(format_args!("is not {problem}, such as {default}"));
                return None;
            }
        };
        #[cfg(not(feature = "otlp-tls"))]
        if url.scheme() == "https" {
            property.not_built_in("otlp-tls");
            return None;
        }
        return Some(url);
    }
    let mut url = Url::parse(address::default(protocol)).ok()?;
    if protocol != Protocol::Grpc {
        address::add_path(&mut url);
    }
    Some(url)
}

/// Returns the headers: those of `headers` take precedence over those of the list.
fn headers(options: &mut Mapping<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(list) = options.get("headers_list")
        && let Some(text) = list.text()
    {
        for (index, entry) in lists::entries(text).enumerate() {
            match headers::parse(entry) {
                Ok((name, value)) => {
                    headers.insert(name, value);
                }
                Err(problem) => {
                    list.error(format_args!(
                        "has an entry, number {}, that {problem}",
                        index + 1
                    ));
                }
            }
        }
    }
    let pairs = options.get("headers").map(|it| it.items());
    for pair in pairs.iter().flatten() {
        let Some((name, value)) = header(pair) else {
            continue;
        };
        match headers::header(name, value) {
            Ok((name, value)) => {
                headers.insert(name, value);
            }
            Err(problem) => pair.error(problem),
        }
    }
    headers
}

/// Returns the name and the value, or `None` if the value is null or a problem was reported.
fn header<'a>(pair: &Property<'a>) -> Option<(&'a str, &'a str)> {
    let mut entries = pair.mapping()?;
    let (name, value) = (entries.required("name"), entries.required("value"));
    entries.finish();
    let name = name?;
    if name.is_null() {
        return name.mistyped("a string");
    }
    Some((name.text()?, value?.text()?))
}

/// The section `tls`.
struct Tls<'a> {
    #[cfg_attr(
        not(feature = "otlp-tls"),
        expect(dead_code, reason = "there is no TLS to read them for")
    )]
    files: [Option<(Property<'a>, &'a str)>; 3],
    is_insecure: bool,
}

impl<'a> Tls<'a> {
    fn read(is_grpc: bool, property: &Property<'a>) -> Option<Self> {
        let mut section = property.optional_mapping()?;
        let names = ["ca_file", "cert_file", "key_file"];
        let files = names.map(|name| section.get(name).and_then(|it| file(&it)));
        if files[1].is_some() != files[2].is_some() {
            property.error("has one of `cert_file` and `key_file` without the other");
        }
        let insecure = is_grpc.then(|| section.get("insecure")).flatten();
        section.finish();
        Some(Self {
            files,
            is_insecure: insecure.and_then(|it| it.boolean()).unwrap_or(false),
        })
    }

    #[cfg(feature = "otlp-tls")]
    fn files(self) -> TlsFiles {
        let [roots, certificate, key] = self.files.map(|file| {
            file.map(|(property, path)| TlsFile {
                source: property.subject().into(),
                path: path.to_owned(),
            })
        });
        TlsFiles {
            roots,
            identity: certificate.zip(key),
        }
    }
}

fn file<'a>(property: &Property<'a>) -> Option<(Property<'a>, &'a str)> {
    let path = property.text()?;
    if !std::path::Path::new(path).is_absolute() {
        property.error("is not the absolute path of a file");
        return None;
    }
    Some((property.clone(), path))
}
