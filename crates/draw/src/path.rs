/// Distance of a quarter arc's control points, in radii.
const QUARTER_ARC: f64 = 0.552_284_749_830_793_4;

/// An outline made of lines and curves, in pixels before the transform; y grows downwards.
///
/// Arcs are built from cubic curves with a fixed constant, not from sines, so that their points are the same on every
/// machine.
#[derive(Debug, Clone, Default)]
pub struct Path(pub(crate) Vec<Element>);

pub(crate) type Point = (f64, f64);

/// A piece of an outline, from where the one before it ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Element {
    Move(Point),
    Line(Point),
    Quad(Point, Point),
    Curve(Point, Point, Point),
    Close,
}

/// Moves, scales, turns: `x' = a x + c y + e`, `y' = b x + d y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
    f: f64,
}

impl Path {
    /// An empty path.
    pub fn new() -> Self {
        Self::default()
    }

    /// A rectangle.
    pub fn rect(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self::polygon(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    }

    /// A closed polygon; empty when there are no points.
    pub fn polygon(points: &[(f64, f64)]) -> Self {
        let mut path = Self::new();
        path.add_polygon(points);
        path
    }

    /// An ellipse around a centre.
    pub fn ellipse(x: f64, y: f64, radius_x: f64, radius_y: f64) -> Self {
        let mut path = Self::new();
        path.add_ellipse(x, y, radius_x, radius_y);
        path
    }

    /// A circle around a centre.
    pub fn circle(x: f64, y: f64, radius: f64) -> Self {
        Self::ellipse(x, y, radius, radius)
    }

    /// A rectangle with round corners; `radius` is held to half the shorter side.
    pub fn rounded(x: f64, y: f64, width: f64, height: f64, radius: f64) -> Self {
        let radius = radius.clamp(0.0, width.min(height).max(0.0) / 2.0);
        let (right, bottom, bend) = (x + width, y + height, radius * (1.0 - QUARTER_ARC));
        let mut path = Self::new();
        path.move_to(x + radius, y);
        path.line_to(right - radius, y);
        path.curve_to(right - bend, y, right, y + bend, right, y + radius);
        path.line_to(right, bottom - radius);
        path.curve_to(right, bottom - bend, right - bend, bottom, right - radius, bottom);
        path.line_to(x + radius, bottom);
        path.curve_to(x + bend, bottom, x, bottom - bend, x, bottom - radius);
        path.line_to(x, y + radius);
        path.curve_to(x, y + bend, x + bend, y, x + radius, y);
        path.close();
        path
    }

    /// A closed soft shape through all `points` (Catmull-Rom).
    pub fn blob(points: &[(f64, f64)]) -> Self {
        let mut path = Self::new();
        path.add_blob(points);
        path
    }

    /// Begins a new outline.
    pub fn move_to(&mut self, x: f64, y: f64) {
        self.0.push(Element::Move((x, y)));
    }

    /// A straight line.
    pub fn line_to(&mut self, x: f64, y: f64) {
        self.0.push(Element::Line((x, y)));
    }

    /// A curve with one control point.
    pub fn quad_to(&mut self, x1: f64, y1: f64, x: f64, y: f64) {
        self.0.push(Element::Quad((x1, y1), (x, y)));
    }

    /// A curve with two control points.
    pub fn curve_to(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, x: f64, y: f64) {
        self.0.push(Element::Curve((x1, y1), (x2, y2), (x, y)));
    }

    /// Closes the outline.
    pub fn close(&mut self) {
        self.0.push(Element::Close);
    }

    /// Adds a closed polygon.
    pub fn add_polygon(&mut self, points: &[(f64, f64)]) {
        let Some((first, rest)) = points.split_first() else { return };
        self.move_to(first.0, first.1);
        for point in rest {
            self.line_to(point.0, point.1);
        }
        self.close();
    }

    /// Adds an ellipse.
    pub fn add_ellipse(&mut self, x: f64, y: f64, radius_x: f64, radius_y: f64) {
        let (bend_x, bend_y) = (radius_x * QUARTER_ARC, radius_y * QUARTER_ARC);
        let (left, right, top, bottom) = (x - radius_x, x + radius_x, y - radius_y, y + radius_y);
        self.move_to(right, y);
        self.curve_to(right, y + bend_y, x + bend_x, bottom, x, bottom);
        self.curve_to(x - bend_x, bottom, left, y + bend_y, left, y);
        self.curve_to(left, y - bend_y, x - bend_x, top, x, top);
        self.curve_to(x + bend_x, top, right, y - bend_y, right, y);
        self.close();
    }

    /// Adds a closed soft shape through all `points`.
    pub fn add_blob(&mut self, points: &[(f64, f64)]) {
        let count = points.len();
        if count < 3 {
            return;
        }
        let at = |index: usize| points[index % count];
        self.move_to(points[0].0, points[0].1);
        for index in 0..count {
            self.curve_through(at(index + count - 1), at(index), at(index + 1), at(index + 2));
        }
        self.close();
    }

    /// Continues softly through `points`, from the last point of the path, which should be near the first of them.
    pub fn smooth_through(&mut self, points: &[(f64, f64)]) {
        let Some(last) = points.len().checked_sub(1) else { return };
        self.line_to(points[0].0, points[0].1);
        for index in 0..last {
            let (before, after) = (points[index.saturating_sub(1)], points[(index + 2).min(last)]);
            self.curve_through(before, points[index], points[index + 1], after);
        }
    }

    fn curve_through(&mut self, before: (f64, f64), from: (f64, f64), to: (f64, f64), after: (f64, f64)) {
        let first = (from.0 + (to.0 - before.0) / 6.0, from.1 + (to.1 - before.1) / 6.0);
        let second = (to.0 - (after.0 - from.0) / 6.0, to.1 - (after.1 - from.1) / 6.0);
        self.curve_to(first.0, first.1, second.0, second.1, to.0, to.1);
    }

    /// Adds `other`, transformed.
    pub fn add(&mut self, other: &Path, transform: Transform) {
        self.0.extend(other.0.iter().map(|element| element.placed(transform)));
    }
}

impl Element {
    fn placed(self, transform: Transform) -> Self {
        let at = |(x, y): Point| transform.apply(x, y);
        match self {
            Self::Move(to) => Self::Move(at(to)),
            Self::Line(to) => Self::Line(at(to)),
            Self::Quad(bend, to) => Self::Quad(at(bend), at(to)),
            Self::Curve(first, second, to) => Self::Curve(at(first), at(second), at(to)),
            Self::Close => Self::Close,
        }
    }
}

impl Transform {
    /// Nothing moves.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    /// Moves by (x, y).
    pub fn translate(x: f64, y: f64) -> Self {
        Self { e: x, f: y, ..Self::IDENTITY }
    }

    /// Scales around the origin; negative mirrors.
    pub fn scale(x: f64, y: f64) -> Self {
        Self { a: x, d: y, ..Self::IDENTITY }
    }

    /// Turns around the origin, clockwise on the screen.
    pub fn rotate(radians: f64) -> Self {
        let (sin, cos) = libm::sincos(radians);
        Self { a: cos, b: sin, c: -sin, d: cos, e: 0.0, f: 0.0 }
    }

    /// What happens when `inner` is done first and `self` after.
    #[must_use]
    pub fn then_inner(self, inner: Self) -> Self {
        Self {
            a: self.a * inner.a + self.c * inner.b,
            b: self.b * inner.a + self.d * inner.b,
            c: self.a * inner.c + self.c * inner.d,
            d: self.b * inner.c + self.d * inner.d,
            e: self.a * inner.e + self.c * inner.f + self.e,
            f: self.b * inner.e + self.d * inner.f + self.f,
        }
    }

    /// What undoes it; `None` when everything lies on a line.
    pub(crate) fn inverse(self) -> Option<Self> {
        let size = self.a * self.d - self.b * self.c;
        let back = Self {
            a: self.d / size,
            b: -self.b / size,
            c: -self.c / size,
            d: self.a / size,
            ..Self::IDENTITY
        };
        let (x, y) = back.apply(self.e, self.f);
        (size.abs() > 1e-12).then_some(Self { e: -x, f: -y, ..back })
    }

    /// How far x and y move for one step to the right.
    pub(crate) fn rightwards(self) -> (f64, f64) {
        (self.a, self.b)
    }

    /// Where (x, y) comes to lie.
    pub fn apply(self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
    }
}
