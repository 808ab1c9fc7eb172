//! How the reference voice becomes the actor's: a linear map of cepstra, learnt from where they already lie together.

use crate::features::CEPSTRA;
use crate::lattice::{DIMENSIONS, Feature};

const TERMS: usize = CEPSTRA + 1;

/// A map from the reference voice's cepstra to a speaker's.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    /// For each of the speaker's cepstra the weights of the voice's, and a constant.
    rows: [[f32; TERMS]; CEPSTRA],
}

impl Map {
    /// The map that only moves and stretches each cepstrum from one mean and spread to another, `share` of the way.
    pub(crate) fn of_spreads(from: &Spread, to: &Spread, share: f32) -> Self {
        let mut rows = [[0.0; TERMS]; CEPSTRA];
        for (order, row) in rows.iter_mut().enumerate() {
            let slope = share * to.deviation[order] / from.deviation[order].max(1e-6);
            row[order] = slope;
            row[CEPSTRA] = to.mean[order] - slope * from.mean[order];
        }
        Self { rows }
    }

    /// What the speaker's feature would be.
    pub(crate) fn of(&self, feature: &Feature) -> Feature {
        let mut mapped = [0.0; DIMENSIONS];
        for (order, row) in self.rows.iter().enumerate() {
            let weigh =
                |from: &[f32]| from.iter().zip(row).map(|(value, weight)| value * weight).sum::<f32>();
            mapped[order] = weigh(&feature[..CEPSTRA]) + row[CEPSTRA];
            mapped[CEPSTRA + order] = weigh(&feature[CEPSTRA..]);
        }
        mapped
    }
}

/// Mean and standard deviation of features.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    pub(crate) mean: Feature,
    pub(crate) deviation: Feature,
}

impl Spread {
    pub(crate) fn of<'a>(features: impl Iterator<Item = &'a Feature>) -> Self {
        let (mut sum, mut squares, mut count) = ([0.0_f64; DIMENSIONS], [0.0_f64; DIMENSIONS], 0.0);
        for feature in features {
            count += 1.0;
            for (order, value) in feature.iter().enumerate() {
                sum[order] += f64::from(*value);
                squares[order] += f64::from(*value) * f64::from(*value);
            }
        }
        let count = f64::max(count, 1.0);
        let mean = sum.map(|sum| (sum / count) as f32);
        let deviation = std::array::from_fn(|order| {
            let mean = sum[order] / count;
            (squares[order] / count - mean * mean).max(1e-6).sqrt() as f32
        });
        Self { mean, deviation }
    }
}

/// Pairs of frames that lie together, summed.
#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    products: [[f64; TERMS]; TERMS],
    targets: [[f64; TERMS]; CEPSTRA],
    pub(crate) count: f64,
}

impl Pairs {
    pub(crate) fn new() -> Self {
        Self { products: [[0.0; TERMS]; TERMS], targets: [[0.0; TERMS]; CEPSTRA], count: 0.0 }
    }

    /// Takes in one pair: the voice's feature and the speaker's.
    pub(crate) fn add(&mut self, voice: &Feature, speaker: &Feature) {
        self.count += 1.0;
        self.add_half(&voice[..CEPSTRA], 1.0, &speaker[..CEPSTRA], 1.0);
        // Slopes are mapped by the same weights, without the constant.
        self.add_half(&voice[CEPSTRA..], 0.0, &speaker[CEPSTRA..], 1.0);
    }

    fn add_half(&mut self, voice: &[f32], constant: f64, speaker: &[f32], weight: f64) {
        let mut terms = [0.0; TERMS];
        for (term, value) in terms.iter_mut().zip(voice) {
            *term = f64::from(*value);
        }
        terms[CEPSTRA] = constant;
        for (row, a) in self.products.iter_mut().zip(&terms) {
            for (cell, b) in row.iter_mut().zip(&terms) {
                *cell += weight * a * b;
            }
        }
        for (row, value) in self.targets.iter_mut().zip(speaker) {
            for (cell, term) in row.iter_mut().zip(&terms) {
                *cell += weight * f64::from(*value) * term;
            }
        }
    }

    /// Takes in other pairs, each counting `weight`.
    pub(crate) fn add_all(&mut self, other: &Self, weight: f64) {
        self.count += weight * other.count;
        for (row, theirs) in self.products.iter_mut().zip(&other.products) {
            row.iter_mut().zip(theirs).for_each(|(cell, their)| *cell += weight * their);
        }
        for (row, theirs) in self.targets.iter_mut().zip(&other.targets) {
            row.iter_mut().zip(theirs).for_each(|(cell, their)| *cell += weight * their);
        }
    }

    /// The map that brings the pairs together; drawn to `prior` as if that had been seen in `weight` frames.
    pub(crate) fn map(&self, prior: &Map, spread: &Spread, weight: f64) -> Map {
        let mut products = self.products;
        let pull: [f64; CEPSTRA] =
            std::array::from_fn(|order| weight * f64::from(spread.deviation[order]).powi(2));
        for (order, (row, pull)) in products.iter_mut().zip(pull).enumerate() {
            row[order] += pull;
        }
        products[CEPSTRA][CEPSTRA] += weight;
        let mut rows = prior.rows;
        for (order, row) in rows.iter_mut().enumerate() {
            let mut wanted = self.targets[order];
            for ((wanted, pull), prior) in wanted.iter_mut().zip(pull).zip(&prior.rows[order]) {
                *wanted += pull * f64::from(*prior);
            }
            wanted[CEPSTRA] += weight * f64::from(prior.rows[order][CEPSTRA]);
            if let Some(solved) = solve(products, wanted) {
                *row = solved.map(|value| value as f32);
            }
        }
        Map { rows }
    }
}

/// Solves a symmetric system by elimination with pivots; `None` where it has no one solution.
fn solve(mut matrix: [[f64; TERMS]; TERMS], mut right: [f64; TERMS]) -> Option<[f64; TERMS]> {
    for column in 0..TERMS {
        let pivot =
            (column..TERMS).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-9 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..TERMS {
            let share = matrix[row][column] / matrix[column][column];
            let (above, below) = matrix.split_at_mut(row);
            below[0][column..]
                .iter_mut()
                .zip(&above[column][column..])
                .for_each(|(cell, up)| *cell -= share * up);
            right[row] -= share * right[column];
        }
    }
    let mut solution = [0.0; TERMS];
    for row in (0..TERMS).rev() {
        let known: f64 = (row + 1..TERMS).map(|column| matrix[row][column] * solution[column]).sum();
        solution[row] = (right[row] - known) / matrix[row][row];
    }
    Some(solution)
}

/// Centres of many features, about evenly peopled; the first ones taken evenly from the whole.
pub(crate) fn centres(features: &[Feature], count: usize, rounds: usize) -> Vec<(f32, Feature)> {
    if features.is_empty() {
        return Vec::new();
    }
    let count = count.min(features.len());
    let mut centres: Vec<Feature> = (0..count).map(|n| features[n * features.len() / count]).collect();
    let mut peopled = vec![1.0; count];
    for _ in 0..rounds {
        let mut sums = vec![[0.0_f32; DIMENSIONS]; count];
        peopled = vec![0.0; count];
        for feature in features {
            let near = |centre: &Feature| crate::lattice::distance(feature, centre);
            let nearest =
                (0..count).min_by(|a, b| near(&centres[*a]).total_cmp(&near(&centres[*b]))).unwrap_or(0);
            peopled[nearest] += 1.0;
            sums[nearest].iter_mut().zip(feature).for_each(|(sum, value)| *sum += value);
        }
        for ((centre, sum), people) in centres.iter_mut().zip(&sums).zip(&peopled) {
            if *people > 0.0 {
                *centre = sum.map(|sum| sum / people);
            }
        }
    }
    let all: f32 = peopled.iter().sum::<f32>().max(1.0);
    centres.into_iter().zip(peopled).filter(|(_, n)| *n > 0.0).map(|(c, n)| (n / all, c)).collect()
}
