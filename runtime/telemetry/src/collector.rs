//! The collector that spans are exported to, and the checks of its settings, whatever they are read from.

pub(crate) mod address;
pub(crate) mod headers;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use reqwest::Url;

/// The time for a batch with its retries, if none is set.
pub(crate) const DEFAULT_TIMEOUT_MS: u64 = 10_000;

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
    /// The variable or the place in a file that has the address, or that turns the export on.
    pub(crate) source: Cow<'static, str>,
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

/// The files for TLS.
#[cfg(feature = "otlp-tls")]
#[derive(Default)]
pub(crate) struct TlsFiles {
    /// Certificates that are trusted, and no others.
    pub(crate) roots: Option<TlsFile>,
    /// The certificate that this program shows, and its key.
    pub(crate) identity: Option<(TlsFile, TlsFile)>,
}

/// A file, and the variable or the place in a file that names it.
#[cfg(feature = "otlp-tls")]
pub(crate) struct TlsFile {
    pub(crate) source: Cow<'static, str>,
    pub(crate) path: String,
}

impl Collector {
    /// Returns the address without what may be a secret.
    pub(crate) fn address(&self) -> String {
        address::shown(&self.url)
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
        write!(f, "{} ({})", self.address(), self.source)
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
