//! Random load of several dispatchers: all counts add up.

use std::thread;
use std::time::Duration;

use traced_worker::{Pool, Threads, traced_worker};

/// A generator of numbers that are random enough (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

#[traced_worker]
fn leaf(number: u64) -> Result<u64, String> {
    match number {
        0 => panic!("on purpose"),
        1 => Err("on purpose".to_owned()),
        number => Ok(number),
    }
}

#[traced_worker]
fn node(leaves: Pool<leaf>, number: u64) -> u64 {
    let mut sum = 0;
    for part in 0..number {
        let handle = leaves.dispatch(part + 2).unwrap();
        sum += handle.wait().unwrap().unwrap();
    }
    sum
}

#[derive(Default)]
struct Expected {
    leaves: u64,
    nodes: u64,
    closures: u64,
    cancelled: u64,
}

fn dispatch(seed: u64, threads: &Threads, leaves: &Pool<leaf>, nodes: &Pool<node>) -> Expected {
    let mut random = Random(seed);
    let mut expected = Expected::default();
    for _ in 0..1500 {
        match random.below(5) {
            0 | 1 => {
                let handle = leaves.dispatch(random.below(6)).unwrap();
                expected.leaves += 1;
                if random.below(2) == 0 {
                    expected.cancelled += u64::from(handle.cancel());
                } else if random.below(4) == 0 {
                    let _ = handle.wait();
                }
            }
            2 => {
                let number = random.below(4);
                let handle = nodes.dispatch((leaves.clone(), number)).unwrap();
                expected.nodes += 1;
                expected.leaves += number;
                if random.below(8) == 0 {
                    let sum = (0..number).map(|part| part + 2).sum::<u64>();
                    assert_eq!(handle.wait().unwrap(), sum);
                }
            }
            3 => {
                let number = random.below(100);
                let handle = threads.spawn(move || number + 1).unwrap();
                expected.closures += 1;
                assert_eq!(handle.wait().unwrap(), number + 1);
            }
            _ => {
                leaves.send(2 + random.below(9)).unwrap();
                expected.leaves += 1;
            }
        }
    }
    expected
}

fn load(number: usize, at_once: usize, seed: u64) {
    let threads = Threads::new(number).unwrap();
    let leaves = leaf::pool()
        .on(&threads)
        .threads(at_once)
        .queue_capacity(16)
        .start()
        .unwrap();
    let nodes = node::pool().on(&threads).queue_capacity(8).start().unwrap();
    let mut total = Expected::default();
    thread::scope(|scope| {
        let dispatchers: Vec<_> = (0..4)
            .map(|number| {
                let (threads, leaves, nodes) = (&threads, &leaves, &nodes);
                scope.spawn(move || dispatch(seed * 16 + number, threads, leaves, nodes))
            })
            .collect();
        for dispatcher in dispatchers {
            let expected = dispatcher.join().unwrap();
            total.leaves += expected.leaves;
            total.nodes += expected.nodes;
            total.closures += expected.closures;
            total.cancelled += expected.cancelled;
        }
    });
    let report = nodes.shutdown(Duration::from_secs(60));
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.completed, total.nodes);
    let report = leaves.shutdown(Duration::from_secs(60));
    assert!(report.is_clean(), "{report}");
    let ended = report.completed + report.failed + report.panicked + report.cancelled;
    assert_eq!(ended, total.leaves);
    assert_eq!(report.cancelled, total.cancelled);
    assert!(report.failed > 0 && report.panicked > 0, "{report}");
    assert_eq!(
        threads.shutdown(Duration::from_secs(60)).completed,
        total.closures
    );
}

#[test]
fn counts_add_up_under_random_load() {
    load(1, 1, 1);
    load(2, 2, 2);
    load(3, 1, 3);
}
