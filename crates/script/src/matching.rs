//! Which scene and which line of an earlier reading is which of this one: by what they say, not by where they stand.

use std::collections::{BTreeMap, HashMap, VecDeque};

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::similarity::Pairs;

/// Comparing goes by pairs; above this many, only what stands about as far into the script is compared.
const MOST_COMPARISONS: usize = 100_000;
/// How far apart two things may stand then.
const WINDOW: usize = 100;
/// A line shorter than this (letters) is not looked for in other scenes: there are many of `Yes.`
const SHORTEST_MOVED_LINE: usize = 8;

/// A scene to be matched.
pub(crate) struct SceneFacts<'a> {
    /// Its number, where that is settled.
    pub id: Option<&'a str>,
    pub heading: &'a str,
    pub lines: Vec<LineFacts<'a>>,
}

/// A line to be matched.
#[derive(Clone, Copy)]
pub(crate) struct LineFacts<'a> {
    pub character: &'a str,
    pub text: &'a str,
}

/// For each scene now, and for each of its lines, the place of the one it was: scene, and line in it.
pub(crate) struct Matches {
    pub scenes: Vec<Option<usize>>,
    pub lines: Vec<Vec<Option<(usize, usize)>>>,
}

/// Finds what `now` has of `before`. No scene and no line of `before` is given twice.
pub(crate) fn matches(before: &[SceneFacts<'_>], now: &[SceneFacts<'_>]) -> Matches {
    let scenes = match_scenes(before, now);
    let lines = match_lines(before, now, &scenes);
    Matches { scenes, lines }
}

/// Numbers for things that are equal, so that comparing costs nothing.
#[derive(Default)]
struct Names<K>(HashMap<K, u32>);

impl<K: std::hash::Hash + Eq> Names<K> {
    fn of(&mut self, key: K) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(key).or_insert(next)
    }
}

/// Pairs between two rows of things, each used once.
struct Matching {
    /// For each thing now, the thing before.
    now: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Matching {
    fn new(before: usize, now: usize) -> Self {
        Self { now: vec![None; now], taken: vec![false; before] }
    }

    fn join(&mut self, before: usize, now: usize) {
        self.now[now] = Some(before);
        self.taken[before] = true;
    }

    /// Whether one side has nothing left to join; then there is no need to look how alike things are.
    fn is_settled(&self) -> bool {
        self.taken.iter().all(|&taken| taken) || self.now.iter().all(Option::is_some)
    }

    fn free_now(&self) -> Vec<usize> {
        (0..self.now.len()).filter(|&number| self.now[number].is_none()).collect()
    }

    fn free_before(&self) -> Vec<usize> {
        (0..self.taken.len()).filter(|&number| !self.taken[number]).collect()
    }

    /// Joins what is equal and in the same order (the longest such row), then what is equal and moved.
    fn join_equal(&mut self, before: &[u32], now: &[u32]) {
        let (free_before, free_now) = (self.free_before(), self.free_now());
        let keys = |numbers: &[usize], keys: &[u32]| numbers.iter().map(|&n| keys[n]).collect::<Vec<_>>();
        let (old, new) = (keys(&free_before, before), keys(&free_now, now));
        for change in capture_diff_slices(Algorithm::Myers, &old, &new) {
            if change.tag() == DiffTag::Equal {
                change
                    .old_range()
                    .zip(change.new_range())
                    .for_each(|(b, n)| self.join(free_before[b], free_now[n]));
            }
        }
        self.join_moved(before, now, |_| true);
    }

    /// Joins what is equal wherever it stands.
    fn join_moved(&mut self, before: &[u32], now: &[u32], may_move: impl Fn(usize) -> bool) {
        let mut waiting: HashMap<u32, VecDeque<usize>> = HashMap::new();
        for number in self.free_before() {
            waiting.entry(before[number]).or_default().push_back(number);
        }
        for number in self.free_now().into_iter().filter(|&number| may_move(number)) {
            if let Some(found) = waiting.get_mut(&now[number]).and_then(VecDeque::pop_front) {
                self.join(found, number);
            }
        }
    }

    /// Joins what is alike, most alike first; `likeness` gives `None` where two may not be joined.
    fn join_alike(&mut self, likeness: impl Fn(usize, usize, Gap) -> Option<f64>) {
        let (free_before, gaps) = (self.free_before(), self.gaps());
        let free_now = self.free_now();
        let is_large = free_before.len().saturating_mul(free_now.len()) > MOST_COMPARISONS;
        let mut candidates = Vec::new();
        for &now in &free_now {
            let near = if is_large { WINDOW } else { usize::MAX };
            let from = free_before.partition_point(|&before| before < now.saturating_sub(near));
            let close = free_before[from..].iter().take_while(|&&before| before <= now.saturating_add(near));
            candidates.extend(
                close.filter_map(|&before| Some((likeness(before, now, gaps[now].of(before))?, before, now))),
            );
        }
        candidates.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then_with(|| (a.1.abs_diff(a.2), a.2, a.1).cmp(&(b.1.abs_diff(b.2), b.2, b.1)))
        });
        for (_, before, now) in candidates {
            if self.now[now].is_none() && !self.taken[before] {
                self.join(before, now);
            }
        }
    }

    /// Joins two that stand alone between neighbours that are known, where `may_join` allows it.
    fn join_lonely(&mut self, may_join: impl Fn(usize, usize) -> bool) {
        let gaps = self.gaps();
        let free_before = self.free_before();
        let mut by_gap: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for now in self.free_now() {
            by_gap.entry((gaps[now].from, gaps[now].to)).or_default().push(now);
        }
        for ((from, to), now) in by_gap {
            let first = free_before.partition_point(|&before| before < from);
            let inside: Vec<usize> =
                free_before[first..].iter().copied().take_while(|&b| b < to).take(2).collect();
            if let ([before], [now]) = (inside.as_slice(), now.as_slice())
                && may_join(*before, *now)
            {
                self.join(*before, *now);
            }
        }
    }

    /// For each thing now, between which things before its nearest joined neighbours lead.
    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = vec![Gap { from: 0, to: self.taken.len() }; self.now.len()];
        let mut from = 0;
        for (gap, joined) in gaps.iter_mut().zip(&self.now) {
            gap.from = from;
            from = joined.map_or(from, |before| before + 1);
        }
        let mut to = self.taken.len();
        for (gap, joined) in gaps.iter_mut().zip(&self.now).rev() {
            gap.to = to;
            to = joined.unwrap_or(to);
        }
        gaps
    }
}

/// A stretch of things before.
#[derive(Clone, Copy)]
struct Gap {
    from: usize,
    to: usize,
}

impl Gap {
    /// The gap itself when `before` stands in it, else an empty one.
    fn of(self, before: usize) -> Gap {
        if (self.from..self.to).contains(&before) { self } else { Gap { from: 0, to: 0 } }
    }

    fn holds(self) -> bool {
        self.to > self.from
    }
}

fn match_scenes(before: &[SceneFacts<'_>], now: &[SceneFacts<'_>]) -> Vec<Option<usize>> {
    let mut matching = Matching::new(before.len(), now.len());
    let numbered: HashMap<&str, usize> =
        before.iter().enumerate().filter_map(|(number, scene)| Some((scene.id?, number))).collect();
    for (number, scene) in now.iter().enumerate() {
        if let Some(&found) = scene.id.and_then(|id| numbered.get(id))
            && !matching.taken[found]
        {
            matching.join(found, number);
        }
    }
    let mut names = Names::default();
    let mut keys = |scenes: &[SceneFacts<'_>]| -> Vec<u32> {
        scenes.iter().map(|scene| names.of(whole_text(scene))).collect()
    };
    let (old, new) = (keys(before), keys(now));
    matching.join_equal(&old, &new);
    if matching.is_settled() {
        return matching.now;
    }
    let facts = |scenes: &[SceneFacts<'_>], free: Vec<usize>| -> HashMap<usize, (Pairs, Pairs)> {
        let spoken =
            |scene: &SceneFacts<'_>| scene.lines.iter().map(|line| line.text).collect::<Vec<_>>().join(" ");
        free.into_iter()
            .map(|n| (n, (Pairs::of(scenes[n].heading), Pairs::of(&spoken(&scenes[n])))))
            .collect()
    };
    let (old, new) = (facts(before, matching.free_before()), facts(now, matching.free_now()));
    let score = |b: usize, n: usize| -> f64 {
        let ((old_heading, old_words), (heading, words)) = (&old[&b], &new[&n]);
        if before[b].lines.is_empty() && now[n].lines.is_empty() {
            old_heading.likeness(heading)
        } else {
            0.4 * old_heading.likeness(heading) + 0.6 * old_words.likeness(words)
        }
    };
    matching
        .join_alike(|b, n, gap| Some(score(b, n)).filter(|&s| s >= if gap.holds() { 0.55 } else { 0.75 }));
    matching.join_lonely(|b, n| score(b, n) >= 0.25);
    matching.now
}

fn whole_text(scene: &SceneFacts<'_>) -> String {
    let lines = scene.lines.iter().flat_map(|line| ["\n", line.character, ":", line.text]);
    std::iter::once(scene.heading).chain(lines).collect()
}

fn match_lines(
    before: &[SceneFacts<'_>],
    now: &[SceneFacts<'_>],
    scenes: &[Option<usize>],
) -> Vec<Vec<Option<(usize, usize)>>> {
    let mut names = Names::default();
    let mut keys = |scene: &SceneFacts<'_>| -> Vec<u32> {
        scene.lines.iter().map(|line| names.of((line.character.to_owned(), line.text.to_owned()))).collect()
    };
    let old: Vec<Vec<u32>> = before.iter().map(&mut keys).collect();
    let new: Vec<Vec<u32>> = now.iter().map(&mut keys).collect();
    let mut taken: Vec<Vec<bool>> = old.iter().map(|lines| vec![false; lines.len()]).collect();
    let mut found: Vec<Vec<Option<(usize, usize)>>> =
        new.iter().map(|lines| vec![None; lines.len()]).collect();
    for (number, scene) in scenes.iter().enumerate() {
        let Some(scene) = *scene else { continue };
        let matching = match_in_scene(&before[scene].lines, &now[number].lines, &old[scene], &new[number]);
        for (line, joined) in matching.now.into_iter().enumerate() {
            found[number][line] = joined.map(|joined| (scene, joined));
        }
        taken[scene] = matching.taken;
    }
    find_moved(now, &old, &new, &taken, &mut found);
    found
}

fn match_in_scene(before: &[LineFacts<'_>], now: &[LineFacts<'_>], old: &[u32], new: &[u32]) -> Matching {
    let mut matching = Matching::new(before.len(), now.len());
    matching.join_equal(old, new);
    if matching.is_settled() {
        return matching;
    }
    let pairs = |lines: &[LineFacts<'_>], free: Vec<usize>| -> HashMap<usize, Pairs> {
        free.into_iter().map(|number| (number, Pairs::of(lines[number].text))).collect()
    };
    let (old, new) = (pairs(before, matching.free_before()), pairs(now, matching.free_now()));
    let likeness = |b: usize, n: usize| old[&b].likeness(&new[&n]);
    let same_voice = |b: usize, n: usize| before[b].character == now[n].character;
    matching.join_alike(|b, n, gap| {
        let least = match (same_voice(b, n), gap.holds()) {
            (true, true) => 0.5,
            (true, false) | (false, true) => 0.75,
            (false, false) => 0.9,
        };
        Some(likeness(b, n)).filter(|&likeness| likeness >= least)
    });
    matching.join_lonely(|b, n| same_voice(b, n) || likeness(b, n) >= 0.5);
    matching
}

/// Looks for the lines that are left in all other scenes.
fn find_moved(
    now: &[SceneFacts<'_>],
    old: &[Vec<u32>],
    new: &[Vec<u32>],
    taken: &[Vec<bool>],
    found: &mut [Vec<Option<(usize, usize)>>],
) {
    let mut waiting: HashMap<u32, VecDeque<(usize, usize)>> = HashMap::new();
    for (scene, keys) in old.iter().enumerate() {
        for (line, &key) in keys.iter().enumerate().filter(|&(line, _)| !taken[scene][line]) {
            waiting.entry(key).or_default().push_back((scene, line));
        }
    }
    for (scene, keys) in new.iter().enumerate() {
        for (line, key) in keys.iter().enumerate() {
            let letters = now[scene].lines[line].text.chars().filter(|c| c.is_alphanumeric());
            if found[scene][line].is_none() && letters.count() >= SHORTEST_MOVED_LINE {
                found[scene][line] = waiting.get_mut(key).and_then(VecDeque::pop_front);
            }
        }
    }
}
