use crate::types::Recording;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// How much of the recording is listened to before a side is chosen, in samples of one side.
const LISTENED: usize = 60 * crate::ALIGN_HZ as usize;
const STEP: usize = crate::ALIGN_HZ as usize / 50;

/// A recording of two sides, of which one may be dead, hum, or be the other one turned over: becomes the mean of both,
/// or one side, whichever has more between its loud and its quiet parts.
pub struct Sides<R> {
    read: R,
    ahead: Vec<f32>,
    over: bool,
    choice: Option<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Both,
    Left,
    Right,
}

impl<R: FnMut(&mut [f32]) -> Result<usize, Failed>> Sides<R> {
    /// `read` fills a block with interleaved values of two sides and gives how many came; fewer than asked only at the
    /// end.
    pub fn new(read: R) -> Self {
        Self { read, ahead: Vec::new(), over: false, choice: None }
    }

    fn choose(&mut self) -> Result<Choice, Failed> {
        if let Some(choice) = self.choice {
            return Ok(choice);
        }
        self.fill(2 * LISTENED)?;
        let range = |choice| dynamics(self.ahead.chunks_exact(2).map(|frame| heard(choice, frame)));
        let mut best = (range(Choice::Both) + 1.0, Choice::Both);
        for choice in [Choice::Left, Choice::Right] {
            if range(choice) > best.0 {
                best = (range(choice), choice);
            }
        }
        self.choice = Some(best.1);
        Ok(best.1)
    }

    /// Reads on until `values` are at hand or the recording is over.
    fn fill(&mut self, values: usize) -> Result<(), Failed> {
        let had = self.ahead.len();
        if self.over || had >= values {
            return Ok(());
        }
        self.ahead.resize(values, 0.0);
        let came = (self.read)(&mut self.ahead[had..])?;
        self.over = had + came < values;
        self.ahead.truncate(had + came);
        Ok(())
    }
}

impl<R: FnMut(&mut [f32]) -> Result<usize, Failed>> Recording for Sides<R> {
    fn read(&mut self, block: &mut [f32]) -> Result<usize, Failed> {
        let choice = self.choose()?;
        self.fill(2 * block.len())?;
        let count = block.len().min(self.ahead.len() / 2);
        for (value, frame) in block.iter_mut().zip(self.ahead.chunks_exact(2)) {
            *value = heard(choice, frame);
        }
        self.ahead.drain(..2 * count);
        Ok(count)
    }
}

fn heard(choice: Choice, frame: &[f32]) -> f32 {
    match choice {
        Choice::Both => 0.5 * (frame[0] + frame[1]),
        Choice::Left => frame[0],
        Choice::Right => frame[1],
    }
}

/// Nepers of energy between the loud and the quiet parts, in a range where both can be heard.
fn dynamics(values: impl Iterator<Item = f32>) -> f32 {
    let mut energies = Vec::new();
    let (mut sum, mut count) = (0.0, 0);
    for value in values {
        sum += value * value;
        count += 1;
        if count == STEP {
            energies.push(libm::logf(sum / STEP as f32 + 1e-9));
            (sum, count) = (0.0, 0);
        }
    }
    energies.sort_unstable_by(f32::total_cmp);
    match energies.len() {
        0 => 0.0,
        length => energies[length * 95 / 100] - energies[length / 10],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(left: &[f32], right: &[f32]) -> Vec<f32> {
        let both: Vec<f32> = left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect();
        let mut rest = &both[..];
        let mut sides = Sides::new(move |block: &mut [f32]| rest.read(block));
        let (mut out, mut block) = (Vec::new(), vec![0.0; 5000]);
        loop {
            let came = sides.read(&mut block).unwrap();
            out.extend_from_slice(&block[..came]);
            if came < block.len() {
                return out;
            }
        }
    }

    #[test]
    fn the_side_that_lives_is_heard() {
        let speech: Vec<f32> = (0..40_000)
            .map(|n| if n / 8000 % 2 == 0 { 0.0 } else { 0.3 * libm::sinf(n as f32 * 0.2) })
            .collect();
        let dead = vec![0.0; 40_000];
        let hum: Vec<f32> = (0..40_000).map(|n| 0.2 * libm::sinf(n as f32 * 0.02)).collect();
        let turned: Vec<f32> = speech.iter().map(|value| -value).collect();
        let half: Vec<f32> = speech.iter().map(|value| 0.5 * value).collect();
        assert_eq!(through(&speech, &speech), speech);
        assert_eq!(through(&speech, &hum), speech);
        assert_eq!(through(&hum, &speech), speech);
        assert_eq!(through(&speech, &turned), speech);
        assert!([half, speech.clone()].contains(&through(&dead, &speech)));
        assert!(through(&[], &[]).is_empty());
    }
}
