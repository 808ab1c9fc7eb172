//! What goes wrong at night, one thing at a time: it is told, nothing is lost or paid twice, the rest of the film goes on,
//! and the next run finishes what was left.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use common::{HOSTED, PROGRAM, TINY, TWO_ROOMS, clip, film, wav};
use serde_json::Value;
use soundlock_testing::{Coming, Impostor, Links, Protocol, Run, TestComfy, TestFilm, TestVendor};

const ALL: [Protocol; 3] = [Protocol::Videos, Protocol::Fal, Protocol::Replicate];
/// The key that everybody takes.
const KEY: &str = "key-0123456789";
/// What a second costs everywhere, in millionths of a dollar.
const PRICE: u64 = 100_000;

fn vendor(protocol: Protocol) -> TestVendor {
    vendor_of(protocol, clip(5.05))
}

fn vendor_of(protocol: Protocol, clip: Vec<u8>) -> TestVendor {
    let vendor = TestVendor::start(protocol, clip, PRICE);
    vendor.change(|terms| terms.key = Some(KEY.to_owned()));
    vendor
}

/// A clip of four megabytes: what is free at its end is part of it.
fn large_clip() -> Vec<u8> {
    [clip(5.05), (4_u32 << 20).to_be_bytes().to_vec(), b"free".to_vec(), vec![0; (4 << 20) - 8]].concat()
}

/// A generator that is hired at `address`.
fn hired(name: &str, protocol: Protocol, address: &str) -> String {
    let own = match protocol {
        Protocol::Videos => {
            "service = \"videos\"\nsend = \"json\"\nmodel = \"tiny\"\nvendor_model = \"tiny\"\n"
        }
        Protocol::Fal => "service = \"fal\"\nmodel = \"hosted\"\nvendor_model = \"fal-ai/tiny\"\n",
        Protocol::Replicate => "service = \"replicate\"\nmodel = \"hosted\"\nvendor_model = \"acme/tiny\"\n",
    };
    format!(
        "[generators.{name}]\nkind = \"service\"\nurl = \"{address}\"\n{own}usd_per_second = 0.1\nat_once = 2\n\
         poll_secs = 0.02\nkey_env = \"KEY\"\n"
    )
}

/// A small film, locked and cut, whose shots go round among `names`; the first is its generator where nobody says.
fn shared_out(names: &[&str], generators: &str) -> TestFilm {
    static LOCKED: OnceLock<TestFilm> = OnceLock::new();
    let locked = LOCKED.get_or_init(|| {
        let film = film(TWO_ROOMS, "language = \"en\"\nraster = \"192x108\"\n");
        film.write("effects/door.wav", wav(12_000));
        film.run(&["sound", "--yes"]).done();
        film
    });
    let mut film = TestFilm::empty(PROGRAM);
    let copied = Command::new("cp").arg("-a").arg(locked.folder().join(".")).arg(film.folder()).status();
    assert!(copied.unwrap().success());
    let settings = format!(
        "language = \"en\"\nraster = \"192x108\"\n[plan]\ngenerator = \"{}\"\npace_secs = 2.0\ntitle_secs = 0\n\
         credits = false\n[budget]\nusd = 100\n[shoot]\nagain_secs = 0.01\n{TINY}{HOSTED}{generators}",
        names[0]
    );
    film.write("film.toml", settings);
    film.set("KEY", KEY);
    film.run(&["plan"]).done();
    common::share_out(&film, names);
    film
}

/// What the ledger has for all of it, in millionths of a dollar.
fn ledger(film: &TestFilm) -> u64 {
    let cost = common::objects(&film.run(&["--json", "cost"]).done().stdout, "cost");
    cost[0]["total"]["micros"]["USD"].as_u64().unwrap_or(0)
}

/// How attempts at a generator stand: how each stands, why, and what it cost.
fn attempts(film: &TestFilm, generator: &str) -> Vec<(String, String, u64)> {
    let all = common::objects(&film.run(&["--json", "takes"]).done().stdout, "attempt");
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let cost = |value: &Value| value["cost"]["Price"]["micros"].as_u64().unwrap_or(0);
    let own = all.iter().filter(|attempt| attempt["generator"] == generator);
    own.map(|attempt| (text(attempt, "standing"), text(attempt, "why"), cost(attempt))).collect()
}

fn all_done(film: &TestFilm, generator: &str) -> bool {
    let all = attempts(film, generator);
    !all.is_empty() && all.iter().all(|(standing, ..)| standing == "done")
}

/// Nothing was handed in twice, and all that is on the bill is in the ledger.
fn is_in_order(film: &TestFilm, vendors: &[&TestVendor]) {
    for vendor in vendors {
        let jobs = vendor.jobs();
        let once: BTreeSet<(&str, u64)> = jobs.iter().map(|job| (job.prompt.as_str(), job.seed)).collect();
        assert_eq!(once.len(), jobs.len(), "an order was handed in twice: {jobs:?}");
    }
    assert_eq!(ledger(film), vendors.iter().map(|vendor| vendor.bill()).sum::<u64>());
}

/// Waits for something that a program in the background is about to do.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(3), "waited for nothing: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Begins to shoot, and lets something happen as soon as `so_far` is so.
fn meanwhile(film: &TestFilm, what: &str, so_far: impl Fn() -> bool, happens: impl FnOnce()) -> Option<i32> {
    let mut child: Child = film.start(&["shoot", "--yes"]);
    until(what, so_far);
    happens();
    child.wait().unwrap().code()
}

#[test]
fn an_account_that_runs_dry_is_asked_no_more_and_goes_on_when_it_is_filled() {
    for protocol in ALL {
        let (dry, other) = (vendor(protocol), vendor(Protocol::Videos));
        let own = hired("dry", protocol, &dry.address());
        let film =
            shared_out(&["dry", "other"], &(own + &hired("other", Protocol::Videos, &other.address())));
        dry.change(|terms| terms.credit = Some(500_000));
        let run = film.run(&["shoot", "--yes"]).ends(1).says("no credit left");
        let run = run.says(&format!("{}: nothing more was asked there", dry.address()));
        let (orders, jobs) = (dry.orders(), dry.jobs().len());
        assert!(jobs > 0 && orders > jobs && orders <= jobs + 2, "{orders} orders, {jobs} jobs: {run}");
        assert!(all_done(&film, "other"), "{run}");
        is_in_order(&film, &[&dry, &other]);
        // Nobody has filled it: it is asked once, and says so again.
        film.run(&["shoot", "--yes"]).ends(1).says("no credit left");
        assert_eq!(dry.jobs().len(), jobs);
        dry.change(|terms| terms.credit = None);
        film.run(&["shoot", "--yes"]).done();
        assert!(all_done(&film, "dry"));
        is_in_order(&film, &[&dry, &other]);
    }
}

#[test]
fn a_key_that_is_withdrawn_while_jobs_are_out_loses_none_of_them() {
    for protocol in ALL {
        let vendor = vendor(protocol);
        vendor.change(|terms| terms.holds = true);
        let film = shared_out(&["mine"], &hired("mine", protocol, &vendor.address()));
        let withdraw = || vendor.change(|terms| (terms.key, terms.holds) = (Some("no".to_owned()), false));
        let code = meanwhile(&film, "a job", || !vendor.jobs().is_empty(), withdraw);
        assert_eq!(code, Some(1));
        film.run(&["shoot", "--yes"]).ends(1).says("not let in").says("is left for the next run");
        assert!(
            attempts(&film, "mine")
                .iter()
                .any(|(standing, ..)| standing == "submitted" || standing == "running")
        );
        let before = vendor.jobs().len();
        vendor.change(|terms| terms.key = Some(KEY.to_owned()));
        film.run(&["shoot", "--yes"]).done();
        assert!(all_done(&film, "mine") && vendor.jobs().len() >= before);
        is_in_order(&film, &[&vendor]);
    }
}

#[test]
fn a_service_that_forgot_its_jobs_is_told_and_they_count_as_charged() {
    for protocol in ALL {
        let vendor = vendor(protocol);
        vendor.change(|terms| terms.holds = true);
        let film = shared_out(&["mine"], &hired("mine", protocol, &vendor.address()));
        let forget = || {
            vendor.forget();
            vendor.change(|terms| terms.holds = false);
        };
        assert_eq!(meanwhile(&film, "a job", || !vendor.jobs().is_empty(), forget), Some(1));
        let failed = attempts(&film, "mine").into_iter().filter(|(standing, ..)| standing == "failed");
        let failed: Vec<_> = failed.collect();
        assert!(!failed.is_empty());
        assert!(failed.iter().all(|(_, why, cost)| !why.is_empty() && *cost > 0), "{failed:?}");
        is_in_order(&film, &[&vendor]);
        film.run(&["shoot", "--yes"]).done();
        is_in_order(&film, &[&vendor]);
    }
}

#[test]
fn a_comfyui_that_is_restarted_makes_what_it_lost_again() {
    let machine = TestComfy::start(clip(5.05));
    machine.hold();
    let film = shared_out(
        &["mine"],
        &format!(
            "[generators.mine]\nkind = \"comfyui\"\nmodel = \"tiny\"\nurl = \"{}\"\nworkflow = \"noise.api.json\"\n\
             poll_secs = 0.02\n[generators.mine.map]\nframes = \"2.amount\"\nwidth = \"1.width\"\n\
             height = \"1.height\"\n",
            machine.address()
        ),
    );
    film.write("noise.api.json", include_str!("../../vendors/tests/workflows/noise.json"));
    let restart = || {
        machine.restart();
        machine.release();
    };
    assert_eq!(meanwhile(&film, "a job", || !machine.waiting().is_empty(), restart), Some(0));
    let all = attempts(&film, "mine");
    let lost: Vec<_> = all.iter().filter(|(standing, ..)| standing == "failed").collect();
    assert!(lost.iter().any(|(_, why, cost)| why.contains("restarted") && *cost == 0), "{all:?}");
    film.run(&["shoot", "--yes"]).done().says("nothing to shoot");
}

#[test]
fn a_download_that_hangs_or_drips_is_begun_again() {
    for (protocol, coming) in [
        (Protocol::Videos, Coming::Hanging),
        (Protocol::Fal, Coming::Dripping),
        (Protocol::Replicate, Coming::Hanging),
    ] {
        let vendor = vendor(protocol);
        vendor.change(|terms| terms.coming = coming);
        let own = hired("mine", protocol, &vendor.address()) + "timeout_secs = 2\n";
        let film = shared_out(&["mine"], &own);
        let mend = || vendor.change(|terms| terms.coming = Coming::Whole);
        let asked = || vendor.fetches() > 4;
        assert_eq!(meanwhile(&film, "a second try", asked, mend), Some(0), "{coming:?}");
        assert!(all_done(&film, "mine"));
        is_in_order(&film, &[&vendor]);
    }
}

#[test]
fn a_link_that_has_run_out_is_asked_for_again_and_a_clip_that_is_gone_is_told() {
    for protocol in [Protocol::Fal, Protocol::Replicate] {
        let vendor = vendor(protocol);
        vendor.change(|terms| terms.links = Links::RunOut);
        let film = shared_out(&["mine"], &hired("mine", protocol, &vendor.address()));
        film.run(&["shoot", "--yes"]).done();
        assert!(vendor.fetches() > vendor.jobs().len());
        is_in_order(&film, &[&vendor]);
    }
    for protocol in ALL {
        let vendor = vendor(protocol);
        vendor.change(|terms| terms.links = Links::Gone);
        let film = shared_out(&["mine"], &hired("mine", protocol, &vendor.address()));
        film.run(&["shoot", "--yes"]).ends(1).says("failed").says("status 404");
        is_in_order(&film, &[&vendor]);
        film.run(&["cost"]).done().says("failed and charged");
        vendor.change(|terms| terms.links = Links::Stay);
        film.run(&["shoot", "--yes"]).done();
        is_in_order(&film, &[&vendor]);
    }
}

#[test]
fn a_model_that_was_retired_is_told_once_and_the_others_go_on() {
    for protocol in ALL {
        let (old, other) = (vendor(protocol), vendor(Protocol::Videos));
        let own = hired("old", protocol, &old.address());
        let film =
            shared_out(&["old", "other"], &(own + &hired("other", Protocol::Videos, &other.address())));
        old.change(|terms| terms.is_retired = true);
        let run = film.run(&["shoot", "--yes"]).ends(1).says("it does not have the model");
        let run = run.says(&format!("{}: nothing more was asked there", old.address()));
        assert!(old.orders() <= 2, "everybody was asked again: {run}");
        assert!(all_done(&film, "other"), "{run}");
        is_in_order(&film, &[&old, &other]);
        // What was written down for the old model is not what a newer one is asked.
        old.change(|terms| terms.is_retired = false);
        let newer =
            film.read("film.toml").replace("fal-ai/tiny", "fal-ai/newer").replace("acme/tiny", "acme/newer");
        film.write("film.toml", newer);
        film.run(&["shoot", "--yes"]).done();
        let last = old.heard().into_iter().rfind(|heard| heard.line.starts_with("POST")).unwrap();
        assert!(protocol == Protocol::Videos || last.line.contains("newer"), "{}", last.line);
        is_in_order(&film, &[&old, &other]);
    }
}

#[test]
fn an_address_that_leads_nowhere_and_a_certificate_of_somebody_else_are_told() {
    let (impostor, other) = (Impostor::start(), vendor(Protocol::Videos));
    for (address, words) in
        [("https://no-such-host.invalid".to_owned(), "not reached"), (impostor.address(), "ertificate")]
    {
        let before = other.bill();
        let settings = hired("mine", Protocol::Fal, &address);
        let film =
            shared_out(&["mine", "other"], &(settings + &hired("other", Protocol::Videos, &other.address())));
        let shots = film.read("cuts.toml").matches("generator = \"other\"").count();
        let log = std::fs::File::create(film.path("log.txt")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["shoot", "--yes"]).current_dir(film.folder()).env("KEY", KEY);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let made = || attempts(&film, "other").iter().filter(|(standing, ..)| standing == "done").count();
        until("the others", || film.read("log.txt").contains(words) && made() == shots);
        // It may come back, so it is asked now and then until somebody stops that.
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(interrupt.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(
            film.read("log.txt").contains(&format!("{address}: not reached")),
            "{}",
            film.read("log.txt")
        );
        assert_eq!(impostor.heard(), 0, "it was trusted");
        assert!(attempts(&film, "mine").iter().all(|(standing, ..)| standing == "intended"));
        let right = vendor(Protocol::Fal);
        film.write("film.toml", film.read("film.toml").replace(&address, &right.address()));
        film.run(&["shoot", "--yes"]).done();
        assert!(all_done(&film, "mine"));
        assert_eq!(ledger(&film), right.bill() + other.bill() - before);
    }
}

#[test]
fn an_account_that_may_have_one_job_at_once_gets_one_at_once() {
    for protocol in ALL {
        let vendor = vendor(protocol);
        vendor.change(|terms| terms.at_once = 1);
        let film = shared_out(&["mine"], &hired("mine", protocol, &vendor.address()));
        film.run(&["shoot", "--yes"]).done().says("too busy");
        assert!(all_done(&film, "mine"));
        is_in_order(&film, &[&vendor]);
    }
}

#[test]
fn who_wants_to_be_left_alone_for_hours_is_left_to_the_next_run() {
    for secs in [7200, u64::MAX] {
        let (busy, other) = (vendor(Protocol::Replicate), vendor(Protocol::Fal));
        let own = hired("busy", Protocol::Replicate, &busy.address());
        let film = shared_out(&["busy", "other"], &(own + &hired("other", Protocol::Fal, &other.address())));
        busy.change(|terms| (terms.at_once, terms.retry_after_secs) = (0, Some(secs)));
        let run = film.run(&["shoot", "--yes"]).ends(1).says("nothing more was asked there: too busy");
        let run = run.says(&format!("it wants to be asked again in {} min", secs.div_ceil(60)));
        assert!(busy.orders() <= 2 && all_done(&film, "other"), "{run}");
        busy.change(|terms| terms.at_once = 9);
        film.run(&["shoot", "--yes"]).done();
        is_in_order(&film, &[&busy, &other]);
    }
}

/// Runs the program in the film where no file may grow beyond so many bytes, as on a disk that is full for large ones.
fn cramped(film: &TestFilm, kib: usize, arguments: &str) -> Run {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec '{PROGRAM}' {arguments}", kib * 2);
    let sh = film.folder().join("cramped.sh");
    std::fs::write(&sh, script).unwrap();
    let output = Command::new("sh").arg(&sh).current_dir(film.folder()).env("KEY", KEY).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Run { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code() }
}

#[test]
fn a_clip_that_finds_no_room_is_fetched_when_there_is() {
    let vendor = vendor_of(Protocol::Fal, large_clip());
    let film = shared_out(&["mine"], &hired("mine", Protocol::Fal, &vendor.address()));
    let run = cramped(&film, 3 << 10, "shoot --yes")
        .ends(1)
        .says("cannot be kept")
        .says("is left for the next run");
    let jobs = vendor.jobs().len();
    assert!(jobs > 0, "{run}");
    film.run(&["shoot", "--yes"]).done();
    assert!(all_done(&film, "mine"));
    is_in_order(&film, &[&vendor]);
}

/// A disk of its own for a film, which is full but for what a ledger needs: a file system in memory where this machine lets us
/// have one.
#[test]
fn a_disk_that_is_full_loses_nothing() {
    let may_mount = "mount -t tmpfs -o size=1m none /tmp && umount /tmp";
    let may = Command::new("unshare").args(["--mount", "sh", "-c", may_mount]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: this machine does not let us mount a small disk, so a full one was not tried");
        return;
    }
    let vendor = vendor_of(Protocol::Fal, large_clip());
    let film = shared_out(&["mine"], &hired("mine", Protocol::Fal, &vendor.address()));
    let script = format!(
        "set -eu; own=$(mktemp -d); cp -a . $own; mount -t tmpfs -o size=200m none \"$PWD\"; cd \"$PWD\"\n\
         cp -a $own/. .; rm -rf $own; set +e\n\
         left=$(df -k . | awk 'NR == 2 {{ print $4 }}')\n\
         head -c $(( (left - 3000) * 1024 )) /dev/zero > ballast\n\
         '{PROGRAM}' shoot --yes; echo \"ended $?\"\n\
         rm ballast; '{PROGRAM}' shoot --yes; echo \"ended $?\"; '{PROGRAM}' --json cost; '{PROGRAM}' --json takes"
    );
    std::fs::write(film.path("full.sh"), script).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "full.sh"]).current_dir(film.folder()).env("KEY", KEY);
    let output = command.output();
    let said = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
    let (full, after) = said.split_once("ended 1\n").unwrap_or_else(|| panic!("{said}"));
    assert!(full.contains("nothing more was asked there: what comes cannot be kept"), "{said}");
    assert!(full.contains("No space left"), "{said}");
    let (_, books) = after.split_once("ended 0\n").unwrap_or_else(|| panic!("{said}"));
    let cost = common::objects(books, "cost");
    assert_eq!(cost[0]["total"]["micros"]["USD"].as_u64(), Some(vendor.bill()));
    let jobs = vendor.jobs().len();
    let done =
        common::objects(books, "attempt").iter().filter(|attempt| attempt["standing"] == "done").count();
    assert_eq!((done, vendor.orders()), (jobs, jobs));
}
