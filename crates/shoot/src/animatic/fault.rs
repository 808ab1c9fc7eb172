use serde::{Deserialize, Serialize};
use soundlock_picture::Frame;
use soundlock_plan::ShotCode;
use soundlock_time::Raster;

use crate::ShotOrder;

/// A fault planted in takes, to see whether it is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlantedFault {
    /// Shots that get it; `None` for every shot.
    pub shots: Option<Vec<ShotCode>>,
    /// What is wrong.
    pub fault: Fault,
}

/// Something wrong with a take, of known strength. Frames count from the take's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Every second frame is brighter by this many codes of luma.
    Flicker {
        /// Codes, 0 to 255.
        levels: u8,
    },
    /// Each pixel wavers by up to this many codes of luma, anew in each frame.
    Shimmer {
        /// Codes, 0 to 255.
        levels: u8,
    },
    /// Frames repeat the one before them.
    Freeze {
        /// The first frame, which is then repeated.
        from: u32,
        /// How many frames show the same picture.
        frames: u32,
    },
    /// Another place begins in the middle of the take.
    CutInside {
        /// First frame of the other place.
        at: u32,
    },
    /// More or fewer frames than ordered.
    WrongLength {
        /// Frames added; negative for missing.
        by: i32,
    },
    /// Half the width and half the height.
    WrongSize,
    /// Black frames.
    Black {
        /// First black frame.
        from: u32,
        /// How many.
        frames: u32,
    },
    /// The file ends in its middle.
    Truncated,
    /// The file has no bytes.
    Empty,
}

/// All that is wrong with one take.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn of(planted: &[PlantedFault], code: &ShotCode) -> Self {
        let meant = |planted: &&PlantedFault| planted.shots.as_ref().is_none_or(|shots| shots.contains(code));
        Self(planted.iter().filter(meant).map(|planted| planted.fault).collect())
    }

    pub(crate) fn frames(&self, ordered: u32) -> u32 {
        let by: i64 = self
            .0
            .iter()
            .map(|fault| if let Fault::WrongLength { by } = fault { i64::from(*by) } else { 0 })
            .sum();
        (i64::from(ordered) + by).max(1) as u32
    }

    pub(crate) fn raster(&self, ordered: Raster) -> Raster {
        let half = |side: u32| (side / 4 * 2).max(16);
        let wrong = Raster::new(half(ordered.width()), half(ordered.height()));
        if self.0.contains(&Fault::WrongSize) { wrong.unwrap_or(ordered) } else { ordered }
    }

    /// The frame whose picture is shown in place of `frame`.
    pub(crate) fn shown(&self, frame: u32) -> u32 {
        let frozen = self.0.iter().find_map(|fault| match *fault {
            Fault::Freeze { from, frames } if (from..from.saturating_add(frames)).contains(&frame) => {
                Some(from)
            }
            _ => None,
        });
        frozen.unwrap_or(frame)
    }

    /// First frame of the other place, and the order for it.
    pub(crate) fn cut_inside(&self, order: &ShotOrder) -> Option<(u32, ShotOrder)> {
        let at = self
            .0
            .iter()
            .find_map(|fault| if let Fault::CutInside { at } = fault { Some(*at) } else { None })?;
        let mut other = order.clone();
        let night = super::words::Time::read(&order.look, &order.prompt) == super::words::Time::Night;
        (other.look.time, other.look.place) =
            (if night { "DAY" } else { "NIGHT" }.to_owned(), "MOUNTAIN".to_owned());
        other.look.setting = Some(soundlock_script::Setting::Exterior);
        other.look.subjects.clear();
        Some((at, other))
    }

    /// Spoils the pixels of `frame`, which is number `index` of the take.
    pub(crate) fn spoil(&self, frame: &mut Frame, index: u32) {
        for fault in &self.0 {
            match *fault {
                Fault::Flicker { levels } if index % 2 == 1 => {
                    frame.bytes_mut(0).iter_mut().for_each(|luma| *luma = luma.saturating_add(levels));
                }
                Fault::Shimmer { levels } => shimmer(frame.bytes_mut(0), levels, index),
                Fault::Black { from, frames } if (from..from.saturating_add(frames)).contains(&index) => {
                    frame.bytes_mut(0).fill(16);
                    (1..3).for_each(|plane| frame.bytes_mut(plane).fill(128));
                }
                _ => {}
            }
        }
    }

    /// Bytes of the finished file that are kept.
    pub(crate) fn bytes_kept(&self, bytes: u64) -> u64 {
        match () {
            () if self.0.contains(&Fault::Empty) => 0,
            () if self.0.contains(&Fault::Truncated) => bytes / 2,
            () => bytes,
        }
    }
}

fn shimmer(luma: &mut [u8], levels: u8, index: u32) {
    let reach = i32::from(levels);
    for (place, luma) in luma.iter_mut().enumerate() {
        let mut mixed = (place as u32).wrapping_mul(0x9e37_79b1) ^ index.wrapping_mul(0x85eb_ca77);
        mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
        mixed ^= mixed >> 13;
        let change = (mixed % (2 * reach as u32 + 1)) as i32 - reach;
        *luma = (i32::from(*luma) + change).clamp(16, 235) as u8;
    }
}
