use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::migrations;
use crate::{Hash, Keep, Key, VaultError};

/// Waiting for another connection's write: a reader beside a running `make` meets one now and then.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// `ledger.db`: one row per kept result, and the entries that departments record.
///
/// Rows of results are also held in memory, all read in one query: a run that makes nothing asks for every one.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    connection: Connection,
    results: BTreeMap<Key, Arc<ResultRow>>,
}

/// One kept result, as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultRow {
    pub(crate) key: Key,
    pub(crate) hash: Hash,
    pub(crate) extension: String,
    pub(crate) bytes: u64,
    /// Nanoseconds since 1970, as the file system gave it when the bytes were last known to be right.
    pub(crate) mtime: i64,
    pub(crate) step: String,
    pub(crate) subject: String,
    pub(crate) keep: Keep,
}

/// What only `explain` needs of a result.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) key: Key,
    pub(crate) version: u32,
    pub(crate) inputs: String,
    pub(crate) at: String,
}

/// A row and what goes with it into the ledger.
#[derive(Debug, Clone)]
pub(crate) struct NewResult {
    pub(crate) row: ResultRow,
    pub(crate) version: u32,
    pub(crate) inputs: String,
    pub(crate) at: String,
}

/// One entry as the ledger's table has it.
pub(crate) struct EntryRow {
    pub(crate) id: i64,
    pub(crate) at: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) data: String,
}

const RESULT_COLUMNS: &str = "key, hash, extension, bytes, mtime, step, subject, keep";
const ENTRY_COLUMNS: &str = "id, at, kind, subject, data";

impl Ledger {
    /// Opens the ledger at `path` to write, making or migrating it where needed.
    pub(crate) fn open(path: &Path) -> Result<Self, VaultError> {
        let mut connection = Connection::open(path).map_err(VaultError::ledger(path))?;
        prepare_to_write(&mut connection).map_err(VaultError::ledger(path))?;
        migrations::migrate(&mut connection, path)?;
        Self::load(path, connection)
    }

    /// Opens the ledger at `path` to read; where there is none, an empty one that is nowhere on disk.
    pub(crate) fn open_to_read(path: &Path) -> Result<Self, VaultError> {
        let connection = connect_to_read(path).map_err(VaultError::ledger(path))?;
        let mut connection = match connection {
            Some(connection) => connection,
            None => Connection::open_in_memory().map_err(VaultError::ledger(path))?,
        };
        if migrations::version(&connection, path)? == 0 {
            connection = Connection::open_in_memory().map_err(VaultError::ledger(path))?;
            migrations::migrate(&mut connection, path)?;
        }
        Self::load(path, connection)
    }

    fn load(path: &Path, connection: Connection) -> Result<Self, VaultError> {
        let results = read_results(&connection).map_err(VaultError::ledger(path))?;
        Ok(Self { path: path.to_owned(), connection, results })
    }

    pub(crate) fn result(&self, key: &Key) -> Option<Arc<ResultRow>> {
        self.results.get(key).cloned()
    }

    /// All results, by key.
    pub(crate) fn results(&self) -> impl Iterator<Item = &Arc<ResultRow>> {
        self.results.values()
    }

    /// Notes that a take's bytes are about to be renamed into place.
    pub(crate) fn announce(&mut self, new: &NewResult) -> Result<(), VaultError> {
        insert(&self.connection, "arriving", new).map_err(VaultError::ledger(&self.path))
    }

    /// The takes that were announced and whose row never came: the program was killed in between.
    pub(crate) fn announced(&self) -> Result<Vec<NewResult>, VaultError> {
        let sql = format!("select {RESULT_COLUMNS}, version, inputs, made_at from arriving order by id");
        let read = || -> rusqlite::Result<Vec<NewResult>> {
            self.connection.prepare(&sql)?.query_map([], new_result)?.collect()
        };
        read().map_err(VaultError::ledger(&self.path))
    }

    /// Writes the row of a result; from here on it is kept.
    pub(crate) fn insert(&mut self, new: &NewResult) -> Result<(), VaultError> {
        self.write(|transaction| {
            insert(transaction, "results", new)?;
            transaction.execute("delete from arriving where key = ?1", [new.row.key.as_bytes()]).map(drop)
        })?;
        self.results.insert(new.row.key, Arc::new(new.row.clone()));
        Ok(())
    }

    /// Strikes an announced take that never arrived.
    pub(crate) fn strike_announced(&mut self, key: &Key) -> Result<(), VaultError> {
        self.write(|transaction| {
            transaction.execute("delete from arriving where key = ?1", [key.as_bytes()]).map(drop)
        })
    }

    /// Strikes the rows of results.
    pub(crate) fn remove(&mut self, keys: &[Key]) -> Result<(), VaultError> {
        self.write(|transaction| {
            let mut statement = transaction.prepare("delete from results where key = ?1")?;
            keys.iter().try_for_each(|key| statement.execute([key.as_bytes()]).map(drop))
        })?;
        for key in keys {
            self.results.remove(key);
        }
        Ok(())
    }

    /// Notes the time of the file that the results with this content share.
    pub(crate) fn touch(&mut self, hash: Hash, extension: &str, mtime: i64) -> Result<(), VaultError> {
        self.write(|transaction| {
            let sql = "update results set mtime = ?3 where hash = ?1 and extension = ?2";
            transaction.execute(sql, params![hash.as_bytes(), extension, mtime]).map(drop)
        })?;
        for row in self.results.values_mut().filter(|row| row.hash == hash && row.extension == extension) {
            Arc::make_mut(row).mtime = mtime;
        }
        Ok(())
    }

    /// The result of `step` for `subject` that was made last.
    pub(crate) fn last_made(&self, subject: &str, step: &str) -> Result<Option<Made>, VaultError> {
        let sql = "select key, version, inputs, made_at from results where subject = ?1 and step = ?2 \
                   order by id desc limit 1";
        let read = |row: &Row<'_>| {
            Ok(Made {
                key: Key::from_bytes(row.get(0)?),
                version: row.get(1)?,
                inputs: row.get(2)?,
                at: row.get(3)?,
            })
        };
        self.connection
            .query_row(sql, [subject, step], read)
            .optional()
            .map_err(VaultError::ledger(&self.path))
    }

    /// When the result under `key` was made.
    pub(crate) fn made_at(&self, key: &Key) -> Result<Option<String>, VaultError> {
        let sql = "select made_at from results where key = ?1";
        self.connection
            .query_row(sql, [key.as_bytes()], |row| row.get(0))
            .optional()
            .map_err(VaultError::ledger(&self.path))
    }

    /// Writes entries `(kind, subject, data)`, all or none; gives their numbers.
    pub(crate) fn record(
        &mut self,
        at: &str,
        entries: &[(&str, &str, String)],
    ) -> Result<Vec<i64>, VaultError> {
        self.write(|transaction| {
            let sql = "insert into entries (at, kind, subject, data) values (?1, ?2, ?3, ?4)";
            let mut statement = transaction.prepare_cached(sql)?;
            entries
                .iter()
                .map(|(kind, subject, data)| statement.insert(params![at, kind, subject, data]))
                .collect()
        })
    }

    /// Entries of a kind, oldest first, of one subject where one is asked for.
    pub(crate) fn entries(&self, kind: &str, subject: Option<&str>) -> Result<Vec<EntryRow>, VaultError> {
        let of_subject = if subject.is_some() { "and subject = ?2" } else { "and ?2 is null" };
        let sql = format!("select {ENTRY_COLUMNS} from entries where kind = ?1 {of_subject} order by id");
        let read = || -> rusqlite::Result<Vec<EntryRow>> {
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map(params![kind, subject], entry_row)?.collect()
        };
        read().map_err(VaultError::ledger(&self.path))
    }

    /// Shows every entry of a kind to `see`, oldest first, one at a time.
    pub(crate) fn see_entries(
        &self,
        kind: &str,
        mut see: impl FnMut(EntryRow) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let sql = format!("select {ENTRY_COLUMNS} from entries where kind = ?1 order by id");
        let failed = |source| VaultError::ledger(&self.path)(source);
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        let mut rows = statement.query([kind]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            see(entry_row(row).map_err(failed)?)?;
        }
        Ok(())
    }

    /// The newest entry of a kind about a subject.
    pub(crate) fn latest(&self, kind: &str, subject: &str) -> Result<Option<EntryRow>, VaultError> {
        let sql = format!(
            "select {ENTRY_COLUMNS} from entries where kind = ?1 and subject = ?2 order by id desc limit 1"
        );
        let read = || self.connection.prepare_cached(&sql)?.query_row([kind, subject], entry_row).optional();
        read().map_err(VaultError::ledger(&self.path))
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, VaultError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let done = transaction.and_then(|transaction| {
            let done = work(&transaction)?;
            transaction.commit().map(|()| done)
        });
        done.map_err(VaultError::ledger(&self.path))
    }
}

fn prepare_to_write(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // An entry that was recorded has to outlive a power cut: it may stand for money spent.
    connection.pragma_update(None, "synchronous", "full")
}

fn connect_to_read(path: &Path) -> rusqlite::Result<Option<Connection>> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let readable = connection.query_row("select count(*) from sqlite_master", [], |row| row.get::<_, i64>(0));
    match readable {
        Ok(_) => Ok(Some(connection)),
        // On a medium that cannot be written SQLite cannot set up its shared memory; nobody else writes there either.
        Err(_) if !path.with_extension("db-wal").exists() => connect_immutable(path).map(Some),
        Err(error) => Err(error),
    }
}

fn connect_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
}

fn read_results(connection: &Connection) -> rusqlite::Result<BTreeMap<Key, Arc<ResultRow>>> {
    let mut statement = connection.prepare(&format!("select {RESULT_COLUMNS} from results"))?;
    let rows = statement.query_map([], result_row)?;
    rows.map(|row| row.map(|row| (row.key, Arc::new(row)))).collect()
}

fn result_row(row: &Row<'_>) -> rusqlite::Result<ResultRow> {
    Ok(ResultRow {
        key: Key::from_bytes(row.get(0)?),
        hash: Hash::from_bytes(row.get(1)?),
        extension: row.get(2)?,
        bytes: row.get::<_, i64>(3)?.cast_unsigned(),
        mtime: row.get(4)?,
        step: row.get(5)?,
        subject: row.get(6)?,
        keep: keep_from_text(&row.get::<_, String>(7)?),
    })
}

fn new_result(row: &Row<'_>) -> rusqlite::Result<NewResult> {
    Ok(NewResult { row: result_row(row)?, version: row.get(8)?, inputs: row.get(9)?, at: row.get(10)? })
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        id: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        subject: row.get(3)?,
        data: row.get(4)?,
    })
}

/// `table` is `results` or `arriving`: they have the same columns.
fn insert(connection: &Connection, table: &str, new: &NewResult) -> rusqlite::Result<()> {
    let sql = format!(
        "insert or replace into {table} ({RESULT_COLUMNS}, version, inputs, made_at) \
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    );
    let NewResult { row, version, inputs, at } = new;
    let (key, hash, keep) = (row.key.as_bytes(), row.hash.as_bytes(), keep_text(row.keep));
    let (bytes, mtime) = (row.bytes.cast_signed(), row.mtime);
    let values =
        params![key, hash, row.extension, bytes, mtime, row.step, row.subject, keep, version, inputs, at];
    connection.prepare_cached(&sql)?.execute(values).map(drop)
}

fn keep_text(keep: Keep) -> &'static str {
    match keep {
        Keep::Derived => "derived",
        Keep::FreeTake => "free take",
        Keep::Take => "take",
    }
}

/// A word that is not known here is read as the one that loses nothing.
fn keep_from_text(text: &str) -> Keep {
    match text {
        "derived" => Keep::Derived,
        "free take" => Keep::FreeTake,
        _ => Keep::Take,
    }
}
