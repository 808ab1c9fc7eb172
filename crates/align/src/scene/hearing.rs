//! What the room of a recording does to speech, and what in it is silence.

use crate::features::{PER_FRAME, Room};
use crate::mel::{BANDS, NOTHING, SPECTRA_PER_SEC, Spectra};

/// Spectra of echo put behind each line, in a room that echoes.
pub(super) const ECHO: usize = 40;
/// An echo's energy against what it is the echo of.
const ECHO_ENERGY: f32 = 0.6;

/// `bands` as heard in a room whose echo falls by `falls` nepers from one to the next, and `more` of echo behind them.
pub(super) fn echoing(bands: &[[f32; BANDS]], falls: Option<f32>, more: usize) -> Vec<[f32; BANDS]> {
    let Some(falls) = falls else { return bands.to_vec() };
    let keeps = libm::expf(-falls);
    let gain = ECHO_ENERGY * (1.0 - keeps) / keeps;
    let mut echo = [0.0_f32; BANDS];
    let silent = [NOTHING; BANDS];
    let whole = bands.iter().chain(std::iter::repeat_n(&silent, more));
    whole
        .map(|bands| {
            std::array::from_fn(|band| {
                let direct = libm::expf(bands[band]);
                let heard = libm::logf(direct + echo[band] + 1e-14);
                echo[band] = keeps * (echo[band] + gain * direct);
                heard
            })
        })
        .collect()
}

/// Spectra in which the noise is taken to stay as it is; in a session another room may follow.
const ONE_NOISE: usize = 60 * SPECTRA_PER_SEC;

/// How far each spectrum stands out of the noise there.
fn prominence(spectra: &[[f32; BANDS]], room: &Room) -> Vec<f32> {
    if spectra.len() < 4 * ONE_NOISE {
        return spectra.iter().map(|bands| room.prominence(bands)).collect();
    }
    let mut prominence = Vec::with_capacity(spectra.len());
    for start in (0..spectra.len()).step_by(ONE_NOISE / 2) {
        let end = (start + ONE_NOISE / 2).min(spectra.len());
        let around = &spectra[start.saturating_sub(ONE_NOISE / 4)..(end + ONE_NOISE / 4).min(spectra.len())];
        let here = Room::of(around);
        prominence.extend(spectra[start..end].iter().map(|bands| here.prominence(bands)));
    }
    prominence
}

/// What each frame gives to silence.
pub(super) fn silence(spectra: &Spectra, room: &Room, frames: usize, per_frame: usize) -> Vec<f32> {
    let prominence = prominence(&spectra.bands, room);
    let smooth = |at: usize| {
        let near = &prominence[at.saturating_sub(2)..(at + 3).min(prominence.len())];
        near.iter().sum::<f32>() / near.len() as f32
    };
    let smoothed: Vec<f32> = (0..frames).map(|frame| smooth(frame * per_frame)).collect();
    let mut sorted = smoothed.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let at = |share: f32| {
        sorted
            .get(((sorted.len() as f32 * share) as usize).min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    let limit = (0.25 * at(0.95) + 0.75 * at(0.05)).max(0.6);
    smoothed
        .iter()
        .map(|value| per_frame as f32 / PER_FRAME as f32 * (1.5 * (limit - value) / limit).clamp(-1.5, 0.4))
        .collect()
}
