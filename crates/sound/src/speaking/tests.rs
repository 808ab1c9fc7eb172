//! Services that speak, and services that do not, on this machine.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use soundlock_picture::{Limits, Tools};
use soundlock_service::Plain;
use soundlock_testing::{Heard, Reply, TestService, tone, wav};
use soundlock_time::SampleRate;
use soundlock_vault::{Cancel, Key as ResultKey, NoReport, Vault};

use super::*;
use crate::testfilm::{Script, rules};
use crate::{FileHashes, HeardLevels, Origin, UsedKeys, Voice, lock};

/// A film with three lines of MINA, two of them the same, and one of JO, who has no service.
struct Stage {
    folder: tempfile::TempDir,
    screenplay: Screenplay,
    rules: SoundRules,
    services: VoiceServices,
    cancel: Cancel,
}

fn script() -> Script {
    Script::new()
        .scene()
        .line("MINA", "Wait for me.")
        .line("JO", "Why?")
        .line("MINA", "Wait for me.")
        .line("MINA", "…")
}

impl Stage {
    fn new(kind: ServiceKind, address: &str, price: Usd) -> Self {
        let voice = ServiceVoice::new("tts", "21m00Tcm4TlvDq8ikWAM", kind, "model-1").unwrap();
        let service = VoiceService {
            kind,
            address: Address::read(address, Plain::OnlyNear).unwrap(),
            key: Some(Key::new("sk-0123456789abcdef").unwrap()),
            key_env: Some("TTS_KEY".to_owned()),
            price,
            most: None,
            format: VoiceFormat::Wav,
            timeout_secs: 1,
        };
        let character = "MINA".to_owned();
        let casting =
            Casting { character: character.clone(), voice: voice.clone(), cloned: None, consent: None };
        let services = VoiceServices {
            services: [("tts".to_owned(), service)].into(),
            castings: [(character.clone(), casting)].into(),
            budget: Some(Usd(1_000_000)),
            spent_elsewhere: Usd::ZERO,
            today: "2026-11-23".to_owned(),
        };
        let mut rules = rules();
        rules.voices.insert(character, Voice::Service(voice));
        let (folder, cancel) = (tempfile::tempdir().unwrap(), Cancel::new());
        Self { folder, screenplay: script().done(), rules, services, cancel }
    }

    fn service(&mut self) -> &mut VoiceService {
        self.services.services.get_mut("tts").unwrap()
    }

    fn casting(&mut self) -> &mut Casting {
        self.services.castings.get_mut("MINA").unwrap()
    }

    fn within<T>(&self, work: impl FnOnce(&SoundContext<'_>) -> T) -> T {
        let vault = Vault::open(
            &self.folder.path().join(".soundlock"),
            Arc::new(|| "2026-11-23T09:00:00Z".to_owned()),
        );
        let vault = vault.unwrap();
        work(&SoundContext {
            folder: self.folder.path(),
            vault: &vault,
            tools: TOOLS.get_or_init(|| Tools::find("ffmpeg", "ffprobe").unwrap()),
            limits: Limits::GENEROUS,
            // The voice that stands in is a hum: it is quick.
            espeak: None,
            reporter: &NoReport,
            cancel: &self.cancel,
            workers: NonZeroUsize::MIN,
            used: &UsedKeys::new(),
            hashes: &FileHashes::new(),
            levels: &HeardLevels::new(),
        })
    }

    fn unspoken(&self) -> Vec<Unspoken> {
        let none = Recordings::default();
        self.within(|context| unspoken(&self.screenplay, &self.rules, &none, None, &self.services, context))
            .unwrap()
    }

    fn speak(&self, again: bool) -> Result<Spoken, SoundError> {
        let lines = self.unspoken();
        self.within(|context| speak(&lines, &self.services, again, context))
    }

    fn locked(&self) -> LockedSound {
        self.within(|context| lock(&self.screenplay, &self.rules, &Recordings::default(), None, context))
            .unwrap()
    }

    fn entries(&self, kind: &str) -> usize {
        self.within(|context| context.vault.entries(kind, None).unwrap().len())
    }
}

fn speech(hz: u32) -> Vec<f32> {
    tone(SampleRate::new(hz).unwrap(), 300.0, 0.4, u64::from(hz))
}

fn said(_: usize, _: &Heard) -> Reply {
    Reply::good("audio/wav", wav(SampleRate::new(24_000).unwrap(), &speech(24_000)))
}

fn bare(hz: u32) -> Reply {
    let value = |value: f32| (value * 32_767.0) as i16;
    Reply::good("audio/pcm", speech(hz).into_iter().flat_map(|v| value(v).to_le_bytes()).collect())
}

/// Looked for once: nothing here is decoded.
static TOOLS: OnceLock<Tools> = OnceLock::new();

const PRICE: Usd = Usd(15_000_000);

#[test]
fn a_line_is_spoken_once_paid_once_and_used() {
    let service = TestService::start(said);
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    let scratch = |sound: &LockedSound, line: usize| match &sound.scenes[0].lines[line].source.origin {
        Origin::Scratch(voice) => voice.clone(),
        Origin::File(file) => panic!("{file}"),
    };
    assert!(scratch(&stage.locked(), 0).starts_with("hum "), "a hum stands in");
    let lines = stage.unspoken();
    let costs: Vec<(&str, u64, Usd)> =
        lines.iter().map(|line| (line.line.as_str(), line.letters, line.cost)).collect();
    assert_eq!(costs, [("1.01", 12, Usd(180_000)), ("1.03", 0, Usd::ZERO)], "the same words are paid once");
    assert_eq!(stage.speak(false).unwrap(), Spoken { lines: 2, cost: Usd(180_000) });
    assert_eq!(service.heard().len(), 1);
    let heard = &service.heard()[0];
    assert_eq!(heard.line, "POST /v1/audio/speech");
    assert_eq!(heard.header("authorization"), Some("Bearer sk-0123456789abcdef"));
    let asked = r#"{"input":"Wait for me.","model":"model-1","response_format":"wav","voice":"21m00Tcm4TlvDq8ikWAM"}"#;
    assert_eq!(heard.text(), asked);

    let locked = stage.locked();
    let voice = "tts:21m00Tcm4TlvDq8ikWAM openai model-1";
    assert_eq!((scratch(&locked, 0).as_str(), scratch(&locked, 2).as_str()), (voice, voice));
    assert!(scratch(&locked, 1).starts_with("hum "), "JO has no service");
    let length = locked.scenes[0].lines[0].source.part.end.0;
    assert!((46_000..=49_000).contains(&length), "a second at 48 kHz: {length}");
    let text = crate::format::write(&locked);
    assert_eq!(crate::format::read(&text).unwrap(), locked);
    assert!(stage.unspoken().is_empty());
    assert_eq!(stage.speak(true).unwrap(), Spoken::default());
    assert_eq!(
        (service.heard().len(), stage.entries("voice-intent"), stage.entries("voice-done")),
        (1, 1, 1)
    );
}

#[test]
fn what_was_spoken_is_never_freed_and_the_key_stands_nowhere() {
    let service = TestService::start(said);
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    stage.speak(false).unwrap();
    stage.within(|context| {
        let none: std::collections::BTreeSet<ResultKey> = [].into();
        let garbage = context.vault.garbage(&none).unwrap();
        context.vault.free(&garbage).unwrap();
    });
    assert!(stage.unspoken().is_empty(), "it is still there");
    assert!(!holds(stage.folder.path(), b"0123456789abcdef"));
}

fn holds(folder: &Path, secret: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, secret);
        }
        std::fs::read(path).unwrap().windows(secret.len()).any(|some| some == secret)
    })
}

#[test]
fn elevenlabs_is_asked_for_the_best_rate_that_the_account_may_have() {
    let no = r#"{"detail":{"status":"output_format_not_allowed","message":"Output format 'pcm_44100' is only available on the Pro tier and above"}}"#;
    let service =
        TestService::start(
            move |_, heard| {
                if heard.line.ends_with("pcm_44100") { Reply::no(403, no) } else { bare(24_000) }
            },
        );
    let stage = Stage::new(ServiceKind::ElevenLabs, &service.address(), PRICE);
    assert_eq!(stage.speak(false).unwrap().cost, Usd(180_000));
    let lines: Vec<String> = service.heard().into_iter().map(|heard| heard.line).collect();
    let path = "POST /v1/text-to-speech/21m00Tcm4TlvDq8ikWAM?output_format=";
    assert_eq!(lines, [format!("{path}pcm_44100"), format!("{path}pcm_24000")]);
    let heard = &service.heard()[1];
    assert_eq!(heard.header("xi-api-key"), Some("sk-0123456789abcdef"));
    assert_eq!(heard.text(), r#"{"model_id":"model-1","text":"Wait for me."}"#);
    assert_eq!(stage.locked().scenes[0].lines[0].source.part.end.0 / 1000, 48);
}

#[test]
fn bare_values_are_read_at_the_rate_that_was_said() {
    let service = TestService::start(|_, _| bare(16_000));
    let mut stage = Stage::new(ServiceKind::OpenAi, &service.address(), Usd::ZERO);
    stage.service().format = VoiceFormat::Pcm { hz: 16_000 };
    stage.speak(false).unwrap();
    assert!(service.heard()[0].text().contains(r#""response_format":"pcm""#));
    assert_eq!(stage.locked().scenes[0].lines[0].source.part.end.0 / 1000, 48);
}

#[test]
fn what_cannot_have_cost_is_tried_again_and_what_may_have_is_not() {
    let page = || Reply::good("text/html", b"<!doctype html><p>Sign in to the network".to_vec());
    for (reply, doubtful, why) in [
        (
            Reply::no(401, r#"{"error":{"message":"bad key sk-0123456789abcdef"}}"#),
            false,
            "refused with status 401: bad key [key]",
        ),
        (Reply::no(402, "{}"), false, "status 402"),
        (Reply::HangUp, true, "no whole answer"),
        (Reply::Silence(Duration::from_secs(2)), true, "no whole answer"),
        (Reply::no(500, "broke"), true, "status 500: broke"),
        (page(), true, "is an HTML page"),
        (Reply::good("audio/mpeg", b"ID3\x04mp3".to_vec()), true, "is MP3, not the WAV"),
        (Reply::good("audio/wav", vec![]), true, "is empty"),
        (Reply::CutShort(vec![1; 100], 1000), true, "broke off"),
    ] {
        let told = reply.clone();
        let service = TestService::start(
            move |number, heard| if number == 0 { told.clone() } else { said(number, heard) },
        );
        let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
        let error = stage.speak(false).unwrap_err();
        let told = format!(
            "{error}: {}",
            std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default()
        );
        assert!(told.contains("1.01") && told.contains(why), "{told}");
        assert!(told.contains(&service.address()) && error.hint().is_some(), "{told}");
        assert_eq!(service.heard().len(), 1, "{why}: the second line is not asked for");

        let lines = stage.unspoken();
        assert_eq!(lines[0].doubt.is_some(), doubtful, "{why}");
        let again = stage.speak(false).unwrap();
        assert_eq!(again.lines, if doubtful { 0 } else { 2 }, "{why}");
        assert_eq!(stage.speak(true).unwrap().lines, if doubtful { 2 } else { 0 }, "{why}");
        assert_eq!(service.heard().len(), 2, "{why}");
        assert!(stage.unspoken().is_empty());
        assert!(!holds(stage.folder.path(), b"0123456789abcdef"), "{why}");
    }
}

#[test]
fn a_service_that_is_not_there_is_named_with_line_and_address() {
    let address = TestService::nowhere();
    let stage = Stage::new(ServiceKind::OpenAi, &address, PRICE);
    let error = stage.speak(false).unwrap_err();
    assert_eq!(error.to_string(), "tts:21m00Tcm4TlvDq8ikWAM did not speak line 1.01");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with(&format!("{address} cannot be reached")), "{source}");
    assert!(error.hint().unwrap().contains("is the service running"));
    assert!(stage.unspoken()[0].doubt.is_none());
    assert!(stage.locked().scenes[0].lines.len() == 4, "a hum stands in");
}

#[test]
fn limits_are_kept() {
    let service = TestService::start(said);
    let mut stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    let refused = |stage: &Stage| stage.speak(false).unwrap_err().to_string();
    stage.services.budget = None;
    assert_eq!(refused(&stage), "`tts` would cost 0.18 USD, and no limit is set");
    stage.services.budget = Some(Usd(100_000));
    assert_eq!(refused(&stage), "it would cost 0.18 USD; 0.10 USD of budget.usd = 0.10 USD are left");
    stage.services.budget = Some(Usd(1_000_000));
    stage.services.spent_elsewhere = Usd(900_000);
    assert_eq!(refused(&stage), "it would cost 0.18 USD; 0.10 USD of budget.usd = 1.00 USD are left");
    stage.services.spent_elsewhere = Usd::ZERO;
    stage.service().most = Some(Usd(179_999));
    assert!(refused(&stage).contains("voices.tts.most_usd"));
    assert!(service.heard().is_empty() && stage.entries("voice-intent") == 0, "nothing was asked");
    stage.services.budget = None;
    stage.service().most = Some(Usd(200_000));
    stage.speak(false).unwrap();
    // What was spent stays spent, whatever was spoken.
    stage.screenplay = Script::new().scene().line("MINA", "Go on.").done();
    assert_eq!(
        refused(&stage),
        "it would cost 0.09 USD; 0.02 USD of voices.tts.most_usd = 0.20 USD are left"
    );
    stage.service().price = Usd::ZERO;
    stage.speak(false).unwrap();
    assert_eq!(service.heard().len(), 2, "what is free may be had when nothing is left");
}

#[test]
fn money_that_may_have_been_charged_counts_and_what_was_not_does_not() {
    for (reply, left) in [(Reply::HangUp, "0.02 USD"), (Reply::no(400, "no"), "0.20 USD")] {
        let service = TestService::start(move |_, _| reply.clone());
        let mut stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
        stage.services.budget = Some(Usd(200_000));
        stage.speak(false).unwrap_err();
        stage.screenplay = Script::new().scene().line("MINA", "Go on and on and on.").done();
        let error = stage.speak(false).unwrap_err().to_string();
        assert!(error.contains(&format!("{left} of budget.usd")), "{error}");
    }
}

#[test]
fn a_stop_between_question_and_answer_leaves_a_line_in_doubt() {
    // A killed process leaves an intent and nothing else.
    let service = TestService::start(said);
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    let line = &stage.unspoken()[0];
    stage.within(|context| {
        let key =
            context.vault.key_of(&BySpeaker { voice: &line.voice, text: &line.text, call: None }).unwrap();
        let attempt = Attempt {
            key,
            service: "tts".to_owned(),
            address: service.address(),
            model: "model-1".to_owned(),
            voice: line.voice.voice.clone(),
            letters: 12,
            cost_usd_micros: Usd(180_000),
            consent: None,
        };
        Purse::open(context.vault, (Some(Usd(200_000)), Usd::ZERO), [].into())
            .unwrap()
            .reserve(&line.line, &attempt)
            .unwrap();
    });
    let doubt = stage.unspoken()[0].doubt.clone().unwrap();
    assert_eq!(
        (doubt.at.as_str(), doubt.why.as_str()),
        ("2026-11-23T09:00:00Z", "the program was stopped before the answer came")
    );
    assert_eq!(stage.speak(false).unwrap().lines, 0);
    assert!(service.heard().is_empty());
    assert_eq!(stage.speak(true).unwrap().lines, 2);
}

#[test]
fn a_voice_that_was_damaged_is_told_of_and_paid_again_only_when_asked() {
    let service = TestService::start(said);
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    stage.speak(false).unwrap();
    let damage = |path: &Path| std::fs::write(path, "nothing").unwrap();
    stage.within(|context| {
        let voice = &stage.services.castings["MINA"].voice;
        damage(&spoken(voice, "Wait for me.", context).unwrap().unwrap().path);
    });
    assert!(stage.unspoken()[0].doubt.as_ref().unwrap().why.contains("damaged or gone"));
    assert_eq!(stage.speak(false).unwrap().lines, 0);
    assert_eq!(stage.speak(true).unwrap().lines, 2);
    assert_eq!(service.heard().len(), 2);
}

#[test]
fn no_consent_and_no_key_is_nothing_asked() {
    let service = TestService::start(said);
    let mut stage = Stage::new(ServiceKind::ElevenLabs, &service.address(), PRICE);
    stage.casting().cloned = Some(true);
    let error = stage.speak(false).unwrap_err();
    assert!(
        error.to_string().starts_with("MINA may not be spoken by tts:21m00Tcm4TlvDq8ikWAM: it is the copy"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("[consents.MINA]"));
    stage.casting().cloned = None;
    stage.service().key = None;
    let error = stage.speak(false).unwrap_err();
    assert!(error.hint().unwrap().contains("set TTS_KEY"), "{error}");
    stage.services.services.clear();
    let none = Recordings::default();
    let missing = stage.within(|context| {
        unspoken(&stage.screenplay, &stage.rules, &none, None, &stage.services, context).unwrap_err()
    });
    assert!(missing.to_string().contains("no [voices.tts]"), "{missing}");
    assert!(service.heard().is_empty());
}

#[test]
fn what_a_service_charged_counts_where_it_is_more_than_was_reckoned() {
    for (charged, left) in [("24", "0.01 USD"), ("6", "0.19 USD"), ("many", "0.19 USD")] {
        let service = TestService::start(move |number, heard| match said(number, heard) {
            Reply::Answer(status, mut headers, body) => {
                headers.extend([format!("character-cost: {charged}"), "request-id: r-1".to_owned()]);
                Reply::Answer(status, headers, body)
            }
            other => other,
        });
        let mut stage = Stage::new(ServiceKind::ElevenLabs, &service.address(), PRICE);
        stage.services.budget = Some(Usd(370_000));
        let cost = stage.speak(false).unwrap().cost;
        assert_eq!(cost, if charged == "24" { Usd(360_000) } else { Usd(180_000) });
        stage.screenplay = Script::new().scene().line("MINA", "Go on and on and on.").done();
        let error = stage.speak(false).unwrap_err().to_string();
        assert!(error.contains(&format!("{left} of budget.usd")), "{charged}: {error}");
        assert_eq!(service.heard().len(), 1);
    }
}

#[test]
fn a_line_in_doubt_stays_so_when_a_later_attempt_cost_nothing() {
    let service = TestService::start(|number, heard| match number {
        0 => Reply::HangUp,
        1 => Reply::no(401, "{}"),
        _ => said(number, heard),
    });
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    stage.speak(false).unwrap_err();
    stage.speak(true).unwrap_err();
    assert!(stage.unspoken()[0].doubt.as_ref().unwrap().why.contains("no whole answer"));
    assert_eq!(stage.speak(false).unwrap().lines, 0);
    assert_eq!(service.heard().len(), 2, "the first may still have been charged");
    assert_eq!(stage.speak(true).unwrap().lines, 2);
}

#[test]
fn the_same_voice_under_two_names_is_not_asked_twice() {
    let service = TestService::start(|_, _| Reply::Late(Duration::from_millis(300), Box::new(Reply::HangUp)));
    let mut stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    stage.screenplay = Script::new().scene().line("MINA", "Wait.").line("JO", "Wait.").done();
    let own = stage.services.services["tts"].clone();
    stage.services.services.insert("other".to_owned(), own);
    let voice = ServiceVoice { service: "other".to_owned(), ..stage.services.castings["MINA"].voice.clone() };
    stage.rules.voices.insert("JO".to_owned(), Voice::Service(voice));
    let lines = stage.unspoken();
    assert_eq!(lines.iter().map(|line| line.letters).collect::<Vec<_>>(), [5, 0]);
    stage.speak(false).unwrap_err();
    assert_eq!(service.heard().len(), 1);
}

#[test]
fn an_answer_that_cannot_be_used_is_kept_as_it_came() {
    let service = TestService::start(|_, _| Reply::good("audio/mpeg", b"ID3\x04 a paid answer".to_vec()));
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    let error = stage.speak(false).unwrap_err().to_string();
    let kept = error.split_once("it is kept as ").expect("a place").1;
    stage.within(|context| {
        let garbage = context.vault.garbage(&[].into()).unwrap();
        context.vault.free(&garbage).unwrap();
    });
    assert_eq!(std::fs::read(stage.folder.path().join(kept)).unwrap(), b"ID3\x04 a paid answer");
    assert!(stage.unspoken()[0].doubt.as_ref().unwrap().why.contains(kept));
}

#[test]
fn a_stop_waits_for_what_is_paid_for_and_for_nothing_else() {
    let late = |_, heard: &Heard| Reply::Late(Duration::from_millis(800), Box::new(said(0, heard)));
    let service = TestService::start(late);
    let stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    stop_when_heard(&stage, &service);
    assert_eq!(stage.speak(false).unwrap().cost, Usd(180_000));
    assert!(stage.unspoken().is_empty(), "the answer is kept");
    let silent = TestService::start(|_, _| Reply::Silence(Duration::from_mins(1)));
    let mut free = Stage::new(ServiceKind::OpenAi, &silent.address(), Usd::ZERO);
    free.service().timeout_secs = 60;
    stop_when_heard(&free, &silent);
    let error = free.speak(false).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with("stopped before the answer of"), "{source}");
    assert_eq!(silent.heard().len(), 1);
}

/// Asks for a stop as soon as a question is heard.
fn stop_when_heard(stage: &Stage, service: &TestService) {
    let (cancel, service) = (stage.cancel.clone(), service.clone());
    std::thread::spawn(move || {
        while service.heard().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        cancel.cancel();
    });
}

#[test]
fn voices_that_are_heard_are_told_with_what_they_may_be_used_for() {
    let service = TestService::start(said);
    let mut stage = Stage::new(ServiceKind::OpenAi, &service.address(), PRICE);
    std::fs::write(stage.folder.path().join("mina.pdf"), "yes").unwrap();
    let consent = |scope| Consent {
        person: "Kim Mina".to_owned(),
        document: "mina.pdf".to_owned(),
        scope,
        expires: "2027-01-01".to_owned(),
    };
    stage.speak(false).unwrap();
    let locked = stage.locked();
    for (scope, may) in [(None, true), (Some(Scope::Film), true), (Some(Scope::Scratch), false)] {
        stage.casting().consent = scope.map(consent);
        let heard =
            heard_voices(&locked, &stage.services.castings, stage.folder.path(), &stage.services.today);
        let heard = heard.unwrap();
        assert_eq!(heard.len(), 1, "JO's hum is nobody's");
        let lines: Vec<&str> = heard[0].lines.iter().map(LineId::as_str).collect();
        assert_eq!((heard[0].character.as_str(), lines), ("MINA", vec!["1.01", "1.03"]));
        assert_eq!(heard[0].may_be_shown.is_ok(), may, "{:?}", heard[0].may_be_shown);
    }
}
