//! Changes to the cut list by command: the file is written as a person would write it, and planned anew.
//!
//! Of what is not asked for, as little as possible is held: a cut that is moved is the director's, those beside it stay
//! the program's, unless the new plan would move them with it.

mod error;
mod table;

use std::collections::BTreeMap;

use soundlock_script::Screenplay;
use soundlock_sound::LockedSound;
use soundlock_vault::{Event, Reporter};

use crate::format::{Cuts, Entry, write};
use crate::{
    Angle, Before, CutList, LineLevels, Movement, PlanRules, ShotCode, ShotSize, TakeWorth, names, plan,
};
pub use error::EditError;
use table::Draft;

/// A change to the cut list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// One shot becomes two.
    Cut {
        /// The shot; the first half keeps its code.
        shot: ShotCode,
        /// First frame of the second half, from the shot's first.
        at: u32,
    },
    /// Two neighbours become one.
    Merge {
        /// The one that stays.
        first: ShotCode,
        /// The one that goes.
        second: ShotCode,
    },
    /// A shot begins later (above 0) or earlier; the one before it ends there.
    Move {
        /// The shot.
        shot: ShotCode,
        /// Frames.
        by: i64,
    },
    /// A shot's cuts stay as they are through every plan, or no longer.
    Pin {
        /// The shot.
        shot: ShotCode,
        /// Whether they stay.
        pinned: bool,
    },
    /// A shot shows something else, or what the program chooses again.
    Look {
        /// The shot.
        shot: ShotCode,
        /// What, each field once.
        changes: Vec<Change>,
    },
}

/// What a shot shows from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// How large.
    Size(ShotSize),
    /// From where.
    Angle(Angle),
    /// What the camera does.
    Movement(Movement),
    /// Who is seen, the most important first.
    Subjects(Vec<String>),
    /// What happens.
    Action(String),
    /// What the generator is told, whatever the other fields say.
    Prompt(String),
    /// What it is told to keep out.
    Negative(String),
    /// Which generator makes it.
    Generator(String),
    /// The program chooses again.
    Auto(AutoField),
}

/// A field that can be given back to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoField {
    /// Where it begins and how long it is.
    Cut,
    /// How large.
    Size,
    /// From where.
    Angle,
    /// What the camera does.
    Movement,
    /// Who is seen.
    Subjects,
    /// What happens.
    Action,
    /// What the generator is told.
    Prompt,
    /// What it is told to keep out.
    Negative,
    /// Which generator makes it.
    Generator,
}

impl AutoField {
    /// Every field with its word in `cuts.toml`; `cut` stands for `at` and `frames`.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Cut, "cut"),
        (Self::Size, "size"),
        (Self::Angle, "angle"),
        (Self::Movement, "move"),
        (Self::Subjects, "subjects"),
        (Self::Action, "action"),
        (Self::Prompt, "prompt"),
        (Self::Negative, "negative"),
        (Self::Generator, "generator"),
    ];

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Cut => &["at", "frames", "pinned"],
            Self::Size => &["size"],
            Self::Angle => &["angle"],
            Self::Movement => &["move"],
            Self::Subjects => &["subjects"],
            Self::Action => &["action"],
            Self::Prompt => &["prompt"],
            Self::Negative => &["negative"],
            Self::Generator => &["generator"],
        }
    }
}

/// What a changed cut list is planned from.
#[derive(Debug, Clone, Copy)]
pub struct EditContext<'a> {
    /// The screenplay.
    pub screenplay: &'a Screenplay,
    /// The locked sound.
    pub sound: &'a LockedSound,
    /// How loud its lines are.
    pub levels: &'a LineLevels,
    /// The rules.
    pub rules: &'a PlanRules,
    /// What the takes of each shot are worth.
    pub takes: &'a BTreeMap<ShotCode, TakeWorth>,
}

/// A cut list with a change in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The text of `cuts.toml`, comments kept.
    pub text: String,
    /// Its shots.
    pub cut_list: CutList,
}

/// How much beside the change itself is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Firmness {
    /// Nothing.
    Loose,
    /// The cuts on both sides.
    Cuts,
    /// The lengths too, so that no new cut can fall inside.
    Lengths,
}

/// `text`, the cut list as it was planned last, with `edit` in it.
///
/// An error names the line in `text`; nothing is half done.
pub fn edit(
    text: &str,
    edit: &Edit,
    context: &EditContext<'_>,
    report: &dyn Reporter,
) -> Result<Edited, EditError> {
    let cuts = Cuts::read(text)?;
    let scene = Scene::of(&cuts, edit.shot())?;
    let wanted = scene.starts_after(edit, context)?;
    let mut last = None;
    for firmness in [Firmness::Loose, Firmness::Cuts, Firmness::Lengths] {
        let mut draft = Draft::read(text)?;
        scene.write(edit, firmness, &mut draft);
        let attempt = replan(&draft.text(), context);
        let is_it = attempt.as_ref().is_ok_and(|(edited, _)| {
            wanted.as_ref().is_none_or(|wanted| *wanted == starts(&edited.cut_list, edit.shot().scene()))
        });
        last = Some(attempt);
        if is_it {
            break;
        }
    }
    let (edited, heard) = last.expect("there is more than one way to hold a cut")?;
    scene.warn(edit, context, report);
    for event in heard {
        report.report(event);
    }
    Ok(edited)
}

fn replan(text: &str, context: &EditContext<'_>) -> Result<(Edited, Vec<Event>), EditError> {
    let heard = Heard::default();
    let cuts = Cuts::read(text)?;
    let before = Before { cuts: Some(&cuts), takes: context.takes };
    let cut_list = plan(context.screenplay, context.sound, context.levels, context.rules, before, &heard)?;
    let text = write(Some(text), &cut_list)?;
    let heard = heard.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok((Edited { text, cut_list }, heard))
}

/// What a plan had to say, until it is known whether it is the one.
#[derive(Default)]
struct Heard(std::sync::Mutex<Vec<Event>>);

impl Reporter for Heard {
    fn report(&self, event: Event) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(event);
    }
}

fn starts(cut_list: &CutList, scene: &str) -> Vec<u32> {
    cut_list.shots.iter().filter(|shot| shot.code.scene() == scene).map(|shot| shot.at.0).collect()
}

impl Edit {
    /// The shot that is changed.
    pub fn shot(&self) -> &ShotCode {
        match self {
            Self::Cut { shot, .. }
            | Self::Merge { first: shot, .. }
            | Self::Move { shot, .. }
            | Self::Pin { shot, .. }
            | Self::Look { shot, .. } => shot,
        }
    }
}

/// The shots of the scene that is changed, in film order, and which of them it is about.
struct Scene<'a> {
    entries: Vec<&'a Entry>,
    index: usize,
}

fn at(entry: &Entry) -> u32 {
    let planned = entry.planned.as_ref().map_or(0, |note| note.at);
    entry.at.as_ref().map_or(planned, |at| at.value)
}

fn frames(entry: &Entry) -> u32 {
    let planned = entry.planned.as_ref().map_or(0, |note| note.frames);
    entry.frames.as_ref().map_or(planned, |frames| frames.value)
}

/// Whether its length was set by hand.
fn is_whole(entry: &Entry) -> bool {
    entry.pinned || entry.frames.as_ref().is_some_and(|frames| frames.by_hand)
}

impl<'a> Scene<'a> {
    fn of(cuts: &'a Cuts, code: &ShotCode) -> Result<Self, EditError> {
        let same = cuts.entries.iter().filter(|entry| entry.code.scene() == code.scene());
        let mut entries: Vec<&Entry> = same.collect();
        entries.sort_by_key(|entry| at(entry));
        let index = entries.iter().position(|entry| entry.code == *code);
        let like = || {
            let mut codes: Vec<&ShotCode> = entries.iter().map(|entry| &entry.code).collect();
            codes.sort_by_key(|known| known.number().abs_diff(code.number()));
            codes.truncate(4);
            codes.sort();
            codes.into_iter().cloned().collect()
        };
        let index = index.ok_or_else(|| EditError::NoSuchShot { code: code.clone(), like: like() })?;
        Ok(Self { entries, index })
    }

    fn entry(&self) -> &'a Entry {
        self.entries[self.index]
    }

    fn before(&self) -> Option<&'a Entry> {
        self.index.checked_sub(1).map(|before| self.entries[before])
    }

    fn after(&self) -> Option<&'a Entry> {
        self.entries.get(self.index + 1).copied()
    }

    /// First frames of the scene's shots after `edit`; `None` where it is not about cuts. An error where it cannot be.
    fn starts_after(&self, edit: &Edit, context: &EditContext<'_>) -> Result<Option<Vec<u32>>, EditError> {
        let mut starts: Vec<u32> = self.entries.iter().map(|entry| at(entry)).collect();
        let entry = self.entry();
        match edit {
            Edit::Cut { shot, at: inside } => {
                if *inside == 0 || *inside >= frames(entry) {
                    let (code, line) = (shot.clone(), entry.line);
                    return Err(EditError::CutOutside { code, line, at: *inside, frames: frames(entry) });
                }
                starts.insert(self.index + 1, at(entry) + inside);
            }
            Edit::Merge { second, .. } => {
                let after = self.neighbour(second)?;
                fits(entry, frames(entry) + frames(after), context)?;
                starts.remove(self.index + 1);
            }
            Edit::Move { by, .. } => starts[self.index] = self.moved(*by, context)?,
            Edit::Pin { .. } => return Ok(None),
            Edit::Look { changes, .. } => {
                for change in changes {
                    self.check(change, context)?;
                }
                return Ok(None);
            }
        }
        Ok(Some(starts))
    }

    /// The shot that follows, which must be `second`.
    fn neighbour(&self, second: &ShotCode) -> Result<&'a Entry, EditError> {
        let after = self.after().filter(|after| after.code == *second);
        after.ok_or_else(|| EditError::NotNeighbours {
            first: self.entry().code.clone(),
            second: second.clone(),
            line: self.entry().line,
            next: self.after().map(|after| after.code.clone()),
        })
    }

    /// Where the shot begins once it is moved.
    fn moved(&self, by: i64, context: &EditContext<'_>) -> Result<u32, EditError> {
        let entry = self.entry();
        let Some(before) = self.before() else {
            return Err(EditError::BeginsScene { code: entry.code.clone(), line: entry.line });
        };
        let (least, most) = (at(before) + 1, at(entry) + frames(entry) - 1);
        let to = i64::from(at(entry)).saturating_add(by);
        if !(i64::from(least)..=i64::from(most)).contains(&to) {
            return Err(EditError::MovedTooFar {
                code: entry.code.clone(),
                line: entry.line,
                earlier: at(entry).saturating_sub(least),
                later: most.saturating_sub(at(entry)),
            });
        }
        let to = to as u32;
        fits(before, to - at(before), context)?;
        fits(entry, at(entry) + frames(entry) - to, context)?;
        Ok(to)
    }

    fn check(&self, change: &Change, context: &EditContext<'_>) -> Result<(), EditError> {
        let Change::Generator(name) = change else { return Ok(()) };
        if context.rules.limits(name).is_none() {
            let (generator, known) = (name.clone(), context.rules.generator_names());
            return Err(EditError::NoSuchGenerator { generator, known });
        }
        fits_generator(self.entry(), frames(self.entry()), name, context)
    }

    /// Writes `edit` into `draft`, which was checked.
    fn write(&self, edit: &Edit, firmness: Firmness, draft: &mut Draft) {
        let entry = self.entry();
        match edit {
            Edit::Cut { at, .. } => self.write_cut(*at, firmness, draft),
            Edit::Merge { second, .. } => {
                let after = self.after().map_or(0, frames);
                draft.set_frames(&entry.code, frames(entry) + after);
                draft.remove(second);
            }
            Edit::Move { by, .. } => self.write_move(*by, firmness, draft),
            Edit::Pin { shot, pinned } => draft.set_pinned(shot, *pinned),
            Edit::Look { shot, changes } => {
                for change in changes {
                    draft.set(shot, change);
                }
            }
        }
    }

    fn write_cut(&self, inside: u32, firmness: Firmness, draft: &mut Draft) {
        let entry = self.entry();
        let start = at(entry) + inside;
        let rest = frames(entry) - inside;
        let whole = firmness == Firmness::Lengths || is_whole(entry);
        if whole {
            draft.set_frames(&entry.code, inside);
        } else if firmness == Firmness::Cuts {
            self.hold_cuts(draft);
        }
        draft.put_in(&self.code_after(), start, whole.then_some(rest));
    }

    fn write_move(&self, by: i64, firmness: Firmness, draft: &mut Draft) {
        let entry = self.entry();
        let to = (i64::from(at(entry)) + by) as u32;
        if firmness == Firmness::Cuts {
            self.hold_cuts(draft);
        }
        if let Some(before) = self.before()
            && (firmness == Firmness::Lengths || is_whole(before))
        {
            draft.set_frames(&before.code, to - at(before));
        }
        if firmness == Firmness::Lengths || is_whole(entry) {
            draft.set_frames(&entry.code, at(entry) + frames(entry) - to);
        }
        draft.set_at(&entry.code, to);
    }

    /// Makes the cuts on both sides the director's, where they are.
    fn hold_cuts(&self, draft: &mut Draft) {
        let near = [self.before(), Some(self.entry()), self.after()];
        for entry in near.into_iter().flatten().filter(|entry| at(entry) > 0) {
            draft.set_at(&entry.code, at(entry));
        }
    }

    /// A code that nobody has, between the shot's and the next one's where there is room.
    fn code_after(&self) -> ShotCode {
        let used: std::collections::BTreeSet<u32> =
            self.entries.iter().map(|entry| entry.code.number()).collect();
        let entry = self.entry();
        let next = self.after().map(|after| after.code.number());
        entry.code.with_number(crate::codes::number_between(entry.code.number(), next, &used))
    }

    /// Says what goes that a person had written, and names that nobody has.
    fn warn(&self, edit: &Edit, context: &EditContext<'_>, report: &dyn Reporter) {
        let warn = |message: String| report.report(Event::Warning { stage: "plan", message });
        if let (Edit::Merge { second, .. }, Some(after)) = (edit, self.after()) {
            let words: Vec<&str> = after
                .by_hand()
                .into_iter()
                .filter(|name| !matches!(*name, "at" | "frames" | "pinned"))
                .collect();
            if !words.is_empty() {
                warn(format!("with shot {second} goes what was set by hand in it: {}", words.join(", ")));
            }
        }
        let Edit::Look { changes, .. } = edit else { return };
        let known = names::known_names(context.screenplay, &context.rules.bible);
        for change in changes {
            let Change::Subjects(subjects) = change else { continue };
            for name in subjects.iter().filter(|name| !known.contains(*name)) {
                warn(format!("nobody in the script is called {name}"));
            }
        }
    }
}

/// Whether `entry` could have so many frames.
fn fits(entry: &Entry, wanted: u32, context: &EditContext<'_>) -> Result<(), EditError> {
    let by_hand = entry.generator.as_ref().filter(|generator| generator.by_hand);
    let generator = by_hand.map_or(context.rules.generator.as_str(), |generator| generator.value.as_str());
    fits_generator(entry, wanted, generator, context)
}

fn fits_generator(
    entry: &Entry,
    wanted: u32,
    generator: &str,
    context: &EditContext<'_>,
) -> Result<(), EditError> {
    match context.rules.longest_shot(generator, context.sound.fps) {
        Some(longest) if wanted > longest => Err(EditError::TooLong {
            code: entry.code.clone(),
            line: entry.line,
            frames: wanted,
            generator: generator.to_owned(),
            longest,
        }),
        _ => Ok(()),
    }
}
