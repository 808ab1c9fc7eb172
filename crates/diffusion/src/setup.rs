use serde::{Deserialize, Serialize};

use crate::{DiffusionError, Weights};

/// How a model is run on this machine: `[generators.NAME.diffusion]` of `film.toml`. What is not said is left to
/// stable-diffusion.cpp.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    /// The model's files, by what they are.
    pub weights: Weights,
    /// How many steps each take is sampled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// How closely the words are followed (classifier-free guidance); 1 leaves the negative prompt out, and takes half the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cfg: Option<f32>,
    /// Shift of the flow's schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_shift: Option<f32>,
    /// `euler`, say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampler: Option<String>,
    /// `simple`, say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduler: Option<String>,
    /// What is different in the first, noisy stage of a model with two.
    #[serde(skip_serializing_if = "HighNoise::is_unset")]
    pub high_noise: HighNoise,
    /// Threads of the processor; one for each core where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// Decode in tiles, which takes less memory.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub vae_tiling: bool,
    /// Attention that takes less memory.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub flash_attention: bool,
    /// Map weights instead of reading them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mmap: bool,
    /// GiB of the graphics card's memory that may be used; the rest of the weights stays outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_vram_gib: Option<f32>,
}

/// The first, noisy stage of a model with two.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HighNoise {
    /// Its steps; where the model changes over by itself if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// How closely the words are followed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cfg: Option<f32>,
}

impl HighNoise {
    fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

impl Setup {
    /// Whether numbers are of use and the weights that no model does without are named; no file is looked at.
    pub fn check(&self) -> Result<(), DiffusionError> {
        let within = |key, value: Option<f64>, least: f64, most: f64| match value {
            Some(value) if !(least..=most).contains(&value) => {
                Err(DiffusionError::OutOfRange { key, value: value.to_string(), least, most })
            }
            _ => Ok(()),
        };
        within("steps", self.steps.map(f64::from), 1.0, 1000.0)?;
        within("cfg", self.cfg.map(f64::from), 0.0, 100.0)?;
        within("flow_shift", self.flow_shift.map(f64::from), 0.0, 100.0)?;
        within("high_noise.steps", self.high_noise.steps.map(f64::from), 0.0, 1000.0)?;
        within("high_noise.cfg", self.high_noise.cfg.map(f64::from), 0.0, 100.0)?;
        within("threads", self.threads.map(f64::from), 1.0, 1024.0)?;
        within("max_vram_gib", self.max_vram_gib.map(f64::from), -1.0, 4096.0)?;
        self.weights.check_named()
    }

    /// What a take depends on: without what only decides how fast it comes.
    #[must_use]
    pub fn identity(&self) -> Self {
        Self {
            threads: None,
            vae_tiling: false,
            flash_attention: false,
            mmap: false,
            max_vram_gib: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wan() -> Setup {
        serde_json::from_str(
            r#"{"weights": {"diffusion": "w/wan.gguf", "text": "w/umt5.gguf", "vae": "w/vae.safetensors"}, "steps": 30}"#,
        )
        .unwrap()
    }

    #[test]
    fn numbers_of_no_use_are_named() {
        assert!(wan().check().is_ok());
        let said = |setup: Setup| setup.check().unwrap_err().to_string();
        assert_eq!(said(Setup { steps: Some(0), ..wan() }), "steps is 0, which is not within 1 to 1000");
        assert!(said(Setup { cfg: Some(f32::NAN), ..wan() }).starts_with("cfg is NaN"));
        assert!(said(Setup { threads: Some(5000), ..wan() }).starts_with("threads is 5000"));
        assert_eq!(said(Setup::default()), "no weights are named as `diffusion`");
    }

    #[test]
    fn a_faster_machine_makes_no_other_take() {
        let fast = Setup { threads: Some(64), mmap: true, max_vram_gib: Some(24.0), ..wan() };
        assert_eq!(fast.identity(), wan().identity());
        assert_ne!(Setup { steps: Some(31), ..wan() }.identity(), wan().identity());
        let written = serde_json::to_string(&wan()).unwrap();
        assert_eq!(serde_json::from_str::<Setup>(&written).unwrap(), wan());
        assert!(!written.contains("null") && !written.contains("high_noise"), "{written}");
    }
}
