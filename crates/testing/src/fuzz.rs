use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How many rounds to run, whatever the test asked for: `SOUNDLOCK_FUZZ_ROUNDS=1000000 cargo test fuzz`.
const ROUNDS_VARIABLE: &str = "SOUNDLOCK_FUZZ_ROUNDS";
/// Mutated inputs stay below this, so that a slow target cannot make a short run long.
const LONGEST_INPUT_BYTES: usize = 256 * 1024;
/// Mutations piled on one another in one round, at most.
const MOST_MUTATIONS: usize = 6;

/// What parsers stumble over: marks of encodings, half characters, line ends, white space of other scripts.
const INTERESTING_BYTES: [&[u8]; 12] = [
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\r",
    b"\n",
    b"\n\n",
    b"\t",
    b"  ",
];
/// The same, in words that are parted by spaces: nesting, emphasis, ends of ranges, letters that change their length.
const INTERESTING_WORDS: [&str; 4] = [
    r#"\ " ' { } [ ] [[ ]] ( ) < > /* */ # = - * _ ** *** ^ @ ! ~ . .. ../ / : ; , null true NaN inf -inf 0x7f 1_000"#,
    "0 -0 -1 127 128 255 256 32767 65535 65536 2147483647 2147483648 4294967295 4294967296 9223372036854775807",
    "9223372036854775808 18446744073709551615 18446744073709551616 1e308 1e309 -1e309 1e-400 0/0 1/0 24000/1001 99:99:99:99",
    "é e\u{301} ß \u{130} 가 \u{1100}\u{1161} 😀 👩\u{200d}🚀 \u{85} \u{a0} \u{2028} \u{200b} \u{202e} \u{feff} \u{10ffff} \u{3000}",
];

/// Runs `target` on every file of `corpus`, then on `default_rounds` inputs mutated from them.
///
/// Mutations are drawn from `seed`, so a failure comes back; `SOUNDLOCK_FUZZ_ROUNDS` overrides the number of rounds.
/// An input that panics is written into `corpus` as `crash-<hash>`, where the next run tries it first, and the test
/// fails naming it: mend the cause, then give the file the name of what it showed.
///
/// # Panics
/// When the target panics, when the corpus cannot be read or is empty, and when the variable is not a number.
pub fn fuzz(corpus: &Path, seed: u64, default_rounds: u32, target: impl Fn(&[u8]) + RefUnwindSafe) {
    run(corpus, seed, rounds(default_rounds), &target);
}

fn run(corpus: &Path, seed: u64, rounds: u32, target: &(impl Fn(&[u8]) + RefUnwindSafe)) {
    let files = corpus_files(corpus);
    for (path, bytes) in &files {
        if let Err(message) = attempt(target, bytes) {
            panic!("{} makes the target panic: {message}", path.display());
        }
    }
    let inputs: Vec<&[u8]> = files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let mut mutator = Mutator {
        rng: ChaCha8Rng::seed_from_u64(seed),
        tokens: tokens(&inputs),
        interesting: interesting(),
        inputs,
    };
    for round in 0..rounds {
        let bytes = mutator.next_input();
        if let Err(message) = attempt(target, &bytes) {
            let path = keep_crash(corpus, &shortened(target, bytes));
            panic!(
                "round {round} of seed {seed} makes the target panic: {message}; kept as {}",
                path.display()
            );
        }
    }
}

fn rounds(default_rounds: u32) -> u32 {
    match std::env::var(ROUNDS_VARIABLE) {
        Ok(text) => {
            text.parse().unwrap_or_else(|_| panic!("{ROUNDS_VARIABLE} is `{text}`, not a number of rounds"))
        }
        Err(_) => default_rounds,
    }
}

/// Files of the corpus, by name, so that the same seed gives the same inputs on every machine.
fn corpus_files(corpus: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries =
        std::fs::read_dir(corpus).unwrap_or_else(|error| panic!("corpus {}: {error}", corpus.display()));
    let paths: BTreeSet<PathBuf> = entries
        .map(|entry| entry.expect("the corpus can be listed").path())
        .filter(|path| path.is_file())
        .collect();
    assert!(!paths.is_empty(), "corpus {} has no files", corpus.display());
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

/// Runs the target on `bytes`; `Err` holds the words of its panic.
fn attempt(target: &(impl Fn(&[u8]) + RefUnwindSafe), bytes: &[u8]) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| target(bytes))).map_err(|payload| {
        let words = payload.downcast_ref::<String>().map(String::as_str);
        words
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words")
            .to_owned()
    })
}

/// Cuts away what the crash does not need, in halves and then smaller parts; a person has to read what remains.
fn shortened(target: &(impl Fn(&[u8]) + RefUnwindSafe), mut bytes: Vec<u8>) -> Vec<u8> {
    let mut part = bytes.len() / 2;
    // Each attempt that still crashes prints its panic, so the number of attempts is kept low.
    let mut attempts_left = 64;
    while part > 0 && attempts_left > 0 {
        let mut start = 0;
        while start < bytes.len() && attempts_left > 0 {
            let mut shorter = bytes.clone();
            shorter.drain(start..(start + part).min(bytes.len()));
            attempts_left -= 1;
            if attempt(target, &shorter).is_err() { bytes = shorter } else { start += part }
        }
        part /= 2;
    }
    bytes
}

fn keep_crash(corpus: &Path, bytes: &[u8]) -> PathBuf {
    let path = corpus.join(format!("crash-{:016x}", fnv1a(bytes)));
    std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("{} cannot be kept: {error}", path.display()));
    path
}

/// 64-bit FNV-1a: a name for a file, the same in every version of the compiler.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Words and marks of the corpus: a format's own vocabulary, to be put where it does not belong.
fn tokens(inputs: &[&[u8]]) -> Vec<Vec<u8>> {
    let words = inputs.iter().flat_map(|bytes| bytes.split(u8::is_ascii_whitespace));
    let unique: BTreeSet<Vec<u8>> =
        words.filter(|word| (1..=40).contains(&word.len())).map(<[u8]>::to_vec).collect();
    unique.into_iter().collect()
}

fn interesting() -> Vec<&'static [u8]> {
    let words = INTERESTING_WORDS.iter().flat_map(|words| words.split(' ')).map(str::as_bytes);
    INTERESTING_BYTES.into_iter().chain(words).collect()
}

struct Mutator<'a> {
    rng: ChaCha8Rng,
    inputs: Vec<&'a [u8]>,
    tokens: Vec<Vec<u8>>,
    interesting: Vec<&'static [u8]>,
}

impl Mutator<'_> {
    fn next_input(&mut self) -> Vec<u8> {
        let mut bytes = self.any_input().to_vec();
        for _ in 0..=self.below(MOST_MUTATIONS) {
            self.mutate(&mut bytes);
        }
        bytes.truncate(LONGEST_INPUT_BYTES);
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        match self.below(10) {
            0 => self.flip_a_bit(bytes),
            1 => self.set_a_byte(bytes),
            2 => bytes.truncate(self.below(bytes.len() + 1)),
            3 => self.drop_a_stretch(bytes),
            4 => self.splice(bytes),
            5 => self.repeat_a_line(bytes),
            6 => self.swap_two_lines(bytes),
            7 => self.repeat_something_often(bytes),
            8 => self.put_a_token(bytes),
            _ => self.put_something_interesting(bytes),
        }
    }

    fn flip_a_bit(&mut self, bytes: &mut [u8]) {
        if !bytes.is_empty() {
            let at = self.below(bytes.len());
            bytes[at] ^= 1 << self.below(8);
        }
    }

    fn set_a_byte(&mut self, bytes: &mut [u8]) {
        if !bytes.is_empty() {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
    }

    fn drop_a_stretch(&mut self, bytes: &mut Vec<u8>) {
        let (start, end) = self.stretch(bytes.len(), 64);
        bytes.drain(start..end);
    }

    /// The head of this input with the tail of another.
    fn splice(&mut self, bytes: &mut Vec<u8>) {
        let other = self.any_input().to_vec();
        bytes.truncate(self.below(bytes.len() + 1));
        bytes.extend_from_slice(&other[self.below(other.len() + 1)..]);
    }

    fn repeat_a_line(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = lines_of(bytes);
        if !lines.is_empty() {
            let line = lines[self.below(lines.len())].clone();
            lines.insert(self.below(lines.len() + 1), line);
            *bytes = lines.concat();
        }
    }

    fn swap_two_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = lines_of(bytes);
        if !lines.is_empty() {
            let (one, other) = (self.below(lines.len()), self.below(lines.len()));
            lines.swap(one, other);
            *bytes = lines.concat();
        }
    }

    /// Nesting and long runs: a short stretch many times over.
    fn repeat_something_often(&mut self, bytes: &mut Vec<u8>) {
        let (start, end) = self.stretch(bytes.len(), 12);
        let times = 1 << self.below(11);
        let run = bytes[start..end].repeat(times);
        bytes.splice(end..end, run);
    }

    fn put_a_token(&mut self, bytes: &mut Vec<u8>) {
        if !self.tokens.is_empty() {
            let at = self.below(self.tokens.len());
            let token = self.tokens[at].clone();
            self.put(bytes, &token);
        }
    }

    fn put_something_interesting(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(self.interesting.len());
        self.put(bytes, self.interesting[at]);
    }

    /// Puts `piece` somewhere, as often over a short stretch as between two bytes.
    fn put(&mut self, bytes: &mut Vec<u8>, piece: &[u8]) {
        let (start, end) = self.stretch(bytes.len(), 8);
        let end = if self.below(2) == 0 { start } else { end };
        bytes.splice(start..end, piece.iter().copied());
    }

    /// A half-open stretch of an input of `length` bytes, at most `longest` long.
    fn stretch(&mut self, length: usize, longest: usize) -> (usize, usize) {
        let start = self.below(length + 1);
        (start, (start + self.below(longest + 1)).min(length))
    }

    fn any_input(&mut self) -> &[u8] {
        let at = self.below(self.inputs.len());
        self.inputs[at]
    }

    /// A number below `limit`; the slight lean of the remainder does no harm here.
    fn below(&mut self, limit: usize) -> usize {
        (self.rng.next_u64() % limit as u64) as usize
    }
}

fn lines_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;

    fn corpus(inputs: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (index, input) in inputs.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{index}.txt")), input).unwrap();
        }
        folder
    }

    fn inputs_seen(seed: u64) -> Vec<Vec<u8>> {
        let folder = corpus(&["one line\nand another\n", "three = [1, 2]\n"]);
        let inputs = Mutex::new(Vec::new());
        run(folder.path(), seed, 200, &|bytes: &[u8]| inputs.lock().unwrap().push(bytes.to_vec()));
        inputs.into_inner().unwrap()
    }

    #[test]
    fn the_corpus_comes_first_and_mutations_follow_the_seed() {
        let seen = inputs_seen(7);
        assert_eq!(seen[..2], [b"one line\nand another\n".to_vec(), b"three = [1, 2]\n".to_vec()]);
        assert_eq!(seen, inputs_seen(7));
        assert_ne!(seen, inputs_seen(8));
        assert!(seen.iter().collect::<BTreeSet<_>>().len() > 150, "most inputs differ");
    }

    #[test]
    fn a_planted_bug_is_found_kept_and_found_at_once_the_next_time() {
        let folder = corpus(&["key = value\n", "[table]\n"]);
        let buggy = |bytes: &[u8]| assert!(!bytes.ends_with(b"[") || bytes.len() < 3, "unclosed bracket");
        let first = catch_unwind(|| run(folder.path(), 1, 100_000, &buggy)).unwrap_err();
        let words = first.downcast_ref::<String>().unwrap();
        assert!(words.contains("unclosed bracket") && words.contains("crash-"), "{words}");
        let again = catch_unwind(|| run(folder.path(), 1, 0, &buggy)).unwrap_err();
        assert!(again.downcast_ref::<String>().unwrap().contains("crash-"));
        let crash = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let crash = crash.into_iter().find(|path| path.to_string_lossy().contains("crash-")).unwrap();
        assert_eq!(std::fs::read(crash).unwrap().len(), 3, "shortened to what the bug needs");
    }
}
