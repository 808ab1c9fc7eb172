use soundlock_draw::{Canvas, Hidden, Sheet, Transform};
use soundlock_time::Raster;

use super::camera::{Camera, Moved};
use super::stage::{Layer, Piece};

/// A place as it stands before the camera: what never moves drawn once on sheets, what lives drawn in each frame.
pub(crate) struct Set {
    items: Vec<Item>,
    window: Window,
}

enum Item {
    Sheet { sheet: Sheet, plane: f64 },
    Living { piece: Piece, plane: f64, framing: Transform },
}

/// What of the place can be seen in the shot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Its left upper corner, in heights of the frame.
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
    /// Pixels to a height: as many as the frame that is closest has.
    scale: f64,
}

impl Window {
    /// What is seen at any of `planes` while the camera moves through `moves`.
    pub(crate) fn over(camera: &Camera, moves: &[Moved], planes: &[f64], raster: Raster) -> Self {
        let height = f64::from(raster.height());
        let wide = f64::from(raster.width()) / height;
        let mut window = Self { left: 0.0, top: 0.0, right: wide, bottom: 1.0, scale: height };
        for (moved, plane) in moves.iter().flat_map(|moved| planes.iter().map(move |plane| (*moved, *plane)))
        {
            let (zoom, _, _) = camera.shift(moved, plane);
            let (left, top) = camera.seen(moved, plane, (0.0, 0.0));
            let (right, bottom) = camera.seen(moved, plane, (wide, 1.0));
            window.left = window.left.min(left);
            window.top = window.top.min(top);
            window.right = window.right.max(right);
            window.bottom = window.bottom.max(bottom);
            window.scale = window.scale.max(height * zoom);
        }
        // A still camera's pixels are the window's: nothing is lost by moving it onto them.
        let whole = |side: f64, up: f64| ((side * window.scale).abs() + up).floor() / window.scale;
        Self { left: -whole(window.left, 1.0), top: -whole(window.top, 1.0), ..window }
    }

    fn raster(&self) -> Option<Raster> {
        let side = |length: f64| ((length * self.scale / 2.0).ceil() as u32 + 1) * 2;
        Raster::new(side(self.right - self.left), side(self.bottom - self.top)).ok()
    }

    fn transform(&self) -> Transform {
        Transform::scale(self.scale, self.scale).then_inner(Transform::translate(-self.left, -self.top))
    }
}

impl Set {
    /// Draws `layers`, from far to near, as far as they stand still. `sky` is painted behind them.
    pub(crate) fn new(
        layers: Vec<Layer>,
        sky: impl FnOnce(&mut Canvas),
        camera: &Camera,
        window: Window,
    ) -> Self {
        let mut set = Self { items: Vec::new(), window };
        let Some(raster) = window.raster() else { return set };
        let mut canvas = Canvas::new(raster);
        canvas.clear_through();
        canvas.set_transform(window.transform());
        sky(&mut canvas);
        let mut plane = layers.first().map_or(0.0, |layer| camera.plane(layer.depth));
        for layer in layers {
            let (next, framing) = (camera.plane(layer.depth), camera.framing(layer.depth));
            for piece in layer.pieces {
                if piece.is_alive() || (next - plane).abs() > 1e-9 {
                    set.keep(&mut canvas, plane);
                }
                plane = next;
                if piece.is_alive() {
                    set.items.push(Item::Living { piece, plane, framing });
                } else {
                    canvas.set_transform(window.transform().then_inner(framing));
                    piece.draw(&mut canvas, 0.0);
                }
            }
        }
        set.keep(&mut canvas, plane);
        set
    }

    /// Takes what has been drawn off `canvas` as a sheet.
    fn keep(&mut self, canvas: &mut Canvas, plane: f64) {
        if let Some(sheet) = canvas.sheet() {
            self.items.push(Item::Sheet { sheet, plane });
            canvas.clear_through();
        }
    }

    /// Draws it as the camera sees it from where it has moved to.
    pub(crate) fn draw(&self, canvas: &mut Canvas, camera: &Camera, moved: Moved, seconds: f64) {
        let height = canvas.height();
        let mut hidden = self.hidden(canvas, camera, moved);
        for item in &self.items {
            match item {
                Item::Sheet { sheet, plane } => {
                    let (corner, step) = self.placed(camera, moved, *plane, height);
                    let hidden = hidden.pop().unwrap_or_else(|| canvas.nothing_hidden());
                    canvas.lay(sheet, corner, step, &hidden);
                }
                Item::Living { piece, plane, framing } => {
                    canvas.set_transform(camera.people(moved, *plane, height).then_inner(*framing));
                    piece.draw(canvas, seconds);
                }
            }
        }
    }

    /// What is hidden of each sheet by those before it, the last sheet first.
    fn hidden(&self, canvas: &Canvas, camera: &Camera, moved: Moved) -> Vec<Hidden> {
        let mut hidden = canvas.nothing_hidden();
        let mut all = Vec::new();
        for item in self.items.iter().rev() {
            if let Item::Sheet { sheet, plane } = item {
                let (corner, step) = self.placed(camera, moved, *plane, canvas.height());
                all.push(hidden.clone());
                hidden.behind(sheet, corner, step);
            }
        }
        all
    }

    /// Where on the sheets of a plane the frame's left upper pixel lies, and how far it is to the next.
    fn placed(&self, camera: &Camera, moved: Moved, plane: f64, height: f64) -> ((f64, f64), f64) {
        let Window { left, top, scale, .. } = self.window;
        let (zoom, _, _) = camera.shift(moved, plane);
        let (x, y) = camera.seen(moved, plane, (0.0, 0.0));
        let step = scale / height / zoom;
        // From the middle of the frame's pixel to the middle of the sheet's.
        let centre = (step - 1.0) / 2.0;
        (((x - left) * scale + centre, (y - top) * scale + centre), step)
    }
}
