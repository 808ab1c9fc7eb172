//! `make` killed at random instants, again and again, ends with the same bytes as one that nobody disturbed.

mod common;

use std::thread::sleep;
use std::time::Duration;

use common::{deliveries, two_rooms};

/// A small generator of numbers: which instants are tried is the same on every machine.
struct Instants(u64);

impl Instants {
    fn next_millis(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[test]
fn killed_thirty_times_it_ends_with_the_same_bytes() {
    let kills: u32 = std::env::var("SOUNDLOCK_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(30);
    let undisturbed = two_rooms();
    let start = std::time::Instant::now();
    undisturbed.run(&["make"]).done();
    let whole_millis = start.elapsed().as_millis() as u64;

    let killed = two_rooms();
    let mut instants = Instants(7);
    let mut killed_early = 0;
    for _ in 0..kills {
        let mut child = killed.start(&["--quiet", "make"]);
        // Instants over the first half of a whole run: each run goes a little further than the one before.
        sleep(Duration::from_millis(instants.next_millis(whole_millis / 2 + 1)));
        if child.try_wait().unwrap().is_none() {
            killed_early += 1;
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert!(killed_early > 0, "no run was killed before it ended, so nothing was tried");
    killed.run(&["make"]).done();
    assert_eq!(deliveries(&killed), deliveries(&undisturbed));
    killed.run(&["make"]).done().says("nothing to do");
}
