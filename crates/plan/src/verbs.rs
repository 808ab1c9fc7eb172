//! Camera words found in the script's own: what moves, how near, from where.

use crate::{Angle, Movement, ShotSize};

/// Words (English: whole words or several; Korean: stems) and the movement they ask for, the more telling first.
const MOVES: [(Movement, &[&str]); 5] = [
    (
        Movement::PullOut,
        &[
            "leaves",
            "leave",
            "departs",
            "walks away",
            "walk away",
            "walks off",
            "walks out",
            "drives off",
            "drives away",
            "goes away",
            "goes out",
            "exits",
            "alone",
            "vanishes",
            "disappears",
            "떠나",
            "떠난",
            "나간",
            "나가",
            "사라",
            "멀어",
        ],
    ),
    (
        Movement::PushIn,
        &[
            "looks up",
            "look up",
            "realises",
            "realizes",
            "realise",
            "realize",
            "notices",
            "stares",
            "understands",
            "recognises",
            "recognizes",
            "freezes",
            "leans in",
            "sees",
            "listens",
            "올려다",
            "깨닫",
            "깨달",
            "쳐다",
            "바라",
            "응시",
            "알아차",
            "귀를 기울",
        ],
    ),
    (
        Movement::Handheld,
        &[
            "fights",
            "fight",
            "struggles",
            "struggle",
            "stumbles",
            "shakes",
            "crashes",
            "explodes",
            "falls",
            "grabs",
            "싸우",
            "싸운",
            "넘어",
            "부딪",
            "흔들",
            "쓰러",
        ],
    ),
    (
        Movement::Track,
        &[
            "walks", "walk", "walking", "runs", "run", "running", "crosses", "drives", "rides", "follows",
            "hurries", "flees", "marches", "strides", "paces", "climbs", "걷", "걸어", "걸음", "뛰", "뛴",
            "달리", "달린", "건너", "따라",
        ],
    ),
    (
        Movement::PanRight,
        &[
            "turns",
            "turn around",
            "looks around",
            "looks along",
            "looks down the",
            "passes",
            "돌아보",
            "둘러",
            "지나",
        ],
    ),
];

/// What the camera does where `text` tells of movement, and the word that tells it; `None` where it tells of none.
///
/// `left` says to which side a turn goes: the script never does.
pub(crate) fn movement_of(text: &str, left: bool) -> Option<(Movement, &'static str)> {
    let text = text.to_lowercase();
    let told = |words: &[&'static str]| words.iter().copied().find(|word| tells(&text, word));
    let (movement, word) = MOVES.iter().find_map(|(movement, words)| Some((*movement, told(words)?)))?;
    let turned = if movement == Movement::PanRight && left { Movement::PanLeft } else { movement };
    Some((turned, word))
}

/// Whether `word` stands in `text` and is not denied there (`not walking`, `걷지 않는다`).
pub(crate) fn tells(text: &str, word: &str) -> bool {
    let korean = !word.is_ascii();
    text.match_indices(word).any(|(place, _)| {
        let (before, after) = (&text[..place], &text[place + word.len()..]);
        let whole = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        if !whole(before.chars().next_back()) {
            return false;
        }
        if korean {
            return !after.starts_with("지 않") && !after.starts_with("지 못");
        }
        let denied = before.split_whitespace().rev().take(2).any(|word| {
            matches!(word, "not" | "never" | "nobody" | "without" | "cannot") || word.ends_with("n't")
        });
        whole(after.chars().next()) && !denied
    })
}

/// What a `[[shot: …]]` note asks for; what it leaves open is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) size: Option<ShotSize>,
    pub(crate) angle: Option<Angle>,
    pub(crate) movement: Option<Movement>,
}

const SIZES: [(ShotSize, &[&str]); 6] = [
    (
        ShotSize::ExtremeClose,
        &[
            "extreme close-up",
            "extreme close up",
            "extreme close",
            "ecu",
            "xcu",
            "insert",
            "macro",
            "detail",
            "익스트림 클로즈업",
            "인서트",
        ],
    ),
    (
        ShotSize::ExtremeWide,
        &[
            "extreme wide",
            "extreme long",
            "ews",
            "els",
            "aerial",
            "establishing",
            "panorama",
            "익스트림 롱",
            "항공",
        ],
    ),
    (ShotSize::MediumClose, &["medium close-up", "medium close", "mcu", "바스트"]),
    (ShotSize::Close, &["close-up", "close up", "closeup", "close on", "close", "cu", "클로즈업"]),
    (
        ShotSize::Medium,
        &["medium", "ms", "mid shot", "two-shot", "two shot", "waist", "미디엄", "투샷", "웨이스트"],
    ),
    (
        ShotSize::Wide,
        &["wide", "long shot", "ws", "ls", "full shot", "full-length", "풀샷", "풀 샷", "롱샷", "와이드"],
    ),
];

const ANGLES: [(Angle, &[&str]); 5] = [
    (
        Angle::OverShoulder,
        &[
            "over the shoulder",
            "over-the-shoulder",
            "over shoulder",
            "over-shoulder",
            "ots",
            "어깨너머",
            "오버 숄더",
        ],
    ),
    (
        Angle::Behind,
        &["from behind", "from the back", "their back", "her back", "his back", "뒷모습", "뒤에서"],
    ),
    (Angle::Low, &["low angle", "low-angle", "from below", "looking up at", "로우앵글", "로우 앵글", "앙각"]),
    (
        Angle::High,
        &["high angle", "high-angle", "from above", "overhead", "bird's eye", "aerial", "하이앵글", "부감"],
    ),
    (Angle::Eye, &["eye level", "eye-level", "아이레벨"]),
];

const CAMERA_MOVES: [(Movement, &[&str]); 7] = [
    (
        Movement::PushIn,
        &["push in", "push-in", "pushes in", "dolly in", "zoom in", "slowly closer", "줌인", "푸시인"],
    ),
    (
        Movement::PullOut,
        &["pull out", "pull-out", "pull back", "pulls back", "pulls out", "dolly out", "zoom out", "줌아웃"],
    ),
    (Movement::PanLeft, &["pan left", "pans left"]),
    (Movement::PanRight, &["pan right", "pans right", "pan", "pans", "팬"]),
    (Movement::Track, &["track", "tracks", "tracking", "dolly", "follow", "트래킹"]),
    (Movement::Handheld, &["handheld", "hand-held", "shaky", "핸드헬드"]),
    (Movement::Static, &["static", "locked off", "locked-off", "still frame", "픽스"]),
];

/// Reads size, angle and movement out of a `[[shot: …]]` note.
pub(crate) fn asked(note: &str) -> Asked {
    let note = note.to_lowercase();
    Asked { size: first(&SIZES, &note), angle: first(&ANGLES, &note), movement: first(&CAMERA_MOVES, &note) }
}

fn first<T: Copy>(table: &[(T, &[&str])], text: &str) -> Option<T> {
    table.iter().find(|(_, words)| words.iter().any(|word| stands_in(text, word))).map(|(value, _)| *value)
}

pub(crate) fn stands_in(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(place, _)| {
        let edge = |c: Option<char>| !word.is_ascii() || c.is_none_or(|c| !c.is_alphanumeric());
        edge(text[..place].chars().next_back()) && edge(text[place + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked, movement_of};
    use crate::{Angle, Movement, ShotSize};

    #[test]
    fn verbs_move_the_camera_unless_denied() {
        fn check(text: &str, movement: Option<Movement>) {
            assert_eq!(movement_of(text, false).map(|(movement, _)| movement), movement, "{text}");
        }
        check("They walk.", Some(Movement::Track));
        check("She does not walk.", None);
        check("The sidewalk is empty.", None);
        check("He walks away.", Some(Movement::PullOut));
        check("Mina looks up.", Some(Movement::PushIn));
        check("Jonas turns.", Some(Movement::PanRight));
        check("미나가 뛴다.", Some(Movement::Track));
        check("요한은 걷지 않는다.", None);
        check("기차가 떠난다.", Some(Movement::PullOut));
        check("문득 깨닫는다.", Some(Movement::PushIn));
        assert_eq!(movement_of("Jonas turns.", true), Some((Movement::PanLeft, "turns")));
    }

    #[test]
    fn notes_are_read_for_size_angle_and_movement() {
        fn check(note: &str, size: Option<ShotSize>, angle: Option<Angle>, movement: Option<Movement>) {
            assert_eq!(asked(note), Asked { size, angle, movement }, "{note}");
        }
        check("close on the radio", Some(ShotSize::Close), None, None);
        check("the radio, closed", None, None, None);
        check("MCU of Mina, low angle", Some(ShotSize::MediumClose), Some(Angle::Low), None);
        check("wide, tracking shot", Some(ShotSize::Wide), None, Some(Movement::Track));
        check("insert: the dial; slow push in", Some(ShotSize::ExtremeClose), None, Some(Movement::PushIn));
        check("Mina from behind, wide", Some(ShotSize::Wide), Some(Angle::Behind), None);
        check("라디오 클로즈업, 핸드헬드", Some(ShotSize::Close), None, Some(Movement::Handheld));
    }
}
