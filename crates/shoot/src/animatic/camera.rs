use soundlock_draw::Transform;
use soundlock_plan::{Movement, ShotSize};

use super::seed::wave;

/// The camera: how close it stands and how it moves.
#[derive(Debug, Clone)]
pub(crate) struct Camera {
    movement: Movement,
    /// How far it moves, in heights of the frame.
    reach: f64,
    /// Length of the take.
    seconds: f64,
    /// How much the place is enlarged.
    zoom: f64,
    /// The point of the place that is looked at.
    focus: (f64, f64),
    middle: (f64, f64),
    phase: f64,
    /// How far it drifts where it stands, in heights of the frame: close to a face no head of a tripod holds quite still.
    drift: f64,
}

/// Where the camera has got to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    zoom: f64,
    x: f64,
    y: f64,
}

impl Moved {
    /// Not moved at all.
    pub(crate) const STILL: Self = Self { zoom: 1.0, x: 0.0, y: 0.0 };
}

impl Camera {
    /// A camera for `size`; `facing` is where the subject looks, -1 to 1, and what is behind follows from it.
    pub(crate) fn new(
        size: ShotSize,
        movement: Movement,
        seconds: f64,
        wide: f64,
        facing: f64,
        phase: f64,
    ) -> Self {
        let zoom: f64 = match size {
            ShotSize::ExtremeWide => 1.0,
            ShotSize::Wide => 1.06,
            ShotSize::Medium => 1.30,
            ShotSize::MediumClose => 1.55,
            ShotSize::Close => 1.85,
            ShotSize::ExtremeClose => 2.2,
        };
        let close: f64 = zoom - 1.0;
        let focus = (wide * (0.5 + 0.20 * facing * close.min(0.8)), 0.52 - 0.06 * close);
        let reach = match movement {
            Movement::Static => 0.0,
            Movement::PushIn | Movement::PullOut => (seconds * 0.022).clamp(0.03, 0.12),
            Movement::PanLeft | Movement::PanRight => (seconds * 0.05).clamp(0.05, 0.24),
            Movement::Track => (seconds * 0.04).clamp(0.05, 0.20),
            Movement::Handheld => 0.006,
        };
        let drift = if size >= ShotSize::Medium { 0.0016 * close.min(1.0) + 0.0010 } else { 0.0 };
        Self {
            movement,
            reach,
            seconds: seconds.max(0.04),
            zoom,
            focus,
            middle: (wide / 2.0, 0.5),
            phase,
            drift,
        }
    }

    /// Where it is at `seconds`.
    pub(crate) fn at(&self, seconds: f64) -> Moved {
        let along = (seconds / self.seconds).clamp(0.0, 1.0);
        // Moves begin and end softly, but never stand still: cuts then fall into movement.
        let eased = along * 0.7 + 0.3 * along * along * (3.0 - 2.0 * along);
        let still = Moved::STILL;
        match self.movement {
            Movement::Static => self.standing(seconds),
            Movement::PushIn => Moved { zoom: 1.0 + self.reach * eased, ..still },
            Movement::PullOut => Moved { zoom: 1.0 + self.reach * (1.0 - eased), ..still },
            Movement::PanLeft => Moved { x: self.reach * (0.5 - eased), ..still },
            Movement::PanRight | Movement::Track => Moved { x: self.reach * (eased - 0.5), ..still },
            Movement::Handheld => Moved {
                zoom: 1.012,
                x: self.reach * (wave(seconds, 0.31, self.phase) + 0.5 * wave(seconds, 0.83, 0.2)),
                y: self.reach * (wave(seconds, 0.43, self.phase) + 0.4 * wave(seconds, 1.07, 0.6)),
            },
        }
    }

    fn standing(&self, seconds: f64) -> Moved {
        let slow = |hertz: f64, phase: f64| wave(seconds, hertz, self.phase + phase);
        Moved {
            zoom: 1.0,
            x: self.drift * (slow(0.21, 0.0) + 0.5 * slow(0.47, 0.3)),
            y: self.drift * (slow(0.27, 0.25) + 0.4 * slow(0.61, 0.1)),
        }
    }

    /// The depth at which something at `depth` moves: what is nearly as far moves as one, so that it is drawn once.
    pub(crate) fn plane(&self, depth: f64) -> f64 {
        match self.movement {
            Movement::Static if depth < 1.0 => 0.7,
            Movement::Static => 1.2,
            _ => (depth * 5.0).floor() / 5.0 + 0.1,
        }
    }

    /// How the place at `depth` is framed: before the camera moves.
    pub(crate) fn framing(&self, depth: f64) -> Transform {
        let framing = 1.0 + (self.zoom - 1.0) * (0.35 + 0.65 * depth.min(1.0));
        Transform::translate(self.middle.0, self.middle.1)
            .then_inner(Transform::scale(framing, framing))
            .then_inner(Transform::translate(-self.focus.0, -self.focus.1))
    }

    /// How things at `depth` are shifted and enlarged by the move alone: factor and shift in heights.
    pub(crate) fn shift(&self, moved: Moved, depth: f64) -> (f64, f64, f64) {
        let share = match self.movement {
            Movement::Track => depth,
            Movement::PanLeft | Movement::PanRight => 0.80 + 0.20 * depth,
            _ => 0.6 + 0.4 * depth,
        };
        (1.0 + (moved.zoom - 1.0) * depth.min(1.6), -moved.x * share, -moved.y * share)
    }

    /// What of the place at `depth`, framed and not moved, is seen at (x, y) of the frame.
    pub(crate) fn seen(&self, moved: Moved, depth: f64, (x, y): (f64, f64)) -> (f64, f64) {
        let (zoom, right, down) = self.shift(moved, depth);
        let (middle_x, middle_y) = self.middle;
        ((x - middle_x - right) / zoom + middle_x, (y - middle_y - down) / zoom + middle_y)
    }

    /// From the place, at `depth`, to pixels of a frame `height` high.
    pub(crate) fn place(&self, moved: Moved, depth: f64, height: f64) -> Transform {
        self.people(moved, depth, height).then_inner(self.framing(depth))
    }

    /// From the frame, at `depth`, to pixels: the move without the framing. People are placed in the frame itself.
    pub(crate) fn people(&self, moved: Moved, depth: f64, height: f64) -> Transform {
        let (zoom, x, y) = self.shift(moved, depth);
        Transform::scale(height, height)
            .then_inner(Transform::translate(self.middle.0 + x, self.middle.1 + y))
            .then_inner(Transform::scale(zoom, zoom))
            .then_inner(Transform::translate(-self.middle.0, -self.middle.1))
    }

    /// The middle of the frame.
    pub(crate) fn middle(&self) -> (f64, f64) {
        self.middle
    }
}
