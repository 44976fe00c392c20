//! A reference that is returned.

use traced_worker::traced_worker;

#[traced_worker]
fn process(text: &'static str) -> Result<&str, Box<dyn std::error::Error + '_>> {
    Ok(text)
}

fn main() {
    let _ = process("");
}
