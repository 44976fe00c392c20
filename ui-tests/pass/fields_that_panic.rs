//! A field whose evaluation panics does not keep the worker from running.

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

struct Job {
    tags: Vec<String>,
}

#[traced_worker(fields(first = job.tags[0], number = job.tags.len()))]
fn process(job: Job) -> usize {
    job.tags.len()
}

#[traced_worker(batch = 8, fields(first = jobs[0].tags[0], number = jobs.len()))]
fn batch(jobs: Vec<Job>) -> usize {
    jobs.len()
}

fn main() {
    // Of the panics that are caught nothing needs to be printed.
    std::panic::set_hook(Box::new(|info| {
        if std::thread::current().name() == Some("main") {
            eprintln!("{info}");
        }
    }));
    let (length, span) = run(process::pool(), Job { tags: Vec::new() });
    assert_eq!(length, 0);
    assert_eq!(span.attribute("first"), "\"(its evaluation panicked)\"");
    assert_eq!(span.attribute("number"), "0");

    let (length, span) = run(batch::pool(), Job { tags: Vec::new() });
    assert_eq!(*length, 1);
    assert_eq!(span.attribute("number"), "1");

    let tags = vec!["a".to_owned()];
    assert_eq!(run(process::pool(), Job { tags }).1.attribute("first"), "\"a\"");
}
