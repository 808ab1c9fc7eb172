//! What a film-maker waits for while the animatic draws.

use criterion::{Criterion, criterion_group, criterion_main};
use soundlock_draw::Canvas;
use soundlock_picture::{Colour, Depth, Frame, Layout};
use soundlock_plan::{Look, Movement, ShotSize};
use soundlock_script::Setting;
use soundlock_shoot::animatic::{AnimaticStyle, Scene};
use soundlock_shoot::{Inputs, ShotOrder};
use soundlock_time::{Fps, Raster};

fn order(place: &str, setting: Setting, size: ShotSize) -> ShotOrder {
    let names = vec!["MINA".to_owned(), "JONAS".to_owned()];
    let look = Look {
        scene: "1".to_owned(),
        setting: Some(setting),
        place: place.to_owned(),
        time: "DUSK".to_owned(),
        size,
        movement: Movement::PushIn,
        subjects: names.clone(),
        present: names,
        ..Look::default()
    };
    ShotOrder {
        code: "1_0010".parse().expect("a code"),
        prompt: String::new(),
        negative: String::new(),
        seed: 7,
        frames: 120,
        fps: Fps::FILM,
        raster: Raster::HD,
        look,
        speech: Vec::new(),
        inputs: Inputs::default(),
        burn_in: None,
        cut: None,
    }
}

/// One frame, drawn and turned into planes, as it goes to the encoder.
fn animatic_1080p_frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("animatic_1080p_frame");
    group.sample_size(20);
    for (name, place, setting, size) in [
        ("harbour_wide", "HARBOUR", Setting::Exterior, ShotSize::Wide),
        ("street_wide", "STREET", Setting::Exterior, ShotSize::Wide),
        ("kitchen_medium", "KITCHEN", Setting::Interior, ShotSize::Medium),
        ("kitchen_close", "KITCHEN", Setting::Interior, ShotSize::Close),
    ] {
        let order = order(place, setting, size);
        let scene = Scene::new(&order, &AnimaticStyle::plain(Fps::FILM), Raster::HD);
        let mut canvas = Canvas::new(Raster::HD);
        let mut frame = Frame::new(Raster::HD, Layout::Yuv420, Depth::Eight, Colour::FILM);
        let mut index = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                scene.draw(index % 120, &mut canvas);
                canvas.frame_into(&mut frame);
                index += 1;
            });
        });
    }
    group.finish();
}

criterion_group!(benches, animatic_1080p_frame);
criterion_main!(benches);
