//! Why nothing of a recording is used, and what to do about it.

use std::fmt;

/// Why nothing of a recording is used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unusable {
    /// Nobody speaks in it.
    Silent,
    /// What is said in it is not what the script has.
    OtherWords,
    /// Its name speaks of a scene or line that the script does not have.
    Stranger {
        /// The number in its name.
        number: String,
    },
    /// Nobody can listen to it.
    Unheard,
    /// It is damaged, or no sound, or may not be read.
    Damaged {
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// It is no file that is looked at.
    PassedOver {
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
}

impl Unusable {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Silent => "was the microphone on? record it again, or take the file out of the folder",
            Self::OtherWords => {
                "is it of another scene, script or language? what the actors made up can be taken by hand: \
                 `soundlock line 12.03 --from FILE --in 1:15.2 --out 1:18`"
            }
            Self::Stranger { .. } => {
                "name it for a line (12.03.wav), a scene (scene 12.wav) or a character, or without a number"
            }
            Self::Unheard => "install espeak-ng, or cut it up and name each part for its line (12.03.wav)",
            Self::Damaged { .. } => "copy it from the recorder again, or export it as WAV",
            Self::PassedOver { .. } => "put the recordings themselves into the folder",
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => write!(formatter, "nobody speaks in it"),
            Self::OtherWords => write!(formatter, "what is said in it is not the script's lines"),
            Self::Stranger { number } => {
                write!(formatter, "it is named for {number}, which the script does not have")
            }
            Self::Unheard => write!(
                formatter,
                "it is named for no line, and without espeak-ng it cannot be laid against the script"
            ),
            Self::Damaged { why } | Self::PassedOver { why } => write!(formatter, "it {why}"),
        }
    }
}
