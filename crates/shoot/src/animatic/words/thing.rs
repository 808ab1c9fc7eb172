use super::first;

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

impl Prop {
    /// Things that `text` names, the first named first.
    pub(crate) fn read(text: &str) -> Vec<Self> {
        let mut found: Vec<(usize, Self)> =
            PROPS.iter().filter_map(|(prop, words)| first(text, words).map(|at| (at, *prop))).collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, prop)| prop).collect()
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_named_thing_comes_first() {
        assert_eq!(Prop::read("She folds the letter beside the radio"), [Prop::Letter, Prop::Radio]);
    }
}
