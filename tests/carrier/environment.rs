//! The environment of child processes: "Environment Variables as Context Propagation Carriers" of
//! the OpenTelemetry specification.

use std::ffi::OsStr;
use std::process::Command;

use opentelemetry::propagation::Injector as _;
use traced_worker::Carrier;

const NAMES: [&str; 3] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"];
const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-12345678901234567890123456789012-1234567890123456-01",
);
const HEADERS: [(&str, &str); 3] = [
    TRACEPARENT,
    ("tracestate", "foo=1,bar=2"),
    ("baggage", "tenant=blue"),
];

#[test]
fn names_are_normalized() {
    // Section "Key Name Normalization". An empty name is no field, so it is not among these.
    for (name, variable) in [
        ("x-b3-traceid", "X_B3_TRACEID"),
        ("X-Amzn-Trace-Id", "X_AMZN_TRACE_ID"),
        ("already_GOOD_1", "ALREADY_GOOD_1"),
        ("3scale-id", "_3SCALE_ID"),
        ("9", "_9"),
        ("_x", "_X"),
        ("-x", "_X"),
        ("x.y~z!", "X_Y_Z_"),
    ] {
        let mut carrier = Carrier::new();
        carrier.set(name, "value".to_owned());
        let variables: Vec<_> = carrier.to_env().collect();
        assert_eq!(variables, [(variable.to_owned(), "value".to_owned())]);
    }
}

#[test]
fn every_variable_is_set_or_removed() {
    type Variables = [(&'static str, Option<&'static str>); 3];
    let cases: [(&[(&str, &str)], Variables); 3] = [
        (
            &HEADERS,
            [
                ("BAGGAGE", Some("tenant=blue")),
                ("TRACEPARENT", Some(TRACEPARENT.1)),
                ("TRACESTATE", Some("foo=1,bar=2")),
            ],
        ),
        (
            &[TRACEPARENT],
            [
                ("BAGGAGE", None),
                ("TRACEPARENT", Some(TRACEPARENT.1)),
                ("TRACESTATE", None),
            ],
        ),
        (
            &[],
            [
                ("BAGGAGE", None),
                ("TRACEPARENT", None),
                ("TRACESTATE", None),
            ],
        ),
    ];
    for (headers, expected) in cases {
        let mut command = Command::new("program");
        command.env("TRACESTATE", "stale=1");
        Carrier::from_headers(headers.iter().copied()).apply_to(&mut command);
        let variables: Vec<_> = command.get_envs().collect();
        let expected = expected.map(|(name, value)| (OsStr::new(name), value.map(OsStr::new)));
        assert_eq!(variables, expected);
    }
}

const GENERATION: &str = "TRACED_WORKER_TEST_GENERATION";

/// This test alone, in a process whose environment has no context.
fn next_generation(generation: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "environment::a_child_gets_this_context_and_no_other",
        ])
        .env(GENERATION, generation);
    for name in NAMES {
        command.env_remove(name);
    }
    command
}

fn run(mut command: Command) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && text.contains("1 passed");
    assert!(passed, "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_child_gets_this_context_and_no_other() {
    match std::env::var(GENERATION).as_deref() {
        // The test: its child has all three variables.
        Err(_) => {
            let mut command = next_generation("child");
            command.envs(Carrier::from_headers(HEADERS).to_env());
            run(command);
            run(next_generation("without context"));
        }
        // The child: the grandchild would inherit the variables that it does not get.
        Ok("child") => {
            assert_eq!(Carrier::from_env(), Carrier::from_headers(HEADERS));
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(std::env::args_os().skip(1));
            command.env(GENERATION, "grandchild");
            Carrier::from_headers([TRACEPARENT]).apply_to(&mut command);
            run(command);
        }
        Ok("grandchild") => {
            assert_eq!(Carrier::from_env(), Carrier::from_headers([TRACEPARENT]));
            assert_eq!(
                NAMES.map(|name| std::env::var_os(name).is_some()),
                [true, false, false]
            );
        }
        Ok(_) => assert!(Carrier::from_env().is_empty()),
    }
}
