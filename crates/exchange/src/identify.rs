//! Which take a clip of another program shows.

use std::collections::HashMap;

use soundlock_plan::ShotCode;

use crate::edit::{Edit, ShotMedia};
use crate::foreign::Clip;

/// What a clip shows. Shots are told by their place in the cut list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// A take of a shot, told by its place among the shot's takes.
    Take { shot: usize, take: usize },
    /// A shot, whichever take.
    Shot { shot: usize },
    /// The finished film.
    Master,
    /// Something else.
    Unknown,
}

/// Everything that clips of this film are known by.
pub(crate) struct Known<'a> {
    edit: Edit<'a>,
    shots: HashMap<&'a ShotCode, usize>,
    /// Names of takes and reels, in lower case.
    takes: HashMap<String, (usize, usize)>,
    /// Names of files, likewise. A take that was lent has one file under two names.
    files: HashMap<String, Vec<(usize, usize)>>,
}

impl<'a> Known<'a> {
    pub(crate) fn of(edit: &Edit<'a>) -> Self {
        let (mut takes, mut files) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for (shot, media) in edit.media.iter().enumerate() {
            let ShotMedia::Takes { takes: all, .. } = media else { continue };
            for (index, take) in all.iter().enumerate() {
                takes.insert(take.name.to_lowercase(), (shot, index));
                files.entry(last_part(&take.file).to_lowercase()).or_default().push((shot, index));
            }
        }
        for (reel, place) in crate::edl::reels(edit) {
            takes.entry(reel.to_lowercase()).or_insert(place);
        }
        let shots = edit.cut_list.shots.iter().enumerate().map(|(index, shot)| (&shot.code, index)).collect();
        Self { edit: *edit, shots, takes, files }
    }

    /// What `clip` shows. Its file says more than its name, and its name more than what it carries of ours: a clip that
    /// was given another file shows that.
    pub(crate) fn identify(&self, clip: &Clip) -> Identity {
        let file = clip.file.as_deref().map(|file| decoded(last_part(file)));
        if let Some(file) = &file {
            if file.eq_ignore_ascii_case(last_part(self.edit.master)) {
                return self.in_master(clip);
            }
            if let Some(identity) = self.file(file, clip).or_else(|| self.take(file)) {
                return identity;
            }
        }
        let names = std::iter::once(&clip.name).chain(&clip.also);
        if file.is_none() && names.clone().any(|name| name == last_part(self.edit.master)) {
            return self.in_master(clip);
        }
        if let Some(identity) = names.clone().find_map(|name| self.take(name)) {
            return identity;
        }
        let by_name = names.filter_map(|name| Some(code_and_take(name)?.0));
        let mut codes = by_name.chain(clip.shot.clone());
        // A take's number that the film has not is not to be taken for another take.
        let numbered = code_and_take(&clip.name).is_some_and(|(_, take)| take.is_some());
        match codes.find_map(|code| self.shots.get(&code).copied()) {
            Some(shot) if !numbered => Identity::Shot { shot },
            _ => Identity::Unknown,
        }
    }

    /// The take in a file. Where several shots show it, names decide, then what is carried of ours, then the place.
    fn file(&self, file: &str, clip: &Clip) -> Option<Identity> {
        let holders = self.files.get(&file.to_lowercase())?;
        // The file's own name over again says nothing new.
        let names = std::iter::once(&clip.name).chain(&clip.also).filter(|name| *name != file);
        let named = names.filter_map(|name| self.take(name));
        let shot = |holder: &&(usize, usize)| &self.edit.cut_list.shots[holder.0];
        let by_name = named
            .filter_map(|identity| match identity {
                Identity::Take { shot, take } => Some((shot, take)),
                _ => None,
            })
            .find(|take| holders.contains(take));
        let by_code =
            || holders.iter().find(|holder| clip.shot.as_ref() == Some(&shot(holder).code)).copied();
        let at = clip.at.frame(self.edit.fps()).frame;
        let by_place =
            || holders.iter().min_by_key(|holder| i64::from(shot(holder).film.start.0).abs_diff(at)).copied();
        let (shot, take) = by_name.or_else(by_code).or_else(by_place)?;
        Some(Identity::Take { shot, take })
    }

    fn take(&self, name: &str) -> Option<Identity> {
        let known = |name: &str| self.takes.get(&name.to_lowercase()).copied();
        let by_code = || {
            let (code, take) = code_and_take(name)?;
            known(&format!("{code}-{}", take?))
        };
        let (shot, take) = known(name).or_else(by_code)?;
        Some(Identity::Take { shot, take })
    }

    /// A card of the finished film, or a part of it that is something else.
    fn in_master(&self, clip: &Clip) -> Identity {
        let frame = clip.source.frame(self.edit.fps()).frame;
        let there = u32::try_from(frame)
            .ok()
            .and_then(|frame| self.edit.cut_list.shot_at(soundlock_time::FilmFrame(frame)));
        let card = there.and_then(|shot| self.shots.get(&shot.code).copied());
        match card.filter(|shot| self.edit.media.get(*shot) == Some(&ShotMedia::Card)) {
            Some(shot) => Identity::Shot { shot },
            None => Identity::Master,
        }
    }

    /// The stem that a sound is: its place among the stems; the finished film counts as none but is known.
    pub(crate) fn sound(&self, clip: &Clip) -> Sound {
        let file = clip.file.as_deref().map(|file| decoded(last_part(file)));
        let is_named = |name: &str| {
            file.as_deref() == Some(name) || clip.name == name || clip.also.iter().any(|also| also == name)
        };
        let stems = &self.edit.stems;
        let reel = |name: &str| name.to_uppercase().chars().take(8).collect::<String>();
        let stem = stems
            .iter()
            .position(|(name, stem)| is_named(last_part(stem)) || is_named(name) || is_named(&reel(name)));
        match stem {
            Some(stem) => Sound::Stem(stem),
            None if is_named(last_part(self.edit.master)) => Sound::Master,
            None if self.identify(clip) != Identity::Unknown => Sound::OfTake,
            None => Sound::Unknown,
        }
    }
}

/// What a clip of sound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    /// A stem, by its place.
    Stem(usize),
    /// The sound of the finished film.
    Master,
    /// What a generator put on a take; it is not in the film.
    OfTake,
    /// Not the film's.
    Unknown,
}

/// Whether `name` begins with the code of a shot.
pub(crate) fn is_shot_name(name: &str) -> bool {
    code_and_take(name).is_some()
}

/// The shot, and the take where one is named, of `12_0040`, `12_0040-3`, `12_0040-3.mp4`, `12_0040-3.mp4 (2)`.
pub(crate) fn code_and_take(name: &str) -> Option<(ShotCode, Option<u32>)> {
    let stem = name.trim().split([' ', '.', '/']).next()?;
    if let Ok(code) = stem.parse() {
        return Some((code, None));
    }
    let (code, take) = stem.rsplit_once('-')?;
    Some((code.parse().ok()?, Some(take.parse().ok()?)))
}

/// What stands behind the last `/` or `\`.
pub(crate) fn last_part(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// `%20` as the byte it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escaped = bytes.get(index + 1..index + 3).filter(|_| bytes[index] == b'%');
        let byte = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(bytes[index]));
        index += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_shot_and_take() {
        let named = |name: &str| code_and_take(name).map(|(code, take)| (code.to_string(), take));
        assert_eq!(named("12_0040"), Some(("12_0040".to_owned(), None)));
        assert_eq!(named("12_0040-3.mp4"), Some(("12_0040".to_owned(), Some(3))));
        assert_eq!(named("1-3A_0040-12.mov (2)"), Some(("1-3A_0040".to_owned(), Some(12))));
        assert_eq!(named("title_0010"), Some(("title_0010".to_owned(), None)));
        assert_eq!(named("holiday-3.mp4"), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn addresses_are_decoded() {
        assert_eq!(decoded("a%20%EB%93%B1.mp4"), "a 등.mp4");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
