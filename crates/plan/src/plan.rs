use std::collections::{BTreeMap, BTreeSet};

use soundlock_script::{Scene, SceneId, Screenplay};
use soundlock_sound::{LockedScene, LockedSound, Stretch};
use soundlock_time::{FilmFrame, FrameRange};
use soundlock_vault::{Event, Reporter};

use crate::bible::{Story, scene_times};
use crate::format::Entry;
use crate::rhythm::Medians;
use crate::scene::{SceneInput, plan_scene};
use crate::{
    Before, CutList, LineLevels, Look, PlanError, PlanRules, Shot, ShotCode, ShotKind, TakeWorth, names,
};

const STAGE: &str = "plan";

/// Plans the film: every shot, what it shows, and why it is cut where it is.
///
/// The same inputs give the same cut list. What was set by hand in the cut list before stands; of the rest is kept what
/// can be, the more the more its takes are worth. With `levels` of lines, their pauses are heard; the plan is as good as
/// whole without.
pub fn plan(
    screenplay: &Screenplay,
    sound: &LockedSound,
    levels: &LineLevels,
    rules: &PlanRules,
    before: Before<'_>,
    report: &dyn Reporter,
) -> Result<CutList, PlanError> {
    rules.check(sound.fps)?;
    let film = Film::of(screenplay, sound, levels, rules, before)?;
    film.warn_of_lost_scenes(report);
    let mut medians = Medians::new();
    let mut shots = Vec::new();
    for (range, stretch) in sound.stretches() {
        match stretch {
            Stretch::Title => shots.push(card(ShotCode::title(), ShotKind::Title, range, film.title())),
            Stretch::Credits(page) => {
                shots.push(card(ShotCode::credits(page), ShotKind::Credits, range, String::new()));
            }
            Stretch::Scene(locked) => {
                shots.extend(plan_scene(&film.input(locked, range.start), &mut medians, report)?);
            }
        }
    }
    shots.retain(|shot| !shot.film.is_empty());
    Ok(CutList { fps: sound.fps, shots })
}

/// Whether shots of a scene with this number could be taken for the title card or the credits.
pub(crate) fn is_reserved(scene: &SceneId) -> bool {
    [ShotCode::title(), ShotCode::credits(0)].iter().any(|code| code.scene() == scene.as_str())
}

/// What all scenes are planned from.
struct Film<'a> {
    screenplay: &'a Screenplay,
    sound: &'a LockedSound,
    levels: &'a LineLevels,
    rules: &'a PlanRules,
    known_names: BTreeSet<String>,
    scenes: BTreeMap<&'a SceneId, &'a Scene>,
    /// Time of day of each scene.
    times: BTreeMap<&'a SceneId, String>,
    /// How people and things are, scene by scene.
    story: Story,
    /// Shots of the plan before, by scene.
    before: BTreeMap<&'a SceneId, Vec<&'a Entry>>,
    /// What their takes are worth.
    takes: &'a BTreeMap<ShotCode, TakeWorth>,
}

impl<'a> Film<'a> {
    fn of(
        screenplay: &'a Screenplay,
        sound: &'a LockedSound,
        levels: &'a LineLevels,
        rules: &'a PlanRules,
        planned: Before<'a>,
    ) -> Result<Self, PlanError> {
        let mut before: BTreeMap<&SceneId, Vec<&Entry>> = BTreeMap::new();
        for entry in planned.cuts.iter().flat_map(|cuts| &cuts.entries) {
            before.entry(&entry.scene).or_default().push(entry);
        }
        let known_names = names::known_names(screenplay, &rules.bible);
        let scenes = screenplay.scenes.iter().map(|scene| (&scene.id, scene)).collect();
        let takes = planned.takes;
        let (times, story) = (scene_times(screenplay), Story::of(screenplay, &rules.bible));
        let film =
            Self { screenplay, sound, levels, rules, known_names, scenes, times, story, before, takes };
        film.check_scenes()?;
        Ok(film)
    }

    fn check_scenes(&self) -> Result<(), PlanError> {
        for locked in &self.sound.scenes {
            if is_reserved(&locked.id) {
                return Err(PlanError::ReservedScene { scene: locked.id.clone() });
            }
            if !self.scenes.contains_key(&locked.id) {
                return Err(PlanError::SceneNotInScript { scene: locked.id.clone() });
            }
        }
        Ok(())
    }

    fn warn_of_lost_scenes(&self, report: &dyn Reporter) {
        let locked: BTreeSet<&SceneId> = self.sound.scenes.iter().map(|scene| &scene.id).collect();
        for (scene, entries) in self.before.iter().filter(|(scene, _)| !locked.contains(**scene)) {
            for entry in entries.iter().filter(|entry| !entry.by_hand().is_empty()) {
                let fields = entry.by_hand().join(", ");
                let message = format!(
                    "scene {scene} is gone, and with it what was set by hand in shot {}: {fields}",
                    entry.code
                );
                report.report(Event::Warning { stage: STAGE, message });
            }
        }
    }

    fn title(&self) -> String {
        self.screenplay.title_page.field("title").unwrap_or_default()
    }

    fn input<'b>(&'b self, locked: &'b LockedScene, film_start: FilmFrame) -> SceneInput<'b> {
        SceneInput {
            locked,
            screenplay: self.screenplay,
            script: self.scenes[&locked.id],
            sound: self.sound,
            levels: self.levels,
            rules: self.rules,
            known_names: &self.known_names,
            time: self.times.get(&locked.id).map_or("", String::as_str),
            states: self.story.scene(&locked.id),
            before: self.before.get(&locked.id).map_or(&[], Vec::as_slice),
            takes: self.takes,
            film_start,
        }
    }
}

/// A shot that the program letters itself.
fn card(code: ShotCode, kind: ShotKind, film: FrameRange, words: String) -> Shot {
    let reason = match kind {
        ShotKind::Title => "title card",
        _ => "end credits",
    };
    let look = Look { action: words, ..Look::default() };
    Shot { kind, look, reason: reason.to_owned(), ..Shot::blank(code, film) }
}
