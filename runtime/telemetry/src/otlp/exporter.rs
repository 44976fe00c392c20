//! Delivers batches: repeats an attempt that failed, and splits a request that is too large.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::failure::{Failure, Remedy, message};
#[cfg(feature = "otlp-grpc")]
use super::grpc::Grpc;
use super::http::{Body, Http};
use super::io_thread::IoThread;
use super::response::Accepted;
use super::split;
use crate::batch::{Deliver, Delivery};
use crate::collector::{Collector, Protocol};

/// OTLP specification, "User Agent".
pub(super) const USER_AGENT: &str = concat!(
    "OTel-OTLP-Exporter-Rust/",
    env!("CARGO_PKG_VERSION"),
    " traced-worker-telemetry"
);

const MAX_RETRIES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// An exporter to one collector.
#[derive(Debug)]
pub(crate) struct Exporter {
    thread: IoThread,
    shared: Arc<Shared>,
    resource: ResourceAttributesWithSchema,
}

/// The part that an export on the other thread uses.
struct Shared {
    transport: Transport,
    /// The collector's address and its variable: the subject of errors.
    name: String,
    secrets: Vec<String>,
    timeout: Option<Duration>,
}

enum Transport {
    Http(Http),
    #[cfg(feature = "otlp-grpc")]
    Grpc(Grpc),
}

/// A request that is ready for any number of attempts.
enum Prepared<'a> {
    Http(&'a Http, Body),
    #[cfg(feature = "otlp-grpc")]
    Grpc(&'a Grpc, &'a ExportTraceServiceRequest),
}

impl Exporter {
    /// Starts the exporter's thread. The connection is made by the first export.
    pub(crate) fn start(collector: &Collector) -> Result<Self, String> {
        let thread = IoThread::start().map_err(|error| error.to_string())?;
        let transport = match collector.protocol {
            Protocol::HttpProtobuf | Protocol::HttpJson => Transport::Http(Http::new(collector)?),
            #[cfg(feature = "otlp-grpc")]
            Protocol::Grpc => Transport::Grpc(Grpc::new(collector, &thread)?),
            #[cfg(not(feature = "otlp-grpc"))]
            Protocol::Grpc => return Err("gRPC is not built in".to_owned()),
        };
        Ok(Self {
            thread,
            shared: Arc::new(Shared {
                transport,
                name: collector.to_string(),
                secrets: collector.secrets(),
                timeout: collector.timeout,
            }),
            resource: ResourceAttributesWithSchema::default(),
        })
    }
}

impl Deliver for Exporter {
    async fn deliver(&self, batch: Vec<SpanData>) -> Delivery {
        let spans = batch.len();
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        let shared = Arc::clone(&self.shared);
        let delivered = self
            .thread
            .run(async move { shared.deliver(request).await });
        delivered.await.unwrap_or_else(|error| {
            Delivery::failed(spans, format!("the exporter failed: {error}"))
        })
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl Shared {
    async fn deliver(&self, request: ExportTraceServiceRequest) -> Delivery {
        let deadline = self.timeout.and_then(|it| Instant::now().checked_add(it));
        let mut delivery = Delivery::default();
        let mut requests = vec![request];
        while let Some(mut request) = requests.pop() {
            let spans = split::len(&request);
            match self.send(&request, deadline).await {
                Ok(accepted) => self.add(&mut delivery, spans, &accepted),
                Err(failure) if failure.remedy == Remedy::Split && spans > 1 => {
                    let half = split::first_half(&mut request);
                    requests.extend([request, half]);
                }
                Err(failure) => {
                    delivery += Delivery::failed(spans, self.sentence(&failure.reason));
                }
            }
        }
        delivery
    }

    fn add(&self, delivery: &mut Delivery, spans: usize, accepted: &Accepted) {
        let rejected = usize::try_from(accepted.rejected).map_or(spans, |it| it.min(spans));
        delivery.exported += spans - rejected;
        let text = message(&accepted.message);
        if rejected > 0 {
            let reason = format!("rejected {rejected} of {spans} spans{text}");
            *delivery += Delivery::failed(rejected, self.sentence(&reason));
        } else if !text.is_empty() {
            delivery.warning = Some(self.sentence(&format!("took the spans, and warns{text}")));
        }
    }

    /// Makes attempts until one has succeeded, or must not be repeated.
    async fn send(
        &self,
        request: &ExportTraceServiceRequest,
        deadline: Option<Instant>,
    ) -> Result<Accepted, Failure> {
        let prepared = self.transport.prepare(request)?;
        let mut delay = FIRST_DELAY;
        let mut retries = 0;
        loop {
            let left = deadline.map(|it| it.saturating_duration_since(Instant::now()));
            let failure = match prepared.attempt(left).await {
                Ok(accepted) => return Ok(accepted),
                Err(failure) => failure,
            };
            let Remedy::Retry(wait) = failure.remedy else {
                return Err(failure);
            };
            let wait = wait.max(delay + jitter(delay));
            let is_over =
                deadline.is_some_and(|it| it.saturating_duration_since(Instant::now()) <= wait);
            if retries == MAX_RETRIES || is_over {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            retries += 1;
            delay *= 2;
        }
    }

    /// Returns an error's text, without keys that the collector has repeated in its answer.
    fn sentence(&self, reason: &str) -> String {
        let mut text = format!("{} {reason}", self.name);
        for secret in &self.secrets {
            text = text.replace(secret, "***");
        }
        text
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("collector", &self.name)
            .finish_non_exhaustive()
    }
}

impl Transport {
    fn prepare<'a>(
        &'a self,
        request: &'a ExportTraceServiceRequest,
    ) -> Result<Prepared<'a>, Failure> {
        match self {
            Self::Http(http) => Ok(Prepared::Http(http, http.encode(request)?)),
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(grpc) => Ok(Prepared::Grpc(grpc, request)),
        }
    }
}

impl Prepared<'_> {
    async fn attempt(&self, timeout: Option<Duration>) -> Result<Accepted, Failure> {
        match self {
            Self::Http(http, body) => http.attempt(body.clone(), timeout).await,
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(grpc, request) => grpc.attempt((*request).clone(), timeout).await,
        }
    }
}

/// Returns a random part of `delay`, so that programs that failed together do not return together.
fn jitter(delay: Duration) -> Duration {
    use std::hash::{BuildHasher as _, RandomState};
    let random = RandomState::new().hash_one(()) % 100;
    delay * u32::try_from(random).unwrap_or(0) / 100
}
