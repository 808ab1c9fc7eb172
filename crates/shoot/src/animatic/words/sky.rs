use soundlock_plan::Look;

use super::{find, has};

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
        let told = [heading.as_str(), &look.action, prompt];
        told.into_iter().find_map(Self::told).unwrap_or(Self::Clear)
    }

    /// What `text` says of the weather; what has stopped is said to be over.
    fn told(text: &str) -> Option<Self> {
        let said = |words: &[&str]| {
            let sentences = text.split(['.', '!', '?', ';', '\n']).filter(|sentence| has(sentence, words));
            let (over, on): (Vec<&str>, Vec<&str>) = sentences.partition(|sentence| has(sentence, OVER));
            match (over.is_empty(), on.is_empty()) {
                (_, false) => Some(true),
                (false, true) => Some(false),
                (true, true) => None,
            }
        };
        let falls = WEATHERS.iter().find(|(_, words)| said(words) == Some(true)).map(|(weather, _)| *weather);
        let cleared = || WEATHERS.iter().any(|(_, words)| said(words) == Some(false));
        falls.or_else(|| cleared().then_some(Self::Clear))
    }
}

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
            "눈이 그",
            "눈이 멎",
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

/// What is said of weather that is over.
const OVER: &[&str] = &[
    "stopped",
    "has stopped",
    "stops",
    "ended",
    "ends",
    "is over",
    "has passed",
    "has cleared",
    "no longer",
    "no more",
    "lifted",
    "lifts",
    "그쳤",
    "그친",
    "그치",
    "멎",
    "멈췄",
    "걷혔",
    "걷힌",
    "개었",
    "갰다",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weather_that_has_stopped_is_over() {
        for (text, expected) in [
            ("Snow falls on the yard.", Some(Weather::Snow)),
            ("The snow has stopped.", Some(Weather::Clear)),
            ("눈이 그쳤다.", Some(Weather::Clear)),
            ("비가 그친 골목.", Some(Weather::Clear)),
            ("눈이 내린다.", Some(Weather::Snow)),
            ("The rain has stopped. Fog over the water.", Some(Weather::Fog)),
            ("The bus has stopped. Rain on the roof.", Some(Weather::Rain)),
            ("A quiet yard.", None),
        ] {
            assert_eq!(Weather::told(text), expected, "{text}");
        }
    }
}
