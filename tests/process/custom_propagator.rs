//! The fields of a custom global propagator travel.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{
    Extractor, Injector, TextMapCompositePropagator, TextMapPropagator,
};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use traced_worker::{Carrier, traced_worker};

#[derive(Clone, Debug, PartialEq)]
struct Tenant(String);

/// A company's own. It looks at the current context, as such code may.
#[derive(Debug)]
struct TenantPropagator([String; 1]);

impl TextMapPropagator for TenantPropagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        let _guard = context.clone().attach();
        if let Some(Tenant(name)) = Context::current().get::<Tenant>() {
            injector.set("X-Tenant", name.clone());
            injector.set("traceparent", "not its business".to_owned());
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        match extractor.get("x-tenant") {
            Some(name) => context
                .with_value(Tenant(name.to_owned()))
                // As B3 does: it reads the span from its own field, too.
                .with_remote_span_context(SpanContext::empty_context()),
            None => context.clone(),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

#[traced_worker]
fn look() -> (Option<Tenant>, SpanContext) {
    let context = Context::current();
    (
        context.get::<Tenant>().cloned(),
        context.span().span_context().clone(),
    )
}

#[test]
fn what_it_declares_is_injected_and_extracted_by_it() {
    if let Some(expected) = std::env::var_os(EXPECTED) {
        return reads_its_environment(expected.to_str().unwrap());
    }
    let pool = look::pool().threads(1).start().unwrap();
    let span_context = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        false,
        TraceState::from_key_value([("a", "b")]).unwrap(),
    );
    let context = Context::new()
        .with_value(Tenant("blue".to_owned()))
        .with_remote_span_context(span_context.clone());
    let guard = context.attach();
    let (tenant, seen) = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(
        (tenant, seen),
        (None, span_context.clone()),
        "without it only W3C travels"
    );

    global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
        Box::new(TenantPropagator(["x-tenant".to_owned()])),
    ]));
    let (tenant, seen) = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(tenant, Some(Tenant("blue".to_owned())));
    assert_eq!(seen, span_context, "the span is W3C's, and not remote");

    // A declared field crosses a process in every form; an undeclared one does not.
    let carrier = Carrier::current();
    let variables: Vec<_> = carrier.to_env().map(|(name, _)| name).collect();
    assert_eq!(variables, ["TRACEPARENT", "TRACESTATE", "X_TENANT"]);
    let mut fields = serde_json::to_value(&carrier).unwrap();
    assert_eq!(fields["X-Tenant"], "blue");
    fields["x-other"] = "ignored".into();
    let received: Carrier = serde_json::from_value(fields).unwrap();
    assert!(received.headers().iter().eq(&carrier.headers()));
    drop(guard);

    let (tenant, seen) = pool.dispatch(()).unwrap().wait().unwrap();
    assert_eq!(tenant, None, "nothing is left for the next");
    assert!(!seen.is_valid());

    let huge = Context::new().with_value(Tenant("x".repeat(10_000)));
    let before = Carrier::rejected_fields().oversize_custom_fields;
    assert!(Carrier::inject(&huge).is_empty());
    assert_eq!(
        Carrier::rejected_fields().oversize_custom_fields,
        before + 1
    );

    what_no_header_may_be_goes_neither_in_nor_out();
}

/// Fields that a propagator injects as they are.
struct RawFields(Vec<(&'static str, String)>);

/// The names of the fields that a propagator found.
#[derive(Debug, PartialEq)]
struct FoundNames(Vec<String>);

/// One that declares and sends whatever it is given.
#[derive(Debug)]
struct RawPropagator(Vec<String>);

impl TextMapPropagator for RawPropagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        let fields = context.get::<RawFields>();
        for (name, value) in fields.iter().flat_map(|fields| &fields.0) {
            injector.set(name, value.clone());
        }
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        let names = extractor.keys();
        for name in &names {
            let value = extractor.get(name).unwrap();
            assert!(is_legal(name, value), "{name:?}: {value:?}");
        }
        let names = names.into_iter().map(str::to_owned).collect();
        context.with_value(FoundNames(names))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

fn is_legal(name: &str, value: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b':')
        && value
            .bytes()
            .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        && value.trim_matches([' ', '\t']) == value
}

const NAMES: [&str; 7] = [
    "x-mine",
    "x mine",
    "x-mine: a\r\nset-cookie",
    "x-\0",
    "x-é",
    "",
    "9lives",
];
const VALUES: [&str; 10] = [
    "fine",
    " fine\t",
    "a\r\nSet-Cookie: evil=1",
    "a\nb",
    "a\r",
    "\na",
    "a\0b",
    "a\u{7f}",
    "é",
    "\u{2028}",
];

const EXPECTED: &str = "TRACED_WORKER_TEST_EXPECTED";

/// The test in a child process, whose variable `X_MINE` may be no legal header.
fn reads_its_environment(expected: &str) {
    global::set_text_map_propagator(RawPropagator(vec!["x-mine".to_owned()]));
    let carrier = Carrier::from_env();
    assert_eq!(carrier.headers().get("x-mine").unwrap_or(""), expected);
    let rejected = Carrier::rejected_fields().malformed_custom_field;
    assert_eq!(rejected, u64::from(expected.is_empty()));
}

fn what_no_header_may_be_goes_neither_in_nor_out() {
    let names = NAMES.map(str::to_owned).to_vec();
    global::set_text_map_propagator(RawPropagator(names));
    for name in NAMES {
        for value in VALUES {
            let is_legal_name = ["x-mine", "9lives"].contains(&name);
            let expected = (is_legal_name && value.contains("fine")).then_some("fine");
            let check = |carrier: &Carrier, source: &str| {
                let headers = carrier.headers();
                assert_eq!(headers.get(name), expected, "{source}: {name:?}: {value:?}");
                assert_eq!(headers.len(), usize::from(expected.is_some()));
                assert!(headers.iter().all(|(name, value)| is_legal(name, value)));
                let found = expected.map(|_| FoundNames(vec![name.to_owned()]));
                assert_eq!(carrier.extract().get(), found.as_ref());
            };
            let before = Carrier::rejected_fields().malformed_custom_field;

            let context = Context::new().with_value(RawFields(vec![(name, value.to_owned())]));
            check(&Carrier::inject(&context), "the propagator");
            check(&Carrier::from_headers([(name, value)]), "headers");
            let mut carrier = Carrier::new();
            carrier.set(name, value.to_owned());
            check(&carrier, "set");
            let fields = serde_json::json!({ name: value });
            check(
                &serde_json::from_value(fields.clone()).unwrap(),
                "a JSON value",
            );
            check(&serde_json::from_str(&fields.to_string()).unwrap(), "JSON");

            let rejected = Carrier::rejected_fields().malformed_custom_field - before;
            assert_eq!(
                rejected,
                if expected.is_some() { 0 } else { 5 },
                "{name:?}: {value:?}"
            );
        }
    }

    for value in VALUES.into_iter().filter(|value| !value.contains('\0')) {
        let expected = if value.contains("fine") { "fine" } else { "" };
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.env("X_MINE", value).env(EXPECTED, expected);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{value:?}: {output:?}");
    }

    // Without a field of its own, the propagator is not asked.
    let carrier = Carrier::from_headers([("baggage", "a=1")]);
    assert_eq!(carrier.extract().get::<FoundNames>(), None);

    // Bytes beyond ASCII, as HTTP headers may have them.
    let carrier = Carrier::from_headers([("x-mine", b"caf\xe9")]);
    assert!(carrier.is_empty());

    // A child process gets them under normalized names, or has them removed.
    let carrier = Carrier::from_headers([("9lives", "fine")]);
    let mut command = std::process::Command::new("program");
    carrier.apply_to(&mut command);
    let variables = command.get_envs();
    let variables: Vec<_> = variables
        .map(|(name, value)| (name.to_str().unwrap(), value))
        .collect();
    assert!(variables.contains(&("_9LIVES", Some(std::ffi::OsStr::new("fine")))));
    for name in ["X_MINE", "X__", "_", "TRACEPARENT"] {
        assert!(variables.contains(&(name, None)), "{name}: {variables:?}");
    }
    assert!(
        variables
            .iter()
            .all(|(name, _)| !name.contains(['\0', '=', '\r']))
    );
}
