use soundlock_time::Fps;

use crate::{GeneratorLimits, Handles, Price, Shot, ShotKind};

/// What shots would be at one generator: seconds made, seconds seen, money.
#[derive(Debug, Clone, PartialEq)]
pub struct Footage {
    /// Shots that it can make.
    pub shots: usize,
    /// Shots that are longer than its ceiling and not counted.
    pub too_long: usize,
    /// Seconds that it makes: handles and the step up to the next legal length counted in.
    pub generated_secs: f64,
    /// Seconds of them that are in the film.
    pub used_secs: f64,
    /// What one take of each costs; `None` where the generator's price is not known.
    pub price: Option<Price>,
}

/// What the scenes' shots among `shots` would be if `generator` made one take of each, with `handles`, for a film at
/// rate `film`.
pub fn footage<'a>(
    shots: impl IntoIterator<Item = &'a Shot>,
    generator: &GeneratorLimits,
    handles: Handles,
    film: Fps,
) -> Footage {
    let (mut count, mut too_long) = (0, 0);
    let (mut generated, mut used) = (0_u64, 0_u64);
    for shot in shots.into_iter().filter(|shot| shot.kind == ShotKind::Scene) {
        let wanted = shot.frames().saturating_add(handles.total());
        let Some(frames) = generator.take_for(wanted, film) else {
            too_long += 1;
            continue;
        };
        count += 1;
        generated += u64::from(frames);
        used += u64::from(shot.frames());
    }
    let secs = |frames: u64, fps: Fps| frames as f64 * f64::from(fps.den()) / f64::from(fps.num());
    Footage {
        shots: count,
        too_long,
        generated_secs: secs(generated, generator.fps),
        used_secs: secs(used, film),
        price: generator.price.as_ref().map(|price| price.of(generated, generator.fps)),
    }
}

impl Price {
    /// What `frames` at rate `fps` cost where this is the price of a second, rounded up to a whole millionth.
    fn of(&self, frames: u64, fps: Fps) -> Self {
        let ticks = u128::from(frames) * u128::from(fps.den()) * u128::from(self.micros);
        let micros = u64::try_from(ticks.div_ceil(u128::from(fps.num()))).unwrap_or(u64::MAX);
        Self { micros, currency: self.currency.clone() }
    }
}
