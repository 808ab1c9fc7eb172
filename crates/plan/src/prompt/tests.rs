use std::collections::BTreeMap;

use soundlock_script::Setting;

use super::{ByHand, Family, Prompt, PromptTemplate, PromptTemplates, prompt};
use crate::bible::{Dressed, Reference, StyleWords, Told, ToldPlace, ToldProp};
use crate::{Angle, Look, Movement, ShotSize};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Mina, wet, with a broken lamp, listening to Jonas.
fn shot() -> (Look, Told) {
    let look = Look {
        setting: Some(Setting::Interior),
        place: "KITCHEN".to_owned(),
        size: ShotSize::MediumClose,
        angle: Angle::Low,
        movement: Movement::PushIn,
        subjects: names(&["MINA"]),
        present: names(&["JONAS", "MINA"]),
        action: "Mina lifts the lamp. It does not burn.".to_owned(),
        ..Look::default()
    };
    let told = Told {
        time: "NIGHT".to_owned(),
        subjects: vec![Dressed {
            name: "MINA".to_owned(),
            looks: "a woman of forty".to_owned(),
            wears: "grey wool coat".to_owned(),
            costume: Some(1),
            state: names(&["the coat wet through"]),
        }],
        place: ToldPlace {
            name: "KITCHEN".to_owned(),
            looks: "green tiles".to_owned(),
            light: "one candle".to_owned(),
            light_for: "night".to_owned(),
            state: names(&["the window open"]),
        },
        props: vec![ToldProp {
            name: "LAMP".to_owned(),
            looks: "an old brass lamp".to_owned(),
            state: names(&["broken"]),
        }],
        references: vec![Reference { file: "references/mina.png".to_owned(), of: "MINA".to_owned() }],
        speakers: names(&["JONAS"]),
        partner: Some("JONAS".to_owned()),
        ..Told::default()
    };
    (look, told)
}

fn style() -> StyleWords {
    StyleWords {
        style: "35 mm film".to_owned(),
        palette: "greens and rust".to_owned(),
        negative: "text".to_owned(),
        never: names(&["mobile phones", "text"]),
    }
}

fn rendered(family: &str) -> Prompt {
    let (look, told) = shot();
    prompt(&look, &told, &style(), PromptTemplates::standard().of(family), ByHand::default())
}

#[test]
fn each_family_is_told_in_its_own_way() {
    fn check(family: &str, expected: &str, negative: &str) {
        let prompt = rendered(family);
        assert_eq!(prompt.text, expected, "{family}");
        assert_eq!(prompt.negative, negative, "{family}");
    }
    check(
        "generic",
        "medium close-up of Mina (a woman of forty, wearing grey wool coat, the coat wet through). low angle. slow \
         push-in. Mina lifts the lamp. It does not burn. Mina listens. Mina looks to the left. interior, green tiles, \
         the window open. lamp (an old brass lamp, broken). one candle. greens and rust. 35 mm film",
        "text, mobile phones",
    );
    check(
        "wan",
        "Mina (a woman of forty, wearing grey wool coat, the coat wet through). Mina lifts the lamp. It does not burn. \
         Mina listens. Mina looks to the left. interior, green tiles, the window open. lamp (an old brass lamp, \
         broken). one candle. medium close-up, low angle. the camera pushes in slowly. 35 mm film, greens and rust",
        "text, mobile phones",
    );
    check(
        "runway",
        "the camera slowly pushes in. medium close-up of Mina (a woman of forty, wearing grey wool coat, the coat wet \
         through). low angle. Mina lifts the lamp. It does not burn. Mina listens. Mina looks to the left. green tiles, \
         the window open. lamp (an old brass lamp, broken). one candle. 35 mm film, greens and rust",
        "",
    );
    assert_eq!(rendered("wan").wording.references, []);
    assert_eq!(rendered("veo").wording.references.len(), 1);
    assert!(rendered("veo").text.ends_with("Mina as in image 1"), "{}", rendered("veo").text);
}

#[test]
fn every_word_has_a_field_and_the_fields_leave_no_gap() {
    for family in PromptTemplates::standard().names() {
        let prompt = rendered(family);
        let mut end = 0;
        for piece in &prompt.wording.pieces {
            assert_eq!(piece.start, end, "{family}: {}", &prompt.text[..end]);
            assert!(piece.end > piece.start);
            end = piece.end;
        }
        assert_eq!(end, prompt.text.len(), "{family}");
    }
    let prompt = rendered("generic");
    let words = |from: &str| -> Vec<&str> {
        let pieces = prompt.wording.pieces.iter().filter(|piece| piece.from == from);
        pieces.map(|piece| &prompt.text[piece.start..piece.end]).collect()
    };
    assert_eq!(words("cast.MINA.looks"), ["a woman of forty"]);
    assert_eq!(words("cast.MINA.costume.1"), ["grey wool coat"]);
    assert_eq!(words("note MINA"), ["the coat wet through"]);
    assert_eq!(words("note KITCHEN"), ["the window open"]);
    assert_eq!(words("places.KITCHEN.light.night"), ["one candle"]);
    assert_eq!(words("shot.move"), ["slow push-in"]);
}

#[test]
fn a_prompt_that_is_too_long_loses_what_may_go_first() {
    fn check(most_words: usize, left_out: &[&str], expected: &str) {
        let own: BTreeMap<String, Family> = BTreeMap::from([(
            "short".to_owned(),
            Family { like: Some("wan".to_owned()), most_words: Some(most_words), ..Family::default() },
        )]);
        let (look, told) = shot();
        let templates = PromptTemplates::with(&own).unwrap();
        let prompt = prompt(&look, &told, &style(), templates.of("short"), ByHand::default());
        assert_eq!(prompt.wording.left_out, left_out, "{}", prompt.text);
        assert!(prompt.text.ends_with(expected), "{}", prompt.text);
        assert_eq!(prompt.wording.pieces.last().unwrap().end, prompt.text.len());
    }
    check(200, &[], "35 mm film, greens and rust");
    check(56, &["palette"], "35 mm film");
    check(40, &["palette", "props", "sides", "angle", "style"], "the camera pushes in slowly");
    check(
        5,
        &["palette", "props", "sides", "angle", "style", "light", "action"],
        "the camera pushes in slowly",
    );
}

#[test]
fn what_a_person_writes_stands() {
    let (look, told) = shot();
    let template = PromptTemplate::standard();
    let check = |by_hand: ByHand<'_>, text: &str, negative: &str| {
        let prompt = prompt(&look, &told, &style(), &template, by_hand);
        assert!(prompt.text.ends_with(text), "{}", prompt.text);
        assert_eq!(prompt.negative, negative);
        prompt
    };
    let prompt = check(
        ByHand { prompt: Some("only her hands."), add: Some("steam"), negative: Some("smoke") },
        "only her hands. steam",
        "smoke",
    );
    let fields: Vec<&str> = prompt.wording.pieces.iter().map(|piece| piece.field.as_str()).collect();
    assert_eq!(fields, ["prompt", "template", "prompt_add"]);
    check(ByHand { add: Some("steam"), ..ByHand::default() }, "35 mm film. steam", "text, mobile phones");
}

#[test]
fn sides_are_kept_and_a_back_has_no_eyes() {
    fn check(change: impl Fn(&mut Look, &mut Told), expected: Option<&str>) {
        let (mut look, mut told) = shot();
        change(&mut look, &mut told);
        let prompt = prompt(&look, &told, &style(), &PromptTemplate::standard(), ByHand::default());
        let mut words = prompt.wording.pieces.iter().filter(|piece| piece.from == "shot.sides");
        let (first, last) = (words.clone().next(), words.next_back());
        // The words between the names are the template's.
        let said = first.zip(last).map(|(first, last)| {
            let rest = &prompt.text[first.start..];
            &rest[..rest[last.start - first.start..].find('.').unwrap() + last.start - first.start]
        });
        assert_eq!(said, expected);
    }
    check(|_, _| {}, Some("Mina looks to the left"));
    check(|look, _| look.present.reverse(), Some("Mina looks to the right"));
    check(|_, told| told.partner = None, None);
    check(|look, _| look.angle = Angle::Behind, None);
    check(|look, _| look.detail = "the hands".to_owned(), None);
    check(
        |look, _| look.subjects = names(&["MINA", "JONAS"]),
        Some("Jonas on the left and Mina on the right"),
    );
}
