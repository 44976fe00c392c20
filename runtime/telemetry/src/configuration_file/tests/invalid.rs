//! Tests of files that are not valid: all problems, each with its place, and no secret.

use std::fs;

use super::super::{contents, read};
use super::{errors, exporter, provider, with};

#[test]
fn all_problems_are_named_with_their_places() {
    let text = "file_format: \"1.1\"\ndisabled: maybe\nresource:\ntracer_provider:\n  processors:\n  - \
                batch:\n      exporter: {otlp_http: {endpoint: \"localhost:4318\", compression: zstd, \
                headers: [{name: \"a b\", value: x}]}}\n  - other: {}\n  - simple: {}\n  sampler:\n    \
                parent_based: {root: {sometimes: }}\n  limits:\n    event_count_limit: -1\n  extra: 1\n";
    let otlp = "tracer_provider.processors[0].batch.exporter.otlp_http";
    let expected = [
        "disabled (line 2) is a string: expected a boolean".to_owned(),
        "resource (line 3) is null: expected a mapping".to_owned(),
        format!(
            "{otlp}.endpoint (line 7) is not an http:// or https:// address, such as \
             http://localhost:4318"
        ),
        format!("{otlp}.headers[0] (line 7) has a character in its name that no header may have"),
        format!("{otlp}.compression (line 7) is \"zstd\": expected gzip or none"),
        "tracer_provider.processors[1].other (line 8) is not supported: expected batch or simple"
            .to_owned(),
        "tracer_provider.processors[2].simple (line 9) has no `exporter`, which is required".to_owned(),
        "tracer_provider.limits.event_count_limit (line 13) is \"-1\": expected an integer from 0 to \
         4294967295"
            .to_owned(),
        "tracer_provider.sampler.parent_based.root.sometimes (line 11) is not supported: expected \
         always_on, always_off, trace_id_ratio_based or parent_based"
            .to_owned(),
        "tracer_provider.extra (line 14) is not known: expected processors, limits, sampler, \
         id_generator, tracer_configurator/development"
            .to_owned(),
    ];
    assert_eq!(errors(text), expected);
}

#[test]
fn a_value_that_a_variable_gives_is_not_shown() {
    let variables = [
        ("KEY", "secret"),
        ("ADDRESS", "http://user:secret@h:0/?k=secret"),
    ];
    for text in [
        exporter("otlp_http", "compression: ${KEY}"),
        exporter("otlp_http", "timeout: ${KEY}"),
        exporter("otlp_http", "endpoint: ${ADDRESS}"),
        exporter("otlp_http", "endpoint: ${KEY}"),
        exporter("otlp_http", "headers_list: ${KEY}"),
        exporter("otlp_http", "headers: [{name: a, value: \"${KEY}\\n\"}]"),
        exporter("otlp_http", "headers: [\"${KEY}\"]"),
        exporter("otlp_http", "headers: \"${KEY}\""),
        exporter("otlp_http", "tls: {ca_file: \"${KEY}\"}"),
        exporter("otlp_http", "headers: [{name: a, value: 1234secret, x: 1}]"),
        exporter("otlp_http", "headers_list: a secret=1"),
        provider("sampler: ${KEY}"),
        provider("limits: {event_count_limit: \"${KEY}\"}"),
        provider("id_generator: ${KEY}"),
        "file_format: ${KEY}".to_owned(),
        "file_format: \"1.1\"\nlog_level: ${KEY}".to_owned(),
        "file_format: \"1.1\"\npropagator: {composite_list: \"${KEY}\"}".to_owned(),
        "file_format: \"1.1\"\nresource: {attributes_list: \"${KEY}\"}".to_owned(),
        "file_format: ${sk secret}".to_owned(),
    ] {
        let errors = with(&text, &variables).map(|(it, _)| it).expect_err(&text);
        let errors = errors.join("\n");
        assert!(!errors.contains("secret"), "{errors}");
    }
}

#[test]
fn yaml_that_is_not_valid_has_a_line_and_a_column() {
    for (text, start) in [
        ("a: [1", "line "),
        (
            "a: 1\na: 2",
            "line 2, column 1: has the key a a second time",
        ),
        ("a: *b", "line 1, column "),
        ("a: &b [*b]", "line 1, column 8: has an alias"),
        ("? [a]\n: 1", "line 1, column 3: has a collection as a key"),
        ("a: 1\n---\nb: 1", "line 2, column 1: is a second document"),
        ("a: !other 1", "line 1, column "),
        ("a: !!int x", "line 1, column "),
        ("a:\n\tb: 1", "line 2, column "),
        ("", "line 1 is null: expected a mapping"),
        ("[]", "line 1 is a sequence: expected a mapping"),
    ] {
        let errors = errors(text);
        assert_eq!(errors.len(), 1, "{text:?} {errors:?}");
        assert!(errors[0].starts_with(start), "{text:?} {errors:?}");
    }
}

#[test]
fn a_file_is_bounded() {
    let deep = "[".repeat(100);
    let nodes = "- 1\n".repeat(10_001);
    let levels = (1..10).map(|level| {
        let before = format!("*a{}, ", level - 1).repeat(10);
        format!("a{level}: &a{level} [{before}]")
    });
    let levels: Vec<_> = levels.collect();
    let bomb = format!(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}",
        levels.join("\n")
    );
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(500_000), "*a, ".repeat(100));
    for text in [deep, nodes, bomb, text] {
        assert_eq!(errors(&text).len(), 1);
    }
    let variables = [("BIG", "x".repeat(100_000))];
    let variables: Vec<_> = variables
        .iter()
        .map(|(key, it)| (*key, it.as_str()))
        .collect();
    assert!(with(&"${BIG}".repeat(100), &variables).is_err());
    let unknown: Vec<_> = (0..100).map(|it| format!("a{it}: 1")).collect();
    let unknown = unknown.join(", ");
    let errors = errors(&format!("file_format: \"1.1\"\nresource: {{{unknown}}}"));
    assert_eq!(errors.len(), 51);
    assert_eq!(errors[50], "50 more problems");
}

#[test]
fn aliases_are_nodes_of_their_own() {
    let text = format!(
        "x: &limits {{event_count_limit: 7}}\n{}",
        provider("limits: *limits")
    );
    let (settings, warnings) = with(&text, &[]).expect("valid");
    assert_eq!(settings.limits.events, Some(7));
    assert_eq!(warnings, ["x (line 1) is not known, and ignored"]);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = std::env::temp_dir().join(format!("config-file-{}", std::process::id()));
    fs::create_dir_all(folder.join("folder.yaml")).expect("a folder");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    write("utf8.yaml", b"a: \xff");
    write("large.yml", &vec![b'#'; 1024 * 1024 + 1]);
    write("bom.yaml", b"\xef\xbb\xbffile_format: \"1.1\"\n");
    for (name, problem) in [
        ("absent.yaml", "cannot be read: "),
        ("folder.yaml", "is not a regular file"),
        ("utf8.yaml", "is not UTF-8, from byte 3 on"),
        ("large.yml", "has more than 1048576 bytes"),
        ("bom.yaml.json", "is expected to end in .yaml or .yml"),
    ] {
        let path = folder.join(name);
        assert!(
            contents::read(&path).expect_err(name).starts_with(problem),
            "{name}"
        );
        let error = read(&path, &|_| None, false).expect_err(name).to_string();
        let start = format!("OTEL_CONFIG_FILE {}: {problem}", path.display());
        assert!(error.starts_with(&start), "{error}");
    }
    let (settings, warnings) = read(&folder.join("bom.yaml"), &|_| None, true).expect("valid");
    assert!(settings.is_no_op);
    let warning = warnings[0].to_string();
    assert!(
        warning.ends_with("takes the place of the exporter that is set in code"),
        "{warning}"
    );
    fs::remove_dir_all(folder).expect("removed");
}
