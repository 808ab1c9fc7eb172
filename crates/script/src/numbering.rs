//! Numbers for scenes and lines: those they had, those the script asks for, and new ones that fit between.

use std::collections::BTreeSet;

use crate::build::Draft;
use crate::ids::{KnownIds, KnownLine, KnownScene, LineId, SceneId};
use crate::matching::{self, LineFacts, SceneFacts};
use crate::{Finding, Screenplay, Severity};

/// Numbers all scenes (returned, in order) and all their lines (in place).
///
/// Numbers in the script (`#12#`) win. What `known` knows keeps its number. What is new gets the next number at the
/// end, or a letter after what stands before it: `3A`, `12.03A`, and `0A`, `12.00A` before the first. A number that
/// was ever given is not given to anything else.
pub(crate) fn number(drafts: &mut [Draft], known: &KnownIds, findings: &mut Vec<Finding>) -> Vec<SceneId> {
    let forced = forced_numbers(drafts, findings);
    let facts: Vec<SceneFacts<'_>> =
        drafts.iter().zip(&forced).map(|(draft, id)| facts(draft, id.as_ref())).collect();
    let known_facts: Vec<SceneFacts<'_>> = known.scenes.iter().map(known_facts).collect();
    let matches = matching::matches(&known_facts, &facts);
    let scene_ids = scene_numbers(drafts, forced, &matches.scenes, known);
    line_numbers(drafts, &scene_ids, &matches.lines, known);
    scene_ids
}

fn facts<'a>(draft: &'a Draft, id: Option<&'a SceneId>) -> SceneFacts<'a> {
    let lines = draft.lines().map(|line| LineFacts { character: &line.character, text: &line.text });
    SceneFacts { id: id.map(SceneId::as_str), heading: &draft.heading.text, lines: lines.collect() }
}

fn known_facts(scene: &KnownScene) -> SceneFacts<'_> {
    let lines = scene.lines.iter().map(|line| LineFacts { character: &line.character, text: &line.text });
    SceneFacts { id: Some(scene.id.as_str()), heading: &scene.heading, lines: lines.collect() }
}

/// The number that each heading asks for, where it can have it.
fn forced_numbers(drafts: &[Draft], findings: &mut Vec<Finding>) -> Vec<Option<SceneId>> {
    let mut seen = BTreeSet::new();
    let mut forced = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let Some(number) = &draft.number else {
            forced.push(None);
            continue;
        };
        let problem = match number.parse::<SceneId>() {
            Err(error) => ("heading-number-unreadable", error.to_string()),
            Ok(id) if seen.contains(&id) => {
                ("heading-number-twice", format!("a scene before has the number {id}"))
            }
            Ok(id) => {
                seen.insert(id.clone());
                forced.push(Some(id));
                continue;
            }
        };
        forced.push(None);
        findings.push(Finding {
            severity: Severity::Error,
            rule: problem.0,
            span: draft.heading_span.clone(),
            message: problem.1,
            hint: Some("give every scene a number of its own, such as `#12A#`, or none at all".into()),
        });
    }
    forced
}

fn scene_numbers(
    drafts: &[Draft],
    forced: Vec<Option<SceneId>>,
    matches: &[Option<usize>],
    known: &KnownIds,
) -> Vec<SceneId> {
    let is_forced: BTreeSet<SceneId> = forced.iter().flatten().cloned().collect();
    let mut used = is_forced.clone();
    let mut ids = forced;
    for (id, found) in ids.iter_mut().zip(matches) {
        let kept = found.map(|found| &known.scenes[found].id).filter(|kept| !used.contains(kept));
        if let (None, Some(kept)) = (&id, kept) {
            used.insert(kept.clone());
            *id = Some(kept.clone());
        }
    }
    let last_kept = matches.iter().zip(&ids).rposition(|(found, id)| found.is_some() && id.is_some());
    let known_ids = known.scenes.iter().map(|scene| &scene.id).chain(&known.retired_scenes);
    let highest =
        known_ids.clone().filter(|id| !is_forced.contains(*id)).filter_map(|id| leading_number(id.as_str()));
    let mut next = highest.max().map_or(1, |highest| highest.saturating_add(1));
    used.extend(known_ids.cloned());
    let mut given: Vec<SceneId> = Vec::with_capacity(ids.len());
    for (at, id) in ids.into_iter().enumerate() {
        let id = id.unwrap_or_else(|| {
            let is_prelude = at == 0 && drafts[0].heading.text.is_empty();
            let between = last_kept.is_some_and(|last| at < last);
            let before = given.last().map_or("0", SceneId::as_str);
            let zero = || if is_prelude { unused("0", &used) } else { None };
            let fitting = || if between { after(before, &used) } else { None };
            zero().or_else(fitting).unwrap_or_else(|| counted(&mut next, &used))
        });
        used.insert(id.clone());
        given.push(id);
    }
    given
}

fn counted(next: &mut u64, used: &BTreeSet<SceneId>) -> SceneId {
    loop {
        let id = unused(&next.to_string(), used);
        *next = next.wrapping_add(1);
        if let Some(id) = id {
            return id;
        }
    }
}

fn line_numbers(
    drafts: &mut [Draft],
    scene_ids: &[SceneId],
    matches: &[Vec<Option<(usize, usize)>>],
    known: &KnownIds,
) {
    let known_lines = known.scenes.iter().flat_map(|scene| &scene.lines).map(|line| &line.id);
    let mut used: BTreeSet<LineId> = BTreeSet::new();
    let mut kept: Vec<Vec<Option<LineId>>> = Vec::with_capacity(drafts.len());
    for lines in matches {
        let keep = |found: &Option<(usize, usize)>| {
            let id = found.map(|(scene, line)| &known.scenes[scene].lines[line].id)?;
            used.insert(id.clone()).then(|| id.clone())
        };
        kept.push(lines.iter().map(keep).collect());
    }
    used.extend(known_lines.chain(&known.retired_lines).cloned());
    for ((draft, scene), kept) in drafts.iter_mut().zip(scene_ids).zip(kept) {
        number_scene(draft, scene, &kept, &mut used);
    }
}

fn number_scene(draft: &mut Draft, scene: &SceneId, kept: &[Option<LineId>], used: &mut BTreeSet<LineId>) {
    let prefix = format!("{scene}.");
    let is_own = |id: &LineId| own_number(id, &prefix).is_some();
    let last_kept = kept.iter().rposition(|id| id.as_ref().is_some_and(is_own));
    let from: Result<LineId, _> = prefix.parse();
    let own =
        from.iter().flat_map(|from| used.range(from..).take_while(|id| id.as_str().starts_with(&prefix)));
    let mut next = own.filter_map(|id| own_number(id, &prefix)).max().unwrap_or(0).saturating_add(1);
    let mut before = format!("{prefix}00");
    for (at, (line, kept)) in draft.lines_mut().zip(kept).enumerate() {
        let between = last_kept.is_some_and(|last| at < last);
        let fitting = || if between { after(&before, used) } else { None };
        line.id = kept.clone().or_else(fitting).unwrap_or_else(|| counted_line(&prefix, &mut next, used));
        used.insert(line.id.clone());
        if is_own(&line.id) {
            line.id.as_str().clone_into(&mut before);
        }
    }
}

fn counted_line(prefix: &str, next: &mut u64, used: &BTreeSet<LineId>) -> LineId {
    loop {
        let number = *next;
        *next = next.wrapping_add(1);
        // A scene number has 16 characters at most, so the only way not to fit is a number of eight digits.
        let id = unused(&format!("{prefix}{number:02}"), used).or_else(|| unused(&format!("{number}"), used));
        if let Some(id) = id {
            return id;
        }
    }
}

/// The number of a line within the scene that `prefix` names (`12.`): 3 for `12.03A`.
fn own_number(id: &LineId, prefix: &str) -> Option<u64> {
    let rest = id.as_str().strip_prefix(prefix)?;
    let letters = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    letters.chars().all(|c| c.is_ascii_uppercase()).then(|| leading_number(rest)).flatten()
}

fn leading_number(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok()
}

fn unused<Id: std::str::FromStr + Ord>(text: &str, used: &BTreeSet<Id>) -> Option<Id> {
    text.parse().ok().filter(|id| !used.contains(id))
}

/// An unused number that comes after `before`: `3A` after `3`, `3B` after `3A`, `3AA` where `3B` is there already.
fn after<Id: std::str::FromStr + Ord>(before: &str, used: &BTreeSet<Id>) -> Option<Id> {
    let stem = before.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let sibling = format!("{stem}{}", next_letters(&before[stem.len()..]));
    if let Some(id) = unused(&sibling, used) {
        return Some(id);
    }
    let mut letters = String::new();
    loop {
        letters = next_letters(&letters);
        let text = format!("{before}{letters}");
        text.parse::<Id>().ok()?;
        if let Some(id) = unused(&text, used) {
            return Some(id);
        }
    }
}

/// `A` after nothing, `B` after `A`, `AA` after `Z`.
fn next_letters(letters: &str) -> String {
    let kept = letters.trim_end_matches('Z');
    let turned = "A".repeat(letters.len() - kept.len());
    match kept.chars().next_back() {
        Some(last) => {
            let next = char::from_u32(last as u32 + 1).unwrap_or('Z');
            format!("{}{next}{turned}", &kept[..kept.len() - 1])
        }
        None => format!("A{turned}"),
    }
}

impl KnownIds {
    /// What the next reading has to know: the numbers of `screenplay`, and that those which it lost are used up.
    #[must_use]
    pub fn after(&self, screenplay: &Screenplay) -> Self {
        let mut now = screenplay.known_ids();
        let scenes: BTreeSet<&SceneId> = now.scenes.iter().map(|scene| &scene.id).collect();
        let lines: BTreeSet<&LineId> = screenplay.lines().map(|(_, line)| &line.id).collect();
        let before = self.scenes.iter().map(|scene| &scene.id).chain(&self.retired_scenes);
        let retired: BTreeSet<SceneId> = before.filter(|id| !scenes.contains(id)).cloned().collect();
        let before =
            self.scenes.iter().flat_map(|scene| &scene.lines).map(|line| &line.id).chain(&self.retired_lines);
        now.retired_lines =
            before.filter(|id| !lines.contains(id)).cloned().collect::<BTreeSet<_>>().into_iter().collect();
        now.retired_scenes = retired.into_iter().collect();
        now
    }
}

impl Screenplay {
    /// The numbers of this reading. Those of scenes and lines that were deleted earlier are not among them; to keep
    /// these from being given again, use [`KnownIds::after`].
    pub fn known_ids(&self) -> KnownIds {
        let line = |line: &crate::Line| KnownLine {
            id: line.id.clone(),
            character: line.character.clone(),
            text: line.text.clone(),
        };
        let scene = |scene: &crate::Scene| KnownScene {
            id: scene.id.clone(),
            heading: scene.heading.text.clone(),
            lines: scene.lines().map(line).collect(),
        };
        KnownIds { scenes: self.scenes.iter().map(scene).collect(), ..KnownIds::default() }
    }
}
