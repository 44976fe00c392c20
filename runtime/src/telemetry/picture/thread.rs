//! What the picture calls a thread.

use std::sync::Arc;
use std::thread::{self, Thread};

thread_local! {
    static LABEL: Arc<str> = label(&thread::current());
}

/// The current thread's label, made once a thread.
pub(super) fn current() -> Arc<str> {
    // A span may start while the thread's locals are being destroyed.
    LABEL
        .try_with(Arc::clone)
        .unwrap_or_else(|_| "ending thread".into())
}

fn label(thread: &Thread) -> Arc<str> {
    match thread.name() {
        Some("main") => "main thread".into(),
        Some(name) => name.into(),
        None => {
            let id = format!("{:?}", thread.id());
            let digits: String = id.chars().filter(char::is_ascii_digit).collect();
            format!("thread {digits}").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::current;

    #[test]
    fn a_named_thread_has_its_name() {
        let label = std::thread::Builder::new()
            .name("hash-3".into())
            .spawn(current);
        assert_eq!(
            &*label.expect("a thread").join().expect("a label"),
            "hash-3"
        );
    }

    #[test]
    fn an_unnamed_thread_has_its_number() {
        let label = std::thread::spawn(current).join().expect("a label");
        let number = label.strip_prefix("thread ").expect("a number");
        assert!(number.parse::<u64>().is_ok(), "{label}");
    }
}
