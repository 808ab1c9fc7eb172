use std::collections::BTreeMap;
use std::path::PathBuf;

use soundlock_deliver::sheet_shots;
use soundlock_plan::ShotKind;
use soundlock_script::Setting;
use soundlock_sound::Stretch;
use soundlock_time::Timecode;

use crate::ExchangeError;
use crate::edit::{Edit, Seen, SeenPicture};

/// The shot list of a film.
#[derive(Debug, Clone, Copy)]
pub struct ShotList<'a> {
    /// The film's edit.
    pub edit: Edit<'a>,
    /// A still of each shot of the cut list, in its order, named from the list's folder; `None` where none was made.
    pub stills: &'a [Option<String>],
}

/// A shot as a crew reads it. What is not known is empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) scene: String,
    pub(super) heading: String,
    pub(super) shot: String,
    pub(super) setting: &'static str,
    pub(super) place: String,
    pub(super) time: String,
    pub(super) description: String,
    pub(super) dialogue: String,
    pub(super) size: &'static str,
    pub(super) angle: &'static str,
    pub(super) movement: &'static str,
    pub(super) characters: Vec<String>,
    pub(super) lines: Vec<String>,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) frames: u32,
    pub(super) seconds: f64,
    pub(super) join: &'static str,
    pub(super) reason: String,
    pub(super) notes: String,
    pub(super) generator: String,
    pub(super) prompt: String,
    pub(super) take: String,
    pub(super) seed: String,
    pub(super) still: Option<String>,
    pub(super) is_card: bool,
}

impl ShotList<'_> {
    pub(super) fn rows(&self) -> Result<Vec<Row>, ExchangeError> {
        let edit = &self.edit;
        let without_stills = vec![PathBuf::new(); edit.cut_list.shots.len()];
        let words = sheet_shots(edit.cut_list, edit.locked, &without_stills);
        let headings = self.headings();
        let mut rows: Vec<Row> = Vec::with_capacity(words.len());
        for (index, (seen, words)) in edit.seen()?.iter().zip(words).enumerate() {
            let opens = rows.last().is_none_or(|before| before.scene != seen.shot.code.scene());
            let heading = headings.get(seen.shot.code.scene()).copied().unwrap_or_default();
            let still = self.stills.get(index).cloned().flatten();
            rows.push(self.row(seen, words.words, heading, still, opens));
        }
        Ok(rows)
    }

    fn headings(&self) -> BTreeMap<&str, &str> {
        let scenes = self.edit.locked.stretches().filter_map(|(_, stretch)| match stretch {
            Stretch::Scene(scene) => Some((scene.id.as_str(), scene.heading.as_str())),
            _ => None,
        });
        scenes.collect()
    }

    fn row(&self, seen: &Seen<'_>, words: String, heading: &str, still: Option<String>, opens: bool) -> Row {
        let (shot, fps) = (seen.shot, self.edit.fps());
        let is_card = seen.is_card();
        let heading = match shot.kind {
            ShotKind::Title => "Title",
            ShotKind::Credits => "End credits",
            ShotKind::Scene => heading,
        };
        let label = |frame| Timecode::of(frame, fps).to_string();
        let look = &shot.look;
        let unless_card = |word: &'static str| if is_card { "" } else { word };
        let (take, seed) = match seen.picture {
            SeenPicture::Take { take, .. } if take.generator != "brought in" => {
                (take.name.clone(), take.seed.to_string())
            }
            SeenPicture::Take { take, .. } => (take.name.clone(), String::new()),
            _ => (String::new(), String::new()),
        };
        Row {
            scene: shot.code.scene().to_owned(),
            heading: heading.to_owned(),
            shot: shot.code.to_string(),
            setting: match look.setting {
                Some(Setting::Interior) => "INT.",
                Some(Setting::Exterior) => "EXT.",
                Some(Setting::Both) => "INT./EXT.",
                None => "",
            },
            place: look.place.clone(),
            time: look.time.clone(),
            description: look.action.clone(),
            dialogue: if shot.speech.is_empty() { String::new() } else { words },
            size: unless_card(look.size.short()),
            angle: unless_card(look.angle.word()),
            movement: unless_card(look.movement.word()),
            characters: look.subjects.clone(),
            lines: shot.speech.iter().map(|span| span.line.to_string()).collect(),
            start: label(shot.film.start),
            end: label(shot.film.end),
            frames: shot.frames(),
            seconds: fps.seconds(shot.frames()),
            join: if opens { "scene" } else { "cut" },
            reason: shot.reason.clone(),
            notes: by_hand(&shot.by_hand),
            generator: unless_card_text(is_card, &shot.generator),
            prompt: unless_card_text(is_card, &shot.prompt),
            take,
            seed,
            still,
            is_card,
        }
    }
}

fn unless_card_text(is_card: bool, text: &str) -> String {
    if is_card { String::new() } else { text.to_owned() }
}

fn by_hand(fields: &[String]) -> String {
    if fields.is_empty() { String::new() } else { format!("set by hand: {}", fields.join(", ")) }
}
