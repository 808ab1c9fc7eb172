//! A full disk and a place that cannot be written to are errors that name the path, and nothing is left half.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use common::{Draw, DrawError, TestVault, clock};
use serde::Serialize;
use soundlock_vault::{RunError, Step, Vault, VaultError};

fn io_error(error: VaultError) -> (std::path::PathBuf, io::Error) {
    match error {
        VaultError::Io { path, source, .. } => (path, source),
        other => panic!("not an error of the file system: {other:?}"),
    }
}

#[test]
fn a_file_where_a_folder_should_be_is_named() {
    let test = TestVault::new();
    fs::write(test.dir(), "a file").unwrap();
    let (path, _) = io_error(Vault::open(&test.dir(), clock()).unwrap_err());
    assert_eq!(path, test.dir());
    assert_eq!(fs::read(test.dir()).unwrap(), b"a file", "what stood there still does");

    for place in ["objects", "tmp", "lock", "ledger.db"] {
        let test = TestVault::new();
        fs::create_dir_all(test.dir()).unwrap();
        let blocked = test.dir().join(place);
        if place.contains('.') || place == "lock" {
            fs::create_dir(&blocked)
        } else {
            fs::write(&blocked, "")
        }
        .unwrap();
        let (path, _) = io_error(Vault::open(&test.dir(), clock()).unwrap_err());
        assert_eq!(path, blocked, "{place}");
    }
}

#[test]
fn an_object_that_cannot_be_put_in_place_is_not_noted() {
    let test = TestVault::new();
    let vault = test.open();
    let hash = soundlock_vault::Hash::of(b"quay").to_string();
    let blocked = test.dir().join("objects").join(&hash[..2]);
    fs::write(&blocked, "").unwrap();
    let RunError::Vault(error) = vault.run("12_0040-1", &Draw::take("quay")).unwrap_err() else { panic!() };
    io_error(error);
    fs::remove_file(&blocked).unwrap();
    drop(vault);

    let vault = test.open();
    assert!(vault.run("12_0040-1", &Draw::take("quay")).unwrap().made, "and the next run makes it");
}

/// Fills the disk.
struct TooLarge;

impl Step for TooLarge {
    type Error = DrawError;
    const VERSION: (&'static str, u32) = ("too large", 1);
    const EXTENSION: &'static str = "bin";

    fn inputs(&self) -> impl Serialize {}

    fn make(&self, file: &Path) -> Result<(), DrawError> {
        Ok(fs::write(file, vec![0; 4 << 20])?)
    }
}

/// A disk of one mebibyte, taken away again when dropped; `None` where it cannot be had.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let Some(disk) = SmallDisk::new() else { return };
    let vault = Vault::open(&disk.0.path().join(".soundlock"), clock()).unwrap();
    let kept = vault.run("12_0040", &Draw::derived("quay")).unwrap();
    assert!(matches!(vault.run("12_0050", &TooLarge), Err(RunError::Step(_))), "the step meets it first");

    let filler = disk.0.path().join("filler");
    // As much as fits; what is left is less than a page.
    let _ = fs::write(&filler, vec![0; 4 << 20]);
    let mut refusals = Vec::new();
    for number in 0..200 {
        refusals.extend(vault.record("note", "12_0040", &format!("{number}: {}", "long ".repeat(400))).err());
    }
    let error = refusals.pop().expect("the ledger meets the full disk too");
    assert!(error.hint().is_some_and(|hint| hint.contains("soundlock clean")), "{error:?}");
    let (path, source) = io_error(error);
    assert!(path.ends_with("ledger.db") && source.kind() == io::ErrorKind::StorageFull, "{source:?}");
    let refused = vault.run("12_0060", &Draw::derived("attic")).unwrap_err();
    assert!(matches!(refused, RunError::Vault(VaultError::Io { .. }) | RunError::Step(_)), "{refused:?}");
    assert_eq!(vault.read(&kept).unwrap(), b"quay");

    fs::remove_file(&filler).unwrap();
    let recorded = vault.entries("note", None).unwrap().len();
    assert_eq!(recorded + refusals.len() + 1, 200, "each entry is there or was refused");
    assert!(vault.run("12_0060", &Draw::derived("attic")).unwrap().made, "with room again the work goes on");
    assert!(!vault.run("12_0040", &Draw::derived("quay")).unwrap().made);
}
