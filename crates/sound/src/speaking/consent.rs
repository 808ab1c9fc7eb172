//! Whose voice may be used: a copy of a person's voice needs that person's word.

use std::collections::BTreeMap;
use std::path::Path;

use soundlock_script::LineId;
use soundlock_vault::{Hash, hash_file};

use super::{ServiceKind, ServiceVoice};
use crate::SoundError;
use crate::format::is_below_the_folder;
use crate::{LockedSound, Origin};

/// What somebody allowed, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who.
    pub person: String,
    /// The document, below the film folder with `/` between its parts.
    pub document: String,
    /// What for.
    pub scope: Scope,
    /// The last day on which it holds, `2027-12-31`.
    pub expires: String,
}

/// What a voice may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// For scratch lines, until an actor has spoken them.
    Scratch,
    /// For the film, and so for scratch lines too.
    Film,
}

/// A character that a service speaks, as `film.toml` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Casting {
    /// The character.
    pub character: String,
    /// The voice.
    pub voice: ServiceVoice,
    /// What `film.toml` says of the voice: a copy of a person's, or nobody's; `None` where it says nothing.
    pub cloned: Option<bool>,
    /// What a person allowed.
    pub consent: Option<Consent>,
}

impl Scope {
    /// Names in `film.toml`.
    pub const NAMES: [&'static str; 2] = ["scratch", "film"];

    /// The scope of this name; `None` where there is none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "scratch" => Some(Self::Scratch),
            "film" => Some(Self::Film),
            _ => None,
        }
    }
}

/// Whether `text` is a day as it is written: `2027-12-31`.
pub fn is_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    let dashes = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (month, day) = (number(5..7), number(8..10));
    dashes
        && digits
        && month.is_some_and(|m| (1..=12).contains(&m))
        && day.is_some_and(|d| (1..=31).contains(&d))
}

impl Casting {
    /// Checks that the voice may be used on the day `today` (`2027-12-31`); the hash of the document where one is needed.
    ///
    /// A stock voice of a service is nobody's and needs no consent. A copy of a person's voice does: one that `film.toml`
    /// calls `cloned`, at `ElevenLabs` every voice that is not of its stock and at `OpenAI` those made for an account, unless `film.toml` says `cloned = false`.
    /// A consent that is written down always counts.
    pub fn check(&self, folder: &Path, today: &str) -> Result<Option<Hash>, SoundError> {
        match &self.consent {
            Some(consent) => self.check_consent(consent, folder, today).map(Some),
            None => match self.why_needed() {
                Some(why) => Err(self.refused(format!("{why}, and nobody's consent is written down"))),
                None => Ok(None),
            },
        }
    }

    /// Checks that a film may be shown in which the voice is heard, on the day `today`: a consent to scratch lines is
    /// none to that. It says how the voice may be used where it may.
    pub fn check_for_showing(&self, folder: &Path, today: &str) -> Result<String, SoundError> {
        self.check(folder, today)?;
        match &self.consent {
            Some(Consent { scope: Scope::Scratch, person, .. }) => {
                Err(self.refused(format!("the consent of {person} is to scratch lines, not to the film")))
            }
            Some(Consent { person, expires, .. }) => Ok(format!("{person} allows it until {expires}")),
            None => Ok("it is nobody's voice".to_owned()),
        }
    }

    fn why_needed(&self) -> Option<String> {
        match (self.cloned, self.voice.kind) {
            (Some(true), _) => Some("it is the copy of a person's voice".to_owned()),
            (None, ServiceKind::ElevenLabs) if !STOCK.contains(&self.voice.voice.as_str()) => {
                Some("it is none of the service's stock voices, so it may be a person's".to_owned())
            }
            (None, ServiceKind::OpenAi) if self.voice.is_custom() => {
                Some("it is a voice made for an account, so it may be a person's".to_owned())
            }
            _ => None,
        }
    }

    fn check_consent(&self, consent: &Consent, folder: &Path, today: &str) -> Result<Hash, SoundError> {
        let document = &consent.document;
        if consent.person.trim().is_empty() {
            return Err(self.refused("the consent names no person".to_owned()));
        }
        if consent.expires.as_str() < today {
            let why = format!("the consent of {} ended on {}", consent.person, consent.expires);
            return Err(self.refused(why));
        }
        let file = folder.join(document);
        let is_there = is_below_the_folder(document)
            && file.metadata().is_ok_and(|file| file.is_file() && file.len() > 0);
        if !is_there {
            return Err(self.refused(format!("the document `{document}` is not in the film folder")));
        }
        hash_file(&file).map_err(|source| SoundError::Io { file, source })
    }

    fn refused(&self, why: String) -> SoundError {
        SoundError::NoConsent { character: self.character.clone(), voice: self.voice.name(), why }
    }
}

/// A voice by service that is heard in a film, and whether the film may be shown with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who speaks so.
    pub character: String,
    /// The voice.
    pub voice: ServiceVoice,
    /// Which lines.
    pub lines: Vec<LineId>,
    /// How it may be used, or why the film may not be shown with it.
    pub may_be_shown: Result<String, String>,
}

/// Every voice by service that is heard in `locked`, by character, checked on the day `today` for a showing.
///
/// `castings` are the film's as it is now, by character: a voice that is cast no longer and still heard is checked as one
/// that film.toml says nothing of.
pub fn heard_voices(
    locked: &LockedSound,
    castings: &BTreeMap<String, Casting>,
    folder: &Path,
    today: &str,
) -> Result<Vec<Heard>, SoundError> {
    let mut lines: BTreeMap<(&str, ServiceVoice), Vec<LineId>> = BTreeMap::new();
    for line in locked.scenes.iter().flat_map(|scene| &scene.lines) {
        let Origin::Scratch(voice) = &line.source.origin else { continue };
        if let Some(voice) = ServiceVoice::read(voice) {
            lines.entry((&line.character, voice)).or_default().push(line.id.clone());
        }
    }
    let heard = lines.into_iter().map(|((character, voice), lines)| {
        let may_be_shown = match casting(castings, character, &voice).check_for_showing(folder, today) {
            Ok(how) => Ok(how),
            Err(SoundError::NoConsent { why, .. }) => Err(why),
            Err(error) => return Err(error),
        };
        Ok(Heard { character: character.to_owned(), voice, lines, may_be_shown })
    });
    heard.collect()
}

/// How `character` is cast where `voice` speaks, letter case aside as everywhere that names of the cast are looked up.
pub(super) fn casting(
    castings: &BTreeMap<String, Casting>,
    character: &str,
    voice: &ServiceVoice,
) -> Casting {
    let same = |casting: &&Casting| {
        casting.character.to_lowercase() == character.to_lowercase() && casting.voice == *voice
    };
    let (character, voice) = (character.to_owned(), voice.clone());
    let unsaid = || Casting { character, voice, cloned: None, consent: None };
    castings.values().find(same).cloned().unwrap_or_else(unsaid)
}

/// Stock voices of `ElevenLabs`, which are nobody's: those it makes itself and gives every account.
const STOCK: [&str; 36] = [
    "21m00Tcm4TlvDq8ikWAM",
    "29vD33N1CtxCmqQRPOHJ",
    "2EiwWnXFnvU5JabPnv8n",
    "5Q0t7uMcjvnagumLfvZi",
    "9BWtsMINqrJLrRacOk9x",
    "AZnzlk1XvdvUeBnXmlld",
    "CYw3kZ02Hs0563khs1Fj",
    "CwhRBWXzGAHq8TQ4Fs17",
    "D38z5RcWu1voky8WS1ja",
    "EXAVITQu4vr4xnSDxMaL",
    "ErXwobaYiN019PkySvjV",
    "FGY2WhTYpPnrIDTdsKH5",
    "GBv7mTt0atIp3Br8iCZE",
    "IKne3meq5aSn9XLyUdCD",
    "JBFqnCBsd6RMkjVDRZzb",
    "LcfcDJNUP1GQjkzn1xUU",
    "MF3mGyEYCl7XYWbV9V6O",
    "N2lVS1w4EtoT3dr4eOWO",
    "SAz9YHcvj6GT2YYXdXww",
    "SOYHLrjzK2X1ezoPC6cr",
    "TX3LPaxmHKxFdv7VOQHJ",
    "TxGEqnHWrfWFTfGW9XjX",
    "VR6AewLTigWG4xSOukaG",
    "XB0fDUnXU5powFXDhCwa",
    "Xb7hH8MSUJpSbSDYk0k2",
    "XrExE9yKIg1WjnnlVkGX",
    "bIHbv24MWmeRgasZH58o",
    "cgSgspJ2msm6clMCkdW9",
    "cjVigY5qzO86Huf0OWal",
    "hpp4J3VqNfWAUOO0d1Us",
    "iP95p4xoKVk53GoZ742B",
    "nPczCjzI2devNBz1zQrb",
    "onwK4e9ZLuTAKqWW03F9",
    "pFZP5JQG7iQjIQuC4Bku",
    "pNInz6obpgDQGcFmaJgB",
    "pqHfZKP75CvOlQylNhV4",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn casting(kind: ServiceKind, voice: &str, cloned: Option<bool>, consent: Option<Consent>) -> Casting {
        let voice = ServiceVoice::new("labs", voice, kind, "model").unwrap();
        Casting { character: "MINA".to_owned(), voice, cloned, consent }
    }

    fn consent(document: &str, expires: &str) -> Consent {
        let (person, document) = ("Kim Mina".to_owned(), document.to_owned());
        Consent { person, document, scope: Scope::Scratch, expires: expires.to_owned() }
    }

    #[test]
    fn only_copies_of_persons_need_consent_and_only_what_holds_counts() {
        use ServiceKind::{ElevenLabs, OpenAi};
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("consents")).unwrap();
        std::fs::write(folder.path().join("consents/mina.pdf"), "yes").unwrap();
        std::fs::write(folder.path().join("consents/empty.pdf"), "").unwrap();
        let paper = "consents/mina.pdf";
        let stock = "21m00Tcm4TlvDq8ikWAM";
        for (kind, voice, cloned, consent, refused) in [
            (OpenAi, "af_bella", None, None, None),
            (OpenAi, "af_bella", Some(true), None, Some("copy of a person's voice")),
            (OpenAi, "voice_1234", None, None, Some("made for an account")),
            (OpenAi, "voice_1234", Some(false), None, None),
            (OpenAi, "af_bella", Some(true), Some(consent(paper, "2027-01-01")), None),
            (ElevenLabs, stock, None, None, None),
            (ElevenLabs, stock, Some(true), None, Some("copy of a person's voice")),
            (ElevenLabs, "someoneElse0000000000", None, None, Some("none of the service's stock")),
            (ElevenLabs, "someoneElse0000000000", Some(false), None, None),
            (ElevenLabs, "someoneElse0000000000", None, Some(consent(paper, "2026-11-23")), None),
            (OpenAi, "af_bella", None, Some(consent(paper, "2026-11-22")), Some("ended on 2026-11-22")),
            (
                OpenAi,
                "af_bella",
                None,
                Some(consent("consents/none.pdf", "2027-01-01")),
                Some("not in the film folder"),
            ),
            (
                OpenAi,
                "af_bella",
                None,
                Some(consent("consents/empty.pdf", "2027-01-01")),
                Some("not in the film folder"),
            ),
            (
                OpenAi,
                "af_bella",
                None,
                Some(consent("../mina.pdf", "2027-01-01")),
                Some("not in the film folder"),
            ),
            (
                OpenAi,
                "af_bella",
                None,
                Some(consent("/etc/passwd", "2027-01-01")),
                Some("not in the film folder"),
            ),
        ] {
            let wanted = consent.is_some();
            let checked = casting(kind, voice, cloned, consent).check(folder.path(), "2026-11-23");
            match (checked, refused) {
                (Ok(document), None) => assert_eq!(document.is_some(), wanted, "{voice}"),
                (Err(error), Some(why)) => assert!(error.to_string().contains(why), "{error}"),
                (found, _) => panic!("{voice}, {cloned:?}: {found:?}, not {refused:?}"),
            }
        }
    }

    #[test]
    fn a_consent_to_scratch_lines_is_none_to_the_film() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mina.pdf"), "yes").unwrap();
        let shown = |scope, expires: &str, cloned| {
            let consent = Consent { scope, ..consent("mina.pdf", expires) };
            let casting = casting(ServiceKind::OpenAi, "mina-copy", cloned, Some(consent));
            let shown = casting.check_for_showing(folder.path(), "2026-11-23");
            shown.map_err(|error| error.to_string())
        };
        assert_eq!(shown(Scope::Film, "2026-11-23", None).unwrap(), "Kim Mina allows it until 2026-11-23");
        for (scope, expires, cloned, why) in [
            (Scope::Scratch, "2027-01-01", Some(true), "is to scratch lines, not to the film"),
            (Scope::Scratch, "2027-01-01", Some(false), "is to scratch lines, not to the film"),
            (Scope::Film, "2026-11-22", None, "ended on 2026-11-22"),
        ] {
            let error = shown(scope, expires, cloned).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        let nobodys = casting(ServiceKind::OpenAi, "af_bella", None, None);
        assert!(nobodys.check_for_showing(folder.path(), "2026-11-23").unwrap().contains("nobody's"));
        let unsaid = casting(ServiceKind::OpenAi, "mina-copy", Some(true), None);
        assert!(unsaid.check_for_showing(folder.path(), "2026-11-23").is_err());
    }

    #[test]
    fn days_are_days() {
        for day in ["2027-12-31", "2026-01-01"] {
            assert!(is_day(day), "{day}");
        }
        for day in [
            "",
            "2027",
            "2027-13-01",
            "2027-00-10",
            "2027-1-1",
            "31-12-2027",
            "2027-12-32",
            "2027/12/31",
            "2027-12-+1",
            "가가가-",
        ] {
            assert!(!is_day(day), "{day}");
        }
    }
}
