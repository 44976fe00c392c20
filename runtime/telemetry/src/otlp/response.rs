//! The answer of a collector that has taken a request.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use serde_json::{Map, Value};

use super::failure::{Failure, Remedy, message};

/// The part of an answer that counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The number of spans that the collector has not taken, and will not take.
    pub(super) rejected: u64,
    /// A sentence of the collector about that, or a warning.
    pub(super) message: String,
}

impl From<ExportTraceServiceResponse> for Accepted {
    fn from(response: ExportTraceServiceResponse) -> Self {
        let partial = response.partial_success.unwrap_or_default();
        Self {
            // The number is signed on the wire; one below zero says nothing.
            rejected: u64::try_from(partial.rejected_spans).unwrap_or(0),
            message: partial.error_message,
        }
    }
}

/// Reads the body of an answer with status 200: OTLP specification, "OTLP/HTTP Response".
///
/// Something between here and the collector may answer 200 to anything, with a page of its own. So a
/// body that is not OTLP is a failure.
pub(super) fn read(content_type: Option<&str>, body: &[u8]) -> Result<Accepted, Failure> {
    let media_type = content_type.map(|it| it.split(';').next().unwrap_or_default().trim());
    let accepted = match media_type {
        _ if body.is_empty() => Some(Accepted::default()),
        Some(it) if it.eq_ignore_ascii_case("application/json") => from_json(body),
        Some(it) if !it.eq_ignore_ascii_case("application/x-protobuf") => None,
        _ => ExportTraceServiceResponse::decode(body)
            .ok()
            .map(Accepted::from),
    };
    accepted.ok_or_else(|| {
        let kind = content_type.unwrap_or("no content type");
        let reason = format!(
            "answered 200, but not as a collector does ({kind}){}",
            message(&String::from_utf8_lossy(body))
        );
        Failure::new(Remedy::GiveUp, reason)
    })
}

/// Protocol Buffers, "`ProtoJSON` Format": a 64-bit number is a string, and may be a number.
fn from_json(body: &[u8]) -> Option<Accepted> {
    let response: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let field = |object: &Map<String, Value>, name, original| {
        let field = object.get(name).or_else(|| object.get(original));
        field.filter(|it| !it.is_null()).cloned()
    };
    let Some(partial) = field(&response, "partialSuccess", "partial_success") else {
        return Some(Accepted::default());
    };
    let partial = partial.as_object()?;
    let rejected = match field(partial, "rejectedSpans", "rejected_spans") {
        None => 0,
        Some(Value::String(digits)) => digits.parse::<i64>().ok()?,
        Some(number) => number.as_i64()?,
    };
    let message = match field(partial, "errorMessage", "error_message") {
        None => String::new(),
        Some(text) => text.as_str()?.to_owned(),
    };
    let rejected = u64::try_from(rejected).unwrap_or(0);
    Some(Accepted { rejected, message })
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;

    use super::*;

    fn partial(rejected_spans: i64) -> Vec<u8> {
        let partial_success = Some(ExportTracePartialSuccess {
            rejected_spans,
            error_message: "too old".into(),
        });
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    }

    fn accepted(rejected: u64, message: &str) -> Accepted {
        let message = message.into();
        Accepted { rejected, message }
    }

    #[test]
    fn the_number_of_rejected_spans_is_read() {
        let protobuf = Some("application/x-protobuf");
        for (content_type, body, expected) in [
            (None, vec![], accepted(0, "")),
            (protobuf, vec![], accepted(0, "")),
            (protobuf, partial(3), accepted(3, "too old")),
            (None, partial(3), accepted(3, "too old")),
            (protobuf, partial(-3), accepted(0, "too old")),
            (Some("application/json"), b"{}".to_vec(), accepted(0, "")),
            (
                Some("application/json"),
                br#"{"partial_success":{"rejected_spans":2}}"#.to_vec(),
                accepted(2, ""),
            ),
            (
                Some("application/json"),
                br#"{"partialSuccess":null,"more":1}"#.to_vec(),
                accepted(0, ""),
            ),
            (
                Some("Application/JSON; charset=utf-8"),
                br#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}"#.to_vec(),
                accepted(2, "no"),
            ),
        ] {
            let read = read(content_type, &body);
            assert_eq!(read, Ok(expected), "{content_type:?} {body:?}");
        }
    }

    #[test]
    fn a_body_that_is_no_answer_is_a_failure() {
        for (content_type, body) in [
            (Some("text/html"), "<html>Log in</html>"),
            (Some("text/plain"), "ok"),
            (Some("application/x-protobuf"), "\u{7f}ab\u{1}"),
            (Some("application/json"), "[]"),
            (Some("application/json"), "nonsense"),
            (Some("application/json"), r#"{"partialSuccess":7}"#),
            (
                Some("application/json"),
                r#"{"partialSuccess":{"rejectedSpans":"many"}}"#,
            ),
            (None, "<html>"),
        ] {
            let failure = read(content_type, body.as_bytes()).expect_err("not OTLP");
            assert_eq!(failure.remedy, Remedy::GiveUp);
            let start = "answered 200, but not as a collector does (";
            assert!(failure.reason.starts_with(start), "{failure:?}");
        }
    }
}
