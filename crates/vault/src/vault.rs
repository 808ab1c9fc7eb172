use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::entry::{Entry, EntryId};
use crate::key::Inputs;
use crate::ledger::{Ledger, NewResult, ResultRow};
use crate::lock::Lock;
use crate::{
    Event, Hash, Keep, Key, NoReport, Object, Reporter, RunError, Step, ValueStep, VaultError, hash_file,
};

/// Gives the time as RFC 3339, `2031-05-04T18:00:00Z`. Libraries read no clock.
pub type Clock = Arc<dyn Fn() -> String + Send + Sync>;

/// How closely bytes are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Length and time of the file; the bytes only where these differ from what the ledger has.
    Quick,
    /// Every byte.
    Full,
}

/// Results by content and the ledger of one film: what lies in its `.soundlock`.
///
/// ```text
/// lock         held by the process that may write; its number is in it
/// ledger.db    SQLite: results, entries
/// objects/ab/  files named by the hash of their bytes
/// tmp/         what is being made; emptied when the vault is opened
/// damaged/     takes whose bytes went bad, kept for whoever can save them
/// ```
///
/// It is shared by reference among threads. A step is made outside of any lock; the same step asked for twice at once
/// is made once.
pub struct Vault {
    dir: PathBuf,
    clock: Clock,
    reporter: Arc<dyn Reporter>,
    ledger: Mutex<Ledger>,
    in_hand: Mutex<BTreeSet<Key>>,
    laid_down: Condvar,
    lock: Option<Lock>,
}

/// A step made ready to be found or made.
struct Order<'a> {
    subject: &'a str,
    inputs: Inputs,
    extension: &'a str,
    keep: Keep,
}

enum State {
    Sound,
    /// The right bytes, but the file's time is not the one in the ledger.
    Touched(i64),
    Damaged,
    Missing,
}

impl Vault {
    /// Opens the vault in `dir`, a film's `.soundlock`, to write; makes it where there is none.
    ///
    /// Takes the lock: of two processes the second gets [`VaultError::Busy`]. What a killed run left half made is
    /// removed, and a take that it had stored but not yet noted is noted.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self, VaultError> {
        for folder in [dir.to_owned(), dir.join("objects"), dir.join("tmp")] {
            fs::create_dir_all(&folder).map_err(VaultError::io("make", &folder))?;
        }
        let lock = Lock::take(dir)?;
        clear(&dir.join("tmp"))?;
        let vault = Self::with(dir, clock, Ledger::open(&dir.join("ledger.db"))?, Some(lock));
        vault.welcome_arrivals()?;
        Ok(vault)
    }

    /// Opens the vault in `dir` to read, whoever writes in it; makes and changes nothing. Without one it is empty.
    ///
    /// What is read is the state at this moment.
    pub fn open_to_read(dir: &Path, clock: Clock) -> Result<Self, VaultError> {
        Ok(Self::with(dir, clock, Ledger::open_to_read(&dir.join("ledger.db"))?, None))
    }

    fn with(dir: &Path, clock: Clock, ledger: Ledger, lock: Option<Lock>) -> Self {
        let (ledger, in_hand) = (Mutex::new(ledger), Mutex::new(BTreeSet::new()));
        let (reporter, laid_down) = (Arc::new(NoReport), Condvar::new());
        Self { dir: dir.to_owned(), clock, reporter, ledger, in_hand, laid_down, lock }
    }

    /// The same vault, telling `reporter` what it mends (as warnings of the stage `vault`).
    #[must_use]
    pub fn reporting_to(mut self, reporter: Arc<dyn Reporter>) -> Self {
        self.reporter = reporter;
        self
    }

    /// The vault's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The key of a step.
    pub fn key_of<S: Step>(&self, step: &S) -> Result<Key, VaultError> {
        Key::new(S::VERSION, &step.inputs())
    }

    /// The key of a step whose result is a value.
    pub fn key_of_value<S: ValueStep>(&self, step: &S) -> Result<Key, VaultError> {
        Key::new(S::VERSION, &step.inputs())
    }

    /// The result of `step`, found under its key or else made now. `subject` says what for, in the trade's words.
    ///
    /// A take that was paid for is never made again on its own: when its file is damaged or gone, that is the error.
    pub fn run<S: Step>(&self, subject: &str, step: &S) -> Result<Object, RunError<S::Error>> {
        let inputs = Inputs::new(S::VERSION, &step.inputs())?;
        let order = Order { subject, inputs, extension: step.extension(), keep: step.keeps() };
        self.find_or_make(&order, |file| step.make(file).map_err(RunError::Step))
    }

    /// The value of `step`, found under its key or else made now.
    ///
    /// It is always read from the kept bytes, so that the run that makes it and the runs that find it work on.
    pub fn run_value<S: ValueStep>(&self, subject: &str, step: &S) -> Result<S::Value, RunError<S::Error>> {
        let inputs = Inputs::new(S::VERSION, &step.inputs())?;
        let name = inputs.step;
        let unreadable = |source| {
            RunError::Vault(VaultError::Unreadable { step: name, subject: subject.to_owned(), source })
        };
        let order = Order { subject, inputs, extension: "json", keep: step.keeps() };
        let make = |file: &Path| {
            let bytes = serde_json::to_vec(&step.make().map_err(RunError::Step)?).map_err(unreadable)?;
            fs::write(file, bytes).map_err(VaultError::io("write", file)).map_err(RunError::Vault)
        };
        let mut object = self.find_or_make(&order, make)?;
        let mut bytes = self.read(&object);
        if matches!(bytes, Err(VaultError::Damaged { aside: None, .. })) {
            object = self.find_or_make(&order, make)?;
            bytes = self.read(&object);
        }
        serde_json::from_slice(&bytes?).map_err(unreadable)
    }

    /// The result kept under `key`, where its bytes are there and right.
    ///
    /// A result that can be made again and is damaged or gone counts as not there; of a take that was paid for that is
    /// an error.
    pub fn find(&self, key: &Key) -> Result<Option<Object>, VaultError> {
        let Some(row) = self.ledger().result(key) else { return Ok(None) };
        let path = self.object_path(row.hash, &row.extension);
        match state(&path, &row, Check::Quick)? {
            State::Sound => {}
            State::Touched(mtime) => self.touch(&row, mtime)?,
            state => {
                let error = self.withdraw(&row, path, &state)?;
                return if row.keep == Keep::Take { Err(error) } else { Ok(None) };
            }
        }
        Ok(Some(Object { path, hash: row.hash, bytes: row.bytes, key: *key, made: false }))
    }

    /// Where the bytes with this hash lie, where they are kept; they are not looked at.
    pub fn path_of(&self, hash: Hash, extension: &str) -> Option<PathBuf> {
        let path = self.object_path(hash, extension);
        path.is_file().then_some(path)
    }

    /// Looks at the bytes of a result. An error when they are not the ones that were stored: what costs nothing is then
    /// made again when next run; a take's bytes are put aside.
    pub fn check(&self, object: &Object, how: Check) -> Result<(), VaultError> {
        let Some(row) = self.ledger().result(&object.key) else { return Err(missing(object)) };
        match state(&object.path, &row, how)? {
            State::Sound => Ok(()),
            State::Touched(mtime) => self.touch(&row, mtime),
            state => Err(self.withdraw(&row, object.path.clone(), &state)?),
        }
    }

    /// The bytes of a result, each of them checked.
    pub fn read(&self, object: &Object) -> Result<Vec<u8>, VaultError> {
        match fs::read(&object.path) {
            Ok(bytes) if Hash::of(&bytes) == object.hash => Ok(bytes),
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(VaultError::io("read", &object.path)(source))
            }
            _ => match self.check(object, Check::Full) {
                Ok(()) => fs::read(&object.path).map_err(VaultError::io("read", &object.path)),
                Err(error) => Err(error),
            },
        }
    }

    /// Strikes a take whose file is damaged or gone, so that its step can be made again: an explicit request, since it
    /// may cost money. Does nothing while the file is there and right. Tells whether it was struck.
    pub fn give_up(&self, key: &Key) -> Result<bool, VaultError> {
        self.must_write()?;
        let Some(row) = self.ledger().result(key) else { return Ok(false) };
        let lost = match state(&self.object_path(row.hash, &row.extension), &row, Check::Full)? {
            State::Sound | State::Touched(_) => false,
            State::Damaged | State::Missing => true,
        };
        if lost {
            self.ledger().remove(&[*key])?;
        }
        Ok(lost)
    }

    /// Records something that happened: an attempt, a cost, a verdict, a decision. Entries are never changed.
    pub fn record(&self, kind: &str, subject: &str, data: &impl Serialize) -> Result<EntryId, VaultError> {
        self.record_at(&(self.clock)(), kind, subject, data)
    }

    /// The same as of a time that the clock gave before: whoever has reckoned with it finds it in the ledger.
    pub fn record_at(
        &self,
        at: &str,
        kind: &str,
        subject: &str,
        data: &impl Serialize,
    ) -> Result<EntryId, VaultError> {
        let source =
            |source| VaultError::Entry { kind: kind.to_owned(), subject: subject.to_owned(), source };
        let data = serde_json::to_string(data).map_err(source)?;
        self.must_write()?;
        let ids = self.ledger().record(at, &[(kind, subject, data)])?;
        Ok(EntryId(ids[0]))
    }

    /// Records several things `(kind, subject, data)` that must stand together: all or none.
    pub fn record_all(
        &self,
        entries: &[(&str, &str, serde_json::Value)],
    ) -> Result<Vec<EntryId>, VaultError> {
        self.must_write()?;
        let entries: Vec<_> =
            entries.iter().map(|(kind, subject, data)| (*kind, *subject, data.to_string())).collect();
        Ok(self.ledger().record(&(self.clock)(), &entries)?.into_iter().map(EntryId).collect())
    }

    /// Entries of a kind, oldest first, about one subject or about all.
    pub fn entries(&self, kind: &str, subject: Option<&str>) -> Result<Vec<Entry>, VaultError> {
        let rows = self.ledger().entries(kind, subject)?;
        rows.into_iter().map(Entry::from_row).collect()
    }

    /// Shows the facts of every entry of a kind to `see` as the type that was recorded, oldest first: `(at, subject, facts)`.
    /// One at a time, for kinds of which there are many.
    pub fn each_entry<T: DeserializeOwned>(
        &self,
        kind: &str,
        mut see: impl FnMut(String, String, T),
    ) -> Result<(), VaultError> {
        self.ledger().see_entries(kind, |row| {
            let facts = serde_json::from_str(&row.data).map_err(|source| VaultError::Entry {
                kind: kind.to_owned(),
                subject: row.subject.clone(),
                source,
            })?;
            see(row.at, row.subject, facts);
            Ok(())
        })
    }

    /// The newest entry of a kind about a subject.
    pub fn latest(&self, kind: &str, subject: &str) -> Result<Option<Entry>, VaultError> {
        let row = self.ledger().latest(kind, subject)?;
        row.map(Entry::from_row).transpose()
    }

    fn find_or_make<E: std::error::Error + 'static>(
        &self,
        order: &Order<'_>,
        make: impl FnOnce(&Path) -> Result<(), RunError<E>>,
    ) -> Result<Object, RunError<E>> {
        if let Some(object) = self.find(&order.inputs.key)? {
            return Ok(object);
        }
        let _turn = self.take_in_hand(order.inputs.key);
        // Another thread may have made it while we waited for our turn.
        if let Some(object) = self.find(&order.inputs.key)? {
            return Ok(object);
        }
        self.must_write()?;
        let scratch = self.scratch()?;
        let file = scratch.path().join(format!("result.{}", order.extension));
        make(&file)?;
        Ok(self.store(order, &file)?)
    }

    /// Takes what was made as `file` into the vault: bytes synced, renamed to their hash, the ledger's row last.
    fn store(&self, order: &Order<'_>, file: &Path) -> Result<Object, VaultError> {
        let metadata = fs::metadata(file).ok().filter(Metadata::is_file);
        let metadata = metadata.ok_or_else(|| VaultError::NothingMade {
            step: order.inputs.step,
            subject: order.subject.to_owned(),
        })?;
        sync(file)?;
        let hash = hash_file(file).map_err(VaultError::io("read", file))?;
        let new = self.new_result(order, hash, &metadata);
        let path = self.object_path(hash, order.extension);

        // From here to the row under one lock, so that `garbage` never sees an object without its row.
        let mut ledger = self.ledger();
        if order.keep == Keep::Take {
            ledger.announce(&new)?;
        }
        let replaced = path.exists();
        put_in_place(file, &path)?;
        ledger.insert(&new)?;
        if replaced {
            ledger.touch(hash, order.extension, new.row.mtime)?;
        }
        Ok(Object { path, hash, bytes: new.row.bytes, key: new.row.key, made: true })
    }

    fn new_result(&self, order: &Order<'_>, hash: Hash, metadata: &Metadata) -> NewResult {
        let row = ResultRow {
            key: order.inputs.key,
            hash,
            extension: order.extension.to_owned(),
            bytes: metadata.len(),
            mtime: mtime(metadata),
            step: order.inputs.step.to_owned(),
            subject: order.subject.to_owned(),
            keep: order.keep,
        };
        NewResult { row, version: order.inputs.version, inputs: order.inputs.json(), at: (self.clock)() }
    }

    /// Notes takes that a killed run had put in place, or was about to, and whose row it never wrote.
    fn welcome_arrivals(&self) -> Result<(), VaultError> {
        let mut ledger = self.ledger();
        for new in ledger.announced()? {
            let path = self.object_path(new.row.hash, &new.row.extension);
            match state(&path, &new.row, Check::Full)? {
                State::Sound | State::Touched(_) => ledger.insert(&new)?,
                State::Damaged | State::Missing => ledger.strike_announced(&new.row.key)?,
            }
        }
        Ok(())
    }

    /// Takes a bad result out of use: what costs nothing is forgotten; of a take that was paid for the row stays. A
    /// take's bytes are put aside.
    fn withdraw(&self, row: &ResultRow, path: PathBuf, state: &State) -> Result<VaultError, VaultError> {
        let (step, subject) = (row.step.clone(), row.subject.clone());
        let gone = matches!(state, State::Missing);
        let mut aside = None;
        if self.lock.is_some() && row.keep != Keep::Take {
            self.forget(row, &path)?;
        } else if self.lock.is_some() && !gone {
            aside = Some(self.put_aside(&path)?);
        }
        Ok(if gone {
            VaultError::Missing { step, subject, path }
        } else {
            VaultError::Damaged { step, subject, path, aside }
        })
    }

    fn forget(&self, row: &ResultRow, path: &Path) -> Result<(), VaultError> {
        let is_take = {
            let mut ledger = self.ledger();
            ledger.remove(&[row.key])?;
            let shares = |other: &&Arc<ResultRow>| other.hash == row.hash && other.extension == row.extension;
            let shared_with_take = ledger.results().filter(shares).any(|other| other.keep != Keep::Derived);
            row.keep != Keep::Derived || shared_with_take
        };
        if is_take && path.exists() {
            self.put_aside(path)?;
        } else {
            remove_if_there(path)?;
        }
        let message = format!("`{}` of {} was damaged on the disk and is made again", row.step, row.subject);
        self.reporter.report(Event::Warning { stage: "vault", message });
        Ok(())
    }

    fn put_aside(&self, path: &Path) -> Result<PathBuf, VaultError> {
        let folder = self.dir.join("damaged");
        fs::create_dir_all(&folder).map_err(VaultError::io("make", &folder))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut aside = folder.join(&name);
        for number in 2.. {
            if !aside.exists() {
                break;
            }
            aside = folder.join(format!("{number}-{name}"));
        }
        fs::rename(path, &aside).map_err(VaultError::io("put aside", path))?;
        sync(&folder)?;
        Ok(aside)
    }

    fn touch(&self, row: &ResultRow, mtime: i64) -> Result<(), VaultError> {
        if self.lock.is_some() { self.ledger().touch(row.hash, &row.extension, mtime) } else { Ok(()) }
    }

    fn scratch(&self) -> Result<TempDir, VaultError> {
        // Names are random and not counted: a child of a killed run may still be writing where it was told to.
        let folder = self.dir.join("tmp");
        tempfile::Builder::new().prefix("").tempdir_in(&folder).map_err(VaultError::io("write in", &folder))
    }

    pub(crate) fn object_path(&self, hash: Hash, extension: &str) -> PathBuf {
        let name = hash.to_string();
        self.dir.join("objects").join(&name[..2]).join(format!("{name}.{extension}"))
    }

    /// A panic elsewhere leaves the ledger whole: SQLite rolls back what was not committed.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn must_write(&self) -> Result<(), VaultError> {
        if self.lock.is_some() { Ok(()) } else { Err(VaultError::ReadOnly { dir: self.dir.clone() }) }
    }

    /// Waits until nobody else has `key` in hand, and takes it.
    fn take_in_hand(&self, key: Key) -> Turn<'_> {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        while !in_hand.insert(key) {
            in_hand = self.laid_down.wait(in_hand).unwrap_or_else(PoisonError::into_inner);
        }
        Turn { vault: self, key }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").field("dir", &self.dir).finish_non_exhaustive()
    }
}

/// One thread's turn at a key; ends when dropped.
struct Turn<'a> {
    vault: &'a Vault,
    key: Key,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.vault.in_hand.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.vault.laid_down.notify_all();
    }
}

fn state(path: &Path, row: &ResultRow, how: Check) -> Result<State, VaultError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Missing),
        Err(error) => return Err(VaultError::io("read", path)(error)),
    };
    let same_time = mtime(&metadata) == row.mtime;
    if metadata.len() != row.bytes {
        return Ok(State::Damaged);
    }
    if same_time && how == Check::Quick {
        return Ok(State::Sound);
    }
    let hash = hash_file(path).map_err(VaultError::io("read", path))?;
    Ok(match hash == row.hash {
        false => State::Damaged,
        true if same_time => State::Sound,
        true => State::Touched(mtime(&metadata)),
    })
}

fn missing(object: &Object) -> VaultError {
    let (step, subject) = ("a step".to_owned(), format!("key {}", object.key));
    VaultError::Missing { step, subject, path: object.path.clone() }
}

/// Nanoseconds since 1970; 0 where the file system has no such thing, which costs a look at the bytes, no more.
fn mtime(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

fn put_in_place(file: &Path, path: &Path) -> Result<(), VaultError> {
    let folder = path.parent().unwrap_or(path);
    if !folder.exists() {
        fs::create_dir_all(folder).map_err(VaultError::io("make", folder))?;
        sync(folder.parent().unwrap_or(folder))?;
    }
    fs::rename(file, path).map_err(VaultError::io("write", path))?;
    sync(folder)
}

/// Asks the disk to have what was written to a file or done in a folder.
fn sync(path: &Path) -> Result<(), VaultError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(VaultError::io("write", path))
}

/// Empties a folder.
fn clear(folder: &Path) -> Result<(), VaultError> {
    for entry in fs::read_dir(folder).map_err(VaultError::io("read", folder))? {
        let path = entry.map_err(VaultError::io("read", folder))?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(VaultError::io("remove", &path))?;
    }
    Ok(())
}

/// Removes a file that may be gone already.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(VaultError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
