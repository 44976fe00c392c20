//! The README is the front page of the repository and of the crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanId, Status, TraceContextExt as _, TraceId, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator, Sampler, SdkTracerProvider, SpanLimits};
use traced_worker_waterfall::Waterfall;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn the_repository_and_the_crate_have_the_same_readme() {
    assert_eq!(
        read("README.md"),
        read("runtime/README.md"),
        "copy README.md to runtime/README.md"
    );
}

/// A relative link works on a forge alone, a link to an item in rustdoc alone.
#[test]
fn links_work_on_a_forge_in_rustdoc_and_on_a_registry() {
    let mut links = 0;
    for file in [
        "README.md",
        "macros/README.md",
        "runtime/telemetry/README.md",
        "runtime/waterfall/README.md",
    ] {
        for link in read(file).split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            assert!(link.starts_with("https://"), "{file} links to {link}");
            links += 1;
        }
    }
    assert!(links > 0, "the scan finds links");
}

/// The spans of the README's first picture, as a collector got them: file, thread, nanoseconds of the
/// start, the end and the wait.
const SPANS: [(&str, &str, u64, u64, u64); 5] = [
    (
        "data/2025.parquet",
        "worker_process-0",
        17_587,
        142_729_916,
        9_104,
    ),
    (
        "data/2026.parquet",
        "worker_process-1",
        1_002_245,
        172_820_247,
        992_099,
    ),
    (
        "data/README.md",
        "worker_process-0",
        142_784_307,
        142_828_723,
        142_773_961,
    ),
    (
        "data/orders.csv",
        "worker_process-0",
        142_830_436,
        243_881_989,
        142_819_940,
    ),
    (
        "/proc/self/mem",
        "worker_process-1",
        181_040_050,
        181_124_466,
        181_029_313,
    ),
];

/// The trace of the picture, and the end of its root.
const TRACE: u128 = 0x2f0d_d7da_6684_0100_2eba_023c_1335_86fa;
const END: u64 = 249_281_999;

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One trace; its spans have the numbers from 1 on.
#[derive(Debug, Default)]
struct Ids(Mutex<u64>);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(TRACE)
    }

    fn new_span_id(&self) -> SpanId {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        SpanId::from(*last)
    }
}

/// Runs on a thread of this name.
fn on<T: Send>(name: &str, run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

#[test]
fn the_first_picture_is_as_it_is_drawn() {
    let text = Text::default();
    let waterfall = Waterfall::builder().writer(text.clone()).width(100);
    // Nothing is read from the environment.
    let provider = SdkTracerProvider::builder()
        .with_span_processor(waterfall.build().unwrap())
        .with_sampler(Sampler::AlwaysOn)
        .with_span_limits(SpanLimits::default())
        .with_id_generator(Ids::default())
        .build();
    let tracer = provider.tracer("readme");
    let at = |nanoseconds| UNIX_EPOCH + Duration::from_secs(1) + Duration::from_nanos(nanoseconds);
    let start = |span: SpanBuilder, parent: &Context| span.start_with_context(&tracer, parent);

    let root = tracer.span_builder("process_data").with_start_time(at(0));
    let root = on("main", || start(root, &Context::new()));
    let root = Context::new().with_span(root);
    for (file, thread, from, to, wait) in SPANS {
        let wait = Duration::from_nanos(wait).as_secs_f64();
        let attributes = vec![
            KeyValue::new("traced_worker.queue.wait", wait),
            KeyValue::new("file.path", file),
        ];
        let span = tracer
            .span_builder("worker_process")
            .with_start_time(at(from))
            .with_attributes(attributes);
        let mut span = on(thread, || start(span, &root));
        if file.starts_with("/proc") {
            let error = format!("cannot read {file}: Input/output error (os error 5)");
            span.set_status(Status::error(error));
        }
        span.end_with_timestamp(at(to));
    }
    root.span().end_with_timestamp(at(END));
    provider.shutdown().unwrap();

    let drawn = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
    let readme = read("README.md");
    let pictures = readme.split("```text\n").skip(1);
    let first = pictures
        .map(|rest| rest.split("```").next().unwrap())
        .next();
    assert_eq!(first, drawn.strip_prefix('\n'));
}

#[test]
fn telemetry_shows_the_picture_of_the_waterfall() {
    let readme = read("runtime/waterfall/README.md");
    let picture = readme.split("```text\n").nth(1).unwrap();
    let picture = picture.split("```").next().unwrap();
    let lines = picture.lines().map(|line| format!("//! {line}\n"));
    let telemetry = read("runtime/telemetry/src/lib.rs");
    assert!(
        telemetry.contains(&lines.collect::<Vec<_>>().concat()),
        "{picture}"
    );
}
