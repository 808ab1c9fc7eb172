//! What judging a take costs: the measures of one frame, and a whole 1080p take with its decoding.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};
use soundlock_judge::{Expected, JudgeRules, Measures, judge};
use soundlock_picture::{Limits, Tools};

/// Two seconds of 1080p with detail everywhere, as a generator would send it.
fn take(file: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", "mandelbrot=s=1920x1080:r=24,noise=alls=6:allf=t"]);
    command.args(["-t", "2", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "12M", "-pix_fmt", "yuv420p"]);
    assert!(command.arg(file).status().expect("FFmpeg is installed").success());
}

fn judge_1080p_frame(criterion: &mut Criterion) {
    let frame = |by: usize| {
        (0..320 * 180).map(|at: usize| ((at * 7 + at / 320 * 13 + by * 31) % 251) as u8).collect::<Vec<u8>>()
    };
    let frames = [frame(0), frame(1), frame(2)];
    let mut measures = Measures::new(320, 180).expect("large enough");
    let mut next = (0..3).cycle();
    criterion.bench_function("judge_1080p_frame", |bencher| {
        bencher.iter(|| measures.see(black_box(&frames[next.next().unwrap_or(0)])));
    });
}

fn judge_1080p_take(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("take.mp4");
    take(&file);
    let tools = Tools::find("ffmpeg", "ffprobe").expect("FFmpeg is installed");
    let mut group = criterion.benchmark_group("judge_1080p_take");
    group.sample_size(10);
    group.bench_function("two_seconds", |bencher| {
        bencher.iter(|| judge(&tools, &file, &Expected::default(), &JudgeRules::STANDARD, &Limits::GENEROUS));
    });
    group.finish();
}

criterion_group!(benches, judge_1080p_frame, judge_1080p_take);
criterion_main!(benches);
