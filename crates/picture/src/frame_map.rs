//! Frame maps as FFmpeg's expressions.
//!
//! FFmpeg has no filter that takes a list, and its own changes of rate round in ways that differ between versions. So
//! the list itself is written down: which frames are kept, and at which frame of the piece each kept one begins, as a
//! tree of comparisons over the frame's number `N`, as deep as the logarithm of the list.

use soundlock_time::TakeFrame;

/// Longest expression that is given on a command line; Linux takes 128 KiB for one argument.
const LONGEST: usize = 48 * 1024;

/// A map from frames of a piece to frames of a clip, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrameMap {
    /// Each frame of the clip that is seen, in order.
    pub(crate) kept: Vec<u32>,
    /// For each of them the first frame of the piece in which it is seen.
    pub(crate) starts: Vec<u32>,
    /// Frames of the piece.
    pub(crate) length: u32,
}

impl FrameMap {
    /// Takes `frames` apart; `None` where it is empty or falls.
    pub(crate) fn new(frames: &[TakeFrame]) -> Option<Self> {
        let (mut kept, mut starts) = (Vec::new(), Vec::new());
        for (place, frame) in frames.iter().enumerate() {
            match kept.last() {
                Some(last) if *last == frame.0 => {}
                Some(last) if *last > frame.0 => return None,
                _ => {
                    kept.push(frame.0);
                    starts.push(place as u32);
                }
            }
        }
        (!kept.is_empty()).then_some(Self { kept, starts, length: frames.len() as u32 })
    }

    /// First frame of the clip that is seen.
    pub(crate) fn first(&self) -> u32 {
        self.kept[0]
    }

    /// First frame of the clip after the last that is seen.
    pub(crate) fn end(&self) -> u32 {
        self.kept[self.kept.len() - 1] + 1
    }

    /// Whether frames between the first and the last are left out.
    pub(crate) fn drops(&self) -> bool {
        (self.end() - self.first()) as usize > self.kept.len()
    }

    /// Not zero for each frame that is kept, `n` counting from [`FrameMap::first`]; `None` where it grows too long.
    pub(crate) fn keep(&self) -> Option<String> {
        let mut runs: Vec<(u32, String)> = Vec::new();
        let mut next = 0;
        for frame in self.kept.iter().map(|frame| frame - self.first()) {
            if runs.is_empty() {
                runs.push((frame, "1".to_owned()));
            } else if frame != next {
                runs.push((next, "0".to_owned()));
                runs.push((frame, "1".to_owned()));
            }
            next = frame + 1;
        }
        short(tree("n", &runs))
    }

    /// First frame of the piece for each kept frame, `N` counting kept frames; a frame after the last begins where the
    /// piece ends. `None` where it grows too long.
    pub(crate) fn start(&self) -> Option<String> {
        let mut runs: Vec<(u32, String)> = Vec::new();
        let mut shift = None;
        for (number, start) in (0_u32..).zip(self.starts.iter().chain([&self.length])) {
            if shift != Some(start - number) {
                shift = Some(start - number);
                runs.push((number, format!("N+{}", start - number)));
            }
        }
        short(tree("N", &runs))
    }
}

fn short(expression: String) -> Option<String> {
    (expression.len() <= LONGEST).then_some(expression)
}

/// An expression with the value of the last run that begins at or before `variable`.
fn tree(variable: &str, runs: &[(u32, String)]) -> String {
    match runs {
        [] => "0".to_owned(),
        [(_, value)] => value.clone(),
        _ => {
            let (before, after) = runs.split_at(runs.len() / 2);
            let (before_tree, after_tree) = (tree(variable, before), tree(variable, after));
            format!("if(lt({variable},{}),{before_tree},{after_tree})", after[0].0)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map(frames: &[u32]) -> Option<FrameMap> {
        FrameMap::new(&frames.iter().copied().map(TakeFrame).collect::<Vec<_>>())
    }

    #[test]
    fn a_trim_needs_no_tree() {
        let trim = map(&[7, 8, 9, 10]).unwrap();
        assert_eq!((trim.first(), trim.end(), trim.drops()), (7, 11, false));
        assert_eq!(trim.start().unwrap(), "N+0");
        assert!(map(&[1, 3]).unwrap().drops());
    }

    #[test]
    fn a_slower_clip_repeats_by_a_tree() {
        let slow = map(&[0, 0, 1, 2, 2, 3]).unwrap();
        assert!(!slow.drops());
        assert_eq!(slow.start().unwrap(), "if(lt(N,1),N+0,if(lt(N,3),N+1,N+2))");
    }

    #[test]
    fn maps_that_fall_or_are_empty_are_none() {
        assert_eq!(map(&[]), None);
        assert_eq!(map(&[3, 2]), None);
    }

    /// The value of a tree that was written by [`tree`].
    fn value(expression: &str, n: u32) -> u32 {
        let Some(inside) = expression.strip_prefix("if(lt(") else {
            return match expression.split_once('+') {
                Some((_, shift)) => n + shift.parse::<u32>().unwrap(),
                None => expression.parse().unwrap(),
            };
        };
        let (limit, branches) = inside.split_once("),").unwrap();
        let limit: u32 = limit.split_once(',').unwrap().1.parse().unwrap();
        let mut depth = 0;
        let comma = branches
            .char_indices()
            .find(|(_, c)| {
                depth += i32::from(*c == '(') - i32::from(*c == ')');
                depth == 0 && *c == ','
            })
            .unwrap()
            .0;
        let (yes, no) = (&branches[..comma], &branches[comma + 1..branches.len() - 1]);
        value(if n < limit { yes } else { no }, n)
    }

    proptest! {
        #[test]
        fn trees_say_what_the_map_says(steps in proptest::collection::vec(0_u32..4, 1..200), first in 0_u32..50) {
            let mut frame = first;
            let frames: Vec<u32> = steps.iter().map(|step| { frame += step; frame }).collect();
            let map = map(&frames).unwrap();
            let keep = map.keep().unwrap();
            let kept: Vec<u32> = (0..map.end() - map.first()).filter(|n| value(&keep, *n) != 0).collect();
            let start = map.start().unwrap();
            // What FFmpeg shows at each frame of the piece: the last kept frame that has begun.
            for (place, wanted) in frames.iter().enumerate() {
                let seen = (0..kept.len() as u32).rfind(|n| value(&start, *n) <= place as u32).unwrap();
                prop_assert_eq!(kept[seen as usize] + map.first(), *wanted);
            }
            prop_assert_eq!(value(&start, kept.len() as u32), frames.len() as u32);
        }
    }
}
