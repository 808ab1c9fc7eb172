//! Keys of services: which of them a film needs, and one as the studio hands it in.

use soundlock_service::Key;

use crate::{FilmError, Folder, Studio};

/// A key that a film needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyNeeded {
    /// What `film.toml` calls it: `FAL_KEY`.
    pub variable: String,
    /// The service in `film.toml`.
    pub service: String,
    /// Its table there: `voices.kokoro`.
    pub table: String,
}

/// The keys that the film in `folder` needs: voices' first, then generators', then the language model's.
pub fn keys_needed(folder: &Folder) -> Result<Vec<KeyNeeded>, FilmError> {
    let settings = crate::film::read_settings(folder)?;
    let needed = |variable: &Option<String>, service: &str, table: String| {
        Some(KeyNeeded { variable: variable.clone()?, service: service.to_owned(), table })
    };
    let voices = settings.voices.iter();
    let voices = voices.filter_map(|(name, voices)| needed(&voices.key_env, name, format!("voices.{name}")));
    let generators = settings.generators.iter().flat_map(|(name, own)| {
        [&own.key_env, &own.secret_env].map(|variable| needed(variable, name, format!("generators.{name}")))
    });
    let model = needed(&settings.model.key_env, "model", "model".to_owned());
    Ok(voices.chain(generators.flatten()).chain(model).collect())
}

/// Whether it can be the name of a key: of an environment variable, that is, and one that does not look like a key itself.
pub fn is_key_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let fits = (1..=100).contains(&name.len()) && name.chars().all(plain);
    fits && !name.starts_with(|letter: char| letter.is_ascii_digit()) && !name.starts_with("sk_")
}

/// What the studio has under `variable`, white space around it left out; `None` where that is nothing.
fn found(variable: &str, studio: &Studio) -> Result<Option<String>, FilmError> {
    let found = (studio.secrets)(variable);
    let found = found.map_err(|why| FilmError::Keyring { variable: variable.to_owned(), why })?;
    Ok(found.map(|secret| secret.trim().to_owned()).filter(|secret| !secret.is_empty()))
}

/// The key that `film.toml` calls `variable`; `None` where it names none, or there is none.
pub(crate) fn key_in(variable: Option<&str>, studio: &Studio) -> Result<Option<Key>, FilmError> {
    let Some(variable) = variable else { return Ok(None) };
    let key = found(variable, studio)?.map(|secret| Key::new(&secret));
    key.transpose().map_err(|_| FilmError::BadKey { variable: variable.to_owned() })
}

/// What `generator` cannot do without, where it names a `variable` for it.
pub(crate) fn needed_secret(
    generator: &str,
    variable: Option<&str>,
    studio: &Studio,
) -> Result<Option<String>, FilmError> {
    let Some(variable) = variable else { return Ok(None) };
    let missing = || FilmError::Generator {
        generator: generator.to_owned(),
        why: format!("its key is not there: {variable} is neither in the environment nor in the keyring"),
        hint: Some(how_to_set(variable)),
    };
    Ok(Some(found(variable, studio)?.ok_or_else(missing)?))
}

/// How a key is handed in.
fn how_to_set(variable: &str) -> String {
    format!("set it: export {variable}=…, or keep it in the keyring: `soundlock key set {variable}`")
}
