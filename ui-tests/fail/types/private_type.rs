//! A public worker of a private type.

use traced_worker::traced_worker;

mod jobs {
    struct Job;

    #[super::traced_worker]
    #[allow(private_interfaces, reason = "this is not about the function")]
    pub fn process(job: Job) -> Option<Job> {
        Some(job)
    }
}

fn main() {
    let _ = jobs::process::pool();
}
