//! Results are found, made, checked, mended and freed; entries are kept in order; explanations name what changed.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::{Draw, Length, TestVault};
use proptest::prelude::*;
use serde_json::json;
use soundlock_vault::*;

#[test]
fn a_result_is_made_once_and_found_ever_after() {
    let test = TestVault::new();
    let vault = test.open();
    let made = vault.run("12_0040", &Draw::derived("quay")).unwrap();
    let found = vault.run("12_0040", &Draw::derived("quay")).unwrap();
    assert!(made.made && !found.made);
    assert_eq!((made.hash, &made.path), (Hash::of(b"quay"), &found.path));
    assert!(made.path.ends_with(format!("objects/{}/{}.txt", &made.hash.to_string()[..2], made.hash)));
    assert_eq!(vault.read(&found).unwrap(), b"quay");
    drop(vault);

    let vault = test.open();
    assert!(!vault.run("12_0040", &Draw::derived("quay")).unwrap().made, "found by the next run too");
    assert!(vault.run("12_0040", &Draw::derived("attic")).unwrap().made);
    assert_eq!(fs::read_dir(test.dir().join("tmp")).unwrap().count(), 0, "nothing is left beside");
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let test = TestVault::new();
    let vault = test.open();
    let failed = vault.run("12_0040", &Draw { fails: true, ..Draw::derived("quay") }).unwrap_err();
    assert!(matches!(failed, RunError::Step(_)), "{failed:?}");
    let nothing = vault.run("12_0040", &Draw { writes: false, ..Draw::derived("quay") }).unwrap_err();
    assert_eq!(nothing.to_string(), "`draw` of 12_0040 left no file");
    assert_eq!(test.files("objects"), Vec::<String>::new());
    assert_eq!(fs::read_dir(test.dir().join("tmp")).unwrap().count(), 0);
}

#[test]
fn two_runs_in_one_film_do_not_meet() {
    let test = TestVault::new();
    let vault = test.open();
    let busy = Vault::open(&test.dir(), common::clock()).unwrap_err();
    assert!(matches!(busy, VaultError::Busy { pid: Some(pid), .. } if pid == std::process::id()), "{busy:?}");
    assert_eq!(busy.to_string(), format!("the film is in use by process {}", std::process::id()));
    drop(vault);
    test.open();
}

#[test]
fn reading_needs_no_lock_and_changes_nothing() {
    let test = TestVault::new();
    let empty = Vault::open_to_read(&test.dir(), common::clock()).unwrap();
    assert!(empty.entries("note", None).unwrap().is_empty() && !test.dir().exists());

    let vault = test.open();
    vault.run("12_0040", &Draw::derived("quay")).unwrap();
    vault.record("note", "12_0040", &"seen").unwrap();
    let reader = Vault::open_to_read(&test.dir(), common::clock()).unwrap();
    assert!(!reader.run("12_0040", &Draw::derived("quay")).unwrap().made);
    assert_eq!(reader.latest("note", "12_0040").unwrap().unwrap().data, "seen");
    for refused in [
        reader.record("note", "12_0040", &1).map(drop).unwrap_err(),
        reader.free(&Garbage::default()).map(drop).unwrap_err(),
    ] {
        assert!(matches!(refused, VaultError::ReadOnly { .. }), "{refused:?}");
    }
    let refused = reader.run("12_0040", &Draw::derived("attic")).unwrap_err();
    assert!(matches!(refused, RunError::Vault(VaultError::ReadOnly { .. })), "{refused:?}");
}

/// What may have happened to a file since it was stored.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Harm {
    Cut,
    Changed,
    Gone,
    OnlyTouched,
}

fn harm(object: &Object, how: Harm) {
    match how {
        Harm::Cut => fs::write(&object.path, b"qu").unwrap(),
        Harm::Changed => fs::write(&object.path, b"QUAY").unwrap(),
        Harm::Gone => fs::remove_file(&object.path).unwrap(),
        Harm::OnlyTouched => {
            let file = fs::File::options().write(true).open(&object.path).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
    }
}

#[test]
fn a_damaged_derived_result_is_made_again_and_said() {
    for how in [Harm::Cut, Harm::Changed, Harm::Gone, Harm::OnlyTouched] {
        let test = TestVault::new();
        let warnings = Arc::new(Warnings::default());
        let vault = test.open().reporting_to(warnings.clone());
        let object = vault.run("12_0040", &Draw::derived("quay")).unwrap();
        harm(&object, how);
        let again = vault.run("12_0040", &Draw::derived("quay")).unwrap();
        assert_eq!(again.made, how != Harm::OnlyTouched, "{how:?}");
        assert_eq!(vault.read(&again).unwrap(), b"quay", "{how:?}");
        assert_eq!(warnings.0.lock().unwrap().len(), usize::from(how != Harm::OnlyTouched), "{how:?}");
        assert!(!vault.run("12_0040", &Draw::derived("quay")).unwrap().made, "{how:?}");
    }
}

#[test]
fn a_damaged_take_is_put_aside_and_never_made_again_on_its_own() {
    for how in [Harm::Cut, Harm::Changed, Harm::Gone] {
        let test = TestVault::new();
        let vault = test.open();
        let object = vault.run("12_0040-3", &Draw::take("quay")).unwrap();
        harm(&object, how);
        for time in 1..=2 {
            let error = vault.run("12_0040-3", &Draw::take("quay")).unwrap_err();
            assert!(matches!(
                error,
                RunError::Vault(VaultError::Damaged { .. } | VaultError::Missing { .. })
            ));
            assert!(error.to_string().contains("12_0040-3"), "{how:?} {time}: {error}");
        }
        assert_eq!(test.files("damaged").len(), usize::from(how != Harm::Gone), "{how:?}");
        assert!(vault.give_up(&object.key).unwrap(), "an explicit request lets it be made again");
        assert!(vault.run("12_0040-3", &Draw::take("quay")).unwrap().made, "{how:?}");
        assert!(!vault.give_up(&object.key).unwrap(), "a sound take is not given up");
    }
}

#[test]
fn a_damaged_take_that_cost_nothing_is_made_again_and_said() {
    for how in [Harm::Cut, Harm::Changed, Harm::Gone] {
        let test = TestVault::new();
        let warnings = Arc::new(Warnings::default());
        let vault = test.open().reporting_to(warnings.clone());
        let object = vault.run("12_0040-1", &Draw::free_take("quay")).unwrap();
        let garbage = vault.garbage(&BTreeSet::new()).unwrap();
        assert_eq!(garbage, Garbage::default(), "a take is never freed");
        harm(&object, how);
        drop(vault);
        let looking = Vault::open_to_read(&test.dir(), common::clock()).unwrap();
        assert_eq!(looking.find(&object.key).unwrap(), None, "{how:?}: to look at, it is not there");

        let vault = test.open().reporting_to(warnings.clone());
        let again = vault.run("12_0040-1", &Draw::free_take("quay")).unwrap();
        assert!(again.made && again.hash == object.hash, "{how:?}");
        assert_eq!(vault.read(&again).unwrap(), b"quay", "{how:?}");
        assert_eq!(test.files("damaged").len(), usize::from(how != Harm::Gone), "{how:?}");
        let said = warnings.0.lock().unwrap().clone();
        assert_eq!(said, ["`draw` of 12_0040-1 was damaged on the disk and is made again"], "{how:?}");
        assert!(!vault.run("12_0040-1", &Draw::free_take("quay")).unwrap().made, "{how:?}");
    }
}

#[test]
fn a_take_whose_row_was_cut_off_by_a_kill_is_noted_by_the_next_run() {
    let columns = "key, hash, extension, bytes, mtime, step, version, inputs, subject, keep, made_at";
    for arrived in [true, false] {
        let test = TestVault::new();
        let vault = test.open();
        let object = vault.run("12_0040-1", &Draw::take("quay")).unwrap();
        drop(vault);
        // The ledger as it is between the rename and the row; or, without the file, just before the rename.
        let connection = rusqlite::Connection::open(test.dir().join("ledger.db")).unwrap();
        let moved =
            format!("insert into arriving ({columns}) select {columns} from results; delete from results;");
        connection.execute_batch(&moved).unwrap();
        if !arrived {
            fs::remove_file(&object.path).unwrap();
        }
        let vault = test.open();
        assert_eq!(vault.find(&object.key).unwrap().is_some(), arrived);
        assert_eq!(vault.run("12_0040-1", &Draw::take("quay")).unwrap().made, !arrived);
        let waiting: i64 =
            connection.query_row("select count(*) from arriving", [], |row| row.get(0)).unwrap();
        assert_eq!(waiting, 0);
    }
}

#[test]
fn a_full_check_finds_what_the_clock_hides() {
    let test = TestVault::new();
    let vault = test.open();
    let object = vault.run("12_0040", &Draw::derived("quay")).unwrap();
    let time = fs::metadata(&object.path).unwrap().modified().unwrap();
    fs::write(&object.path, b"QUAY").unwrap();
    fs::File::options().write(true).open(&object.path).unwrap().set_modified(time).unwrap();
    vault.check(&object, Check::Quick).unwrap();
    assert!(matches!(vault.read(&object), Err(VaultError::Damaged { .. })), "reading looks at every byte");
    assert!(vault.run("12_0040", &Draw::derived("quay")).unwrap().made);
    vault.check(&object, Check::Full).unwrap();
}

#[test]
fn two_keys_may_share_their_bytes() {
    let test = TestVault::new();
    let vault = test.open();
    let one = vault.run("12_0040", &Draw { seed: 1, ..Draw::derived("quay") }).unwrap();
    let other = vault.run("12_0050-1", &Draw { seed: 2, ..Draw::take("quay") }).unwrap();
    assert!(one.key != other.key && one.path == other.path);
    assert!(!vault.run("12_0040", &Draw { seed: 1, ..Draw::derived("quay") }).unwrap().made);
    assert_eq!(vault.garbage(&BTreeSet::new()).unwrap().items, [], "a take holds the bytes");
}

#[test]
fn one_step_asked_for_by_many_threads_is_made_once() {
    let test = TestVault::new();
    let vault = test.open();
    let made = AtomicUsize::new(0);
    let jobs: Vec<u32> = (0..64).collect();
    let objects = run_all(jobs, NonZeroUsize::new(8).unwrap(), &Cancel::new(), |number| {
        let object = vault.run("12_0040", &Draw { seed: number % 4, ..Draw::derived("quay") })?;
        made.fetch_add(usize::from(object.made), Ordering::SeqCst);
        Ok::<_, RunError<common::DrawError>>(object)
    });
    assert_eq!((objects.unwrap().len(), made.into_inner()), (64, 4));
}

#[test]
fn a_value_is_the_same_when_made_and_when_found() {
    let test = TestVault::new();
    let made = test.open().run_value("12.03", &Length { text: "Wait.".to_owned() }).unwrap();
    let vault = test.open();
    let found = vault.run_value("12.03", &Length { text: "Wait.".to_owned() }).unwrap();
    assert_eq!(made, found);
    let path = test.dir().join(test.files("objects").first().unwrap());
    fs::write(path, b"{}").unwrap();
    assert_eq!(vault.run_value("12.03", &Length { text: "Wait.".to_owned() }).unwrap(), made);
}

#[test]
fn an_explanation_names_what_changed() {
    let test = TestVault::new();
    let vault = test.open();
    let step = Draw::derived("a quay at dusk");
    let first = vault.explain("12_0040", &step).unwrap();
    assert!(first.made_at.is_none() && first.last.is_none());
    vault.run("12_0040", &step).unwrap();
    let kept = vault.explain("12_0040", &step).unwrap();
    assert!(kept.made_at.is_some() && kept.last.is_none());

    let changed = vault.explain("12_0040", &Draw { seed: 5, ..Draw::derived("a quay at night") }).unwrap();
    assert_eq!(
        changed.to_string().replace(&changed.key.to_string(), "[key]"),
        "12_0040: `draw` version 1 is not made\n  key [key]\n  prompt: \"a quay at night\"\n  seed: 5\n  strength: 0.1\n\
         changed since 2031-05-04T18:00:00Z:\n  prompt: \"a quay at dusk\" -> \"a quay at night\"\n  seed: 0 -> 5\n"
    );
    let elsewhere = vault.explain("12_0050", &Draw::derived("a quay at night")).unwrap();
    assert!(elsewhere.last.is_none(), "another subject's result is not compared with");
}

#[test]
fn entries_are_read_in_the_order_they_were_recorded() {
    let test = TestVault::new();
    let vault = test.open();
    let submit = vault.record("submit", "12_0040-1", &json!({ "job": 1 })).unwrap();
    let cost = vault.record("cost", "12_0040-1", &json!({ "cents": 12 })).unwrap();
    let both = [("submit", "12_0050-1", json!({ "job": 2 })), ("submit", "12_0040-1", json!({ "job": 3 }))];
    let ids = vault.record_all(&both).unwrap();
    assert!(submit < cost && cost < ids[0] && ids[0] < ids[1]);
    drop(vault);

    let vault = test.open();
    let jobs = |subject| -> Vec<i64> {
        vault
            .entries("submit", subject)
            .unwrap()
            .iter()
            .map(|entry| entry.data["job"].as_i64().unwrap())
            .collect()
    };
    assert_eq!((jobs(None), jobs(Some("12_0040-1")), jobs(Some("99"))), (vec![1, 2, 3], vec![1, 3], vec![]));
    let latest = vault.latest("submit", "12_0040-1").unwrap().unwrap();
    assert_eq!((latest.id, latest.at.as_str()), (ids[1], "2031-05-04T18:00:00Z"));
    assert!(latest.read::<Vec<u8>>().is_err(), "another form is an error, not a panic");
    assert_eq!(vault.latest("verdict", "12_0040-1").unwrap(), None);
}

#[test]
fn garbage_says_why_and_never_takes_a_take() {
    let test = TestVault::new();
    let vault = test.open();
    let wanted = vault.run("12_0040", &Draw::derived("quay")).unwrap();
    let unwanted = vault.run("12_0050", &Draw::derived("attic")).unwrap();
    let take = vault.run("12_0060-1", &Draw::take("harbour")).unwrap();
    let stray = test.dir().join("objects/ab/stray.txt");
    fs::create_dir_all(stray.parent().unwrap()).unwrap();
    fs::write(&stray, "stray").unwrap();

    let garbage = vault.garbage(&BTreeSet::from([wanted.key])).unwrap();
    let mut why: Vec<String> = garbage.items.iter().map(|item| item.why.to_string()).collect();
    why.sort();
    assert_eq!(
        why,
        ["`draw` of 12_0050, no longer used", "made by a run that was stopped before it noted it"]
    );
    assert_eq!(garbage.bytes(), 10);

    assert_eq!(vault.free(&garbage).unwrap(), 10);
    assert!(wanted.path.exists() && take.path.exists() && !unwanted.path.exists() && !stray.exists());
    assert_eq!(vault.find(&unwanted.key).unwrap(), None);
    assert_eq!(vault.garbage(&BTreeSet::from([wanted.key])).unwrap(), Garbage::default());
}

#[test]
fn what_came_into_use_since_it_was_listed_stays() {
    let test = TestVault::new();
    let vault = test.open();
    let object = vault.run("12_0040", &Draw::derived("quay")).unwrap();
    let garbage = vault.garbage(&BTreeSet::new()).unwrap();
    vault.run("12_0040-1", &Draw { seed: 9, ..Draw::take("quay") }).unwrap();
    assert_eq!(vault.free(&garbage).unwrap(), 0);
    assert!(object.path.exists());
}

#[test]
fn leftovers_are_shown_to_a_reader_and_removed_by_a_writer() {
    let test = TestVault::new();
    drop(test.open());
    let leftover = test.dir().join("tmp/Xy12/result.mp4");
    fs::create_dir_all(leftover.parent().unwrap()).unwrap();
    fs::write(&leftover, "half").unwrap();
    let reader = Vault::open_to_read(&test.dir(), common::clock()).unwrap();
    let garbage = reader.garbage(&BTreeSet::new()).unwrap();
    assert_eq!((garbage.items[0].why.clone(), garbage.bytes()), (Why::Leftover, 4));
    test.open();
    assert!(!leftover.exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn garbage_and_what_is_kept_are_everything(results in proptest::collection::vec((0u32..12, any::<bool>(), any::<bool>()), 0..12)) {
        let test = TestVault::new();
        let vault = test.open();
        let (mut keep, mut takes) = (BTreeSet::new(), BTreeSet::new());
        for (seed, is_take, wanted) in results {
            let keeps = if is_take { Keep::Take } else { Keep::Derived };
            // Few different texts, so that some results share their bytes.
            let step = Draw { seed, keeps, ..Draw::derived(["quay", "attic", "harbour"][seed as usize % 3]) };
            let object = vault.run("12_0040", &step).unwrap();
            if object.made && is_take { takes.insert(object.key); }
            if wanted { keep.insert(object.key); }
        }
        let garbage = vault.garbage(&keep).unwrap();
        prop_assert_eq!(vault.free(&garbage).unwrap(), garbage.bytes());
        for key in keep.iter().chain(&takes) {
            prop_assert!(vault.find(key).unwrap().is_some());
        }
        prop_assert_eq!(vault.garbage(&keep).unwrap(), Garbage::default());
    }

    #[test]
    fn the_ledger_keeps_every_entry_in_order(recorded in proptest::collection::vec((0usize..3, 0usize..3, any::<i32>()), 0..20)) {
        let (kinds, subjects) = (["submit", "cost", "verdict"], ["12_0040-1", "12_0040-2", "장면"]);
        let test = TestVault::new();
        let vault = test.open();
        for (kind, subject, data) in &recorded {
            vault.record(kinds[*kind], subjects[*subject], data).unwrap();
        }
        for (number, kind) in kinds.iter().enumerate() {
            for (other, subject) in subjects.iter().enumerate() {
                let expected: Vec<i32> = recorded.iter().filter(|row| (row.0, row.1) == (number, other)).map(|row| row.2).collect();
                let entries = vault.entries(kind, Some(subject)).unwrap();
                prop_assert_eq!(entries.iter().map(|entry| entry.read().unwrap()).collect::<Vec<i32>>(), expected.clone());
                prop_assert_eq!(vault.latest(kind, subject).unwrap().map(|entry| entry.read().unwrap()), expected.last().copied());
            }
        }
    }
}

#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Reporter for Warnings {
    fn report(&self, event: Event) {
        if let Event::Warning { message, .. } = event {
            self.0.lock().unwrap().push(message);
        }
    }
}
