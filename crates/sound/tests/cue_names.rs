//! What the cue sheet tells an actor to call a recording is what a recording is found by.

use soundlock_script::{Fountain, KnownIds, Screenplay, cue_sheet};
use soundlock_sound::line_named_in;

const SCRIPT: &str = "INT. HALL #12#\n\nMINA\nYes.\n\n@요한\n네.\n\n2ND COP / NIGHT?\nWait.\n\n@../..\nOh.\n\n\
                      INT. HALL #12A#\n\nMINA\nNo.\n\n@01\nTen.\n";

#[test]
fn a_recording_named_as_the_cue_sheet_says_is_found() {
    let fountain = Fountain::read(SCRIPT.as_bytes(), &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    let sheet = cue_sheet(&fountain, &screenplay, "");
    let named = |file: &str| line_named_in(&format!("voices/{file}"), &screenplay);
    for row in &sheet.rows {
        assert_eq!(named(&row.file).as_ref(), Some(&row.line), "{}", row.file);
        assert_eq!(named(&row.scene_file), None, "{}", row.scene_file);
    }
}
