//! Functions that are `async`, with all that plain ones have.

#![forbid(unsafe_code)]
#![deny(warnings)]

use std::fmt::Display;

use traced_worker::{AsyncWorker, Metadata, Worker, traced_worker};

pub struct Job {
    id: u64,
}

#[traced_worker(
    name = "worker_fetch",
    kind = client,
    relation = link,
    caller = "fetch_page",
    fields(job.id, retries = ?_retries, result = Empty),
    err(Debug),
    ret
)]
pub async fn fetch(job: Job, mut _retries: u32) -> Result<u64, String> {
    if job.id == 0 {
        return Err("no such page".to_owned());
    }
    Ok(job.id)
}

#[traced_worker]
async fn nothing() {}

#[traced_worker(fields(x))]
async fn parts((x, _): (u8, u8), Job { id, .. }: Job) -> u64 {
    u64::from(x) + id
}

#[traced_worker(worker = Shown, fields(value = %value, N))]
async fn show<T: Display + Send + Sync + 'static, const N: usize>(value: T, list: [u8; N]) -> String
where
    T: Clone,
{
    format!("{value}{}", list.len())
}

#[deprecated]
#[traced_worker]
async fn old(id: u32) -> u32 {
    id
}

macro_rules! worker {
    ($name:ident, $message:ty) => {
        #[traced_worker]
        async fn $name(message: $message) -> $message {
            message
        }
    };
}

worker!(from_a_macro, Vec<u8>);

fn metadata<W: AsyncWorker>() -> &'static Metadata {
    W::METADATA
}

fn main() {
    assert_eq!(metadata::<fetch>().name(), "worker_fetch");
    assert_eq!(Shown::<u8, 3>::METADATA.name(), "show");
    let _ = (nothing::pool(), parts::pool(), from_a_macro::pool());
    let _ = fetch(Job { id: 1 }, 2);
    let _ = (nothing(), parts((1, 2), Job { id: 1 }), show(1, [1]), from_a_macro(vec![]));
    #[allow(deprecated)]
    let _ = (old(1), old::pool());
    let _inside = {
        #[traced_worker]
        async fn inside() -> u8 {
            7
        }
        inside::pool()
    };
}
