//! From spectra to numbers in which two voices in two rooms can be compared.

use crate::lattice::{DIMENSIONS, FRAMES_PER_SEC};
use crate::mel::{BANDS, NOTHING, SPECTRA_PER_SEC};

/// Cepstra of one frame; their slopes make the other half of a feature.
pub(crate) const CEPSTRA: usize = DIMENSIONS / 2;
pub(crate) type Cepstra = [f32; CEPSTRA];
type Bands = [f32; BANDS];

/// Spectra per frame.
pub(crate) const PER_FRAME: usize = SPECTRA_PER_SEC / FRAMES_PER_SEC;

/// Speech may be this much louder than what is still heard of it, in nepers of energy (48 dB).
const RANGE_NEPERS: f32 = 11.0;

/// What is there while nobody speaks and while somebody does, band by band, in natural logarithms.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub(crate) noise: Bands,
    pub(crate) speech: Bands,
}

impl Room {
    /// The room of these spectra.
    pub(crate) fn of(spectra: &[Bands]) -> Self {
        let mut order: Vec<(f32, usize)> =
            spectra.iter().enumerate().map(|(at, bands)| (bands.iter().sum(), at)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let count = order.len().max(1);
        // Nothing at all (a gate, a cut) is no room.
        let quiet = order.iter().filter(|(_, at)| spectra[*at].iter().any(|band| *band > NOTHING + 2.0));
        let quiet: Vec<usize> = quiet.map(|(_, at)| *at).take((count / 20).max(5)).collect();
        let loud: Vec<usize> = order.iter().rev().take((count / 4).max(5)).map(|(_, at)| *at).collect();
        let speech = mean_energy(spectra, &loud);
        let mut noise = mean_log(spectra, &quiet);
        for (noise, speech) in noise.iter_mut().zip(&speech) {
            *noise = noise.max(speech - RANGE_NEPERS).max(NOTHING);
        }
        Self { noise, speech }
    }

    /// How far each spectrum stands out of the noise: the mean over bands, in nepers.
    pub(crate) fn prominence(&self, bands: &Bands) -> f32 {
        let over = bands.iter().zip(&self.noise).map(|(band, noise)| (band - noise).clamp(0.0, 8.0));
        over.sum::<f32>() / BANDS as f32
    }
}

fn mean_energy(spectra: &[Bands], which: &[usize]) -> Bands {
    let mut mean = [0.0_f64; BANDS];
    for at in which {
        for (mean, band) in mean.iter_mut().zip(&spectra[*at]) {
            *mean += f64::from(libm::expf(*band)) / which.len() as f64;
        }
    }
    mean.map(|energy| (libm::log(energy.max(1e-14))) as f32)
}

fn mean_log(spectra: &[Bands], which: &[usize]) -> Bands {
    let mut mean = [0.0; BANDS];
    for at in which {
        for (mean, band) in mean.iter_mut().zip(&spectra[*at]) {
            *mean += band / which.len() as f32;
        }
    }
    if which.is_empty() { [NOTHING; BANDS] } else { mean }
}

/// Spectra made comparable: another channel's colour taken on, and the noise of the room laid under.
pub(crate) struct Ear {
    /// Added to each band: from one channel's colour to the other's.
    colour: Bands,
    floor: Bands,
    cosines: Vec<Bands>,
}

impl Ear {
    /// For spectra of the recording in `room`.
    pub(crate) fn of_recording(room: &Room) -> Self {
        Self { colour: [0.0; BANDS], floor: floor(room), cosines: cosines() }
    }

    /// For spectra of a voice whose own colour is `speech`, to be heard as in `room`.
    pub(crate) fn of_voice(speech: &Bands, room: &Room) -> Self {
        let mut colour = [0.0; BANDS];
        for band in 0..BANDS {
            colour[band] = room.speech[band] - speech[band];
        }
        Self { colour, floor: floor(room), cosines: cosines() }
    }

    /// Cepstra of the spectra, one for one.
    pub(crate) fn hear(&self, spectra: &[Bands]) -> Vec<Cepstra> {
        spectra.iter().map(|bands| self.cepstra(bands)).collect()
    }

    fn cepstra(&self, bands: &Bands) -> Cepstra {
        let mut heard = [0.0; BANDS];
        for band in 0..BANDS {
            let energy = libm::expf(bands[band] + self.colour[band]) + self.floor[band];
            heard[band] = libm::logf(energy);
        }
        let mut cepstra = [0.0; CEPSTRA];
        for (value, cosines) in cepstra.iter_mut().zip(&self.cosines) {
            *value = heard.iter().zip(cosines).map(|(band, cosine)| band * cosine).sum();
        }
        cepstra
    }
}

/// What is laid under both: twice the noise, and never more than the range under the speech.
fn floor(room: &Room) -> Bands {
    std::array::from_fn(|band| libm::expf((room.noise[band] + 0.7).max(room.speech[band] - 8.0)) + 1e-13)
}

fn cosines() -> Vec<Bands> {
    let cosine = |order: usize, band: usize| {
        let turn = std::f32::consts::PI * order as f32 * (band as f32 + 0.5) / BANDS as f32;
        libm::cosf(turn) * libm::sqrtf(2.0 / BANDS as f32) * if order == 0 { 0.5 } else { 1.0 }
    };
    (0..CEPSTRA).map(|order| std::array::from_fn(|band| cosine(order, band))).collect()
}

/// Features are made of so many at a time, so that a session's cepstra are never at hand all together.
const PART: usize = 4096;
/// Spectra to either side that a feature looks at.
const AROUND: usize = 3;

/// A feature for every `step` spectra, as `ear` hears them.
pub(crate) fn features(ear: &Ear, spectra: &[Bands], step: usize) -> Vec<[f32; DIMENSIONS]> {
    let count = spectra.len() / step;
    let mut features = Vec::with_capacity(count);
    for first in (0..count).step_by(PART) {
        let last = (first + PART).min(count) - 1;
        let from = (first * step).saturating_sub(AROUND);
        let cepstra = ear.hear(&spectra[from..(last * step + AROUND + 1).min(spectra.len())]);
        features.extend((first..=last).map(|frame| feature(&cepstra, frame * step - from)));
    }
    features
}

/// Cepstra and their slopes at spectrum `at`, both smoothed over their neighbours.
fn feature(cepstra: &[Cepstra], at: usize) -> [f32; DIMENSIONS] {
    let last = cepstra.len() as isize - 1;
    let near = |step: isize| &cepstra[(at as isize + step).clamp(0, last) as usize];
    let mut feature = [0.0; DIMENSIONS];
    for order in 0..CEPSTRA {
        let value = |step| near(step)[order];
        feature[order] = 0.5 * value(0) + 0.25 * (value(-1) + value(1));
        let slope = |step: isize| step as f32 * (value(step) - value(-step));
        feature[CEPSTRA + order] = (slope(1) + slope(2) + slope(3)) / 28.0 * 3.0;
    }
    feature
}

/// Mean energies of many spectra, in natural logarithms: the colour of a voice.
pub(crate) fn colour<'a>(spectra: impl Iterator<Item = &'a Bands>) -> Bands {
    let spectra: Vec<Bands> = spectra.copied().collect();
    let mut order: Vec<(f32, usize)> =
        spectra.iter().enumerate().map(|(at, bands)| (bands.iter().sum(), at)).collect();
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let loud: Vec<usize> = order.iter().take((order.len() / 2).max(1)).map(|(_, at)| *at).collect();
    mean_energy(&spectra, &loud)
}
