use std::fmt::Write as _;

use soundlock_time::{FilmFrame, Timecode};

use super::ShotList;
use super::rows::Row;
use crate::url::url;

const STYLE: &str = include_str!("list.css");

pub(super) fn page(list: &ShotList<'_>, rows: &[Row]) -> String {
    let title = escaped(list.edit.title);
    let mut out = String::with_capacity(8192 + rows.len() * 1600);
    let _ = write!(
        out,
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · Shot list</title>\n\
         <style>\n{STYLE}@page {{ @bottom-left {{ content: \"{} · Shot list\"; }} }}\n</style>\n</head>\n<body>\n\
         <header>\n<p class=\"kind\">Shot list</p>\n<h1>{title}</h1>\n",
        css_string(list.edit.title)
    );
    totals(list, rows, &mut out);
    out.push_str("</header>\n");
    let scenes: Vec<&[Row]> = rows.chunk_by(|row, next| row.scene == next.scene).collect();
    overview(&scenes, &mut out);
    for scene in scenes {
        scene_of(scene, &mut out);
    }
    out + "</body>\n</html>\n"
}

fn totals(list: &ShotList<'_>, rows: &[Row], out: &mut String) {
    let shots: Vec<&Row> = rows.iter().filter(|row| !row.is_card).collect();
    let scenes = shots.chunk_by(|row, next| row.scene == next.scene).count();
    let seconds: f64 = shots.iter().map(|row| row.seconds).sum();
    let length = Timecode::of(FilmFrame(list.edit.locked.frames()), list.edit.fps());
    let mean = seconds / shots.len().max(1) as f64;
    let _ = writeln!(
        out,
        "<p class=\"meta\">{} · {} · {length} at {} fps · {mean:.1} s a shot</p>",
        counted(scenes, "scene"),
        counted(shots.len(), "shot"),
        rate(list.edit.fps())
    );
}

/// `24`, and `23.976` for 24000/1001.
fn rate(fps: soundlock_time::Fps) -> String {
    if fps.den() == 1 { fps.num().to_string() } else { format!("{:.3}", fps.as_f64()) }
}

/// Every scene with its length, so that a page can be found and a day planned.
fn overview(scenes: &[&[Row]], out: &mut String) {
    out.push_str(
        "<table>\n<tr><th>Scene</th><th class=\"wide\">Heading</th><th>From</th><th>Shots</th><th>Seconds</th></tr>\n",
    );
    for scene in scenes.iter().filter(|scene| !scene[0].is_card) {
        let (first, seconds) = (&scene[0], scene.iter().map(|row| row.seconds).sum::<f64>());
        let name = escaped(&first.scene);
        let _ = writeln!(
            out,
            "<tr><td><a href=\"#scene-{name}\">{name}</a></td><td class=\"wide\">{}</td><td>{}</td><td>{}</td>\
             <td>{seconds:.1}</td></tr>",
            escaped(&first.heading),
            first.start,
            scene.len()
        );
    }
    out.push_str("</table>\n");
}

fn scene_of(scene: &[Row], out: &mut String) {
    let (first, last) = (&scene[0], &scene[scene.len() - 1]);
    let seconds: f64 = scene.iter().map(|row| row.seconds).sum();
    let name = escaped(&first.scene);
    let number = if first.is_card { "" } else { name.as_str() };
    let _ = writeln!(
        out,
        "<section id=\"scene-{name}\">\n<div class=\"scene\"><b>{number}</b><span>{}</span><span class=\"whole\">{} to {} \
         · {} · {seconds:.1} s</span></div>",
        escaped(&first.heading),
        first.start,
        last.end,
        counted(scene.len(), "shot")
    );
    for row in scene {
        shot(row, out);
    }
    out.push_str("</section>\n");
}

fn shot(row: &Row, out: &mut String) {
    let _ = write!(out, "<article id=\"{0}\">\n<div class=\"still\">", escaped(&row.shot));
    match &row.still {
        Some(still) => {
            let _ = write!(out, "<img src=\"{}\" alt=\"\" loading=\"lazy\">", url(still));
        }
        None => out.push_str("<span>no take yet</span>"),
    }
    let _ = writeln!(
        out,
        "</div>\n<div class=\"number\"><b>{}</b><span>{}</span><span>{}</span><span class=\"long\">{:.2} s</span></div>",
        escaped(&row.shot),
        row.start,
        row.end,
        row.seconds
    );
    out.push_str("<div class=\"seen\">");
    let words = [row.size, row.angle, row.movement].into_iter().filter(|word| !word.is_empty());
    let chips: Vec<String> = words.map(|word| format!("<i>{}</i>", escaped(word))).collect();
    if !chips.is_empty() || !row.characters.is_empty() {
        let who = escaped(&row.characters.join(", "));
        let _ = writeln!(out, "<p class=\"how\">{}<b>{who}</b></p>", chips.concat());
    }
    paragraph("action", &row.description, out);
    if !row.dialogue.is_empty() {
        let lines = escaped(&row.lines.join(" "));
        let _ = writeln!(out, "<p class=\"said\"><span>{lines}</span> {}</p>", spoken(&row.dialogue));
    }
    out.push_str("</div>\n<div class=\"made\">");
    paragraph("reason", &row.reason, out);
    paragraph("prompt", &row.prompt, out);
    let seed = if row.seed.is_empty() { String::new() } else { format!("seed {}", row.seed) };
    let made = [row.generator.as_str(), row.take.as_str(), seed.as_str(), row.notes.as_str()];
    let made: Vec<&str> = made.into_iter().filter(|word| !word.is_empty()).collect();
    paragraph("by", &made.join(" · "), out);
    out.push_str("</div>\n</article>\n");
}

/// `MINA: Wait.  JONAS: No.` with the speakers set apart.
fn spoken(words: &str) -> String {
    let speeches = words.split("  ").map(|speech| match speech.split_once(": ") {
        Some((speaker, words)) => format!("<b>{}</b> {}", escaped(speaker), escaped(words)),
        None => escaped(speech),
    });
    speeches.collect::<Vec<_>>().join(" ")
}

fn paragraph(class: &str, text: &str, out: &mut String) {
    if !text.is_empty() {
        let _ = writeln!(out, "<p class=\"{class}\">{}</p>", escaped(text));
    }
}

fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text between quotation marks in CSS, inside `<style>`.
fn css_string(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '>' | '&' => {
                let _ = write!(out, "\\{:x} ", u32::from(c));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
