use std::f64::consts::TAU;
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use soundlock_time::SampleRate;

/// Bytes before the samples in the files written here.
const HEADER_BYTES: usize = 44;

/// A 16-bit WAV file of mono samples, full scale ±1.0.
///
/// Written by hand, so that the crates under test are not tried with their own writer.
pub fn wav(rate: SampleRate, samples: &[f32]) -> Vec<u8> {
    let data_bytes = samples.len() as u32 * 2;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + data_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend(1u16.to_le_bytes()); // PCM
    bytes.extend(1u16.to_le_bytes()); // one channel
    bytes.extend(rate.hz().to_le_bytes());
    bytes.extend((rate.hz() * 2).to_le_bytes());
    bytes.extend(2u16.to_le_bytes()); // bytes in a sample of all channels
    bytes.extend(16u16.to_le_bytes()); // bits in a sample
    bytes.extend(b"data");
    bytes.extend(data_bytes.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| pcm16(*sample).to_le_bytes()));
    bytes
}

/// Reads back a file written by [`wav`].
///
/// # Panics
/// When it is anything else.
pub fn read_wav(path: &Path) -> (SampleRate, Vec<f32>) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        bytes.len() >= HEADER_BYTES && bytes.starts_with(b"RIFF"),
        "{} is not one of our own",
        path.display()
    );
    let hz = u32::from_le_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]);
    let samples = bytes[HEADER_BYTES..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    let rate = SampleRate::new(hz).expect("we wrote a rate");
    (rate, samples.map(|sample| f32::from(sample) / 32_767.0).collect())
}

fn pcm16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}

/// A sine of `hz`, its peak at `peak` (full scale 1.0); starts at zero, going up.
pub fn tone(rate: SampleRate, hz: f64, peak: f32, samples: u64) -> Vec<f32> {
    let step = TAU * hz / f64::from(rate.hz());
    (0..samples).map(|at| libm::sin(step * at as f64) as f32 * peak).collect()
}

/// White noise within ±`peak`, drawn from `seed`.
pub fn noise(seed: u64, peak: f32, samples: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..samples).map(|_| (rng.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0) * peak).collect()
}

/// Digital silence.
pub fn silence(samples: u64) -> Vec<f32> {
    vec![0.0; samples as usize]
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn another_reader_agrees_on_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tone.wav");
        let samples = [tone(SampleRate::FILM, 440.0, 0.5, 4_800), silence(100), noise(3, 0.9, 100)].concat();
        std::fs::write(&path, wav(SampleRate::FILM, &samples)).unwrap();
        let entries = "stream=codec_name,sample_rate,channels,duration_ts";
        let mut probe = Command::new("ffprobe");
        probe.args(["-v", "error", "-show_entries", entries, "-of", "csv=p=0"]).arg(&path);
        let said = probe.output().unwrap().stdout;
        assert_eq!(String::from_utf8(said).unwrap().trim(), "pcm_s16le,48000,1,5000");

        let (rate, read) = read_wav(&path);
        assert_eq!((rate, read.len()), (SampleRate::FILM, samples.len()));
        let furthest = samples.iter().zip(&read).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        assert!(furthest < 1.0 / 32_767.0, "{furthest}");
    }

    #[test]
    fn a_tone_has_its_pitch_and_peak_and_noise_its_seed() {
        let samples = tone(SampleRate::FILM, 1_000.0, 0.5, 48_000);
        let rises = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((999..=1_000).contains(&rises), "{rises}");
        assert!((samples.iter().copied().fold(0.0, f32::max) - 0.5).abs() < 1e-6);
        assert_eq!(noise(1, 0.5, 50), noise(1, 0.5, 50));
        assert_ne!(noise(1, 0.5, 50), noise(2, 0.5, 50));
    }
}
