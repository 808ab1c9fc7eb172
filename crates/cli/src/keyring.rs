//! Where keys are kept: the environment first, then the keyring of the operating system.
//!
//! That is the Secret Service on Linux (GNOME Keyring, `KWallet`, `KeePassXC`), the login keychain on macOS, the Credential Manager
//! on Windows. A keyring may be locked, and may then ask a person for a password for as long as it likes; so each
//! question is asked on a thread of its own and is given up after a while, and where nobody sits at a terminal
//! nothing is unlocked at all.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Entry, Error};

use crate::output::Output;

/// What our keys belong to in the keyring.
const SERVICE: &str = "soundlock";
/// The variable that turns the keyring off.
const SWITCH: &str = "SOUNDLOCK_KEYRING";
/// How long a keyring may take where nobody is asked anything, and where somebody may have to type a password.
const ALONE: Duration = Duration::from_secs(10);
const WATCHED: Duration = Duration::from_secs(90);
/// After so long it is said what is waited for.
const SOON: Duration = Duration::from_secs(2);

/// The operating system's keyring, opened when it is first asked.
#[derive(Clone)]
pub(crate) struct Keyring {
    output: Output,
    is_off: bool,
    /// Why it could not be asked: it is not asked again then.
    failed: Arc<Mutex<Option<KeyringError>>>,
}

/// Where a key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In an environment variable.
    Environment,
    /// In the keyring.
    Keyring,
    /// Nowhere.
    Nowhere,
}

/// Why a keyring could not be asked; a clause. No key is ever part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyringError {
    #[error("it is turned off by {SWITCH}")]
    Off,
    #[error("there is none that answers here ({why})")]
    NotThere { why: String },
    #[error("it is locked")]
    Locked,
    #[error("it did not answer for {secs} seconds; it may wait for somebody to unlock it")]
    Silent { secs: u64 },
    #[error("it has more than one entry `{variable}` of soundlock")]
    Ambiguous { variable: String },
    #[error("it failed: {why}")]
    Failed { why: String },
}

impl Keyring {
    /// The keyring of this machine.
    pub(crate) fn new(output: &Output) -> Self {
        let off = std::env::var(SWITCH).is_ok_and(|value| matches!(value.trim(), "off" | "none" | "0"));
        Self { output: output.clone(), is_off: off, failed: Arc::default() }
    }

    /// The key that film.toml calls `variable`, from the environment or from the keyring; why it cannot be told where the
    /// keyring is there and does not say.
    pub(crate) fn secret(&self, variable: &str) -> Result<Option<String>, String> {
        let Some(variable) = in_keyring(variable) else { return Ok(from_environment(variable)) };
        match self.ask(move |may_unlock| get(&variable, may_unlock)) {
            Ok(secret) => Ok(secret),
            // Where there is no keyring a key is simply not there.
            Err(KeyringError::Off | KeyringError::NotThere { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Where the key that film.toml calls `variable` is; it is not read.
    pub(crate) fn kept(&self, variable: &str) -> Result<Kept, KeyringError> {
        let Some(variable) = in_keyring(variable) else { return Ok(Kept::Environment) };
        let is_there = self.ask(move |may_unlock| is_there(&variable, may_unlock))?;
        Ok(if is_there { Kept::Keyring } else { Kept::Nowhere })
    }

    /// Keeps `secret` under `variable`, in the place of what was there.
    pub(crate) fn set(&self, variable: &str, secret: String) -> Result<(), KeyringError> {
        let variable = variable.to_owned();
        self.ask(move |may_unlock| {
            let entry = entry(&variable, may_unlock)?;
            entry.set_password(&secret).map_err(|error| trouble(&variable, &error))?;
            // Some keyrings say yes and keep nothing.
            let kept = entry.get_password().map_err(|error| trouble(&variable, &error))?;
            let lost = || KeyringError::Failed { why: "it did not keep what it was given".to_owned() };
            if kept == secret { Ok(()) } else { Err(lost()) }
        })
    }

    /// Removes what is kept under `variable`; whether anything was.
    pub(crate) fn remove(&self, variable: &str) -> Result<bool, KeyringError> {
        let variable = variable.to_owned();
        self.ask(move |may_unlock| found(&variable, entry(&variable, may_unlock)?.delete_credential()))
            .map(|removed| removed.is_some())
    }

    /// Asks on a thread of its own, for so long.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(bool) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<T, KeyringError> {
        if self.is_off {
            return Err(KeyringError::Off);
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &*failed {
            return Err(error.clone());
        }
        let is_watched = self.output.is_watched();
        let limit = if is_watched { WATCHED } else { ALONE };
        let answer = answer_within(
            limit,
            move || question(is_watched),
            || {
                self.output
                    .say("waiting for the keyring; it may ask for its password in a window of its own");
            },
        );
        let is_lasting = |error: &&KeyringError| {
            matches!(
                error,
                KeyringError::Locked | KeyringError::NotThere { .. } | KeyringError::Silent { .. }
            )
        };
        *failed = answer.as_ref().err().filter(is_lasting).cloned();
        answer
    }
}

/// What `question` answers within `limit`; `slow` is called where that takes a while. A question that is given up is left to
/// itself: it holds nothing, and ends with the program.
fn answer_within<T: Send + 'static>(
    limit: Duration,
    question: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
    slow: impl FnOnce(),
) -> Result<T, KeyringError> {
    let (tell, told) = mpsc::channel();
    let asked = thread::Builder::new().name("keyring".to_owned()).spawn(move || tell.send(question()));
    asked.map_err(|error| KeyringError::Failed { why: error.to_string() })?;
    let soon = SOON.min(limit);
    let answer = told.recv_timeout(soon).or_else(|error| match error {
        mpsc::RecvTimeoutError::Timeout => {
            slow();
            told.recv_timeout(limit.saturating_sub(soon))
        }
        mpsc::RecvTimeoutError::Disconnected => Err(error),
    });
    answer.unwrap_or_else(|error| {
        Err(match error {
            mpsc::RecvTimeoutError::Timeout => KeyringError::Silent { secs: limit.as_secs() },
            mpsc::RecvTimeoutError::Disconnected => KeyringError::Failed { why: "it broke".to_owned() },
        })
    })
}

/// What is in an environment variable; nothing where it is no text.
fn from_environment(variable: &str) -> Option<String> {
    // A name with `=` or NUL in it would be a panic of the standard library's.
    let named = soundlock_film::is_key_name(variable);
    named.then(|| std::env::var(variable).ok()).flatten().filter(|secret| !secret.trim().is_empty())
}

/// The name to ask the keyring for; none where the environment has it, or it can be none.
fn in_keyring(variable: &str) -> Option<String> {
    let asked = soundlock_film::is_key_name(variable) && from_environment(variable).is_none();
    asked.then(|| variable.to_owned())
}

fn get(variable: &str, may_unlock: bool) -> Result<Option<String>, KeyringError> {
    found(variable, entry(variable, may_unlock)?.get_password())
}

fn is_there(variable: &str, may_unlock: bool) -> Result<bool, KeyringError> {
    Ok(found(variable, entry(variable, may_unlock)?.get_credential())?.is_some())
}

/// Our entry for `variable`, which need not be there yet.
fn entry(variable: &str, may_unlock: bool) -> Result<Entry, KeyringError> {
    // Tests put a keyring in memory in its place.
    let store = match keyring_core::get_default_store() {
        Some(store) => store,
        None => system::open(variable, may_unlock)?,
    };
    store.build(SERVICE, variable, None).map_err(|error| trouble(variable, &error))
}

/// That an entry is not there is an answer.
fn found<T>(variable: &str, answer: Result<T, Error>) -> Result<Option<T>, KeyringError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(trouble(variable, &error)),
    }
}

/// What an error means, in words of ours: some carry the bytes that were read.
fn trouble(variable: &str, error: &Error) -> KeyringError {
    let why = match error {
        Error::NoStorageAccess(_) => return KeyringError::Locked,
        Error::Ambiguous(_) => return KeyringError::Ambiguous { variable: variable.to_owned() },
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it has is no text".to_owned(),
        Error::PlatformFailure(why) => why.to_string(),
        Error::TooLong(_, most) => format!("it takes {most} letters at most"),
        other => other.to_string(),
    };
    KeyringError::Failed { why }
}

fn not_there(error: &Error) -> KeyringError {
    KeyringError::NotThere { why: error.to_string() }
}

/// The Secret Service, over the session's D-Bus.
#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use std::collections::HashMap;

    use secret_service::blocking::SecretService;
    use secret_service::{EncryptionType, Error};
    use zbus_secret_service_keyring_store::Store;

    use super::{Arc, CredentialStore, KeyringError, SERVICE, not_there};

    /// The keyring; where it `may_unlock` nothing, one that is locked is an error instead of a window.
    pub(super) fn open(variable: &str, may_unlock: bool) -> Result<Arc<CredentialStore>, KeyringError> {
        if !may_unlock && is_locked(variable).map_err(|error| cannot_tell(&error))? {
            return Err(KeyringError::Locked);
        }
        Ok(Store::new().map_err(|error| not_there(&error))?)
    }

    /// Whether `variable` cannot be read, or kept, without unlocking. The store itself unlocks without a word.
    fn is_locked(variable: &str) -> Result<bool, Error> {
        // Only names are looked at here, so nothing has to be encrypted on its way.
        let service = SecretService::connect(EncryptionType::Plain)?;
        let ours = HashMap::from([("service", SERVICE), ("username", variable)]);
        let items = service.search_items(ours)?;
        if !items.unlocked.is_empty() || !items.locked.is_empty() {
            return Ok(items.unlocked.is_empty());
        }
        match service.get_default_collection() {
            Ok(collection) => collection.is_locked(),
            Err(Error::NoResult) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn cannot_tell(error: &Error) -> KeyringError {
        match error {
            Error::Locked | Error::Prompt => KeyringError::Locked,
            error => KeyringError::NotThere { why: error.to_string() },
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use apple_native_keyring_store::keychain::Store;

    use super::{Arc, CredentialStore, KeyringError, not_there};

    /// The login keychain. macOS decides by itself whether it asks; the time limit holds all the same.
    pub(super) fn open(_: &str, _: bool) -> Result<Arc<CredentialStore>, KeyringError> {
        Ok(Store::new().map_err(|error| not_there(&error))?)
    }
}

#[cfg(windows)]
mod system {
    use windows_native_keyring_store::Store;

    use super::{Arc, CredentialStore, KeyringError, not_there};

    /// The Credential Manager, which is open as long as somebody is logged in.
    pub(super) fn open(_: &str, _: bool) -> Result<Arc<CredentialStore>, KeyringError> {
        Ok(Store::new().map_err(|error| not_there(&error))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A keyring in memory; the program has one for all tests, so each test has names of its own.
    fn keyring() -> Keyring {
        static STORE: std::sync::Once = std::sync::Once::new();
        STORE.call_once(|| keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap()));
        let output = Output::new(true, true);
        Keyring { output, is_off: false, failed: Arc::default() }
    }

    /// Lets the next question about `variable` fail.
    fn fails(variable: &str, error: Error) {
        let entry = keyring_core::get_default_store().unwrap().build(SERVICE, variable, None).unwrap();
        entry.as_any().downcast_ref::<keyring_core::mock::Cred>().unwrap().set_error(error);
    }

    #[test]
    fn a_key_is_kept_found_and_removed() {
        let keyring = keyring();
        assert_eq!(keyring.kept("A_KEY"), Ok(Kept::Nowhere));
        assert_eq!(keyring.secret("A_KEY"), Ok(None));
        keyring.set("A_KEY", "sk-1".to_owned()).unwrap();
        keyring.set("A_KEY", "sk-2".to_owned()).unwrap();
        assert_eq!(keyring.kept("A_KEY"), Ok(Kept::Keyring));
        assert_eq!(keyring.secret("A_KEY"), Ok(Some("sk-2".to_owned())));
        assert_eq!(keyring.remove("A_KEY"), Ok(true));
        assert_eq!(keyring.remove("A_KEY"), Ok(false));
        assert_eq!(keyring.kept("A_KEY"), Ok(Kept::Nowhere));
    }

    #[test]
    fn the_environment_goes_before_the_keyring() {
        let keyring = keyring();
        keyring.set("PATH", "sk-of-the-keyring".to_owned()).unwrap();
        assert_eq!(keyring.kept("PATH"), Ok(Kept::Environment));
        assert_eq!(keyring.secret("PATH").unwrap(), std::env::var("PATH").ok());
        // What can be no name is asked for nowhere.
        assert_eq!(keyring.secret("A=B"), Ok(None));
    }

    #[test]
    fn a_keyring_that_cannot_be_asked_says_why_and_is_asked_once() {
        let keyring = keyring();
        keyring.set("LOCKED_KEY", "sk-1".to_owned()).unwrap();
        fails("LOCKED_KEY", Error::NoStorageAccess("a window was closed".into()));
        assert_eq!(keyring.secret("LOCKED_KEY"), Err("it is locked".to_owned()));
        assert_eq!(keyring.kept("ANOTHER_KEY"), Err(KeyringError::Locked), "asked again");
        let off = Keyring { is_off: true, ..self::keyring() };
        assert_eq!((off.secret("LOCKED_KEY"), off.kept("LOCKED_KEY")), (Ok(None), Err(KeyringError::Off)));
    }

    #[test]
    fn what_fails_shows_no_key() {
        let secret = b"sk-planted\xff".to_vec();
        for error in [Error::BadEncoding(secret.clone()), Error::BadDataFormat(secret, "sk-planted".into())] {
            fails("BAD_KEY", error);
            assert_eq!(keyring().secret("BAD_KEY"), Err("it failed: what it has is no text".to_owned()));
        }
    }

    #[test]
    fn a_keyring_that_does_not_answer_is_given_up() {
        let (let_go, held) = mpsc::channel::<()>();
        let question = move || {
            let _ = held.recv();
            Ok(())
        };
        let mut said = false;
        let answer = answer_within(Duration::from_millis(20), question, || said = true);
        assert_eq!((answer, said), (Err(KeyringError::Silent { secs: 0 }), true));
        let broken = answer_within::<()>(WATCHED, || panic!("as a keyring's library may"), || {});
        assert_eq!(broken, Err(KeyringError::Failed { why: "it broke".to_owned() }));
        drop(let_go);
    }
}
