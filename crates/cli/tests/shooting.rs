//! Takes from generators that are hired: ComfyUI, a program of one's own, services that refuse; chains, drafts, rights.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use common::{SMALL, TINY, TWO_ROOMS, clip, film, wav};
use serde_json::Value;
use soundlock_testing::{Protocol, Reply, TestComfy, TestFilm, TestService, TestVendor};

/// A program that notes what it is asked and draws what it should.
const MAKE: &str = "\
read asked
printf '%s\\n' \"$asked\" >> asked.jsonl
get() { printf '%s' \"$asked\" | sed -n \"s/.*\\\"$1\\\":\\([0-9]*\\).*/\\1/p\"; }
out=$(printf '%s' \"$asked\" | sed -n 's/.*\"output\":\"\\([^\"]*\\)\".*/\\1/p')
ffmpeg -v error -f lavfi -i \"testsrc2=size=$(get width)x$(get height):rate=24\" -frames:v \"$(get frames)\" \\
  -vf \"hue=h=$(( $(get seed) % 360 ))\" -pix_fmt yuv420p -preset ultrafast \"$out\"
";

/// The usual small film, its shots made by the generator `mine`.
fn two_rooms(more: &str) -> TestFilm {
    let settings = SMALL.replace("[plan]\n", "[plan]\ngenerator = \"mine\"\n");
    let film = film(TWO_ROOMS, &format!("{settings}{TINY}{more}"));
    film.write("effects/door.wav", wav(12_000));
    film.write("make.sh", MAKE);
    film
}

fn locked(film: &TestFilm) {
    film.run(&["sound", "--yes"]).done();
    film.run(&["plan"]).done();
}

fn objects(film: &TestFilm, arguments: &[&str], kind: &str) -> Vec<Value> {
    common::objects(&film.run(arguments).stdout, kind)
}

#[test]
fn a_film_is_shot_by_two_comfyui_servers_and_made() {
    let servers = [TestComfy::start(clip(5.1)), TestComfy::start(clip(5.1))];
    let [one, other] = [servers[0].address(), servers[1].address()];
    let film = two_rooms(&format!(
        "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nurl = [\"{one}\", \"{other}\"]\n\
         workflow = \"noise.api.json\"\npoll_secs = 0.02\n\
         [generators.mine.map]\nframes = \"2.amount\"\nwidth = \"1.width\"\nheight = \"1.height\"\n"
    ));
    film.write("noise.api.json", include_str!("../../vendors/tests/workflows/noise.json"));
    locked(&film);
    film.run(&["shoot", "--estimate"]).done().says("costs nothing").says("takes of");
    film.run(&["shoot"]).done().says("puts them into the film");
    assert!(servers.iter().all(|server| !server.ran().is_empty()), "one server did nothing");
    film.run(&["shoot"]).done().says("nothing to shoot");
    film.run(&["make"]).done();
    film.run(&["status"]).done();
    let takes = film.run(&["takes", "1_0010"]).done().says("circled").says("Tiny").says("seed");
    assert!(takes.stdout.contains(&one) || takes.stdout.contains(&other), "{takes}");
    film.run(&["explain", "1_0010"]).done().says("rights     licence unknown, not signed");
}

#[test]
fn a_workflow_that_was_not_exported_for_the_api_is_told_how() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nworkflow = \"ui.json\"\nurl = \"http://127.0.0.1:9\"\n",
    );
    film.write("ui.json", r#"{"nodes": [], "links": [], "version": 0.4}"#);
    locked(&film);
    film.run(&["shoot", "--yes"]).ends(1).says("Export (API)");
    std::fs::remove_file(film.path("ui.json")).unwrap();
    film.run(&["shoot", "--yes"]).ends(1).says("its workflow ui.json cannot be read").says("Export (API)");
    film.write("film.toml", film.read("film.toml").replace("workflow = \"ui.json\"\n", ""));
    film.run(&["status"]).ends(1).says("has no workflow").says("film.toml");
}

#[test]
fn a_program_of_ones_own_shoots_and_is_not_asked_twice() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"command\"\nrun = \"sh make.sh\"\nmodel = \"tiny\"\npoll_secs = 0.02\n",
    );
    locked(&film);
    film.run(&["shoot", "--yes"]).done();
    let asked = film.read("asked.jsonl").lines().count();
    film.run(&["shoot", "--yes"]).done().says("nothing to shoot");
    assert_eq!(film.read("asked.jsonl").lines().count(), asked);
    film.run(&["retake", "1_0010", "--prompt", "a red door", "--takes", "2", "--yes"]).done();
    let words = film.read("asked.jsonl");
    let red: Vec<Value> = words
        .lines()
        .filter(|line| line.contains("a red door"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(red.len(), 2);
    assert_ne!(red[0]["seed"], red[1]["seed"], "another take is another seed");
    film.run(&["takes", "1_0010"]).done().says("a red door").says("stale");
    film.run(&["cost"]).done().says("done");
}

#[test]
fn what_goes_on_from_another_shot_waits_for_its_take_and_begins_with_its_last_frame() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"command\"\nrun = \"sh make.sh\"\nmodel = \"tiny\"\npoll_secs = 0.02\n",
    );
    locked(&film);
    // The director lets the second shot go on from the first.
    let cuts = film.read("cuts.toml");
    let second = cuts.find("code = \"1_0020\"\n").unwrap() + "code = \"1_0020\"\n".len();
    film.write("cuts.toml", format!("{}continues = true\n{}", &cuts[..second], &cuts[second..]));
    film.run(&["plan"]).done();
    let estimate = objects(&film, &["--json", "shoot", "--estimate"], "estimate");
    let shots = estimate[0]["shots"].as_array().unwrap();
    let Some(chained) = shots.iter().find(|shot| !shot["after"].is_null()) else {
        panic!("nothing in this film goes on from another shot: {shots:?}");
    };
    film.run(&["shoot", "--yes"]).done();
    let asked = film.read("asked.jsonl");
    let order = |code: &Value| {
        let lines = asked.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.enumerate().find(|(_, line)| line["shot"] == *code).unwrap()
    };
    let ((before, first), (after, second)) = (order(&chained["after"]), order(&chained["shot"]));
    assert!(before < after, "{before} is not before {after}");
    let still = std::path::Path::new(second["first"].as_str().unwrap()).extension();
    assert_eq!(still.and_then(|ending| ending.to_str()), Some("png"), "{second}");
    assert!(first["first"].is_null(), "{first}");
    // Another take of the first circled: what went on from it goes stale, and is still there.
    let (first, second) = (chained["after"].as_str().unwrap(), chained["shot"].as_str().unwrap());
    film.run(&["shoot", first, "--yes"]).says("1 take came");
    film.run(&["circle", first, "2"]).done();
    film.run(&["shoot", "--estimate"]).done().says(second);
    film.run(&["takes", second]).done().says("stale");
}

#[test]
fn what_one_refuses_another_makes_and_the_words_of_the_refusal_stay() {
    let server = TestService::start(|_, heard| match heard.line.as_str() {
        "GET /v1/models" => Reply::good("application/json", br#"{"data":[{"id":"tiny"}]}"#.to_vec()),
        _ => Reply::no(400, r#"{"error":{"message":"the prompt was blocked by our safety policy"}}"#),
    });
    let service = format!(
        "[budget]\nusd = 5\n[generators.mine]\nkind = \"service\"\nservice = \"videos\"\nsend = \"json\"\nurl = \"{}\"\n\
         model = \"tiny\"\nvendor_model = \"tiny\"\nusd_per_second = 0.1\npoll_secs = 0.02\n",
        server.address()
    );
    let alone = two_rooms(&service);
    locked(&alone);
    alone.run(&["shoot", "--yes"]).ends(1).says("refused");
    alone.run(&["refusals"]).done().says("blocked by our safety policy").says("free");
    let film = two_rooms(&format!(
        "{service}next = \"own\"\n[generators.own]\nkind = \"command\"\nrun = \"sh make.sh\"\nmodel = \"tiny\"\npoll_secs = 0.02\n"
    ));
    locked(&film);
    film.run(&["shoot", "--yes"]).done();
    film.run(&["refusals"]).done().says("blocked by our safety policy");
    film.run(&["make"]).done();
    film.run(&["takes", "1_0010"]).done().says("own (Tiny)").says("circled");
}

#[test]
fn a_wrong_key_and_an_empty_account_stop_the_asking_and_lose_nothing() {
    for (status, said, words) in [
        (401, r#"{"error":{"message":"Incorrect API key provided: sk-planted-key-1234"}}"#, "not let in"),
        (402, r#"{"error":{"message":"Insufficient credits"}}"#, "no credit left"),
    ] {
        let server = TestService::start(move |_, heard| match heard.line.as_str() {
            "GET /v1/models" => Reply::good("application/json", br#"{"data":[{"id":"tiny"}]}"#.to_vec()),
            _ => Reply::no(status, said),
        });
        let mut film = two_rooms(&format!(
            "[budget]\nusd = 5\n[generators.mine]\nkind = \"service\"\nservice = \"videos\"\nsend = \"json\"\nurl = \"{}\"\n\
             model = \"tiny\"\nvendor_model = \"tiny\"\nusd_per_second = 0.1\nkey_env = \"KEY\"\nat_once = 1\n",
            server.address()
        ));
        locked(&film);
        film.run(&["shoot", "--yes"])
            .says("KEY is neither in the environment nor in the keyring")
            .says("soundlock key set KEY");
        film.set("KEY", "sk-planted-key-1234");
        let run = film.run(&["shoot", "--yes"]).ends(1).says(words);
        assert!(!run.to_string().contains("planted"), "{run}");
        let posts = server.heard().iter().filter(|heard| heard.line.starts_with("POST")).count();
        assert_eq!(posts, 1, "everybody was asked again");
        film.run(&["cost"]).done().says("nothing in all");
    }
}

#[test]
fn a_number_that_an_attempt_has_is_no_other_takes() {
    let server = TestService::start(|_, heard| match heard.line.as_str() {
        "GET /v1/models" => Reply::good("application/json", br#"{"data":[{"id":"tiny"}]}"#.to_vec()),
        "GET /v1/videos" => Reply::good("application/json", br#"{"data":[]}"#.to_vec()),
        _ => Reply::HangUp,
    });
    let film = two_rooms(&format!(
        "[budget]\nusd = 50\n[generators.mine]\nkind = \"service\"\nservice = \"videos\"\nsend = \"json\"\nurl = \"{}\"\n\
         model = \"tiny\"\nvendor_model = \"tiny\"\nusd_per_second = 0.1\npoll_secs = 0.02\n[shoot]\nagain_secs = 0.01\n",
        server.address()
    ));
    locked(&film);
    film.run(&["shoot", "1_0010", "--yes"]).ends(1).says("1 unknown");
    film.write("mine.mp4", clip(5.1));
    film.run(&["shoot", "1_0010", "--file", "mine.mp4"]).done().says("1_0010-2");
    film.run(&["make"]).done();
    // What is drawn in its stead, and what is shot after it, have numbers of their own as well.
    film.run(&["shoot", "1_0010", "--again", "--yes"]).ends(1);
    let tried = objects(&film, &["--json", "takes", "1_0010"], "attempt");
    let numbers: Vec<&str> = tried.iter().map(|attempt| attempt["take"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["1_0010-1", "1_0010-3"]);
    // The vendor's list does not have it: nothing of it is spent any more, and the shot is free to be shot.
    film.run(&["settle", "1_0010-3"]).ends(2);
    film.run(&["settle", "1_0010-7", "--charged", "0"]).ends(2).says("nothing called `1_0010-7`");
    film.run(&["settle", "1_0010-3", "--charged", "-1"]).ends(2).says("no amount");
    let before = film.run(&["cost"]).done().stdout;
    film.run(&["settle", "1_0010-3", "--charged", "0"]).done().says("it came to 0.00 USD");
    assert_ne!(film.run(&["cost"]).done().stdout, before);
    film.run(&["takes"]).done().says("1_0010-3       given up").says("free");
    film.run(&["settle", "1_0010-1", "--charged", "0.25"]).done();
    film.run(&["cost"]).done().says("0.25 USD in all");
    film.run(&["shoot", "1_0010", "--estimate"]).done().says("1 take of 1 shot");
}

#[test]
fn what_is_being_made_is_watched_and_called_off() {
    let server = TestComfy::start(clip(5.1));
    server.hold();
    let film = two_rooms(&format!(
        "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nurl = \"{}\"\nworkflow = \"noise.api.json\"\n\
         poll_secs = 0.02\nat_once = 2\n[generators.mine.map]\nframes = \"2.amount\"\nwidth = \"1.width\"\n\
         height = \"1.height\"\n",
        server.address()
    ));
    film.write("noise.api.json", include_str!("../../vendors/tests/workflows/noise.json"));
    locked(&film);
    film.run(&["cancel", "--all"]).done().says("nothing is out");
    film.run(&["cancel"]).ends(2).says("no take is named").says("--all");
    let mut child = Command::new(common::PROGRAM)
        .args(["--quiet", "--json", "shoot"])
        .current_dir(film.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let of = |line: &String, word: &str| line.contains(word);
    assert_eq!(said.by_ref().filter(|line| of(line, r#""standing":"submitted""#)).take(2).count(), 2);
    server.begin();
    let half = said.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    let mut half = half.filter(|object| object["type"] == "progress" && object["running"] == true);
    assert!(half.any(|object| object["thousandths"].as_u64() > Some(0) && object["preview"].is_string()));
    child.kill().unwrap();
    child.wait().unwrap();
    film.run(&["cancel", "--all"]).ends(1).says("nobody said yes");
    film.run(&["cancel", "1_0099", "--yes"]).ends(2).says("soundlock takes");
    film.run(&["cancel", "--all", "--yes"]).done().says("1_0010-1: ").says("free");
    assert_eq!(server.waiting(), [""; 0]);
    film.run(&["cancel", "--all", "--yes"]).done().says("nothing is out");
    film.run(&["takes"]).done().says("interrupted");
    server.release();
    film.run(&["shoot"]).done();
    film.run(&["takes", "1_0010"]).done().says("1_0010-2       fresh");
}

#[test]
fn two_ways_of_telling_are_tried_by_who_shoots() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"command\"\nrun = \"sh make.sh\"\nmodel = \"tiny\"\npoll_secs = 0.02\n",
    );
    locked(&film);
    film.run(&["prompts", "--ab", "wan", "veo", "1_0010"]).done().says("told like").says("1_0010-2");
    let asked: Vec<Value> =
        film.read("asked.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0]["seed"], asked[1]["seed"], "words are compared with words");
    assert_ne!(asked[0]["prompt"], asked[1]["prompt"]);
    film.run(&["prompts", "--ab", "wan", "veo", "1_0010"]).done().says("0 takes to make");
    film.run(&["shoot"]).done();
    film.run(&["make"]).done();
}

#[test]
fn a_place_that_never_answers_is_not_waited_for_all_night() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nworkflow = \"noise.api.json\"\nat_once = 1\n\
         url = \"http://127.0.0.1:9\"\n[shoot]\nagain_secs = 0.01\n",
    );
    film.write("noise.api.json", include_str!("../../vendors/tests/workflows/noise.json"));
    locked(&film);
    film.run(&["shoot"]).ends(1).says("nothing more was asked there: not reached").says("not sent;");
}

#[test]
fn nobody_is_asked_to_stop_what_no_place_has() {
    let (server, other) = (TestComfy::start(clip(5.1)), TestComfy::start(clip(5.1)));
    let mine = format!(
        "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nurl = \"{}\"\nworkflow = \"noise.api.json\"\n\
         poll_secs = 0.02\njob_mins = 0.01\n[generators.mine.map]\nframes = \"2.amount\"\nwidth = \"1.width\"\n\
         height = \"1.height\"\n",
        server.address()
    );
    let film = two_rooms(&mine);
    film.write("noise.api.json", include_str!("../../vendors/tests/workflows/noise.json"));
    locked(&film);
    server.hold();
    film.run(&["shoot", "1_0010"]).ends(1).says("takes longer than its time").says("1 still out");
    let elsewhere = film.read("film.toml").replace(&server.address(), &other.address());
    let here = film.read("film.toml");
    film.write("film.toml", elsewhere);
    film.run(&["shoot"]).ends(1).says("soundlock settle 1_0010-1 --charged USD").says("1 still out");
    film.run(&["cancel", "1_0010", "--yes"]).ends(3).says("has no `http").says("stands as it stood");
    film.write("film.toml", here);
    server.begin();
    server.finish();
    film.run(&["cancel", "1_0010-1", "--yes"]).done().says("it is made and paid for");
    film.run(&["cancel", "1_0010-1", "--yes"]).done().says("brings it home");
    film.run(&["shoot"]).done();
    film.run(&["takes", "1_0010"]).done().says("1_0010-1").says("Tiny");
}

#[test]
fn why_something_is_not_shot_is_said() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nworkflow = \"still.json\"\nurl = \"http://127.0.0.1:9\"\n",
    );
    film.write("still.json", include_str!("../../vendors/tests/workflows/image_to_video.json"));
    locked(&film);
    film.run(&["shoot", "1_0010", "--yes"])
        .ends(1)
        .says("1_0010-1 is not shot: ")
        .says("its workflow begins with a still");
}

#[test]
fn drafts_come_first_and_finals_have_their_seeds() {
    let film = two_rooms(
        "[generators.mine]\nkind = \"command\"\nrun = \"sh make.sh\"\nmodel = \"tiny\"\nraster = \"192x112\"\n\
         draft_raster = \"96x64\"\npoll_secs = 0.02\n",
    );
    locked(&film);
    film.run(&["shoot", "--yes"]).done();
    film.run(&["takes", "1_0010"]).done().says("a draft");
    film.run(&["shoot", "--final", "--yes"]).done();
    let asked = film.read("asked.jsonl");
    let of = |width: u32| {
        let lines = asked.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of_shot = lines.filter(move |line| line["width"] == width && line["shot"] == "1_0010");
        of_shot.map(|line| line["seed"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(96), of(192));
    film.run(&["shoot", "--final", "--yes"]).done().says("nothing to shoot");
}

#[test]
fn what_costs_needs_a_price_a_limit_and_a_yes() {
    let server = TestVendor::start(Protocol::Videos, clip(5.1), 100_000);
    let service = |more: &str| {
        format!(
            "[generators.mine]\nkind = \"service\"\nservice = \"videos\"\nsend = \"json\"\nurl = \"{}\"\nmodel = \"tiny\"\n\
             vendor_model = \"tiny\"\npoll_secs = 0.02\n{more}",
            server.address()
        )
    };
    let film = two_rooms(&service(""));
    locked(&film);
    film.run(&["shoot", "--estimate"]).done().says("unknown price");
    film.run(&["shoot", "--yes"])
        .ends(1)
        .says("nobody knows what a take of `mine` costs")
        .says("usd_per_second");
    film.write(
        "film.toml",
        film.read("film.toml").replace("vendor_model", "usd_per_second = 0.1\nvendor_model"),
    );
    film.run(&["shoot", "--limit", "100"]).ends(1).says("nobody said yes to");
    film.run(&["shoot"]).ends(1).says("nobody said how much may be spent").says("--limit");
    film.run(&["shoot", "--yes"]).ends(1).says("nobody said how much may be spent");
    assert!(server.jobs().is_empty());
    film.run(&["shoot", "--yes", "--limit", "100"]).done();
    assert!(server.bill() > 0);
}

#[test]
fn a_model_that_may_not_be_shown_somewhere_is_said_where_the_film_is_shown_there() {
    let kept_out = TINY.replace(
        "source = \"a test\"",
        "licence = { id = \"LicenseRef-T\", not_in = [\"KR\"], source = \"its text\" }\nsource = \"a test\"",
    );
    let settings = SMALL.replace("[plan]\n", "[plan]\ngenerator = \"mine\"\n");
    let film = film(
        TWO_ROOMS,
        &format!(
            "{settings}{kept_out}[generators.mine]\nkind = \"command\"\nrun = \"sh make.sh\"\nmodel = \"tiny\"\npoll_secs = 0.02\n"
        ),
    );
    film.write("effects/door.wav", wav(12_000));
    film.write("make.sh", MAKE);
    locked(&film);
    film.run(&["shoot", "--yes"]).done();
    film.run(&["make"]).done().says("nobody said where the film is shown");
    film.write("film.toml", format!("{}[rights]\nshown_in = [\"KR\", \"US\"]\n", film.read("film.toml")));
    film.run(&["make"]).ends(1).says("the film is shown in KR").says("may not be shown where");
    film.write("film.toml", film.read("film.toml").replace("\"KR\", ", ""));
    film.run(&["make"]).done();
}
