use soundlock_draw::Rgba;

use super::seed::Dice;
use super::words::{Time, Weather};

/// The few colours a scene is painted with. All shots of a scene share them.
#[derive(Debug, Clone)]
pub(crate) struct Palette {
    /// Sky at the top, in the middle, at the horizon.
    pub(crate) sky: [Rgba; 3],
    /// Sun or moon.
    pub(crate) disc: Rgba,
    /// What distance fades into.
    pub(crate) haze: Rgba,
    /// Colour that everything leans to.
    pub(crate) key: Rgba,
    /// Light that falls on everything.
    pub(crate) ambient: Rgba,
    /// Darkest tone: silhouettes, shadows.
    pub(crate) ink: Rgba,
    /// Lamps and lit windows.
    pub(crate) lamp: Rgba,
    /// Edge light on people.
    pub(crate) rim: Rgba,
    /// How much lamps count: 0 in daylight, 1 at night.
    pub(crate) night: f64,
}

const fn colours(sky: [u32; 3], rest: [u32; 7], night: f64) -> Palette {
    Palette {
        sky: [Rgba::hex(sky[0]), Rgba::hex(sky[1]), Rgba::hex(sky[2])],
        disc: Rgba::hex(rest[0]),
        haze: Rgba::hex(rest[1]),
        key: Rgba::hex(rest[2]),
        ambient: Rgba::hex(rest[3]),
        ink: Rgba::hex(rest[4]),
        lamp: Rgba::hex(rest[5]),
        rim: Rgba::hex(rest[6]),
        night,
    }
}

fn outdoors(time: Time) -> Palette {
    match time {
        Time::Night => colours(
            [0x0B_1630, 0x17_3050, 0x3B_6477],
            [0xF6_E9C6, 0x36_5B72, 0x16_2C4A, 0x78_93C4, 0x08_1020, 0xFF_C465, 0xA9_CBE6],
            1.0,
        ),
        Time::Dawn => colours(
            [0x6C_8BB0, 0xC9_A9B4, 0xFB_D0A6],
            [0xFF_F0C9, 0xEE_C7B2, 0xB5_8FA0, 0xEE_D6D2, 0x33_3554, 0xFF_D98F, 0xFF_E4C0],
            0.35,
        ),
        Time::Day => colours(
            [0x5F_A5BA, 0xA6_D0CB, 0xF5_EBD0],
            [0xFF_F6D8, 0xDD_E6D6, 0xE3_CF9C, 0xFF_F9EC, 0x24_3F45, 0xFF_E09A, 0xFF_FCEE],
            0.0,
        ),
        Time::Dusk => colours(
            [0x2B_2B58, 0xA4_4A6C, 0xFC_A75C],
            [0xFF_D888, 0xD9_7A68, 0x6A_3560, 0xDE_A09A, 0x1D_1430, 0xFF_CB70, 0xFF_B878],
            0.7,
        ),
    }
}

fn indoors(time: Time) -> Palette {
    let mut palette = outdoors(time);
    let (haze, key, ambient, ink) = match time {
        Time::Night => (0x2C_2A44, 0x2B_2340, 0xA0_8EA8, 0x0D_0B1C),
        Time::Dawn => (0xDF_C3B0, 0xB9_8F86, 0xE9_D2C6, 0x35_2B3C),
        Time::Day => (0xE9_DFC4, 0xD8_BE8A, 0xFB_F2E0, 0x33_3A3C),
        Time::Dusk => (0xA8_5F5A, 0x7C_3F4C, 0xE0_A88C, 0x25_1528),
    };
    palette.haze = Rgba::hex(haze);
    palette.key = Rgba::hex(key);
    palette.ambient = Rgba::hex(ambient);
    palette.ink = Rgba::hex(ink);
    palette
}

impl Palette {
    /// The palette of a place at a time in a weather; each place leans a little to its own side.
    pub(crate) fn of(place: &str, interior: bool, time: Time, weather: Weather) -> Self {
        let mut palette = if interior { indoors(time) } else { outdoors(time) };
        palette.under(weather, interior);
        let lean =
            Dice::named(&["palette", place]).pick(&[0x3F_7C8C, 0x9C_6B4A, 0x7A_8C4F, 0x7A_5C86, 0xA5_5B5B]);
        palette.key = palette.key.mix(Rgba::hex(lean), 0.16);
        palette.sky[1] = palette.sky[1].mix(Rgba::hex(lean), 0.08);
        palette
    }

    fn under(&mut self, weather: Weather, interior: bool) {
        let (grey, amount) = match weather {
            Weather::Clear => return,
            Weather::Rain => (0x5A_7482, 0.46),
            Weather::Snow => (0xB9_C8D6, 0.40),
            Weather::Fog => (0xC3_CBC8, 0.50),
            Weather::Storm => (0x36_4A52, 0.62),
        };
        let darkness = if weather == Weather::Storm { 0.45 } else { self.night };
        let grey = Rgba::hex(grey).mix(self.ink, darkness * 0.62);
        let amount = if interior { amount * 0.25 } else { amount };
        for colour in &mut self.sky {
            *colour = colour.mix(grey, amount);
        }
        self.haze = self.haze.mix(grey, amount);
        self.ambient = self.ambient.mix(grey, amount * 0.45);
        self.key = self.key.mix(grey, amount * 0.5);
        self.disc = self.disc.mix(grey, amount * 0.8);
    }

    /// How `material` looks at a distance from 0 (here) to 1 (the horizon).
    pub(crate) fn at(&self, material: u32, distance: f64) -> Rgba {
        let near = Rgba::hex(material).lit(self.ambient).mix(self.key, 0.20);
        near.mix(self.haze, distance * 0.82)
    }

    /// How a person's colour looks in this light: closer to its own than things are.
    pub(crate) fn person(&self, colour: Rgba) -> Rgba {
        colour.lit(self.ambient.mix(Rgba::WHITE, 0.34)).mix(self.key, 0.07)
    }
}
