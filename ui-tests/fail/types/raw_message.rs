//! A message without its carrier, put into a queue of traced messages.

use traced_worker::{Traced, channel, crossbeam_channel};

fn main() {
    let (_sender, receiver) = channel::bounded::<u32>(1);
    // Taken out of the queue as if it had none:
    let _: u32 = receiver.recv().unwrap();
    // Through crossbeam's own sender:
    let (raw, _receiver) = crossbeam_channel::bounded::<Traced<u32>>(1);
    let _ = raw.send(7_u32);
}
