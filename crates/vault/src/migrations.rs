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
