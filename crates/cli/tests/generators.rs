//! Models as data, and a film whose takes the director makes elsewhere.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::process::Command;

use common::{PROGRAM, SMALL, TWO_ROOMS, film, wav};
use soundlock_testing::TestFilm;

const BY_HAND: &str = "\
[generators.mine]
kind = \"hand\"
model = \"wan-2.7\"
raster = \"1280x720\"
";

/// The usual small film, its shots made by hand.
fn by_hand() -> TestFilm {
    let settings = SMALL.replace("[plan]\n", "[plan]\ngenerator = \"mine\"\n");
    let film = film(TWO_ROOMS, &format!("{settings}{BY_HAND}"));
    film.write("effects/door.wav", wav(12_000));
    film
}

/// The objects of one type that a run wrote.
fn objects(stdout: &str, kind: &str) -> Vec<serde_json::Value> {
    let all = stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    all.filter(|object| object["type"] == kind).collect()
}

fn clip(film: &TestFilm, name: &str, secs: u32) -> String {
    let clip = film.path(name);
    let source = format!("testsrc2=size=320x180:rate=16:duration={secs}");
    let drawn = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &source, "-y"])
        .arg(&clip)
        .status()
        .unwrap();
    assert!(drawn.success());
    clip.to_str().unwrap().to_owned()
}

#[test]
fn models_are_listed_without_a_film_and_with_one() {
    let alone = TestFilm::empty(PROGRAM).run(&["generators"]).done();
    let row = |run: &str, id: &str| -> String {
        let found = run.lines().find(|line| line.starts_with(&format!("{id} ")));
        found.unwrap_or_else(|| panic!("{id} in {run}")).to_owned()
    };
    for (id, says) in [
        ("wan-14b", "up to 5.06 s (4k+1)"),
        ("veo-3.1", "4, 6, 8 s"),
        ("grok-imagine-1.5", "1 to 15 s"),
        ("wan-2.7", "0.15 USD"),
        ("kling-3.0", "unknown"),
        ("hunyuan-1.5", "not in EU, GB, KR"),
    ] {
        assert!(row(&alone.stdout, id).contains(says), "`{says}` in {}", row(&alone.stdout, id));
    }
    let film = by_hand();
    film.write("film.toml", format!("{}[models.mine]\nname = \"Mine\"\nfamily = \"wan\"\nseconds = [5]\nsource = \"me\"\nread = 2026-11-29\n", film.read("film.toml")));
    let run = film.run(&["generators"]).done();
    assert!(run.stdout.lines().nth(1).unwrap().ends_with(" mine"), "the film's own come first: {run}");
    let models = objects(&film.run(&["generators", "--json"]).done().stdout, "model");
    let of = |id: &str| models.iter().find(|model| model["id"] == id).unwrap();
    assert_eq!(of("mine")["own"], true);
    assert_eq!(of("wan-2.7")["generators"][0], "mine");
    assert_eq!(of("wan-2.7")["lengths"]["seconds"][3], 10);
}

#[test]
fn a_film_is_made_while_takes_are_still_to_be_brought_in() {
    let film = by_hand();
    let made = film.run(&["make"]).done().says("the animatic stands in for").says("soundlock shoot");
    assert!(film.path("out/two-rooms.mp4").is_file(), "{made}");
    film.run(&["make"]).done().says("nothing to do").says("the animatic stands in for");
    film.run(&["status"]).ends(1).says("is made by hand with `mine`").says("yours to make; that costs");
    let told = film.run(&["shoot"]).done();
    for says in [" frames at 24 fps, ", "size      1280x720", " USD", "prompt    "] {
        assert!(told.stdout.contains(says), "`{says}` in {told}");
    }
    let orders = objects(&film.run(&["shoot", "--json"]).done().stdout, "by_hand");
    let first = orders[0]["shot"].as_str().unwrap().to_owned();
    let legal = [72, 96, 120, 240, 360];
    assert!(
        orders
            .iter()
            .all(|order| order["seed"].is_u64() && legal.contains(&order["frames"].as_u64().unwrap()))
    );

    let short = film.run(&["shoot", &first, "--file", &clip(&film, "short.mp4", 1)]).done();
    assert!(short.stdout.contains("it has 16 frames where the shot needs"), "{short}");
    film.run(&["make"]).done().says("the animatic stands in for");
    film.run(&["status"]).ends(1).says("take 2 cannot be shown: it has 16 frames");
    film.run(&["shoot", &first, "--file", &clip(&film, "long.mp4", 15)]).done();
    film.run(&["make"]).done().says("1 of");
    film.run(&["takes", &first]).done().says("-3");
    let left = objects(&film.run(&["shoot", "--json"]).done().stdout, "by_hand");
    assert_eq!(left.len(), orders.len() - 1);
    assert!(left.iter().all(|order| order["shot"] != first.as_str()));
    film.run(&["shoot", &first]).done().says(&format!("{first}  mine (Alibaba Wan 2.7)"));
    film.run(&["clean", "--yes"]).done();
    film.run(&["make"]).done().says("nothing to do");
}

#[test]
fn an_unknown_price_stays_unknown() {
    let film = by_hand();
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
    let priced = film.run(&["shoot", "--estimate"]).done();
    assert!(priced.stdout.contains("USD") && !priced.stdout.contains("unknown"), "{priced}");
    let local = film.read("film.toml").replace("wan-2.7", "wan-2.2-5b").replace("1280x720", "1280x704");
    film.write("film.toml", &local);
    let unknown = film.run(&["shoot", "--estimate"]).done();
    assert!(unknown.stdout.contains("that costs an unknown price for"), "{unknown}");
    film.write("film.toml", format!("{local}usd_per_second = 0.5\n"));
    let own = film.run(&["shoot", "--estimate"]).done();
    assert!(own.stdout.contains(" USD") && !own.stdout.contains("unknown"), "{own}");
    film.write("film.toml", format!("{local}usd_per_second = 0\n"));
    film.run(&["shoot", "--estimate"]).done().says("that costs nothing");
}

#[test]
fn the_plan_keeps_to_what_the_model_makes() {
    let film = by_hand();
    let settings =
        film.read("film.toml").replace("wan-2.7", "wan-14b").replace("raster = \"1280x720\"\n", "");
    film.write("film.toml", settings.replace("[plan]\n", "[plan]\npace_secs = 20\n"));
    film.run(&["sound", "--yes"]).done();
    let shots = objects(&film.run(&["plan", "--json"]).done().stdout, "shot");
    let frames = |shot: &serde_json::Value| shot["to"].as_u64().unwrap() - shot["from"].as_u64().unwrap();
    let scene = |shot: &&serde_json::Value| shot["generator"] == "mine";
    assert!(shots.iter().filter(scene).all(|shot| frames(shot) <= 121), "{shots:?}");
    let orders = objects(&film.run(&["shoot", "--json"]).done().stdout, "by_hand");
    assert!(orders.iter().all(|order| order["fps"] == "16" && order["frames"].as_u64().unwrap() % 4 == 1));
    assert!(orders.iter().all(|order| order["frames"].as_u64().unwrap() <= 81));
}
