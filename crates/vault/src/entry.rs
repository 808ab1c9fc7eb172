use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::VaultError;
use crate::ledger::EntryRow;

/// The number of an entry; a later entry has a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub i64);

/// Something that happened, as a department recorded it. The vault does not know what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: EntryId,
    /// When it was recorded, RFC 3339.
    pub at: String,
    /// What sort of thing: `submit`, `cost`, `verdict`.
    pub kind: String,
    /// What it is about: a take, a shot.
    pub subject: String,
    /// The department's own facts.
    pub data: Value,
}

impl Entry {
    /// The facts as the type that was recorded.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, VaultError> {
        T::deserialize(&self.data).map_err(|source| VaultError::Entry {
            kind: self.kind.clone(),
            subject: self.subject.clone(),
            source,
        })
    }

    pub(crate) fn from_row(row: EntryRow) -> Result<Self, VaultError> {
        let EntryRow { id, at, kind, subject, data } = row;
        match serde_json::from_str(&data) {
            Ok(data) => Ok(Self { id: EntryId(id), at, kind, subject, data }),
            Err(source) => Err(VaultError::Entry { kind, subject, source }),
        }
    }
}
