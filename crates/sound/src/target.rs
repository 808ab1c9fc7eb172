use serde::{Deserialize, Serialize};

/// A loudness to deliver at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name in `film.toml`.
    pub name: String,
    /// Loudness in LUFS (ITU-R BS.1770-4), of what `gate` measures; louder is higher.
    pub integrated_lufs: f64,
    /// Highest true peak in dBTP.
    pub true_peak_dbtp: f64,
    /// What of the film is measured.
    #[serde(default, skip_serializing_if = "Gate::is_whole")]
    pub gate: Gate,
}

/// What of a film its loudness is measured on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// All of it, pauses left out by the gates of ITU-R BS.1770-4.
    #[default]
    Whole,
    /// The mix while somebody speaks, as the lock has it.
    Dialogue {
        /// Loudness of the whole film in LUFS, where people speak in less than 15 % of it.
        sparse_lufs: f64,
    },
}

impl Gate {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// Percent of a film in which people speak from which on dialogue says how loud it is.
///
/// Source: Netflix Sound Mix Specifications 1.6.
const LEAST_SPOKEN_PERCENT: u64 = 15;

impl Target {
    /// Names of the targets that [`Target::named`] knows.
    pub const NAMES: [&'static str; 4] = ["web", "ebu-r128", "netflix", "cinema"];

    /// The target of this name; `None` where there is none.
    ///
    /// Sources: streaming practice of -14 LUFS; EBU R 128 (-23 LUFS; its -1 dBTP is for production); Netflix Sound
    /// Mix Specifications 1.6 (-27 LKFS dialogue-gated, or -24 of the whole where little is said, -2 dBTP). Cinemas play
    /// at a fixed gain: dialogue near -27 with headroom up to -3 dBTP is what a calibrated room expects.
    pub fn named(name: &str) -> Option<Self> {
        let (integrated_lufs, true_peak_dbtp, gate) = match name {
            "web" => (-14.0, -1.0, Gate::Whole),
            "ebu-r128" => (-23.0, -1.0, Gate::Whole),
            "netflix" => (-27.0, -2.0, Gate::Dialogue { sparse_lufs: -24.0 }),
            "cinema" => (-27.0, -3.0, Gate::Dialogue { sparse_lufs: -27.0 }),
            _ => return None,
        };
        Some(Self { name: name.to_owned(), integrated_lufs, true_peak_dbtp, gate })
    }

    /// The target for the open web: -14 LUFS, -1 dBTP.
    pub fn web() -> Self {
        let name = "web".to_owned();
        Self { name, integrated_lufs: -14.0, true_peak_dbtp: -1.0, gate: Gate::Whole }
    }

    /// What it comes to in a film of `samples` in which people speak for `spoken`.
    pub(crate) fn of_film(&self, spoken: u64, samples: u64) -> Self {
        match self.gate {
            Gate::Dialogue { sparse_lufs } if spoken * 100 < samples * LEAST_SPOKEN_PERCENT => {
                Self { integrated_lufs: sparse_lufs, gate: Gate::Whole, ..self.clone() }
            }
            _ => self.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_target_is_known() {
        for name in Target::NAMES {
            assert_eq!(Target::named(name).map(|target| target.name), Some(name.to_owned()));
        }
        assert_eq!(Target::named("loud"), None);
        assert_eq!(Target::named("web"), Some(Target::web()));
    }

    #[test]
    fn a_film_with_little_dialogue_is_measured_whole() {
        for (name, spoken, wanted) in [
            ("netflix", 15, (-27.0, false)),
            ("netflix", 14, (-24.0, true)),
            ("cinema", 0, (-27.0, true)),
            ("web", 50, (-14.0, true)),
        ] {
            let target = Target::named(name).unwrap().of_film(spoken, 100);
            assert_eq!((target.integrated_lufs, target.gate == Gate::Whole), wanted, "{name} {spoken}");
        }
    }
}
