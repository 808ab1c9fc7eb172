use super::rows::Row;

const HEAD: [&str; 24] = [
    "scene",
    "shot",
    "int/ext",
    "place",
    "time",
    "description",
    "dialogue",
    "size",
    "angle",
    "movement",
    "characters",
    "lines",
    "start",
    "end",
    "seconds",
    "frames",
    "join",
    "reason",
    "notes",
    "generator",
    "take",
    "seed",
    "prompt",
    "still",
];

/// The rows as a table, with the byte order mark by which spreadsheets know UTF-8.
pub(super) fn table(rows: &[Row]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    let written = std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(fields));
    for fields in written {
        writer.write_record(fields.map(harmless)).expect("memory takes every row, each as wide as the head");
    }
    writer.into_inner().expect("memory takes every row")
}

fn fields(row: &Row) -> [String; 24] {
    [
        row.scene.clone(),
        row.shot.clone(),
        row.setting.to_owned(),
        row.place.clone(),
        row.time.clone(),
        row.description.clone(),
        row.dialogue.clone(),
        row.size.to_owned(),
        row.angle.to_owned(),
        row.movement.to_owned(),
        row.characters.join(", "),
        row.lines.join(", "),
        row.start.clone(),
        row.end.clone(),
        format!("{:.2}", row.seconds),
        row.frames.to_string(),
        row.join.to_owned(),
        row.reason.clone(),
        row.notes.clone(),
        row.generator.clone(),
        row.take.clone(),
        row.seed.clone(),
        row.prompt.clone(),
        row.still.clone().unwrap_or_default(),
    ]
}

/// What a spreadsheet would take for a formula is set in front of by an apostrophe, which it does not show.
fn harmless(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@']) { format!("'{field}") } else { field }
}
