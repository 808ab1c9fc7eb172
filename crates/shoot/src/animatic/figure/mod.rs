mod body;
mod head;

use serde::{Deserialize, Serialize};
use soundlock_draw::{Canvas, Rgba, Transform};

use super::palette::Palette;
use super::seed::{Dice, wave};
use super::shape::placed;
use super::words::{Prop, first, has};

/// A character as `film.toml` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastLook {
    /// Name as in the script.
    pub name: String,
    /// Colour of the main garment.
    pub colour: Option<[u8; 3]>,
    /// Looks, in words.
    pub looks: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hair {
    Short,
    Crop,
    Bob,
    Long,
    Bun,
    Tail,
    Curls,
    Bald,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Garment {
    Coat,
    Dress,
    Sweater,
    Jacket,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hat {
    None,
    Cap,
    Brim,
    Beanie,
}

/// How a character looks, the same in every shot of the film.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that somebody has or has not")]
pub(crate) struct Person {
    pub(super) hair: Hair,
    pub(super) garment: Garment,
    pub(super) hat: Hat,
    pub(super) beard: bool,
    pub(super) glasses: bool,
    pub(super) scarf: bool,
    pub(super) old: bool,
    pub(super) child: bool,
    /// Width of shoulders: 1 is usual.
    pub(super) build: f64,
    /// Height standing, 1 is usual.
    pub(crate) tall: f64,
    skin: Rgba,
    hair_colour: Rgba,
    cloth: Rgba,
    second: Rgba,
    accent: Rgba,
    phase: f64,
}

/// A person's colours in the light of a scene.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tones {
    pub(super) skin: Rgba,
    pub(super) skin_shade: Rgba,
    pub(super) hair: Rgba,
    pub(super) hair_light: Rgba,
    pub(super) cloth: Rgba,
    pub(super) cloth_shade: Rgba,
    pub(super) second: Rgba,
    pub(super) accent: Rgba,
    pub(super) shoe: Rgba,
    pub(super) white: Rgba,
    pub(super) ink: Rgba,
    pub(super) rim: Rgba,
    pub(super) lip: Rgba,
}

/// What a person does at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pose {
    /// Where they look: -1 left, 1 right.
    pub(crate) turn: f64,
    /// Where the light comes from: -1 left, 1 right.
    pub(crate) light: f64,
    /// Mouth: 0 closed, 1 wide open.
    pub(crate) mouth: f64,
    /// How lively they speak, slower than the mouth.
    pub(crate) lively: f64,
    /// Seconds since the take began.
    pub(crate) seconds: f64,
    /// Whether they walk.
    pub(crate) walks: bool,
    /// 1 happy, -1 sad.
    pub(crate) mood: f64,
    /// What they hold.
    pub(crate) holds: Option<Prop>,
}

const SKINS: [u32; 6] = [0xF2_CBA8, 0xE6_B48C, 0xF4_D6BE, 0xC9_8F66, 0x9A_6444, 0x6E_4632];
const CLOTHS: [u32; 9] =
    [0xC8_4F3D, 0x2F_6C7D, 0xE0_A53A, 0x56_7A4E, 0x7A_5286, 0xD9_7F5A, 0x3F_4F7A, 0xB8_5A74, 0x8A_7A4A];
const HAIRS: [u32; 5] = [0x2A_2226, 0x4A_3028, 0x7A_4A2A, 0x1E_1C24, 0x94_5A30];

impl Person {
    /// Reads the looks; what they leave open is drawn from the name, so that it stays.
    pub(crate) fn read(name: &str, look: Option<&CastLook>) -> Self {
        let words = look.map_or("", |look| look.looks.as_str());
        let text = format!("{words} {name}");
        let mut dice = Dice::named(&["person", name]);
        let child = has(&text, &["child", "kid", "boy", "girl", "소년", "소녀", "아이", "꼬마", "어린"]);
        let old = has(
            &text,
            &[
                "old",
                "elderly",
                "aged",
                "grandmother",
                "grandfather",
                "sixty",
                "seventy",
                "eighty",
                "60s",
                "70s",
                "할머니",
                "할아버지",
                "노인",
                "늙은",
                "백발",
                "60대",
                "70대",
            ],
        );
        let woman = feminine(&text).unwrap_or_else(|| dice.chance(0.5));
        let cloth = look.and_then(|look| look.colour).map(|[r, g, b]| Rgba::opaque(r, g, b));
        let fallen = Rgba::hex(dice.pick(&CLOTHS));
        let second = Rgba::hex(dice.pick(&[0x3A_4458, 0x54_4A48, 0x2E_3A40, 0x6A_5A48, 0x4A_3A4E]));
        let accent = Rgba::hex(dice.pick(&[0xE8_C05A, 0xD8_5A44, 0xEF_E2C8, 0x4F_8A86]));
        let hair_colour = hair_colour(&text, old, &mut dice);
        Self {
            hair: hair(&text, woman, &mut dice),
            garment: garment(&text, woman, &mut dice),
            hat: hat(&text),
            beard: has(&text, &["beard", "bearded", "moustache", "mustache", "수염", "콧수염"]),
            glasses: has(&text, &["glasses", "spectacles", "안경"]),
            scarf: has(&text, &["scarf", "muffler", "목도리", "스카프"]) || dice.chance(0.18),
            old,
            child,
            build: build(&text, child, woman, &mut dice),
            tall: if child {
                0.70
            } else if has(&text, &["tall", "키가", "키 큰"]) {
                1.08
            } else {
                dice.range(0.95, 1.04)
            },
            skin: skin(&text, &mut dice),
            hair_colour,
            cloth: cloth.or_else(|| cloth_colour(words)).unwrap_or(fallen),
            second,
            accent: extra_colour(words).unwrap_or(accent),
            phase: dice.unit(),
        }
    }

    pub(super) fn tones(&self, palette: &Palette) -> Tones {
        let skin = palette.person(self.skin);
        let cloth = palette.person(self.cloth);
        let shade = palette.ink.mix(palette.key, 0.35);
        let hair = palette.person(self.hair_colour);
        Tones {
            skin,
            skin_shade: skin.mix(shade, 0.30),
            hair,
            hair_light: hair.mix(palette.rim, 0.20),
            cloth,
            cloth_shade: cloth.mix(shade, 0.34),
            second: palette.person(self.second),
            accent: palette.person(self.accent),
            shoe: palette.person(Rgba::hex(0x2E_2624)),
            white: palette.person(Rgba::hex(0xF8_F2E6)),
            ink: palette.ink.mix(hair, 0.15),
            rim: palette.rim,
            lip: skin.mix(palette.person(Rgba::hex(0xB8_3A3A)), 0.50),
        }
    }

    /// How closed the eyes are now: people blink every few seconds, each in their own time.
    pub(super) fn blink(&self, seconds: f64) -> f64 {
        let beat = 3.1 + self.phase * 1.7;
        let at = (seconds + self.phase * 11.0) % beat;
        (1.0 - (at - 0.09).abs() / 0.09).clamp(0.0, 1.0)
    }

    /// Chest rising and falling, -1 to 1.
    pub(super) fn breath(&self, seconds: f64) -> f64 {
        wave(seconds, 0.24, self.phase)
    }

    /// Draws the person, the centre of the head on 0 and the head one unit high.
    pub(crate) fn draw(&self, canvas: &mut Canvas, palette: &Palette, pose: &Pose) {
        let tones = self.tones(palette);
        let breath = self.breath(pose.seconds);
        let nod = pose.lively * wave(pose.seconds, 1.3, self.phase) * 0.018;
        let sway = wave(pose.seconds, 0.11, self.phase) * 0.012;
        let turn = (wave(pose.seconds, 0.09, self.phase) * 0.014
            + pose.lively * wave(pose.seconds, 0.7, 0.3) * 0.03)
            * pose.turn.signum();
        let head = Transform::translate(sway, breath * 0.006 + nod).then_inner(Transform::rotate(turn));
        placed(canvas, head, |canvas| head::behind(self, canvas, &tones, pose));
        placed(canvas, Transform::translate(sway * 0.4, breath * 0.008), |canvas| {
            body::draw(self, canvas, &tones, pose);
        });
        placed(canvas, head, |canvas| head::front(self, canvas, &tones, pose));
        let colours = super::props::Colours::of(palette);
        placed(canvas, Transform::translate(sway * 0.4, breath * 0.008), |canvas| {
            body::arms(self, canvas, &tones, pose, &colours);
        });
    }

    /// Draws the person from behind, with so much of the ink in it: dark where one looks over their shoulder.
    pub(crate) fn draw_from_behind(&self, canvas: &mut Canvas, palette: &Palette, seconds: f64, shade: f64) {
        let tones = self.tones(palette);
        let dark = |colour: Rgba| colour.mix(palette.ink, shade);
        let breath = self.breath(seconds) * 0.008;
        placed(canvas, Transform::translate(wave(seconds, 0.1, self.phase) * 0.01, breath), |canvas| {
            body::back(self, canvas, dark(tones.cloth), tones.rim);
            head::back(self, canvas, [dark(tones.hair), dark(tones.skin), dark(tones.accent)], tones.rim);
        });
    }
}

fn feminine(text: &str) -> Option<bool> {
    const WOMEN: &[&str] = &[
        "woman",
        "girl",
        "she",
        "her",
        "mother",
        "daughter",
        "sister",
        "wife",
        "grandmother",
        "queen",
        "lady",
        "mrs",
        "여자",
        "소녀",
        "엄마",
        "어머니",
        "할머니",
        "딸",
        "누나",
        "언니",
        "여성",
        "아내",
    ];
    const MEN: &[&str] = &[
        "man",
        "boy",
        "he",
        "his",
        "father",
        "son",
        "brother",
        "husband",
        "grandfather",
        "king",
        "mr",
        "남자",
        "소년",
        "아빠",
        "아버지",
        "할아버지",
        "아들",
        "형",
        "오빠",
        "남성",
        "남편",
        "beard",
        "수염",
    ];
    match (first(text, WOMEN), first(text, MEN)) {
        (Some(woman), Some(man)) => Some(woman < man),
        (Some(_), None) => Some(true),
        (None, Some(_)) => Some(false),
        (None, None) => None,
    }
}

fn hair(text: &str, woman: bool, dice: &mut Dice) -> Hair {
    let table: [(Hair, &[&str]); 8] = [
        (Hair::Bald, &["bald", "shaved", "대머리"]),
        (Hair::Bun, &["bun", "chignon", "쪽진", "올림머리"]),
        (Hair::Tail, &["ponytail", "braid", "braids", "plait", "포니테일", "묶은", "땋은"]),
        (Hair::Curls, &["curly", "curls", "afro", "곱슬", "파마"]),
        (Hair::Bob, &["bob", "단발"]),
        (Hair::Long, &["long", "long hair", "long-haired", "긴 머리", "긴머리", "장발"]),
        (Hair::Crop, &["crew cut", "cropped", "buzz", "스포츠머리", "까까머리"]),
        (Hair::Short, &["short", "short hair", "short-haired", "짧은 머리", "커트"]),
    ];
    let fallen = if woman {
        dice.pick(&[Hair::Bob, Hair::Long, Hair::Bun, Hair::Tail, Hair::Curls])
    } else {
        dice.pick(&[Hair::Short, Hair::Short, Hair::Crop, Hair::Curls])
    };
    table.iter().find(|(_, words)| has(text, words)).map_or(fallen, |(hair, _)| *hair)
}

fn hair_colour(text: &str, old: bool, dice: &mut Dice) -> Rgba {
    let table: [(u32, &[&str]); 6] = [
        (0xE4_E0DA, &["white hair", "white-haired", "흰 머리", "백발", "흰머리"]),
        (
            0xA8_A6A6,
            &["grey hair", "gray hair", "grey-haired", "silver", "grey", "gray", "회색 머리", "은발"],
        ),
        (0xB8_5428, &["red hair", "redhead", "ginger", "red-haired", "빨간 머리"]),
        (0xD8_AE62, &["blond", "blonde", "fair hair", "fair-haired", "금발"]),
        (0x24_1F26, &["black hair", "black-haired", "dark hair", "검은 머리", "흑발", "까만 머리"]),
        (0x6A_4028, &["brown hair", "brown-haired", "chestnut", "갈색 머리"]),
    ];
    let fallen = if old { 0xC2_BEBA } else { dice.pick(&HAIRS) };
    Rgba::hex(table.iter().find(|(_, words)| has(text, words)).map_or(fallen, |(colour, _)| *colour))
}

fn garment(text: &str, woman: bool, dice: &mut Dice) -> Garment {
    let table: [(Garment, &[&str]); 4] = [
        (Garment::Dress, &["dress", "skirt", "gown", "hanbok", "원피스", "치마", "드레스", "한복"]),
        (
            Garment::Coat,
            &[
                "coat", "raincoat", "overcoat", "parka", "oilskin", "oilskins", "trench", "cloak", "코트",
                "외투", "우비", "비옷", "점퍼", "파카",
            ],
        ),
        (
            Garment::Sweater,
            &["sweater", "jumper", "pullover", "cardigan", "hoodie", "스웨터", "니트", "후드", "가디건"],
        ),
        (
            Garment::Jacket,
            &[
                "jacket", "suit", "uniform", "shirt", "vest", "blazer", "재킷", "자켓", "양복", "정장",
                "셔츠", "교복", "제복", "조끼",
            ],
        ),
    ];
    let fallen = if woman {
        dice.pick(&[Garment::Coat, Garment::Dress, Garment::Sweater])
    } else {
        dice.pick(&[Garment::Coat, Garment::Sweater, Garment::Jacket])
    };
    table.iter().find(|(_, words)| has(text, words)).map_or(fallen, |(garment, _)| *garment)
}

fn hat(text: &str) -> Hat {
    if has(text, &["beanie", "woolly hat", "knit cap", "watch cap", "털모자", "비니"]) {
        Hat::Beanie
    } else if has(text, &["hat", "fedora", "sou'wester", "중절모", "밀짚모자"]) {
        Hat::Brim
    } else if has(text, &["cap", "captain", "keeper", "sailor", "officer", "모자", "선장", "등대지기"])
    {
        Hat::Cap
    } else {
        Hat::None
    }
}

fn build(text: &str, child: bool, woman: bool, dice: &mut Dice) -> f64 {
    let base = if child {
        0.74
    } else if woman {
        0.92
    } else {
        1.06
    };
    let wide = has(
        text,
        &["big", "heavy", "large", "stout", "broad", "burly", "fat", "뚱뚱한", "덩치", "건장한", "체격"],
    );
    let narrow = has(text, &["thin", "slim", "slender", "lean", "skinny", "gaunt", "마른", "날씬한", "야윈"]);
    base * dice.range(0.96, 1.05)
        * if wide {
            1.20
        } else if narrow {
            0.88
        } else {
            1.0
        }
}

fn skin(text: &str, dice: &mut Dice) -> Rgba {
    let fallen = dice.pick(&SKINS);
    let dark = has(text, &["black woman", "black man", "dark skin", "dark-skinned"]);
    let pale = has(text, &["pale", "fair skin", "창백한", "하얀 피부"]);
    let korean = text.chars().any(|character| ('가'..='힣').contains(&character));
    Rgba::hex(match (dark, pale, korean) {
        (true, ..) => 0x6E_4632,
        (_, true, _) => 0xF6_DCC8,
        (.., true) => dice.pick(&[0xF2_CBA8, 0xE9_BC96, 0xF4_D6BE]),
        _ => fallen,
    })
}

const HEADWEAR: &[&str] =
    &["hat", "cap", "beanie", "scarf", "muffler", "tie", "모자", "목도리", "스카프", "넥타이"];
const GROWN: &[&str] = &[
    "hair",
    "haired",
    "beard",
    "moustache",
    "mustache",
    "eyes",
    "eyed",
    "skin",
    "skinned",
    "bob",
    "braids",
    "ponytail",
    "bun",
    "curls",
    "woman",
    "man",
    "머리",
    "수염",
    "눈",
    "피부",
    "콧수염",
    "단발",
];

/// The words in pieces of what belongs together: "white beard", "a navy sweater".
fn pieces(words: &str) -> impl Iterator<Item = &str> {
    words
        .split([',', ';', '.', '/'])
        .flat_map(|piece| piece.split(" and "))
        .flat_map(|piece| piece.split(" with "))
}

/// Colour of the main garment: the first colour that is not said of hair, face, hat or scarf.
fn cloth_colour(words: &str) -> Option<Rgba> {
    pieces(words).filter(|piece| !has(piece, GROWN) && !has(piece, HEADWEAR)).find_map(colour_word)
}

/// Colour of hat and scarf.
fn extra_colour(words: &str) -> Option<Rgba> {
    pieces(words).filter(|piece| has(piece, HEADWEAR)).find_map(colour_word)
}

fn colour_word(text: &str) -> Option<Rgba> {
    let table: [(u32, &[&str]); 12] = [
        (0xE0_B03A, &["yellow", "mustard", "노란", "노랑"]),
        (0xC4_4436, &["red", "scarlet", "crimson", "빨간", "빨강", "붉은"]),
        (0x2F_6C8A, &["blue", "파란", "파랑", "푸른"]),
        (0x2E_3E66, &["navy", "남색"]),
        (0x4F_7A4A, &["green", "초록", "녹색"]),
        (0xD8_743A, &["orange", "주황"]),
        (0x74_5088, &["purple", "violet", "보라"]),
        (0xD8_8A98, &["pink", "분홍"]),
        (0xEC_E2CE, &["white", "cream", "흰", "하얀"]),
        (0x3A_3840, &["black", "dark", "검은", "까만"]),
        (0x7A_5236, &["brown", "tan", "갈색"]),
        (0x7A_8088, &["grey", "gray", "회색"]),
    ];
    let found = table.iter().filter_map(|(colour, words)| first(text, words).map(|at| (at, *colour)));
    found.min_by_key(|(at, _)| *at).map(|(_, colour)| Rgba::hex(colour))
}
