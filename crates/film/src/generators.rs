//! The generators of a film, by name.

use std::sync::Arc;

use soundlock_shoot::Generator;
use soundlock_shoot::animatic::{Animatic, AnimaticStyle, CastLook, PlantedFault};

use crate::rules::frames;
use crate::settings::{Settings, rgb};
use crate::{Film, FilmError};

/// How long a take of the animatic may be where nothing is said: what generators of the day hold together, so that a
/// film cut for the animatic can be shot for real.
const CEILING_SECS: f64 = 5.0;

/// Longest take of generator `name` in film frames.
pub(crate) fn ceiling_frames(settings: &Settings, name: &str) -> u32 {
    let own = settings.generators.get(name).and_then(|generator| generator.ceiling_secs);
    frames(settings.fps(), own.unwrap_or(CEILING_SECS)).max(1)
}

/// The generator called `name`. Settings are checked, so every name that a shot can have is one.
pub(crate) fn generator(film: &Film, name: &str) -> Result<Arc<dyn Generator>, FilmError> {
    let own = film.settings.generators.get(name).cloned().unwrap_or_default();
    let style = style(&film.settings, ceiling_frames(&film.settings, name), own.faults);
    let animatic = Animatic::new(film.studio.tools.clone(), style);
    Ok(Arc::new(if own.burn_in { animatic.with_lettering(film.lettering()?) } else { animatic }))
}

/// The animatic without faults, to stand in where another generator's takes cannot be shown.
pub(crate) fn plain_animatic(film: &Film) -> Arc<dyn Generator> {
    let style = style(&film.settings, u32::MAX, Vec::new());
    Arc::new(Animatic::new(film.studio.tools.clone(), style))
}

fn style(settings: &Settings, ceiling: u32, faults: Vec<PlantedFault>) -> AnimaticStyle {
    let look = |(name, cast): (&String, &crate::settings::CastSettings)| CastLook {
        name: name.clone(),
        colour: cast.colour.as_deref().and_then(rgb),
        looks: cast.looks.clone(),
    };
    let cast = settings.cast.iter().map(look).collect();
    AnimaticStyle { cast, faults, ceiling, ..AnimaticStyle::plain(settings.fps()) }
}
