use soundlock_sound::{Gate, LoudnessReport, TOLERANCE_LU};

use crate::Check;

const LOUDNESS: &str = "ITU-R BS.1770-4, annex 1";
const DIALOGUE: &str = "ITU-R BS.1770-4, annex 1, where the lock has speech";
const PEAK: &str = "ITU-R BS.1770-4, annex 2";

/// What `report`, measured on the sound of a delivery as a player decodes it, is against its target.
pub fn loudness_checks(report: &LoudnessReport) -> Vec<Check> {
    let target = &report.target;
    let (what, clause) = match target.gate {
        Gate::Whole => ("loudness of the encoded sound", LOUDNESS),
        Gate::Dialogue { .. } => ("loudness of the dialogue in the encoded sound", DIALOGUE),
    };
    let near = |lufs: f64| (lufs - target.integrated_lufs).abs() <= TOLERANCE_LU;
    let said = |value: Option<f64>, unit| match value {
        Some(value) => format!("{value:.2} {unit}"),
        None => "silence".to_owned(),
    };
    let wanted = format!("{:.1} ±{TOLERANCE_LU} LUFS ({})", target.integrated_lufs, target.name);
    let loud = Check::new(
        what,
        said(report.integrated_lufs, "LUFS"),
        wanted,
        report.integrated_lufs.is_none_or(near),
        clause,
    );
    let highest = target.true_peak_dbtp;
    let peak = Check::new(
        "true peak of the encoded sound",
        said(report.true_peak_dbtp, "dBTP"),
        format!("{highest:.1} dBTP at most ({})", target.name),
        report.true_peak_dbtp.is_none_or(|peak| peak <= highest),
        PEAK,
    );
    vec![loud.not_binding(), peak.not_binding()]
}

#[cfg(test)]
mod tests {
    use soundlock_sound::Target;

    use super::*;

    fn checked(
        target: &str,
        integrated_lufs: Option<f64>,
        true_peak_dbtp: Option<f64>,
    ) -> Vec<(String, bool)> {
        let target = Target::named(target).unwrap();
        let report =
            LoudnessReport { integrated_lufs, true_peak_dbtp, loudness_range_lu: None, target, passed: true };
        let checks = loudness_checks(&report);
        assert!(checks.iter().all(|check| !check.binding));
        checks
            .into_iter()
            .map(|check| (format!("{}: {}, {}", check.name, check.value, check.limit), check.passed))
            .collect()
    }

    #[test]
    fn loudness_is_told_with_its_limit() {
        let found = checked("web", Some(-14.04), Some(-1.2));
        assert_eq!(
            found[0],
            ("loudness of the encoded sound: -14.04 LUFS, -14.0 ±0.1 LUFS (web)".to_owned(), true)
        );
        assert_eq!(
            found[1],
            ("true peak of the encoded sound: -1.20 dBTP, -1.0 dBTP at most (web)".to_owned(), true)
        );
    }

    #[test]
    fn what_does_not_hold_is_said() {
        for (lufs, peak, wanted) in [
            (Some(-26.8), Some(-2.1), [false, true]),
            (Some(-27.0), Some(-1.9), [true, false]),
            (None, None, [true, true]),
        ] {
            let found = checked("netflix", lufs, peak);
            assert!(found[0].0.starts_with("loudness of the dialogue"), "{found:?}");
            assert_eq!([found[0].1, found[1].1], wanted, "{found:?}");
        }
    }
}
