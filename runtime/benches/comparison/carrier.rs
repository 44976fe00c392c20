//! The carrier, compared with OpenTelemetry's propagators on the same context.

use std::collections::HashMap;
use std::hint::black_box;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use traced_worker::Carrier;

use crate::harness::{Contender, Section};
use crate::report::Report;

const CARRIER: &str = "Carrier";
const PROPAGATOR: &str = "HashMap + TraceContextPropagator";

const ROUNDS: usize = 51;
const OPERATIONS: u64 = 20_000;

fn span_context(flags: TraceFlags) -> SpanContext {
    let trace_id = TraceId::from(black_box(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736));
    let span_id = SpanId::from(black_box(0x00f0_67aa_0ba9_02b7));
    SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE)
}

fn context(flags: TraceFlags, state: TraceState) -> Context {
    let ids = span_context(flags);
    Context::new().with_remote_span_context(SpanContext::new(
        ids.trace_id(),
        ids.span_id(),
        flags,
        false,
        state,
    ))
}

fn through_text(propagator: &dyn TextMapPropagator, context: &Context) -> Context {
    let mut carrier: HashMap<String, String> = HashMap::new();
    propagator.inject_context(context, &mut carrier);
    propagator.extract_with_context(&Context::new(), &carrier)
}

pub(crate) fn run(report: &mut Report) {
    let w3c = TraceContextPropagator::new();
    let mut plain_ratio = None;
    for (title, flags) in [
        (
            "inject + extract, no tracestate, no baggage",
            TraceFlags::SAMPLED,
        ),
        ("inject + extract, the random flag set", TraceFlags::new(3)),
    ] {
        let context = context(flags, TraceState::NONE);
        let section = Section::measure(
            title,
            report.rounds(ROUNDS),
            report.operations(OPERATIONS),
            vec![
                Contender::of(PROPAGATOR, || through_text(&w3c, &context)),
                Contender::of(CARRIER, || Carrier::inject(&context).extract()),
                // Every extraction makes a context, and every injection reads the fields of the
                // global propagator.
                Contender::of("lower bound: a context from ids at hand", || {
                    let custom = global::get_text_map_propagator(|it| it.fields().count());
                    (
                        custom,
                        Context::new().with_remote_span_context(span_context(flags)),
                    )
                }),
            ],
        );
        report.print(&section);
        plain_ratio.get_or_insert_with(|| section.ratio(CARRIER, PROPAGATOR));
    }
    report.add_ratio(
        "inject + extract, to a `HashMap` + `TraceContextPropagator`",
        None,
        plain_ratio.into_iter().collect(),
    );

    let plain = context(TraceFlags::SAMPLED, TraceState::NONE);
    let headers = HashMap::from([(
        "traceparent".to_owned(),
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
    )]);
    report.print(&Section::measure(
        "headers in, headers out, a plain traceparent",
        report.rounds(ROUNDS),
        report.operations(OPERATIONS),
        vec![
            Contender::of("TraceContextPropagator, extract + inject", || {
                let context = w3c.extract_with_context(&Context::new(), &headers);
                let mut sent: HashMap<String, String> = HashMap::new();
                w3c.inject_context(&context, &mut sent);
                sent
            }),
            Contender::of("Carrier::from_headers + headers into a HashMap", || {
                let carrier = Carrier::from_headers(&headers);
                let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
                carrier
                    .headers()
                    .iter()
                    .map(owned)
                    .collect::<HashMap<_, _>>()
            }),
            Contender::of("Carrier::from_headers + headers", || {
                let carrier = Carrier::from_headers(&headers);
                carrier
                    .headers()
                    .iter()
                    .map(|(_, value)| value.len())
                    .sum::<usize>()
            }),
        ],
    ));

    let members = (0..16).map(|at| (format!("vendor{at:02}"), "v".repeat(23)));
    let state = TraceState::from_key_value(members).unwrap_or_default();
    let entries = (0..20).map(|at| KeyValue::new(format!("key-{at:02}"), format!("a value {at}")));
    let rich = context(TraceFlags::SAMPLED, state).with_baggage(entries.collect::<Vec<_>>());
    let both = TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ]);
    report.print(&Section::measure(
        "inject + extract, 512 characters of tracestate, 20 baggage members",
        report.rounds(ROUNDS),
        report.operations(500),
        vec![
            Contender::of("HashMap + the SDK's two propagators", || {
                through_text(&both, &rich)
            }),
            Contender::of(CARRIER, || Carrier::inject(&rich).extract()),
        ],
    ));

    let guard = plain.attach();
    report.print(&Section::measure(
        "inject alone, of the current context",
        report.rounds(ROUNDS),
        report.operations(OPERATIONS),
        vec![
            Contender::of("Context::current", Context::current),
            Contender::of("Carrier::current", Carrier::current),
        ],
    ));
    drop(guard);
}
