//! What is measured of a sound before it is used: where it is loud, and how loud.

/// Energy of 10 ms after 10 ms of one channel or the mean of two; gathered block by block, so memory stays small.
pub(crate) struct Energies {
    hop: usize,
    sum: f64,
    count: usize,
    closed: Vec<f32>,
    samples: u64,
}

impl Energies {
    pub(crate) fn new(hz: u32) -> Self {
        Self { hop: (hz as usize / 100).max(1), sum: 0.0, count: 0, closed: Vec::new(), samples: 0 }
    }

    /// Takes in values, interleaved.
    pub(crate) fn add(&mut self, values: &[f32], channels: usize) {
        for frame in values.chunks_exact(channels.max(1)) {
            let energy: f64 = frame.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
            self.sum += energy / channels as f64;
            self.count += 1;
            self.samples += 1;
            if self.count == self.hop {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        if self.count > 0 {
            self.closed.push((self.sum / self.count as f64) as f32);
        }
        (self.sum, self.count) = (0.0, 0);
    }

    /// What was heard.
    pub(crate) fn heard(mut self) -> Heard {
        self.close();
        let peak = self.closed.iter().copied().fold(0.0_f32, f32::max);
        if decibels_of_energy(peak) < SILENCE_DB {
            return Heard { samples: self.samples, part: (0, self.samples), level_db: None };
        }
        let threshold = threshold(&self.closed, peak);
        let loud = |energy: &f32| *energy > threshold;
        let first = self.closed.iter().position(loud).unwrap_or(0);
        let last = self.closed.iter().rposition(loud).unwrap_or(0);
        // Consonants begin and end softer than they are measured: leave them room.
        let start = first.saturating_sub(3) * self.hop;
        let end = (last + 1 + 8) * self.hop;
        let part = (start as u64, (end as u64).min(self.samples));
        Heard { samples: self.samples, part, level_db: Some(level(&self.closed, peak)) }
    }
}

/// Energy of 10 ms after 10 ms of a voice about its own middle, so that a converter with an offset does not hide what is
/// soft.
pub(crate) struct Waves {
    hop: usize,
    open: (f64, f64, usize),
    energies: Vec<f32>,
    all: (f64, u64),
}

impl Waves {
    pub(crate) fn new(hz: u32) -> Self {
        Self { hop: Self::hop(hz), open: (0.0, 0.0, 0), energies: Vec::new(), all: (0.0, 0) }
    }

    /// Samples of a hop.
    pub(crate) fn hop(hz: u32) -> usize {
        (hz as usize / 100).max(1)
    }

    pub(crate) fn add(&mut self, values: &[f32]) {
        for value in values {
            let value = f64::from(*value);
            let (sum, squares, count) = self.open;
            self.open = (sum + value, squares + value * value, count + 1);
            if self.open.2 == self.hop {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        let (sum, squares, count) = std::mem::take(&mut self.open);
        if count > 0 {
            let mean = sum / count as f64;
            self.energies.push((squares / count as f64 - mean * mean).max(0.0) as f32);
            self.all = (self.all.0 + sum, self.all.1 + count as u64);
        }
    }

    /// Takes in the last hop too, which may be shorter.
    pub(crate) fn ended(mut self) -> Self {
        self.close();
        self
    }

    pub(crate) fn energies(&self) -> &[f32] {
        &self.energies
    }

    /// The mean of all values.
    pub(crate) fn middle(&self) -> f64 {
        self.all.0 / self.all.1.max(1) as f64
    }
}

/// Below this nothing is heard at all.
const SILENCE_DB: f64 = -70.0;

pub(crate) fn decibels_of_energy(energy: f32) -> f64 {
    10.0 * libm::log10(f64::from(energy).max(1e-20))
}

fn energy_of_decibels(decibels: f64) -> f32 {
    libm::pow(10.0, decibels / 10.0) as f32
}

/// What is louder than this is speech: 40 dB under the loudest, higher where the room is noisy.
fn threshold(energies: &[f32], peak: f32) -> f32 {
    let mut sorted = energies.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let floor_db = decibels_of_energy(sorted[sorted.len() / 10]);
    let peak_db = decibels_of_energy(peak);
    energy_of_decibels((peak_db - 40.0).max((floor_db + 8.0).min(peak_db - 25.0)).max(SILENCE_DB))
}

/// Level while it sounds: RMS over all that is within 25 dB of the loudest 10 ms, in dBFS.
pub(crate) fn level(energies: &[f32], peak: f32) -> f64 {
    let gate = peak * energy_of_decibels(-25.0);
    let loud: Vec<f64> =
        energies.iter().filter(|energy| **energy >= gate).map(|energy| f64::from(*energy)).collect();
    let mean = loud.iter().sum::<f64>() / loud.len().max(1) as f64;
    10.0 * libm::log10(mean.max(1e-20))
}

/// What was measured of a sound.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Heard {
    /// Samples of the whole.
    pub(crate) samples: u64,
    /// First sample of what is not silence and the first after it.
    pub(crate) part: (u64, u64),
    /// Level while it sounds in dBFS; `None` for silence.
    pub(crate) level_db: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(sound: &[f32]) -> Heard {
        let mut energies = Energies::new(48_000);
        sound.chunks(1000).for_each(|some| energies.add(some, 1));
        energies.heard()
    }

    fn tone(level: f32, samples: usize) -> impl Iterator<Item = f32> {
        (0..samples).map(move |n| level * libm::sinf(n as f32 * 0.05))
    }

    #[test]
    fn the_part_that_sounds_is_found_to_a_few_hundredths() {
        for noise in [0.0, 0.001, 0.004] {
            let hiss = |n: usize| tone(noise, n);
            let sound: Vec<f32> = hiss(48_000).chain(tone(0.2, 24_000)).chain(hiss(36_000)).collect();
            let Heard { samples, part, level_db } = heard(&sound);
            assert_eq!(samples, 108_000);
            assert!((46_000..=48_000).contains(&part.0) && (72_000..=76_500).contains(&part.1), "{part:?}");
            assert!((level_db.unwrap() + 16.99).abs() < 0.2, "{level_db:?}");
        }
    }

    #[test]
    fn silence_has_no_level_and_keeps_its_length() {
        for sound in [vec![], vec![0.0; 5000], tone(0.0001, 5000).collect()] {
            let all = Heard { samples: sound.len() as u64, part: (0, sound.len() as u64), level_db: None };
            assert_eq!(heard(&sound), all);
        }
    }
}
