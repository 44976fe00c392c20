//! OTLP over gRPC.

use std::error::Error as _;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::failure::{Failure, Remedy, message, root_cause};
use super::io_thread::IoThread;
use super::response::Accepted;
#[cfg(feature = "otlp-tls")]
use super::tls::Tls;
use crate::collector::Collector;

/// A connection over gRPC.
#[derive(Debug)]
pub(super) struct Grpc {
    client: TraceServiceClient<Channel>,
    metadata: MetadataMap,
}

impl Grpc {
    /// The connection is made when it is first used.
    pub(super) fn new(collector: &Collector, thread: &IoThread) -> Result<Self, String> {
        let endpoint = Endpoint::from_shared(collector.authority())
            .and_then(|endpoint| endpoint.user_agent(super::exporter::USER_AGENT))
            .map_err(|error| root_cause(&error))?;
        #[cfg(feature = "otlp-tls")]
        let endpoint = match &collector.tls {
            Some(files) => endpoint
                .tls_config(Tls::read(files)?.tonic()?)
                .map_err(|error| root_cause(&error))?,
            None => endpoint,
        };
        let mut client = TraceServiceClient::new(thread.enter(|| endpoint.connect_lazy()));
        if collector.gzip {
            client = client
                .send_compressed(CompressionEncoding::Gzip)
                .accept_compressed(CompressionEncoding::Gzip);
        }
        Ok(Self {
            client,
            metadata: MetadataMap::from_headers(collector.headers.clone()),
        })
    }

    /// Sends the request once.
    pub(super) async fn attempt(
        &self,
        message: ExportTraceServiceRequest,
        timeout: Option<Duration>,
    ) -> Result<Accepted, Failure> {
        let mut request = Request::new(message);
        *request.metadata_mut() = self.metadata.clone();
        let mut client = self.client.clone();
        let sent = client.export(request);
        let answer = match timeout {
            None => sent.await,
            Some(timeout) => match tokio::time::timeout(timeout, sent).await {
                Ok(answer) => answer,
                Err(_) => return Err(Failure::timed_out(timeout)),
            },
        };
        match answer {
            Ok(response) => Ok(response.into_inner().into()),
            Err(status) => Err(refused(&status)),
        }
    }
}

fn refused(status: &Status) -> Failure {
    // A status with a source was made here: the collector has sent none.
    if let Some(source) = status.source() {
        return Failure::connection(source);
    }
    let code = status.code();
    let hint = match code {
        Code::Unauthenticated | Code::PermissionDenied => "; are the headers with its keys set?",
        Code::Unimplemented => "; does it take traces?",
        _ => "",
    };
    let reason = format!("answered {code:?}{}{hint}", message(status.message()));
    Failure::new(remedy(status), reason)
}

/// OTLP specification, "OTLP/gRPC Response".
fn remedy(status: &Status) -> Remedy {
    let info = status.get_details_retry_info();
    let wait = info.and_then(|info| info.retry_delay);
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted if wait.is_none() && is_too_large(status) => {
            Remedy::Split
        }
        Code::ResourceExhausted => wait.map_or(Remedy::GiveUp, Remedy::Retry),
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Remedy::Retry(wait.unwrap_or_default()),
        _ => Remedy::GiveUp,
    }
}

/// There is no code for it. These are the sentences of gRPC for Rust, Go and Java.
fn is_too_large(status: &Status) -> bool {
    let sentences = [
        "message length too large",
        "message larger than max",
        "exceeds maximum size",
    ];
    sentences.iter().any(|it| status.message().contains(it))
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn codes_have_the_remedy_of_the_specification() {
        let retry = Remedy::Retry(Duration::ZERO);
        for (code, remedy) in [
            (Code::Cancelled, retry),
            (Code::Unknown, Remedy::GiveUp),
            (Code::InvalidArgument, Remedy::GiveUp),
            (Code::DeadlineExceeded, retry),
            (Code::NotFound, Remedy::GiveUp),
            (Code::AlreadyExists, Remedy::GiveUp),
            (Code::PermissionDenied, Remedy::GiveUp),
            (Code::ResourceExhausted, Remedy::GiveUp),
            (Code::FailedPrecondition, Remedy::GiveUp),
            (Code::Aborted, retry),
            (Code::OutOfRange, retry),
            (Code::Unimplemented, Remedy::GiveUp),
            (Code::Internal, Remedy::GiveUp),
            (Code::Unavailable, retry),
            (Code::DataLoss, retry),
            (Code::Unauthenticated, Remedy::GiveUp),
        ] {
            let failure = refused(&Status::new(code, "why"));
            assert_eq!(failure.remedy, remedy, "{code:?}");
            assert!(
                failure.reason.contains(&format!("{code:?}: why")),
                "{failure:?}"
            );
        }
    }

    #[test]
    fn a_collector_says_when_to_come_back() {
        let wait = Duration::from_secs(7);
        for code in [Code::ResourceExhausted, Code::Unavailable] {
            let details = ErrorDetails::with_retry_info(Some(wait));
            let status = Status::with_error_details(code, "later", details);
            assert_eq!(refused(&status).remedy, Remedy::Retry(wait), "{code:?}");
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_split() {
        for (code, text) in [
            (
                Code::OutOfRange,
                "Error, decoded message length too large: found 9 bytes, the limit is: 4 bytes",
            ),
            (
                Code::ResourceExhausted,
                "grpc: received message larger than max (9 vs. 4)",
            ),
            (
                Code::ResourceExhausted,
                "gRPC message exceeds maximum size 4: 9",
            ),
        ] {
            let failure = refused(&Status::new(code, text));
            assert_eq!(failure.remedy, Remedy::Split, "{text}");
        }
    }
}
