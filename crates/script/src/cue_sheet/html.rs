//! The cue sheet as a page to print.

use std::fmt::Write as _;

use super::{CueRow, CueSheet};

const STYLE: &str = include_str!("sheet.css");

pub(super) fn page(sheet: &CueSheet) -> String {
    let characters = sheet.by_character();
    let title = escaped(&sheet.title);
    let mut out = String::with_capacity(4096 + sheet.rows.len() * 600);
    out.extend(["<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"]);
    out.extend(["<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"]);
    out.extend(["<title>", &title, " · Cue sheet</title>\n<style>\n", STYLE, "</style>\n</head>\n<body>\n"]);
    out.extend(["<header>\n<p class=\"kind\">Cue sheet</p>\n<h1>", &title, "</h1>\n"]);
    let totals = totals(&sheet.rows.iter().collect::<Vec<_>>());
    out.extend(["<p class=\"meta\">", &totals, "</p>\n</header>\n"]);
    overview(&characters, &mut out);
    for (number, (character, rows)) in characters.iter().enumerate() {
        part(&sheet.title, number, character, rows, &mut out);
    }
    out + "</body>\n</html>\n"
}

fn overview(characters: &[(&str, Vec<&CueRow>)], out: &mut String) {
    out.push_str("<table>\n<tr><th>Character</th><th>Scenes</th><th>Lines</th><th>Words</th></tr>\n");
    for (number, (character, rows)) in characters.iter().enumerate() {
        let name = escaped(character);
        let (scenes, lines, words) = (scenes(rows), rows.len(), words(rows));
        let _ = writeln!(
            out,
            "<tr><td><a href=\"#part-{number}\">{name}</a></td><td>{scenes}</td><td>{lines}</td><td>{words}</td></tr>"
        );
    }
    out.push_str("</table>\n");
    if let Some((_, rows)) = characters.first() {
        let file = escaped(&rows[0].file);
        let _ = writeln!(
            out,
            "<p class=\"how-to\">One file for each take. Begin its name with the line's number, as in \
             <code>{file}</code>, and put it into the film's <code>voices</code> folder. Of several takes the last is \
             used.</p>"
        );
    }
}

fn part(title: &str, number: usize, character: &str, rows: &[&CueRow], out: &mut String) {
    let _ = writeln!(out, "<section id=\"part-{number}\">\n<p class=\"kind\">{}</p>", escaped(title));
    let _ = writeln!(out, "<h1>{}</h1>\n<p class=\"meta\">{}</p>", escaped(character), totals(rows));
    let mut scene = None;
    for row in rows {
        if scene != Some(&row.scene) {
            let (id, heading) = (escaped(row.scene.as_str()), escaped(&row.heading));
            let _ = writeln!(out, "<div class=\"scene\"><b>{id}</b><span>{heading}</span></div>");
            scene = Some(&row.scene);
        }
        cue(row, out);
    }
    out.push_str("</section>\n");
}

fn cue(row: &CueRow, out: &mut String) {
    let _ =
        writeln!(out, "<div class=\"cue\"><div class=\"line-id\">{}</div><div>", escaped(row.line.as_str()));
    around(row.previous.as_deref(), out);
    let tags = row.extensions.iter().map(|extension| escaped(extension));
    let together = row.together_with.iter().map(|partner| format!("together with {}", escaped(partner)));
    out.extend(tags.chain(together).map(|tag| format!("<span class=\"tag\">{tag}</span>")));
    let class = if row.sung { "said sung" } else { "said" };
    let _ = writeln!(out, "<p class=\"{class}\">{}</p>", said(row));
    around(row.next.as_deref(), out);
    let _ =
        write!(out, "<p class=\"file\">{}</p>\n</div><div class=\"box\"></div></div>\n", escaped(&row.file));
}

fn around(line: Option<&str>, out: &mut String) {
    if let Some(line) = line {
        let _ = writeln!(out, "<p class=\"around\">{}</p>", escaped(line));
    }
}

/// The words with the parentheticals at their places.
fn said(row: &CueRow) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (place, words) in &row.parentheticals {
        out.push_str(&escaped(&row.text[at..*place]));
        let _ = write!(out, "<i>({})</i> ", escaped(words));
        at = *place;
    }
    out + &escaped(&row.text[at..])
}

fn totals(rows: &[&CueRow]) -> String {
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    [counted(scenes(rows), "scene"), counted(rows.len(), "line"), counted(words(rows), "word")].join(" · ")
}

fn scenes(rows: &[&CueRow]) -> usize {
    rows.iter().map(|row| &row.scene).collect::<std::collections::BTreeSet<_>>().len()
}

fn words(rows: &[&CueRow]) -> usize {
    rows.iter().map(|row| row.text.split_whitespace().count()).sum()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}
