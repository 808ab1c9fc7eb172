//! Attempts that the director ends: called off while they are out, settled by what a vendor's bill says.

use soundlock_plan::ShotCode;
use soundlock_shoot::queue::{self, Attempt, CallOffError, CalledOff, Standing, attempts};
use soundlock_shoot::{Estimate, Money};

use crate::{Film, FilmError};

impl Film {
    /// The attempts that `name` means: one take (`12_0040-3`), or everything of a shot (`12_0040`) that is not over.
    pub fn attempts_named(&self, name: &str) -> Result<Vec<Attempt>, FilmError> {
        let all = attempts(&self.vault)?;
        let none = || FilmError::NoSuchAttempt { name: name.to_owned() };
        let take =
            name.rsplit_once('-').and_then(|(code, take)| Some((code.parse().ok()?, take.parse().ok()?)));
        if let Some(take) = take {
            return all.get(&take).cloned().map(|attempt| vec![attempt]).ok_or_else(none);
        }
        let code: ShotCode = name.parse().map_err(|_| none())?;
        let of_shot = all.into_values().filter(|attempt| attempt.intent.code == code && is_open(attempt));
        let of_shot: Vec<Attempt> = of_shot.collect();
        if of_shot.is_empty() { Err(none()) } else { Ok(of_shot) }
    }

    /// Everything that is not over.
    pub fn open_attempts(&self) -> Result<Vec<Attempt>, FilmError> {
        Ok(attempts(&self.vault)?.into_values().filter(is_open).collect())
    }

    /// Asks the generator of `attempt` to stop it, and says what became of it. A take that was made in the meantime is not
    /// lost.
    pub fn call_off(&self, attempt: &mut Attempt) -> Result<CalledOff, FilmError> {
        let generator = attempt.intent.identity.name.clone();
        let take = attempt.name();
        let crew = self.crews(&[generator.as_str()])?.remove(&generator);
        let Some(crew) = crew else {
            let why = format!("film.toml has no generator `{generator}` that could be asked");
            return Err(FilmError::NotCalledOff { take, why });
        };
        let ended = queue::call_off(&self.vault, &crew, attempt, &self.studio.cancel);
        ended.map_err(|error| match error {
            CallOffError::Vault(error) => error.into(),
            error => FilmError::NotCalledOff { take, why: error.to_string() },
        })
    }

    /// Puts down what `attempt` came to, in millionths of a US dollar, by the vendor's bill. One that is out, or that nobody
    /// knows, is over with that: its take is not fetched.
    pub fn settle(&self, attempt: &Attempt, micros: u64) -> Result<(), FilmError> {
        let cost = match i64::try_from(micros) {
            Ok(0) => Estimate::Free,
            micros => {
                let micros = micros.unwrap_or(i64::MAX);
                Estimate::Price(Money { micros, currency: "USD".to_owned() })
            }
        };
        Ok(queue::settle(&self.vault, attempt, cost)?)
    }
}

fn is_open(attempt: &Attempt) -> bool {
    attempt.standing < Standing::Done || attempt.standing == Standing::Unknown
}
