//! What is installed, and what each missing part would give.

use soundlock_draw::Lettering;
use soundlock_picture::Tools;
use soundlock_sound::Espeak;

/// A part that the film is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What was found: a version, a font; `None` where it is missing.
    pub found: Option<String>,
    /// What it gives.
    pub gives: &'static str,
    /// Whether no film can be made without it.
    pub needed: bool,
    /// How to install it, by package manager.
    pub install: &'static [(&'static str, &'static str)],
}

const FFMPEG: &[(&str, &str)] = &[
    ("Debian, Ubuntu", "sudo apt-get install ffmpeg"),
    ("Fedora", "sudo dnf install ffmpeg-free"),
    ("Arch", "sudo pacman -S ffmpeg"),
    ("macOS", "brew install ffmpeg"),
];
const ESPEAK: &[(&str, &str)] = &[
    ("Debian, Ubuntu", "sudo apt-get install espeak-ng"),
    ("Fedora", "sudo dnf install espeak-ng"),
    ("Arch", "sudo pacman -S espeak-ng"),
    ("macOS", "brew install espeak-ng"),
];
const FONT: &[(&str, &str)] = &[
    ("Debian, Ubuntu", "sudo apt-get install fonts-nanum"),
    ("Fedora", "sudo dnf install google-noto-sans-cjk-fonts"),
    ("Arch", "sudo pacman -S noto-fonts-cjk"),
    ("macOS", "brew install font-noto-sans-cjk-kr"),
];

/// Every part, in the order a film needs them.
pub fn doctor() -> Vec<Part> {
    let tools = Tools::find("ffmpeg", "ffprobe");
    let encoders = tools.as_ref().ok().and_then(|tools| tools.encoders().ok()).unwrap_or_default();
    let has = |encoder: &str| encoders.contains(encoder);
    let part = |name, found, gives, needed, install| Part { name, found, gives, needed, install };
    let there = |there: bool| there.then(|| "there".to_owned());
    vec![
        part(
            "FFmpeg",
            tools.as_ref().ok().map(|tools| tools.version.clone()),
            "reads and writes every picture and sound; nothing works without it",
            true,
            FFMPEG,
        ),
        part(
            "libx264",
            there(has("libx264")),
            "H.264, in which takes and the film are encoded",
            true,
            FFMPEG,
        ),
        part("AAC", there(has("aac")), "the sound of the MP4", true, FFMPEG),
        part(
            "espeak-ng",
            Espeak::find("espeak-ng").map(|espeak| espeak.version),
            "a scratch voice for lines nobody has recorded; without it they are hummed",
            false,
            ESPEAK,
        ),
        part("font", font("Aa"), "lettering: title, credits, contact sheet", true, FONT),
        part("Hangul font", font("한글"), "Korean titles and words", false, FONT),
    ]
}

fn font(sample: &str) -> Option<String> {
    let lettering = Lettering::system().ok()?;
    lettering.missing(sample).is_empty().then(|| "there".to_owned())
}
