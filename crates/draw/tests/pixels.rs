//! What is drawn comes out as asked, in every form.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use soundlock_draw::{Align, Canvas, Lettering, Paint, Path, RgbImage, Rgba, TextStyle, Transform};
use soundlock_picture::{Colour, Depth, Frame, Layout};
use soundlock_time::Raster;

fn canvas(width: u32, height: u32) -> Canvas {
    Canvas::new(Raster::new(width, height).unwrap())
}

fn frame_of(canvas: &mut Canvas) -> Frame {
    let mut frame = Frame::new(canvas.raster(), Layout::Yuv420, Depth::Eight, Colour::FILM);
    canvas.frame_into(&mut frame);
    frame
}

fn pixel(canvas: &mut Canvas, x: usize, y: usize) -> [u8; 4] {
    let at = (y * canvas.raster().width() as usize + x) * 4;
    canvas.pixels()[at..at + 4].try_into().unwrap()
}

/// BT.709 limited, rounded from the formula in ITU-R BT.709-6, 3.5.
fn yuv(colour: Rgba) -> [u8; 3] {
    let [r, g, b] = [colour.r, colour.g, colour.b].map(|value| f64::from(value) / 255.0);
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let code = |base: f64, scale: f64, value: f64| (base + scale * value).round() as u8;
    [code(16.0, 219.0, y), code(128.0, 224.0, (b - y) / 1.8556), code(128.0, 224.0, (r - y) / 1.5748)]
}

#[test]
fn colours_become_bt709_within_one_code() {
    let values = [0, 1, 64, 127, 200, 254, 255];
    for (r, g, b) in
        values.iter().flat_map(|r| values.map(|g| (*r, g))).flat_map(|(r, g)| values.map(|b| (r, g, b)))
    {
        let mut canvas = canvas(32, 16);
        canvas.clear(Rgba::opaque(r, g, b));
        let frame = frame_of(&mut canvas);
        let expected = yuv(Rgba::opaque(r, g, b));
        for (plane, expected) in expected.into_iter().enumerate() {
            let range = frame.bytes(plane).iter().map(|value| value.abs_diff(expected)).max().unwrap();
            assert!(range <= 1, "{r},{g},{b}: plane {plane} is {} and not {expected}", frame.bytes(plane)[0]);
        }
    }
}

#[test]
fn grey_has_no_colour_and_extremes_keep_their_codes() {
    for (grey, luma) in [(0, 16), (255, 235), (128, 126)] {
        let mut canvas = canvas(16, 16);
        canvas.clear(Rgba::opaque(grey, grey, grey));
        let frame = frame_of(&mut canvas);
        assert_eq!((frame.bytes(0)[0], frame.bytes(1)[0], frame.bytes(2)[0]), (luma, 128, 128));
    }
}

#[test]
fn chroma_lies_left() {
    let mut canvas = canvas(16, 16);
    canvas.clear(Rgba::BLACK);
    canvas.fill_rect(8.0, 0.0, 8.0, 16.0, Rgba::hex(0x00_00FF));
    let frame = frame_of(&mut canvas);
    let blue = &frame.bytes(1)[..8];
    assert_eq!((blue[3], blue[5]), (128, 240));
    // The sample on column 8 sees column 7 with a quarter of its weight.
    assert_eq!(blue[4], 212);
}

#[test]
fn later_shapes_lie_on_earlier_ones_across_a_look_at_the_pixels() {
    let mut canvas = canvas(32, 32);
    canvas.clear(Rgba::hex(0x10_2030));
    canvas.fill(&Path::rect(0.0, 0.0, 16.0, 32.0), Rgba::hex(0xFF_0000));
    assert_eq!(pixel(&mut canvas, 4, 4), [255, 0, 0, 255]);
    canvas.set_transform(Transform::translate(16.0, 0.0));
    canvas.fill(&Path::rect(-8.0, 0.0, 8.0, 32.0), Rgba::hex(0x00_FF00).fade(0.5));
    let mixed = pixel(&mut canvas, 12, 4);
    assert!((126..=129).contains(&mixed[0]) && (126..=129).contains(&mixed[1]), "{mixed:?}");
    assert_eq!(pixel(&mut canvas, 4, 4), [255, 0, 0, 255]);
    assert_eq!(pixel(&mut canvas, 24, 4), [0x10, 0x20, 0x30, 255]);
}

#[test]
fn a_sheet_lies_where_it_was_drawn_and_moves_by_parts_of_a_pixel() {
    let draw = |canvas: &mut Canvas| {
        canvas.fill(&Path::circle(16.0, 16.0, 9.5), Paint::vertical(6.0, Rgba::WHITE, 26.0, Rgba::BLACK));
        canvas.fill(&Path::rect(4.0, 20.0, 50.0, 8.0), Rgba::hex(0x20_8040).fade(0.5));
    };
    let mut canvas = canvas(64, 48);
    canvas.clear(Rgba::hex(0x40_5060));
    draw(&mut canvas);
    let expected = canvas.pixels().to_vec();
    canvas.clear_through();
    draw(&mut canvas);
    let sheet = canvas.sheet().unwrap();
    canvas.clear(Rgba::hex(0x40_5060));
    canvas.lay(&sheet, (0.0, 0.0), 1.0, &canvas.nothing_hidden());
    let worst = canvas.pixels().iter().zip(&expected).map(|(has, wanted)| has.abs_diff(*wanted)).max();
    assert!(worst <= Some(1), "{worst:?}");
    canvas.clear(Rgba::BLACK);
    canvas.lay(&sheet, (-4.5, 0.0), 1.0, &canvas.nothing_hidden());
    assert_eq!(pixel(&mut canvas, 8, 24)[3], 255);
    let halves = [7, 8, 9].map(|x| pixel(&mut canvas, x, 24)[1]);
    assert!(halves[0] == 0 && (30..=33).contains(&halves[1]) && (63..=65).contains(&halves[2]), "{halves:?}");
}

#[test]
fn a_stretched_sheet_keeps_its_proportions() {
    let mut canvas = canvas(128, 96);
    canvas.clear_through();
    canvas.fill(&Path::rect(40.0, 30.0, 40.0, 20.0), Rgba::WHITE);
    let sheet = canvas.sheet().unwrap();
    canvas.clear(Rgba::BLACK);
    canvas.lay(&sheet, (20.0, 10.0), 0.5, &canvas.nothing_hidden());
    let lit = |pixels: &[u8]| pixels.chunks_exact(4).map(|pixel| f64::from(pixel[0]) / 255.0).sum::<f64>();
    let area = lit(canvas.pixels());
    assert!((area - 80.0 * 40.0).abs() < 130.0, "{area}");
    assert_eq!((pixel(&mut canvas, 38, 60)[0], pixel(&mut canvas, 42, 60)[0]), (0, 255));
}

#[test]
fn what_a_later_sheet_covers_need_not_be_drawn() {
    let mut canvas = canvas(200, 64);
    let mut drawn = |x: f64, colour: u32| {
        canvas.clear_through();
        canvas.fill(&Path::rect(x, -1.0, 300.0, 99.0), Rgba::hex(colour));
        canvas.sheet().unwrap()
    };
    let (behind, before) = (drawn(-1.0, 0x30_6090), drawn(70.5, 0xD0_A040));
    let mut canvas = self::canvas(200, 64);
    for (corner, step) in [((0.0, 0.0), 1.0), ((3.3, 0.2), 0.97), ((-9.6, 0.0), 1.0)] {
        let nothing = canvas.nothing_hidden();
        let mut hidden = canvas.nothing_hidden();
        hidden.behind(&before, corner, step);
        let [whole, spared] = [&nothing, &hidden].map(|hidden| {
            canvas.clear(Rgba::BLACK);
            canvas.lay(&behind, corner, step, hidden);
            let middle = pixel(&mut canvas, 150, 30);
            canvas.lay(&before, corner, step, &nothing);
            (canvas.pixels().to_vec(), middle)
        });
        assert!(whole.0 == spared.0, "{corner:?} {step}");
        assert_eq!((whole.1[2], spared.1[2]), (0x90, 0), "nothing was spared");
    }
}

#[test]
fn nothing_makes_no_sheet() {
    let mut canvas = canvas(32, 32);
    canvas.clear_through();
    canvas.fill(&Path::rect(40.0, 0.0, 9.0, 9.0), Rgba::WHITE);
    assert!(canvas.sheet().is_none());
}

#[test]
fn shapes_cover_the_share_of_each_pixel_that_they_cover() {
    let (red, clear) = (Rgba::hex(0xFF_0000), Rgba::BLACK);
    for (path, x, y, expected) in [
        (Path::rect(2.25, 2.0, 4.0, 4.0), 2, 3, 191),
        (Path::rect(2.25, 2.5, 4.0, 4.0), 2, 2, 96),
        (Path::rect(-9.0, 2.0, 11.5, 4.0), 2, 3, 128),
        (Path::rect(-9.0, -9.0, 100.0, 100.0), 31, 31, 255),
        (Path::polygon(&[(0.0, 0.0), (8.0, 0.0), (0.0, 8.0)]), 4, 3, 128),
        (Path::polygon(&[(-40.0, 16.0), (16.0, -40.0), (16.0, 16.0)]), 0, 0, 255),
        (Path::polygon(&[(-40.0, 31.0), (15.0, -60.0), (70.0, 31.0)]), 15, 20, 255),
    ] {
        let mut canvas = canvas(32, 32);
        canvas.clear(clear);
        canvas.fill(&path, red);
        let found = pixel(&mut canvas, x, y)[0];
        assert!(found.abs_diff(expected) <= 2, "{path:?}: {found} and not {expected}");
    }
}

#[test]
fn what_winds_against_itself_is_a_hole() {
    let mut canvas = canvas(32, 32);
    let mut ring = Path::circle(16.0, 16.0, 12.0);
    ring.add_ellipse(16.0, 16.0, -6.0, 6.0);
    canvas.fill(&ring, Rgba::WHITE);
    assert_eq!((pixel(&mut canvas, 16, 16)[0], pixel(&mut canvas, 8, 16)[0]), (0, 255));
}

#[test]
fn grain_darkens_planes_as_it_darkens_pixels() {
    let mut canvas = canvas(32, 16);
    let grain = std::sync::Arc::new((0..32 * 16).map(|at| 255 - (at / 64) as u8 * 20).collect::<Vec<u8>>());
    canvas.clear(Rgba::hex(0xD0_8040));
    canvas.multiply(&grain);
    let fused = frame_of(&mut canvas);
    let _ = canvas.pixels();
    let apart = frame_of(&mut canvas);
    for plane in 0..3 {
        let pairs = fused.bytes(plane).iter().zip(apart.bytes(plane));
        let worst = pairs.map(|(one, other)| one.abs_diff(*other)).max();
        assert!(worst <= Some(1), "plane {plane}: {worst:?}");
    }
}

#[test]
fn images_land_where_they_are_put() {
    let mut canvas = canvas(32, 32);
    canvas.clear(Rgba::BLACK);
    let image = RgbImage::new(2, 1, &[255, 0, 0, 0, 0, 255]).unwrap();
    canvas.blit(&image, 0.0, 0.0, 32.0, 16.0);
    assert_eq!(pixel(&mut canvas, 2, 2), [255, 0, 0, 255]);
    assert_eq!(pixel(&mut canvas, 30, 2), [0, 0, 255, 255]);
    assert_eq!(pixel(&mut canvas, 2, 20), [0, 0, 0, 255]);
    assert!(RgbImage::new(2, 1, &[0; 5]).is_err());
}

#[test]
fn png_holds_the_pixels() {
    let mut canvas = canvas(20, 16);
    canvas.clear(Rgba::hex(0x20_4060));
    canvas.fill(&Path::ellipse(10.0, 8.0, 6.0, 5.0), Rgba::hex(0xF0_E0D0));
    let file = canvas.png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut rgb).unwrap();
    let expected: Vec<u8> = canvas.pixels().chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
    assert_eq!(rgb, expected);
}

/// Same value on every machine and in every profile; a new value is a new version of all that is drawn.
#[test]
fn shapes_have_the_same_bits_everywhere() {
    let mut canvas = canvas(256, 144);
    canvas.clear(Rgba::hex(0x1B_2A41));
    let sky = Paint::vertical(0.0, Rgba::hex(0x27_4060), 144.0, Rgba::hex(0xF2_B880));
    canvas.fill_rect(0.0, 0.0, 256.0, 144.0, sky);
    canvas.fill(&Path::circle(180.3, 52.7, 60.1), Paint::glow((180.3, 52.7), 60.1, Rgba::hex(0xFF_E8B0)));
    for step in 0..40 {
        let step = f64::from(step);
        let points = [(step * 6.1, 90.0 + step), (step * 6.3 + 20.0, 70.5 + step), (step * 5.9 + 9.0, 140.2)];
        canvas.set_transform(Transform::rotate(step * 0.01));
        canvas.fill(&Path::blob(&points), Rgba::hex(0x33_5544 + step as u32 * 3).fade(0.7));
    }
    let hash = blake3::hash(canvas.pixels()).to_hex();
    assert_eq!(&hash[..16], "e1e8867bbcf1977f");
}

#[test]
fn lettering_knows_hangul_and_says_what_is_missing() {
    let lettering = Lettering::system().unwrap();
    assert_eq!(lettering.missing("Tide 등대 été"), vec![]);
    assert_eq!(lettering.missing("a\u{10FFFD}\n"), vec!['\u{10FFFD}']);
    assert!(!lettering.identity().is_empty());
}

#[test]
fn words_are_measured_broken_and_aligned() {
    let lettering = Lettering::system().unwrap();
    let style = TextStyle::plain(20.0, Rgba::WHITE);
    let line = lettering.measure("the tide table is wrong", &style);
    assert_eq!(line.lines, 1);
    let narrow = TextStyle { max_width: Some(line.width / 2.0), align: Align::Centre, ..style.clone() };
    let broken = lettering.measure("the tide table is wrong", &narrow);
    assert!(broken.lines >= 2 && broken.width <= line.width / 2.0 + 1.0, "{broken:?}");
    for (align, left) in [(Align::Left, 100.0), (Align::Right, 300.0 - f64::from(line.width))] {
        let mut canvas = canvas(400, 40);
        canvas.clear(Rgba::BLACK);
        let style = TextStyle { align, ..style.clone() };
        let x = if align == Align::Left { 100.0 } else { 300.0 };
        lettering.draw(&mut canvas, "the tide table is wrong", &style, x, 5.0);
        let inked = canvas.pixels().chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[0] > 60);
        let first = inked.map(|(index, _)| index % 400).min().unwrap() as f64;
        assert!((first - left).abs() < 4.0, "{align:?} begins at {first}, not {left}");
    }
}
