use soundlock_time::{Fps, Timecode};

use crate::foreign::{Clip, ForeignEdit};
use crate::seconds::Seconds;
use crate::{ExchangeError, Remark};

/// Reads a CMX3600 edit decision list, whose timecode counts at `fps`: the list does not say its rate.
pub(crate) fn read(text: &str, fps: Fps) -> Result<ForeignEdit, ExchangeError> {
    let mut reader = Reader { edit: ForeignEdit::new("", None), fps, drop_frame: false, events: Vec::new() };
    for (index, line) in text.lines().enumerate() {
        reader.line(line.trim(), index + 1)?;
    }
    reader.finish()
}

struct Reader {
    edit: ForeignEdit,
    fps: Fps,
    drop_frame: bool,
    events: Vec<Event>,
}

/// A line with timecodes, and what the lines below say of it. Places are frames.
struct Event {
    line: usize,
    reel: String,
    is_picture: bool,
    /// Frames of a dissolve or wipe into it.
    transition: u32,
    source: (u32, u32),
    record: (u32, u32),
    name: Option<String>,
    /// Name of the clip that a transition leads to, which stands below the second line of its event.
    to_name: Option<String>,
    file: Option<String>,
    speed: Option<String>,
}

impl Reader {
    fn line(&mut self, line: &str, number: usize) -> Result<(), ExchangeError> {
        if let Some(title) = line.strip_prefix("TITLE:") {
            title.trim().clone_into(&mut self.edit.title);
        } else if let Some(mode) = line.strip_prefix("FCM:") {
            self.drop_frame = !mode.trim().starts_with("NON");
        } else if line.starts_with('*') {
            self.comment(line.trim_start_matches('*').trim());
        } else if line.starts_with("M2") {
            self.motion(line);
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            self.event(line, number)?;
        }
        Ok(())
    }

    fn event(&mut self, line: &str, number: usize) -> Result<(), ExchangeError> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let malformed = |why: &str| ExchangeError::Malformed {
            format: "EDL",
            place: format!("line {number}"),
            why: why.to_owned(),
        };
        let (head, times) = fields
            .len()
            .checked_sub(4)
            .filter(|head| *head >= 4)
            .map(|head| fields.split_at(head))
            .ok_or_else(|| malformed("an event has a number, reel, track, kind of cut and four timecodes"))?;
        let times = times.iter().map(|time| self.frame(time, number)).collect::<Result<Vec<_>, _>>()?;
        let transition = match (head[3], head.get(4)) {
            ("C", _) => 0,
            (_, Some(frames)) => frames
                .parse::<u32>()
                .ok()
                .filter(|frames| *frames < 100_000)
                .ok_or_else(|| malformed(&format!("`{frames}` is no length of a transition")))?,
            (kind, None) => return Err(malformed(&format!("the transition `{kind}` has no length"))),
        };
        let (source, record) = ((times[0], times[1]), (times[2], times[3]));
        if source.1 < source.0 || record.1 < record.0 {
            return Err(malformed("it ends before it begins"));
        }
        self.events.push(Event {
            line: number,
            reel: head[1].to_owned(),
            is_picture: head[2].contains('V') || head[2] == "B",
            transition,
            source,
            record,
            name: None,
            to_name: None,
            file: None,
            speed: None,
        });
        Ok(())
    }

    fn frame(&self, text: &str, line: usize) -> Result<u32, ExchangeError> {
        let drops = self.drop_frame && !text.contains(';');
        let marked = text.rsplit_once(':').filter(|_| drops).map(|(head, frames)| format!("{head};{frames}"));
        let timecode = Timecode::read(marked.as_deref().unwrap_or(text), self.fps);
        let timecode =
            timecode.map_err(|source| ExchangeError::EdlTimecode { line, fps: self.fps, source })?;
        Ok(timecode.frame(self.fps).0)
    }

    fn comment(&mut self, comment: &str) {
        let Some(event) = self.events.last_mut() else { return };
        let Some((key, value)) = comment.split_once(':') else { return };
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        match key.trim().to_ascii_uppercase().as_str() {
            "FROM CLIP NAME" | "CLIP NAME" => event.name = value,
            "TO CLIP NAME" => event.to_name = value,
            "FROM CLIP" | "FROM FILE" | "SOURCE FILE" => event.file = value,
            _ => {}
        }
    }

    /// `M2   REEL   012.0   01:00:00:00`: the reel plays at 12 frames a second.
    fn motion(&mut self, line: &str) {
        let speed = line.split_whitespace().rev().nth(1).and_then(|speed| speed.parse::<f64>().ok());
        let (Some(event), Some(speed)) = (self.events.last_mut(), speed) else { return };
        let percent = (speed * 100.0 / self.fps.as_f64()).round();
        if speed.is_finite() && (percent - 100.0).abs() >= 1.0 {
            event.speed = Some(format!("at {percent} %"));
        }
    }

    fn finish(mut self) -> Result<ForeignEdit, ExchangeError> {
        let mut events = std::mem::take(&mut self.events);
        if events.is_empty() {
            return Err(ExchangeError::NoPicture);
        }
        self.say_transitions(&mut events);
        // Programmes begin at a whole hour, mostly the first.
        let hour = Timecode { hours: 1, minutes: 0, seconds: 0, frames: 0, drop_frame: self.drop_frame };
        let hour = hour.frame(self.fps).0.max(1);
        let first = events.iter().map(|event| event.record.0).min().unwrap_or(0);
        let start = first / hour * hour;
        let mut layer = Vec::new();
        for event in events.into_iter().filter(|event| event.record.0 < event.record.1) {
            let is_picture = event.is_picture;
            if matches!(event.reel.as_str(), "BL" | "BLACK") && event.name.is_none() {
                continue;
            }
            self.say_speed(&event);
            let clip = event.clip(self.fps, start);
            if is_picture { layer.push(clip) } else { self.edit.sounds.push(clip) }
        }
        self.edit.layers.push(layer);
        Ok(self.edit)
    }

    /// A transition is an event of two lines: the clip that goes, which may be of no length, and the one that comes,
    /// beginning with the transition. The cut is put in its middle.
    fn say_transitions(&mut self, events: &mut [Event]) {
        for index in 0..events.len() {
            let frames = events[index].transition.min(events[index].record.1 - events[index].record.0);
            if frames == 0 {
                continue;
            }
            let (place, half) = (format!("line {}", events[index].line), frames / 2);
            self.edit
                .remarks
                .push(Remark::Transition { what: format!("a transition of {frames} frames"), place });
            let from = events[index].record.0;
            events[index].record.0 += half;
            events[index].source.0 = (events[index].source.0 + half).min(events[index].source.1);
            // What stands as `FROM CLIP NAME` is the clip that goes.
            events[index].name = events[index].to_name.take();
            let before =
                events[..index].iter_mut().rev().find(|event| event.is_picture && event.record.1 == from);
            if let Some(before) = before {
                before.record.1 += half;
                before.source.1 += half;
            }
        }
        join_tails(events);
    }

    fn say_speed(&mut self, event: &Event) {
        let (seen, taken) = (event.record.1 - event.record.0, event.source.1 - event.source.0);
        let measured = (seen != taken).then(|| match (u64::from(taken) * 100).checked_div(u64::from(seen)) {
            Some(0) | None => "as a still".to_owned(),
            Some(percent) => format!("at {percent} %"),
        });
        if let Some(how) = event.speed.clone().or(measured) {
            let (clip, place) = (event.called(), format!("line {}", event.line));
            self.edit.remarks.push(Remark::Speed { clip, how, place });
        }
    }
}

/// The clip that goes stands once more on the first line of a transition, of the length of its half only: it goes on
/// from the event before.
fn join_tails(events: &mut [Event]) {
    for index in 1..events.len() {
        let (before, event) = events.split_at_mut(index);
        let (before, event) = (&mut before[index - 1], &mut event[0]);
        let goes_on = before.reel == event.reel
            && before.is_picture == event.is_picture
            && before.record.1 == event.record.0
            && before.source.1 == event.source.0
            && event.name.is_none()
            && event.record.0 < event.record.1;
        if goes_on {
            event.name.clone_from(&before.name);
            event.file.clone_from(&before.file);
        }
    }
}

impl Event {
    fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.reel.clone())
    }

    fn clip(self, fps: Fps, start: u32) -> Clip {
        Clip {
            name: self.called(),
            also: vec![self.reel],
            file: self.file,
            shot: None,
            at: Seconds::of_frame(self.record.0.saturating_sub(start), fps),
            length: Seconds::of_frame(self.record.1 - self.record.0, fps),
            source: Seconds::of_frame(self.source.0, fps),
            place: format!("line {}", self.line),
        }
    }
}
