//! How alike two texts are.

/// A text as its pairs of neighbouring letters, sorted, so that two can be compared in one pass.
///
/// Works alike for words in letters and for Korean, where a line of six syllables is a sentence.
pub(crate) struct Pairs(Vec<(char, char)>);

impl Pairs {
    /// The pairs of `text`; letter case, spaces and punctuation do not count.
    pub(crate) fn of(text: &str) -> Self {
        let letters = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
        let mut pairs = Vec::with_capacity(text.len());
        let mut before = ' ';
        for letter in letters.chain([' ']) {
            pairs.push((before, letter));
            before = letter;
        }
        pairs.sort_unstable();
        Self(pairs)
    }

    /// Share of pairs that both have: 0 nothing in common, 1 the same letters. (Dice's coefficient.)
    pub(crate) fn likeness(&self, other: &Self) -> f64 {
        let (mut a, mut b, mut shared) = (0, 0, 0_usize);
        while a < self.0.len() && b < other.0.len() {
            match self.0[a].cmp(&other.0[b]) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    a += 1;
                    b += 1;
                }
            }
        }
        2.0 * shared as f64 / (self.0.len() + other.0.len()) as f64
    }
}

/// How alike two texts are, from 0 (nothing in common) to 1 (the same letters); letter case, spaces and punctuation do not
/// count.
pub fn likeness(one: &str, other: &str) -> f64 {
    Pairs::of(one).likeness(&Pairs::of(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edited_lines_are_alike_and_others_are_not() {
        let likeness = |a: &str, b: &str| Pairs::of(a).likeness(&Pairs::of(b));
        assert!((likeness("So we walk?", "so, we walk") - 1.0).abs() < 1e-9);
        assert!(
            likeness("You said the train leaves at six.", "You said that the train leaves at seven.") > 0.7
        );
        assert!(likeness("기차는 여섯 시에 떠난다고 했잖아.", "기차는 일곱 시에 떠난다고 했잖아.") > 0.6);
        assert!(likeness("So we walk?", "Four degrees. Wind from the north.") < 0.3);
        assert!(likeness("", "a") < 0.5);
    }
}
