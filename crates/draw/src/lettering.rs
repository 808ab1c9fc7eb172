use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cosmic_text::{
    Attrs, Buffer, CacheKey, CacheKeyFlags, Family, FontSystem, Metrics, Shaping, SubpixelBin, SwashCache,
    Weight, Wrap, fontdb,
};

use crate::path::Element;
use crate::{Canvas, DrawError, Path, Rgba, Transform};

/// Families in order of liking: first those that hold Latin and Hangul in one design.
const FAMILIES: [&str; 11] = [
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Apple SD Gothic Neo",
    "Noto Sans CJK JP",
    "NanumGothic",
    "Noto Sans",
    "Helvetica Neue",
    "DejaVu Sans",
    "Liberation Sans",
    "Arial",
    "Open Sans",
];

/// Writes words onto a canvas with the fonts of the system.
///
/// The words become paths that the canvas fills, so they scale and fade like everything else. Which fonts a machine has
/// differs: [`Lettering::identity`] belongs into the key of whatever is lettered.
pub struct Lettering {
    family: String,
    identity: String,
    shaper: Mutex<Shaper>,
}

struct Shaper {
    fonts: FontSystem,
    outlines: SwashCache,
}

/// How words are set.
#[derive(Debug, Clone, PartialEq)]
pub struct TextStyle {
    /// Height of the type in pixels.
    pub size_px: f32,
    /// Colour of the letters.
    pub colour: Rgba,
    /// Where lines lie relative to x, or inside `max_width` where that is given.
    pub align: Align,
    /// Width in pixels after which lines break between words; `None` for never.
    pub max_width: Option<f32>,
    /// 400 regular, 700 bold.
    pub weight: u16,
    /// Distance of lines, in type heights; 1.3 is usual.
    pub line_height: f32,
    /// Space added between letters, in type heights; 0 for none.
    pub tracking: f32,
}

/// Where lines lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// They begin at x.
    Left,
    /// Their middle is at x, or in the middle of `max_width` from x.
    Centre,
    /// They end at x, or at `max_width` from x.
    Right,
}

/// Size of set words in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Width of the longest line.
    pub width: f32,
    /// Height of all lines together.
    pub height: f32,
    /// How many lines there are.
    pub lines: usize,
}

impl Lettering {
    /// Lettering with the fonts of this system; an error when there are none.
    pub fn system() -> Result<Self, DrawError> {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        let family = best_family(&fonts).ok_or(DrawError::NoFonts)?;
        let identity = identity(&fonts, &family);
        let fonts = FontSystem::new_with_locale_and_db("ko".to_owned(), fonts);
        let shaper = Mutex::new(Shaper { fonts, outlines: SwashCache::new() });
        Ok(Self { family, identity, shaper })
    }

    /// Names and contents of the faces that are used, for keys.
    pub fn identity(&self) -> String {
        self.identity.clone()
    }

    /// Characters of `text` that no font of this system can show, each once, in order.
    pub fn missing(&self, text: &str) -> Vec<char> {
        let visible = text.chars().filter(|character| !character.is_whitespace() && !character.is_control());
        let characters: BTreeSet<char> = visible.collect();
        let missing = |character: &char| self.lacks(*character);
        characters.into_iter().filter(missing).collect()
    }

    fn lacks(&self, character: char) -> bool {
        let style = TextStyle::plain(16.0, Rgba::WHITE);
        let mut shaper = self.shaper();
        let buffer = self.set(&mut shaper, &character.to_string(), &style);
        let lacking = buffer.layout_runs().any(|run| run.glyphs.iter().any(|glyph| glyph.glyph_id == 0));
        lacking || buffer.layout_runs().all(|run| run.glyphs.is_empty())
    }

    /// How large `text` comes out.
    pub fn measure(&self, text: &str, style: &TextStyle) -> Measure {
        let mut shaper = self.shaper();
        let buffer = self.set(&mut shaper, text, style);
        let mut measure = Measure { width: 0.0, height: 0.0, lines: 0 };
        for run in buffer.layout_runs() {
            measure.width = measure.width.max(run.line_w);
            measure.height += run.line_height;
            measure.lines += 1;
        }
        measure
    }

    /// Writes `text` with the top of its first line at `y`.
    pub fn draw(&self, canvas: &mut Canvas, text: &str, style: &TextStyle, x: f64, y: f64) {
        let path = self.path(text, style, x, y);
        canvas.fill(&path, style.colour);
    }

    /// The outlines of `text` with the top of its first line at `y`.
    pub fn path(&self, text: &str, style: &TextStyle, x: f64, y: f64) -> Path {
        let mut shaper = self.shaper();
        let buffer = self.set(&mut shaper, text, style);
        let mut path = Path::new();
        for run in buffer.layout_runs() {
            let left = x + f64::from(style.indent(run.line_w));
            for glyph in run.glyphs {
                let key = outline_key(glyph);
                let glyph_x = left + f64::from(glyph.x + glyph.x_offset * glyph.font_size);
                let glyph_y = y + f64::from(run.line_y + glyph.y - glyph.y_offset * glyph.font_size);
                shaper.add_outline(key, glyph_x, glyph_y, &mut path);
            }
        }
        path
    }

    fn set(&self, shaper: &mut Shaper, text: &str, style: &TextStyle) -> Buffer {
        let metrics = Metrics::relative(style.size_px.max(1.0), style.line_height.max(0.1));
        let mut buffer = Buffer::new(&mut shaper.fonts, metrics);
        buffer.set_wrap(if style.max_width.is_some() { Wrap::WordOrGlyph } else { Wrap::None });
        buffer.set_size(style.max_width, None);
        let attributes = Attrs::new()
            .family(Family::Name(&self.family))
            .weight(Weight(style.weight))
            .letter_spacing(style.tracking);
        buffer.set_text(text, &attributes, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut shaper.fonts, false);
        buffer
    }

    fn shaper(&self) -> MutexGuard<'_, Shaper> {
        self.shaper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TextStyle {
    /// Regular weight, left, lines that never break.
    pub fn plain(size_px: f32, colour: Rgba) -> Self {
        Self {
            size_px,
            colour,
            align: Align::Left,
            max_width: None,
            weight: 400,
            line_height: 1.3,
            tracking: 0.0,
        }
    }

    fn indent(&self, line_width: f32) -> f32 {
        let free = self.max_width.unwrap_or(0.0) - line_width;
        match self.align {
            Align::Left => 0.0,
            Align::Centre => free / 2.0,
            Align::Right => free,
        }
    }
}

impl Shaper {
    fn add_outline(&mut self, key: CacheKey, x: f64, y: f64, path: &mut Path) {
        use cosmic_text::Command::{Close, CurveTo, LineTo, MoveTo, QuadTo};
        let mut outline = Path::new();
        let up = |x: f32, y: f32| (f64::from(x), -f64::from(y));
        for command in self.outlines.get_outline_commands(&mut self.fonts, key).unwrap_or_default() {
            outline.0.push(match *command {
                MoveTo(to) => Element::Move(up(to.x, to.y)),
                LineTo(to) => Element::Line(up(to.x, to.y)),
                QuadTo(bend, to) => Element::Quad(up(bend.x, bend.y), up(to.x, to.y)),
                CurveTo(first, second, to) => {
                    Element::Curve(up(first.x, first.y), up(second.x, second.y), up(to.x, to.y))
                }
                Close => Element::Close,
            });
        }
        path.add(&outline, Transform::translate(x, y));
    }
}

fn outline_key(glyph: &cosmic_text::LayoutGlyph) -> CacheKey {
    CacheKey {
        font_id: glyph.font_id,
        glyph_id: glyph.glyph_id,
        font_size_bits: glyph.font_size.to_bits(),
        x_bin: SubpixelBin::Zero,
        y_bin: SubpixelBin::Zero,
        font_weight: glyph.font_weight,
        flags: glyph.cache_key_flags | CacheKeyFlags::DISABLE_HINTING,
    }
}

fn best_family(fonts: &fontdb::Database) -> Option<String> {
    let names: BTreeSet<&str> =
        fonts.faces().flat_map(|face| face.families.iter().map(|(name, _)| name.as_str())).collect();
    let liked = FAMILIES.into_iter().find(|name| names.contains(name));
    liked.or_else(|| names.first().copied()).map(str::to_owned)
}

/// Faces of the family with a hash of their files. Fallback faces for other scripts are not in it: naming each would
/// mean reading every font of the system.
fn identity(fonts: &fontdb::Database, family: &str) -> String {
    let mut faces = BTreeSet::new();
    for face in fonts.faces().filter(|face| face.families.iter().any(|(name, _)| name == family)) {
        let hash = fonts.with_face_data(face.id, |data, _| blake3::hash(data).to_hex());
        let hash = hash.map_or_else(|| "unread".to_owned(), |hash| hash[..16].to_owned());
        faces.insert(format!("{} {hash}", face.post_script_name));
    }
    faces.into_iter().collect::<Vec<_>>().join(", ")
}
