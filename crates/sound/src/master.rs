//! The stems through the master's gain and limiter, so that they still sum to it.

use serde::{Deserialize, Serialize};

use crate::SoundError;
use crate::context::SoundContext;
use crate::gain::{factor, scale};
use crate::limiter::{DELAY, Limiter};
use crate::render::{Block, Renderer, Score};

/// Gain and limit of a master.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// Gain of everything in dB.
    pub gain_db: f64,
    /// Highest true peak that the limiter lets through, in dBFS.
    pub ceiling_db: f64,
}

/// The stems through gain and limiter, in step with the film.
pub(crate) struct Master<'a> {
    renderer: Renderer<'a>,
    limiter: Limiter,
    gain: f32,
    /// Rendered and waiting for the limiter to have looked ahead, sample after sample of each stem.
    waiting: Block,
    gains: Vec<f32>,
    /// Gains that still belong to the time before the film.
    early: usize,
    /// Channels.
    width: usize,
    over: bool,
}

impl<'a> Master<'a> {
    pub(crate) fn new(score: &'a Score, balance: Balance) -> Self {
        let Balance { gain_db, ceiling_db } = balance;
        let width = score.speakers.width();
        Self {
            renderer: Renderer::new(score),
            limiter: Limiter::new(factor(ceiling_db) as f32, score.hz, width),
            gain: factor(gain_db) as f32,
            waiting: Block::default(),
            gains: Vec::new(),
            early: DELAY,
            width,
            over: false,
        }
    }

    /// The next block, of whatever length is ready; `None` at the end.
    pub(crate) fn next(&mut self, context: &SoundContext<'_>) -> Result<Option<Block>, SoundError> {
        while !self.over {
            context.cancel.check()?;
            let mut block = self.renderer.next()?;
            match &mut block {
                Some(block) => block.iter_mut().for_each(|stem| scale(stem, self.gain)),
                None => self.over = true,
            }
            // After the end the limiter is fed silence until it has given a gain for every sample.
            let sum = block.as_ref().map_or_else(|| vec![0.0; self.width * DELAY], summed);
            self.limiter.gains(&sum, &mut self.gains);
            for (waiting, values) in self.waiting.iter_mut().zip(block.unwrap_or_default()) {
                waiting.extend(values);
            }
            let early = self.early.min(self.gains.len());
            self.early -= early;
            let ready = self.limited(early);
            if !ready[0].is_empty() {
                return Ok(Some(ready));
            }
        }
        Ok(None)
    }

    /// Takes from what waits as much as there are gains for, the first `early` gains left out.
    fn limited(&mut self, early: usize) -> Block {
        let (gains, width) = (&self.gains[early..], self.width);
        self.waiting.each_mut().map(|waiting| {
            let mut ready: Vec<f32> = waiting.drain(..width * gains.len()).collect();
            for (frame, gain) in ready.chunks_exact_mut(width).zip(gains) {
                scale(frame, *gain);
            }
            ready
        })
    }
}

/// What all stems sound like together.
pub(crate) fn summed(block: &Block) -> Vec<f32> {
    let [dialogue, music, effects] = block;
    dialogue
        .iter()
        .zip(music)
        .zip(effects)
        .map(|((dialogue, music), effect)| dialogue + music + effect)
        .collect()
}
