//! Where a line is broken into cues and rows: at the ends of sentences and phrases, and evenly.

use unicode_width::UnicodeWidthChar;

use super::CaptionRules;

/// Cost of one more cue: what a break at a clause and some unevenness may cost before it pays.
const CUE: usize = 14;
/// Cost of a break after a sentence, a clause, before a joining word, between words, after an article.
const CUE_BREAK: [usize; 5] = [0, 2, 5, 9, 16];
const ROW_BREAK: [usize; 5] = [0, 1, 3, 6, 10];
/// Cost of two rows, one of which is empty but for nothing.
const UNEVEN: usize = 8;
/// Cost of a sentence that ends inside a row: the reader sees the next one too soon.
const MIXED: usize = 22;
/// A cue of fewer columns than this flashes by.
const TINY_COLUMNS: usize = 16;
const TINY: usize = 12;

/// Words a phrase begins with.
const JOINING: [&str; 26] = [
    "and", "but", "or", "nor", "so", "because", "that", "which", "who", "when", "where", "while", "if",
    "until", "before", "after", "to", "of", "in", "on", "for", "with", "at", "from", "as", "than",
];
/// Words that belong to the next one.
const LEANING: [&str; 23] = [
    "the", "a", "an", "my", "your", "his", "her", "its", "our", "their", "this", "no", "of", "to", "in",
    "on", "at", "for", "with", "from", "and", "Mr.", "Mrs.",
];
/// Endings after which a Korean clause may pause.
const KOREAN_CLAUSE: [&str; 9] = ["고", "며", "서", "면", "지만", "니까", "는데", "은데", "려고"];

struct Word {
    text: String,
    columns: usize,
    /// Whether a space stands before it; not inside a word too long for a row.
    spaced: bool,
    /// What a break after it costs, as a place in [`CUE_BREAK`].
    rank: usize,
}

/// Rows of each cue of `words`, which take `length_ms` to say.
pub(super) fn cues(words: &str, length_ms: u64, rules: &CaptionRules) -> Vec<Vec<String>> {
    let wide = words.chars().any(|letter| letter.width() == Some(2));
    let row = (if wide { rules.wide_columns } else { rules.columns }).max(2);
    let words = words_of(words, row);
    let all: usize = words.iter().map(|word| word.columns).sum();
    let in_time = (all as u64 * rules.longest_ms).checked_div(length_ms).unwrap_or(u64::MAX);
    let most = (2 * row).min(usize::try_from(in_time).unwrap_or(usize::MAX)).max(TINY_COLUMNS);
    best_breaks(&words, row, most)
}

/// Columns `text` takes on a screen; Hangul two each.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|letter| letter.width().unwrap_or(0)).sum()
}

fn words_of(text: &str, row: usize) -> Vec<Word> {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let mut words: Vec<Word> = Vec::new();
    for text in plain.split_whitespace() {
        if let Some(before) = words.last_mut() {
            before.rank = rank(&before.text, text);
        }
        for (index, text) in parts(text, row).into_iter().enumerate() {
            words.push(Word { columns: columns(&text), text, spaced: index == 0, rank: 3 });
        }
    }
    words
}

/// `word` in pieces that each fit a row.
fn parts(word: &str, row: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut filled = 0;
    for letter in word.chars() {
        let width = letter.width().unwrap_or(0);
        if filled + width > row {
            parts.push(String::new());
            filled = 0;
        }
        filled += width;
        parts.last_mut().expect("there is always a part").push(letter);
    }
    parts
}

fn rank(word: &str, next: &str) -> usize {
    let bare = word.trim_end_matches(['"', '\'', '”', '’', ')', ']', '»']);
    let leaning = LEANING.iter().any(|leaning| leaning.eq_ignore_ascii_case(word));
    match () {
        () if leaning => 4,
        () if bare.ends_with(['.', '!', '?', '…', '。', '！', '？']) => 0,
        () if bare.ends_with([',', ';', ':', '—', '–', '、', '，', '-']) => 1,
        () if KOREAN_CLAUSE.iter().any(|ending| bare.ends_with(ending)) => 2,
        () if JOINING.iter().any(|joining| joining.eq_ignore_ascii_case(next)) => 2,
        () => 3,
    }
}

/// The cheapest way to break `words` into cues: for each place the best cue that ends there.
fn best_breaks(words: &[Word], row: usize, most: usize) -> Vec<Vec<String>> {
    let mut best: Vec<(usize, usize)> = vec![(0, 0)];
    for end in 1..=words.len() {
        let after = if end == words.len() { 0 } else { CUE_BREAK[words[end - 1].rank] };
        let mut cheapest = (usize::MAX, end - 1);
        for start in (0..end).rev() {
            let width = width(&words[start..end]);
            if end - start > 1 && width > most {
                break;
            }
            let Some((cost, _)) = rows_cost(&words[start..end], row) else { break };
            let tiny = if width < TINY_COLUMNS && end - start < words.len() { TINY } else { 0 };
            let short = row.saturating_sub(width) * UNEVEN / row;
            let cost = best[start].0 + CUE + cost + tiny + short + after;
            cheapest = cheapest.min((cost, start));
        }
        best.push(cheapest);
    }
    follow(words, &best, row)
}

fn follow(words: &[Word], best: &[(usize, usize)], row: usize) -> Vec<Vec<String>> {
    let mut cues = Vec::new();
    let mut end = words.len();
    while end > 0 {
        let start = best[end].1;
        let cue = &words[start..end];
        let split = rows_cost(cue, row).map_or(cue.len(), |(_, split)| split);
        let (upper, lower) = cue.split_at(split);
        cues.push([upper, lower].into_iter().filter(|row| !row.is_empty()).map(spelt).collect());
        end = start;
    }
    cues.reverse();
    cues
}

/// What it costs to show `words` in a row, or in two with the second from a place; `None` when they need more.
fn rows_cost(words: &[Word], row: usize) -> Option<(usize, usize)> {
    if width(words) <= row {
        return Some((mixed(words), words.len()));
    }
    let fits = |split: &usize| width(&words[..*split]) <= row && width(&words[*split..]) <= row;
    let cost = |split: usize| {
        let (upper, lower) = (width(&words[..split]), width(&words[split..]));
        let mixed = mixed(&words[..split]) + mixed(&words[split..]);
        (ROW_BREAK[words[split - 1].rank] + mixed + upper.abs_diff(lower) * UNEVEN / row, split)
    };
    (1..words.len()).filter(fits).map(cost).min()
}

/// What sentences that end before the row does cost.
fn mixed(row: &[Word]) -> usize {
    row.iter().rev().skip(1).filter(|word| word.rank == 0).count() * MIXED
}

fn width(words: &[Word]) -> usize {
    let spaces = words.iter().skip(1).filter(|word| word.spaced).count();
    words.iter().map(|word| word.columns).sum::<usize>() + spaces
}

fn spelt(words: &[Word]) -> String {
    let mut row = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 && word.spaced {
            row.push(' ');
        }
        row.push_str(&word.text);
    }
    row
}
