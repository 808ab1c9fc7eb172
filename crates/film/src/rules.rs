//! From standing orders to the rules that each department goes by.

use std::collections::BTreeMap;

use soundlock_finish::{
    CONFORM_THREADS, CastMember, Page, PieceFormat, Retime, credits_frames, credits_pages,
};
use soundlock_picture::{Encoding, Fit, VideoCodec};
use soundlock_plan::{GeneratorLimits, Handles, Lips, PlanRules, Price, PromptTemplates, Traits};
use soundlock_script::{LineId, SceneId, Screenplay};
use soundlock_shoot::{Estimate, Generator, Input};
use soundlock_sound::{Aligner, LineChoice, SoundRules, Speakers, Target, Voice};
use soundlock_time::{Fps, Sample, SampleRange};

use crate::FilmError;
use crate::settings::{CastSettings, LineSettings, Settings};

impl Settings {
    /// The film's title: as set, else the script's title page, else nothing.
    pub fn title(&self, screenplay: &Screenplay) -> String {
        self.title.clone().or_else(|| screenplay.title_page.field("title")).unwrap_or_default()
    }

    /// Rules of the sound department.
    pub(crate) fn sound_rules(&self, screenplay: &Screenplay) -> Result<SoundRules, FilmError> {
        let mut rules = SoundRules::standard(self.fps(), self.language());
        let sound = &self.sound;
        let pauses = &mut rules.pauses;
        pauses.same_speaker_ms = sound.same_speaker_ms.unwrap_or(pauses.same_speaker_ms);
        pauses.change_of_speaker_ms = sound.other_speaker_ms.unwrap_or(pauses.change_of_speaker_ms);
        pauses.beat_ms = sound.beat_ms.unwrap_or(pauses.beat_ms);
        pauses.overlap_ms = sound.overlap_ms.unwrap_or(pauses.overlap_ms);
        rules.room.head_ms = sound.head_ms.unwrap_or(rules.room.head_ms);
        rules.room.tail_ms = sound.tail_ms.unwrap_or(rules.room.tail_ms);
        let ducking = &mut rules.ducking;
        ducking.depth_db = sound.ducking.depth_db.unwrap_or(ducking.depth_db);
        ducking.attack_ms = sound.ducking.attack_ms.unwrap_or(ducking.attack_ms);
        ducking.release_ms = sound.ducking.release_ms.unwrap_or(ducking.release_ms);
        ducking.hold_ms = sound.ducking.hold_ms.unwrap_or(ducking.hold_ms);
        let levels = &mut rules.levels;
        levels.dialogue_dbfs = sound.levels.dialogue_dbfs.unwrap_or(levels.dialogue_dbfs);
        levels.music_dbfs = sound.levels.music_dbfs.unwrap_or(levels.music_dbfs);
        levels.effects_db = sound.levels.effects_db.unwrap_or(levels.effects_db);
        let room_tone_db = sound.levels.room_tone_db.or(levels.room_tone_db);
        levels.room_tone_db = room_tone_db.filter(|_| sound.room_tone.unwrap_or(true));
        levels.music_fade_ms = sound.levels.music_fade_ms.unwrap_or(levels.music_fade_ms);
        rules.speakers = sound.speakers.as_deref().and_then(Speakers::named).unwrap_or(rules.speakers);
        if let Some(target) = sound.target.as_deref().and_then(Target::named) {
            rules.target = target;
        }
        rules.pace_percent = self.pace_percent(screenplay);
        for (name, cast) in &self.cast {
            if let Some(voice) = self.service_voice(cast) {
                rules.voices.insert(name.clone(), Voice::Service(voice));
            } else if let Some(voice) = scratch_voice(cast)? {
                rules.voices.insert(name.clone(), voice);
            }
        }
        rules.choices = self.line_choices(&rules);
        rules.aligner = self.aligner();
        let title_secs =
            if self.title(screenplay).is_empty() { 0.0 } else { self.plan.title_secs.unwrap_or(4.0) };
        rules.title_frames = frames(self.fps(), title_secs);
        rules.credit_frames = credits_frames(&self.credits(screenplay, &[]), self.fps());
        Ok(rules)
    }

    fn aligner(&self) -> Option<Aligner> {
        let settings = &self.sound.aligner;
        let aligner = Aligner::of(settings.command.as_deref()?)?;
        Some(Aligner { version: settings.version.clone(), timeout_secs: settings.timeout_secs, ..aligner })
    }

    /// The readings that the director chose. A number that is no line's is passed over: lines come and go while one
    /// writes.
    fn line_choices(&self, rules: &SoundRules) -> BTreeMap<LineId, LineChoice> {
        let sample = |secs: f64| Sample((secs * f64::from(rules.rate.hz())).round() as u64);
        let choice = |settings: &LineSettings| match settings {
            LineSettings { file: Some(file), begins, ends, .. } if begins.is_some() || ends.is_some() => {
                let (start, end) = (begins.unwrap_or(0.0), ends.map_or(Sample(u64::MAX), sample));
                LineChoice::Part { file: file.clone(), part: SampleRange { start: sample(start), end } }
            }
            LineSettings { file, take, .. } => LineChoice::Take { file: file.clone(), take: *take },
        };
        let lines = self.lines.iter();
        lines.filter_map(|(line, settings)| Some((line.parse().ok()?, choice(settings)))).collect()
    }

    /// Tempo of each scene in hundredths: the settings say how much longer pauses get, the rules how much quicker.
    fn pace_percent(&self, screenplay: &Screenplay) -> BTreeMap<SceneId, u32> {
        let film = self.sound.pace.unwrap_or(1.0);
        let percent = |scene: &SceneId| {
            let own = self.sound.scenes.get(scene.as_str()).and_then(|scene| scene.pace).unwrap_or(1.0);
            (100.0 / (film * own)).round() as u32
        };
        screenplay.scenes.iter().map(|scene| (scene.id.clone(), percent(&scene.id))).collect()
    }

    /// Pages of end credits; with the tools that were really used where these are known.
    pub(crate) fn credits(&self, screenplay: &Screenplay, tools: &[(String, String)]) -> Vec<Page> {
        if !self.plan.credits.unwrap_or(true) {
            return Vec::new();
        }
        let page = &screenplay.title_page;
        let crew = match (page.field("credit"), page.field("author").or_else(|| page.field("authors"))) {
            (credit, Some(author)) => vec![(credit.unwrap_or_default(), author)],
            _ => Vec::new(),
        };
        credits_pages(&self.title(screenplay), self.language(), &crew, &self.cast_members(screenplay), tools)
    }

    /// Everybody who speaks, in order of appearance, with who speaks them.
    fn cast_members(&self, screenplay: &Screenplay) -> Vec<CastMember> {
        let scratch = if self.language().starts_with("ko") { "임시 목소리" } else { "scratch voice" };
        let mut members: Vec<CastMember> = Vec::new();
        for (_, line) in screenplay.lines() {
            if members.iter().all(|member| member.character != line.character) {
                let cast = self.cast.get(&line.character);
                let played_by = cast.and_then(|cast| cast.played_by.clone());
                let voice = played_by.unwrap_or_else(|| scratch.to_owned());
                members.push(CastMember { character: line.character.clone(), voice });
            }
        }
        members
    }

    /// Rules of the planning department.
    pub(crate) fn plan_rules(&self) -> PlanRules {
        let fps = self.fps();
        let plan = &self.plan;
        let scene_pace = |(scene, settings): (&String, &crate::settings::ScenePlanSettings)| {
            Some((scene.parse().ok()?, settings.pace_secs?))
        };
        let handles = plan.handles.unwrap_or(0);
        PlanRules {
            shortest_frames: frames(fps, plan.shortest_secs.unwrap_or(1.0)).max(1),
            handles: Handles { head: handles, tail: handles },
            pace_secs: plan.pace_secs.unwrap_or(4.0),
            scene_pace_secs: plan.scenes.iter().filter_map(scene_pace).collect(),
            generators: self.generator_limits(),
            generator: plan.generator.clone().unwrap_or_else(|| "animatic".to_owned()),
            bible: self.bible_of_film(),
            prompts: PromptTemplates::with(&self.prompts).expect("settings were checked when they were read"),
            traits: self.traits(),
            seed: plan.seed.unwrap_or(1),
        }
    }

    fn generator_limits(&self) -> Vec<GeneratorLimits> {
        self.generator_names().into_iter().map(|name| self.limits_of(name)).collect()
    }

    fn limits_of(&self, name: &str) -> GeneratorLimits {
        let Some(by_model) = self.by_model(name) else {
            return GeneratorLimits::free(name, self.fps(), self.ceiling_frames(name));
        };
        let able = by_model.capabilities();
        let fps = able.rate_for(self.fps());
        let second = by_model.price(fps.nominal(), fps, able.raster_for(self.raster()));
        let price = match second {
            Estimate::Free => Some(Price { micros: 0, currency: "USD".to_owned() }),
            Estimate::Price(money) => {
                Some(Price { micros: u64::try_from(money.micros).unwrap_or(0), currency: money.currency })
            }
            Estimate::Unknown => None,
        };
        let takes_first_frame = by_model.model.takes.contains(&Input::FirstFrame);
        GeneratorLimits { name: name.to_owned(), frames: able.frames, fps, price, takes_first_frame }
    }

    /// How each generator is told what to make, and whether lips may be watched in its shots: as the orders say, else
    /// as its model is told, and where it hears the lines. The animatic does.
    fn traits(&self) -> BTreeMap<String, Traits> {
        let traits = |name: &str| {
            let by_model = self.by_model(name);
            let hears = by_model.as_ref().is_none_or(|by_model| by_model.model.takes.contains(&Input::Audio));
            let lips = match self.plan.lips.as_deref() {
                Some("show") => Lips::Show,
                None if hears => Lips::Show,
                _ => Lips::Avoid,
            };
            let own = self.generators.get(name).and_then(|own| own.family.clone());
            let family = own.or_else(|| by_model.map(|by_model| by_model.model.family));
            (name.to_owned(), Traits { family: family.unwrap_or_else(|| Traits::default().family), lips })
        };
        self.generator_names().into_iter().map(traits).collect()
    }

    /// How finished pieces are made.
    pub(crate) fn piece_format(&self) -> PieceFormat {
        let preset = self.finish.preset.clone().unwrap_or_else(|| "veryfast".to_owned());
        let codec = VideoCodec::H264 { preset, crf: self.finish.crf.unwrap_or(18) };
        PieceFormat {
            raster: self.raster(),
            fps: self.fps(),
            fit: self.finish.fit.unwrap_or(Fit::Fill),
            retime: Retime::Nearest,
            encoding: Encoding { codec, threads: CONFORM_THREADS },
        }
    }
}

/// The scratch voice that the settings ask for; `None` leaves the choice to the sound department.
fn scratch_voice(cast: &CastSettings) -> Result<Option<Voice>, FilmError> {
    let Some(name) = &cast.voice else { return Ok(None) };
    let words_per_minute = cast.words_per_minute.unwrap_or(165);
    let voice = format!("{name} {words_per_minute}wpm pitch{}", cast.pitch.unwrap_or(50));
    Ok(Some(voice.parse::<Voice>()?))
}

/// Frames nearest to `seconds`, which settings keep between 0 and 600.
pub(crate) fn frames(fps: Fps, seconds: f64) -> u32 {
    fps.frames_from_millis((seconds * 1000.0).round() as u64)
}
