use std::fmt;

use serde::Serialize;

/// A voice that a service speaks with.
///
/// Written as `kokoro:af_bella openai kokoro`: the service's name in `film.toml`, the voice's name there, what the service
/// speaks like, the model. This is also how `sound.lock` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceVoice {
    /// The service's name in `film.toml`.
    pub service: String,
    /// The voice's name at the service.
    pub voice: String,
    /// How the service is spoken to.
    pub kind: ServiceKind,
    /// The model that speaks.
    pub model: String,
}

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// `POST /v1/audio/speech`, as `OpenAI` has it; Kokoro's servers and many others speak it too.
    OpenAi,
    /// `POST /v1/text-to-speech/VOICE`, as `ElevenLabs` has it.
    ElevenLabs,
}

impl ServiceKind {
    /// Names in `film.toml`.
    pub const NAMES: [&'static str; 2] = ["openai", "elevenlabs"];

    /// The kind of this name; `None` where there is none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "openai" => Some(Self::OpenAi),
            "elevenlabs" => Some(Self::ElevenLabs),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::ElevenLabs => "elevenlabs",
        }
    }
}

/// Whether `name` can name a service: letters, digits, `-`, `_`.
pub(super) fn is_service_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}

/// Whether `name` can name a voice or a model: words are apart by spaces where voices are written, and names go into
/// addresses and tables.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.+/:(),@".contains(letter);
    (1..=128).contains(&name.len()) && name.chars().all(plain)
}

impl ServiceVoice {
    /// The voice called `voice` of a service; `None` where a name has letters that names do not have.
    pub fn new(service: &str, voice: &str, kind: ServiceKind, model: &str) -> Option<Self> {
        (is_service_name(service) && is_name(voice) && is_name(model)).then(|| Self {
            service: service.to_owned(),
            voice: voice.to_owned(),
            kind,
            model: model.to_owned(),
        })
    }

    /// Whether it is a voice that `OpenAI` made for an account, from a recording of somebody: `voice_1234`.
    pub(super) fn is_custom(&self) -> bool {
        self.kind == ServiceKind::OpenAi && self.voice.starts_with("voice_")
    }

    /// As it is written in `film.toml`: `kokoro:af_bella`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.voice)
    }

    /// The voice that is written so; `None` for anything else, as are all voices of espeak-ng.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [name, kind, model] = words.as_slice() else { return None };
        let (service, voice) = name.split_once(':')?;
        Self::new(service, voice, ServiceKind::named(kind)?, model)
    }
}

impl fmt::Display for ServiceVoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{} {} {}", self.service, self.voice, self.kind.name(), self.model)
    }
}

#[cfg(test)]
mod tests {
    use crate::Voice;

    #[test]
    fn a_voice_by_service_reads_as_it_is_written() {
        for text in [
            "kokoro:af_bella openai kokoro",
            "kokoro:af_bella(2)+af_sky(1) openai hexgrad/Kokoro-82M",
            "labs:21m00Tcm4TlvDq8ikWAM elevenlabs eleven_multilingual_v2",
        ] {
            let voice: Voice = text.parse().unwrap();
            assert!(matches!(voice, Voice::Service(_)), "{text}");
            assert_eq!(voice.to_string(), text);
        }
        for text in [
            "kokoro:af_bella",
            "kokoro:a b openai m",
            ":x openai m",
            "k: openai m",
            "k:v piper m",
            "k:v openai m\n x",
        ] {
            assert!(text.parse::<Voice>().is_err(), "{text}");
        }
    }
}
