//! Fields: keys of every kind, values of every kind, `%` and `?`, and shorthand.

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

struct Job {
    id: u64,
    owner: Owner,
    r#type: &'static str,
}

#[derive(Debug)]
struct Owner {
    name: String,
}

#[traced_worker(fields(
    job.id,
    job.r#type,
    job.owner.name,
    owner = ?job.owner,
    debug.owner = ?job.owner.name,
    display = %job.owner.name,
    "a key, with spaces" = job.owner.name.len(),
    owner.type = "none",
    answer = 6 * 7,
    large = u64::MAX,
    ratio = 0.5,
    letter = 'x',
    yes = job.id > 3 && true,
    ?text,
    %ratios,
    closure = (|a: i32, b: i32| a + b)(1, 2),
))]
fn process(job: Job, text: Option<&'static str>, ratios: f32) -> usize {
    let _ = (text, ratios);
    job.owner.name.len()
}

fn main() {
    let owner = Owner {
        name: "Ada".to_owned(),
    };
    let job = Job {
        id: 7,
        owner,
        r#type: "hash",
    };
    let (output, span) = run(process::pool(), (job, Some("a"), 1.5));
    assert_eq!(output, 3);
    for (key, value) in [
        ("job.id", "7"),
        ("job.type", "\"hash\""),
        ("job.owner.name", "\"Ada\""),
        ("owner", "\"Owner { name: \\\"Ada\\\" }\""),
        ("debug.owner", "\"\\\"Ada\\\"\""),
        ("display", "\"Ada\""),
        ("a key, with spaces", "3"),
        ("owner.type", "\"none\""),
        ("answer", "42"),
        ("large", "\"18446744073709551615\""),
        ("ratio", "0.5"),
        ("letter", "\"x\""),
        ("yes", "true"),
        ("text", "\"Some(\\\"a\\\")\""),
        ("ratios", "\"1.5\""),
        ("closure", "3"),
    ] {
        assert_eq!(span.attribute(key), value, "{key}");
    }
}
