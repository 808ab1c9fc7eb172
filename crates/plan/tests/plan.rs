//! Plans of small films.
#![allow(clippy::unwrap_used, reason = "a plan that cannot be had fails the test")]

mod film;

use film::{Film, drawn, kitchen, rules, up_to};
use proptest::prelude::*;
use soundlock_plan::{
    Before, CutList, Family, GeneratorLimits, Handles, LineLevels, Movement, PlanError, PlanRules, PlanStats,
    PromptTemplates, Shot, ShotKind, ShotSize, plan, stats,
};
use soundlock_time::{FilmFrame, Fps, Frames, Lengths};
use soundlock_vault::NoReport;

fn planned(film: &Film, rules: &PlanRules) -> CutList {
    plan(&film.screenplay, &film.sound, &LineLevels::new(), rules, Before::NOTHING, &NoReport).unwrap()
}

fn scene_shots(cut_list: &CutList) -> Vec<&Shot> {
    cut_list.shots.iter().filter(|shot| shot.kind == ShotKind::Scene).collect()
}

/// What must hold of every plan.
fn check_whole(film: &Film, cut_list: &CutList) {
    let mut next = FilmFrame(0);
    let mut codes = std::collections::BTreeSet::new();
    for shot in &cut_list.shots {
        assert_eq!(shot.film.start, next, "{}", shot.code);
        assert!(shot.frames() > 0, "{}", shot.code);
        assert!(codes.insert(&shot.code), "{} twice", shot.code);
        for words in [&shot.prompt, &shot.reason, &shot.look.action] {
            assert!(!words.contains("  "), "{words:?}");
            assert_eq!(words.trim(), words);
        }
        for span in &shot.speech {
            assert!(span.from < span.to && span.to <= shot.frames(), "{} {span:?}", shot.code);
        }
        next = shot.film.end;
    }
    assert_eq!(next.0, film.sound.frames());
}

#[test]
fn a_kitchen_scene_is_cut_in_its_pauses() {
    let film = kitchen();
    let cut_list = planned(&film, &rules());
    check_whole(&film, &cut_list);
    let rows: Vec<String> = cut_list
        .shots
        .iter()
        .map(|shot| {
            let (at, frames, size) = (shot.at, shot.frames(), shot.look.size.short());
            format!("{} {at}+{frames} {size} {} | {}", shot.code, shot.look.subjects.join(" "), shot.reason)
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    title_0010 0+72 WS  | title card
    12_0010 0+52 WS MINA | scene begins
    12_0020 52+26 ECU  | action: The radio hums.
    12_0030 78+57 MS MINA JONAS | before MINA speaks
    12_0040 135+49 MS JONAS | rhythm, at the end of a phrase of MINA's line 12.01
    12_0050 184+58 MS MINA | in the pause before JONAS answers
    12_0060 242+40 MCU JONAS | in the pause before MINA answers
    12_0070 282+57 MCU MINA | in the pause before JONAS answers
    12_0080 339+95 MCU JONAS | ceiling: 5.0 s, at the end of a phrase of JONAS's line 12.04
    12_0090 434+60 WS JONAS | action: Jonas walks to the window.
    12_0100 494+48 CU  | [[shot]] note: close on the radio
    12_0110 542+92 CU MINA | in the pause before ANNOUNCER answers
    12_0120 634+74 CU JONAS | in the pause before MINA answers
    credits_0010 0+96 WS  | end credits
    credits_0020 0+120 WS  | end credits
    ");
}

#[test]
fn a_prompt_tells_size_subject_looks_place_light_and_style() {
    let cut_list = planned(&kitchen(), &rules());
    let shot = cut_list.shots.iter().find(|shot| shot.look.action.starts_with("Jonas walks")).unwrap();
    assert_eq!(
        shot.prompt,
        "wide shot of Jonas (a man of fifty with a beard). eye level. tracking shot. Jonas walks to the window. \
         interior, a small kitchen with green tiles. one warm lamp. 35 mm film"
    );
    assert_eq!(shot.negative, "text, watermark");
    assert_eq!(shot.look.movement, Movement::Track);
    assert_eq!((shot.head, shot.tail), (4, 4));
    assert_eq!(shot.look.present, ["MINA", "JONAS"], "a voice on the radio is nobody to be seen");
}

#[test]
fn a_shot_note_cuts_at_its_beat_and_is_obeyed() {
    let film = Film::new()
        .scene("1", "INT. KITCHEN - NIGHT")
        .line("1.01", "MINA", "Listen to it, it never stops.", 60)
        .pause(11)
        .note("extreme close-up of the dial, low angle, push in")
        .pause(7)
        .line("1.02", "JONAS", "Let it.", 60)
        .pause(40);
    let cut_list = planned(&film, &rules());
    let shot = cut_list.shots.iter().find(|shot| shot.at.0 == 71).unwrap();
    assert_eq!(shot.look.size, ShotSize::ExtremeClose);
    assert_eq!(shot.look.angle, soundlock_plan::Angle::Low);
    assert_eq!(shot.look.movement, Movement::PushIn);
    assert!(shot.look.action.starts_with("extreme close-up of the dial"));
    assert_eq!(shot.reason, "[[shot]] note: extreme close-up of the dial, low angle, push in");
}

#[test]
fn korean_verbs_and_names_are_understood() {
    let film = Film::new()
        .scene("1", "EXT. 철길 - 밤")
        .action("눈이 내린다.", 60)
        .line("1.01", "미나", "그럼 걸어가야 해?", 40)
        .pause(10)
        .action("미나가 철길을 걷는다.", 70)
        .line("1.02", "요한", "사십 킬로미터를, 눈 속에서.", 60)
        .pause(30);
    let cut_list = planned(&film, &rules());
    let shot = cut_list.shots.iter().find(|shot| shot.look.action == "미나가 철길을 걷는다.").unwrap();
    assert_eq!(shot.look.subjects, ["미나"]);
    assert_eq!(shot.look.movement, Movement::Track);
    assert!(shot.prompt.ends_with("exterior, 철길. 밤. 35 mm film"), "{}", shot.prompt);
}

#[test]
fn a_scene_shorter_than_the_shortest_shot_is_one_shot() {
    let film =
        Film::new().scene("1", "INT. KITCHEN - NIGHT").action("A flash.", 5).scene("2", "INT. HALL").pause(0);
    let cut_list = planned(&film, &rules());
    assert_eq!(cut_list.shots.len(), 1);
    assert_eq!(cut_list.shots[0].frames(), 5);
}

#[test]
fn title_and_credits_are_shots_of_their_own() {
    let cut_list = planned(&kitchen(), &rules());
    let cards: Vec<_> = cut_list
        .shots
        .iter()
        .filter(|shot| shot.kind != ShotKind::Scene)
        .map(|shot| (shot.code.to_string(), shot.frames(), shot.look.action.as_str()))
        .collect();
    let expected = [("title_0010", 72, "Two Rooms"), ("credits_0010", 96, ""), ("credits_0020", 120, "")];
    assert_eq!(cards, expected.map(|(code, frames, words)| (code.to_owned(), frames, words)));
}

const FIELDS: &str = "fields are {size}, {angle}, {movement}, {detail}, {subjects}, {sides}, {speech}, {action}, {setting}, \
    {place}, {props}, {time}, {light}, {palette}, {style}, {references}, {never}";

/// Templates of which the generic one has this part alone.
fn told_in_parts(part: &str) -> PromptTemplates {
    let family = Family { parts: Some(vec![part.to_owned()]), ..Family::default() };
    PromptTemplates::with(&[("generic".to_owned(), family)].into()).unwrap()
}

#[test]
fn rules_that_no_plan_could_keep_are_refused() {
    fn check(change: impl Fn(&mut PlanRules), message: &str, hint: &str) {
        let (film, mut rules) = (kitchen(), rules());
        change(&mut rules);
        let error =
            plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules, Before::NOTHING, &NoReport)
                .unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().unwrap_or_default(), hint);
    }
    check(
        |rules| rules.generators[1].frames = up_to(25),
        "`wan` holds together for 25 frames, which less 8 frames of handles is shorter than the shortest shot of 18",
        "make the handles or the shortest shot shorter, or give `wan` a ceiling of at least 26 frames",
    );
    check(
        |rules| rules.generator = "wam".to_owned(),
        "there is no generator `wam`",
        "known generators: animatic, wan",
    );
    check(
        |rules| rules.shortest_frames = 0,
        "the shortest shot has 0 frames",
        "give the shortest shot at least one frame",
    );
    check(
        |rules| {
            rules.scene_pace_secs.insert("12".parse().unwrap(), f64::NAN);
        },
        "a pace of NaN s is outside 0.1 to 3600 s (scene 12)",
        "pace is the mean length of a shot in seconds: 3 to 6 for most films",
    );
    check(
        |rules| rules.prompts = told_in_parts("{size} {colour}"),
        "prompt template part `{size} {colour}`: there is no field {colour}",
        FIELDS,
    );
    check(
        |rules| rules.prompts = told_in_parts("a [{size}"),
        "prompt template part `a [{size}`: a `[` is not closed",
        FIELDS,
    );
}

/// Wan as it is: 4k+1 frames at 16 fps, 81 of them.
fn wan() -> GeneratorLimits {
    GeneratorLimits {
        frames: Lengths::Grid(Frames { step: 4, offset: 1, shortest: 5, ceiling: 81 }),
        price: Some(soundlock_plan::Price { micros: 100_000, currency: "USD".to_owned() }),
        ..GeneratorLimits::free("wan", Fps::new(16, 1).unwrap(), 81)
    }
}

#[test]
fn a_take_is_the_next_legal_length_at_the_generators_own_rate() {
    let wan = wan();
    // 81 frames at 16 fps are 121.5 at 24: 121 whole ones.
    assert_eq!(wan.longest_take(Fps::FILM), 121);
    for (film, take, held) in
        [(1, 5, 7), (8, 9, 13), (13, 9, 13), (14, 13, 19), (120, 81, 121), (121, 81, 121)]
    {
        assert_eq!(wan.take_for(film, Fps::FILM), Some(take), "{film}");
        assert_eq!(wan.held_for(film, Fps::FILM), Some(held), "{film}");
    }
    assert_eq!(wan.take_for(122, Fps::FILM), None);
    // 17k+5 frames at the film's own rate.
    let grid = Frames { step: 17, offset: 5, shortest: 22, ceiling: 130 };
    let h3 = GeneratorLimits { frames: Lengths::Grid(grid), ..GeneratorLimits::free("h3", Fps::FILM, 130) };
    assert_eq!((h3.longest_take(Fps::FILM), h3.take_for(40, Fps::FILM)), (124, Some(56)));
    // Five or ten seconds, nothing else.
    let hosted = GeneratorLimits { frames: Lengths::Listed(vec![120, 240]), ..h3 };
    assert_eq!((hosted.take_for(121, Fps::FILM), hosted.take_for(241, Fps::FILM)), (Some(240), None));
    assert_eq!((hosted.held_for(30, Fps::FILM), hosted.longest_take(Fps::FILM)), (Some(120), 240));
}

#[test]
fn sound_of_another_script_is_refused() {
    let mut film = kitchen();
    film.screenplay.scenes.clear();
    let error = plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules(), Before::NOTHING, &NoReport)
        .unwrap_err();
    assert_eq!(error, PlanError::SceneNotInScript { scene: "12".parse().unwrap() });
    let film = Film::new().scene("credits", "INT. HALL").pause(40);
    let error = plan(&film.screenplay, &film.sound, &LineLevels::new(), &rules(), Before::NOTHING, &NoReport)
        .unwrap_err();
    assert!(matches!(error, PlanError::ReservedScene { .. }));
}

#[test]
fn cuts_of_drawn_films_are_hidden_by_the_sound() {
    for seed in 1..=4 {
        let film = drawn(seed, 6);
        let stats = stats(&planned(&film, &rules()), &film.sound, &LineLevels::new(), &rules());
        assert_eq!(stats.cuts_in_words, 0, "{stats:?}");
        assert!(stats.cuts_covered * 100 >= stats.cuts * 75, "{stats:?}");
        assert!(stats.lognormal_distance.unwrap() < 0.16, "{stats:?}");
        assert!((2.4..=3.8).contains(&stats.mean_secs), "{stats:?}");
    }
}

#[test]
fn a_low_ceiling_leaves_short_shots_and_runs() {
    let rules = PlanRules { pace_secs: 3.6, ..rules() };
    let films: Vec<_> = (1..=4)
        .map(|seed| {
            let film = drawn(seed, 8);
            stats(&planned(&film, &rules), &film.sound, &LineLevels::new(), &rules)
        })
        .collect();
    let mean = |of: fn(&PlanStats) -> f64| films.iter().map(of).sum::<f64>() / films.len() as f64;
    let (distance, sigma, lag) = (
        mean(|stats| stats.lognormal_distance.unwrap()),
        mean(|stats| stats.lognormal_sigma.unwrap()),
        mean(|stats| stats.lag_one_correlation.unwrap()),
    );
    assert!(distance < 0.13 && sigma > 0.38 && lag > 0.15, "KS {distance}, sigma {sigma}, lag one {lag}");
    assert!(films.iter().all(|stats| stats.cuts_covered * 100 >= stats.cuts * 79), "{films:?}");
}

#[test]
fn a_slower_pace_gives_longer_shots() {
    let film = drawn(3, 4);
    let mean = |pace_secs: f64| {
        let mut rules = rules();
        rules.generator = "animatic".to_owned();
        rules.pace_secs = pace_secs;
        stats(&planned(&film, &rules), &film.sound, &LineLevels::new(), &rules).mean_secs
    };
    assert!(mean(2.0) < mean(3.0) && mean(3.0) < mean(5.0));
}

#[test]
fn neighbours_never_show_the_same_at_nearly_the_same_size() {
    for seed in 1..=6 {
        let cut_list = planned(&drawn(seed, 4), &rules());
        for pair in cut_list.shots.windows(2) {
            let sorted = |shot: &Shot| {
                let mut subjects = shot.look.subjects.clone();
                subjects.sort();
                subjects
            };
            let inside = pair[0].code.scene() == pair[1].code.scene();
            let near = pair[0].look.size.steps_to(pair[1].look.size) < 2;
            assert!(
                !(inside && near && sorted(&pair[0]) == sorted(&pair[1])),
                "{} {}",
                pair[0].code,
                pair[1].code
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_shot_fits_into_a_legal_take(
        seed in 0_u64..1000,
        step in 1_u32..18,
        offset in 0_u32..6,
        longest in 60_u32..130,
        rate in prop_oneof![Just(16_u32), Just(24), Just(25), Just(30)],
        handles in 0_u32..6,
    ) {
        let film = drawn(seed, 1);
        let mut rules = rules();
        rules.handles = Handles { head: handles, tail: handles };
        let limits = GeneratorLimits {
            frames: Lengths::Grid(Frames { step, offset, shortest: step, ceiling: longest }),
            ..GeneratorLimits::free("wan", Fps::new(rate, 1).unwrap(), longest)
        };
        rules.generators = vec![limits.clone()];
        let cut_list = planned(&film, &rules);
        check_whole(&film, &cut_list);
        for shot in scene_shots(&cut_list) {
            let take = limits.take_for(shot.frames_with_handles(), Fps::FILM);
            let take = take.ok_or_else(|| TestCaseError::fail(format!("{} is too long", shot.code)))?;
            prop_assert!(take <= longest && take >= step);
            prop_assert!(Fps::FILM.within(take, limits.fps) >= shot.frames_with_handles());
        }
    }

    #[test]
    fn every_frame_is_in_one_shot_of_legal_length(
        seed in 0_u64..1000,
        shortest in 1_u32..40,
        above in 0_u32..200,
        pace in 0.5_f64..12.0,
    ) {
        let film = drawn(seed, 2);
        let mut rules = rules();
        rules.shortest_frames = shortest;
        rules.pace_secs = pace;
        rules.seed = seed;
        rules.generators[1].frames = up_to(2 * shortest + 8 + above);
        rules.generators[0].frames = up_to(2 * shortest + 8);
        let cut_list = planned(&film, &rules);
        check_whole(&film, &cut_list);
        for shot in scene_shots(&cut_list) {
            prop_assert!((shortest..=2 * shortest + above).contains(&shot.frames()), "{} {}", shot.code, shot.frames());
        }
        prop_assert_eq!(planned(&film, &rules), cut_list);
    }

    #[test]
    fn a_ceiling_hardly_above_the_shortest_shot_still_gives_a_whole_film(seed in 0_u64..1000, shortest in 10_u32..40) {
        let film = drawn(seed, 1);
        let mut rules = rules();
        rules.shortest_frames = shortest;
        rules.generators.retain(|limits| limits.name == "wan");
        rules.generators[0].frames = up_to(shortest + 9);
        let cut_list = planned(&film, &rules);
        check_whole(&film, &cut_list);
        prop_assert!(scene_shots(&cut_list).iter().all(|shot| shot.frames() <= shortest + 1));
    }
}
