//! A film shot by ComfyUI as the recipe in `docs/generators.md` has it, and what a director does wrong on the way.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::PROGRAM;
use serde_json::Value;
use soundlock_testing::{Heard, TestComfy, TestFilm};

const DOCS: &str = include_str!("../../../docs/generators.md");
const SCRIPT: &str = "Title: Noise\n\nINT. ROOM - DAY\n\nMINA\nIs it on?\n\nJONAS\nIt is on.\n";

/// The first block of `language` in the recipe for a first try.
fn block(language: &str) -> String {
    let (_, recipe) = DOCS.split_once("### A first try without weights\n").unwrap();
    let (_, block) = recipe.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

fn server() -> TestComfy {
    TestComfy::start(Vec::new()).drawing()
}

/// A film as the recipe has it, its generator at `urls`, with `change` made to its orders.
fn recipe(urls: &[String], change: impl Fn(String) -> String) -> TestFilm {
    let film = TestFilm::empty(PROGRAM);
    film.write("script.fountain", SCRIPT);
    film.write("noise.api.json", block("json"));
    let orders = block("toml");
    assert!(orders.contains("url = \"http://127.0.0.1:8188\"\n"));
    let urls = format!("url = {urls:?}\npoll_secs = 0.02\n");
    film.write("film.toml", change(orders.replace("url = \"http://127.0.0.1:8188\"\n", &urls)));
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
    film
}

/// Takes a film through the commands of the recipe.
fn followed(film: &TestFilm) {
    let commands = block("sh");
    let commands =
        commands.lines().filter_map(|line| line.split('#').next()?.trim().strip_prefix("soundlock "));
    for command in commands {
        film.run(&command.split_whitespace().collect::<Vec<_>>()).done();
    }
    let takes = film.run(&["takes", "1_0010"]).done().says("circled").says("not told: it reads no words");
    assert!(!takes.stdout.contains("FAILED"), "{takes}");
}

#[test]
fn the_recipe_for_a_first_try_works() {
    let server = server();
    let film = recipe(&[server.address()], |orders| orders);
    followed(&film);
    assert_eq!(server.ran().len(), 1);
    let graph = server.last_graph().unwrap();
    let sent = |node: &str, input: &str| graph[node]["inputs"][input].clone();
    assert_eq!((sent("1", "width"), sent("1", "height")), (320.into(), 180.into()));
    assert_ne!(sent("3", "seed"), Value::from(1), "the seed is the take's, not the workflow's");
    assert_ne!(sent("2", "amount"), Value::from(48), "the length is the shot's");
}

#[test]
fn the_recipe_for_a_first_try_works_on_newer_servers_to_its_end() {
    let server = server().newer();
    let film = recipe(&[server.address()], |orders| orders);
    followed(&film);
    film.run(&["shoot", "--yes"]).done();
    film.run(&["shoot", "--yes"]).done().says("nothing to shoot");
    let asked = server.heard().into_iter().filter(|heard| heard.line.starts_with("POST /prompt"));
    let seed = |heard: Heard| {
        let asked: Value = serde_json::from_str(&heard.text()).unwrap();
        asked["prompt"]["3"]["inputs"]["seed"].to_string()
    };
    let seeds: Vec<String> = asked.map(seed).collect();
    let apart: BTreeSet<&String> = seeds.iter().collect();
    assert_eq!(apart.len(), seeds.len(), "each shot has noise of its own: {seeds:?}");
}

#[test]
fn a_server_that_lacks_a_node_is_left_out_and_the_others_go_on() {
    let (lame, able) = (server(), server());
    lame.change_classes(|classes| drop(classes.as_object_mut().unwrap().remove("ImageAddNoise")));
    let film = recipe(&[lame.address(), able.address()], |orders| orders);
    film.run(&["shoot", "--yes"])
        .done()
        .says("it has no node `ImageAddNoise` (node 3): install what brings it")
        .says(&lame.address());
    assert!(lame.ran().is_empty() && !able.ran().is_empty());
}

#[test]
fn a_workflow_that_only_shows_its_pictures_costs_no_time() {
    let server = server();
    let film = recipe(&[server.address()], |orders| orders);
    let mut graph: Value = serde_json::from_str(&block("json")).unwrap();
    graph["5"] = serde_json::json!({"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}});
    film.write("noise.api.json", graph.to_string());
    film.run(&["shoot", "--yes"])
        .ends(1)
        .says("it ends in PreviewImage (node 5), which makes no take: let it end in SaveVideo");
    assert!(server.ran().is_empty());
}

#[test]
fn a_take_may_come_as_webm() {
    let server = server();
    let film = recipe(&[server.address()], |orders| orders.replace("320x180", "96x64"));
    let mut graph: Value = serde_json::from_str(&block("json")).unwrap();
    graph["5"] = serde_json::json!({"class_type": "SaveWEBM", "inputs": {
        "images": ["3", 0], "filename_prefix": "a", "codec": "vp9", "fps": 16, "crf": 32.0}});
    graph.as_object_mut().unwrap().remove("4");
    film.write("noise.api.json", graph.to_string());
    film.run(&["shoot", "1_0010", "--yes"]).done();
    assert!(server.files()[0].ends_with("_00001_.webm"), "{:?}", server.files());
    assert_eq!(server.last_graph().unwrap()["5"]["inputs"]["fps"].as_f64(), Some(24.0));
    film.run(&["takes", "1_0010"]).done().says("circled");
}

#[test]
fn a_server_behind_a_proxy_is_shot_with_and_its_password_is_written_nowhere() {
    let server = server().behind("/comfy", "Basic bWluYTpvcGVuLXNlc2FtZQ==");
    let url = format!("{}/comfy", server.address());
    let mut film =
        recipe(&[url], |orders| orders.replace("workflow = ", "key_env = \"COMFY_KEY\"\nworkflow = "));
    film.set("COMFY_KEY", "mina:wrong-sesame");
    film.run(&["shoot", "1_0010", "--yes"]).ends(1).says("401");
    film.set("COMFY_KEY", "mina:open-sesame");
    film.run(&["shoot", "1_0010", "--yes"]).done();
    assert!(!server.ran().is_empty());
    for secret in ["open-sesame", "wrong-sesame", "bWluYTpvcGVuLXNlc2FtZQ", "bWluYTp3cm9uZy1zZXNhbWU"] {
        let found = files_with(film.folder(), secret.as_bytes());
        assert!(found.is_empty(), "{secret} stands in {found:?}");
    }
}

fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = paths.flat_map(|path| {
        if path.is_dir() {
            return files_with(&path, bytes);
        }
        let content = std::fs::read(&path).unwrap();
        let has = content.windows(bytes.len()).any(|window| window == bytes);
        if has { vec![path] } else { Vec::new() }
    });
    found.collect()
}
