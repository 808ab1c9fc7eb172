//! From clips on tracks to what is seen: one clip after the other, in film frames.

use std::collections::BTreeMap;

use soundlock_time::Fps;

use crate::Remark;
use crate::foreign::{Clip, ForeignEdit};
use crate::seconds::Seconds;

/// A stretch of the edit in which one clip is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'e> {
    pub(crate) clip: &'e Clip,
    /// First frame, and whether the cut falls on it.
    pub(crate) start: i64,
    pub(crate) start_exact: bool,
    /// First frame after, likewise.
    pub(crate) end: i64,
    pub(crate) end_exact: bool,
    /// First frame of the clip, of which a higher track may hide some.
    clip_start: i64,
}

impl Segment<'_> {
    /// The same, so many frames earlier in the edit.
    pub(crate) fn earlier(self, by: i64) -> Self {
        let (start, end, clip_start) = (self.start - by, self.end - by, self.clip_start - by);
        Self { start, end, clip_start, ..self }
    }

    pub(crate) fn frames(&self) -> i64 {
        self.end - self.start
    }

    /// Where the first frame that is seen lies in its media.
    pub(crate) fn source(&self, fps: Fps) -> Option<Seconds> {
        let hidden = u32::try_from(self.start - self.clip_start).ok()?;
        self.clip.source.plus(Seconds::of_frame(hidden, fps))
    }
}

/// What is seen of `edit`, in order: the topmost track that shows something wins.
pub(crate) fn topmost<'e>(edit: &'e ForeignEdit, fps: Fps, remarks: &mut Vec<Remark>) -> Vec<Segment<'e>> {
    let used: Vec<_> = edit.layers.iter().filter(|layer| !layer.is_empty()).collect();
    if used.len() > 1 {
        remarks.push(Remark::SeveralTracks { tracks: used.len() });
    }
    let mut seen = BTreeMap::new();
    for layer in used {
        let mut segments: Vec<_> = layer.iter().filter_map(|clip| segment(clip, fps)).collect();
        segments.sort_by_key(|segment| segment.start);
        say_overlaps(&segments, remarks);
        for segment in segments {
            paint(&mut seen, segment);
        }
    }
    seen.into_values().collect()
}

fn segment(clip: &Clip, fps: Fps) -> Option<Segment<'_>> {
    let (start, end) = (clip.at.frame(fps), clip.end()?.frame(fps));
    (start.frame < end.frame).then_some(Segment {
        clip,
        start: start.frame,
        start_exact: start.exact,
        end: end.frame,
        end_exact: end.exact,
        clip_start: start.frame,
    })
}

fn say_overlaps(segments: &[Segment<'_>], remarks: &mut Vec<Remark>) {
    for pair in segments.windows(2) {
        let shared = pair[0].end.min(pair[1].end) - pair[1].start;
        if shared > 0 {
            remarks.push(Remark::Overlap {
                first: pair[0].clip.name.clone(),
                second: pair[1].clip.name.clone(),
                frames: u32::try_from(shared).unwrap_or(u32::MAX),
                place: pair[1].clip.place.clone(),
            });
        }
    }
}

/// Lays `top` over what is seen.
fn paint<'e>(seen: &mut BTreeMap<i64, Segment<'e>>, top: Segment<'e>) {
    let hidden: Vec<i64> = seen
        .range(..top.end)
        .rev()
        .take_while(|(_, segment)| segment.end > top.start)
        .map(|(start, _)| *start)
        .collect();
    for start in hidden {
        let Some(under) = seen.remove(&start) else { continue };
        if under.start < top.start {
            let left = Segment { end: top.start, end_exact: top.start_exact, ..under };
            seen.insert(left.start, left);
        }
        if under.end > top.end {
            let right = Segment { start: top.end, start_exact: top.end_exact, ..under };
            seen.insert(right.start, right);
        }
    }
    seen.insert(top.start, top);
}
