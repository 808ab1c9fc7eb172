use serde::{Deserialize, Serialize};

use crate::{FilmFrame, Sample, TakeFrame};

macro_rules! half_open {
    ($(#[$doc:meta])* $range:ident, $place:ident, $count:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $range {
            /// First place inside.
            pub start: $place,
            /// First place after; never before `start`.
            pub end: $place,
        }

        impl $range {
            /// From `start`, `length` long.
            pub fn new(start: $place, length: $count) -> Self {
                Self { start, end: $place(start.0 + length) }
            }

            /// From `start` up to but without `end`; `None` when `end` comes first.
            pub fn between(start: $place, end: $place) -> Option<Self> {
                (start <= end).then_some(Self { start, end })
            }

            /// How many places are inside.
            pub fn length(self) -> $count {
                self.end.0 - self.start.0
            }

            /// Whether nothing is inside.
            pub fn is_empty(self) -> bool {
                self.start == self.end
            }

            /// Whether `place` is inside.
            pub fn contains(self, place: $place) -> bool {
                self.start <= place && place < self.end
            }

            /// The part both have, or `None` where they share no place.
            pub fn overlap(self, other: Self) -> Option<Self> {
                let start = self.start.max(other.start);
                let end = self.end.min(other.end);
                (start < end).then_some(Self { start, end })
            }

            /// The same length, `by` places later.
            pub fn later(self, by: $count) -> Self {
                Self { start: $place(self.start.0 + by), end: $place(self.end.0 + by) }
            }
        }
    };
}

half_open!(
    /// Frames of the film, half-open.
    FrameRange, FilmFrame, u32
);
half_open!(
    /// Frames of one take, half-open.
    TakeRange, TakeFrame, u32
);
half_open!(
    /// Samples, half-open.
    SampleRange, Sample, u64
);
