//! Where what a model makes may not be shown.

use std::collections::BTreeMap;

use soundlock_deliver::Check;
use soundlock_shoot::Licence;

use crate::shots::ShotState;
use crate::{Film, TakeOrigin};

/// Members of the European Union, for a film that names countries and a licence that names the Union.
///
/// Source: European Union, list of countries, as of 2026.
const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Film {
    /// Whether the film may be shown where it is to be shown: a check for each model whose licence keeps a territory out.
    pub(crate) fn territories(&self, states: &[ShotState]) -> Vec<Check> {
        let mut models: BTreeMap<String, (Licence, Vec<String>)> = BTreeMap::new();
        for state in states {
            let Some((model, licence)) =
                self.licence_of(state).filter(|(_, licence)| !licence.not_in.is_empty())
            else {
                continue;
            };
            models.entry(model).or_insert_with(|| (licence, Vec::new())).1.push(state.shot.code.to_string());
        }
        let shown_in = &self.settings.rights.shown_in;
        models
            .into_iter()
            .map(|(model, (licence, shots))| check(&model, &licence, &shots, shown_in))
            .collect()
    }

    /// The model that made the take in the film, and its licence.
    fn licence_of(&self, state: &ShotState) -> Option<(String, Licence)> {
        let by_shot = || {
            let by_model = self.settings.by_model(&state.shot.generator)?;
            Some((by_model.model.name, by_model.model.licence?))
        };
        match &state.circled_take().filter(|_| !state.stands_in)?.entry.origin {
            TakeOrigin::Generator { making, .. } => {
                let making = making.as_ref()?;
                Some((making.model_name.clone(), making.licence.clone()?))
            }
            TakeOrigin::File { .. } => by_shot(),
        }
    }
}

fn check(model: &str, licence: &Licence, shots: &[String], shown_in: &[String]) -> Check {
    let there: Vec<&str> = shown_in
        .iter()
        .map(String::as_str)
        .filter(|country| licence.not_in.iter().any(|kept_out| overlap(kept_out, country)))
        .collect();
    let first = shots.first().map(String::as_str).unwrap_or_default();
    let many = if shots.len() == 1 { "1 shot".to_owned() } else { format!("{} shots", shots.len()) };
    let what = match (shown_in.is_empty(), there.is_empty()) {
        (true, _) => "and nobody said where the film is shown".to_owned(),
        (false, true) => "and the film is shown elsewhere".to_owned(),
        (false, false) => format!("and the film is shown in {}", there.join(", ")),
    };
    Check {
        name: format!("pictures of {model}"),
        value: format!("{many}, the first {first}: not to be shown in {}, {what}", licence.not_in.join(", ")),
        limit: format!("{} ({})", licence.id, licence.source),
        passed: !shown_in.is_empty() && there.is_empty(),
        clause: "film.toml, [rights] shown_in".to_owned(),
        binding: !shown_in.is_empty(),
    }
}

fn overlap(kept_out: &str, country: &str) -> bool {
    let (kept_out, country) = (kept_out.to_uppercase(), country.to_uppercase());
    // Both codes of the United Kingdom are in use.
    let same = |code: &str| if code == "UK" { "GB".to_owned() } else { code.to_owned() };
    same(&kept_out) == same(&country)
        || (kept_out == "EU" && UNION.contains(&country.as_str()))
        || (country == "EU" && UNION.contains(&kept_out.as_str()))
        || country == "WORLD"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_is_kept_out_where_its_model_is() {
        let licence = Licence {
            id: "LicenseRef-X".to_owned(),
            not_in: ["EU", "GB", "KR"].map(str::to_owned).to_vec(),
            source: "its text".to_owned(),
        };
        let passes = |shown: &[&str]| {
            let shown: Vec<String> = shown.iter().map(|code| (*code).to_owned()).collect();
            let check = check("X", &licence, &["1_0010".to_owned()], &shown);
            (check.passed, check.binding)
        };
        assert_eq!(passes(&[]), (false, false));
        assert_eq!(passes(&["US", "JP"]), (true, true));
        for shown in ["KR", "kr", "UK", "GB", "EU", "DE", "world"] {
            assert_eq!(passes(&["US", shown]), (false, true), "{shown}");
        }
    }
}
