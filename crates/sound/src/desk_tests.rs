use proptest::prelude::*;
use soundlock_time::Fps;

use super::*;
use crate::testfilm::{Script, ingredients, locked, locked_by, rules};
use crate::{LockedSound, SoundError};

/// Samples of one frame at 24 fps.
const FRAME: u64 = 2000;

/// Samples from each line's end to the next one's start, the scene's head first and its tail last.
fn gaps(sound: &LockedSound) -> Vec<i64> {
    let scene = &sound.scenes[0];
    let mut end = 0;
    let mut gaps = Vec::new();
    for line in &scene.lines {
        gaps.push(line.at.0 as i64 - end);
        end = line.end().0 as i64;
    }
    gaps.push(i64::from(scene.frames) * FRAME as i64 - end);
    gaps
}

/// Whether the gap is the wished number of milliseconds, lengthened to the next frame.
fn check_gap(script: Script, gap: usize, wished_ms: i64) {
    let found = gaps(&locked(&script.done()))[gap];
    let wished = wished_ms * 48;
    assert!(
        (wished..wished + FRAME as i64).contains(&found),
        "{found} samples where {wished} were wished for"
    );
}

fn talk() -> Script {
    Script::new().scene().line("MINA", "Is it you?")
}

#[test]
fn pauses_come_from_the_words_and_who_speaks() {
    check_gap(talk().line("JO", "Yes"), 0, 800);
    check_gap(talk().line("JO", "Yes"), 1, 400);
    check_gap(talk().line("JO", "Yes").line("JO", "Me."), 2, 350);
    check_gap(talk().line("JO", "Yes").line("MINA", "Me."), 2, 300);
    check_gap(talk().line("JO", "Well…").line("MINA", "Me."), 2, 700);
    check_gap(talk(), 1, 1125);
}

#[test]
fn beats_are_added() {
    check_gap(talk().line("JO", "Yes.").aside(0, "beat"), 1, 400 + 900);
    check_gap(talk().aside(10, "beat").line("JO", "Yes."), 1, 400 + 900);
    check_gap(talk().aside(10, "잠시").line("JO", "Yes.").aside(0, "a beat"), 1, 400 + 1800);
    check_gap(talk().line("JO", "Yes.").aside(0, "quietly"), 1, 400);
}

#[test]
fn action_takes_its_time() {
    check_gap(talk().action("She walks to the window and looks out.").line("JO", "Yes."), 1, 1750);
    check_gap(talk().action("Rain.").action("Rain.").line("JO", "Yes."), 1, 1830);
    check_gap(Script::new().scene().action(&"Waves roll in. ".repeat(9)).line("JO", "Yes."), 0, 5930);
}

#[test]
fn a_directed_pause_is_obeyed_to_the_sample() {
    let between = |script: Script| gaps(&locked(&script.line("JO", "Yes.").aside(0, "beat").done()))[1];
    assert_eq!(between(talk().pause(Pause::Frames(61))), 61 * 2000);
    assert_eq!(between(talk().pause(Pause::Frames(0))), 0);
    assert_eq!(between(talk().pause(Pause::Millis(2500))), 60 * 2000);
    assert_eq!(between(talk().pause(Pause::Frames(10)).pause(Pause::Frames(5))), 15 * 2000);
    assert_eq!(between(talk().action("Rain.").pause(Pause::Frames(10))), (22 + 10) * 2000);
    // At a scene's end the last frame is filled up.
    let end = gaps(&locked(&talk().line("JO", "Yes.").pause(Pause::Frames(100)).done()))[2];
    assert!((200_000..202_000).contains(&end), "{end}");
}

#[test]
fn an_endless_pause_is_cut() {
    for length in [Pause::Millis(u64::MAX), Pause::Frames(u32::MAX)] {
        assert_eq!(gaps(&locked(&talk().pause(length).line("JO", "Yes.").done()))[1], 600 * 48_000);
    }
}

#[test]
fn two_who_speak_at_once_start_together_and_both_end() {
    let script = talk()
        .line("JO", "Yes, and this is long.")
        .dual(DualSide::Left)
        .line("MINA", "No.")
        .dual(DualSide::Right)
        .line("JO", "What?");
    let sound = locked(&script.done());
    let lines = &sound.scenes[0].lines;
    assert_eq!(lines[1].at, lines[2].at);
    assert_eq!(lines[3].at.0, (lines[1].end().0 + 350 * 48).next_multiple_of(FRAME));
}

/// Where the second line starts against the end of the first.
fn between(script: Script) -> i64 {
    gaps(&locked(&script.done()))[1]
}

#[test]
fn who_interrupts_starts_before_the_other_has_ended() {
    let long = "and this goes on for quite a while, as he always does when he is asked,";
    let goes_on = long.repeat(4);
    let cut_off = |end: &str| Script::new().scene().line("JO", &format!("{goes_on} until{end}"));
    let early = -250 * 48..-250 * 48 + FRAME as i64;
    for script in [
        cut_off(" --").line("MINA", &goes_on),
        cut_off("—").line("MINA", &goes_on),
        cut_off(".").line("MINA", &goes_on).aside(0, "interrupting"),
        cut_off("?").line("MINA", &goes_on).aside(0, "웃으며, 끼어들며"),
    ] {
        let found = between(script);
        assert!(early.contains(&found) && found % 100 == 0, "{found}");
    }
    // Nobody interrupts himself, over action, over a beat, or where the line trails off.
    for (script, wished_ms) in [
        (cut_off(" --").line("JO", long), 700),
        (cut_off(" --").action("Rain.").line("MINA", long), 915),
        (cut_off(" --").line("MINA", long).aside(0, "beat"), 700 + 900),
        (cut_off("…").line("MINA", long), 700),
        (cut_off(" --").pause(Pause::Frames(12)).line("MINA", long), 500),
    ] {
        check_gap(script, 1, wished_ms);
    }
    // A short word is not swallowed whole, and it can be set off.
    let short = between(cut_off(" --").line("MINA", "No."));
    assert!((-650..=FRAME as i64 - 650).contains(&short), "{short}");
    let rules = SoundRules { pauses: crate::Pauses { overlap_ms: 0, ..rules().pauses }, ..rules() };
    let none = gaps(&locked_by(&cut_off(" --").line("MINA", long).done(), &rules))[1];
    assert!((700 * 48..700 * 48 + FRAME as i64).contains(&none), "{none}");
}

fn laid_as_played(script: &soundlock_script::Screenplay, played: &[(&str, u64, i64)]) -> LockedSound {
    let mut ingredients = ingredients(script);
    for (id, from_start, pause) in played {
        let played = crate::layout::Played { from_start: *from_start, pause: *pause };
        ingredients.played.insert(id.parse().unwrap(), played);
    }
    crate::layout::lay(script, &rules(), &ingredients, &soundlock_vault::NoReport).unwrap()
}

#[test]
fn what_was_played_at_once_stays_so() {
    // Jo speaks for 5,000 samples, Mina over his end, then Jo again after 777 samples of silence.
    let script = || Script::new().scene().line("JO", &"a".repeat(40));
    let three = script().line("MINA", "No, no, no.").line("JO", "Well.");
    let sound = laid_as_played(&three.done(), &[("1.02", 4100, -900), ("1.03", 2877, 777)]);
    assert_eq!(gaps(&sound)[1..3], [-900, 777]);
    // Who is spoken over and goes on is not cut short.
    let inside = script().line("MINA", "No.").line("JO", "Well.");
    let sound = laid_as_played(&inside.done(), &[("1.02", 1000, -4000), ("1.03", 5000, 1000)]);
    let at: Vec<u64> =
        sound.scenes[0].lines.iter().map(|line| line.at.0 - sound.scenes[0].lines[0].at.0).collect();
    assert_eq!(at, [0, 1000, 6000]);
    // Two sides that were recorded together stay together as they were, not as they are written.
    let dual = script().dual(DualSide::Left).line("MINA", "No.").dual(DualSide::Right);
    assert_eq!(gaps(&laid_as_played(&dual.done(), &[("1.02", 1234, -3766)]))[1], -3766);
    // Action and a directed pause open it, to the frame.
    let acted = script().action("Rain.").line("MINA", "No.");
    assert_eq!(gaps(&laid_as_played(&acted.done(), &[("1.02", 4100, -900)]))[1], 22 * 2000);
    for pause in [-900, 31_337] {
        let directed = script().pause(Pause::Frames(48)).line("MINA", "No.");
        assert_eq!(gaps(&laid_as_played(&directed.done(), &[("1.02", 5000, pause)]))[1], 48 * 2000);
    }
}

#[test]
fn pace_makes_a_scene_quicker() {
    let mut rules = rules();
    let script = talk().line("JO", "Yes").done();
    rules.pace_percent.insert("1".parse().unwrap(), 200);
    let found = gaps(&locked_by(&script, &rules))[1];
    assert!((200 * 48..200 * 48 + 2000).contains(&found), "{found}");
}

#[test]
fn a_scene_without_lines_lasts_as_its_action() {
    let sound = locked(&Script::new().scene().action(&"Waves roll in. ".repeat(20)).scene().done());
    assert_eq!((sound.scenes[0].frames, sound.scenes[1].frames), (144, 48));
}

#[test]
fn a_cue_with_nothing_said_is_seen() {
    let script = talk().line("JO", "").aside(0, "looks away for a long while, then nods").line("MINA", "Oh.");
    let sound = locked(&script.done());
    assert_eq!(sound.scenes[0].lines.len(), 2);
    let found = gaps(&sound)[1];
    assert!((1760 * 48 - 2000..1760 * 48 + 4000).contains(&found), "{found}");
}

#[test]
fn no_scenes_is_an_error() {
    let script = Script::new().done();
    let nothing = crate::layout::Ingredients::default();
    let laid = crate::layout::lay(&script, &rules(), &nothing, &soundlock_vault::NoReport);
    assert!(matches!(laid, Err(SoundError::NoScenes)));
}

#[test]
fn beats_stand_where_action_and_shots_begin() {
    let script = Script::new()
        .scene()
        .shot("the harbour")
        .action("Boats, far out.")
        .line("MINA", "There!")
        .shot("JO at the rail")
        .line("JO", "Where?")
        .action("She points.")
        .shot("her hand");
    let sound = locked(&script.done());
    let scene = &sound.scenes[0];
    let jo = (scene.lines[1].at.0 / FRAME) as u32;
    let after = scene.lines[1].end().0.div_ceil(FRAME) as u32;
    assert_eq!(scene.beats, [(0, 0), (0, 1), (jo - 4, 3), (after, 5), (after + 22, 6)]);
}

#[test]
fn music_reaches_over_scenes_until_it_is_stopped() {
    let script = Script::new()
        .scene()
        .music(Some("a.flac"))
        .action("Rain.")
        .scene()
        .action("Rain.")
        .music(None)
        .scene()
        .music(Some("b.flac"))
        .music(Some("c.flac"))
        .effect("door.wav")
        .action(&"Rain. ".repeat(9));
    let sound = locked(&script.done());
    let lengths: Vec<Vec<u64>> = sound
        .scenes
        .iter()
        .map(|scene| scene.cues.iter().map(|cue| cue.source.part.length()).collect())
        .collect();
    // Scene 1 is 48 frames; in scene 2 the stop stands after 22 frames of action. `b` is replaced at once.
    assert_eq!(lengths, [vec![(48 + 22) * 2000], vec![], vec![48 * 2000, 48 * 2000]]);
    assert_eq!(sound.scenes[2].cues[0].source.origin, crate::Origin::File("music/c.flac".into()));
}

#[test]
fn what_sounds_over_the_end_is_cut_there() {
    let mut rules = rules();
    rules.credit_frames = vec![24, 24];
    let sound = locked_by(&Script::new().scene().effect("rain.wav").done(), &rules);
    assert_eq!(sound.scenes[0].cues[0].source.part.length(), (48 + 48) * 2000);
}

fn any_script() -> impl Strategy<Value = Script> {
    let beat = (0_u8..9, 0_usize..4, "[a-zA-Z .?…가-힣-]{0,60}", 0_u32..200);
    proptest::collection::vec(beat, 0..60).prop_map(|beats| {
        beats.into_iter().fold(Script::new().scene(), |script, (kind, who, words, frames)| match kind {
            0 | 1 => script.line(["MINA", "JO", "민아", "A"][who], &words),
            2 => script.action(&words),
            3 => script.pause(Pause::Frames(frames)),
            4 => script.music((who > 0).then_some("a.wav")),
            5 => script.effect("b.wav"),
            6 => script.shot(&words),
            7 => script
                .line("A", &format!("left {words}"))
                .dual(DualSide::Left)
                .line("B", &format!("right {words}"))
                .dual(DualSide::Right),
            _ => script.scene(),
        })
    })
}

proptest! {
    #[test]
    fn whatever_is_laid_stays_in_order_and_inside(script in any_script(), ntsc in any::<bool>()) {
        let script = script.done();
        let fps = if ntsc { Fps::NTSC } else { Fps::FILM };
        let rules = SoundRules { fps, ..rules() };
        let sound = locked_by(&script, &rules);
        prop_assert_eq!(sound.scenes.len(), script.scenes.len());
        for scene in &sound.scenes {
            let length = fps.first_sample(FilmFrame(scene.frames), sound.rate).0;
            prop_assert!(scene.frames > 0);
            let (mut end, mut start) = (0, 0);
            for line in &scene.lines {
                // Who interrupts starts at most a quarter of a second early, and never before the other has begun.
                prop_assert!(line.dual == Some(DualSide::Right) || line.at.0 + 250 * 48 >= end);
                prop_assert!(line.at.0 >= start);
                (start, end) = (line.at.0, end.max(line.end().0));
            }
            prop_assert!(end <= length);
            prop_assert!(scene.cues.iter().all(|cue| cue.at.0 <= length));
            prop_assert!(scene.beats.iter().all(|(frame, _)| *frame < scene.frames));
            let places: Vec<_> = scene.beats.clone();
            prop_assert!(places.is_sorted(), "{places:?}");
        }
        let spoken: usize = sound.scenes.iter().map(|scene| scene.lines.len()).sum();
        let written = script.lines().filter(|(_, line)| !line.text.trim().is_empty()).count();
        prop_assert_eq!(spoken, written);
    }

    #[test]
    fn laying_again_gives_the_same(script in any_script()) {
        let script = script.done();
        let again = crate::layout::lay(&script, &rules(), &ingredients(&script), &soundlock_vault::NoReport);
        prop_assert_eq!(locked(&script), again.unwrap());
    }
}
