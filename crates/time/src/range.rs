use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{FilmFrame, Sample, TakeFrame};

/// A range as it is written, before it is known to be the right way round.
#[derive(Deserialize)]
struct Ends<Place> {
    start: Place,
    end: Place,
}

macro_rules! half_open {
    ($(#[$doc:meta])* $range:ident, $place:ident, $count:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub struct $range {
            /// First place inside.
            pub start: $place,
            /// First place after; never before `start`.
            pub end: $place,
        }

        impl $range {
            /// From `start`, `length` long, or up to the last place there is.
            pub fn new(start: $place, length: $count) -> Self {
                Self { start, end: $place(start.0.saturating_add(length)) }
            }

            /// From `start` up to but without `end`; `None` when `end` comes first.
            pub fn between(start: $place, end: $place) -> Option<Self> {
                (start <= end).then_some(Self { start, end })
            }

            /// How many places are inside.
            pub fn length(self) -> $count {
                // A range made by its fields may be the wrong way round; then nothing is inside.
                self.end.0.saturating_sub(self.start.0)
            }

            /// Whether nothing is inside.
            pub fn is_empty(self) -> bool {
                self.length() == 0
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

            /// The same length, `by` places later, or as much of it as there are places.
            #[must_use]
            pub fn later(self, by: $count) -> Self {
                let later = |place: $place| $place(place.0.saturating_add(by));
                Self { start: later(self.start), end: later(self.end) }
            }
        }

        impl<'de> Deserialize<'de> for $range {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let Ends { start, end } = Ends::<$place>::deserialize(deserializer)?;
                Self::between(start, end)
                    .ok_or_else(|| D::Error::custom(format!("a range from {start} cannot end before it, at {end}")))
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
