use soundlock_draw::DrawError;
use soundlock_picture::PictureError;
use soundlock_plan::ShotCode;

/// What can go wrong while finishing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FinishError {
    /// A take ends before its shot does. `judge` should not have let it be circled.
    #[error("the take of shot {code} has {frames} frames where {needed} are needed")]
    TakeTooShort {
        /// The shot.
        code: ShotCode,
        /// Frames the take has.
        frames: u32,
        /// Frames of the take that the shot needs, its head handle counted in.
        needed: u32,
    },
    /// A shot without a single frame.
    #[error("shot {code} has no frames")]
    EmptyShot {
        /// The shot.
        code: ShotCode,
    },
    /// The pieces are not the shots of the cut list.
    #[error("piece {index} of the picture is {found}, the cut list has {wanted} there")]
    WrongPiece {
        /// Place among the pieces, from 0.
        index: usize,
        /// What was handed over: `12_0040 with 57 frames`, `nothing`.
        found: String,
        /// What the cut list says.
        wanted: String,
    },
    /// Picture and sound are not equally long.
    #[error("the picture has {picture} frames, the locked sound {locked}")]
    WrongTotal {
        /// Frames of the pieces together.
        picture: u64,
        /// Frames of the locked sound.
        locked: u32,
    },
    /// A card has letters that no font of this system shows.
    #[error("no font of this system has {}", listed(characters))]
    MissingGlyphs {
        /// The letters, each once.
        characters: Vec<char>,
    },
    /// Drawing failed.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// FFmpeg or a file failed.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

impl FinishError {
    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TakeTooShort { code, .. } => Some(format!(
                "circle another take of {code} (`soundlock circle {code} TAKE`), or shoot it again"
            )),
            Self::EmptyShot { code } => {
                Some(format!("give {code} at least one frame in cuts.toml, or take it out"))
            }
            Self::MissingGlyphs { characters } => Some(font_hint(characters)),
            Self::Draw(error) => error.hint(),
            Self::Picture(error) => error.hint(),
            _ => None,
        }
    }
}

/// `가 (U+AC00), 나 (U+B098)`; what cannot be printed by its number alone.
fn listed(characters: &[char]) -> String {
    let private = |letter: char| matches!(letter, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    let said = |letter: &char| match u32::from(*letter) {
        number if private(*letter) => format!("U+{number:04X}"),
        number => format!("{letter} (U+{number:04X})"),
    };
    let shown: Vec<String> = characters.iter().take(12).map(said).collect();
    let more = characters.len().saturating_sub(12);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

fn font_hint(characters: &[char]) -> String {
    let east_asian = characters.iter().any(|letter| {
        matches!(letter, '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}')
    });
    let packages = if east_asian {
        "`fonts-noto-cjk` (apt), `google-noto-sans-cjk-fonts` (dnf), `noto-fonts-cjk` (pacman) or \
         `font-noto-sans-cjk-kr` (brew)"
    } else {
        "`fonts-noto-core` (apt), `google-noto-sans-fonts` (dnf), `noto-fonts` (pacman) or `font-noto-sans` (brew)"
    };
    format!("install a font that has them, such as {packages}, or write the words with other letters")
}
