//! What is known of models, as data: lengths, rates, sizes, inputs, prices, licences.
//!
//! Models come and go faster than programs, so none of it is code. The program's own knowledge is `models.toml` of this
//! crate; a film brings tables of the same shape.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use soundlock_time::{Fps, Raster};
use toml::value::Datetime;

use crate::{Capabilities, Estimate, Frames, Lengths, Money};

/// Longest take that anybody may claim, in seconds.
const LONGEST_SECS: u32 = 600;
/// Dearest second that anybody may claim.
const DEAREST: f64 = 1000.0;

/// Models by id.
pub type Models = BTreeMap<String, Model>;

/// What is known of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Table")]
pub struct Model {
    /// Its name as its makers write it.
    pub name: String,
    /// Which models are spoken to alike: prompts are written for a family.
    pub family: String,
    /// Lengths it can make.
    pub lengths: ModelLengths,
    /// Rates it can make, its own first; empty for any.
    pub fps: Vec<Fps>,
    /// Both sides of a picture are multiples of this.
    pub multiple: u32,
    /// Rasters that it is good at, or sold in; empty for any.
    pub rasters: Vec<Raster>,
    /// What it can be given besides words. What is not named is not known.
    pub takes: Vec<Input>,
    /// Whether it makes sound as well, which a film that has its own does not want.
    pub sound: bool,
    /// What it costs; `None` where nobody knows.
    pub price: Option<PriceList>,
    /// On which terms; `None` where nobody knows.
    pub licence: Option<Licence>,
    /// Where all this is from.
    pub source: String,
    /// The day it was read, `2026-11-22`.
    pub read: String,
}

/// Lengths that a model makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelLengths {
    /// A grid of its own frames: 4k+1.
    Frames(Frames),
    /// Whole seconds, the shortest first.
    Seconds(Vec<u32>),
}

/// What a model can be given besides words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// A still that the take begins with.
    FirstFrame,
    /// A still that it ends with.
    LastFrame,
    /// Stills of people, places and things.
    References,
    /// Sound that drives the picture.
    Audio,
    /// Words for what is to be kept out.
    Negative,
    /// A number: the same twice is the same take, as far as it can.
    Seed,
}

/// What generated picture costs by the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PriceTable")]
pub struct PriceList {
    /// ISO 4217 code.
    pub currency: String,
    /// The day the prices were read.
    pub date: String,
    /// Where.
    pub source: String,
    /// Prices; the first that fits a take is its price.
    pub per_second: Vec<PerSecond>,
}

/// The price of a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerSecond {
    /// Millionths of the currency.
    pub micros: i64,
    /// Only for pictures of so many lines; `None` for all.
    pub height: Option<u32>,
    /// Only for takes of so many seconds; `None` for all.
    pub seconds: Option<u32>,
}

/// On which terms a model is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX identifier, or `LicenseRef-…`.
    pub id: String,
    /// Where what it makes may not be shown, as ISO 3166 codes or `EU`.
    #[serde(default)]
    pub not_in: Vec<String>,
    /// Where the terms were read.
    pub source: String,
}

/// A model as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    family: String,
    frames: Option<Frames>,
    seconds: Option<Seconds>,
    #[serde(default)]
    fps: Vec<Fps>,
    multiple: Option<u32>,
    #[serde(default)]
    rasters: Vec<Raster>,
    #[serde(default)]
    takes: Vec<Input>,
    #[serde(default)]
    sound: bool,
    price: Option<PriceList>,
    licence: Option<Licence>,
    source: String,
    read: Datetime,
}

/// Whole seconds as they are written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "write a list of whole seconds, or { from = 3, to = 15 }")]
enum Seconds {
    List(Vec<u32>),
    Row(Row),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    from: u32,
    to: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceTable {
    currency: String,
    date: Datetime,
    source: String,
    per_second: Vec<PriceRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceRow {
    amount: f64,
    height: Option<u32>,
    seconds: Option<u32>,
}

/// A list of models that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ModelsError {
    /// Byte of the text at which it stands, where that is known.
    pub at: Option<usize>,
    /// What is wrong, a clause.
    pub why: String,
}

/// The models that the program knows by itself.
pub fn built_in_models() -> &'static Models {
    static BUILT_IN: LazyLock<Models> = LazyLock::new(|| {
        read_models(include_str!("../models.toml")).expect("the program's own models are tested")
    });
    &BUILT_IN
}

/// Reads models, one table each.
pub fn read_models(text: &str) -> Result<Models, ModelsError> {
    toml::from_str(text).map_err(|error| ModelsError {
        at: error.span().map(|span| span.start),
        why: error.message().lines().next().unwrap_or_default().to_owned(),
    })
}

impl Model {
    /// What it can make for a film of `fps`, takes of at most `longest_secs` where somebody limits them further.
    pub fn capabilities(&self, fps: Fps, longest_secs: Option<f64>) -> Capabilities {
        let own = match self.fps.first() {
            Some(first) if !self.fps.contains(&fps) => *first,
            _ => fps,
        };
        let frames = |secs: u32| own.frames_from_millis(1000 * u64::from(secs));
        let lengths = match &self.lengths {
            ModelLengths::Frames(grid) => Lengths::Grid(*grid),
            ModelLengths::Seconds(all) => Lengths::Listed(all.iter().map(|secs| frames(*secs)).collect()),
        };
        let ceiling = longest_secs.map(|secs| own.frames_from_millis((secs * 1000.0).round() as u64));
        Capabilities {
            frames: match ceiling {
                Some(ceiling) => lengths.up_to(ceiling),
                None => lengths,
            },
            fps: if self.fps.is_empty() { Vec::new() } else { vec![own] },
            rasters: self.rasters.clone(),
            multiple: self.multiple,
            concurrency: 1,
            deterministic: false,
            cuts: false,
            paid: true,
            reads_fields: false,
            takes: self.takes.clone(),
            by_hand: false,
        }
    }

    /// What `frames` at `fps` of picture on `raster` cost, to the best of its price list.
    pub fn price(&self, frames: u32, fps: Fps, raster: Raster) -> Estimate {
        let Some(list) = &self.price else { return Estimate::Unknown };
        let nearest_secs = fps.seconds(frames).round() as u32;
        let fits = |price: &&PerSecond| {
            price.height.is_none_or(|height| height == raster.width().min(raster.height()))
                && price.seconds.is_none_or(|secs| secs == nearest_secs)
        };
        let Some(price) = list.per_second.iter().find(fits) else { return Estimate::Unknown };
        Estimate::of_seconds(&Money { micros: price.micros, currency: list.currency.clone() }, frames, fps)
    }
}

impl TryFrom<Table> for Model {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let lengths = match (table.frames, table.seconds) {
            (Some(grid), None) => ModelLengths::Frames(checked_grid(grid)?),
            (None, Some(seconds)) => ModelLengths::Seconds(seconds.list()?),
            (None, None) => {
                return Err("neither `frames` nor `seconds` says which lengths it makes".to_owned());
            }
            (Some(_), Some(_)) => return Err("`frames` and `seconds` exclude each other".to_owned()),
        };
        let multiple = table.multiple.unwrap_or(2);
        if !(1..=256).contains(&multiple) {
            return Err(format!("`multiple` is {multiple}; it must be between 1 and 256"));
        }
        let off = |raster: &&Raster| {
            !raster.width().is_multiple_of(multiple) || !raster.height().is_multiple_of(multiple)
        };
        if let Some(raster) = table.rasters.iter().find(off) {
            return Err(format!("{raster} is not a multiple of {multiple} on both sides"));
        }
        if table.family.trim().is_empty() {
            return Err("`family` is empty".to_owned());
        }
        Ok(Self {
            name: table.name,
            family: table.family,
            lengths,
            fps: table.fps,
            multiple,
            rasters: table.rasters,
            takes: table.takes,
            sound: table.sound,
            price: table.price,
            licence: table.licence,
            source: table.source,
            read: day(table.read)?,
        })
    }
}

fn checked_grid(grid: Frames) -> Result<Frames, String> {
    if grid.step == 0 || grid.ceiling > 100_000 {
        return Err("`step` must be at least 1 and `ceiling` at most 100000".to_owned());
    }
    if grid.legal_from(1).is_none() {
        return Err(format!(
            "no length of {}k+{} lies between {} and {} frames",
            grid.step, grid.offset, grid.shortest, grid.ceiling
        ));
    }
    Ok(grid)
}

impl Seconds {
    fn list(self) -> Result<Vec<u32>, String> {
        let list: Vec<u32> = match self {
            Self::List(list) => list,
            Self::Row(Row { from, to }) => (from..=to.min(LONGEST_SECS + 1)).collect(),
        };
        let rises = list.windows(2).all(|pair| pair[0] < pair[1]);
        let within = list.iter().all(|secs| (1..=LONGEST_SECS).contains(secs));
        if list.is_empty() || !rises || !within {
            return Err(format!("`seconds` must rise from at least 1 to at most {LONGEST_SECS}"));
        }
        Ok(list)
    }
}

impl TryFrom<PriceTable> for PriceList {
    type Error = String;

    fn try_from(table: PriceTable) -> Result<Self, String> {
        let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code(&table.currency) {
            return Err(format!("`{}` is not a currency such as USD", table.currency));
        }
        let price = |row: PriceRow| {
            let micros = (row.amount * 1e6).round() as i64;
            let PriceRow { amount, height, seconds } = row;
            let sold = (0.0..=DEAREST).contains(&amount);
            sold.then_some(PerSecond { micros, height, seconds })
                .ok_or_else(|| format!("a second costs {amount}; that must be between 0 and {DEAREST}"))
        };
        let per_second = table.per_second.into_iter().map(price).collect::<Result<_, _>>()?;
        Ok(Self { currency: table.currency, date: day(table.date)?, source: table.source, per_second })
    }
}

fn day(date: Datetime) -> Result<String, String> {
    match (date.date, date.time) {
        (Some(day), None) => Ok(day.to_string()),
        _ => Err(format!("{date} is not a day such as 2026-11-22")),
    }
}

#[cfg(test)]
mod tests {
    use soundlock_time::{Fps, Raster};

    use super::*;

    const WAN: &str = "[wan]\nname = \"Wan\"\nfamily = \"wan\"\nfps = [\"16\"]\nsource = \"a page\"\n\
        read = 2026-11-22\nframes = { step = 4, offset = 1, shortest = 5, ceiling = 81 }\n";

    fn raster(text: &str) -> Raster {
        text.parse().unwrap()
    }

    #[test]
    fn every_model_of_the_program_can_make_something() {
        let models = built_in_models();
        assert!(models.len() > 20, "{} models", models.len());
        for (id, model) in models {
            let able = model.capabilities(Fps::FILM, None);
            assert!(able.frames.longest() >= able.frames.legal_from(1).unwrap(), "{id}");
            assert!(able.ceiling_in(Fps::FILM) > 48, "{id} makes more than two seconds");
        }
    }

    #[test]
    fn lengths_are_the_next_legal_ones_in_the_models_own_frames() {
        let check = |id: &str, fps: &str, frames: u32, legal: Option<u32>| {
            let able = built_in_models()[id].capabilities(fps.parse().unwrap(), None);
            assert_eq!(able.frames.legal_from(frames), legal, "{id} at {fps}: {frames}");
        };
        check("wan-14b", "24", 1, Some(5));
        check("wan-14b", "24", 78, Some(81));
        check("wan-14b", "24", 82, None);
        check("minimax-h3-open", "24", 107, Some(107));
        check("minimax-h3-open", "24", 108, Some(124));
        check("wan-2.7", "24", 121, Some(240));
        check("wan-2.7", "25", 121, Some(125));
        check("veo-3.1", "25", 97, Some(144));
        check("ltx", "25", 98, Some(105));
    }

    #[test]
    fn a_ceiling_of_ones_own_takes_lengths_away_and_adds_none() {
        let longest =
            |id: &str, secs: f64| built_in_models()[id].capabilities(Fps::FILM, Some(secs)).frames.longest();
        assert_eq!(longest("wan-14b", 4.0), 61);
        assert_eq!(longest("wan-14b", 20.0), 81);
        assert_eq!(longest("wan-2.7", 9.0), 120);
        assert_eq!(longest("wan-2.7", 1.0), 0);
    }

    #[test]
    fn a_ceiling_in_film_frames_never_asks_for_more_than_the_model_makes() {
        let ceiling = |id: &str, fps: &str| {
            let fps: Fps = fps.parse().unwrap();
            built_in_models()[id].capabilities(fps, None).ceiling_in(fps)
        };
        assert_eq!(ceiling("wan-14b", "24"), 121);
        assert_eq!(ceiling("wan-14b", "25"), 126);
        assert_eq!(ceiling("wan-2.2-5b", "24"), 121);
        assert_eq!(ceiling("humo", "24"), 93);
        assert_eq!(ceiling("veo-3.1", "30"), 240);
    }

    #[test]
    fn a_take_costs_what_the_list_says_of_its_size_and_length() {
        let check = |id: &str, frames: u32, size: &str, price: &str| {
            let estimate = built_in_models()[id].price(frames, Fps::FILM, raster(size));
            let said = match estimate {
                Estimate::Price(money) => money.to_string(),
                Estimate::Free => "free".to_owned(),
                Estimate::Unknown => "unknown".to_owned(),
            };
            assert_eq!(said, price, "{id}, {frames} frames, {size}");
        };
        check("wan-2.7", 120, "1280x720", "0.50 USD");
        check("wan-2.7", 120, "720x1280", "0.50 USD");
        check("wan-2.7", 120, "854x480", "unknown");
        check("luma-ray-3.2", 120, "1280x720", "0.30 USD");
        check("luma-ray-3.2", 240, "1280x720", "0.90 USD");
        check("kling-3.0", 120, "1920x1080", "unknown");
        check("wan-2.2-5b", 121, "1280x704", "unknown");
    }

    #[test]
    fn a_model_of_ones_own_is_read_and_a_mistake_is_shown_where_it_is() {
        assert_eq!(read_models(WAN).unwrap()["wan"].multiple, 2);
        let check = |from: &str, to: &str, words: &str| {
            let text = WAN.replace(from, to);
            assert_ne!(text, WAN, "{from}");
            let error = read_models(&text).unwrap_err();
            assert!(error.why.contains(words), "`{words}` in {error}");
            error.at.map(|at| text[..at].matches('\n').count() + 1)
        };
        assert_eq!(check("source", "sauce", "sauce"), Some(5));
        assert_eq!(check("step = 4", "step = 0", "at least 1"), Some(1));
        assert_eq!(check("ceiling = 81", "ceiling = 4", "no length of 4k+1"), Some(1));
        assert_eq!(check("[\"16\"]", "[\"fast\"]", "`fast` is not a frame rate"), Some(4));
        assert_eq!(check("read = 2026-11-22", "read = 22.11", ""), Some(6));
        assert_eq!(check("frames = {", "grid = {", "grid"), Some(7));
        let seconds = |seconds: &str, words: &str| {
            let lines: Vec<&str> = WAN.lines().filter(|line| !line.starts_with("frames")).collect();
            let text = format!("{}\nseconds = {seconds}\n", lines.join("\n"));
            let error = read_models(&text).unwrap_err();
            assert!(error.why.contains(words), "`{words}` in {error}");
        };
        seconds("[]", "must rise");
        seconds("[4, 4]", "must rise");
        seconds("{ from = 9, to = 3 }", "must rise");
        seconds("{ from = 1, to = 4000000000 }", "at most 600");
        seconds("\"4\"", "a list of whole seconds");
        let price = format!(
            "{WAN}price = {{ currency = \"usd\", date = 2026-01-01, source = \"\", per_second = [] }}"
        );
        assert!(read_models(&price).unwrap_err().why.contains("not a currency"));
        let price = price.replace("usd", "USD").replace("[]", "[{ amount = -1 }]");
        assert!(read_models(&price).unwrap_err().why.contains("between 0 and 1000"));
    }
}
