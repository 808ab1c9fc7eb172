//! Voices by service: from standing orders to what the sound department speaks with.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use soundlock_deliver::Check;
use soundlock_service::{Address, Plain, Usd};
use soundlock_sound::{
    Casting, Consent, Heard, LockedSound, Scope, ServiceKind, ServiceVoice, SoundError, SoundRules, Spoken,
    Unspoken, VoiceFormat, VoiceService, VoiceServices, find_recordings, heard_voices, is_day, speak,
    unspoken,
};

use crate::keys::{is_key_name, key_in};
use crate::settings::{CastSettings, Checked, Settings};
use crate::{Film, FilmError, Studio};

/// A service that speaks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VoiceSettings {
    /// `openai` or `elevenlabs`: how it is spoken to.
    pub kind: Option<String>,
    /// Where it is; the vendor's own address where nothing is said.
    pub url: Option<String>,
    /// The model that speaks.
    pub model: Option<String>,
    /// The environment variable that its key is in.
    pub key_env: Option<String>,
    /// What a thousand letters cost.
    pub usd_per_1000_characters: Option<f64>,
    /// The most that it may cost the film.
    pub most_usd: Option<f64>,
    /// Whether all its voices are copies of persons' voices.
    pub cloned: bool,
    /// `wav` or `pcm`: what an `OpenAI`-shaped service is asked to send.
    pub format: Option<String>,
    /// The rate of `pcm`.
    pub pcm_hz: Option<u32>,
    /// Whether it may be spoken to without encryption wherever it is.
    pub plain_http: bool,
    /// How long a line may take it, in seconds.
    pub timeout_secs: Option<u64>,
}

/// What a person allowed to be done with a copy of their voice.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentSettings {
    /// Who.
    pub person: String,
    /// Where it is written, below the film folder.
    pub document: String,
    /// `scratch` or `film`.
    pub scope: String,
    /// The last day on which it holds, `"2027-12-31"`.
    pub expires: String,
}

/// What services may cost.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BudgetSettings {
    /// The most that services may cost the film, in US dollars.
    pub usd: Option<f64>,
    /// The most that takes may cost on one day.
    pub usd_per_day: Option<f64>,
    /// The most that takes may cost in one run of `shoot`.
    pub usd_per_run: Option<f64>,
}

/// Where lines go to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenAt {
    /// The service in `film.toml`.
    pub service: String,
    /// Its address.
    pub address: String,
    /// Whether that is this machine or in a private network.
    pub is_near: bool,
    /// The environment variable whose content goes along as a key.
    pub key_env: Option<String>,
}

impl VoiceSettings {
    fn kind(&self) -> Option<ServiceKind> {
        self.kind.as_deref().and_then(ServiceKind::named)
    }

    fn address(&self) -> Result<Address, soundlock_service::ServiceError> {
        let own = match self.kind() {
            Some(ServiceKind::ElevenLabs) => "https://api.elevenlabs.io",
            _ => "https://api.openai.com",
        };
        let plain = if self.plain_http { Plain::Anywhere } else { Plain::OnlyNear };
        Address::read(self.url.as_deref().unwrap_or(own), plain)
    }

    fn model(&self) -> Option<&str> {
        let own = (self.kind() == Some(ServiceKind::ElevenLabs)).then_some("eleven_multilingual_v2");
        self.model.as_deref().or(own)
    }

    fn price(&self) -> Usd {
        self.usd_per_1000_characters.and_then(Usd::from_dollars).unwrap_or_default()
    }

    fn format(&self) -> VoiceFormat {
        match self.format.as_deref() {
            Some("pcm") => VoiceFormat::Pcm { hz: self.pcm_hz.unwrap_or(24_000) },
            _ => VoiceFormat::Wav,
        }
    }

    fn check(&self, name: &str, checked: &Checked<'_>) -> Result<(), FilmError> {
        let at = |key| ["voices", name, key];
        let lacks = |key: &'static str, hint: &str| {
            checked.error(&at(key), format!("voices.{name} has no {key}"), Some(hint.to_owned()))
        };
        checked.one_of(&at("kind"), self.kind.as_deref(), &ServiceKind::NAMES)?;
        let Some(kind) = self.kind() else {
            return Err(lacks("kind", "write kind = \"openai\" or \"elevenlabs\""));
        };
        if self.key_env.as_deref().is_some_and(|name| !is_key_name(name)) {
            // What stands there may be the key itself, so it is not repeated.
            let why = format!("voices.{name}.key_env is no name of an environment variable");
            let hint = "write key_env = \"VOICE_KEY\", say, and set that to the key; a key never stands in film.toml";
            return Err(checked.error(&at("key_env"), why, Some(hint.to_owned())));
        }
        let address = self.address();
        let address = address.map_err(|error| checked.error(&at("url"), error.to_string(), error.hint()))?;
        let Some(model) = self.model() else { return Err(lacks("model", "write model = \"kokoro\", say")) };
        if ServiceVoice::new(name, "any", kind, model).is_none() {
            let why =
                format!("`{name}` or `{model}` has letters that names of services and models do not have");
            return Err(checked.error(&at("model"), why, None));
        }
        checked.within(&at("usd_per_1000_characters"), self.usd_per_1000_characters, 0.0..=1000.0)?;
        if self.usd_per_1000_characters.is_none() && !address.is_this_machine() {
            let hint = "write what it costs, 0.24 say; or 0 where it costs nothing";
            return Err(lacks("usd_per_1000_characters", hint));
        }
        checked.within(&at("most_usd"), self.most_usd, 0.0..=1e6)?;
        checked.one_of(&at("format"), self.format.as_deref(), &["wav", "pcm"])?;
        checked.within(&at("pcm_hz"), self.pcm_hz.map(f64::from), 8_000.0..=192_000.0)?;
        checked.within(&at("timeout_secs"), self.timeout_secs.map(|secs| secs as f64), 1.0..=3600.0)
    }

    /// The service, with its key where `studio` is given.
    fn service(&self, studio: Option<&Studio>) -> Result<Option<VoiceService>, FilmError> {
        let (Some(kind), Ok(address)) = (self.kind(), self.address()) else { return Ok(None) };
        Ok(Some(VoiceService {
            kind,
            address,
            key: studio.map(|studio| key_in(self.key_env.as_deref(), studio)).transpose()?.flatten(),
            key_env: self.key_env.clone(),
            price: self.price(),
            most: self.most_usd.and_then(Usd::from_dollars),
            format: self.format(),
            timeout_secs: self.timeout_secs.unwrap_or(120),
        }))
    }
}

impl ConsentSettings {
    fn check(&self, name: &str, checked: &Checked<'_>) -> Result<(), FilmError> {
        let at = |key| ["consents", name, key];
        for (key, value) in [("person", &self.person), ("document", &self.document)] {
            if value.trim().is_empty() {
                let why = format!("consents.{name} has no {key}");
                return Err(checked.error(&at(key), why, Some(format!("write {key} = \"…\""))));
            }
        }
        checked.one_of(&at("scope"), Some(&self.scope), &Scope::NAMES)?;
        if is_day(&self.expires) {
            return Ok(());
        }
        let why = format!("consents.{name}.expires is `{}`, which is no day", self.expires);
        Err(checked.error(&at("expires"), why, Some("write expires = \"2027-12-31\"".to_owned())))
    }

    fn consent(&self) -> Option<Consent> {
        let (person, document) = (self.person.clone(), self.document.clone());
        Some(Consent { person, document, scope: Scope::named(&self.scope)?, expires: self.expires.clone() })
    }
}

impl CastSettings {
    /// Service and voice that `voice` names, where it names a service: `kokoro:af_bella`.
    fn by_service(&self) -> Option<(&str, &str)> {
        self.voice.as_deref()?.split_once(':')
    }
}

impl Settings {
    pub(crate) fn check_voices(&self, checked: &Checked<'_>) -> Result<(), FilmError> {
        for (name, voices) in &self.voices {
            voices.check(name, checked)?;
        }
        for (name, consent) in &self.consents {
            consent.check(name, checked)?;
        }
        checked.within(&["budget", "usd"], self.budget.usd, 0.0..=1e6)?;
        checked.within(&["budget", "usd_per_day"], self.budget.usd_per_day, 0.0..=1e6)?;
        checked.within(&["budget", "usd_per_run"], self.budget.usd_per_run, 0.0..=1e6)?;
        for (name, cast) in &self.cast {
            let Some((service, voice)) = cast.by_service() else { continue };
            let at = ["cast", name, "voice"];
            let Some(voices) = self.voices.get(service) else {
                let why = format!(
                    "`{service}:{voice}` is a voice of a service, and there is no [voices.{service}]"
                );
                return Err(checked.error(
                    &at,
                    why,
                    Some(format!("write [voices.{service}] with kind and url")),
                ));
            };
            if voices.voice(service, voice).is_none() {
                let why = format!("`{voice}` has letters that names of voices do not have");
                return Err(checked.error(&at, why, None));
            }
            if cast.words_per_minute.is_some() || cast.pitch.is_some() {
                let why = format!("words_per_minute and pitch mean nothing to {service}:{voice}");
                return Err(checked.error(&at, why, Some("they are for voices of espeak-ng".to_owned())));
            }
        }
        Ok(())
    }

    /// The voice by service that a member of the cast is given.
    pub(crate) fn service_voice(&self, cast: &CastSettings) -> Option<ServiceVoice> {
        let (service, voice) = cast.by_service()?;
        self.voices.get(service)?.voice(service, voice)
    }

    fn casting(&self, character: &str, cast: &CastSettings) -> Option<Casting> {
        let voice = self.service_voice(cast)?;
        let of_service = self.voices.get(&voice.service).and_then(|voices| voices.cloned.then_some(true));
        let same = |name: &&String| name.to_lowercase() == character.to_lowercase();
        let consent = self.consents.keys().find(same).and_then(|name| self.consents[name].consent());
        Some(Casting { character: character.to_owned(), voice, cloned: cast.cloned.or(of_service), consent })
    }

    fn castings(&self) -> BTreeMap<String, Casting> {
        let casting = |(name, cast): (&String, _)| Some((name.clone(), self.casting(name, cast)?));
        self.cast.iter().filter_map(casting).collect()
    }
}

impl VoiceSettings {
    fn voice(&self, service: &str, voice: &str) -> Option<ServiceVoice> {
        ServiceVoice::new(service, voice, self.kind()?, self.model()?)
    }
}

impl Film {
    /// The lines that a service is cast for and has not spoken, with what that would cost.
    pub fn unspoken(&self) -> Result<Vec<Unspoken>, FilmError> {
        let (services, recordings) = (self.voice_services(&[])?, find_recordings(self.folder.root())?);
        let rules = self.settings.sound_rules(&self.screenplay)?;
        let (previous, context) = (self.locked.as_ref(), self.sound_context());
        Ok(unspoken(&self.screenplay, &rules, &recordings, previous, &services, &context)?)
    }

    /// Has `lines` spoken by their services, which may cost money. Those that may have been paid for already are left out
    /// unless `again` says that they may be paid for twice.
    pub fn speak(&self, lines: &[Unspoken], again: bool) -> Result<Spoken, FilmError> {
        Ok(speak(lines, &self.voice_services(lines)?, again, &self.sound_context())?)
    }

    /// Where `lines` would go to be spoken, one place for each service.
    pub fn spoken_at(&self, lines: &[Unspoken]) -> Result<Vec<SpokenAt>, FilmError> {
        let services = self.voice_services(lines)?.services;
        let named: BTreeSet<&str> = lines.iter().map(|line| line.voice.service.as_str()).collect();
        let place = |name: &str| {
            let service = services.get(name)?;
            Some(SpokenAt {
                service: name.to_owned(),
                address: service.address.to_string(),
                is_near: service.address.is_near(),
                key_env: service.key.as_ref().and(service.key_env.clone()),
            })
        };
        Ok(named.into_iter().filter_map(place).collect())
    }

    /// Whether the film may be shown with the voices by service that are heard in `sound`: one check for each.
    ///
    /// The film is made all the same, because a director has to hear it; that it may not leave the house is a check that
    /// fails.
    pub fn rights(&self, sound: &LockedSound) -> Result<Vec<Check>, FilmError> {
        let heard = heard_voices(sound, &self.settings.castings(), self.folder.root(), &self.today())?;
        Ok(heard.iter().map(rights_check).collect())
    }

    /// The services of the film; only those that speak one of `lines` are given their keys.
    fn voice_services(&self, lines: &[Unspoken]) -> Result<VoiceServices, FilmError> {
        let mut services = BTreeMap::new();
        for (name, voices) in &self.settings.voices {
            let speaks = lines.iter().any(|line| line.voice.service == *name);
            services.extend(
                voices.service(speaks.then_some(&self.studio))?.map(|service| (name.clone(), service)),
            );
        }
        let budget = self.settings.budget.usd.and_then(Usd::from_dollars);
        let spent_elsewhere = soundlock_assistant::spent(&self.vault)?;
        let (castings, today) = (self.settings.castings(), self.today());
        Ok(VoiceServices { services, castings, budget, spent_elsewhere, today })
    }

    /// Takes voices out of `rules` that may not be used, and says why.
    pub(crate) fn keep_allowed_voices(&self, rules: &mut SoundRules) -> Result<Vec<String>, FilmError> {
        let mut refused = Vec::new();
        for (name, casting) in self.settings.castings() {
            match casting.check(self.folder.root(), &self.today()) {
                Ok(_) => {}
                Err(error @ SoundError::NoConsent { .. }) => {
                    rules.voices.remove(&name);
                    refused.push(format!("{error}; another voice stands in"));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(refused)
    }

    /// The day, `2027-12-31`.
    pub(crate) fn today(&self) -> String {
        (self.studio.clock)().chars().take("2027-12-31".len()).collect()
    }
}

fn rights_check(heard: &Heard) -> Check {
    let (Heard { character, voice, lines, .. }, count) = (heard, heard.lines.len());
    let many = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let first = lines.first().map(|line| format!(", the first {line}")).unwrap_or_default();
    let (Ok(why) | Err(why)) = &heard.may_be_shown;
    Check {
        name: format!("{character}, spoken by {}", voice.name()),
        value: format!("{many}{first}: {why}"),
        limit: "nobody's voice, or a person's with consent to the film".to_owned(),
        passed: heard.may_be_shown.is_ok(),
        clause: format!("film.toml, [consents.{character}]"),
        binding: true,
    }
}
