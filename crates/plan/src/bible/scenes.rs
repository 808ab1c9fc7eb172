//! Scenes by their numbers, as people write them: `1-4`, `12`, `3-5, 9`.

use std::collections::BTreeSet;

use soundlock_script::{SceneId, Screenplay};

/// Places in the script of the scenes that `text` names, and the words in it that name none.
///
/// A range goes by the order of the script, not by numbers: `3-5` holds a scene 4A, and a scene may itself be called
/// `1-3`.
pub(super) fn read(text: &str, screenplay: &Screenplay) -> (BTreeSet<usize>, Vec<String>) {
    let (mut scenes, mut unknown) = (BTreeSet::new(), Vec::new());
    let place = |number: &str| {
        let number = number.trim();
        screenplay.scenes.iter().position(|scene| scene.id.as_str().eq_ignore_ascii_case(number))
    };
    for word in text.split([',', ';']).map(str::trim).filter(|word| !word.is_empty()) {
        if let Some(scene) = place(word) {
            scenes.insert(scene);
            continue;
        }
        let dashes = word.match_indices(['-', '–', '~']);
        let sides = dashes.map(|(at, dash)| (&word[..at], &word[at + dash.len()..]));
        match sides
            .map(|(from, to)| (place(from), place(to)))
            .find(|(from, to)| from.is_some() && to.is_some())
        {
            Some((Some(from), Some(to))) if from <= to => scenes.extend(from..=to),
            _ => unknown.push(word.to_owned()),
        }
    }
    (scenes, unknown)
}

/// Whether `text` names `scene`.
pub(super) fn covers(text: &str, scene: &SceneId, screenplay: &Screenplay) -> bool {
    let place = screenplay.scenes.iter().position(|other| other.id == *scene);
    place.is_some_and(|place| read(text, screenplay).0.contains(&place))
}

#[cfg(test)]
mod tests {
    use soundlock_script::{Fountain, KnownIds, Screenplay};

    #[test]
    fn ranges_go_by_the_order_of_the_script() {
        let text: String = ["1", "1-3", "2", "2A", "3", "9"]
            .map(|id| format!("INT. HALL - DAY #{id}#\n\nHe waits.\n\n"))
            .concat();
        let (screenplay, _) =
            Screenplay::from_fountain(&Fountain::read(text.as_bytes(), &[]), &KnownIds::default());
        let check = |text: &str, expected: &[usize], unknown: &[&str]| {
            let (scenes, words) = super::read(text, &screenplay);
            assert_eq!(
                (scenes.into_iter().collect::<Vec<_>>(), words),
                (expected.to_vec(), unknown.iter().map(|&word| word.to_owned()).collect()),
                "{text}"
            );
        };
        check("1", &[0], &[]);
        check("1-3", &[1], &[]);
        check("2-3", &[2, 3, 4], &[]);
        check("2 – 2a, 9", &[2, 3, 5], &[]);
        check("1-3-2A", &[1, 2, 3], &[]);
        check("3-2", &[], &["3-2"]);
        check("2-12, 14, x", &[], &["2-12", "14", "x"]);
        check("", &[], &[]);
    }
}
