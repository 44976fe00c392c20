//! A function without the attribute.

fn process(id: u32) -> u32 {
    id
}

fn main() {
    let _ = process::pool();
    let _ = process(1);
}
