//! The bible as a page to print: a sheet a scene, as it hangs in the wardrobe.

use std::fmt::Write as _;

use super::{Dressed, Reference, SceneSheet};
use crate::Shot;

const STYLE: &str = include_str!("page.css");

/// The page of a film: `scenes` in order, each with its `shots` where the film is cut.
///
/// Stills are shown from `root`, the way from the page's folder to the film's: `../`.
pub fn page(title: &str, scenes: &[SceneSheet], shots: &[Shot], root: &str) -> String {
    let title = escaped(title);
    let mut out = format!(
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title} · Bible</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<p class=\"kind\">Continuity bible</p>\n<h1>{title}</h1>\n"
    );
    for scene in scenes {
        scene_sheet(scene, root, &mut out);
        let here: Vec<&Shot> =
            shots.iter().filter(|shot| shot.code.scene() == scene.scene.as_str()).collect();
        shot_table(&here, &mut out);
        out.push_str("</section>\n");
    }
    out + "</body>\n</html>\n"
}

fn scene_sheet(scene: &SceneSheet, root: &str, out: &mut String) {
    let day = if scene.new_day { " <span>a new day</span>" } else { "" };
    let (number, heading) = (escaped(scene.scene.as_str()), escaped(&scene.heading));
    let _ = writeln!(out, "<section>\n<h2><b>{number}</b> {heading}{day}</h2>\n<dl>");
    let place = [scene.place.looks.as_str()].into_iter().chain(scene.place.state.iter().map(String::as_str));
    entry(&scene.place.name, place, out);
    entry("light", [scene.place.light.as_str()].into_iter(), out);
    for person in &scene.cast {
        entry(&person.name, person_words(person).iter().map(String::as_str), out);
    }
    for prop in &scene.props {
        let words = [prop.looks.as_str()].into_iter().chain(prop.state.iter().map(String::as_str));
        entry(&prop.name, words, out);
    }
    for change in &scene.changes {
        let state = if change.state.is_empty() { "as ever".to_owned() } else { change.state.join(", ") };
        entry(
            &change.name,
            [format!("from line {} of the script: {state}", change.line).as_str()].into_iter(),
            out,
        );
    }
    out.push_str("</dl>\n");
    stills(&scene.references, root, out);
}

fn person_words(person: &Dressed) -> Vec<String> {
    let wears = (!person.wears.is_empty()).then(|| format!("wears {}", person.wears));
    std::iter::once(person.looks.clone()).chain(wears).chain(person.state.iter().cloned()).collect()
}

/// A name and what is said of it; nothing where nothing is.
fn entry<'a>(name: &str, words: impl Iterator<Item = &'a str>, out: &mut String) {
    let words: Vec<String> = words.filter(|words| !words.is_empty()).map(escaped).collect();
    if !words.is_empty() {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), words.join("; "));
    }
}

fn stills(references: &[Reference], root: &str, out: &mut String) {
    if references.is_empty() {
        return;
    }
    out.push_str("<div class=\"stills\">\n");
    for still in references {
        let (file, of) = (escaped(&format!("{root}{}", still.file)), escaped(&still.of));
        let _ =
            writeln!(out, "<figure><img src=\"{file}\" alt=\"{of}\"><figcaption>{of}</figcaption></figure>");
    }
    out.push_str("</div>\n");
}

fn shot_table(shots: &[&Shot], out: &mut String) {
    if shots.is_empty() {
        return;
    }
    out.push_str("<table>\n<tr><th>Shot</th><th>Size</th><th>Why</th><th>Told</th></tr>\n");
    for shot in shots {
        let (code, size) = (escaped(&shot.code.to_string()), shot.look.size.short());
        let (why, prompt) = (escaped(&shot.why), escaped(&shot.prompt));
        let _ = writeln!(out, "<tr><td>{code}</td><td>{size}</td><td>{why}</td><td>{prompt}</td></tr>");
    }
    out.push_str("</table>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use soundlock_script::{Fountain, KnownIds, Screenplay};

    use super::super::{Bible, CastLook, scene_sheets};

    #[test]
    fn what_is_said_cannot_be_taken_for_the_page() {
        let script = Fountain::read(b"INT. HALL - NIGHT\n\nMINA\nWait.\n", &[]);
        let (screenplay, _) = Screenplay::from_fountain(&script, &KnownIds::default());
        let mut bible = Bible::default();
        let look = CastLook { references: vec!["a \"b\".png".into()], ..CastLook::from("<script> & co") };
        bible.cast.insert("MINA".to_owned(), look);
        let page = super::page("A <B>", &scene_sheets(&screenplay, &bible), &[], "../");
        for words in [
            "A &lt;B&gt;",
            "&lt;script&gt; &amp; co",
            "src=\"../a &quot;b&quot;.png\"",
            "<b>1</b> INT. HALL - NIGHT",
        ] {
            assert!(page.contains(words), "{words} in {page}");
        }
        assert!(!page.contains("<script>"), "{page}");
    }
}
