//! A line spoken by a service, as it came; and the same brought to the film's rate and the scratch voices' level.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use soundlock_script::LineId;
use soundlock_service::{Answer, Client, Patience, Question, ServiceError, SignedWith, Usd, Watch};
use soundlock_vault::{EntryId, Hash, Keep, Object, Step};

use super::answer::{Form, most_bytes, sound_of};
use super::paid::{Attempt, Purse, Said};
use super::{ServiceKind, ServiceVoice, VoiceFormat, VoiceService};
use crate::SoundError;
use crate::context::SoundContext;
use crate::scratch::{SCRATCH_DBFS, levelled, resampled, trimmed, write};
use crate::wav::WavReader;

/// A line as a service spoke it: mono WAV, 24 bits, at the service's rate. It is paid for, so it is never freed and never
/// made again by itself.
pub(super) struct BySpeaker<'a> {
    pub(super) voice: &'a ServiceVoice,
    pub(super) text: &'a str,
    /// Who speaks; nobody where the result is only looked for.
    pub(super) call: Option<Call<'a>>,
}

/// What a service is asked with.
pub(super) struct Call<'a> {
    pub(super) line: &'a LineId,
    pub(super) talk: &'a Talk<'a>,
    pub(super) purse: &'a Purse<'a>,
    pub(super) attempt: Attempt,
    pub(super) context: &'a SoundContext<'a>,
    /// The attempt's entry, and what the service said of its answer, once that came and can be used.
    pub(super) came: Mutex<Option<(EntryId, Said)>>,
}

/// A service that is spoken to, and what was learned of it.
pub(super) struct Talk<'a> {
    service: &'a VoiceService,
    client: Client,
    signed: Option<SignedWith>,
    /// Which of [`RATES`] the account there may have.
    rate: AtomicUsize,
}

/// Rates that `ElevenLabs` sends values at, best first: 44.1 kHz is for the higher tiers.
const RATES: [u32; 3] = [44_100, 24_000, 16_000];

#[derive(Serialize)]
struct Inputs<'a> {
    kind: ServiceKind,
    model: &'a str,
    voice: &'a str,
    text: &'a str,
}

impl Step for BySpeaker<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("voice-by-service", 1);
    const EXTENSION: &'static str = "wav";

    /// Neither the service's name here nor its address belongs to it: the same voice elsewhere is not paid for twice.
    fn inputs(&self) -> impl Serialize {
        let ServiceVoice { kind, model, voice, .. } = self.voice;
        Inputs { kind: *kind, model, voice, text: self.text }
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        let Some(call) = &self.call else { return Err(self.not_spoken()) };
        let intent = call.purse.reserve(call.line, &call.attempt)?;
        let (answer, form) = match self.ask(call) {
            Ok(answer) => answer,
            Err(error) if error.may_be_charged() => {
                call.purse.in_doubt(call.line, intent, error.to_string(), None)?;
                return Err(self.failed(call, error));
            }
            Err(error) => {
                call.purse.was_free(call.line, intent, &call.attempt, error.to_string())?;
                return Err(self.failed(call, error));
            }
        };
        let said = Said { request: answer.request.clone(), letters: answer.letters };
        let spoken = match sound_of(&answer, form, self.text) {
            Ok(spoken) => spoken,
            Err(why) => return Err(self.unusable(call, (intent, said), &answer, &why)?),
        };
        *call.came.lock().unwrap_or_else(PoisonError::into_inner) = Some((intent, said));
        write(file, &spoken.sound, spoken.hz)
            .map_err(|source| SoundError::Io { file: file.to_owned(), source })
    }
}

impl BySpeaker<'_> {
    fn not_spoken(&self) -> SoundError {
        SoundError::NotSpoken { voice: self.voice.name(), text: self.text.to_owned() }
    }

    fn failed(&self, call: &Call<'_>, source: ServiceError) -> SoundError {
        SoundError::Service { line: call.line.clone(), voice: self.voice.name(), source }
    }

    /// Keeps what came all the same, because it may be paid for, and notes it as in doubt; gives the error.
    fn unusable(
        &self,
        call: &Call<'_>,
        (intent, said): (EntryId, Said),
        answer: &Answer,
        why: &str,
    ) -> Result<SoundError, SoundError> {
        let (line, address) = (call.line.clone(), call.talk.service.address.to_string());
        let as_it_came = AsItCame { intent, bytes: &answer.bytes };
        let keep = || call.context.run(&format!("answer for line {line}"), &as_it_came);
        let (place, came) = match (!answer.bytes.is_empty()).then(keep) {
            None => (String::new(), None),
            Some(Ok(kept)) => {
                let path = kept.path.strip_prefix(call.context.folder).unwrap_or(&kept.path);
                (format!("; it is kept as {}", path.display()), Some((kept.hash, said)))
            }
            Some(Err(error)) => (format!("; it could not be kept: {error}"), None),
        };
        let why = format!("{why}{place}");
        call.purse.in_doubt(call.line, intent, format!("what came {why}"), came)?;
        Ok(SoundError::Answer { line, voice: self.voice.name(), address, why })
    }

    fn ask(&self, call: &Call<'_>) -> Result<(Answer, Form), ServiceError> {
        match self.voice.kind {
            ServiceKind::OpenAi => self.ask_openai(call),
            ServiceKind::ElevenLabs => self.ask_elevenlabs(call),
        }
    }

    fn ask_openai(&self, call: &Call<'_>) -> Result<(Answer, Form), ServiceError> {
        let (format, form) = match call.talk.service.format {
            VoiceFormat::Wav => ("wav", Form::Wav),
            VoiceFormat::Pcm { hz } => ("pcm", Form::Pcm { hz }),
        };
        let ServiceVoice { model, voice, .. } = self.voice;
        // Voices made for an account are named by an object.
        let voice = if self.voice.is_custom() { json!({ "id": voice }) } else { json!(voice) };
        let json = json!({ "model": model, "voice": voice, "input": self.text, "response_format": format });
        let answer = self.post(call, &["v1", "audio", "speech"], &[], &json)?;
        Ok((answer, form))
    }

    /// Asks for the best rate that the account may have; a rate that is refused costs nothing.
    fn ask_elevenlabs(&self, call: &Call<'_>) -> Result<(Answer, Form), ServiceError> {
        let json = json!({ "text": self.text, "model_id": self.voice.model });
        loop {
            let at = call.talk.rate.load(Ordering::Relaxed);
            let hz = RATES[at.min(RATES.len() - 1)];
            let path = ["v1", "text-to-speech", self.voice.voice.as_str()];
            let answer = self.post(call, &path, &[("output_format", &format!("pcm_{hz}"))], &json);
            match answer {
                Err(ServiceError::Refused { status: 400..=403 | 422, said, .. })
                    if at + 1 < RATES.len() && is_about_the_rate(&said) =>
                {
                    // Another line may have learned it meanwhile.
                    let _ = call.talk.rate.compare_exchange(at, at + 1, Ordering::Relaxed, Ordering::Relaxed);
                }
                answer => return Ok((answer?, Form::Pcm { hz })),
            }
        }
    }

    fn post(
        &self,
        call: &Call<'_>,
        path: &[&str],
        query: &[(&str, &str)],
        json: &serde_json::Value,
    ) -> Result<Answer, ServiceError> {
        let question = Question {
            address: &call.talk.service.address,
            path,
            query,
            signed: call.talk.signed.as_ref(),
            json,
            most_bytes: most_bytes(self.text.chars().count()),
        };
        call.talk.client.post(&question, call)
    }
}

impl Watch for Call<'_> {
    fn pause(&self, pause: Duration) -> bool {
        const SLICE: Duration = Duration::from_millis(50);
        let mut left = pause;
        while !left.is_zero() && !self.is_stopped() {
            let slice = left.min(SLICE);
            thread::sleep(slice);
            left -= slice;
        }
        !self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.context.cancel.is_cancelled()
    }

    /// What costs nothing is not waited for.
    fn grace(&self) -> Duration {
        if self.attempt.cost_usd_micros == Usd::ZERO {
            return Duration::ZERO;
        }
        self.context.warn(format!(
            "waiting {} s at most for line {}, which may be paid for already; Ctrl-C again leaves it in doubt",
            GRACE.as_secs(),
            self.line
        ));
        GRACE
    }
}

/// How long an answer that may be paid for is still waited for when somebody wants to stop.
const GRACE: Duration = Duration::from_secs(20);

/// An answer that cannot be used, as it came. It may be paid for, so it is never freed.
struct AsItCame<'a> {
    intent: EntryId,
    bytes: &'a [u8],
}

impl Step for AsItCame<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("answer-as-it-came", 1);
    const EXTENSION: &'static str = "answer";

    fn inputs(&self) -> impl Serialize {
        self.intent.0
    }

    fn keeps(&self) -> Keep {
        Keep::Take
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        std::fs::write(file, self.bytes).map_err(|source| SoundError::Io { file: file.to_owned(), source })
    }
}

fn is_about_the_rate(said: &str) -> bool {
    let said = said.to_lowercase();
    ["output_format", "output format", "pcm_44100", "pcm_24000"].iter().any(|word| said.contains(word))
}

impl<'a> Talk<'a> {
    pub(super) fn new(service: &'a VoiceService) -> Self {
        let patience = Patience { connect_secs: 20, answer_secs: service.timeout_secs };
        let signed = service.key.clone().map(|key| match service.kind {
            ServiceKind::OpenAi => SignedWith::Bearer(key),
            ServiceKind::ElevenLabs => SignedWith::Header("xi-api-key".into(), key),
        });
        Self { service, client: Client::new(patience), signed, rate: AtomicUsize::new(0) }
    }
}

/// A line that a service spoke, as the film uses it: like a scratch voice, without silence around it.
pub(super) struct Bring<'a> {
    pub(super) raw: &'a Object,
    pub(super) hz: u32,
}

#[derive(Serialize)]
struct BringInputs {
    spoken: Hash,
    hz: u32,
}

impl Step for Bring<'_> {
    type Error = SoundError;
    const VERSION: (&'static str, u32) = ("bring-voice-by-service", 1);
    const EXTENSION: &'static str = "wav";

    fn inputs(&self) -> impl Serialize {
        BringInputs { spoken: self.raw.hash, hz: self.hz }
    }

    fn make(&self, file: &Path) -> Result<(), SoundError> {
        let failed = |source| SoundError::Io { file: self.raw.path.clone(), source };
        let (sound, hz) = read_whole(&self.raw.path).map_err(failed)?;
        let sound = resampled(sound, hz, self.hz).map_err(|why| failed(std::io::Error::other(why)))?;
        let sound = levelled(trimmed(sound, self.hz), self.hz, SCRATCH_DBFS);
        write(file, &sound, self.hz).map_err(|source| SoundError::Io { file: file.to_owned(), source })
    }
}

/// A file of one channel that we wrote, and its rate. A line is short.
fn read_whole(file: &Path) -> std::io::Result<(Vec<f32>, u32)> {
    let shape = crate::wav::wav_shape(file).ok_or_else(|| std::io::Error::other("not a WAV file"))?;
    let mut sound = vec![0.0; shape.frames as usize];
    let came = WavReader::open(file, 0)?.read(&mut sound)?;
    sound.truncate(came);
    Ok((sound, shape.hz))
}
