//! Draws many places, hours and sizes to one PNG, to judge the animatic by looking.
//!
//! `cargo run -p soundlock-shoot --example gallery -- OUT.png [places|sizes|people|weather|props|all] [HEIGHT]`

use std::io::Write;
use std::path::PathBuf;

use soundlock_draw::{Canvas, Lettering, RgbImage, Rgba, TextStyle};
use soundlock_picture::{Colour, Depth, Frame, Layout};
use soundlock_plan::{Angle, Look, Movement, ShotCode, ShotSize};
use soundlock_script::Setting;
use soundlock_shoot::animatic::{AnimaticStyle, CastLook, Scene};
use soundlock_shoot::{Inputs, ShotOrder, Speech};
use soundlock_time::{Fps, Raster};

const SIZES: [ShotSize; 6] = [
    ShotSize::ExtremeWide,
    ShotSize::Wide,
    ShotSize::Medium,
    ShotSize::MediumClose,
    ShotSize::Close,
    ShotSize::ExtremeClose,
];

struct Still {
    label: String,
    order: ShotOrder,
    frame: u32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(arguments.next().unwrap_or_else(|| "gallery.png".to_owned()));
    let which = arguments.next().unwrap_or_else(|| "all".to_owned());
    let height: u32 = arguments.next().map_or(Ok(216), |height| height.parse())?;
    if which == "speed" {
        return speed();
    }
    let stills: Vec<Still> = match which.as_str() {
        "places" => places(),
        "sizes" => sizes(),
        "people" => people(),
        "weather" => weather(),
        "props" => props(),
        _ => [places(), sizes(), weather(), people(), props()].into_iter().flatten().collect(),
    };
    let sheet = sheet(&stills, Raster::new(height * 16 / 9 / 2 * 2, height)?)?;
    std::fs::write(file, sheet)?;
    Ok(())
}

fn sheet(stills: &[Still], raster: Raster) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let columns = if stills.len() == 1 { 1 } else { 4 };
    let rows = stills.len().div_ceil(columns) as u32;
    let (wide, high) = (raster.width() + 8, raster.height() + 26);
    let mut sheet = Canvas::new(Raster::new((wide * columns as u32 + 8) & !1, (high * rows + 8) & !1)?);
    sheet.clear(Rgba::hex(0x1A_1A1E));
    let lettering = Lettering::system()?;
    let style = style();
    for (index, still) in stills.iter().enumerate() {
        let x = f64::from(8 + (index % columns) as u32 * wide);
        let y = f64::from(8 + (index / columns) as u32 * high);
        let mut canvas = Canvas::new(raster);
        Scene::new(&still.order, &style, raster).draw(still.frame, &mut canvas);
        let rgb: Vec<u8> = canvas.pixels().chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
        let image = RgbImage::new(raster.width() as u16, raster.height() as u16, &rgb)?;
        sheet.blit(&image, x, y, canvas.width(), canvas.height());
        let text = TextStyle::plain(13.0, Rgba::hex(0xC8_C4BC));
        lettering.draw(&mut sheet, &still.label, &text, x, y + canvas.height() + 2.0);
    }
    Ok(sheet.png()?)
}

/// Milliseconds a frame takes at 1080p, drawn and turned into planes, for a few shots.
fn speed() -> Result<(), Box<dyn std::error::Error>> {
    let mut canvas = Canvas::new(Raster::HD);
    let mut frame = Frame::new(Raster::HD, Layout::Yuv420, Depth::Eight, Colour::FILM);
    let (mut sum, mut count) = (0.0, 0.0);
    for still in places().iter().step_by(3).chain(&sizes()).chain(&weather()) {
        let scene = Scene::new(&still.order, &style(), Raster::HD);
        scene.draw(0, &mut canvas);
        let start = worked_millis();
        (1..9).for_each(|index| scene.draw(index, &mut canvas));
        let drawn = worked_millis();
        (1..9).for_each(|_| canvas.frame_into(&mut frame));
        let (draw, planes) = ((drawn - start) / 8.0, (worked_millis() - drawn) / 8.0);
        writeln!(std::io::stdout(), "{draw:6.1} + {planes:4.1} ms  {}", still.label)?;
        (sum, count) = (sum + draw + planes, count + 1.0);
    }
    writeln!(std::io::stdout(), "{:6.2} ms a frame", sum / count)?;
    Ok(())
}

/// Milliseconds that this thread has worked, so that a busy machine does not matter; 0 where the system does not say.
fn worked_millis() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or(0.0) / 1e6
}

fn style() -> AnimaticStyle {
    let look =
        |name: &str, colour, looks: &str| CastLook { name: name.to_owned(), colour, looks: looks.to_owned() };
    let cast = vec![
        look("MINA", Some([224, 165, 58]), "woman in her thirties, black bob, yellow raincoat"),
        look("JONAS", None, "old man, white beard, navy sweater, captain's cap"),
        look("HARU", None, "boy of nine, red scarf, green jacket, short black hair"),
        look("ADA", None, "tall woman, long red hair, blue dress, glasses"),
        look("수아", None, "소녀, 단발, 빨간 코트"),
        look("BIG TOM", None, "big bald man with a moustache, grey suit, brown hat"),
    ];
    AnimaticStyle { cast, ..AnimaticStyle::plain(Fps::FILM) }
}

fn still(
    setting: Setting,
    place: &str,
    time: &str,
    size: ShotSize,
    subjects: &[&str],
    action: &str,
) -> Still {
    let names: Vec<String> = subjects.iter().map(|name| (*name).to_owned()).collect();
    let look = Look {
        scene: "1".to_owned(),
        setting: Some(setting),
        place: place.to_owned(),
        time: time.to_owned(),
        size,
        movement: Movement::PushIn,
        subjects: names.clone(),
        present: names,
        action: action.to_owned(),
        ..Look::default()
    };
    let order = ShotOrder {
        code: "1_0010".parse::<ShotCode>().expect("a code"),
        prompt: String::new(),
        negative: String::new(),
        seed: 7,
        frames: 96,
        fps: Fps::FILM,
        raster: Raster::HD,
        look,
        speech: Vec::new(),
        inputs: Inputs::default(),
        burn_in: None,
        cut: None,
    };
    Still { label: format!("{place} - {time} {size:?} {action}"), order, frame: 30 }
}

fn places() -> Vec<Still> {
    use Setting::{Exterior, Interior};
    let outside = [
        "SEA",
        "BEACH",
        "HARBOUR",
        "LIGHTHOUSE",
        "STREET",
        "ROOFTOP",
        "FOREST",
        "MEADOW",
        "ROAD",
        "TRAIN STATION",
        "MOUNTAIN",
        "MOON, SPACE",
    ];
    let inside = [
        "LIVING ROOM",
        "KITCHEN",
        "BEDROOM",
        "OFFICE",
        "BAR",
        "LAMP ROOM",
        "CORRIDOR",
        "STAIRS",
        "CAR",
        "TRAIN",
        "WHEELHOUSE",
    ];
    let hours = ["DAY", "DUSK", "NIGHT", "DAWN"];
    let both =
        outside.iter().map(|place| (Exterior, place)).chain(inside.iter().map(|place| (Interior, place)));
    both.flat_map(|(setting, place)| {
        hours.iter().enumerate().map(move |(index, hour)| {
            let size = if index % 2 == 0 { ShotSize::ExtremeWide } else { ShotSize::Wide };
            still(setting, place, hour, size, &["MINA", "JONAS"][..=(index % 2)], "")
        })
    })
    .collect()
}

fn sizes() -> Vec<Still> {
    let scenes = [
        (Setting::Exterior, "BEACH", "DUSK"),
        (Setting::Interior, "KITCHEN", "NIGHT"),
        (Setting::Exterior, "STREET", "NIGHT"),
        (Setting::Interior, "OFFICE", "DAY"),
    ];
    let mut stills: Vec<Still> = SIZES
        .iter()
        .flat_map(|size| {
            scenes.iter().enumerate().map(move |(index, (setting, place, time))| {
                let subjects = [&["MINA"][..], &["JONAS"], &["MINA", "HARU"], &["ADA"]][index];
                speaking(still(*setting, place, time, *size, subjects, ""))
            })
        })
        .collect();
    for (size, subject, other) in
        [(ShotSize::Medium, "MINA", "JONAS"), (ShotSize::MediumClose, "JONAS", "MINA")]
    {
        let mut over = still(Setting::Interior, "KITCHEN", "NIGHT", size, &[subject], "over shoulder");
        over.order.look.angle = Angle::OverShoulder;
        over.order.look.present = vec!["MINA".to_owned(), "JONAS".to_owned()];
        assert_ne!(subject, other);
        stills.push(speaking(over));
    }
    stills
}

fn speaking(mut still: Still) -> Still {
    let levels = (0..90_u32).map(|frame| (frame * 37 % 256) as u8 | 0x60).collect();
    let character = still.order.look.subjects[0].clone();
    still.order.speech.push(Speech { character, from: 5, levels });
    still
}

fn people() -> Vec<Still> {
    let names = ["MINA", "JONAS", "HARU", "ADA", "수아", "BIG TOM", "ELIAS", "GRANDMOTHER"];
    let shown = |size, place: &'static str, time: &'static str| {
        names.map(|name| still(Setting::Exterior, place, time, size, &[name], ""))
    };
    let mut stills: Vec<Still> = shown(ShotSize::Wide, "MEADOW", "DAY").into_iter().collect();
    stills.extend(shown(ShotSize::Close, "HARBOUR", "DUSK").map(speaking));
    stills.extend(shown(ShotSize::Medium, "STREET", "NIGHT"));
    stills
}

fn weather() -> Vec<Still> {
    let mut stills = Vec::new();
    for (place, time) in [("STREET", "NIGHT"), ("FOREST", "DAY"), ("SEA", "DUSK"), ("바닷가 마을", "아침")]
    {
        for weather in ["rain", "snow", "fog", "storm"] {
            let still = still(Setting::Exterior, place, time, ShotSize::Wide, &["수아"], weather);
            stills.push(still);
        }
    }
    stills
}

fn props() -> Vec<Still> {
    ["letter", "phone", "radio", "lamp", "clock", "suitcase", "cup", "book", "key", "candle", "boat", "door"]
        .into_iter()
        .map(|prop| still(Setting::Interior, "LIVING ROOM", "NIGHT", ShotSize::ExtremeClose, &[], prop))
        .chain([still(
            Setting::Interior,
            "OFFICE",
            "DUSK",
            ShotSize::Medium,
            &["ADA"],
            "She reads the letter by the lamp.",
        )])
        .collect()
}
