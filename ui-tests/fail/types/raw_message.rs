//! A message without its carrier, put into a traced queue.

use traced_worker::channel;

fn main() {
    let (sender, receiver) = channel::bounded::<u32>(1);
    // Through crossbeam's own sender:
    let raw: &crossbeam_channel::Sender<_> = &sender;
    let _ = raw.send(7_u32);
    // Out of the queue, as if it had none:
    let _: u32 = receiver.recv().unwrap();
}
