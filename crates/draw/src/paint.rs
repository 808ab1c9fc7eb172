/// A colour: sRGB and opacity, 0 to 255 each, not premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgba {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// Opacity: 0 nothing, 255 covers.
    pub a: u8,
}

/// What a shape is filled with.
#[derive(Debug, Clone)]
pub enum Paint {
    /// One colour.
    Solid(Rgba),
    /// Colours along a line; the first and last go on beyond its ends.
    Linear {
        /// Start of the line.
        from: (f64, f64),
        /// End of the line.
        to: (f64, f64),
        /// Colours with their place on the line, 0 to 1, ascending.
        stops: Vec<(f32, Rgba)>,
    },
    /// Colours from a centre outwards.
    Radial {
        /// Centre.
        centre: (f64, f64),
        /// Where the last colour is reached.
        radius: f64,
        /// Colours with their distance, 0 to 1, ascending.
        stops: Vec<(f32, Rgba)>,
    },
}

impl Rgba {
    /// Opaque black.
    pub const BLACK: Self = Self::opaque(0, 0, 0);
    /// Opaque white.
    pub const WHITE: Self = Self::opaque(255, 255, 255);

    /// An opaque colour.
    pub const fn opaque(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b, a: 255 }
    }

    /// An opaque colour written as `0xRRGGBB`.
    pub const fn hex(rgb: u32) -> Self {
        Self::opaque((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
    }

    /// The same colour, `opacity` (0 to 1) of its own opacity.
    #[must_use]
    pub fn fade(self, opacity: f64) -> Self {
        Self { a: (f64::from(self.a) * opacity.clamp(0.0, 1.0) + 0.5) as u8, ..self }
    }

    /// `amount` (0 to 1) of the way to `other`.
    #[must_use]
    pub fn mix(self, other: Self, amount: f64) -> Self {
        let amount = amount.clamp(0.0, 1.0);
        let between =
            |from: u8, to: u8| (f64::from(from) * (1.0 - amount) + f64::from(to) * amount + 0.5) as u8;
        Self {
            r: between(self.r, other.r),
            g: between(self.g, other.g),
            b: between(self.b, other.b),
            a: between(self.a, other.a),
        }
    }

    /// The colour multiplied with `light`, as a coloured light would show it; opacity stays.
    #[must_use]
    pub fn lit(self, light: Self) -> Self {
        let times = |own: u8, light: u8| ((u32::from(own) * u32::from(light) + 127) / 255) as u8;
        Self { r: times(self.r, light.r), g: times(self.g, light.g), b: times(self.b, light.b), a: self.a }
    }
}

impl From<Rgba> for Paint {
    fn from(colour: Rgba) -> Self {
        Self::Solid(colour)
    }
}

impl Paint {
    /// From `above` at height `top` to `below` at height `bottom`.
    pub fn vertical(top: f64, above: Rgba, bottom: f64, below: Rgba) -> Self {
        Self::Linear { from: (0.0, top), to: (0.0, bottom), stops: vec![(0.0, above), (1.0, below)] }
    }

    /// A glow: `colour` in the centre, falling softly to nothing at `radius`.
    pub fn glow(centre: (f64, f64), radius: f64, colour: Rgba) -> Self {
        let stops = [(0.0, 1.0), (0.25, 0.62), (0.5, 0.30), (0.75, 0.09), (1.0, 0.0)];
        let stops = stops.map(|(at, opacity)| (at, colour.fade(opacity))).to_vec();
        Self::Radial { centre, radius, stops }
    }
}
