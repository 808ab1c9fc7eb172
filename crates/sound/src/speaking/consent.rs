//! Whose voice may be used: a copy of a person's voice needs that person's word.

use std::path::Path;

use soundlock_vault::{Hash, hash_file};

use super::{ServiceKind, ServiceVoice};
use crate::SoundError;
use crate::format::is_below_the_folder;

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
    /// calls `cloned`, and at `ElevenLabs` every voice that is not of its stock, unless `film.toml` says `cloned = false`.
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

    fn why_needed(&self) -> Option<String> {
        match (self.cloned, self.voice.kind) {
            (Some(true), _) => Some("it is the copy of a person's voice".to_owned()),
            (None, ServiceKind::ElevenLabs) if !STOCK.contains(&self.voice.voice.as_str()) => {
                Some("it is none of the service's stock voices, so it may be a person's".to_owned())
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

/// Stock voices of `ElevenLabs`, which are nobody's: those it makes itself and gives every account.
const STOCK: [&str; 31] = [
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
    "IKne3meq5aSn9XLyUdCD",
    "JBFqnCBsd6RMkjVDRZzb",
    "MF3mGyEYCl7XYWbV9V6O",
    "N2lVS1w4EtoT3dr4eOWO",
    "SAz9YHcvj6GT2YYXdXww",
    "TX3LPaxmHKxFdv7VOQHJ",
    "TxGEqnHWrfWFTfGW9XjX",
    "VR6AewLTigWG4xSOukaG",
    "XB0fDUnXU5powFXDhCwa",
    "Xb7hH8MSUJpSbSDYk0k2",
    "XrExE9yKIg1WjnnlVkGX",
    "bIHbv24MWmeRgasZH58o",
    "cgSgspJ2msm6clMCkdW9",
    "cjVigY5qzO86Huf0OWal",
    "iP95p4xoKVk53GoZ742B",
    "nPczCjzI2devNBz1zQrb",
    "onwK4e9ZLuTAKqWW03F9",
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
