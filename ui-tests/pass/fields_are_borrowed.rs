//! Fields borrow: the body gets the argument whole, although it is no `Clone` and a field names
//! a part of it that could be moved out. `mut` is the body's own.

use traced_worker::traced_worker;
use traced_worker_ui_tests::run;

struct Job {
    name: String,
}

#[traced_worker(fields(name = job.name, list = ?list))]
fn process(mut job: Job, mut list: Vec<u8>) -> (String, Vec<u8>) {
    job.name.push('!');
    list.push(3);
    (job.name, list)
}

fn main() {
    let job = Job {
        name: "a".to_owned(),
    };
    let ((name, list), span) = run(process::pool(), (job, vec![1]));
    assert_eq!((name.as_str(), &*list), ("a!", &[1, 3][..]));
    assert_eq!(span.attribute("name"), "\"a\"");
    assert_eq!(span.attribute("list"), "\"[1]\"");
}
