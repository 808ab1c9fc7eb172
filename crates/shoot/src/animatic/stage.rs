use soundlock_draw::{Canvas, Paint, Path, Rgba};

use super::palette::Palette;
use super::seed::Dice;
use super::shape::cut;
use super::words::{Place, Prop, Time, Weather};

/// A place, built once for a shot: layers from far to near. The height of the frame is 1, its left edge 0.
pub(crate) struct Stage {
    pub(crate) layers: Vec<Layer>,
}

/// Things at one distance.
pub(crate) struct Layer {
    /// How much it moves with the camera: 0 the sky, 1 where people stand, above 1 in front of them.
    pub(crate) depth: f64,
    pub(crate) pieces: Vec<Piece>,
}

/// Draws something as it is at a moment, in seconds.
type Living = Box<dyn Fn(&mut Canvas, f64) + Send + Sync>;

pub(crate) enum Piece {
    Still(Path, Paint),
    Cut(Path, Rgba, Rgba),
    Alive(Living),
}

/// What a place is built from.
pub(crate) struct Site<'a> {
    pub(crate) place: Place,
    pub(crate) time: Time,
    pub(crate) weather: Weather,
    pub(crate) palette: &'a Palette,
    /// Where the horizon is, 0 top to 1 bottom.
    pub(crate) horizon: f64,
    /// Width of the frame.
    pub(crate) wide: f64,
    /// Seed of the place, the same in every shot of it.
    pub(crate) dice: Dice,
    /// Things that the words name.
    pub(crate) props: &'a [Prop],
}

impl Site<'_> {
    /// Left and right ends that are never seen, however the camera moves.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (-0.9, self.wide + 0.9)
    }

    /// Builds something that is not always there, or not always the same, without disturbing how the rest falls: a
    /// place must look the same by night and by day, in rain and in sun.
    pub(crate) fn aside(&mut self, build: impl FnOnce(&mut Self)) {
        let before = self.dice.clone();
        build(self);
        self.dice = before;
        self.dice.unit();
    }

    /// See [`Palette::at`].
    pub(crate) fn at(&self, material: u32, distance: f64) -> Rgba {
        self.palette.at(material, distance)
    }

    /// Shadow of cut paper.
    pub(crate) fn shadow(&self) -> Rgba {
        self.palette.ink.fade(0.13)
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { layers: Vec::new() }
    }

    /// A new layer in front of the others.
    pub(crate) fn layer(&mut self, depth: f64) -> &mut Layer {
        self.layers.push(Layer { depth, pieces: Vec::new() });
        let last = self.layers.len() - 1;
        &mut self.layers[last]
    }
}

impl Layer {
    /// A shape.
    pub(crate) fn fill(&mut self, path: Path, paint: impl Into<Paint>) {
        self.pieces.push(Piece::Still(path, paint.into()));
    }

    /// A shape of cut paper with its shadow.
    pub(crate) fn cut(&mut self, path: Path, colour: Rgba, shadow: Rgba) {
        self.pieces.push(Piece::Cut(path, colour, shadow));
    }

    /// Something that moves with time, in seconds.
    pub(crate) fn alive(&mut self, draw: impl Fn(&mut Canvas, f64) + Send + Sync + 'static) {
        self.pieces.push(Piece::Alive(Box::new(draw)));
    }
}

impl Piece {
    /// Whether it moves by itself.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self, Self::Alive(_))
    }

    /// Draws it as it is at `seconds`.
    pub(crate) fn draw(&self, canvas: &mut Canvas, seconds: f64) {
        match self {
            Self::Still(path, paint) => canvas.fill(path, paint.clone()),
            Self::Cut(path, colour, shadow) => cut(canvas, path, *colour, *shadow, 0.005),
            Self::Alive(draw) => draw(canvas, seconds),
        }
    }
}
