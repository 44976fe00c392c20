//! The spans of a pipeline on rayon's threads are one trace.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use traced_worker_tests::receiver::Receiver;

const FILES: usize = 40;

/// Returns a folder with files of ten different contents.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in 0..FILES {
        let text = "x".repeat(file % 10);
        fs::write(folder.path().join(format!("{file:02}.txt")), text).unwrap();
    }
    folder
}

fn pipeline(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_rayon_pipeline"))
        .arg(".")
        .current_dir(folder)
        .env_clear()
        .env("RAYON_NUM_THREADS", "4")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    output
}

#[test]
fn each_step_is_a_child_of_the_pipeline() {
    let (folder, receiver) = (folder(), Receiver::start(200));
    let endpoint = receiver.url("");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let output = pipeline(folder.path(), &variables);

    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("40 files, 180 bytes\n"), "{text}");
    assert!(text.contains("equal: ./03.txt ./13.txt ./23.txt ./33.txt\n"));
    assert!(text.ends_with("spans: 44 ended, 44 exported, 0 dropped\n"));

    let spans = receiver.received();
    let named = |name: &str| {
        spans
            .iter()
            .filter(|it| it.name == name)
            .collect::<Vec<_>>()
    };
    let pipeline = named("pipeline")[0];
    assert_eq!(pipeline.parent_span_id, [0; 0]);
    for (name, count) in [("list", 1), ("hash", FILES), ("sum", 1), ("group", 1)] {
        let steps = named(name);
        assert_eq!(steps.len(), count, "{name}");
        for step in steps {
            assert_eq!(step.trace_id, pipeline.trace_id, "{name}");
            assert_eq!(step.parent_span_id, pipeline.span_id, "{name}");
        }
    }
}

#[test]
fn one_trace_is_drawn() {
    let folder = folder();
    let output = pipeline(folder.path(), &[]);
    let waterfall = String::from_utf8(output.stderr).unwrap();
    let traces: Vec<_> = waterfall
        .lines()
        .filter(|line| line.starts_with("trace "))
        .collect();
    assert_eq!(traces.len(), 1, "{waterfall}");
    assert!(traces[0].ends_with(", 44 spans"), "{waterfall}");
}
