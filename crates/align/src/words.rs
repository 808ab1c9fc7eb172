//! Where in the reference voice's reading its words begin.

use crate::mel::{BANDS, Spectra};

/// Spectra whose loudest band is further than this under the loudest of the line are silence.
const SILENT_NEPERS: f32 = 9.0;
/// A silence of this many spectra is a pause; shorter ones belong to consonants.
const PAUSE: usize = 6;

fn loudness(bands: &[f32; BANDS]) -> f32 {
    bands.iter().copied().fold(f32::MIN, f32::max)
}

/// `spectra` without its pauses and without the silence around it.
pub(crate) fn without_silence(spectra: &[[f32; BANDS]]) -> Vec<[f32; BANDS]> {
    let peak = spectra.iter().map(loudness).fold(f32::MIN, f32::max);
    let sounds: Vec<bool> = spectra.iter().map(|bands| loudness(bands) > peak - SILENT_NEPERS).collect();
    let (Some(first), Some(last)) = (sounds.iter().position(|s| *s), sounds.iter().rposition(|s| *s)) else {
        return Vec::new();
    };
    let mut kept = Vec::with_capacity(last - first + 1);
    let mut at = first;
    while at <= last {
        let run = sounds[at..=last].iter().take_while(|s| !**s).count();
        if run < PAUSE {
            kept.extend_from_slice(&spectra[at..at + run]);
        }
        at += run;
        if at <= last {
            kept.push(spectra[at]);
            at += 1;
        }
    }
    kept
}

/// First spectrum of each word, by the slow reading warped onto the fluent one, else by the words' lengths in letters.
pub(crate) fn starts(fluent: &[[f32; BANDS]], slow: Option<&[Spectra]>, words: &[String]) -> Vec<usize> {
    let starts = slow.and_then(|slow| by_warping(fluent, slow));
    let mut starts = starts.unwrap_or_else(|| by_letters(fluent.len(), words));
    // Words stand in order and each has at least one spectrum, as far as there are any.
    for word in 1..starts.len() {
        starts[word] = starts[word].max(starts[word - 1] + 1);
    }
    let last = fluent.len().saturating_sub(1);
    let count = starts.len();
    for (word, start) in starts.iter_mut().enumerate() {
        *start = (*start).min(last.saturating_sub(count - 1 - word));
    }
    starts
}

fn by_letters(spectra: usize, words: &[String]) -> Vec<usize> {
    let lengths: Vec<usize> = words.iter().map(|word| word.chars().count() + 1).collect();
    let total: usize = lengths.iter().sum::<usize>().max(1);
    let mut before = 0;
    lengths
        .iter()
        .map(|length| {
            let start = spectra * before / total;
            before += length;
            start
        })
        .collect()
}

fn by_warping(fluent: &[[f32; BANDS]], slow: &[Spectra]) -> Option<Vec<usize>> {
    let mut joined = Vec::new();
    let mut firsts = Vec::with_capacity(slow.len());
    for word in slow {
        firsts.push(joined.len());
        joined.extend(without_silence(&word.bands));
    }
    if fluent.is_empty() || joined.is_empty() || fluent.len() * joined.len() > 40_000_000 {
        return None;
    }
    let place = warp(&joined, fluent);
    Some(firsts.iter().map(|first| place.get(*first).copied().unwrap_or(0)).collect())
}

fn distance(a: &[f32; BANDS], b: &[f32; BANDS]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a.max(-14.0) - b.max(-14.0)).abs()).sum()
}

/// For each spectrum of `a` the first one of `b` that it falls on, both read from end to end.
fn warp(a: &[[f32; BANDS]], b: &[[f32; BANDS]]) -> Vec<usize> {
    let width = b.len();
    let mut steps = vec![0_u8; a.len() * width];
    let mut row = vec![f32::INFINITY; width];
    for (n, spectrum) in a.iter().enumerate() {
        let mut diagonal = if n == 0 { 0.0 } else { f32::INFINITY };
        for m in 0..width {
            let left = if m == 0 { f32::INFINITY } else { row[m - 1] };
            let (best, step) = [(diagonal, 0), (row[m], 1), (left, 2)]
                .into_iter()
                .fold((f32::INFINITY, 0), |best, next| if next.0 < best.0 { next } else { best });
            diagonal = row[m];
            row[m] = best + distance(spectrum, &b[m]);
            steps[n * width + m] = step;
        }
    }
    let mut place = vec![0; a.len()];
    let (mut n, mut m) = (a.len() - 1, width - 1);
    loop {
        place[n] = m;
        match steps[n * width + m] {
            0 if n > 0 && m > 0 => (n, m) = (n - 1, m - 1),
            1 if n > 0 => n -= 1,
            2 if m > 0 => m -= 1,
            _ => return place,
        }
    }
}
