//! The service that W3C's trace-context conformance suite tests, on workers.
//!
//! The suite (`test/test.py` of the repository w3c/trace-context) posts a list of calls to make;
//! the service makes them, and the suite looks at the headers that it gets. Here each list is a
//! message to a pool, and each call has a span of its own under the worker's.
//!
//! ```sh
//! cargo run --release -p traced-worker-examples --bin trace_context_service
//! STRICT_LEVEL=2 SPEC_LEVEL=2 python3 test.py http://127.0.0.1:5000/test
//! ```

use std::error::Error;
use std::thread;

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use serde_json::Value;
use tiny_http::{Request, Response, Server};
use traced_worker::{Carrier, Pool, Traced, traced_worker};

const ADDRESS: &str = "127.0.0.1:5000";

type BoxError = Box<dyn Error + Send + Sync>;

#[traced_worker(kind = server)]
fn answer(calls: Vec<Value>) -> Result<(), BoxError> {
    for call in calls {
        let url = call["url"].as_str().ok_or("a call has no url")?;
        global::tracer("trace_context_service").in_span("call", |_| {
            let carrier = Carrier::current();
            let mut request = ureq::post(url).content_type("application/json");
            for (name, value) in &carrier.headers() {
                request = request.header(name, value);
            }
            request.send(call["arguments"].to_string())
        })?;
    }
    Ok(())
}

fn main() -> Result<(), BoxError> {
    // Spans are made, and go nowhere.
    let _telemetry = traced_worker::telemetry::builder()
        .waterfall_to(std::io::sink())
        .init()?;
    let pool = answer::pool().threads(8).start()?;
    let server = Server::http(ADDRESS)?;
    println!("listening on http://{ADDRESS}");
    thread::scope(|scope| {
        for request in server.incoming_requests() {
            let pool = &pool;
            scope.spawn(move || {
                if let Err(error) = serve(pool, request) {
                    eprintln!("trace_context_service: {error}");
                }
            });
        }
    });
    Ok(())
}

fn serve(pool: &Pool<answer>, mut request: Request) -> Result<(), BoxError> {
    let fields = request.headers().iter();
    let fields = fields.map(|header| (header.field.as_str().as_str(), header.value.as_str()));
    let carrier = Carrier::from_headers(fields);
    let mut body = String::new();
    request.as_reader().read_to_string(&mut body)?;
    // The suite's first request has no body.
    let calls = serde_json::from_str(&body).unwrap_or_default();
    let handle = pool.dispatch_traced(Traced::from_parts(calls, carrier))?;
    let done = handle.wait()?;
    request.respond(Response::from_string("{}"))?;
    done
}
