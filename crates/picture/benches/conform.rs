//! What a film-maker waits for: a piece of film made of a clip, and 750 pieces joined. Each line is one run.
#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use soundlock_picture::{
    Conversion, Encoding, Fit, Limits, Tools, VideoCodec, convert, encode_aac, join, probe,
};
use soundlock_time::{Fps, Raster, SampleRate, TakeFrame};

const LIMITS: Limits = Limits::GENEROUS;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the clips");
    conform(folder.path());
    join_a_feature(folder.path());
}

fn conform(folder: &Path) {
    let tools = Tools::find("ffmpeg", "ffprobe").expect("FFmpeg");
    for (name, size, rate) in
        [("832x480/16", "832x480", 16), ("1280x720/24", "1280x720", 24), ("1920x1080/30", "1920x1080", 30)]
    {
        let clip = folder.join(format!("{size}.mp4"));
        ffmpeg(
            &format!(
                "-f lavfi -i testsrc2=s={size}:r={rate}:d=5,noise=alls=3:allf=t -c:v libx264 -preset veryfast -crf 16 -pix_fmt yuv420p"
            ),
            &clip,
        );
        let media = probe(&tools, &clip, &LIMITS).expect("a clip");
        let conversion = Conversion {
            frames: (0..110).map(|frame| TakeFrame((frame * rate + 12) / 24)).collect(),
            fps: Fps::FILM,
            raster: Raster::HD,
            fit: Fit::Fill,
            source: None,
            encoding: Encoding { codec: VideoCodec::H264 { preset: "veryfast".into(), crf: 20 }, threads: 2 },
        };
        let piece = folder.join(format!("{size}-piece.mp4"));
        let ours = timed(|| convert(&tools, &media, &conversion, &piece, &LIMITS).expect("a piece"));
        let finished = folder.join("finished.y4m");
        ffmpeg(&format!("-i {} -f yuv4mpegpipe", piece.display()), &finished);
        let floor = timed(|| {
            ffmpeg(
                &format!("-i {} -c:v libx264 -preset veryfast -crf 20 -threads 2", finished.display()),
                &folder.join("floor.mp4"),
            );
        });
        println!(
            "conform {name} to 1080p24, 110 frames: {ours:.2} s; encoding the finished frames: {floor:.2} s; ratio {:.2}",
            ours / floor
        );
    }
}

fn join_a_feature(folder: &Path) {
    let tools = Tools::find("ffmpeg", "ffprobe").expect("FFmpeg");
    let pieces: Vec<PathBuf> = ["832x480", "1280x720", "1920x1080"]
        .iter()
        .cycle()
        .take(750)
        .map(|size| folder.join(format!("{size}-piece.mp4")))
        .collect();
    let (wav, sound) = (folder.join("sound.wav"), folder.join("sound.m4a"));
    let samples = 750 * 110 * 2000;
    ffmpeg(&format!("-f lavfi -i sine=r=48000,atrim=end_sample={samples} -ac 2"), &wav);
    encode_aac(&tools, &wav, 192_000, &sound, &LIMITS).expect("sound");
    let film = folder.join("film.mp4");
    let wall = timed(|| {
        join(&pieces, Some((&sound, SampleRate::FILM, samples)), Fps::FILM, &film).expect("a film");
    });
    let bytes = film.metadata().expect("a film").len();
    println!("join 750 pieces, 58 min of 1080p with sound, {} MiB: {wall:.2} s", bytes >> 20);
}

fn ffmpeg(arguments: &str, file: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(arguments.split_whitespace()).arg(file);
    assert!(command.status().expect("ffmpeg runs").success(), "{arguments}");
}

fn timed(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}
