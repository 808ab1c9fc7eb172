//! Films of 12, 60 and 750 clips, conformed, encoded and joined, with FFmpeg beside them encoding the same finished
//! frames with the same settings. Each figure is one run. `cargo bench -p soundlock-finish -- 12 60` runs those alone.
//!
//! Clips are of 5 s, with grain: 832x480 at 16, 1280x720 at 24, 1920x1080 at 30 frames a second in turn. 12 and 60
//! shots make a film in 1920x1080; 750 one in 640x360 without FFmpeg beside it, to show that memory does not grow.
#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

mod usage;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use soundlock_finish::{CONFORM_THREADS, CircledTake, Conform, PieceFormat, Retime, conform_lanes};
use soundlock_picture::{Encoding, Fit, Limits, Tools, VideoCodec, encode_aac, join, probe};
use soundlock_plan::Shot;
use soundlock_time::{FilmFrame, Fps, FrameRange, Raster, SampleRate};
use soundlock_vault::{Cancel, Vault, hash_file, run_all};

use crate::usage::{Usage, watched};

const LIMITS: Limits = Limits::GENEROUS;
const PRESET: &str = "veryfast";
const CRF: u8 = 20;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let folder = tempfile::tempdir().expect("a folder for the clips");
    let studio = Studio::new(folder.path());
    for clips in [12, 60, 750] {
        if asked.is_empty() || asked.contains(&clips) {
            film(&studio, folder.path(), clips);
        }
    }
}

/// What films are made of and with.
struct Studio {
    tools: Tools,
    takes: Vec<CircledTake>,
    workers: NonZeroUsize,
}

impl Studio {
    fn new(folder: &Path) -> Self {
        let tools = Tools::find("ffmpeg", "ffprobe").expect("FFmpeg");
        let shapes = [("832x480", 16), ("1280x720", 24), ("1920x1080", 30), ("1280x720", 24)];
        let takes = (0..).zip(shapes).map(|(seed, (size, rate))| take(&tools, folder, seed, size, rate));
        let takes = takes.collect();
        Self { tools, takes, workers: std::thread::available_parallelism().expect("a count of cores") }
    }
}

/// A film of `clips` shots, then the same with one shot of another take.
fn film(studio: &Studio, folder: &Path, clips: usize) {
    let raster = if clips > 100 { Raster::new(640, 360) } else { Raster::new(1920, 1080) }.expect("even");
    let folder = folder.join(clips.to_string());
    let vault = Vault::open(&folder, Arc::new(String::new)).expect("a vault");
    let mut shots = cut_list(clips, studio);
    let frames: u32 = shots.iter().map(|(shot, _)| shot.frames()).sum();
    let sound = sound(studio, &folder, frames);
    let as_film =
        |shots: &[(Shot, usize)]| assemble(studio, &vault, &folder, (raster, PRESET, CRF), shots, &sound);
    let (_, made) = watched(|| as_film(&shots));
    println!("{clips} clips, {raster}, {frames} frames: {made}");
    if clips <= 100 {
        // Lossless: the frames that our encoder is given, grain and all. Those of the film itself are smoother.
        let finished = assemble(studio, &vault, &folder, (raster, "ultrafast", 0), &shots, &sound);
        let floor = floor(&folder, &finished);
        println!("  FFmpeg alone, finished frames: {floor}; {}", made.against(&floor));
        let segments = segments(studio, &folder, raster, &shots);
        println!("  FFmpeg, a process a shot, and concat: {segments}; {}", made.against(&segments));
    }
    // The take that only a changed shot shows.
    shots[clips / 2].1 = studio.takes.len() - 1;
    let (_, changed) = watched(|| as_film(&shots));
    println!("  one shot changed: {changed}");
    std::fs::remove_dir_all(&folder).expect("the film is removed");
}

fn assemble(
    studio: &Studio,
    vault: &Vault,
    folder: &Path,
    (raster, preset, crf): (Raster, &str, u8),
    shots: &[(Shot, usize)],
    sound: &Path,
) -> PathBuf {
    let codec = VideoCodec::H264 { preset: preset.to_owned(), crf };
    let encoding = Encoding { codec, threads: CONFORM_THREADS };
    let format = PieceFormat { raster, fps: Fps::FILM, fit: Fit::Fill, retime: Retime::Nearest, encoding };
    let lanes = conform_lanes(studio.workers);
    let piece = |(shot, take): &(Shot, usize)| {
        let take = &studio.takes[*take];
        let step =
            Conform::new(shot, take, &format, &lanes, &studio.tools, &LIMITS).expect("a take that fits");
        vault.run(&shot.code.to_string(), &step).map(|object| object.path)
    };
    let pieces = run_all(shots.iter().collect(), studio.workers, &Cancel::new(), piece).expect("pieces");
    let samples = shots.iter().map(|(shot, _)| u64::from(shot.frames()) * 2000).sum();
    let file = folder.join("film.mp4");
    let _ = std::fs::remove_file(&file);
    join(&pieces, Some((sound, SampleRate::FILM, samples)), Fps::FILM, &file).expect("a film");
    file
}

/// FFmpeg encoding the frames of `film` and its sound, with the settings that pieces have.
fn floor(folder: &Path, film: &Path) -> Usage {
    let (frames, wav) = (folder.join("finished.y4m"), folder.join("sound.wav"));
    ffmpeg(&format!("-i {} -an -f yuv4mpegpipe", film.display()), &frames);
    let (frames, wav) = (frames.display(), wav.display());
    let encoding = format!("-c:v libx264 -preset {PRESET} -crf {CRF} -threads:v 2 -c:a aac -b:a 192k");
    let arguments = format!("-i {frames} -i {wav} {encoding} -movflags +faststart");
    watched(|| ffmpeg(&arguments, &folder.join("floor.mp4"))).1
}

/// The same film the usual way: a process for each shot with scaler and `fps` filter, one after the other, each with
/// as many threads as it likes, then the concat demuxer and the sound.
fn segments(studio: &Studio, folder: &Path, raster: Raster, shots: &[(Shot, usize)]) -> Usage {
    let (list, wav) = (folder.join("list.txt"), folder.join("sound.wav"));
    let names = (0..shots.len()).map(|index| format!("file segment-{index}.mp4\n"));
    std::fs::write(&list, names.collect::<String>()).expect("a list");
    let work = || {
        for (index, (shot, take)) in shots.iter().enumerate() {
            let (width, height, frames) = (raster.width(), raster.height(), shot.frames());
            let colour = "colorspace=all=bt709:iall=smpte170m:format=yuv420p";
            let encoding = format!("-frames:v {frames} -c:v libx264 -preset {PRESET} -crf {CRF}");
            let (take, from) = (studio.takes[*take].media.file.display(), f64::from(shot.head) / 24.0);
            let filters = format!("fps=24,scale={width}:{height},{colour}");
            let arguments = format!("-ss {from} -i {take} -vf {filters} {encoding}");
            ffmpeg(&arguments, &folder.join(format!("segment-{index}.mp4")));
        }
        let sound = format!("-i {} -c:v copy -c:a aac -b:a 192k -movflags +faststart", wav.display());
        ffmpeg(&format!("-f concat -i {} {sound}", list.display()), &folder.join("segments.mp4"));
    };
    watched(work).1
}

/// Shots of 2.75 to 4.75 s at places of their own, each with the take it shows.
fn cut_list(clips: usize, studio: &Studio) -> Vec<(Shot, usize)> {
    let mut start = 0;
    let shots = (0..clips as u32).map(|number| {
        let (frames, head) = (66 + number * 37 % 49, number * 3 % 6);
        let shot = shot(number, start, frames, head);
        start += frames;
        (shot, number as usize % (studio.takes.len() - 1))
    });
    shots.collect()
}

fn shot(number: u32, start: u32, frames: u32, head: u32) -> Shot {
    let code = format!("1_{:04}", number * 10 + 10).parse().expect("a shot code");
    Shot { head, ..Shot::blank(code, FrameRange::new(FilmFrame(start), frames)) }
}

fn take(tools: &Tools, folder: &Path, seed: usize, size: &str, rate: u32) -> CircledTake {
    let file = folder.join(format!("take-{seed}.mp4"));
    // As generators write them: only one says what it is.
    let tags = if seed == 1 { "-colorspace bt709 -color_range tv" } else { "" };
    let drawn = format!("testsrc2=s={size}:r={rate}:d=5,noise=alls=3:allf=t:all_seed={seed}");
    ffmpeg(
        &format!("-f lavfi -i {drawn} -c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p {tags}"),
        &file,
    );
    let media = probe(tools, &file, &LIMITS).expect("a clip");
    let frames = media.picture().expect("a picture").frames;
    let hash = hash_file(&file).expect("a hash");
    CircledTake { hash, media, frames, colour: None, encoded: None }
}

fn sound(studio: &Studio, folder: &Path, frames: u32) -> PathBuf {
    let (wav, sound) = (folder.join("sound.wav"), folder.join("sound.m4a"));
    let samples = u64::from(frames) * 2000;
    ffmpeg(&format!("-f lavfi -i sine=r=48000,atrim=end_sample={samples} -ac 2"), &wav);
    encode_aac(&studio.tools, &wav, 192_000, &sound, &LIMITS).expect("sound");
    sound
}

fn ffmpeg(arguments: &str, file: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(arguments.split_whitespace()).arg(file);
    assert!(command.status().expect("ffmpeg runs").success(), "{arguments}");
}
