use soundlock_plan::Look;
use soundlock_script::Setting;

/// What kind of place is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Sea,
    Shore,
    Harbour,
    Lighthouse,
    Street,
    City,
    Forest,
    Field,
    Road,
    Railway,
    Mountain,
    Room,
    Kitchen,
    Bedroom,
    Office,
    Bar,
    LampRoom,
    Corridor,
    Stairs,
    Car,
    Train,
    Space,
    Ship,
}

/// Where the sun is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Time {
    Night,
    Dawn,
    Day,
    Dusk,
}

/// What falls from the sky or hangs in the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Weather {
    Clear,
    Rain,
    Snow,
    Fog,
    Storm,
}

/// A thing that the words name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Prop {
    Letter,
    Phone,
    Radio,
    Lamp,
    Clock,
    Suitcase,
    Door,
    Boat,
    Cup,
    Book,
    Key,
    Candle,
}

/// What people do, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doing {
    pub(crate) walks: bool,
    pub(crate) happy: bool,
    pub(crate) sad: bool,
}

const PLACES: &[(Place, &[&str])] = &[
    (Place::LampRoom, &["lamp room", "lantern room", "등명기실", "등롱"]),
    (Place::Lighthouse, &["lighthouse", "tower", "beacon", "등대", "탑"]),
    (Place::Car, &["car", "taxi", "cab", "truck", "자동차", "택시", "차 안", "차안", "트럭"]),
    (
        Place::Railway,
        &["station", "platform", "railway", "railroad", "tracks", "기차역", "역", "승강장", "철길", "플랫폼"],
    ),
    (
        Place::Train,
        &[
            "train",
            "carriage",
            "compartment",
            "subway",
            "metro",
            "bus",
            "기차",
            "열차",
            "지하철",
            "버스",
            "전철",
        ],
    ),
    (Place::Kitchen, &["kitchen", "diner", "pantry", "부엌", "주방"]),
    (Place::Bedroom, &["bedroom", "hospital", "ward", "nursery", "침실", "병실", "병원", "안방"]),
    (
        Place::Office,
        &[
            "office",
            "study",
            "library",
            "classroom",
            "school",
            "studio",
            "archive",
            "station house",
            "사무실",
            "서재",
            "교실",
            "도서관",
            "학교",
            "작업실",
        ],
    ),
    (
        Place::Bar,
        &[
            "bar",
            "pub",
            "cafe",
            "café",
            "restaurant",
            "tavern",
            "coffee",
            "shop",
            "store",
            "술집",
            "카페",
            "식당",
            "가게",
            "다방",
            "편의점",
            "포장마차",
        ],
    ),
    (Place::Corridor, &["corridor", "hallway", "hall", "tunnel", "passage", "복도", "터널"]),
    (Place::Stairs, &["stairs", "stairwell", "staircase", "stair", "steps", "계단"]),
    (
        Place::Ship,
        &[
            "spaceship",
            "cockpit",
            "airlock",
            "capsule",
            "cabin",
            "bridge of the ship",
            "wheelhouse",
            "우주선",
            "조종실",
            "선실",
        ],
    ),
    (Place::Space, &["space", "orbit", "moon surface", "planet", "asteroid", "우주", "궤도", "행성"]),
    (
        Place::Harbour,
        &[
            "harbour",
            "harbor",
            "port",
            "pier",
            "dock",
            "quay",
            "jetty",
            "marina",
            "wharf",
            "항구",
            "부두",
            "선착장",
            "방파제",
            "포구",
        ],
    ),
    (
        Place::Shore,
        &[
            "beach",
            "shore",
            "coast",
            "cove",
            "dunes",
            "cliff",
            "bay",
            "바닷가",
            "해변",
            "해안",
            "갯벌",
            "백사장",
            "절벽",
        ],
    ),
    (
        Place::Sea,
        &[
            "sea",
            "ocean",
            "boat",
            "ship",
            "lake",
            "river",
            "water",
            "ferry",
            "바다",
            "배",
            "호수",
            "강",
            "물",
            "나룻배",
        ],
    ),
    (
        Place::City,
        &[
            "city",
            "rooftop",
            "roof",
            "skyline",
            "balcony",
            "tower block",
            "도시",
            "옥상",
            "도심",
            "서울",
            "아파트 단지",
            "베란다",
        ],
    ),
    (
        Place::Street,
        &[
            "street",
            "alley",
            "lane",
            "square",
            "market",
            "village",
            "town",
            "crossing",
            "sidewalk",
            "거리",
            "골목",
            "시장",
            "마을",
            "광장",
            "동네",
            "길거리",
            "횡단보도",
        ],
    ),
    (
        Place::Mountain,
        &[
            "mountain",
            "peak",
            "ridge",
            "glacier",
            "snowfield",
            "valley",
            "pass",
            "산",
            "설원",
            "능선",
            "계곡",
            "고개",
            "산길",
        ],
    ),
    (
        Place::Forest,
        &[
            "forest", "wood", "woods", "grove", "jungle", "trees", "park", "garden", "숲", "나무", "공원",
            "정원", "마당",
        ],
    ),
    (
        Place::Road,
        &[
            "road",
            "highway",
            "path",
            "track",
            "bus stop",
            "bridge",
            "도로",
            "길",
            "고속도로",
            "정류장",
            "다리",
            "국도",
        ],
    ),
    (
        Place::Field,
        &[
            "field", "meadow", "farm", "hill", "plain", "steppe", "desert", "cemetery", "moor", "들판", "들",
            "밭", "논", "언덕", "초원", "농장", "사막", "묘지",
        ],
    ),
    (
        Place::Room,
        &[
            "room",
            "house",
            "apartment",
            "flat",
            "living room",
            "cottage",
            "attic",
            "cellar",
            "home",
            "방",
            "집",
            "거실",
            "아파트",
            "다락",
            "옥탑방",
            "원룸",
            "지하실",
        ],
    ),
];

const TIMES: &[(Time, &[&str])] = &[
    (
        Time::Dawn,
        &["dawn", "morning", "sunrise", "daybreak", "first light", "새벽", "아침", "동틀", "일출", "오전"],
    ),
    (
        Time::Dusk,
        &[
            "dusk",
            "evening",
            "sunset",
            "twilight",
            "magic hour",
            "저녁",
            "해질",
            "황혼",
            "노을",
            "석양",
            "해 질",
        ],
    ),
    (Time::Night, &["night", "midnight", "moonlight", "밤", "한밤", "자정", "심야"]),
    (Time::Day, &["day", "noon", "afternoon", "midday", "낮", "오후", "정오", "점심", "대낮"]),
];

const WEATHERS: &[(Weather, &[&str])] = &[
    (
        Weather::Storm,
        &["storm", "stormy", "thunder", "lightning", "gale", "폭풍", "폭풍우", "천둥", "번개", "태풍"],
    ),
    (
        Weather::Snow,
        &[
            "snow",
            "snowing",
            "snowy",
            "blizzard",
            "snowfield",
            "snowfall",
            "눈이 내",
            "눈 내리",
            "눈보라",
            "설원",
            "함박눈",
            "눈발",
        ],
    ),
    (
        Weather::Rain,
        &[
            "rain",
            "raining",
            "rainy",
            "drizzle",
            "downpour",
            "비가",
            "비",
            "빗",
            "장마",
            "소나기",
            "빗속",
            "빗소리",
        ],
    ),
    (Weather::Fog, &["fog", "foggy", "mist", "misty", "haze", "안개", "물안개"]),
];

const PROPS: &[(Prop, &[&str])] = &[
    (
        Prop::Letter,
        &[
            "letter",
            "envelope",
            "note",
            "postcard",
            "photograph",
            "photo",
            "map",
            "chart",
            "table of tides",
            "편지",
            "봉투",
            "쪽지",
            "사진",
            "엽서",
            "지도",
        ],
    ),
    (
        Prop::Phone,
        &["phone", "telephone", "mobile", "receiver", "전화", "휴대폰", "전화기", "핸드폰", "수화기"],
    ),
    (
        Prop::Radio,
        &["radio", "wireless", "transmitter", "speaker", "recorder", "라디오", "무전기", "녹음기", "스피커"],
    ),
    (Prop::Candle, &["candle", "match", "촛불", "초", "성냥", "양초"]),
    (Prop::Clock, &["clock", "watch", "시계", "손목시계"]),
    (Prop::Suitcase, &["suitcase", "bag", "luggage", "trunk", "가방", "여행가방", "짐", "캐리어"]),
    (Prop::Book, &["book", "diary", "notebook", "logbook", "log", "책", "일기", "일기장", "공책", "일지"]),
    (Prop::Cup, &["cup", "mug", "tea", "coffee", "kettle", "glass", "컵", "찻잔", "커피", "차를", "잔"]),
    (Prop::Key, &["key", "keys", "열쇠"]),
    (Prop::Boat, &["boat", "ship", "ferry", "sail", "배", "돛단배", "나룻배"]),
    (Prop::Door, &["door", "gate", "문", "대문", "현관"]),
    (Prop::Lamp, &["lamp", "lantern", "light", "torch", "bulb", "등불", "램프", "전등", "불빛", "손전등"]),
];

/// Particles that may follow a Korean word of one syllable without making it another word.
const PARTICLES: &[&str] = &[
    "", "에", "의", "가", "이", "을", "를", "은", "는", "로", "와", "과", "도", "만", "에서", "으로", "까지",
    "안", "밖", "앞", "위", "속", "가에", "옆", "들", "이다",
];

/// Whether `text` has one of `words`: whole words (or their plural) in English, stems in Korean.
pub(crate) fn has(text: &str, words: &[&str]) -> bool {
    first(text, words).is_some()
}

/// Where in `text` the first of `words` stands.
pub(crate) fn first(text: &str, words: &[&str]) -> Option<usize> {
    let text = text.to_lowercase();
    words
        .iter()
        .filter_map(|word| text.match_indices(word).find(|(at, _)| stands(&text, *at, word)))
        .map(|(at, _)| at)
        .min()
}

fn stands(text: &str, at: usize, word: &str) -> bool {
    let (before, after) = (&text[..at], &text[at + word.len()..]);
    let begins = !before.chars().next_back().is_some_and(char::is_alphanumeric);
    let rest: String = after.chars().take_while(|character| character.is_alphanumeric()).collect();
    if word.is_ascii() {
        return begins && (rest.is_empty() || rest == "s" || rest == "es" || !rest.is_ascii());
    }
    let syllables = word.chars().count();
    if syllables == 1 { begins && PARTICLES.contains(&rest.as_str()) } else { true }
}

fn find<T: Copy>(table: &[(T, &[&str])], text: &str) -> Option<T> {
    table.iter().find(|(_, words)| has(text, words)).map(|(found, _)| *found)
}

impl Place {
    /// The place of a shot: by its heading, else by its words, else by its setting.
    pub(crate) fn read(look: &Look, prompt: &str) -> Self {
        let inside = look.setting == Some(Setting::Interior);
        let named = find(PLACES, &look.place).or_else(|| find(PLACES, &look.action));
        let named = named.or_else(|| if look.place.is_empty() { find(PLACES, prompt) } else { None });
        match (named, inside) {
            (Some(place), true) => place.inside(),
            (Some(place), false) => place.outside(look.setting),
            (None, false) if look.setting.is_some() => Self::Field,
            (None, _) => Self::Room,
        }
    }

    fn inside(self) -> Self {
        match self {
            Self::Lighthouse => Self::LampRoom,
            Self::Sea => Self::Ship,
            Self::Railway => Self::Bar,
            Self::City | Self::Street | Self::Harbour | Self::Shore | Self::Forest | Self::Field => {
                Self::Room
            }
            Self::Mountain | Self::Road => Self::Room,
            other => other,
        }
    }

    fn outside(self, setting: Option<Setting>) -> Self {
        match self {
            Self::Car if setting == Some(Setting::Exterior) => Self::Road,
            Self::Train if setting == Some(Setting::Exterior) => Self::Railway,
            Self::LampRoom if setting == Some(Setting::Exterior) => Self::Lighthouse,
            Self::Ship if setting == Some(Setting::Exterior) => Self::Space,
            Self::Kitchen | Self::Bedroom | Self::Office | Self::Bar | Self::Corridor | Self::Stairs
                if setting == Some(Setting::Exterior) =>
            {
                Self::Street
            }
            Self::Room if setting == Some(Setting::Exterior) => Self::Field,
            other => other,
        }
    }

    /// Whether there are walls around it.
    pub(crate) fn is_interior(self) -> bool {
        matches!(
            self,
            Self::Room
                | Self::Kitchen
                | Self::Bedroom
                | Self::Office
                | Self::Bar
                | Self::LampRoom
                | Self::Corridor
                | Self::Stairs
                | Self::Car
                | Self::Train
                | Self::Ship
        )
    }
}

impl Time {
    /// The time of a shot: by its heading, else by its words, else day.
    pub(crate) fn read(look: &Look, prompt: &str) -> Self {
        let found = find(TIMES, &look.time).or_else(|| find(TIMES, &look.place));
        found.or_else(|| find(TIMES, prompt)).unwrap_or(Self::Day)
    }
}

impl Weather {
    /// The weather of a shot: by heading and action, else by its words, else clear.
    pub(crate) fn read(look: &Look, prompt: &str) -> Self {
        let heading = format!("{} {}", look.place, look.time);
        let found = find(WEATHERS, &heading).or_else(|| find(WEATHERS, &look.action));
        found.or_else(|| find(WEATHERS, prompt)).unwrap_or(Self::Clear)
    }
}

impl Prop {
    /// Things that `text` names, the first named first.
    pub(crate) fn read(text: &str) -> Vec<Self> {
        let mut found: Vec<(usize, Self)> =
            PROPS.iter().filter_map(|(prop, words)| first(text, words).map(|at| (at, *prop))).collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, prop)| prop).collect()
    }
}

impl Doing {
    /// What `text` lets people do.
    pub(crate) fn read(text: &str) -> Self {
        const WALKS: &[&str] = &[
            "walk",
            "walking",
            "run",
            "running",
            "cross",
            "crosse",
            "crossing",
            "stride",
            "wander",
            "climb",
            "climbing",
            "걷",
            "걸어",
            "달려",
            "달린다",
            "뛰어",
            "걷는다",
        ];
        const HAPPY: &[&str] = &[
            "smile",
            "smiling",
            "laugh",
            "laughing",
            "grin",
            "happy",
            "joy",
            "웃",
            "미소",
            "기쁘",
            "웃는다",
        ];
        const SAD: &[&str] = &[
            "cry", "crie", "crying", "weep", "tear", "sad", "grief", "alone", "울", "눈물", "슬프", "슬픈",
            "운다",
        ];
        Self { walks: has(text, WALKS), happy: has(text, HAPPY), sad: has(text, SAD) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_in_english_and_stems_in_korean() {
        for (text, words, expected) in [
            ("the seashell", &["sea"][..], false),
            ("two boats leave", &["boat"], true),
            ("비가 온다", &["비"], true),
            ("준비한다", &["비"], false),
            ("바닷가에서", &["바닷가"], true),
            ("산에 오른다", &["산"], true),
            ("우산을 편다", &["산"], false),
        ] {
            assert_eq!(has(text, words), expected, "{words:?} in {text}");
        }
    }

    #[test]
    fn the_first_named_thing_comes_first() {
        assert_eq!(Prop::read("She folds the letter beside the radio"), [Prop::Letter, Prop::Radio]);
    }
}
