//! Title card and end credits: shots of their own, lettered from the title page, the cast and the tools really used.

use std::collections::{BTreeMap, BTreeSet};

use soundlock_draw::Lettering;
use soundlock_finish::{Card, CardKind, LetterCard, Piece};
use soundlock_plan::{CutList, Shot, ShotKind};
use soundlock_sound::{LockedLine, LockedSound, Origin, Voice};
use soundlock_vault::Key;

use crate::shots::ShotState;
use crate::takes::TakeOrigin;
use crate::{Film, FilmError};

impl Film {
    /// The piece of a card.
    pub(crate) fn card(&self, shot: &Shot, states: &[ShotState]) -> Result<Piece, FilmError> {
        let card = self.written(shot, states);
        let code = shot.code.clone();
        let lettering = self.lettering()?;
        let step = self.lettered(&card, &lettering);
        let object = self.vault.run(&code.to_string(), &step).map_err(FilmError::from_run)?;
        Ok(Piece { code, frames: shot.frames(), hash: object.hash, file: object.path })
    }

    /// Keys of every card of the film, and of their stills.
    pub(crate) fn card_keys(&self, cut_list: &CutList, states: &[ShotState]) -> Result<Vec<Key>, FilmError> {
        let lettering = self.lettering()?;
        let mut keys = Vec::new();
        for shot in cut_list.shots.iter().filter(|shot| shot.kind != ShotKind::Scene) {
            let card = self.vault.key_of(&self.lettered(&self.written(shot, states), &lettering))?;
            keys.push(card);
            if let Some(object) = self.vault.find(&card)? {
                let (code, frames) = (shot.code.clone(), shot.frames());
                let piece = Piece { code, frames, hash: object.hash, file: object.path };
                keys.push(self.vault.key_of(&self.still(&piece))?);
            }
        }
        Ok(keys)
    }

    fn lettered<'a>(&'a self, card: &'a Card, lettering: &'a Lettering) -> LetterCard<'a> {
        let studio = &self.studio;
        LetterCard { card, lettering, tools: &studio.tools, limits: &studio.limits }
    }

    fn written(&self, shot: &Shot, states: &[ShotState]) -> Card {
        let page = &self.screenplay.title_page;
        let kind = match shot.kind {
            ShotKind::Credits => {
                let tools = self.tools_used(states);
                let pages = self.settings.credits(&self.screenplay, &tools);
                let page = pages.into_iter().nth((shot.code.number() / 10).saturating_sub(1) as usize);
                page.map(CardKind::Credits)
            }
            ShotKind::Scene | ShotKind::Title => None,
        };
        let title = || CardKind::Title {
            title: self.title(),
            credit: page.field("credit").unwrap_or_default(),
            author: page.field("author").or_else(|| page.field("authors")).unwrap_or_default(),
        };
        let format = self.settings.piece_format();
        Card {
            kind: kind.unwrap_or_else(title),
            frames: shot.frames(),
            raster: format.raster,
            fps: format.fps,
            encoding: format.encoding,
        }
    }

    /// What made the film, for its last page: generators by shots, voices, programs.
    fn tools_used(&self, states: &[ShotState]) -> Vec<(String, String)> {
        let korean = self.settings.language().starts_with("ko");
        let word = |english: &str, hangul: &str| if korean { hangul.to_owned() } else { english.to_owned() };
        let mut generators: BTreeMap<String, usize> = BTreeMap::new();
        for take in states.iter().filter_map(ShotState::circled_take) {
            let name = match &take.entry.origin {
                TakeOrigin::Generator { identity, .. } => format!("{} {}", identity.model, identity.version),
                TakeOrigin::File { .. } => word("clips of our own", "직접 만든 영상"),
            };
            *generators.entry(name).or_default() += 1;
        }
        let picture = generators.into_keys().map(|name| (word("Picture", "그림"), name));
        let makers: Vec<String> = self.locked.iter().flat_map(makers_of_voices).collect();
        let voices = (!makers.is_empty()).then(|| (word("Scratch voices", "임시 목소리"), makers.join(", ")));
        let release = self.studio.tools.version.split('-').next().unwrap_or_default();
        let programs = [
            (word("Sound and picture", "소리와 영상"), format!("FFmpeg {release}")),
            (word("Made with", "만든 도구"), format!("Soundlock {}", env!("CARGO_PKG_VERSION"))),
        ];
        picture.chain(voices).chain(programs).collect()
    }
}

/// What speaks the scratch lines: espeak-ng, models of services.
fn makers_of_voices(sound: &LockedSound) -> BTreeSet<String> {
    let lines = sound.scenes.iter().flat_map(|scene| &scene.lines);
    let maker = |line: &LockedLine| match &line.source.origin {
        Origin::Scratch(voice) => Some(match voice.parse() {
            Ok(Voice::Service(voice)) => voice.model,
            _ => "espeak-ng".to_owned(),
        }),
        Origin::File(_) => None,
    };
    lines.filter_map(maker).collect()
}
