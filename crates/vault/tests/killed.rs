//! Killed at any instant, the next run goes on from there and ends with the same bytes.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{DrawError, clock};
use serde::Serialize;
use soundlock_vault::{Cancel, Hash, Keep, Key, Step, Vault, hash_file, run_all};

/// Where the child finds the vault it works in.
const VAULT_VARIABLE: &str = "SOUNDLOCK_KILLED_VAULT";
const STEPS: u32 = 300;
const KILLS: u32 = 30;

/// A file written in pieces, large enough to be caught half written; every fifth is a take, every seventh alike.
struct Slow(u32);

impl Step for Slow {
    type Error = DrawError;
    const VERSION: (&'static str, u32) = ("slow", 1);
    const EXTENSION: &'static str = "bin";

    fn inputs(&self) -> impl Serialize {
        self.0
    }

    fn make(&self, file: &Path) -> Result<(), DrawError> {
        use io::Write;
        let mut file = fs::File::create(file)?;
        let content = if self.0.is_multiple_of(7) { 0 } else { self.0 };
        for piece in 0..8u32 {
            file.write_all(&[content as u8 ^ piece as u8; 8192])?;
            file.write_all(&content.to_le_bytes())?;
            std::thread::sleep(Duration::from_micros(600));
        }
        Ok(())
    }

    fn keeps(&self) -> Keep {
        if self.0.is_multiple_of(5) { Keep::Take } else { Keep::Derived }
    }
}

fn work(dir: &Path) {
    let vault = Vault::open(dir, clock()).unwrap();
    let workers = NonZeroUsize::new(3).unwrap();
    let done = run_all((0..STEPS).collect(), workers, &Cancel::new(), |number| {
        let object = vault.run(&number.to_string(), &Slow(number)).map_err(|error| error.to_string())?;
        if object.made {
            vault.record("made", &number.to_string(), &object.key).map_err(|error| error.to_string())?;
        }
        Ok::<_, String>(())
    });
    done.unwrap();
}

#[test]
#[ignore = "the child of the test below, which sets where it works"]
fn child() {
    if let Some(dir) = std::env::var_os(VAULT_VARIABLE) {
        work(Path::new(&dir));
    }
}

fn start_child(dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "child"]).env(VAULT_VARIABLE, dir);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Every object by its path in the vault, with its bytes' hash, which must be its name.
fn objects(dir: &Path) -> BTreeMap<PathBuf, Hash> {
    let mut found = BTreeMap::new();
    for folder in fs::read_dir(dir.join("objects")).into_iter().flatten() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let hash = hash_file(&path).unwrap();
            assert_eq!(path.file_stem().unwrap().to_string_lossy(), hash.to_string(), "half an object");
            found.insert(path.strip_prefix(dir).unwrap().to_owned(), hash);
        }
    }
    found
}

fn noted(dir: &Path) -> BTreeSet<Key> {
    let vault = Vault::open_to_read(dir, clock()).unwrap();
    let keys = (0..STEPS).map(|number| vault.key_of(&Slow(number)).unwrap());
    keys.filter(|key| vault.find(key).unwrap().is_some()).collect()
}

#[test]
fn killed_thirty_times_it_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (undisturbed, killed) = (folder.path().join("undisturbed"), folder.path().join("killed"));
    work(&undisturbed);

    let (mut before, mut caught_at_work) = (BTreeSet::new(), 0);
    for round in 0..KILLS {
        let mut child = start_child(&killed);
        // From just after the start to well into the work; odd steps so that no instant of a loop is favoured.
        std::thread::sleep(Duration::from_micros(4_000 + u64::from(round * 7_919 % 31) * 1_000));
        child.kill().unwrap();
        caught_at_work += u32::from(!child.wait().unwrap().success());
        objects(&killed);
        let now = noted(&killed);
        assert!(now.is_superset(&before), "what was noted stays noted");
        before = now;
    }
    assert!(start_child(&killed).wait().unwrap().success());
    assert!(
        caught_at_work >= KILLS / 2,
        "only {caught_at_work} kills came before the end: make the work longer"
    );
    assert_eq!(objects(&killed), objects(&undisturbed));
    assert_eq!(noted(&killed).len(), STEPS as usize);

    let made = Vault::open(&killed, clock()).unwrap().entries("made", None).unwrap();
    let keys: BTreeSet<Key> = made.iter().map(|entry| entry.read().unwrap()).collect();
    assert_eq!(keys.len(), made.len(), "nothing was made twice once it was noted");
}
