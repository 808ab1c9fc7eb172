//! `sound.lock`: the locked sound as text, one line of text for each line of dialogue.
//!
//! What is written is TOML laid out by a fixed rule, so that the same sound is always the same bytes and a longer
//! line changes one line of a diff. Places count from the scene's start. Any TOML of the same shape is read.

use std::fmt::Write;

use serde::Deserialize;
use soundlock_script::{DualSide, KnownIds, KnownLine, KnownScene, LineId, SceneId};
use soundlock_time::{Fps, Sample, SampleRange, SampleRate};
use toml::Spanned;

use crate::layout::{MAX_HOURS, check_length};
use crate::{CueKind, LockedCue, LockedLine, LockedScene, LockedSound, Origin, Retired, SoundError, Source};

/// Raised when files written before could not be read any more.
pub const VERSION: u32 = 1;

/// The largest file that is read.
const MAX_BYTES: usize = 64 << 20;

/// The text of `sound.lock`; the same sound is always the same text.
pub fn write(locked: &LockedSound) -> String {
    let mut text = String::from(
        "# The locked sound: where every line stands, to the sample, counted from its scene's start.\n\
         # Written by soundlock and kept in git; `soundlock sound` locks anew and says what would move.\n",
    );
    put(
        &mut text,
        format_args!("version = {VERSION}\nfps = \"{}\"\nrate = {}\n", locked.fps, locked.rate.hz()),
    );
    put(&mut text, format_args!("title_frames = {}\n", locked.title_frames));
    put(&mut text, format_args!("credit_frames = {:?}\n", locked.credit_frames));
    let Retired { scenes, lines } = &locked.retired;
    put(&mut text, format_args!("retired_scenes = [{}]\n", quoted_list(scenes.iter().map(SceneId::as_str))));
    put(&mut text, format_args!("retired_lines = [{}]\n", quoted_list(lines.iter().map(LineId::as_str))));
    for scene in &locked.scenes {
        write_scene(scene, &mut text);
    }
    text
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a String cannot fail");
}

fn write_scene(scene: &LockedScene, text: &mut String) {
    put(text, format_args!("\n[[scene]]\nid = {}\n", quoted(scene.id.as_str())));
    put(text, format_args!("heading = {}\nframes = {}\n", quoted(&scene.heading), scene.frames));
    let beats: Vec<String> = scene.beats.iter().map(|(frame, beat)| format!("[{frame}, {beat}]")).collect();
    put(text, format_args!("beats = [{}]\n", beats.join(", ")));
    write_rows("lines", scene.lines.iter().map(line_row), text);
    write_rows("cues", scene.cues.iter().map(cue_row), text);
}

fn write_rows(name: &str, rows: impl ExactSizeIterator<Item = String>, text: &mut String) {
    if rows.len() == 0 {
        return put(text, format_args!("{name} = []\n"));
    }
    put(text, format_args!("{name} = [\n"));
    for row in rows {
        put(text, format_args!("  {{ {row} }},\n"));
    }
    put(text, format_args!("]\n"));
}

fn line_row(line: &LockedLine) -> String {
    let dual = match line.dual {
        None => "",
        Some(DualSide::Left) => ", dual = \"left\"",
        Some(DualSide::Right) => ", dual = \"right\"",
    };
    format!(
        "id = {}, at = {}, {}, character = {}, text = {}{dual}, hash = {}",
        quoted(line.id.as_str()),
        line.at,
        source_fields(&line.source),
        quoted(&line.character),
        quoted(&line.text),
        quoted(&line.source.hash),
    )
}

fn cue_row(cue: &LockedCue) -> String {
    let kind = match cue.kind {
        CueKind::Music => "music",
        CueKind::Effect => "effect",
    };
    let hash = quoted(&cue.source.hash);
    format!("kind = \"{kind}\", at = {}, {}, hash = {hash}", cue.at, source_fields(&cue.source))
}

fn source_fields(source: &Source) -> String {
    let origin = match &source.origin {
        Origin::Scratch(voice) => format!("scratch = {}", quoted(voice)),
        Origin::File(file) => format!("file = {}", quoted(file)),
    };
    format!("in = {}, out = {}, {origin}", source.part.start, source.part.end)
}

fn quoted_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(quoted).collect::<Vec<_>>().join(", ")
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => put(&mut quoted, format_args!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: Spanned<u32>,
    fps: Fps,
    rate: SampleRate,
    #[serde(default)]
    title_frames: u32,
    #[serde(default)]
    credit_frames: Vec<u32>,
    #[serde(default)]
    retired_scenes: Vec<SceneId>,
    #[serde(default)]
    retired_lines: Vec<LineId>,
    #[serde(default, rename = "scene")]
    scenes: Vec<Spanned<SceneTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SceneTable {
    id: SceneId,
    heading: String,
    frames: u32,
    #[serde(default)]
    beats: Vec<(u32, u32)>,
    #[serde(default)]
    lines: Vec<Spanned<LineRow>>,
    #[serde(default)]
    cues: Vec<Spanned<CueRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineRow {
    id: LineId,
    at: u64,
    r#in: u64,
    out: u64,
    scratch: Option<String>,
    file: Option<String>,
    character: String,
    text: String,
    dual: Option<Side>,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueRow {
    kind: CueKind,
    at: u64,
    r#in: u64,
    out: u64,
    scratch: Option<String>,
    file: Option<String>,
    hash: String,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Side {
    Left,
    Right,
}

/// Something wrong at a byte of the text.
struct Wrong {
    at: usize,
    why: String,
}

/// The locked sound that `text` says.
pub fn read(text: &str) -> Result<LockedSound, SoundError> {
    read_checked(text).map_err(|wrong| {
        let (line, column) = place_in(text, wrong.at);
        SoundError::Format { line, column, why: wrong.why }
    })
}

fn read_checked(text: &str) -> Result<LockedSound, Wrong> {
    if text.len() > MAX_BYTES {
        return Err(wrong(0, format!("it is larger than {} MiB", MAX_BYTES >> 20)));
    }
    let file: LockFile = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(at, error.message().trim().replace('\n', ", "))
    })?;
    if *file.version.get_ref() != VERSION {
        let why =
            format!("it is of version {}; this soundlock reads version {VERSION}", file.version.get_ref());
        return Err(wrong(file.version.span().start, why));
    }
    locked_from(file)
}

fn wrong(at: usize, why: impl Into<String>) -> Wrong {
    Wrong { at, why: why.into() }
}

/// Line and character of byte `at`, both counted from 1.
fn place_in(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn locked_from(file: LockFile) -> Result<LockedSound, Wrong> {
    let hz = file.rate.hz();
    if !(8000..=192_000).contains(&hz) {
        return Err(wrong(0, format!("a rate of {hz} samples a second is outside 8,000 to 192,000")));
    }
    let mut seen = Seen::default();
    let scenes =
        file.scenes.into_iter().map(|scene| scene_from(scene, hz, &mut seen)).collect::<Result<_, _>>()?;
    let locked = LockedSound {
        fps: file.fps,
        rate: file.rate,
        title_frames: file.title_frames,
        scenes,
        credit_frames: file.credit_frames,
        retired: Retired { scenes: file.retired_scenes, lines: file.retired_lines },
    };
    check_length(&locked).map_err(|error| wrong(0, error.to_string()))?;
    Ok(locked)
}

/// Ids that were read already.
#[derive(Default)]
struct Seen {
    scenes: std::collections::BTreeSet<SceneId>,
    lines: std::collections::BTreeSet<LineId>,
}

fn scene_from(scene: Spanned<SceneTable>, hz: u32, seen: &mut Seen) -> Result<LockedScene, Wrong> {
    let at = scene.span().start;
    let scene = scene.into_inner();
    if !seen.scenes.insert(scene.id.clone()) {
        return Err(wrong(at, format!("scene {} stands twice", scene.id)));
    }
    if scene.frames == 0 {
        return Err(wrong(at, format!("scene {} has no frames", scene.id)));
    }
    if let Some((frame, _)) = scene.beats.iter().find(|(frame, _)| *frame >= scene.frames) {
        return Err(wrong(at, format!("scene {} has a beat at frame {frame} of {}", scene.id, scene.frames)));
    }
    let lines = scene.lines.into_iter().map(|row| line_from(row, hz, seen)).collect::<Result<_, _>>()?;
    let cues = scene.cues.into_iter().map(|row| cue_from(row, hz)).collect::<Result<_, _>>()?;
    let beats = scene.beats.into_iter().map(|(frame, beat)| (frame, beat as usize)).collect();
    Ok(LockedScene { id: scene.id, heading: scene.heading, frames: scene.frames, lines, cues, beats })
}

fn line_from(row: Spanned<LineRow>, hz: u32, seen: &mut Seen) -> Result<LockedLine, Wrong> {
    let at = row.span().start;
    let row = row.into_inner();
    if !seen.lines.insert(row.id.clone()) {
        return Err(wrong(at, format!("line {} stands twice", row.id)));
    }
    let dual = row.dual.map(|side| match side {
        Side::Left => DualSide::Left,
        Side::Right => DualSide::Right,
    });
    let origin = origin_from(at, row.scratch, row.file)?;
    Ok(LockedLine {
        id: row.id,
        character: row.character,
        text: row.text,
        at: bounded(at, row.at, hz)?,
        source: source_from(at, origin, row.hash, (row.r#in, row.out), hz)?,
        dual,
    })
}

fn cue_from(row: Spanned<CueRow>, hz: u32) -> Result<LockedCue, Wrong> {
    let at = row.span().start;
    let row = row.into_inner();
    let origin = origin_from(at, row.scratch, row.file)?;
    let source = source_from(at, origin, row.hash, (row.r#in, row.out), hz)?;
    Ok(LockedCue { kind: row.kind, at: bounded(at, row.at, hz)?, source })
}

fn origin_from(at: usize, scratch: Option<String>, file: Option<String>) -> Result<Origin, Wrong> {
    match (scratch, file) {
        (Some(voice), None) => Ok(Origin::Scratch(voice)),
        (None, Some(file)) if is_below_the_folder(&file) => Ok(Origin::File(file)),
        (None, Some(file)) => Err(wrong(at, format!("`{file}` is not a path below the film folder"))),
        _ => Err(wrong(at, "one of `file` and `scratch` must say what sounds")),
    }
}

/// A lock that came with somebody else's film must not read files beside it.
pub(crate) fn is_below_the_folder(path: &str) -> bool {
    let parts_are_plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    parts_are_plain && !path.contains(['\\', '\0', ':'])
}

fn source_from(at: usize, origin: Origin, hash: String, part: (u64, u64), hz: u32) -> Result<Source, Wrong> {
    if hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(wrong(at, "`hash` must be 64 hexadecimal digits"));
    }
    let (start, end) = (bounded(at, part.0, hz)?, bounded(at, part.1, hz)?);
    let part = SampleRange::between(start, end).ok_or_else(|| wrong(at, "`out` comes before `in`"))?;
    Ok(Source { origin, hash, part })
}

fn bounded(at: usize, sample: u64, hz: u32) -> Result<Sample, Wrong> {
    let most = MAX_HOURS * 3600 * u64::from(hz);
    if sample > most {
        return Err(wrong(at, format!("sample {sample} lies beyond {MAX_HOURS} hours")));
    }
    Ok(Sample(sample))
}

/// The ids that this lock gave, for reading the script again.
pub fn known_ids(locked: &LockedSound) -> KnownIds {
    let line = |line: &LockedLine| KnownLine {
        id: line.id.clone(),
        character: line.character.clone(),
        text: line.text.clone(),
    };
    let scene = |scene: &LockedScene| KnownScene {
        id: scene.id.clone(),
        heading: scene.heading.clone(),
        lines: scene.lines.iter().map(line).collect(),
    };
    KnownIds {
        scenes: locked.scenes.iter().map(scene).collect(),
        retired_scenes: locked.retired.scenes.clone(),
        retired_lines: locked.retired.lines.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::testfilm::{Script, locked};

    fn small() -> LockedSound {
        let script = Script::new()
            .scene()
            .music(Some("theme.flac"))
            .line("MINA", "Is it \"you\"?\tOr not…")
            .line("조", "나야.")
            .dual(DualSide::Left)
            .line("MINA", "No.")
            .dual(DualSide::Right)
            .scene()
            .action("Rain.");
        let mut sound = locked(&script.done());
        sound.scenes[0].lines[0].source.origin = Origin::Scratch("en-gb+f3 165wpm pitch50".into());
        sound.credit_frames = vec![96, 72];
        sound.retired.lines = vec!["1.04".parse().unwrap(), "3.01A".parse().unwrap()];
        sound
    }

    #[test]
    fn a_lock_reads_well() {
        insta::assert_snapshot!(write(&small()));
    }

    #[test]
    fn ids_are_kept() {
        let known = known_ids(&small());
        let ids: Vec<&str> = known.scenes[0].lines.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(ids, ["1.01", "1.02", "1.03"]);
        assert_eq!(known.scenes[1].heading, "INT. ROOM - NIGHT");
    }

    fn check_refused(from: &str, to: &str, wanted: &str) {
        let text = write(&small());
        assert!(text.contains(from), "{from}");
        let error = read(&text.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (from, to, wanted) in [
            ("version = 1", "version = 2", "line 3, column 11: it is of version 2"),
            ("fps = \"24\"", "fps = \"0\"", "line 4, column 7"),
            ("rate = 48000", "rate = 1", "outside 8,000 to 192,000"),
            ("title_frames = 0", "title_frames = -1", "line 6"),
            ("title_frames = 0", "titel_frames = 0", "line 6, column 1: unknown field `titel_frames`"),
            ("title_frames = 0", "title_frames = 4000000000", "would last"),
            ("id = \"1.02\"", "id = \"1.01\"", "line 18, column 3: line 1.01 stands twice"),
            ("file = \"voices/1.02.wav\"", "file = \"../../etc/passwd\"", "not a path below the film folder"),
            ("file = \"voices/1.02.wav\"", "scratch = \"a\", file = \"b\"", "one of `file` and `scratch`"),
            ("hash = \"0", "hash = \"x", "64 hexadecimal digits"),
            ("in = 0", "in = 999999", "`out` comes before `in`"),
            ("at = 0", "at = 9223372036854775807", "lies beyond 24 hours"),
            ("frames = 4", "frames = 0 #", "has no frames"),
            ("id = \"2\"", "id = \"1\"", "scene 1 stands twice"),
        ] {
            check_refused(from, to, wanted);
        }
    }

    #[test]
    fn hostile_text_never_panics() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/lock");
        soundlock_testing::fuzz(&corpus, 7, 300, |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            if let Ok(sound) = read(text) {
                sound.samples();
                crate::moves(&sound, &sound);
                assert_eq!(read(&write(&sound)).ok(), Some(sound));
            }
        });
    }

    fn any_source() -> impl Strategy<Value = Source> {
        let origin =
            prop_oneof!["[^/\\\\\0:.]{1,20}".prop_map(Origin::File), "\\PC{0,20}".prop_map(Origin::Scratch)];
        (origin, "[0-9a-f]{64}", 0_u64..1_000_000, 0_u64..1_000_000).prop_map(
            |(origin, hash, start, length)| Source {
                origin,
                hash,
                part: SampleRange::new(Sample(start), length),
            },
        )
    }

    fn any_dual() -> impl Strategy<Value = Option<DualSide>> {
        prop_oneof![Just(None), Just(Some(DualSide::Left)), Just(Some(DualSide::Right))]
    }

    fn any_scene() -> impl Strategy<Value = LockedScene> {
        let line = (any::<String>(), any::<String>(), 0_u64..1_000_000, any_source(), any_dual());
        let cue = (any::<bool>(), 0_u64..1_000_000, any_source());
        let lines = proptest::collection::vec(line, 0..5);
        let cues = proptest::collection::vec(cue, 0..3);
        (any::<String>(), 1_u32..5000, lines, cues, proptest::collection::vec((0_u32..1, 0_usize..99), 0..4))
            .prop_map(|(heading, frames, lines, cues, beats)| LockedScene {
                id: "1".parse().expect("a number is an id"),
                heading,
                frames,
                lines: lines
                    .into_iter()
                    .map(|(character, text, at, source, dual)| LockedLine {
                        id: "1".parse().expect("a number is an id"),
                        character,
                        text,
                        at: Sample(at),
                        source,
                        dual,
                    })
                    .collect(),
                cues: cues
                    .into_iter()
                    .map(|(music, at, source)| LockedCue {
                        kind: if music { CueKind::Music } else { CueKind::Effect },
                        at: Sample(at),
                        source,
                    })
                    .collect(),
                beats,
            })
    }

    proptest! {
        #[test]
        fn every_lock_reads_as_it_was_written(
            mut scenes in proptest::collection::vec(any_scene(), 0..4),
            title_frames in 0_u32..500,
            credit_frames in proptest::collection::vec(0_u32..500, 0..4),
        ) {
            for (number, scene) in scenes.iter_mut().enumerate() {
                scene.id = number.to_string().parse().unwrap();
                for (place, line) in scene.lines.iter_mut().enumerate() {
                    line.id = format!("{number}.{place:02}").parse().unwrap();
                }
            }
            let retired = Retired { scenes: vec!["9".parse().unwrap()], lines: Vec::new() };
            let sound = LockedSound { fps: Fps::NTSC, rate: SampleRate::FILM, title_frames, scenes, credit_frames, retired };
            let text = write(&sound);
            prop_assert_eq!(&read(&text).unwrap(), &sound);
            prop_assert_eq!(text.lines().count(), text.matches('\n').count());
        }
    }
}
