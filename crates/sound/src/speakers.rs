use serde::{Deserialize, Serialize};

use crate::render::Stem;

/// What a mix is played on, and in which order its channels lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Speakers {
    /// Left, right. Dialogue is the same on both.
    #[serde(rename = "stereo")]
    Stereo,
    /// Left, right, centre, low frequencies, left surround, right surround: the order of WAV, FFmpeg and cinema.
    #[serde(rename = "5.1")]
    FivePointOne,
}

/// The centre stands for two speakers that play the same: as loud in the room, and as loud again when a player folds the
/// mix to stereo, which takes the centre 3 dB down into both sides (ITU-R BS.775).
const CENTRE: f32 = std::f32::consts::SQRT_2;
/// Music and effects reach the surrounds 12 dB softer than the front: the room is filled, and nothing is heard to come
/// from behind.
const SURROUND: f32 = 0.251_188_64;

impl Speakers {
    /// Names in `film.toml`.
    pub const NAMES: [&'static str; 2] = ["stereo", "5.1"];

    /// The speakers of this name; `None` where there are none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "stereo" => Some(Self::Stereo),
            "5.1" => Some(Self::FivePointOne),
            _ => None,
        }
    }

    /// Their name, which is also what FFmpeg calls them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stereo => "stereo",
            Self::FivePointOne => "5.1",
        }
    }

    /// How many channels there are.
    pub fn channels(self) -> u16 {
        match self {
            Self::Stereo => 2,
            Self::FivePointOne => 6,
        }
    }

    /// The channels' names in their order.
    pub fn order(self) -> &'static str {
        match self {
            Self::Stereo => "L R",
            Self::FivePointOne => "L R C LFE Ls Rs",
        }
    }

    pub(crate) fn width(self) -> usize {
        usize::from(self.channels())
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    pub(crate) fn is_stereo(&self) -> bool {
        *self == Self::Stereo
    }

    /// Adds a sound of one or two channels to `block` where its stem belongs. Low frequencies stay empty: nothing in a
    /// film is recorded for that speaker alone, and a room sends the lows of all others there by itself.
    pub(crate) fn add(self, stem: Stem, values: &[f32], channels: usize, gain: f32, block: &mut [f32]) {
        match (self, stem) {
            (Self::Stereo, _) => add_stereo(values, channels, gain, block),
            (Self::FivePointOne, Stem::Dialogue) => {
                let gain = gain * CENTRE / channels as f32;
                for (frame, values) in block.chunks_exact_mut(6).zip(values.chunks_exact(channels)) {
                    frame[2] += values.iter().sum::<f32>() * gain;
                }
            }
            (Self::FivePointOne, Stem::Music | Stem::Effects) => {
                for (frame, values) in block.chunks_exact_mut(6).zip(values.chunks_exact(channels)) {
                    let (left, right) = (values[0] * gain, values[channels - 1] * gain);
                    frame[0] += left;
                    frame[1] += right;
                    frame[4] += left * SURROUND;
                    frame[5] += right * SURROUND;
                }
            }
        }
    }
}

/// One channel sounds from the middle: the same on both sides.
fn add_stereo(values: &[f32], channels: usize, gain: f32, block: &mut [f32]) {
    if channels == 2 {
        for (place, value) in block.iter_mut().zip(values) {
            *place += value * gain;
        }
    } else {
        for (frame, value) in block.chunks_exact_mut(2).zip(values) {
            frame[0] += value * gain;
            frame[1] += value * gain;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(stem: Stem, values: &[f32], channels: usize) -> [f32; 6] {
        let mut block = [0.0; 6];
        Speakers::FivePointOne.add(stem, values, channels, 0.5, &mut block);
        block
    }

    #[test]
    fn a_room_of_six_speakers_is_filled_as_it_should() {
        let near = |found: [f32; 6], wanted: [f32; 6]| {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-4), "{found:?}");
        };
        near(placed(Stem::Dialogue, &[0.8], 1), [0.0, 0.0, 0.5657, 0.0, 0.0, 0.0]);
        near(placed(Stem::Dialogue, &[0.8, 0.8], 2), [0.0, 0.0, 0.5657, 0.0, 0.0, 0.0]);
        near(placed(Stem::Music, &[0.8, -0.4], 2), [0.4, -0.2, 0.0, 0.0, 0.1005, -0.0502]);
        near(placed(Stem::Effects, &[0.8], 1), [0.4, 0.4, 0.0, 0.0, 0.1005, 0.1005]);
    }

    #[test]
    fn dialogue_folded_to_stereo_is_the_dialogue_of_the_stereo_mix() {
        let mut stereo = [0.0; 2];
        Speakers::Stereo.add(Stem::Dialogue, &[0.7], 1, 0.5, &mut stereo);
        let centre = placed(Stem::Dialogue, &[0.7], 1)[2];
        assert!((centre * std::f32::consts::FRAC_1_SQRT_2 - stereo[0]).abs() < 1e-6);
    }

    #[test]
    fn every_name_is_known() {
        for name in Speakers::NAMES {
            assert_eq!(Speakers::named(name).map(Speakers::name), Some(name));
        }
        assert_eq!(Speakers::named("7.1"), None);
    }
}
