//! The shot list in `out/`: a page, a table and their stills.

use std::fs;
use std::path::{Path, PathBuf};

use soundlock_deliver::Check;
use soundlock_exchange::ShotList;
use soundlock_plan::{CutList, ShotKind};
use soundlock_sound::LockedSound;

use crate::exchange::EditParts;
use crate::folder::{beside, write_whole};
use crate::make::Pictures;
use crate::shots::{Floor, ShotState, line_levels, scene_shots};
use crate::{Delivered, Film, FilmError};

const CLAUSE: &str = "soundlock shot list";
/// Folder of the stills beside the page.
const STILLS: &str = "shot-list";

/// The list as it is written.
struct Written {
    html: String,
    csv: Vec<u8>,
    /// Stills to be copied: from where, and their names.
    stills: Vec<(PathBuf, String)>,
}

impl Film {
    /// Plans, and writes the shot list as the film is now, with the stills that there are; no take is made for it.
    pub fn shot_list(&mut self) -> Result<Vec<PathBuf>, FilmError> {
        let (sound, _) = self.sound(false)?;
        let cut_list = self.plan(&sound)?;
        let floor = Floor::new(self, &cut_list, line_levels(self, &sound)?)?;
        let states = scene_shots(&cut_list)
            .map(|shot| floor.state(shot, false))
            .collect::<Result<Vec<_>, FilmError>>()?;
        let made =
            states.iter().map(|state| self.still_if_made(&floor, state)).collect::<Result<Vec<_>, _>>()?;
        let mut made = made.into_iter();
        let stills = cut_list.shots.iter().map(|shot| match shot.kind {
            ShotKind::Scene => made.next().flatten(),
            ShotKind::Title | ShotKind::Credits => None,
        });
        let stills: Vec<_> = stills.collect();
        let parts = self.edit_parts(&cut_list, &states);
        let list = self.listed(&sound, &cut_list, &parts, stills)?;
        Ok(self.write_list(&list, &cut_list)?.0)
    }

    /// The still of a shot whose piece is made, where it is made too.
    fn still_if_made(&self, floor: &Floor<'_>, state: &ShotState) -> Result<Option<PathBuf>, FilmError> {
        let Some(piece) = floor.piece_if_made(state)? else { return Ok(None) };
        let key = self.vault.key_of(&self.still(&piece))?;
        Ok(self.vault.find(&key)?.map(|object| object.path))
    }

    pub(crate) fn deliver_list(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        pictures: &Pictures,
    ) -> Result<Delivered, FilmError> {
        let parts = self.edit_parts(cut_list, &pictures.shots);
        let pieces: Vec<_> = pictures.picture.pieces().iter().map(|piece| piece.hash).collect();
        // What is in the list is known without its stills; making them waits until they are needed.
        let without = self.listed(sound, cut_list, &parts, vec![None; cut_list.shots.len()])?;
        let recipe = (pieces, without.html, String::from_utf8_lossy(&without.csv).into_owned());
        self.delivery("shot list", 1, &recipe, || {
            let stills = self.stills(pictures)?.into_iter().map(Some).collect();
            let list = self.listed(sound, cut_list, &parts, stills)?;
            self.write_list(&list, cut_list)
        })
    }

    fn listed(
        &self,
        sound: &LockedSound,
        cut_list: &CutList,
        parts: &EditParts,
        stills: Vec<Option<PathBuf>>,
    ) -> Result<Written, FilmError> {
        let name = |shot: &soundlock_plan::Shot| format!("{STILLS}/{}.png", shot.code);
        let named = cut_list.shots.iter().zip(&stills);
        let names: Vec<Option<String>> =
            named.map(|(shot, still)| still.as_ref().map(|_| name(shot))).collect();
        let list = ShotList { edit: parts.edit(self, sound, cut_list), stills: &names };
        let (html, csv) = (list.html()?, list.csv()?);
        let stills = stills.into_iter().zip(names).filter_map(|(still, name)| Some((still?, name?)));
        Ok(Written { html, csv, stills: stills.collect() })
    }

    fn write_list(
        &self,
        list: &Written,
        cut_list: &CutList,
    ) -> Result<(Vec<PathBuf>, Vec<Check>), FilmError> {
        let out = self.folder.out();
        let folder = out.join(STILLS);
        fs::create_dir_all(&folder).map_err(FilmError::io(&folder))?;
        let (page, table) = (out.join("shot-list.html"), out.join("shot-list.csv"));
        let mut files = vec![page.clone(), table.clone()];
        for (still, name) in &list.stills {
            let file = out.join(name);
            let aside = beside(&file);
            fs::copy(still, &aside).and_then(|_| fs::rename(&aside, &file)).map_err(FilmError::io(&file))?;
            files.push(file);
        }
        remove_others(&folder, &files)?;
        write_whole(&page, list.html.as_bytes())?;
        write_whole(&table, &list.csv)?;
        let listed = list.html.matches("<article ").count();
        let check = Check::same("shots on the shot list", listed, cut_list.shots.len(), CLAUSE);
        Ok((files, vec![check]))
    }
}

/// Takes stills away that belong to no shot any more.
fn remove_others(folder: &Path, files: &[PathBuf]) -> Result<(), FilmError> {
    for entry in fs::read_dir(folder).map_err(FilmError::io(folder))? {
        let file = entry.map_err(FilmError::io(folder))?.path();
        let is_still = file.extension().is_some_and(|ending| ending == "png");
        if is_still && !files.contains(&file) {
            fs::remove_file(&file).map_err(FilmError::io(&file))?;
        }
    }
    Ok(())
}
