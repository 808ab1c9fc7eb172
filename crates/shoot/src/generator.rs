use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use soundlock_picture::VideoCodec;
use soundlock_plan::{Look, ShotCode};
use soundlock_time::{Fps, Lengths, Raster};
use soundlock_vault::Hash;

use crate::{Hired, Input};

/// All that a generator is told about a shot, and all that a take depends on besides the generator itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShotOrder {
    /// Which shot.
    pub code: ShotCode,
    /// What is to be seen, in words.
    pub prompt: String,
    /// What is to be kept out; may be empty.
    pub negative: String,
    /// The same shot twice with the same seed is the same take, where the generator can do that.
    pub seed: u64,
    /// Frames asked for: legal for the generator and no fewer than the shot with its handles needs.
    pub frames: u32,
    /// Rate asked for: legal for the generator.
    pub fps: Fps,
    /// Raster asked for: legal for the generator.
    pub raster: Raster,
    /// What is seen, in fields. Generators that read words only leave it alone.
    pub look: Look,
    /// Who speaks when, and how loud.
    pub speech: Vec<Speech>,
    /// Draw the slate (shot code, words, frame numbers) into the picture. For animatics.
    pub burn_in: Option<String>,
    /// What goes along with the words.
    #[serde(default, skip_serializing_if = "Inputs::are_none")]
    pub inputs: Inputs,
    /// Where the film is cut from the take, for generators that can encode it as the film is; see [`Capabilities::cuts`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// What goes along with the words of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// The still that the take begins with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Given>,
    /// The still that it ends with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Given>,
    /// Stills of people, places and things to go by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Given>,
    /// What is said in it, for generators whose pictures follow a voice: as long as the take, silence where nobody speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<Given>,
    /// Whether the generator is to make sound of its own. It stays with the take and is never in the mix.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_sound: bool,
}

impl Inputs {
    fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A file that goes along with an order, by its content: it lies in the film's vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// How its name ends, without the dot: `png`, `wav`.
    pub extension: String,
}

/// The part of a take that its shot shows, encoded so that it can be cut out without encoding again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// First frame of the take that the shot shows: a key frame.
    pub first: u32,
    /// First frame after the shot: a key frame too, where there is one.
    pub end: u32,
    /// How the film is encoded.
    pub codec: VideoCodec,
}

/// A voice during a take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speech {
    /// Who speaks.
    pub character: String,
    /// First frame of the take in which the line sounds.
    pub from: u32,
    /// How loud each frame from there on is: 0 silence, 255 the line's loudest.
    pub levels: Vec<u8>,
}

/// What a generator is, for keys and for the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name in `film.toml`: `animatic`, `comfy`.
    pub name: String,
    /// The model it runs.
    pub model: String,
    /// The model's or program's version: raised when the same order would give another picture.
    pub version: String,
    /// Whatever else the take of an order depends on: a workflow, cast looks, planted faults. Empty where nothing does.
    pub settings: String,
}

/// What a generator can do, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a generator")]
pub struct Capabilities {
    /// Lengths it can make.
    pub frames: Lengths,
    /// Rates it can make; the first is its own. Empty for any.
    pub fps: Vec<Fps>,
    /// Rasters it can make; empty for any.
    pub rasters: Vec<Raster>,
    /// Both sides of a picture are multiples of this.
    pub multiple: u32,
    /// How many jobs it takes at once.
    pub concurrency: usize,
    /// Whether the same order gives the same bytes.
    pub deterministic: bool,
    /// Whether it encodes takes as the film is encoded, with key frames where it will be cut, when an order says so: the
    /// film's piece is then cut from the take without encoding again. For generators that encode themselves.
    pub cuts: bool,
    /// Whether making a take costs money.
    pub paid: bool,
    /// Whether it reads what is seen in fields and hears who speaks; others read words alone.
    pub reads_fields: bool,
    /// What it can be given besides words.
    pub takes: Vec<Input>,
    /// Whether the director makes its takes and brings them in, because no program speaks to it.
    pub by_hand: bool,
}

/// What an order would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Estimate {
    /// Nothing.
    Free,
    /// This much, to the best of the price list.
    Price(Money),
    /// Nobody knows; never taken for nothing.
    Unknown,
}

/// Estimates added up, each currency by itself. What is unknown is counted, never taken for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// Millionths by currency.
    pub micros: BTreeMap<String, i64>,
    /// How many prices nobody knows.
    pub unknown: usize,
}

/// An amount of money in millionths of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Millionths: 40,000 is four cents.
    pub micros: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// Something that makes takes.
pub trait Generator: Send + Sync {
    /// What it is when it makes `order`: what does not touch this order does not belong into it.
    fn identity(&self, order: &ShotOrder) -> Identity;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// What `order` would cost.
    fn estimate(&self, order: &ShotOrder) -> Estimate;
    /// How its takes come to be.
    fn way(&self) -> Way<'_>;
}

/// How takes come to be.
#[derive(Clone, Copy)]
pub enum Way<'g> {
    /// Drawn here and now, for nothing.
    Drawn(&'g dyn Draws),
    /// Made by a service or a program, in its own time.
    Hired(&'g dyn Hired),
    /// Made elsewhere by the director, and brought in.
    ByHand,
}

/// Something that draws takes here and now.
pub trait Draws: Send + Sync {
    /// Draws the take of `order` as `file`, which does not exist yet.
    fn draw(&self, order: &ShotOrder, file: &Path) -> Result<(), ShootError>;
}

/// What can go wrong while shooting.
#[derive(Debug, thiserror::Error)]
pub enum ShootError {
    /// The order asks for what the generator cannot make.
    #[error("`{generator}` cannot make shot {code}: {why}")]
    Impossible {
        /// The generator's name.
        generator: String,
        /// The shot.
        code: ShotCode,
        /// What it cannot do, a clause.
        why: String,
    },
    /// It is not drawn here and now: it is shot, or made elsewhere and brought in.
    #[error("`{generator}` does not draw shot {code} here and now")]
    NotDrawn {
        /// The generator's name.
        generator: String,
        /// The shot.
        code: ShotCode,
    },
    /// The generator said no or broke.
    #[error("`{generator}` failed on shot {code}: {why}")]
    Failed {
        /// The generator's name.
        generator: String,
        /// The shot.
        code: ShotCode,
        /// In the generator's words.
        why: String,
    },
}

impl FromIterator<Estimate> for Bill {
    fn from_iter<I: IntoIterator<Item = Estimate>>(estimates: I) -> Self {
        let mut bill = Self::default();
        for estimate in estimates {
            match estimate {
                Estimate::Free => {}
                Estimate::Price(money) => {
                    let sum = bill.micros.entry(money.currency).or_default();
                    *sum = sum.saturating_add(money.micros);
                }
                Estimate::Unknown => bill.unknown += 1,
            }
        }
        bill
    }
}

impl fmt::Display for Bill {
    /// `nothing`, `3.20 USD`, `3.20 USD and an unknown price for 4 shots`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |(currency, micros): (&String, &i64)| {
            Money { micros: *micros, currency: currency.clone() }.to_string()
        };
        let sums: Vec<String> = self.micros.iter().map(money).collect();
        let unknown = match self.unknown {
            1 => "an unknown price for 1 shot".to_owned(),
            some => format!("an unknown price for {some} shots"),
        };
        match (sums.is_empty(), self.unknown) {
            (true, 0) => f.write_str("nothing"),
            (false, 0) => f.write_str(&sums.join(" + ")),
            (true, _) => f.write_str(&unknown),
            (false, _) => write!(f, "{} and {unknown}", sums.join(" + ")),
        }
    }
}

impl fmt::Display for Money {
    /// `0.04 USD`; at least two decimals, no more than needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micros < 0 { "-" } else { "" };
        let micros = self.micros.unsigned_abs();
        let mut decimals = format!("{:06}", micros % 1_000_000);
        while decimals.len() > 2 && decimals.ends_with('0') {
            decimals.pop();
        }
        write!(f, "{sign}{}.{decimals} {}", micros / 1_000_000, self.currency)
    }
}

impl Estimate {
    /// What `frames` at `fps` cost where a second costs `price`; rounded up, so that no sum is ever too small.
    pub fn of_seconds(price: &Money, frames: u32, fps: Fps) -> Self {
        let ticks = i128::from(price.micros) * i128::from(frames) * i128::from(fps.den());
        let second = i128::from(fps.num());
        let micros = (ticks + second - 1).div_euclid(second);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Self::Price(Money { micros, currency: price.currency.clone() })
    }
}

impl Capabilities {
    /// The film's own rate where it can be made, else the generator's own.
    pub fn rate_for(&self, film: Fps) -> Fps {
        if self.fps.is_empty() || self.fps.contains(&film) { film } else { self.fps[0] }
    }

    /// The film's own raster where it can be made, else the smallest that covers it, else the largest.
    pub fn raster_for(&self, film: Raster) -> Raster {
        if self.rasters.contains(&film) {
            return film;
        }
        let covers = |raster: &&Raster| raster.width() >= film.width() && raster.height() >= film.height();
        let smallest = self.rasters.iter().filter(covers).min_by_key(|raster| raster.pixels());
        let found = smallest.or_else(|| self.rasters.iter().max_by_key(|raster| raster.pixels()));
        let whole = |side: u32| side.next_multiple_of(self.multiple.max(1));
        let rounded = || Raster::new(whole(film.width()), whole(film.height())).unwrap_or(film);
        found.copied().unwrap_or_else(rounded)
    }

    /// The longest take in frames of a film of `film` frames a second, never more than it can make.
    pub fn ceiling_in(&self, film: Fps) -> u32 {
        let own = self.rate_for(film);
        let ticks = u64::from(self.frames.longest()) * u64::from(own.den()) * u64::from(film.num());
        (ticks / (u64::from(own.num()) * u64::from(film.den()))) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_never_taken_for_nothing() {
        let usd = |micros: i64| Estimate::Price(Money { micros, currency: "USD".to_owned() });
        let check = |estimates: Vec<Estimate>, said: &str| {
            assert_eq!(estimates.into_iter().collect::<Bill>().to_string(), said);
        };
        check(vec![Estimate::Free], "nothing");
        check(vec![usd(500_000), usd(700_000), Estimate::Free], "1.20 USD");
        check(vec![Estimate::Unknown], "an unknown price for 1 shot");
        check(
            vec![usd(500_000), Estimate::Unknown, Estimate::Unknown],
            "0.50 USD and an unknown price for 2 shots",
        );
    }

    #[test]
    fn a_price_by_the_second_is_rounded_up() {
        let second = Money { micros: 100_000, currency: "USD".to_owned() };
        let of = |frames: u32, fps: Fps| Estimate::of_seconds(&second, frames, fps);
        let usd = |micros: i64| Estimate::Price(Money { micros, ..second.clone() });
        assert_eq!(of(120, Fps::FILM), usd(500_000));
        assert_eq!(of(121, Fps::FILM), usd(504_167));
        assert_eq!(of(1, Fps::NTSC_FILM), usd(4_171));
    }
}
