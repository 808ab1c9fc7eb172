use super::*;

const HZ: u32 = 48_000;

/// Noise at `level`, as even as a room: a sum of white and low.
fn noise(level: f32, samples: usize, seed: u64) -> Vec<f32> {
    let (mut draw, mut low) = (Draw(seed), 0.0_f32);
    (0..samples)
        .map(|_| {
            let white = draw.below(20_001) as f32 / 10_000.0 - 1.0;
            low = 0.98 * low + 0.02 * white;
            level * (0.4 * white + 3.0 * low)
        })
        .collect()
}

fn voice(samples: usize) -> impl Iterator<Item = f32> {
    (0..samples).map(|n| 0.2 * libm::sinf(n as f32 * 0.05))
}

fn room(sound: &[f32]) -> Room {
    let mut waves = Waves::new(HZ);
    sound.chunks(1000).for_each(|some| waves.add(some));
    Room::of(&waves.ended(), HZ)
}

/// A second of room, a second of voice, and so on.
fn session(level: f32, offset: f32) -> Vec<f32> {
    let mut sound = noise(level, 12 * HZ as usize, 7);
    for second in (1..12).step_by(2) {
        let at = second * HZ as usize;
        sound[at..at + HZ as usize]
            .iter_mut()
            .zip(voice(HZ as usize))
            .for_each(|(value, said)| *value += said);
    }
    for value in &mut sound {
        *value += offset;
    }
    sound
}

#[test]
fn the_room_is_where_nobody_speaks() {
    for (level, offset) in [(0.001, 0.0), (0.01, 0.0), (0.01, 0.05), (0.03, 0.0)] {
        let room = room(&session(level, offset));
        assert!((room.offset - offset).abs() < 0.001 && !room.is_dead, "{room:?}");
        assert!(room.calm.len() >= 6, "{level}: {room:?}");
        for calm in &room.calm {
            let (start, end) = (calm.start / u64::from(HZ), (calm.end - 1) / u64::from(HZ));
            assert!(start == end && start % 2 == 0, "{level}: {calm:?}");
            assert!(calm.end - calm.start > 30_000, "{level}: {calm:?}");
        }
    }
}

#[test]
fn there_is_no_room_in_a_voice_or_behind_a_gate() {
    let part = SampleRange::new(Sample(0), 1000);
    let only_voice: Vec<f32> = voice(96_000).collect();
    assert_eq!(room(&only_voice).near(part, HZ), []);
    let gated: Vec<f32> = [vec![0.0; 96_000], voice(96_000).collect(), vec![0.0; 96_000]].concat();
    let gated = room(&gated);
    assert!(gated.is_dead && gated.near(part, HZ).is_empty());
    assert_eq!(room(&[]).near(part, HZ), []);
    assert_eq!(room(&noise(0.01, 480_000, 1)).near(part, HZ), [], "nobody speaks at all");
}

#[test]
fn silence_put_before_a_recording_does_not_hide_its_room() {
    let padded: Vec<f32> = [vec![0.0; 192_000], session(0.01, 0.0)].concat();
    let room = room(&padded);
    assert!(!room.is_dead && room.calm.len() >= 6 && room.calm[0].start >= 192_000, "{room:?}");
}

#[test]
fn a_knock_in_the_room_is_not_taken() {
    let mut sound = session(0.005, 0.0);
    sound[2 * 48_000 + 20_000..2 * 48_000 + 20_100].iter_mut().for_each(|value| *value = 0.3);
    let hit = |calm: &Calm| (calm.start..calm.end).contains(&(2 * 48_000 + 20_050));
    assert!(!room(&sound).calm.iter().any(hit));
}

/// What the pieces sound like together, from sample `from` on.
fn heard(pieces: &[Piece], sound: &[f32], bed: Bed) -> Vec<f32> {
    let mut heard = vec![0.0; (bed.to - bed.from) as usize];
    for piece in pieces {
        let length = piece.part.length();
        for n in 0..length {
            let value = sound[(piece.part.start.0 + n) as usize] * piece.fades.gain(n, length);
            heard[(piece.at + n - bed.from) as usize] += value;
        }
    }
    heard
}

fn bed(from: u64, length: u64) -> Bed {
    Bed { from, to: from + length, fades: Fades { head: Fade::power(480), tail: Fade::power(1920) } }
}

fn energy(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(value * value)).sum::<f64>() / values.len() as f64
}

#[test]
fn a_bed_is_filled_to_the_sample_without_seam() {
    let sound = session(0.01, 0.0);
    let room = room(&sound);
    let parts = room.near(SampleRange::new(Sample(60_000), 30_000), HZ);
    for length in [3000, 9000, 48_000, 47_999, 150_001, 3_000_000] {
        let bed = bed(1234, length);
        let pieces = fill(bed, &parts, HZ, 5);
        assert_eq!((pieces[0].at, pieces[0].fades.head), (1234, Fade::power(480)));
        let last = pieces[pieces.len() - 1];
        assert_eq!((last.at + last.part.length(), last.fades.tail), (bed.to, Fade::power(1920)));
        let inside = |piece: &Piece| {
            parts.iter().any(|(start, end)| *start <= piece.part.start.0 && piece.part.end.0 <= *end)
        };
        assert!(pieces.iter().all(inside));
        let heard = heard(&pieces, &sound, bed);
        let wanted = 10.0 * libm::log10(energy(&sound[..40_000]));
        for some in heard[480..heard.len() - 1920].chunks_exact(9600) {
            let level = 10.0 * libm::log10(energy(some));
            assert!((level - wanted).abs() < 2.5, "{level} where the room is {wanted}, of {length}");
        }
    }
}

/// How alike a sound is to itself after a while: the most of all whiles from a fifth of a second to four seconds.
fn pulse(heard: &[f32]) -> f64 {
    let whole = energy(heard);
    // Parts of a room begin and end on hops of 480 samples: a loop of one is met by every sixteenth sample.
    let lags = (9600..4 * 48_000).step_by(16);
    let alike = |lag: usize| {
        let pairs = heard.iter().zip(&heard[lag..]).step_by(101);
        let (sum, count) = pairs.fold((0.0, 0), |(sum, count), (a, b)| (sum + f64::from(a * b), count + 1));
        sum / f64::from(count) / whole
    };
    lags.map(alike).fold(0.0, f64::max)
}

#[test]
fn a_bed_has_no_period() {
    let sound = session(0.01, 0.0);
    let parts = room(&sound).near(SampleRange::new(Sample(60_000), 30_000), HZ);
    let bed = bed(0, 12 * 48_000);
    let drawn = pulse(&heard(&fill(bed, &parts, HZ, 5), &sound, bed));
    // What an ordinary loop of the same room does.
    let (start, end) = parts[0];
    let looped: Vec<f32> =
        sound[start as usize..end as usize].iter().copied().cycle().take(12 * 48_000).collect();
    assert!(pulse(&looped) > 0.9 && drawn < 0.3, "{drawn} against {}", pulse(&looped));
}

#[test]
fn the_same_seed_gives_the_same_room() {
    let parts = [(0, 60_000), (100_000, 130_000)];
    let one = fill(bed(0, 960_000), &parts, HZ, 9);
    assert_eq!(one, fill(bed(0, 960_000), &parts, HZ, 9));
    assert_ne!(one, fill(bed(0, 960_000), &parts, HZ, 10));
    assert_eq!(fill(bed(0, 960_000), &[], HZ, 9), []);
}
