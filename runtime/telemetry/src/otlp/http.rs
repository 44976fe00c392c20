//! OTLP over HTTP: http/protobuf and http/json.

use std::error::Error;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use super::exporter::USER_AGENT;
use super::failure::{Failure, Remedy, message, root_cause};
use super::response::{self, Accepted};
use super::retry_after;
#[cfg(feature = "otlp-tls")]
use super::tls::Tls;
use crate::collector::{Collector, Protocol};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// The longest answer that is read, in bytes. An answer has a number and a sentence.
const MAX_ANSWER: usize = 64 * 1024;

/// A connection over HTTP.
pub(super) struct Http {
    client: Client,
    url: Url,
    headers: HeaderMap,
    is_json: bool,
    gzip: bool,
}

/// The body of a request. It is cheap to clone, for the next attempt.
#[derive(Clone, Debug)]
pub(super) struct Body(Bytes);

impl Http {
    pub(super) fn new(collector: &Collector) -> Result<Self, String> {
        let builder = Client::builder();
        #[cfg(feature = "otlp-tls")]
        let builder = builder.tls_backend_preconfigured(match &collector.tls {
            Some(files) => Tls::read(files)?.config()?,
            // Without a configuration it makes one, also for an address without TLS.
            None => Tls::trusting_nobody()?,
        });
        let builder = builder
            // A redirect would turn a POST into a GET without a body, and send the headers, which
            // hold keys, to another host.
            .redirect(Policy::none())
            .user_agent(USER_AGENT);
        // It panics if another crate has turned its TLS on without a provider.
        let client = catch_unwind(AssertUnwindSafe(|| builder.build()))
            .map_err(|_| "reqwest panicked".to_owned())?
            .map_err(|error| root_cause(&error))?;
        let is_json = collector.protocol == Protocol::HttpJson;
        let mut headers = collector.headers.clone();
        let content_type = if is_json { JSON } else { PROTOBUF };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if collector.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self {
            client,
            url: collector.url.clone(),
            headers,
            is_json,
            gzip: collector.gzip,
        })
    }

    pub(super) fn encode(&self, request: &ExportTraceServiceRequest) -> Result<Body, Failure> {
        let bytes = if self.is_json {
            serde_json::to_vec(request).map_err(|error| not_encoded(&error))?
        } else {
            request.encode_to_vec()
        };
        let bytes = if self.gzip {
            compress(&bytes).map_err(|error| not_encoded(&error))?
        } else {
            bytes
        };
        Ok(Body(bytes.into()))
    }

    /// Sends the request once.
    pub(super) async fn attempt(
        &self,
        body: Body,
        timeout: Option<Duration>,
    ) -> Result<Accepted, Failure> {
        let mut request = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone());
        if let Some(timeout) = timeout {
            request = request.timeout(timeout);
        }
        let sent = request.body(body.0).send().await;
        let response = sent.map_err(|error| failed(&error, timeout))?;
        answer(response, timeout).await
    }
}

fn not_encoded(error: &dyn Error) -> Failure {
    Failure::new(Remedy::GiveUp, format!("was sent nothing: {error}"))
}

fn compress(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}

fn failed(error: &reqwest::Error, timeout: Option<Duration>) -> Failure {
    match timeout {
        Some(timeout) if error.is_timeout() => Failure::timed_out(timeout),
        _ => Failure::connection(error),
    }
}

async fn answer(response: Response, timeout: Option<Duration>) -> Result<Accepted, Failure> {
    let status = response.status();
    let headers = response.headers().clone();
    let header = |name| headers.get(name)?.to_str().ok();
    let is_path_doubled = response.url().path().ends_with("/v1/traces/v1/traces");
    let body = body(response)
        .await
        .map_err(|error| failed(&error, timeout))?;
    if status == StatusCode::OK {
        return response::read(header(CONTENT_TYPE), &body);
    }
    let wait = header(RETRY_AFTER).and_then(|it| retry_after::parse(it, SystemTime::now()));
    let text = error_text(header(CONTENT_TYPE), &body);
    let mut failure = refused(status, wait, &text);
    if is_path_doubled {
        let hint = "; /v1/traces is added to that address, and it ends so already";
        failure.reason.push_str(hint);
    }
    Err(failure)
}

/// Returns the beginning of the body.
async fn body(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < MAX_ANSWER
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(MAX_ANSWER);
    Ok(body)
}

/// Returns the sentence in a collector's refusal: a `google.rpc.Status`, or text.
fn error_text(content_type: Option<&str>, body: &[u8]) -> String {
    if content_type.is_some_and(|it| it.starts_with("application/x-protobuf"))
        && let Ok(status) = Status::decode(body)
    {
        return status.message;
    }
    let is_text = content_type
        .is_some_and(|it| it.starts_with("text/plain") || it.starts_with("application/json"));
    if is_text {
        String::from_utf8_lossy(body).into_owned()
    } else {
        String::new()
    }
}

/// The part of `google.rpc.Status` that is shown.
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
}

/// OTLP specification, "OTLP/HTTP Response": 429, 502, 503 and 504 are retryable, all other
/// statuses of an error are not.
fn refused(status: StatusCode, wait: Option<Duration>, text: &str) -> Failure {
    let remedy = match status.as_u16() {
        413 => Remedy::Split,
        // The answer of collectors that are written in Go.
        400 if text.contains("too large") => Remedy::Split,
        429 | 502 | 503 | 504 => Remedy::Retry(wait.unwrap_or_default()),
        _ => Remedy::GiveUp,
    };
    let hint = match status.as_u16() {
        200..=299 => ", where OTLP has 200",
        300..=399 => "; redirects are not followed: set the address that it leads to",
        401 | 403 => "; are the headers with its keys set?",
        _ => "",
    };
    let reason = format!("answered {status}{}{hint}", message(text));
    Failure::new(remedy, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_the_remedy_of_the_specification() {
        let wait = Some(Duration::from_secs(3));
        for (status, text, remedy) in [
            (201, "", Remedy::GiveUp),
            (202, "", Remedy::GiveUp),
            (204, "", Remedy::GiveUp),
            (301, "", Remedy::GiveUp),
            (307, "", Remedy::GiveUp),
            (400, "", Remedy::GiveUp),
            (400, "http: request body too large", Remedy::Split),
            (401, "", Remedy::GiveUp),
            (404, "", Remedy::GiveUp),
            (408, "", Remedy::GiveUp),
            (413, "", Remedy::Split),
            (429, "", Remedy::Retry(Duration::from_secs(3))),
            (500, "", Remedy::GiveUp),
            (502, "", Remedy::Retry(Duration::from_secs(3))),
            (503, "", Remedy::Retry(Duration::from_secs(3))),
            (504, "", Remedy::Retry(Duration::from_secs(3))),
            (505, "", Remedy::GiveUp),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let failure = refused(status, wait, text);
            assert_eq!(failure.remedy, remedy, "{status}");
            assert!(failure.reason.contains(status.as_str()), "{failure:?}");
        }
    }

    #[test]
    fn the_sentence_of_a_refusal_is_shown() {
        let status = Status {
            message: "no such tenant".into(),
        };
        let protobuf = Some("application/x-protobuf");
        assert_eq!(
            error_text(protobuf, &status.encode_to_vec()),
            "no such tenant"
        );
        assert_eq!(error_text(Some("text/plain"), b"no"), "no");
        assert_eq!(error_text(Some("text/html"), b"<html>"), "");
        assert_eq!(error_text(None, b"?"), "");
    }
}
