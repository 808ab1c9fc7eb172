use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::VaultError;

/// What turns the form before into each form; the ledger's `user_version` counts how many have been done.
///
/// Films outlive versions of the program: an entry here is never edited, only followed by another.
pub(crate) const MIGRATIONS: [&str; 2] = [
    // 1: results and entries.
    "create table results (
        id integer primary key,
        key blob not null unique,
        hash blob not null,
        extension text not null,
        bytes integer not null,
        mtime integer not null,
        step text not null,
        version integer not null,
        inputs text not null,
        subject text not null,
        keep text not null,
        made_at text not null
    );
    create index results_by_subject on results (subject, step, id);
    create index results_by_content on results (hash, extension);
    create table entries (
        id integer primary key autoincrement,
        at text not null,
        kind text not null,
        subject text not null,
        data text not null
    );
    create index entries_by_subject on entries (kind, subject, id);
    create trigger entries_are_never_changed before update on entries
        begin select raise(abort, 'entries are never changed'); end;
    create trigger entries_are_never_removed before delete on entries
        begin select raise(abort, 'entries are never removed'); end;",
    // 2: takes on their way into the vault, so that one whose row was cut off by a kill is found again.
    "create table arriving (
        id integer primary key,
        key blob not null unique,
        hash blob not null,
        extension text not null,
        bytes integer not null,
        mtime integer not null,
        step text not null,
        version integer not null,
        inputs text not null,
        subject text not null,
        keep text not null,
        made_at text not null
    );",
];

/// The newest form of the ledger that this program knows.
pub(crate) const NEWEST: u32 = MIGRATIONS.len() as u32;

/// Brings the ledger to the newest form, each step whole or not at all.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), VaultError> {
    for number in version(connection, path)?..NEWEST {
        migrate_one(connection, number).map_err(VaultError::ledger(path))?;
    }
    Ok(())
}

/// The form the ledger has; 0 where it is new. An error when it is newer than this program.
pub(crate) fn version(connection: &Connection, path: &Path) -> Result<u32, VaultError> {
    let read = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let found: u32 = read.map_err(VaultError::ledger(path))?;
    if found > NEWEST {
        return Err(VaultError::LedgerNewer { path: path.to_owned(), found, known: NEWEST });
    }
    Ok(found)
}

fn migrate_one(connection: &mut Connection, number: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(MIGRATIONS[number as usize])?;
    transaction.pragma_update(None, "user_version", number + 1)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keep;
    use crate::ledger::Ledger;

    /// A film of the first version, in a temporary folder.
    fn first_form() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(include_str!("../tests/ledger-1.sql")).unwrap();
        (folder, path)
    }

    fn schema(connection: &Connection) -> Vec<String> {
        let sql = "select name || ': ' || sql from sqlite_master where sql is not null order by name";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|row| row.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn an_old_ledger_is_brought_forward_with_all_it_holds() {
        let (_folder, path) = first_form();
        let read_as_it_is = Ledger::open_to_read(&path).unwrap();
        let ledger = Ledger::open(&path).unwrap();
        for ledger in [&read_as_it_is, &ledger] {
            let keeps: Vec<_> =
                ledger.results().map(|row| (row.subject.as_str(), row.keep, row.bytes)).collect();
            assert_eq!(keeps, [("12_0040-1", Keep::Take, 1_234_567), ("12_0040", Keep::Derived, 1_234_567)]);
            assert_eq!(ledger.last_made("12_0040-1", "shoot").unwrap().unwrap().version, 3);
            assert_eq!(ledger.latest("cost", "12_0040-1").unwrap().unwrap().data, r#"{"cents":12}"#);
            assert_eq!(ledger.entries("verdict", None).unwrap()[0].id, 2);
        }

        let (old, mut new) = (Connection::open(&path).unwrap(), Connection::open_in_memory().unwrap());
        migrate(&mut new, &path).unwrap();
        assert_eq!(version(&old, &path).unwrap(), NEWEST);
        assert_eq!(schema(&old), schema(&new), "brought forward and newly made are the same");
    }

    #[test]
    fn a_ledger_of_a_later_program_is_left_alone() {
        let (_folder, path) = first_form();
        Connection::open(&path).unwrap().pragma_update(None, "user_version", NEWEST + 1).unwrap();
        for error in [Ledger::open(&path).unwrap_err(), Ledger::open_to_read(&path).unwrap_err()] {
            assert!(
                matches!(error, VaultError::LedgerNewer { found, .. } if found == NEWEST + 1),
                "{error:?}"
            );
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn what_is_no_ledger_is_damaged() {
        let (_folder, path) = first_form();
        std::fs::write(&path, "not a database, but long enough to be looked at".repeat(100)).unwrap();
        for error in [Ledger::open(&path).unwrap_err(), Ledger::open_to_read(&path).unwrap_err()] {
            assert!(matches!(error, VaultError::LedgerDamaged { .. }), "{error:?}");
        }
    }

    #[test]
    fn entries_can_be_neither_changed_nor_removed() {
        let (_folder, path) = first_form();
        Ledger::open(&path).unwrap();
        let connection = Connection::open(&path).unwrap();
        for sql in ["update entries set data = '{}'", "delete from entries"] {
            assert!(
                connection.execute(sql, []).unwrap_err().to_string().contains("entries are never"),
                "{sql}"
            );
        }
    }
}
