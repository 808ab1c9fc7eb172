use soundlock_plan::Look;
use soundlock_script::Setting;

use super::find;

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
