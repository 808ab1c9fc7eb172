//! What a piece of work took: of this process and of every process it started. Read from `/proc`, so only on Linux;
//! elsewhere wall time alone is told.

use std::fmt;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Clock ticks a second in `/proc`, on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What work took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) wall_seconds: f64,
    /// Of this process and its children, user and system together.
    pub(crate) cpu_seconds: f64,
    /// Most resident memory of this process and its children at any one time.
    pub(crate) peak_mib: u64,
}

/// Does `work` and says what it took.
pub(crate) fn watched<T>(work: impl FnOnce() -> T) -> (T, Usage) {
    let (over, before, started) = (AtomicBool::new(false), cpu_seconds(), Instant::now());
    let (result, peak_mib) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !over.load(Ordering::Relaxed) {
                peak = peak.max(resident_mib());
                thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        let result = work();
        over.store(true, Ordering::Relaxed);
        (result, watch.join().unwrap_or(0))
    });
    let wall_seconds = started.elapsed().as_secs_f64();
    (result, Usage { wall_seconds, cpu_seconds: cpu_seconds() - before, peak_mib })
}

impl Usage {
    /// This as parts of `other`.
    pub(crate) fn against(&self, other: &Self) -> String {
        let cpu = self.cpu_seconds / other.cpu_seconds;
        format!("ratio: CPU {cpu:.2}, wall {:.2}", self.wall_seconds / other.wall_seconds)
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wall_seconds, cpu_seconds, peak_mib } = self;
        write!(f, "{wall_seconds:.2} s wall, {cpu_seconds:.2} CPU-s, {peak_mib} MiB")
    }
}

/// CPU of this process and of children that have ended.
fn cpu_seconds() -> f64 {
    let fields = stat("self").unwrap_or_default();
    fields.get(11..15).unwrap_or_default().iter().sum::<i64>() as f64 / TICKS
}

fn resident_mib() -> u64 {
    let mut kib = 0;
    let mut waiting = vec![std::process::id().to_string()];
    while let Some(process) = waiting.pop() {
        kib += resident_kib(&process).unwrap_or(0);
        for thread in fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            waiting.extend(children.split_whitespace().map(str::to_owned));
        }
    }
    kib >> 10
}

fn resident_kib(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Numbers of `/proc/…/stat` after the name, which may hold anything.
fn stat(process: &str) -> Option<Vec<i64>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
}
