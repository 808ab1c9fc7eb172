//! A session: first which scene is read where, then scene by scene.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::AlignError;
use crate::costs::Costs;
use crate::lattice::Way;
use crate::mel::{ENERGIES_PER_SEC, SPECTRA_PER_SEC, Spectra};
use crate::scene::Scene;
use crate::types::{ALIGN_HZ, AlignContext, AlignedLine, Alignment, Fit, Line, Stretch};
use crate::voice::Said;

/// Recordings up to this long, in spectra, of up to so many lines are one scene.
const ONE_SCENE: (usize, usize) = (SPECTRA_PER_SEC * 240, 40);
/// Lines that are looked at together at most; longer scenes are taken in parts.
const LINES: usize = 28;
/// Spectra per frame while scenes are looked for.
const ROUGH: usize = 4;
/// The most that is added to a part of the recording before and behind what was found there, in spectra.
const MARGIN: usize = SPECTRA_PER_SEC * 20;

/// Spectra that must lie between two parts of the recording to hold a third.
const LEAST_GAP: usize = SPECTRA_PER_SEC * 2;

/// Spectra without a line in which a scene could be read that was not found.
const LEAST_SCENE: usize = SPECTRA_PER_SEC * 6;

/// How far before and behind what was found of a scene the rest of it is looked for, in spectra.
const FARTHEST: usize = SPECTRA_PER_SEC * 60;
/// What is read of a part of the script takes at least this share of what the reference voice takes for it.
const LEAST_SHARE: f32 = 0.3;

/// How often scenes that were lost are looked for again.
const AGAIN: usize = 3;
/// What is added to a part of the recording at first: with much of another scene in it, its own is not understood.
const NARROW: usize = SPECTRA_PER_SEC;

/// Where a part of the script seems to be read, and how far that may reach at most.
struct Region {
    lines: Range<usize>,
    narrow: Range<usize>,
    wide: Range<usize>,
}

/// A part of the script, and the part of the recording that it was laid against.
struct Place {
    lines: Range<usize>,
    spectra: Range<usize>,
}

impl Place {
    /// Whether laying the lines against `other` could hardly say more than laying them here did.
    fn reaches_as_far_as(&self, other: &Self) -> bool {
        self.lines == other.lines
            && self.spectra.start <= other.spectra.start + LEAST_GAP
            && self.spectra.end + LEAST_GAP >= other.spectra.end
    }
}

/// What is aligned.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) lines: &'a [Line],
    pub(crate) words: &'a [Vec<String>],
    pub(crate) said: &'a [Said],
    pub(crate) spectra: &'a Spectra,
    pub(crate) samples: u64,
}

impl Session<'_> {
    pub(crate) fn align(self, context: &AlignContext<'_>) -> Result<Alignment, AlignError> {
        if self.spectra.bands.len() <= ONE_SCENE.0 && self.lines.len() <= ONE_SCENE.1 {
            return Ok(self
                .scene(0..self.lines.len(), self.spectra, crate::features::PER_FRAME)
                .align(self.samples));
        }
        let mut whole = self.empty();
        let mut places = Vec::new();
        self.look(&mut whole, &mut places, self.spectra, 0, context)?;
        for _ in 0..AGAIN {
            if !self.look_again(&mut whole, &mut places, context)? {
                break;
            }
        }
        self.look_wider(&mut whole, &places, context)?;
        Ok(settled(whole))
    }

    /// Finds which parts of the script are read in `here`, whose first spectrum is `first` of all, and lays them.
    fn look(
        &self,
        whole: &mut Alignment,
        places: &mut Vec<Place>,
        here: &Spectra,
        first: usize,
        context: &AlignContext<'_>,
    ) -> Result<(), AlignError> {
        let parts = parts(self.lines);
        let moved = |range: Range<usize>| first + range.start..first + range.end;
        for Region { lines, narrow, wide } in (Session { spectra: here, ..*self }).regions(&parts) {
            if (context.stopped)() {
                return Err(AlignError::Stopped);
            }
            let narrow = Place { lines, spectra: moved(narrow) };
            let wide = Place { lines: narrow.lines.clone(), spectra: moved(wide) };
            let mut found = self.laid(&narrow);
            if found.lines.iter().any(|line| line.best.is_none()) && wide.spectra != narrow.spectra {
                let more = self.laid(&wide);
                found = if count(&more.lines) > count(&found.lines) { more } else { found };
            }
            take_in(whole, &wide.lines, found);
            places.push(wide);
        }
        Ok(())
    }

    /// Scenes that were hardly found are looked for once more where nothing else was: among so few lines, and in a room
    /// and with voices of which no other scene takes anything, many are found that were lost in the whole session.
    /// Gives whether any were.
    fn look_again(
        &self,
        whole: &mut Alignment,
        places: &mut Vec<Place>,
        context: &AlignContext<'_>,
    ) -> Result<bool, AlignError> {
        let lost: Vec<usize> = parts(self.lines)
            .into_iter()
            .filter(|part| is_lost(&whole.lines[part.clone()]))
            .flatten()
            .collect();
        if lost.is_empty() || lost.len() == self.lines.len() {
            return Ok(false);
        }
        let lines: Vec<Line> = lost.iter().map(|at| self.lines[*at].clone()).collect();
        let words: Vec<Vec<String>> = lost.iter().map(|at| self.words[*at].clone()).collect();
        let said: Vec<Said> = lost.iter().map(|at| self.said[*at].clone()).collect();
        let few = Session { lines: &lines, words: &words, said: &said, ..*self };
        let mut again = few.empty();
        let mut found = Vec::new();
        for gap in self.gaps(whole, &lost) {
            few.look(&mut again, &mut found, &self.heard_in(gap.clone()), gap.start, context)?;
        }
        let whole_of = |lines: &Range<usize>| lost[lines.start]..lost[lines.end - 1] + 1;
        places.extend(found.into_iter().map(|place| Place { lines: whole_of(&place.lines), ..place }));
        let is_found = parts(&lines).into_iter().any(|part| !is_lost(&again.lines[part]));
        for (at, line) in lost.iter().zip(again.lines) {
            if line.best.is_some() {
                whole.lines[*at] = line;
            }
        }
        whole.extras.append(&mut again.extras);
        Ok(is_found)
    }

    /// Scenes of which lines are missing are laid once more, as far as no other scene is read: what was taken for the
    /// beginning of the next may have been nothing, and a line or two before it were cut off.
    fn look_wider(
        &self,
        whole: &mut Alignment,
        places: &[Place],
        context: &AlignContext<'_>,
    ) -> Result<(), AlignError> {
        for part in parts(self.lines) {
            let before = count(&whole.lines[part.clone()]);
            let Some(wide) = self.room_around(whole, &part).filter(|_| before < part.len()) else { continue };
            let wide = Place { lines: part.clone(), spectra: wide };
            if places.iter().any(|place| place.reaches_as_far_as(&wide)) {
                continue;
            }
            if (context.stopped)() {
                return Err(AlignError::Stopped);
            }
            let mut again = self.laid(&wide);
            if count(&again.lines) > before {
                whole.lines[part].clone_from_slice(&again.lines);
                whole.extras.append(&mut again.extras);
            }
        }
        Ok(())
    }

    /// From the end of what is read before a part of the script to the beginning of what is read behind it; `None`
    /// where nothing of it is found, or something else among it.
    fn room_around(&self, whole: &Alignment, part: &Range<usize>) -> Option<Range<usize>> {
        let mine = |at: &usize| part.contains(at);
        let stretches = |own: bool| {
            let lines = (0..whole.lines.len()).filter(move |at| mine(at) == own);
            lines.filter_map(|at| whole.lines[at].best_take()).map(|take| take.stretch)
        };
        let start = stretches(true).map(|stretch| stretch.start).min()?;
        let end = stretches(true).map(|stretch| stretch.end).max()?;
        if spectrum(end - start) > ONE_SCENE.0 {
            return None;
        }
        let before =
            stretches(false).map(|other| other.end).filter(|other| *other <= start).max().unwrap_or(0);
        let after =
            stretches(false).map(|other| other.start).filter(|other| *other >= end).min().unwrap_or(u64::MAX);
        let last = self.spectra.bands.len();
        let from = spectrum(before).max(spectrum(start).saturating_sub(FARTHEST));
        let to = spectrum(after).min(spectrum(end) + FARTHEST).min(last);
        (from < to).then_some(from..to)
    }

    /// Where no line is found but those of `lost`, as far as a scene could be read there.
    fn gaps(&self, whole: &Alignment, lost: &[usize]) -> Vec<Range<usize>> {
        let mut taken: Vec<(usize, usize)> = (0..whole.lines.len())
            .filter(|at| lost.binary_search(at).is_err())
            .flat_map(|at| &whole.lines[at].takes)
            .map(|take| (spectrum(take.stretch.start), spectrum(take.stretch.end) + 1))
            .collect();
        taken.sort_unstable();
        let end = self.spectra.bands.len();
        let mut gaps = Vec::new();
        let mut upto = 0;
        for (from, to) in taken.into_iter().chain([(end, end)]) {
            if from > upto + LEAST_SCENE {
                gaps.push(upto..from);
            }
            upto = upto.max(to);
        }
        gaps
    }

    fn heard_in(&self, spectra: Range<usize>) -> Spectra {
        let per_spectrum = ENERGIES_PER_SEC / SPECTRA_PER_SEC;
        let energies = &self.spectra.energies;
        let upto = |at: usize| (at * per_spectrum).min(energies.len());
        Spectra {
            bands: self.spectra.bands[spectra.clone()].to_vec(),
            energies: energies[upto(spectra.start)..upto(spectra.end)].to_vec(),
        }
    }

    fn scene<'b>(&'b self, lines: Range<usize>, spectra: &'b Spectra, per_frame: usize) -> Scene<'b> {
        Scene::new(
            &self.lines[lines.clone()],
            &self.words[lines.clone()],
            &self.said[lines],
            spectra,
            per_frame,
        )
    }

    fn empty(&self) -> Alignment {
        let line = |line: &Line| AlignedLine {
            id: line.id.clone(),
            takes: Vec::new(),
            best: None,
            confidence: 0.7,
            misread: false,
        };
        let lines = self.lines.iter().map(line).collect();
        Alignment { lines, extras: Vec::new(), fit: Fit::Silent, samples: self.samples }
    }

    /// Which lines are read in which spectra, in the order of the recording.
    fn regions(&self, parts: &[Range<usize>]) -> Vec<Region> {
        let mut rough = self.scene(0..self.lines.len(), self.spectra, ROUGH);
        let heads = parts.iter().filter(|part| self.begins_scene(part.start)).map(|part| part.start);

        let way = rough.rough(heads.collect(), Costs::of_frames(ROUGH));
        let mut regions: Vec<(usize, Range<usize>)> = Vec::new();
        for (line, frames) in runs(&way) {
            let line = rough.line(line);
            let part = parts.partition_point(|part| part.end <= line);
            let spectra = frames.start * ROUGH..frames.end * ROUGH;
            match regions.last_mut() {
                Some((last, range)) if *last == part => range.end = spectra.end,
                _ => regions.push((part, spectra)),
            }
        }
        regions.retain(|(part, range)| self.is_room_for(&parts[*part], range));
        self.with_gaps(parts, &regions)
    }

    /// Whether the lines could be read in so many spectra, in good part.
    fn is_room_for(&self, lines: &Range<usize>, spectra: &Range<usize>) -> bool {
        let usual: usize = self.said[lines.clone()].iter().map(|said| said.bands.len()).sum();
        spectra.len() as f32 >= LEAST_SHARE * usual as f32
    }

    fn begins_scene(&self, line: usize) -> bool {
        line == 0 || self.lines[line - 1].scene != self.lines[line].scene
    }

    /// The regions as lines, and between them what was found nowhere: the script's order says where it should be, and
    /// whether it is there is seen when it is laid.
    fn with_gaps(&self, parts: &[Range<usize>], found: &[(usize, Range<usize>)]) -> Vec<Region> {
        let known: BTreeSet<usize> = found.iter().map(|(part, _)| *part).collect();
        let end = (parts.len(), self.spectra.bands.len()..self.spectra.bands.len());
        let mut regions = Vec::new();
        let (mut next, mut upto) = (0, 0);
        for (at, (part, range)) in found.iter().chain([&end]).enumerate() {
            let unknown = (next..*part).all(|part| !known.contains(&part));
            if next < *part && unknown && range.start > upto + LEAST_GAP {
                let (lines, spectra) = (parts[next].start..parts[part - 1].end, upto..range.start);
                if self.is_room_for(&lines, &spectra) {
                    regions.push(Region { lines, narrow: spectra.clone(), wide: spectra });
                }
            }
            if at < found.len() {
                let wide = self.widened(found, at, MARGIN);
                let narrow = self.widened(found, at, NARROW);
                regions.push(Region { lines: parts[*part].clone(), narrow, wide });
            }
            (next, upto) = (part + 1, range.end);
        }
        regions
    }

    /// Regions reach to their neighbours: what lies between may belong to either.
    fn widened(&self, regions: &[(usize, Range<usize>)], at: usize, margin: usize) -> Range<usize> {
        let end = self.spectra.bands.len();
        let range = &regions[at].1;
        let before = at.checked_sub(1).map_or(0, |before| regions[before].1.end);
        let after = regions.get(at + 1).map_or(end, |after| after.1.start);
        let start = before.max(range.start.saturating_sub(margin)).min(range.start);
        let end = after.min(range.end + margin).clamp(range.end.min(end), end);
        start..end
    }

    /// One part of the script laid against one part of the recording; its times are those of the whole recording.
    fn laid(&self, Place { lines, spectra }: &Place) -> Alignment {
        let start = spectra.start / 2 * 2;
        let here = self.heard_in(start..spectra.end);
        let sample = |spectrum: usize| spectrum as u64 * u64::from(ALIGN_HZ) / SPECTRA_PER_SEC as u64;
        let scene = self.scene(lines.clone(), &here, crate::features::PER_FRAME);
        let mut found = scene.align_part(sample(spectra.end - start));
        let moved = |stretch: &mut Stretch| {
            stretch.start += sample(start);
            stretch.end += sample(start);
        };
        found.lines.iter_mut().flat_map(|line| &mut line.takes).for_each(|take| take.moved(&moved));
        found.extras.iter_mut().for_each(|extra| moved(&mut extra.stretch));
        found
    }
}

/// Takes in what was found of a part of the script, behind what was found of it elsewhere.
fn take_in(whole: &mut Alignment, lines: &Range<usize>, mut found: Alignment) {
    for (line, mut here) in whole.lines[lines.clone()].iter_mut().zip(found.lines) {
        let better = here.best.is_some() || (line.best.is_none() && found.fit == Fit::Fits);
        if better {
            (line.confidence, line.misread) = (here.confidence, here.misread);
            line.best = here.best.map(|best| best + line.takes.len());
        }
        line.takes.append(&mut here.takes);
    }
    whole.extras.append(&mut found.extras);
    whole.fit = match (whole.fit, found.fit) {
        (Fit::Fits, _) | (_, Fit::Fits) => Fit::Fits,
        (Fit::OtherWords, _) | (_, Fit::OtherWords) => Fit::OtherWords,
        _ => Fit::Silent,
    };
}

/// How many lines were found.
fn count(lines: &[AlignedLine]) -> usize {
    lines.iter().filter(|line| line.best.is_some()).count()
}

/// The spectrum in which a sample lies.
fn spectrum(sample: u64) -> usize {
    (sample.min(u64::MAX / SPECTRA_PER_SEC as u64) * SPECTRA_PER_SEC as u64 / u64::from(ALIGN_HZ)) as usize
}

/// Whether hardly a line was found.
fn is_lost(lines: &[AlignedLine]) -> bool {
    count(lines) * 3 < lines.len()
}

/// Scenes, and parts of scenes that are long, as ranges of lines.
fn parts(lines: &[Line]) -> Vec<Range<usize>> {
    let mut scenes: Vec<Range<usize>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match scenes.last_mut() {
            Some(last) if lines[last.start].scene == line.scene => last.end = at + 1,
            _ => scenes.push(at..at + 1),
        }
    }
    let cut = |scene: &Range<usize>| {
        let count = scene.len().div_ceil(LINES);
        let (start, length) = (scene.start, scene.len());
        (0..count).map(move |part| start + length * part / count..start + length * (part + 1) / count)
    };
    scenes.iter().flat_map(cut).collect()
}

/// Lines in the order in which the way passes them, with the frames.
fn runs(way: &Way) -> Vec<(usize, Range<usize>)> {
    let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
    let mut before = None;
    for (frame, place) in way.places.iter().enumerate() {
        let line = place.line();
        match (line, runs.last_mut()) {
            (Some(line), Some(last)) if before == Some(line) => last.1.end = frame + 1,
            (Some(line), _) => runs.push((line, frame..frame + 1)),
            (None, _) => {}
        }
        before = line;
    }
    runs
}

/// Extras that are lines after all, or told twice, are dropped.
fn settled(mut whole: Alignment) -> Alignment {
    let mut taken: Vec<Stretch> =
        whole.lines.iter().flat_map(|line| line.takes.iter().map(|take| take.stretch)).collect();
    taken.sort_by_key(|stretch| stretch.start);
    whole.extras.sort_by_key(|extra| extra.stretch.start);
    let mut upto = 0;
    whole.extras.retain(|extra| {
        let Stretch { start, end } = extra.stretch;
        let is_line = taken.iter().any(|taken| taken.start < end && start < taken.end);
        let is_told = start < upto;
        if !is_line && !is_told {
            upto = end;
        }
        !is_line && !is_told
    });
    whole
}
