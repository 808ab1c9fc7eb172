//! A run that finds everything made costs next to nothing: a feature has some thousands of results.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{Draw, TestVault};
use rusqlite::params;
use soundlock_vault::{Hash, Step, Vault};

const RESULTS: u32 = 5_000;
/// Of the fastest of a few runs, on a machine that is not busy with other things.
const LIMIT: Duration = Duration::from_millis(100);
/// Where the machine is busy or its files are slow to look at: this many times the time of asking for each file once.
const LIMIT_IN_LOOKS: u32 = 10;

/// Ten results share each file, which makes the test quick and leaves what is measured as it is.
fn step(number: u32) -> Draw {
    Draw {
        seed: number,
        ..Draw::derived(&format!("a quay at dusk, seen from the boat, number {}", number / 10))
    }
}

fn subject(number: u32) -> String {
    format!("{}_{:04}", number / 100, number % 100 * 10)
}

/// What `run` would have left, put there in one transaction: five thousand syncs of the disk would take half a minute.
fn fill(vault: &Vault, dir: &Path) {
    let mut connection = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    let transaction = connection.transaction().unwrap();
    let sql = "insert into results (key, hash, extension, bytes, mtime, step, version, inputs, subject, keep, made_at) \
               values (?1, ?2, 'txt', ?3, ?4, 'draw', 1, '{}', ?5, 'derived', '2031-05-04T18:00:00Z')";
    let binary = |hex: &str| -> Vec<u8> {
        (0..32).map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap()).collect()
    };
    for number in 0..RESULTS {
        let step = step(number);
        let hash = Hash::of(step.prompt.as_bytes()).to_string();
        let path = dir.join("objects").join(&hash[..2]).join(format!("{hash}.{}", Draw::EXTENSION));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if number % 10 == 0 {
            fs::write(&path, &step.prompt).unwrap();
        }
        let metadata = fs::metadata(&path).unwrap();
        let mtime = metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec();
        let key = binary(&vault.key_of(&step).unwrap().to_string());
        let bytes = metadata.len().cast_signed();
        transaction.execute(sql, params![key, binary(&hash), bytes, mtime, subject(number)]).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn five_thousand_results_are_found_in_a_tenth_of_a_second() {
    let test = TestVault::new();
    fill(&test.open(), &test.dir());
    let steps: Vec<(String, Draw)> = (0..RESULTS).map(|number| (subject(number), step(number))).collect();
    let (mut fastest, mut looking) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        let start = Instant::now();
        let vault = test.open();
        let objects: Vec<_> = steps.iter().map(|(subject, step)| vault.run(subject, step).unwrap()).collect();
        fastest = fastest.min(start.elapsed());
        assert!(objects.iter().all(|object| !object.made));

        let start = Instant::now();
        assert!(objects.iter().all(|object| fs::metadata(&object.path).is_ok()));
        looking = looking.min(start.elapsed());
    }
    println!("{RESULTS} results found in {fastest:?}; looking at their files alone takes {looking:?}");
    assert!(fastest < LIMIT.max(looking * LIMIT_IN_LOOKS), "{fastest:?}; looking alone {looking:?}");
}
