//! Elements to a screenplay: scenes, and in them what is seen, said and directed.

use crate::direction;
use crate::fountain::{Element, Fountain, Kind};
use crate::ids::{KnownIds, LineId, SceneId};
use crate::lint;
use crate::numbering;
use crate::screenplay::{Action, Beat, Direction, DualSide, Heading, Line, Scene, Screenplay, TitlePage};
use crate::{Finding, Severity, Span};

/// Parentheticals that writers put between the words of one line. They are taken out of what is said.
const INLINE_BEATS: [&str; 12] = [
    "(beat)",
    "(a beat)",
    "(long beat)",
    "(pause)",
    "(a pause)",
    "(long pause)",
    "(silence)",
    "(사이)",
    "(잠시)",
    "(잠시 후)",
    "(침묵)",
    "(멈춤)",
];

/// What stands alone as action and is a transition all the same.
const FADES: [&str; 8] =
    ["FADE IN", "FADE OUT", "FADE TO BLACK", "CUT TO BLACK", "FADE UP", "페이드 인", "페이드 아웃", "암전"];

/// A scene before its numbers are given.
pub(crate) struct Draft {
    /// The number that its heading asks for.
    pub number: Option<String>,
    pub heading: Heading,
    pub beats: Vec<Beat>,
    pub span: Span,
    /// Where its heading stands.
    pub heading_span: Span,
}

impl Screenplay {
    /// Makes scenes of a script's elements, and gives each scene and line its number.
    ///
    /// What `known` tells of an earlier reading keeps its numbers, also when it was edited or moved. The findings are
    /// all there are, those of the reading included, in the order of the file.
    pub fn from_fountain(fountain: &Fountain, known: &KnownIds) -> (Self, Vec<Finding>) {
        let mut builder = Builder::new(fountain);
        fountain.elements.iter().for_each(|element| builder.element(element));
        let (mut drafts, mut findings) = builder.finish();
        let ids = numbering::number(&mut drafts, known, &mut findings);
        let scenes: Vec<Scene> =
            drafts.into_iter().zip(ids).map(|(draft, id)| draft.into_scene(id)).collect();
        findings.extend(fountain.findings.iter().cloned());
        findings.extend(lint::lint(fountain));
        if scenes.is_empty() {
            findings.push(empty_script(fountain));
        }
        findings.sort_by(|a, b| {
            let place = |finding: &Finding| (finding.span.bytes.start, finding.span.bytes.end, finding.rule);
            place(a).cmp(&place(b))
        });
        (Self { title_page: title_page(fountain), scenes }, findings)
    }
}

impl Draft {
    fn new(number: Option<String>, heading: Heading, span: &Span) -> Self {
        Self { number, heading, beats: Vec::new(), span: span.clone(), heading_span: span.clone() }
    }

    fn into_scene(self, id: SceneId) -> Scene {
        Scene { id, heading: self.heading, beats: self.beats, span: self.span }
    }

    /// Its lines in order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.beats.iter().filter_map(|beat| if let Beat::Line(line) = beat { Some(line) } else { None })
    }

    /// Its lines in order, to be numbered.
    pub(crate) fn lines_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        self.beats.iter_mut().filter_map(|beat| if let Beat::Line(line) = beat { Some(line) } else { None })
    }
}

/// A speech while its lines are being read.
struct Speech {
    line: Line,
    /// Parentheticals from here on wait for the words that follow them.
    waiting: usize,
    spoken: bool,
    sung: bool,
    is_dual: bool,
    before: Vec<Direction>,
    after: Vec<Direction>,
    cue_span: Span,
}

struct Builder<'a> {
    fountain: &'a Fountain,
    /// Scenes so far; the first has no heading and holds what stands before one.
    drafts: Vec<Draft>,
    speech: Option<Speech>,
    findings: Vec<Finding>,
}

impl<'a> Builder<'a> {
    fn new(fountain: &'a Fountain) -> Self {
        let first =
            fountain.elements.iter().find(|e| !matches!(e.kind, Kind::TitleField { .. } | Kind::Blank));
        let span = first.map_or(Span { bytes: 0..0, lines: 1..1 }, |element| element.span.clone());
        let prelude = Draft::new(None, Heading::read(""), &span);
        Self { fountain, drafts: vec![prelude], speech: None, findings: Vec::new() }
    }

    fn element(&mut self, element: &Element) {
        match &element.kind {
            Kind::Cue { extensions, dual, .. } => {
                self.end_speech();
                self.speech = Some(Speech::new(element, extensions, *dual));
                self.directions(element);
            }
            Kind::Parenthetical if self.speech.is_some() => self.parenthetical(element),
            Kind::Dialogue if self.speech.is_some() => self.words(element, false),
            Kind::Lyric { voiced: true } if self.speech.is_some() => self.words(element, true),
            Kind::Note | Kind::Boneyard => self.directions(element),
            kind => {
                self.end_speech();
                self.unspoken(kind, element);
            }
        }
    }

    fn unspoken(&mut self, kind: &Kind, element: &Element) {
        match kind {
            Kind::Heading { number, .. } => {
                self.drafts.push(Draft::new(number.clone(), Heading::read(&element.text), &element.span));
            }
            Kind::Transition { .. } => self.transition(element),
            Kind::Action { forced: false } if is_fade(&element.text) => self.transition(element),
            Kind::Action { .. } => return self.action(element),
            Kind::Centred | Kind::Lyric { .. } | Kind::Dialogue | Kind::Parenthetical => {
                self.seen(element.text.clone(), element.span.clone());
            }
            _ => {}
        }
        self.directions(element);
    }

    fn transition(&mut self, element: &Element) {
        self.push(Beat::Transition { text: element.text.trim().to_owned(), span: element.span.clone() });
    }

    /// A paragraph of action, in parts where a note directs us inside it.
    fn action(&mut self, element: &Element) {
        let (mut at, mut bytes, mut line) = (0, element.span.bytes.start, element.span.lines.start);
        for &(place, number) in &element.notes {
            let note = &self.fountain.notes[number];
            let Some(read) = direction::read(note) else { continue };
            let span = Span {
                bytes: bytes..note.span.bytes.start.max(bytes),
                lines: line..(note.span.lines.start + 1).max(line + 1),
            };
            self.seen(part(&element.text[at..place], at), span);
            (at, bytes, line) = (place, note.span.bytes.end, note.span.lines.end - 1);
            self.direct(read);
        }
        let span = Span { bytes: bytes..element.span.bytes.end, lines: line..element.span.lines.end };
        self.seen(part(&element.text[at..], at), span);
    }

    fn seen(&mut self, text: String, span: Span) {
        if !text.trim().is_empty() {
            self.push(Beat::Action(Action { text, span }));
        }
    }

    /// What the element's notes ask of us.
    fn directions(&mut self, element: &Element) {
        for &(_, number) in &element.notes {
            if let Some(read) = direction::read(&self.fountain.notes[number]) {
                self.direct(read);
            }
        }
    }

    /// Inside a speech a direction goes before it where nothing was said yet, else after it.
    fn direct(&mut self, read: Result<Direction, Finding>) {
        match (read, &mut self.speech) {
            (Err(finding), _) => self.findings.push(finding),
            (Ok(direction), Some(speech)) if speech.line.text.is_empty() => speech.before.push(direction),
            (Ok(direction), Some(speech)) => speech.after.push(direction),
            (Ok(direction), None) => self.push(Beat::Direction(direction)),
        }
    }

    fn parenthetical(&mut self, element: &Element) {
        if let Some(speech) = &mut self.speech {
            speech.line.parentheticals.push((speech.line.text.len(), element.text.clone()));
            speech.line.span.reach(&element.span);
        }
        self.directions(element);
    }

    fn words(&mut self, element: &Element, sung: bool) {
        // A note at the very start of a speech comes before it, every other after.
        let opens = element.notes.first().is_some_and(|&(place, _)| element.text[..place].trim().is_empty());
        if opens && self.speech.as_ref().is_some_and(|speech| speech.line.text.is_empty()) {
            let leading =
                element.notes.iter().take_while(|&&(place, _)| element.text[..place].trim().is_empty());
            let read: Vec<_> =
                leading.map(|&(_, note)| direction::read(&self.fountain.notes[note])).collect();
            let count = read.len();
            read.into_iter().flatten().for_each(|read| self.direct(read));
            self.say(element, sung);
            return self.directions_from(element, count);
        }
        self.say(element, sung);
        self.directions(element);
    }

    fn directions_from(&mut self, element: &Element, first: usize) {
        for &(_, number) in &element.notes[first..] {
            if let Some(read) = direction::read(&self.fountain.notes[number]) {
                self.direct(read);
            }
        }
    }

    fn say(&mut self, element: &Element, sung: bool) {
        if let Some(speech) = &mut self.speech {
            speech.say(&element.text);
            speech.sung |= sung;
            speech.spoken |= !sung && !element.text.trim().is_empty();
            speech.line.span.reach(&element.span);
        }
    }

    fn end_speech(&mut self) {
        let Some(mut speech) = self.speech.take() else { return };
        if speech.line.text.is_empty() {
            return self.end_unspoken(speech);
        }
        speech.line.sung = speech.sung && !speech.spoken;
        // Between two that speak at once nothing may stand.
        let between = if speech.is_dual { self.take_partner_directions() } else { None };
        match between {
            Some(between) => {
                speech.line.dual = Some(DualSide::Right);
                let before = std::mem::take(&mut speech.before);
                speech.after.splice(0..0, between.into_iter().chain(before));
            }
            None if speech.is_dual => self.findings.push(without_partner(&speech)),
            None => {}
        }
        speech.before.into_iter().for_each(|direction| self.push(Beat::Direction(direction)));
        self.push(Beat::Line(speech.line));
        speech.after.into_iter().for_each(|direction| self.push(Beat::Direction(direction)));
    }

    /// Nothing was said under a cue: what is in brackets is seen.
    fn end_unspoken(&mut self, speech: Speech) {
        self.findings.push(Finding {
            severity: Severity::Warning,
            rule: "cue-without-dialogue",
            span: speech.cue_span,
            message: format!("{} says nothing", speech.line.character),
            hint: Some("write the dialogue directly below the name, without an empty line between".into()),
        });
        let (line, words) = (&speech.line, |(_, words): &(usize, String)| format!(" ({words})"));
        if !line.parentheticals.is_empty() {
            let text =
                line.parentheticals.iter().map(words).fold(line.character.clone(), |text, next| text + &next);
            self.seen(text, speech.line.span.clone());
        }
        speech
            .before
            .into_iter()
            .chain(speech.after)
            .for_each(|direction| self.push(Beat::Direction(direction)));
    }

    /// Makes the line before a dual one its left side and takes the directions after it; `None` when there is no such line.
    fn take_partner_directions(&mut self) -> Option<Vec<Direction>> {
        let beats = &mut self.drafts.last_mut()?.beats;
        let end = beats.iter().rposition(|beat| !matches!(beat, Beat::Direction(_)))?;
        match &mut beats[end] {
            Beat::Line(line) if line.dual.is_none() => line.dual = Some(DualSide::Left),
            _ => return None,
        }
        let direction = |beat| if let Beat::Direction(direction) = beat { Some(direction) } else { None };
        Some(beats.drain(end + 1..).filter_map(direction).collect())
    }

    fn push(&mut self, beat: Beat) {
        if let Some(draft) = self.drafts.last_mut() {
            draft.beats.push(beat);
        }
    }

    fn finish(mut self) -> (Vec<Draft>, Vec<Finding>) {
        self.end_speech();
        let end = self.fountain.elements.last().map(|element| element.span.clone());
        for number in 0..self.drafts.len() {
            let next =
                self.drafts.get(number + 1).map(|draft| (draft.span.bytes.start, draft.span.lines.start));
            let end = next.or(end.as_ref().map(|span| (span.bytes.end, span.lines.end)));
            let span = &mut self.drafts[number].span;
            if let Some((bytes, line)) = end {
                (span.bytes.end, span.lines.end) = (bytes.max(span.bytes.start), line.max(span.lines.start));
            }
        }
        let prelude = self.drafts.remove(0);
        self.place_prelude(prelude);
        (self.drafts, self.findings)
    }

    /// What stands before the first heading is a scene, unless it only leads into the first one (`FADE IN:`).
    fn place_prelude(&mut self, prelude: Draft) {
        let leads_in =
            prelude.beats.iter().all(|beat| matches!(beat, Beat::Transition { .. } | Beat::Direction(_)));
        match self.drafts.first_mut() {
            Some(first) if leads_in => drop(first.beats.splice(0..0, prelude.beats)),
            _ if prelude.beats.is_empty() => {}
            _ => self.drafts.insert(0, prelude),
        }
    }
}

impl Speech {
    fn new(element: &Element, extensions: &[String], is_dual: bool) -> Self {
        let line = Line {
            id: LineId::unnumbered(),
            character: element.text.clone(),
            extensions: extensions.to_vec(),
            text: String::new(),
            parentheticals: Vec::new(),
            sung: false,
            dual: None,
            span: element.span.clone(),
        };
        let cue_span = element.span.clone();
        Self {
            line,
            waiting: 0,
            spoken: false,
            sung: false,
            is_dual,
            before: vec![],
            after: vec![],
            cue_span,
        }
    }

    /// Adds a written line, one space between words, `(beat)` taken out to where it stands.
    fn say(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, beat, after)) = next_beat(rest) {
            self.add_words(before);
            self.line.parentheticals.push((self.line.text.len(), beat.to_owned()));
            rest = after;
        }
        self.add_words(rest);
    }

    fn add_words(&mut self, text: &str) {
        for word in text.split_whitespace() {
            if !self.line.text.is_empty() {
                self.line.text.push(' ');
            }
            let at = self.line.text.len();
            self.line.parentheticals[self.waiting..].iter_mut().for_each(|(place, _)| *place = at);
            self.waiting = self.line.parentheticals.len();
            self.line.text.push_str(word);
        }
    }
}

/// Text before a beat in brackets, the beat, text after it.
fn next_beat(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('(').find_map(|(at, _)| {
        let inside = |beat: &&&str| {
            text.get(at..at + beat.len()).is_some_and(|found| found.eq_ignore_ascii_case(beat))
        };
        let beat = INLINE_BEATS.iter().find(inside)?;
        let end = at + beat.len();
        Some((&text[..at], &text[at + 1..end - 1], &text[end..]))
    })
}

/// A part of action; what follows a note does not begin with the space after it.
fn part(text: &str, at: usize) -> String {
    let text = text.trim_end();
    if at == 0 { text.to_owned() } else { text.trim_start().to_owned() }
}

fn is_fade(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['.', ':', '…']);
    FADES.contains(&text)
}

fn without_partner(speech: &Speech) -> Finding {
    Finding {
        severity: Severity::Warning,
        rule: "dual-without-partner",
        span: speech.cue_span.clone(),
        message: format!("{} is marked `^`, and nobody speaks directly before", speech.line.character),
        hint: Some("write the other speech directly above, with nothing between the two".into()),
    }
}

fn empty_script(fountain: &Fountain) -> Finding {
    let end =
        fountain.elements.last().map_or((0, 1), |element| (element.span.bytes.end, element.span.lines.end));
    Finding {
        severity: Severity::Error,
        rule: "script-empty",
        span: Span { bytes: 0..end.0, lines: 1..end.1.max(2) },
        message: "the script has no scene".into(),
        hint: Some("begin with a scene heading such as `INT. KITCHEN - NIGHT`, or `.부엌 - 밤`".into()),
    }
}

fn title_page(fountain: &Fountain) -> TitlePage {
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for element in &fountain.elements {
        let Kind::TitleField { key } = &element.kind else { break };
        let lines = element.text.lines().map(|line| line.trim().to_owned());
        match fields.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            Some((_, above)) => above.extend(lines),
            None => fields.push((key.clone(), lines.collect())),
        }
    }
    TitlePage { fields }
}
