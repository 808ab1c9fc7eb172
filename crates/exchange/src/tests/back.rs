use serde_json::{Value, json};
use soundlock_time::Fps;

use super::{clips, compared, edited, said, trim};
use crate::testing::TestEdit;
use crate::{Circle, ShotMedia, TakeMedia, check, edl, fcpxml, otio};

#[test]
fn an_edit_that_comes_back_as_it_went_changes_nothing() {
    let rates =
        [Fps::NTSC_FILM, Fps::FILM, Fps::PAL, Fps::NTSC, Fps::THIRTY, Fps::new(60_000, 1001).unwrap()];
    for fps in rates {
        let film = TestEdit::at(fps);
        let edit = film.edit();
        let lists = edl(&edit).unwrap();
        for text in [otio(&edit).unwrap(), fcpxml(&edit).unwrap(), lists[0].text.clone()] {
            assert_eq!(said(&compared(&film, &text)), [""; 0], "{fps}\n{text}");
            let checks = check(&edit, &text).unwrap();
            assert!(checks.iter().all(|check| check.passed), "{fps}: {checks:?}");
        }
        assert_eq!(lists.len(), 4);
    }
}

#[test]
fn a_take_that_was_lent_is_told_apart_though_its_file_is_the_same() {
    let mut film = TestEdit::two_scenes();
    let lent = match &film.media[1] {
        ShotMedia::Takes { takes, .. } => takes[1].clone(),
        ShotMedia::Card => unreachable!("the second shot is none"),
    };
    if let ShotMedia::Takes { takes, circled, .. } = &mut film.media[3] {
        takes.push(TakeMedia { name: "1_0030-3".to_owned(), number: 3, ..lent });
        *circled = Some(2);
    }
    let edit = film.edit();
    for text in [otio(&edit).unwrap(), fcpxml(&edit).unwrap(), edl(&edit).unwrap()[0].text.clone()] {
        assert_eq!(said(&compared(&film, &text)), [""; 0], "{text}");
    }
}

#[test]
fn a_moved_cut_is_two_trims_and_the_picture_stays_where_it_was() {
    let film = TestEdit::two_scenes();
    let text = edited(&film, |timeline| {
        trim(&mut clips(timeline)[1], 0.0, 5.0);
        trim(&mut clips(timeline)[2], 5.0, -5.0);
    });
    let comparison = compared(&film, &text);
    assert_eq!(
        said(&comparison),
        [
            "1_0010 ends 5 frames later (101 frames at 0, was 96 at 0)",
            "1_0020 starts 5 frames later (55 frames at 101, was 60 at 96)",
        ]
    );
    let shots = &comparison.scenes[0].shots;
    assert_eq!(shots.iter().map(|shot| shot.moved).collect::<Vec<_>>(), [true, true, false]);
    let circle = |code: &str, take, head| Some(Circle { shot: code.parse().unwrap(), take, head });
    assert_eq!(shots[0].circle, circle("1_0010", 2, 8));
    assert_eq!(shots[1].circle, circle("1_0020", 1, 13));
    assert_eq!(shots[2].circle, None);
}

#[test]
fn order_takes_and_slips_come_back() {
    let film = TestEdit::two_scenes();
    let reordered = edited(&film, |timeline| clips(timeline).swap(2, 3));
    assert_eq!(said(&compared(&film, &reordered)), ["scene 1 is in the order 1_0010, 1_0030, 1_0020"]);
    let swapped = edited(&film, |timeline| {
        let clip = &mut clips(timeline)[4];
        clip["active_media_reference_key"] = "2_0010-2".into();
        clip["source_range"]["start_time"] = json!({ "value": 6.0, "rate": 16.0 });
    });
    let comparison = compared(&film, &swapped);
    assert_eq!(said(&comparison), ["2_0010 shows take 2, was take 1"]);
    assert_eq!(comparison.scenes[0].shots[0].circle.as_ref().unwrap().head, 9);
    let slipped = edited(&film, |timeline| trim(&mut clips(timeline)[1], 3.0, 0.0));
    assert_eq!(said(&compared(&film, &slipped)), ["1_0010 shows its take from 3 frames later on"]);
}

#[test]
fn a_shot_can_be_dropped_and_a_take_used_twice() {
    let film = TestEdit::two_scenes();
    let dropped = edited(&film, |timeline| {
        clips(timeline).remove(2);
        trim(&mut clips(timeline)[1], 0.0, 60.0);
    });
    assert_eq!(
        said(&compared(&film, &dropped)),
        [
            "1_0020 is dropped; its takes are kept",
            "1_0010 ends 60 frames later (156 frames at 0, was 96 at 0)"
        ]
    );
    let twice = edited(&film, |timeline| {
        let mut first = clips(timeline)[1].clone();
        trim(&mut first, 0.0, -56.0);
        trim(&mut clips(timeline)[1], 40.0, -40.0);
        clips(timeline).swap(1, 2);
        clips(timeline).insert(1, first);
    });
    let comparison = compared(&film, &twice);
    assert_eq!(
        said(&comparison),
        [
            "scene 1 is in the order 1_0020, 1_0010, 1_0030",
            "1_0005 is new: take 1_0010-2 once more, 40 frames at 0",
            "1_0010 starts 100 frames later, ends 60 frames later (56 frames at 100, was 96 at 0)",
        ]
    );
    assert_eq!(comparison.scenes[0].shots[2].circle.as_ref().unwrap().head, 48);
}

#[test]
fn a_clip_cut_in_two_where_it_lies_is_one_clip_still() {
    let film = TestEdit::two_scenes();
    let cut = edited(&film, |timeline| {
        let mut second = clips(timeline)[2].clone();
        trim(&mut clips(timeline)[2], 0.0, -20.0);
        trim(&mut second, 40.0, -40.0);
        clips(timeline).insert(3, second);
    });
    assert_eq!(said(&compared(&film, &cut)), [""; 0]);
}

#[test]
fn what_would_move_the_sound_is_refused_and_the_rest_is_taken() {
    let film = TestEdit::two_scenes();
    let longer = edited(&film, |timeline| {
        trim(&mut clips(timeline)[1], 0.0, 12.0);
        trim(&mut clips(timeline)[4], 0.0, -7.0);
        trim(&mut clips(timeline)[5], -7.0, 7.0);
    });
    assert_eq!(
        said(&compared(&film, &longer)),
        [
            "refused: the edit is 12 frames longer than the film: the sound is locked and is not moved",
            "refused: scene 1 is 12 frames longer than its sound, which is locked",
            "2_0010 ends 7 frames earlier (65 frames at 0, was 72 at 0)",
            "2_0020 starts 7 frames earlier (55 frames at 65, was 48 at 72)",
        ]
    );
    let over = edited(&film, |timeline| {
        trim(&mut clips(timeline)[3], 0.0, 5.0);
        trim(&mut clips(timeline)[4], 5.0, -5.0);
    });
    assert_eq!(
        said(&compared(&film, &over)),
        [
            "refused: 1_0030 reaches 5 frames over the edge of scene 1; a scene's picture ends where its sound does",
            "refused: 1_0030 reaches 5 frames over the edge of scene 2; a scene's picture ends where its sound does",
        ]
    );
    let moved = edited(&film, |timeline| {
        let gap = json!({ "OTIO_SCHEMA": "Gap.1", "source_range": {
            "start_time": { "value": 0, "rate": 24 }, "duration": { "value": 12, "rate": 24 } } });
        timeline["tracks"]["children"][2]["children"].as_array_mut().unwrap().insert(0, gap);
    });
    assert_eq!(
        said(&compared(&film, &moved)),
        ["refused: `music` lies 12 frames later: the sound is locked and stays"]
    );
    let credits = edited(&film, |timeline| {
        trim(&mut clips(timeline)[0], 0.0, -8.0);
        trim(&mut clips(timeline)[1], -8.0, 8.0);
    });
    let said = said(&compared(&film, &credits));
    assert!(said.iter().all(|said| said.starts_with("refused: ")) && said.len() == 2, "{said:?}");
}

#[test]
fn a_leader_before_the_film_moves_nothing() {
    let film = TestEdit::two_scenes();
    let text = edited(&film, |timeline| {
        for track in timeline["tracks"]["children"].as_array_mut().unwrap() {
            let gap = json!({ "OTIO_SCHEMA": "Gap.1", "source_range": {
                "start_time": { "value": 0, "rate": 24 }, "duration": { "value": 240, "rate": 24 } } });
            track["children"].as_array_mut().unwrap().insert(0, gap);
        }
    });
    assert_eq!(
        said(&compared(&film, &text)),
        ["note: nothing is to be seen for 240 frames before the film; it is taken from there"]
    );
}

#[test]
fn scenes_that_change_places_are_refused() {
    let film = TestEdit::two_scenes();
    let text = edited(&film, |timeline| {
        let first: Vec<Value> = clips(timeline).drain(1..4).collect();
        clips(timeline).extend(first);
    });
    assert_eq!(
        said(&compared(&film, &text)),
        [
            "refused: scene 1 lies 120 frames later; scenes change places in the script, and their sound with them",
            "refused: scene 2 lies 240 frames earlier; scenes change places in the script, and their sound with them",
        ]
    );
}

#[test]
fn what_the_film_has_no_place_for_is_said_one_by_one_and_the_rest_taken() {
    let film = TestEdit::two_scenes();
    let text = edited(&film, |timeline| {
        clips(timeline)[1]["effects"] = json!([{ "OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 0.5 }]);
        clips(timeline)[2]["enabled"] = false.into();
        let stranger = &mut clips(timeline)[3];
        stranger["name"] = "holiday.mp4".into();
        stranger["metadata"] = json!({});
        stranger["media_references"] = json!({ "DEFAULT_MEDIA": {
            "OTIO_SCHEMA": "ExternalReference.1", "target_url": "file:///home/me/holiday.mp4" } });
        stranger["active_media_reference_key"] = "DEFAULT_MEDIA".into();
        clips(timeline)
            .insert(5, json!({ "OTIO_SCHEMA": "Transition.1", "transition_type": "SMPTE_Dissolve" }));
        trim(&mut clips(timeline)[4], 0.0, 4.0);
        trim(&mut clips(timeline)[6], 4.0, -4.0);
        let music = json!({ "OTIO_SCHEMA": "Clip.1", "name": "song.wav", "source_range": {
            "start_time": { "value": 0, "rate": 48000 }, "duration": { "value": 48000, "rate": 48000 } } });
        timeline["tracks"]["children"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "OTIO_SCHEMA": "Track.1", "kind": "Audio", "children": [music] }));
    });
    assert_eq!(
        said(&compared(&film, &text)),
        [
            "note: `1_0010` (tracks[0].children[1]) plays at 50 %; the film plays takes at their own speed",
            "note: `1_0020` (tracks[0].children[2]) is switched off",
            "note: the transition `SMPTE_Dissolve` (tracks[0].children[5]) becomes a cut; the film knows no others",
            "note: `holiday.mp4` (tracks[0].children[3]) is no take of this film; `soundlock shoot SHOT --file` brings \
             one in",
            "note: nothing is to be seen for 60 frames at 00:00:06:00; the shots there stay",
            "note: `song.wav` (tracks[4].children[0]) is no sound of this film; put it into the script, and the sound is \
             locked with it",
            "2_0010 ends 4 frames later (76 frames at 0, was 72 at 0)",
            "2_0020 starts 4 frames later (44 frames at 76, was 48 at 72)",
        ]
    );
}

#[test]
fn the_topmost_track_wins_and_a_simple_nest_is_flattened() {
    let film = TestEdit::two_scenes();
    let text = edited(&film, |timeline| {
        // Scene 1 becomes a sequence of its own; its last shot is covered from a track above by its other take.
        let scene: Vec<Value> = clips(timeline).drain(1..4).collect();
        let mut above = scene[2].clone();
        above["active_media_reference_key"] = "1_0030-2".into();
        above["source_range"]["start_time"] = json!({ "value": 6.0, "rate": 16.0 });
        let nest = json!({ "OTIO_SCHEMA": "Stack.1", "name": "scene one", "children": [
            { "OTIO_SCHEMA": "Track.1", "kind": "Video", "children": scene } ] });
        clips(timeline).insert(1, nest);
        let gap = json!({ "OTIO_SCHEMA": "Gap.1", "source_range": {
            "start_time": { "value": 0, "rate": 24 }, "duration": { "value": 204, "rate": 24 } } });
        let track = json!({ "OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [gap, above] });
        timeline["tracks"]["children"].as_array_mut().unwrap().insert(1, track);
    });
    assert_eq!(
        said(&compared(&film, &text)),
        [
            "note: `scene one` (tracks[0].children[1]) is a sequence of its own; its clips are taken from inside it",
            "note: picture lies on 2 tracks; the topmost is seen",
            "1_0030 shows take 2, was take 1",
        ]
    );
}

#[test]
fn more_of_a_take_than_there_is_is_refused() {
    let film = TestEdit::two_scenes();
    let text = edited(&film, |timeline| {
        clips(timeline).remove(3);
        trim(&mut clips(timeline)[2], 0.0, 84.0);
    });
    assert_eq!(
        said(&compared(&film, &text)),
        ["refused: scene 1 shows 1_0020-1 from its frame 8 to 152; it has 144"]
    );
}

#[test]
fn an_edit_at_another_rate_is_taken_where_its_cuts_fall_on_frames() {
    let film = TestEdit::two_scenes();
    // At 48 frames a second every cut of ours falls on a frame; one of theirs does not.
    let double = |timeline: &mut Value, cut: f64| {
        for clip in clips(timeline).iter_mut() {
            let length = clip["source_range"]["duration"]["value"].as_f64().unwrap();
            clip["source_range"]["duration"] = json!({ "value": length * 2.0, "rate": 48.0 });
        }
        for (index, by) in [(4, cut), (5, -cut)] {
            let length = &mut clips(timeline)[index]["source_range"]["duration"]["value"];
            *length = (length.as_f64().unwrap() + by).into();
        }
    };
    let rate = "note: the edit runs at 48 frames per second, the film at 24; cuts that fall on a frame of the film are \
                taken";
    let even = compared(&film, &edited(&film, |timeline| double(timeline, 6.0)));
    assert_eq!(
        said(&even),
        [
            rate,
            "2_0010 ends 3 frames later (75 frames at 0, was 72 at 0)",
            "2_0020 starts 3 frames later (45 frames at 75, was 48 at 72)",
            "2_0020 shows its take from 3 frames earlier on",
        ]
    );
    let odd = compared(&film, &edited(&film, |timeline| double(timeline, 7.0)));
    assert_eq!(
        said(&odd),
        [rate, "refused: scene 2: a cut of 2_0010 falls between two frames at 24 frames per second"]
    );
}
