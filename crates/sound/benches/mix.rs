//! What a film-maker waits for when the sound is locked: how many times quicker than the film lasts it is mixed.
//!
//! Throughput is in samples of the film: 48 million a second are 1,000 times real time.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up is not run")]

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use soundlock_picture::{Limits, Tools};
use soundlock_script::{Beat, Direction, Heading, Line, Scene, Screenplay, Span, TitlePage};
use soundlock_sound::{
    FileHashes, HeardLevels, LockedSound, SoundContext, SoundRules, UsedKeys, find_recordings, lock, mix,
};
use soundlock_time::Fps;
use soundlock_vault::{Cancel, NoReport, Vault};

const LINES: usize = 60;

fn span() -> Span {
    Span { bytes: 0..1, lines: 1..2 }
}

/// Four minutes: a line every four seconds over music from end to end.
fn screenplay() -> Screenplay {
    let heading =
        Heading { text: "INT. ROOM".into(), setting: None, place: "ROOM".into(), time: String::new() };
    let mut beats = vec![Beat::Direction(Direction::Music { file: Some("theme.wav".into()), span: span() })];
    beats.extend((1..=LINES).map(|n| {
        Beat::Line(Line {
            id: format!("1.{n:02}").parse().unwrap(),
            character: if n % 2 == 0 { "MINA" } else { "JO" }.into(),
            extensions: Vec::new(),
            text: "This is said over three seconds…".into(),
            parentheticals: Vec::new(),
            sung: false,
            dual: None,
            span: span(),
        })
    }));
    let scene = Scene { id: "1".parse().unwrap(), heading, beats, span: span() };
    Screenplay { title_page: TitlePage::default(), scenes: vec![scene] }
}

fn draw(file: &Path, channels: u16, seconds: u32) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).unwrap();
    let mut state = 1_u32;
    for _ in 0..seconds * 48_000 * u32::from(channels) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        writer.write_sample((state as i32) >> 12).unwrap();
    }
    writer.finalize().unwrap();
}

fn with_context<T>(
    folder: &Path,
    vault: &Vault,
    tools: &Tools,
    work: impl FnOnce(&SoundContext<'_>) -> T,
) -> T {
    work(&SoundContext {
        folder,
        vault,
        tools,
        limits: Limits::GENEROUS,
        espeak: None,
        reporter: &NoReport,
        cancel: &Cancel::new(),
        workers: NonZeroUsize::MIN,
        used: &UsedKeys::new(),
        hashes: &FileHashes::new(),
        levels: &HeardLevels::new(),
    })
}

fn vault(folder: &Path) -> Vault {
    Vault::open(folder, Arc::new(|| "2031-05-04T18:00:00Z".to_owned())).unwrap()
}

fn mixing(criterion: &mut Criterion) {
    let film = tempfile::tempdir().unwrap();
    (1..=LINES).for_each(|n| draw(&film.path().join(format!("voices/1.{n:02}.wav")), 1, 3));
    draw(&film.path().join("music/theme.wav"), 2, 300);
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    let rules = SoundRules::standard(Fps::FILM, "en");
    let recordings = find_recordings(film.path()).unwrap();
    let locked: LockedSound = {
        let vault = vault(&film.path().join(".soundlock"));
        with_context(film.path(), &vault, &tools, |context| {
            lock(&screenplay(), &rules, &recordings, None, context).unwrap()
        })
    };
    let mut group = criterion.benchmark_group("mix");
    group.sample_size(10).throughput(Throughput::Elements(locked.samples()));
    group.bench_function("mix_four_minutes_three_stems_limited", |bencher| {
        let fresh = || tempfile::tempdir_in(film.path()).unwrap();
        let mixed = |folder: tempfile::TempDir| {
            let vault = vault(folder.path());
            with_context(film.path(), &vault, &tools, |context| mix(&locked, &rules, context).unwrap());
            folder
        };
        bencher.iter_batched(fresh, mixed, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, mixing);
criterion_main!(benches);
