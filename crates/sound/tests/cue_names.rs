//! What the cue sheet tells an actor to call a recording is what a recording is found by.

use std::fs;

use soundlock_script::{Fountain, KnownIds, Screenplay, cue_sheet};
use soundlock_sound::find_recordings;

const SCRIPT: &str = "INT. HALL #12#\n\nMINA\nYes.\n\n@요한\n네.\n\n2ND COP / NIGHT?\nWait.\n\n@../..\nOh.\n\n\
                      INT. HALL #12A#\n\nMINA\nNo.\n\n@01\nTen.\n";

#[test]
fn a_recording_named_as_the_cue_sheet_says_is_found() {
    let fountain = Fountain::read(SCRIPT.as_bytes(), &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let sheet = cue_sheet(&fountain, &screenplay, "");
    let folder = tempfile::tempdir().unwrap();
    let voices = folder.path().join("voices");
    fs::create_dir(&voices).unwrap();
    let recordings = |row: &soundlock_script::CueRow| [row.file.clone(), row.scene_file.clone()];
    for name in sheet.rows.iter().flat_map(recordings) {
        fs::write(voices.join(name), "").unwrap();
    }
    let found = find_recordings(folder.path()).unwrap().of_lines(&screenplay);
    for row in &sheet.rows {
        assert_eq!(found.takes[&row.line], [format!("voices/{}", row.file)], "{}", row.character);
        assert!(found.strangers.contains(&format!("voices/{}", row.scene_file)), "{}", row.scene_file);
    }
}
