use std::collections::{BTreeMap, HashMap};

use roxmltree::{Document, Node, ParsingOptions};
use soundlock_time::Fps;

use crate::foreign::{Clip, ForeignEdit};
use crate::seconds::Seconds;
use crate::{ExchangeError, Remark};

/// Elements inside elements beyond which nobody edits.
const DEEPEST: usize = 24;
/// Elements of a file; a feature of ours has some ten thousand.
const MOST_NODES: u32 = 4_000_000;
/// Elements that are looked at, those of a compound as often as it is used: compounds of compounds grow without end.
const MOST_ELEMENTS: u32 = 1_000_000;

/// Reads the first project of an FCPXML file, 1.x as Final Cut Pro and Resolve write it.
///
/// Source: Apple, FCPXML reference: story elements, timing attributes, resources.
pub(crate) fn read(text: &str) -> Result<ForeignEdit, ExchangeError> {
    if let Some((line, why)) = super::guard::fault(text) {
        return Err(ExchangeError::Malformed { format: "FCPXML", place: format!("line {line}"), why });
    }
    // A document type is what Resolve writes on top.
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let place = error.pos();
        ExchangeError::Malformed {
            format: "FCPXML",
            place: format!("line {}, column {}", place.row, place.col),
            why: error.to_string(),
        }
    })?;
    let root = document.root_element();
    let mut sequences = Vec::new();
    collect_sequences(root, &mut sequences);
    let sequence = *sequences.first().ok_or(ExchangeError::NoPicture)?;
    let newlines = text.match_indices('\n').map(|(newline, _)| newline + 1);
    let line_starts: Vec<usize> = std::iter::once(0).chain(newlines).collect();
    let mut reader = Reader {
        line_starts: &line_starts,
        resources: resources(root),
        edit: ForeignEdit::new(project_name(sequence), None),
        layers: BTreeMap::new(),
        elements: 0,
    };
    if sequences.len() > 1 {
        let (read, count) = (project_name(sequence).to_owned(), sequences.len());
        reader.edit.remarks.push(Remark::SeveralTimelines { read, count });
    }
    reader.sequence(sequence)?;
    reader.edit.layers = reader.layers.into_values().collect();
    Ok(reader.edit)
}

/// The sequences of projects, without those that are media of others.
fn collect_sequences<'a, 'i>(root: Node<'a, 'i>, into: &mut Vec<Node<'a, 'i>>) {
    let sequences = root.descendants().filter(|node| node.has_tag_name("sequence"));
    into.extend(sequences.filter(|node| !node.parent().is_some_and(|parent| parent.has_tag_name("media"))));
}

fn project_name<'a>(sequence: Node<'a, '_>) -> &'a str {
    sequence.parent().and_then(|project| project.attribute("name")).unwrap_or_default()
}

fn resources<'a, 'i>(root: Node<'a, 'i>) -> HashMap<&'a str, Node<'a, 'i>> {
    let resources = root.children().filter(|node| node.has_tag_name("resources"));
    let all = resources.flat_map(|resources| resources.children().filter(Node::is_element));
    all.filter_map(|node| Some((node.attribute("id")?, node))).collect()
}

struct Reader<'a, 'i> {
    line_starts: &'a [usize],
    resources: HashMap<&'a str, Node<'a, 'i>>,
    edit: ForeignEdit,
    layers: BTreeMap<i32, Vec<Clip>>,
    /// How many were looked at.
    elements: u32,
}

/// Where the children of an element lie.
#[derive(Clone, Copy)]
struct Frame {
    /// Place in the edit of the element's start.
    at: Seconds,
    /// What its children's offsets count from.
    zero: Seconds,
    lane: i32,
    depth: usize,
}

impl<'a, 'i> Reader<'a, 'i> {
    fn sequence(&mut self, sequence: Node<'a, 'i>) -> Result<(), ExchangeError> {
        let format = sequence.attribute("format").and_then(|id| self.resources.get(id).copied());
        self.edit.fps = format.and_then(|format| fps(format.attribute("frameDuration")?));
        let zero = self.time(sequence, "tcStart")?.unwrap_or(Seconds::ZERO);
        let frame = Frame { at: Seconds::ZERO, zero, lane: 0, depth: 0 };
        for spine in sequence.children().filter(|node| node.has_tag_name("spine")) {
            self.story(spine, frame)?;
        }
        Ok(())
    }

    /// The elements of a spine, each at its offset or where the one before it ends.
    fn story(&mut self, spine: Node<'a, 'i>, frame: Frame) -> Result<(), ExchangeError> {
        let mut next = frame.at;
        for node in spine.children().filter(Node::is_element) {
            if node.has_tag_name("transition") {
                let what = format!("the transition `{}`", node.attribute("name").unwrap_or_default());
                self.edit.remarks.push(Remark::Transition { what, place: self.place(node) });
                continue;
            }
            let at = self.place_in(node, frame, next)?;
            next = self.element(node, at, frame.lane, frame.depth + 1)?;
        }
        Ok(())
    }

    /// Where an element lies in the edit.
    fn place_in(&self, node: Node<'_, '_>, frame: Frame, next: Seconds) -> Result<Seconds, ExchangeError> {
        let Some(offset) = self.time(node, "offset")? else { return Ok(next) };
        let at = offset.minus(frame.zero).and_then(|offset| offset.plus(frame.at));
        at.filter(|at| !at.is_negative())
            .ok_or_else(|| self.malformed(node, "it begins before the edit does"))
    }

    /// An element and what is connected to it; gives where it ends.
    fn element(
        &mut self,
        node: Node<'a, 'i>,
        at: Seconds,
        lane: i32,
        depth: usize,
    ) -> Result<Seconds, ExchangeError> {
        if depth > DEEPEST {
            return Err(self.malformed(node, &format!("elements lie more than {DEEPEST} deep in each other")));
        }
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(self.malformed(node, &format!("more than {MOST_ELEMENTS} elements are in the edit")));
        }
        let tag = node.tag_name().name();
        if tag == "audition" {
            let active = node.children().find(Node::is_element);
            return active.map_or(Ok(at), |active| self.element(active, at, lane, depth + 1));
        }
        if tag == "spine" {
            self.story(node, Frame { at, zero: Seconds::ZERO, lane, depth })?;
            return Ok(at);
        }
        if !matches!(
            tag,
            "asset-clip"
                | "clip"
                | "video"
                | "audio"
                | "ref-clip"
                | "sync-clip"
                | "mc-clip"
                | "title"
                | "gap"
        ) {
            return Ok(at);
        }
        let resource = node.attribute("ref").and_then(|id| self.resources.get(id).copied());
        let length = self.length(node, resource)?;
        let end = at.plus(length).ok_or_else(|| self.malformed(node, "it ends later than any film"))?;
        let media_start = resource.map_or(Ok(None), |resource| self.time(resource, "start"))?;
        let start = self.time(node, "start")?.or(media_start).unwrap_or(Seconds::ZERO);
        if node.attribute("enabled") == Some("0") {
            let clip = self.name(node).to_owned();
            self.edit.remarks.push(Remark::Disabled { clip, place: self.place(node) });
        } else {
            self.lay(node, resource, Laid { at, length, start, lane, depth })?;
        }
        self.connected(node, Frame { at, zero: start, lane, depth })?;
        Ok(end)
    }

    /// What is connected to an element lies on lanes above or below it.
    fn connected(&mut self, node: Node<'a, 'i>, frame: Frame) -> Result<(), ExchangeError> {
        for child in node.children().filter(Node::is_element) {
            let Some(lane) = child.attribute("lane") else { continue };
            let lane = lane.trim().parse::<i16>();
            let lane = lane.map_err(|_| self.malformed(child, "its `lane` is not a whole number"))?;
            let at = self.place_in(child, frame, frame.at)?;
            self.element(child, at, frame.lane.saturating_add(lane.into()), frame.depth + 1)?;
        }
        Ok(())
    }

    fn lay(
        &mut self,
        node: Node<'a, 'i>,
        resource: Option<Node<'a, 'i>>,
        laid: Laid,
    ) -> Result<(), ExchangeError> {
        self.say_speed(node);
        let place = self.place(node);
        let name = self.name(node).to_owned();
        match node.tag_name().name() {
            "gap" => {
                // A gap that carries a shot's name is a shot without a take.
                let known = crate::identify::is_shot_name(&name);
                if known {
                    self.push(laid.lane, Clip { name, ..laid.clip(place) });
                }
            }
            "title" if laid.lane != 0 => self.edit.remarks.push(Remark::Overlay { clip: name, place }),
            "ref-clip" => self.compound(node, resource, laid)?,
            "sync-clip" | "mc-clip" => {
                let remark = Remark::Nested { clip: name.clone(), flattened: false, place: place.clone() };
                self.edit.remarks.push(remark);
                self.push(laid.lane, Clip { name, ..laid.clip(place) });
            }
            "clip" => self.clip_of_parts(node, laid)?,
            _ => self.media_clip(node, resource, laid)?,
        }
        Ok(())
    }

    /// A clip of one file.
    fn media_clip(
        &mut self,
        node: Node<'a, 'i>,
        resource: Option<Node<'a, 'i>>,
        laid: Laid,
    ) -> Result<(), ExchangeError> {
        let place = self.place(node);
        let media_start = resource.map_or(Ok(None), |asset| self.time(asset, "start"))?;
        let source = laid.start.minus(media_start.unwrap_or(Seconds::ZERO));
        let source = source.ok_or_else(|| self.malformed(node, "its start is out of reach"))?;
        let clip = Clip {
            name: self.name(node).to_owned(),
            also: resource.and_then(|asset| asset.attribute("name")).map(str::to_owned).into_iter().collect(),
            file: resource.and_then(file_of),
            source,
            ..laid.clip(place)
        };
        let has_picture = resource.is_none_or(|asset| asset.attribute("hasVideo") == Some("1"));
        let is_sound = node.has_tag_name("audio")
            || node.attribute("srcEnable") == Some("audio")
            || (!has_picture && resource.is_some_and(|asset| asset.attribute("hasAudio") == Some("1")));
        if is_sound {
            self.edit.sounds.push(clip);
        } else {
            self.push(laid.lane, clip);
        }
        Ok(())
    }

    /// A clip whose picture and sound are elements inside it, as Resolve writes them.
    fn clip_of_parts(&mut self, node: Node<'a, 'i>, laid: Laid) -> Result<(), ExchangeError> {
        let parts = node.children().filter(|child| child.attribute("lane").is_none());
        let video = parts.clone().find(|child| child.has_tag_name("video"));
        let Some(part) = video.or_else(|| parts.clone().find(|child| child.has_tag_name("audio"))) else {
            let place = self.place(node);
            self.push(laid.lane, Clip { name: self.name(node).to_owned(), ..laid.clip(place) });
            return Ok(());
        };
        let resource = part.attribute("ref").and_then(|id| self.resources.get(id).copied());
        let media_start = resource.map_or(Ok(None), |asset| self.time(asset, "start"))?;
        let inner = self.time(part, "start")?.or(media_start).unwrap_or(Seconds::ZERO);
        let offset = self.time(part, "offset")?.unwrap_or(Seconds::ZERO);
        let start = laid.start.minus(offset).and_then(|start| start.plus(inner));
        let start = start.ok_or_else(|| self.malformed(part, "its start is out of reach"))?;
        let name = self.name(node).to_owned();
        let before = self.layers.get(&laid.lane).map_or(0, Vec::len);
        self.media_clip(part, resource, Laid { start, ..laid })?;
        if let Some(clip) = self.layers.get_mut(&laid.lane).and_then(|layer| layer.get_mut(before)) {
            clip.also.push(std::mem::replace(&mut clip.name, name));
        }
        Ok(())
    }

    /// A compound clip: the clips of its spine, where there is nothing else in it.
    fn compound(
        &mut self,
        node: Node<'a, 'i>,
        resource: Option<Node<'a, 'i>>,
        laid: Laid,
    ) -> Result<(), ExchangeError> {
        let (place, name) = (self.place(node), self.name(node).to_owned());
        let sequence =
            resource.and_then(|media| media.children().find(|child| child.has_tag_name("sequence")));
        let mut inside = Reader {
            line_starts: self.line_starts,
            resources: std::mem::take(&mut self.resources),
            edit: ForeignEdit::new("", None),
            layers: BTreeMap::new(),
            elements: self.elements,
        };
        let read = sequence.map_or(Ok(()), |sequence| inside.nested(sequence, laid.depth));
        self.resources = std::mem::take(&mut inside.resources);
        self.elements = inside.elements;
        read?;
        let flattened = inside.layers.len() == 1;
        self.edit.remarks.push(Remark::Nested { clip: name.clone(), flattened, place: place.clone() });
        self.edit.remarks.append(&mut inside.edit.remarks);
        if !flattened {
            self.push(laid.lane, Clip { name, ..laid.clip(place) });
            return Ok(());
        }
        let to = laid.start.plus(laid.length);
        let to = to.ok_or_else(|| self.malformed(node, "it ends later than any film"))?;
        for clip in inside.layers.into_values().flatten() {
            if let Some(clip) = clip.cropped(laid.start, to, laid.at) {
                self.push(laid.lane, clip);
            }
        }
        Ok(())
    }

    /// The sequence of a compound clip, its own time kept.
    fn nested(&mut self, sequence: Node<'a, 'i>, depth: usize) -> Result<(), ExchangeError> {
        let zero = self.time(sequence, "tcStart")?.unwrap_or(Seconds::ZERO);
        // A compound counts from its own timecode.
        let frame = Frame { at: zero, zero, lane: 0, depth: depth + 1 };
        for spine in sequence.children().filter(|node| node.has_tag_name("spine")) {
            self.story(spine, frame)?;
        }
        Ok(())
    }

    fn push(&mut self, lane: i32, clip: Clip) {
        if !clip.length.is_zero() {
            self.layers.entry(lane).or_default().push(clip);
        }
    }

    fn say_speed(&mut self, node: Node<'_, '_>) {
        let Some(map) = node.children().find(|child| child.has_tag_name("timeMap")) else { return };
        let mut points = map.children().filter(|child| child.has_tag_name("timept"));
        let point = |node: Node<'_, '_>| {
            let seconds = |name| node.attribute(name).and_then(|text| parse(text).map(Seconds::as_f64));
            Some((seconds("time")?, seconds("value")?))
        };
        let ends = points.clone().next().and_then(point).zip(points.next_back().and_then(point));
        let speed = ends.map(|((from, first), (to, last))| ((last - first) / (to - from) * 100.0).round());
        let how = match speed.filter(|speed| speed.is_finite()) {
            Some(100.0) => return,
            Some(0.0) => "as a still".to_owned(),
            Some(speed) => format!("at {speed} %"),
            None => "at another speed".to_owned(),
        };
        let (clip, place) = (self.name(node).to_owned(), self.place(node));
        self.edit.remarks.push(Remark::Speed { clip, how, place });
    }

    fn length(&self, node: Node<'_, '_>, resource: Option<Node<'_, '_>>) -> Result<Seconds, ExchangeError> {
        let own = self.time(node, "duration")?;
        let length = match (own, resource) {
            (None, Some(resource)) => self.time(resource, "duration")?,
            (own, _) => own,
        };
        length
            .filter(|length| !length.is_negative())
            .ok_or_else(|| self.malformed(node, "it has no duration, or a negative one"))
    }

    fn time(&self, node: Node<'_, '_>, name: &str) -> Result<Option<Seconds>, ExchangeError> {
        let Some(text) = node.attribute(name) else { return Ok(None) };
        let time = parse(text).ok_or_else(|| {
            let text: String = text.chars().take(40).collect();
            self.malformed(node, &format!("`{name}` is `{text}`, not a time such as 1001/24000s"))
        })?;
        Ok(Some(time))
    }

    fn name<'n>(&self, node: Node<'n, '_>) -> &'n str
    where
        'a: 'n,
    {
        let resource = node.attribute("ref").and_then(|id| self.resources.get(id));
        let of_media = resource.and_then(|resource| resource.attribute("name"));
        node.attribute("name").or(of_media).unwrap_or(node.tag_name().name())
    }

    fn place(&self, node: Node<'_, '_>) -> String {
        let start = node.range().start;
        format!("line {}", self.line_starts.partition_point(|line| *line <= start))
    }

    fn malformed(&self, node: Node<'_, '_>, why: &str) -> ExchangeError {
        let place = format!("{}, <{}>", self.place(node), node.tag_name().name());
        ExchangeError::Malformed { format: "FCPXML", place, why: why.to_owned() }
    }
}

/// Where a clip lies and what it shows.
#[derive(Clone, Copy)]
struct Laid {
    at: Seconds,
    length: Seconds,
    start: Seconds,
    lane: i32,
    depth: usize,
}

impl Laid {
    fn clip(self, place: String) -> Clip {
        let Self { at, length, start, .. } = self;
        let (name, also, file, shot) = (String::new(), Vec::new(), None, None);
        Clip { name, also, file, shot, at, length, source: start, place }
    }
}

/// The file of an asset: in `media-rep` since 1.9, in `src` before.
fn file_of(asset: Node<'_, '_>) -> Option<String> {
    let representation = asset.children().find(|child| child.has_tag_name("media-rep"));
    let source = representation.and_then(|media| media.attribute("src")).or_else(|| asset.attribute("src"));
    source.filter(|source| !source.is_empty()).map(str::to_owned)
}

/// Reads `1001/24000s` and `5s`.
fn parse(text: &str) -> Option<Seconds> {
    let text = text.trim().strip_suffix('s')?;
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    let number = |text: &str| text.trim().parse::<i64>().ok();
    if let Some((whole, part)) = text.split_once('.').filter(|_| !text.contains('/')) {
        let digits = part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
        let den = 10_i128.pow(u32::try_from(part.len()).ok()?.min(9));
        let whole_number = number(whole)?;
        let part = part.parse::<i128>().ok().filter(|_| digits)?;
        let sign = if whole.trim().starts_with('-') { -1 } else { 1 };
        return Seconds::new(i128::from(whole_number) * den + sign * part, den);
    }
    Seconds::new(number(num)?.into(), number(den)?.into())
}

/// The rate whose frames last `frame_duration`.
fn fps(frame_duration: &str) -> Option<Fps> {
    let (num, den) = frame_duration.trim().strip_suffix('s')?.split_once('/')?;
    Fps::new(den.trim().parse().ok()?, num.trim().parse().ok()?).ok()
}
