//! The random flag (section 3.2.2.5.2): a property of the trace id, so it is sent on while the
//! trace is the same, whatever a sampler decides.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::Sampler;
use traced_worker::Carrier;
use traced_worker_tests::Recorder;

use crate::hop::{field, hop, hop_through_child};

fn flags(headers: &crate::hop::Headers) -> String {
    let traceparent = field(headers, "traceparent").unwrap();
    assert!(traceparent.contains("12345678901234567890123456789012"));
    traceparent[53..].to_owned()
}

#[test]
fn it_is_kept_by_the_worker_span_and_its_children_sampled_or_dropped() {
    type MakeSampler = fn() -> Sampler;
    let parent_based: MakeSampler = || Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    for (sampler, incoming, sent_on) in [
        (parent_based, "03", "03"),
        (parent_based, "02", "02"),
        (parent_based, "01", "01"),
        (parent_based, "00", "00"),
        (|| Sampler::AlwaysOff, "03", "02"),
        (|| Sampler::AlwaysOff, "02", "02"),
        (|| Sampler::AlwaysOff, "01", "00"),
        (|| Sampler::AlwaysOn, "02", "03"),
        (|| Sampler::AlwaysOn, "00", "01"),
        // The flags that level 2 does not define are cleared.
        (parent_based, "ff", "03"),
        (parent_based, "fc", "00"),
    ] {
        let recorder = Recorder::with_sampler(sampler());
        let traceparent =
            format!("00-12345678901234567890123456789012-1234567890123456-{incoming}");
        let headers = [("traceparent", &*traceparent)];
        assert_eq!(flags(&hop(&recorder, &headers)), sent_on, "{incoming}");
        let child = hop_through_child(&recorder, &headers);
        assert_eq!(flags(&child), sent_on, "{incoming}, child");
    }
}

#[test]
fn another_trace_does_not_get_it() {
    let traceparent = "00-12345678901234567890123456789012-1234567890123456-02";
    let context = Carrier::from_headers([("traceparent", traceparent)])
        .extract()
        .with_remote_span_context(SpanContext::new(
            TraceId::from(99),
            SpanId::from(5),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ));
    assert_eq!(Carrier::inject(&context).trace_flags(), TraceFlags::SAMPLED);
}

#[test]
fn flags_that_are_not_defined_do_not_get_in_from_a_span_either() {
    let context = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(99),
        SpanId::from(5),
        TraceFlags::new(0xff),
        false,
        TraceState::NONE,
    ));
    assert_eq!(Carrier::inject(&context).trace_flags(), TraceFlags::new(3));
}
