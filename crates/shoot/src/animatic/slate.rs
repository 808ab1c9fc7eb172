use std::sync::Arc;

use soundlock_draw::{Canvas, Lettering, Rgba, TextStyle, Transform};
use soundlock_time::Fps;

use crate::ShotOrder;

/// What is burnt into the picture on request: which shot, which frame, the words.
pub(crate) struct Slate {
    lettering: Arc<Lettering>,
    code: String,
    words: String,
    frames: u32,
    fps: Fps,
}

const PAPER: Rgba = Rgba::hex(0xF6_EFDF);
const INK: Rgba = Rgba::hex(0x0E_1016);
const BRASS: Rgba = Rgba::hex(0xFF_C861);

impl Slate {
    /// The slate that `order` asks for, if it does.
    pub(crate) fn of(order: &ShotOrder, lettering: Option<Arc<Lettering>>) -> Option<Self> {
        let (words, lettering) = order.burn_in.as_ref().zip(lettering)?;
        let code = order.code.to_string();
        let words = words.trim();
        let words = words.strip_prefix(code.as_str()).unwrap_or(words);
        let words = words.trim_start_matches([' ', '-', '·', ':', '\n']).split_whitespace();
        let words = words.collect::<Vec<_>>().join(" ");
        Some(Self { lettering, code, words, frames: order.frames, fps: order.fps })
    }

    /// Code and counter in the upper corners, where no head is, the words in a strip at the bottom.
    pub(crate) fn draw(&self, canvas: &mut Canvas, frame: u32) {
        canvas.set_transform(Transform::IDENTITY);
        let size = (canvas.height() * 0.030).max(11.0);
        self.corners(canvas, frame, size);
        self.prompt(canvas, size);
    }

    fn corners(&self, canvas: &mut Canvas, frame: u32, size: f64) {
        let mut style = TextStyle::plain(size as f32, BRASS);
        style.weight = 700;
        self.tag(canvas, &self.code, &style, |_| size * 0.5);
        style.colour = PAPER;
        let (rate, width) = (self.fps.nominal(), canvas.width());
        let time = format!("{:02}:{:02}", frame / rate, frame % rate);
        // In small pictures there is room for one of the two.
        let count = if size > 12.0 {
            format!("{time}   {:03}/{:03}", frame + 1, self.frames)
        } else {
            format!("{:03}/{:03}", frame + 1, self.frames)
        };
        self.tag(canvas, &count, &style, |tag| width - tag - size * 0.5);
    }

    /// Words on a dark ground at the top; `place` gives the left edge from the width.
    fn tag(&self, canvas: &mut Canvas, words: &str, style: &TextStyle, place: impl Fn(f64) -> f64) {
        let size = f64::from(style.size_px);
        let measure = self.lettering.measure(words, style);
        let width = f64::from(measure.width) + size * 0.9;
        let (left, top, height) = (place(width), size * 0.5, size * 1.45);
        canvas.fill(&soundlock_draw::Path::rounded(left, top, width, height, size * 0.2), INK.fade(0.72));
        self.lettering.draw(canvas, words, style, left + size * 0.45, top + size * 0.08);
    }

    /// The words in at most three lines; what does not fit ends in an ellipsis.
    fn prompt(&self, canvas: &mut Canvas, size: f64) {
        if self.words.is_empty() {
            return;
        }
        let (width, height) = (canvas.width(), canvas.height());
        let mut style = TextStyle::plain((size * 0.88) as f32, PAPER);
        style.max_width = Some((width - size * 1.6) as f32);
        style.line_height = 1.25;
        let words = self.fitting(&style, if size > 12.0 { 3 } else { 2 });
        let strip = f64::from(self.lettering.measure(&words, &style).height) + size * 0.5;
        canvas.fill_rect(0.0, height - strip, width, strip, INK.fade(0.66));
        self.lettering.draw(canvas, &words, &style, size * 0.8, height - strip + size * 0.18);
    }

    /// As many of the words as fit into `lines`.
    fn fitting(&self, style: &TextStyle, lines: usize) -> String {
        let fits = |words: &str| self.lettering.measure(words, style).lines <= lines;
        if fits(&self.words) {
            return self.words.clone();
        }
        let ends: Vec<usize> = self.words.char_indices().map(|(at, _)| at).collect();
        let shorter = |end: usize| format!("{}…", self.words[..end].trim_end_matches([' ', ',', '.']));
        let kept = ends.partition_point(|end| fits(&shorter(*end)));
        shorter(ends[kept.saturating_sub(1)])
    }
}
