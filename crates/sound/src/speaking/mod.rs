//! Scratch lines spoken by a service, local or hosted.
//!
//! Nothing here happens by itself: [`unspoken`] says which lines a service is cast for and has not spoken, and what they
//! would cost; [`speak`] has them spoken. Until then espeak-ng stands in. What a service spoke is a paid result of the
//! vault: kept for ever, never made again by itself. Before each question an entry says that it is about to be asked, so
//! that a line whose answer was lost, however it was lost, is known to be in doubt and is not asked for again unless a
//! person says so.

mod answer;
mod consent;
mod paid;
mod step;
#[cfg(test)]
mod tests;
mod voice;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use soundlock_script::{LineId, Screenplay};
use soundlock_service::{Address, Key, Usd};
use soundlock_vault::{Hash, Object, VaultError, run_stage};

pub use consent::{Casting, Consent, Heard, Scope, heard_voices, is_day};
pub use paid::{Doubt, spent_on_voices};
pub use voice::{ServiceKind, ServiceVoice};

use crate::context::SoundContext;
use crate::lock::Plan;
use crate::readings::readings;
use crate::{LockedSound, Recordings, SoundError, SoundRules};
use paid::{Attempt, Attempts, Purse};
use step::{Bring, BySpeaker, Call, Talk};

/// How many lines one run asks for at once: small accounts may have no more.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(2).unwrap();

/// A service that speaks, as `film.toml` has it.
#[derive(Debug, Clone)]
pub struct VoiceService {
    /// How it is spoken to.
    pub kind: ServiceKind,
    /// Where it is.
    pub address: Address,
    /// Its key, as it was handed in.
    pub key: Option<Key>,
    /// The environment variable that the key is in; for services that need one.
    pub key_env: Option<String>,
    /// What a thousand letters cost.
    pub price: Usd,
    /// The most that this service may cost the film.
    pub most: Option<Usd>,
    /// What an `OpenAI`-shaped service is asked to send.
    pub format: VoiceFormat,
    /// How long a line may take it, in seconds.
    pub timeout_secs: u64,
}

/// What a service is asked to send. Never anything that was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceFormat {
    /// WAV.
    Wav,
    /// 16-bit values at this rate.
    Pcm {
        /// The rate.
        hz: u32,
    },
}

/// Services, whom they speak, and what they may cost.
#[derive(Debug, Clone)]
pub struct VoiceServices {
    /// By their names in `film.toml`.
    pub services: BTreeMap<String, VoiceService>,
    /// Characters that a service speaks, by name.
    pub castings: BTreeMap<String, Casting>,
    /// The most that services may cost the film.
    pub budget: Option<Usd>,
    /// What others have spent of that.
    pub spent_elsewhere: Usd,
    /// The day, `2027-12-31`, for consents.
    pub today: String,
}

/// A line that a service is cast for and has not spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unspoken {
    /// The line.
    pub line: LineId,
    /// Who speaks.
    pub character: String,
    /// What is said.
    pub text: String,
    /// The voice.
    pub voice: ServiceVoice,
    /// How many letters are paid for: none where another line has the same words and voice.
    pub letters: u64,
    /// What it costs.
    pub cost: Usd,
    /// Why it may have been paid for already.
    pub doubt: Option<Doubt>,
}

/// What was spoken in a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spoken {
    /// How many lines.
    pub lines: usize,
    /// What they cost.
    pub cost: Usd,
}

/// The lines that a service is cast for and has not spoken, in the film's order.
///
/// A line that somebody has recorded needs no other voice. `rules.voices` says whom services speak.
pub fn unspoken(
    screenplay: &Screenplay,
    rules: &SoundRules,
    recordings: &Recordings,
    previous: Option<&LockedSound>,
    services: &VoiceServices,
    context: &SoundContext<'_>,
) -> Result<Vec<Unspoken>, SoundError> {
    let readings = readings(screenplay, rules, recordings, context)?;
    let plan = Plan::new(screenplay, rules, &readings, previous, context)?;
    let attempts = Attempts::read(context.vault)?;
    let (mut keys, mut found) = (BTreeSet::new(), Vec::new());
    for (line, voice) in plan.unspoken {
        let service = services.of(&voice)?;
        let key = context.vault.key_of(&BySpeaker { voice: &voice, text: &line.text, call: None })?;
        let letters = if keys.insert(key) { line.text.chars().count() as u64 } else { 0 };
        found.push(Unspoken {
            line: line.id.clone(),
            character: line.character.clone(),
            text: line.text.clone(),
            letters,
            cost: service.price.of_thousand(letters),
            doubt: attempts.doubt(&key),
            voice,
        });
    }
    Ok(found)
}

/// Has `lines` spoken, in their order, and stops at the first that cannot be. Lines that may have been paid for already are
/// left out unless `again` says that they may be paid for twice.
///
/// Nothing is asked before it is sure that every voice may be used, every key is there, and the whole keeps all limits.
pub fn speak(
    lines: &[Unspoken],
    services: &VoiceServices,
    again: bool,
    context: &SoundContext<'_>,
) -> Result<Spoken, SoundError> {
    let lines: Vec<&Unspoken> = lines.iter().filter(|line| again || line.doubt.is_none()).collect();
    let consents = services.check(&lines, context)?;
    let most = services.services.iter().filter_map(|(name, service)| Some((name.clone(), service.most?)));
    let purse = Purse::open(context.vault, (services.budget, services.spent_elsewhere), most.collect())?;
    purse.check(&costs(&lines))?;
    let talks: BTreeMap<&str, Talk<'_>> =
        services.services.iter().map(|(name, service)| (name.as_str(), Talk::new(service))).collect();
    // One question for what is kept under one key, whatever the service is called: another would wait for its turn, and
    // then ask although the first was lost.
    let (mut keys, mut jobs) = (BTreeSet::new(), Vec::new());
    for line in &lines {
        let step = BySpeaker { voice: &line.voice, text: &line.text, call: None };
        if keys.insert(context.vault.key_of(&step)?) {
            jobs.push((line.line.to_string(), *line));
        }
    }
    let costs = run_stage("speak", context.reporter, jobs, AT_ONCE, context.cancel, |line: &Unspoken| {
        let service = services.of(&line.voice)?;
        let consent = consents.get(&line.character).copied().flatten();
        speak_line(line, &talks[line.voice.service.as_str()], service, &purse, consent, context)
    })?;
    Ok(Spoken { lines: lines.len(), cost: costs.into_iter().sum() })
}

/// Has one line spoken; gives what it cost.
fn speak_line(
    line: &Unspoken,
    talk: &Talk<'_>,
    service: &VoiceService,
    purse: &Purse<'_>,
    consent: Option<Hash>,
    context: &SoundContext<'_>,
) -> Result<Usd, SoundError> {
    let step = BySpeaker { voice: &line.voice, text: &line.text, call: None };
    let key = context.vault.key_of(&step)?;
    if line.doubt.is_some() {
        context.vault.give_up(&key)?;
    }
    let letters = line.text.chars().count() as u64;
    let attempt = Attempt {
        key,
        service: line.voice.service.clone(),
        address: service.address.to_string(),
        model: line.voice.model.clone(),
        voice: line.voice.voice.clone(),
        letters,
        cost_usd_micros: service.price.of_thousand(letters),
        consent,
    };
    let call =
        Call { line: &line.line, talk, purse, attempt: attempt.clone(), context, came: Mutex::new(None) };
    let step = BySpeaker { call: Some(call), ..step };
    let made = context.run(&format!("line {}", line.line), &step);
    let came = step.call.and_then(|call| call.came.into_inner().unwrap_or_else(PoisonError::into_inner));
    match (made, came) {
        (Ok(object), Some((intent, said))) => purse.done(&line.line, intent, &attempt, (object.hash, said)),
        (Ok(_), None) => Ok(Usd::ZERO),
        (Err(error), None) => Err(error),
        // It was spoken, and could not be laid down: a full disk, say.
        (Err(error), Some((intent, _))) => {
            purse.in_doubt(
                &line.line,
                intent,
                format!("it was spoken and could not be kept: {error}"),
                None,
            )?;
            Err(error)
        }
    }
}

fn costs(lines: &[&Unspoken]) -> BTreeMap<String, Usd> {
    let mut costs = BTreeMap::new();
    for line in lines {
        let sum = costs.entry(line.voice.service.clone()).or_insert(Usd::ZERO);
        *sum = *sum + line.cost;
    }
    costs
}

impl VoiceServices {
    fn of(&self, voice: &ServiceVoice) -> Result<&VoiceService, SoundError> {
        let named = self.services.get(&voice.service);
        named.ok_or_else(|| SoundError::NoService { voice: voice.name(), service: voice.service.clone() })
    }

    /// Whether all that `lines` need may be used and is there: consents, whose documents are given by character, and keys.
    fn check(
        &self,
        lines: &[&Unspoken],
        context: &SoundContext<'_>,
    ) -> Result<BTreeMap<String, Option<Hash>>, SoundError> {
        let mut consents = BTreeMap::new();
        for line in lines {
            let service = self.of(&line.voice)?;
            if let (None, Some(key_env)) = (&service.key, &service.key_env) {
                let (service, key_env) = (line.voice.service.clone(), key_env.clone());
                return Err(SoundError::NoKey { service, key_env });
            }
            if !consents.contains_key(&line.character) {
                let casting = consent::casting(&self.castings, &line.character, &line.voice);
                let consent = casting.check(context.folder, &self.today)?;
                consents.insert(line.character.clone(), consent);
            }
        }
        Ok(consents)
    }
}

/// What `voice` said of `text`, where it is there. A file that is damaged or gone is told of and does without: that it is
/// paid for again is for a person to say.
pub(crate) fn spoken(
    voice: &ServiceVoice,
    text: &str,
    context: &SoundContext<'_>,
) -> Result<Option<Object>, SoundError> {
    let key = context.vault.key_of(&BySpeaker { voice, text, call: None })?;
    match context.vault.find(&key) {
        Err(error @ (VaultError::Damaged { .. } | VaultError::Missing { .. })) => {
            context.warn(format!("{error}; espeak-ng stands in"));
            Ok(None)
        }
        found => Ok(found?),
    }
}

/// What a service spoke, as the film uses it.
pub(crate) fn brought(
    line: &LineId,
    raw: &Object,
    hz: u32,
    context: &SoundContext<'_>,
) -> Result<Object, SoundError> {
    context.run(&format!("line {line}"), &Bring { raw, hz })
}
