//! Tests of the options in code, and of the environment's precedence.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    IdGenerator, InMemorySpanExporter, Sampler, SimpleSpanProcessor, SpanData, SpanExporter,
    SpanLimits,
};

use super::Builder;
use crate::Picture;
use crate::telemetry::Telemetry;

const LONG: Duration = Duration::from_secs(60);

/// Returns the telemetry in an environment with these variables.
fn set_up(builder: Builder, variables: &[(&str, &str)]) -> Telemetry {
    let set = builder.set_up(|name| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).into())
    });
    let (telemetry, _) = set.expect("telemetry");
    assert!(telemetry.warnings().is_empty(), "{telemetry:?}");
    telemetry
}

/// Returns a builder whose spans are kept, and the spans.
fn kept() -> (Builder, InMemorySpanExporter) {
    let spans = InMemorySpanExporter::default();
    (crate::builder().exporter(spans.clone()), spans)
}

/// Makes a span with two of everything, and returns it as it was exported. The exporter forgets it when
/// the telemetry ends.
fn span(
    builder: Builder,
    variables: &[(&str, &str)],
    spans: &InMemorySpanExporter,
) -> (Telemetry, Vec<SpanData>) {
    let telemetry = set_up(builder, variables);
    let tracer = telemetry.tracer_provider().tracer("test");
    let attributes = || vec![KeyValue::new("a", "12345"), KeyValue::new("b", "12345")];
    let (trace_id, span_id) = (TraceId::from(1), SpanId::from(2));
    let (flags, state) = (TraceFlags::SAMPLED, TraceState::default());
    let linked = SpanContext::new(trace_id, span_id, flags, false, state);
    let builder = tracer.span_builder("span").with_attributes(attributes());
    let link = Link::new(linked, attributes(), 0);
    let mut span = tracer.build(builder.with_links(vec![link.clone(), link]));
    span.add_event("event", attributes());
    span.add_event("event", attributes());
    drop(span);
    telemetry.flush().expect("exported");
    (telemetry, spans.get_finished_spans().expect("spans"))
}

/// Returns the numbers of attributes, events, links, and of attributes of an event and a link.
fn lengths(span: &SpanData) -> [usize; 5] {
    [
        span.attributes.len(),
        span.events.len(),
        span.links.len(),
        span.events
            .iter()
            .map(|it| it.attributes.len())
            .max()
            .unwrap_or(0),
        span.links
            .iter()
            .map(|it| it.attributes.len())
            .max()
            .unwrap_or(0),
    ]
}

#[test]
fn the_sampler_is_used_unless_the_environment_sets_one() {
    for (variable, expected) in [("", 0), ("always_on", 1)] {
        let (builder, spans) = kept();
        let variables = [("OTEL_TRACES_SAMPLER", variable)];
        let (_telemetry, spans) = span(builder.sampler(Sampler::AlwaysOff), &variables, &spans);
        assert_eq!(spans.len(), expected, "{variable}");
    }
}

#[test]
fn limits_are_used_unless_the_environment_sets_them() {
    let limits = SpanLimits {
        max_attributes_per_span: 1,
        max_events_per_span: 1,
        max_links_per_span: 1,
        max_attributes_per_event: 1,
        max_attributes_per_link: 1,
    };
    let variables = [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "2"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "2"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "2"),
    ];
    for (variables, expected) in [(&[][..], [1; 5]), (&variables, [2; 5])] {
        let (builder, spans) = kept();
        let (_telemetry, spans) = span(builder.span_limits(limits), variables, &spans);
        assert_eq!(lengths(&spans[0]), expected);
    }
}

#[test]
fn texts_are_cut_everywhere() {
    let length = |attribute: &KeyValue| match &attribute.value {
        Value::String(text) => text.as_str().len(),
        other => panic!("{other:?}"),
    };
    for (variables, expected) in [
        (&[][..], 2),
        (&[("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")], 3),
        (
            &[
                ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
                ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4"),
            ],
            4,
        ),
    ] {
        let (builder, spans) = kept();
        let builder = builder.attribute_value_length_limit(2);
        let (_telemetry, spans) = span(builder, variables, &spans);
        let span = &spans[0];
        let events = span.events.iter().flat_map(|it| &it.attributes);
        let links = span.links.iter().flat_map(|it| &it.attributes);
        let lengths: Vec<_> = span
            .attributes
            .iter()
            .chain(events)
            .chain(links)
            .map(length)
            .collect();
        assert_eq!(lengths, [expected; 10]);
    }
}

#[test]
fn attributes_of_the_resource_have_their_precedence() {
    let attribute = |resource: &Resource, key: &'static str| {
        resource.get(&key.into()).map(|value| value.to_string())
    };
    let builder = || {
        crate::builder()
            .service_name("in code")
            .resource_attributes([
                KeyValue::new("service.version", "1"),
                KeyValue::new("host.name", "in code"),
            ])
    };
    let resource = |variables: &[(&str, &str)]| {
        let (sent, received) = std::sync::mpsc::channel();
        let telemetry = set_up(builder().exporter(ResourceExporter(sent)), variables);
        drop(telemetry);
        received.recv().expect("a resource")
    };
    let of_code = resource(&[]);
    for (key, value) in [
        ("service.name", "in code"),
        ("service.version", "1"),
        ("host.name", "in code"),
        ("telemetry.sdk.language", "rust"),
    ] {
        assert_eq!(attribute(&of_code, key).as_deref(), Some(value), "{key}");
    }
    let of_environment = resource(&[
        ("OTEL_SERVICE_NAME", "named"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=x,service.version=2",
        ),
    ]);
    for (key, value) in [
        ("service.name", "named"),
        ("service.version", "2"),
        ("host.name", "in code"),
    ] {
        assert_eq!(
            attribute(&of_environment, key).as_deref(),
            Some(value),
            "{key}"
        );
    }
}

/// An exporter that sends its resource.
#[derive(Debug)]
struct ResourceExporter(std::sync::mpsc::Sender<Resource>);

impl SpanExporter for ResourceExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.send(resource.clone()).expect("the test waits");
    }
}

#[derive(Debug)]
struct Ids;

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(7)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(8)
    }
}

#[test]
fn ids_are_those_of_the_generator() {
    let (builder, spans) = kept();
    let (_telemetry, spans) = span(builder.id_generator(Ids), &[], &spans);
    let context = &spans[0].span_context;
    let ids = (context.trace_id(), context.span_id());
    assert_eq!(ids, (TraceId::from(7), SpanId::from(8)));
}

#[test]
fn further_processors_get_each_span_and_are_flushed() {
    let (builder, spans) = kept();
    let other = InMemorySpanExporter::default();
    let builder = builder.span_processor(SimpleSpanProcessor::new(other.clone()));
    let (_telemetry, spans) = span(builder, &[], &spans);
    assert_eq!(spans.len(), 1);
    assert_eq!(other.get_finished_spans().expect("spans").len(), 1);
}

#[test]
fn a_processor_alone_gets_each_span() {
    let other = InMemorySpanExporter::default();
    let builder = crate::builder().span_processor(SimpleSpanProcessor::new(other.clone()));
    let none = [("OTEL_TRACES_EXPORTER", "none")];
    let (_telemetry, spans) = span(builder, &none, &other);
    assert_eq!(spans.len(), 1);
}

#[cfg(feature = "tracing")]
#[test]
fn the_layer_makes_spans_of_this_telemetry_and_leaves_its_warnings_out() {
    use tracing_subscriber::prelude::*;
    let (builder, spans) = kept();
    let telemetry = set_up(builder, &[]);
    let subscriber = tracing_subscriber::registry().with(telemetry.tracing_layer());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("seen").in_scope(|| {
            tracing::info!("of the program");
            tracing::warn!(target: "opentelemetry_sdk", "of telemetry");
            tracing::warn!(target: "traced-worker", "of telemetry");
        });
    });
    telemetry.flush().expect("exported");
    let spans = spans.get_finished_spans().expect("spans");
    let [span] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    let events: Vec<_> = span.events.iter().map(|it| it.name.as_ref()).collect();
    assert_eq!(
        (span.name.as_ref(), events),
        ("seen", vec!["of the program"])
    );
}

/// An exporter that fails.
#[derive(Debug)]
struct Failing;

impl SpanExporter for Failing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("refused".into()))
    }
}

#[test]
fn an_exporter_in_code_is_counted() {
    for fails in [false, true] {
        let builder = if fails {
            crate::builder().exporter(Failing)
        } else {
            crate::builder().exporter(InMemorySpanExporter::default())
        };
        let telemetry = set_up(builder, &[]);
        drop(telemetry.tracer_provider().tracer("test").start("span"));
        let report = telemetry.shutdown(LONG);
        let counts = (report.spans.exported, report.spans.dropped_export_failed);
        assert_eq!(counts, if fails { (0, 1) } else { (1, 0) });
        assert_eq!(report.to_string().contains("refused"), fails, "{report}");
    }
}

#[test]
fn an_exporter_that_cannot_be_had_costs_each_span_and_says_why() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:1"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file"),
    ];
    let lookup = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).into())
    };
    let (telemetry, _) = crate::builder().set_up(lookup).expect("telemetry");
    drop(telemetry.tracer_provider().tracer("test").start("span"));
    let report = telemetry.shutdown(LONG);
    assert_eq!(report.spans.dropped_export_failed, 1, "{report}");
    assert!(
        report.to_string().contains("https://localhost:1/"),
        "{report}"
    );
    assert!(crate::builder().strict(true).set_up(lookup).is_err());
}

#[test]
fn a_disabled_sdk_records_nothing() {
    let (builder, spans) = kept();
    let disabled = [("OTEL_SDK_DISABLED", "true")];
    let (_telemetry, spans) = span(builder, &disabled, &spans);
    assert_eq!(spans.len(), 0);
}

#[cfg(not(feature = "config-file"))]
#[test]
fn a_configuration_file_without_its_feature_is_warned_of() {
    let (builder, spans) = kept();
    let set = builder.set_up(|name| (name == "OTEL_CONFIG_FILE").then(|| "/etc/otel.yaml".into()));
    let (telemetry, _) = set.expect("telemetry");
    let [warning] = telemetry.warnings() else {
        panic!("{:?}", telemetry.warnings());
    };
    let text = warning.to_string();
    assert!(
        text.starts_with("OTEL_CONFIG_FILE ") && text.contains("`config-file`"),
        "{text}"
    );
    drop(telemetry.tracer_provider().tracer("test").start("span"));
    telemetry.flush().expect("exported");
    assert_eq!(spans.get_finished_spans().expect("spans").len(), 1);
}

/// A terminal that keeps its text.
#[derive(Clone, Default)]
struct Terminal(Arc<Mutex<Vec<u8>>>);

impl Terminal {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

impl io::Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns what is drawn of a span with all parts.
fn drawn(configure: impl FnOnce(Builder) -> Builder) -> String {
    let terminal = Terminal::default();
    let builder = crate::builder().waterfall_to(terminal.clone());
    let telemetry = set_up(configure(builder.waterfall_width(100)), &[]);
    let tracer = telemetry.tracer_provider().tracer("test");
    let source = SpanContext::new(
        TraceId::from(u128::MAX),
        SpanId::from(2),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let builder = tracer
        .span_builder("span")
        .with_attributes(vec![
            KeyValue::new("file.path", "src/pool.rs"),
            KeyValue::new("traced_worker.queue.wait", 60.0),
        ])
        .with_links(vec![Link::with_context(source)]);
    let mut span = tracer.build_with_context(builder, &Context::new());
    span.add_event("retry", Vec::new());
    drop(span);
    assert!(telemetry.shutdown(LONG).is_clean());
    terminal.text()
}

#[test]
fn the_parts_of_the_waterfall_are_chosen_in_code() {
    let parts = ["{file", "waited", "retry", "from trace", "(set_up"];
    let seen = |text: &str| parts.map(|part| text.contains(part));
    let all = drawn(|builder| builder);
    assert_eq!(seen(&all), [true; 5], "{all}");
    let switches: [fn(Builder, bool) -> Builder; 5] = [
        Builder::waterfall_fields,
        Builder::waterfall_queue_wait,
        Builder::waterfall_events,
        Builder::waterfall_links,
        Builder::waterfall_threads,
    ];
    for (index, switch) in switches.into_iter().enumerate() {
        let text = drawn(|builder| switch(builder, false));
        let expected = std::array::from_fn(|part| part != index);
        assert_eq!(seen(&text), expected, "{text}");
    }
    let none = drawn(|builder| builder.waterfall_picture(Picture::OnError));
    assert_eq!(none, "");
}
