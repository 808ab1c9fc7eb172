//! A night of shooting: services and servers that misbehave, a program that is killed again and again, and in the morning
//! every job that was charged is a take or has a reason, nothing was ordered twice, and the money is right.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{HOSTED, PROGRAM, TINY, clip, film};
use serde_json::Value;
use soundlock_testing::{
    AskFault, Coming, JobEnd, JobFault, Protocol, Reply, TestComfy, TestFilm, TestVendor, VendorJob,
};

/// Who shoots, with its service's name, what it costs there for a second in millionths of a dollar, and the key it takes.
const VENDORS: [(&str, Protocol, u64, &str); 3] = [
    ("videos", Protocol::Videos, 50_000, "sk-planted-0123456789"),
    ("fal", Protocol::Fal, 70_001, "5a1b-planted-4567:89ab-planted-cdef"),
    ("replicate", Protocol::Replicate, 33_333, "r8_planted-Zyxwvutsrq"),
];
/// The director's own machines; they cost nothing.
const COMFY: &str = "comfy";
/// How an attempt may stand: the program is killed at each.
const STANDINGS: [&str; 8] =
    ["done", "intended", "sent", "submitted", "running", "ready", "fetched", "refused"];

/// How long a run may take until it is killed whatever it does: large films take long to look through.
fn patience() -> Duration {
    Duration::from_secs(8 + size().0 as u64)
}

fn script(scenes: usize) -> String {
    let scene = |scene: usize| {
        format!(
            "INT. ROOM {scene} - NIGHT\n\nMINA waits.\n\nMINA\nYou said the train leaves at six, number {scene}.\n\n\
             JONAS\nIt did. Yesterday. And the day before that as well.\n\nMINA\nSo we walk the whole way?\n\n"
        )
    };
    (1..=scenes).map(scene).collect()
}

/// How large a night is: scenes, takes of each shot, kills.
fn size() -> (usize, u32, usize) {
    let asked = std::env::var("SOUNDLOCK_NIGHT").ok();
    let asked: Option<Vec<usize>> =
        asked.map(|text| text.split('x').map(|number| number.parse().unwrap()).collect());
    asked.map_or((3, 2, kills().len()), |asked| (asked[0], asked[1] as u32, asked[2]))
}

/// Each state at each generator. The director's own machines refuse nothing.
fn kills() -> Vec<(&'static str, &'static str)> {
    let names = || VENDORS.map(|(name, ..)| name).into_iter().chain([COMFY]);
    let all = STANDINGS.into_iter().flat_map(|standing| names().map(move |name| (standing, name)));
    all.filter(|kill| *kill != ("refused", COMFY)).collect()
}

/// A film, and all who shoot it.
struct House {
    film: TestFilm,
    vendors: Vec<TestVendor>,
    machines: [TestComfy; 2],
}

impl House {
    /// A film whose shots go round among all generators.
    fn new(scenes: usize, takes: u32, usd: f64) -> Self {
        let vendors: Vec<TestVendor> = VENDORS
            .iter()
            .map(|(_, protocol, price, key)| {
                let vendor = TestVendor::start(*protocol, clip(5.05), *price);
                vendor.change(|terms| terms.key = Some((*key).to_owned()));
                vendor
            })
            .collect();
        let machines = [TestComfy::start(clip(5.05)), TestComfy::start(clip(5.05)).newer()];
        let mut film = film(&script(scenes), &settings(&vendors, &machines, takes, usd));
        film.write("noise.api.json", include_str!("../../vendors/tests/workflows/noise.json"));
        for (name, _, _, key) in VENDORS {
            film.set(&key_of(name), key);
        }
        film.run(&["sound", "--yes"]).done();
        film.run(&["plan"]).done();
        common::share_out(&film, &["fal", "videos", "replicate", COMFY]);
        Self { film, vendors, machines }
    }

    /// A shot of each generator.
    fn shots(&self) -> BTreeMap<String, String> {
        let all = common::objects(&self.film.run(&["--json", "plan"]).stdout, "shot");
        let text = |shot: &Value, name: &str| shot[name].as_str().unwrap().to_owned();
        all.iter().map(|shot| (text(shot, "generator"), text(shot, "shot"))).collect()
    }

    /// What else goes wrong while the program is killed at `spared`, which must get that far.
    fn weather(&self, night: usize, spared: &str) {
        for (index, vendor) in self.vendors.iter().enumerate() {
            let (name, _, _, key) = VENDORS[index];
            let is_spared = name == spared;
            vendor.change(|terms| {
                terms.misbehaves = true;
                let hit = (night + index) % 7;
                let hits = |number: usize| !is_spared && hit == number;
                terms.credit = hits(0).then_some(0);
                terms.key = Some(if hits(1) { "revoked".to_owned() } else { key.to_owned() });
                terms.is_retired = hits(2);
                terms.at_once = if hits(3) { 1 } else { usize::MAX };
                terms.coming = if hits(4) { Coming::Hanging } else { Coming::Whole };
                terms.end = is_spared.then_some(JobEnd::Made);
            });
            if !is_spared && (night + index) % 9 == 5 {
                vendor.forget();
            }
        }
        for (index, machine) in self.machines.iter().enumerate() {
            storm(machine, night + index, spared == COMFY);
        }
    }

    /// Lets a vendor give nothing of what it makes from now on.
    fn refuse(&self, generator: &str) {
        let named = self.vendors.iter().zip(VENDORS).find(|(_, (name, ..))| *name == generator);
        named.unwrap().0.change(|terms| terms.end = Some(JobEnd::Refused));
    }

    /// Does something while the machines begin one job each and finish none.
    fn slowly<T>(&self, act: impl FnOnce() -> T) -> T {
        self.machines.iter().for_each(TestComfy::hold);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for machine in &self.machines {
                let is_over = &is_over;
                scope.spawn(move || {
                    while machine.waiting().is_empty() && !is_over.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_millis(5));
                    }
                    if !machine.waiting().is_empty() {
                        machine.begin();
                        while !is_over.load(Ordering::SeqCst) {
                            thread::sleep(Duration::from_millis(5));
                        }
                        machine.finish();
                    }
                    machine.release();
                });
            }
            let done = act();
            is_over.store(true, Ordering::SeqCst);
            done
        })
    }

    /// Ends all mischief, so that what is left can be brought home.
    fn behave(&self) {
        self.machines.iter().for_each(TestComfy::behave);
        for (vendor, (_, _, _, key)) in self.vendors.iter().zip(VENDORS) {
            vendor.change(|terms| {
                terms.misbehaves = false;
                terms.end = terms.end.filter(|end| *end == JobEnd::Refused);
                terms.credit = None;
                terms.key = Some(key.to_owned());
                terms.is_retired = false;
                terms.at_once = usize::MAX;
                terms.coming = Coming::Whole;
            });
        }
    }

    /// Shoots until an attempt at `generator` stands so for the `nth` time, and kills the program there and then.
    fn shoot_and_kill(&self, shot: Option<&str>, (standing, generator): (&str, &str), nth: usize) -> bool {
        let child = Command::new(PROGRAM)
            // What nobody knows is shot again, so that there is always something to do.
            .args(["--quiet", "--json", "shoot", "--yes", "--again"])
            .args(shot)
            .current_dir(self.film.folder())
            .envs(VENDORS.map(|(name, _, _, key)| (key_of(name), key)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let words = [format!("\"standing\":\"{standing}\""), format!("\"generator\":\"{generator}\"")];
        let child = Mutex::new(child);
        let said = BufReader::new(child.lock().unwrap().stdout.take().unwrap());
        let (mut seen, is_over) = (0, AtomicBool::new(false));
        thread::scope(|scope| {
            // Where it does not get there it may wait for others for long: it is killed all the same.
            scope.spawn(|| {
                let begun = Instant::now();
                while !is_over.load(Ordering::SeqCst) && begun.elapsed() < patience() {
                    thread::sleep(Duration::from_millis(10));
                }
                child.lock().unwrap().kill()
            });
            for line in said.lines().map_while(Result::ok) {
                seen += usize::from(words.iter().all(|word| line.contains(word)));
                if seen == nth {
                    break;
                }
            }
            is_over.store(true, Ordering::SeqCst);
        });
        child.into_inner().unwrap().wait().unwrap();
        seen == nth
    }

    /// Every attempt that the ledger has, by take.
    fn attempts(&self) -> Vec<Attempt> {
        let run = self.film.run(&["--json", "takes"]).done();
        let mut attempts: Vec<Attempt> =
            common::objects(&run.stdout, "attempt").iter().map(Attempt::read).collect();
        attempts.sort_by(|a, b| a.take.cmp(&b.take));
        attempts
    }
}

/// The variable that the key of a generator is in.
fn key_of(name: &str) -> String {
    format!("{}_KEY", name.to_uppercase())
}

fn settings(vendors: &[TestVendor], machines: &[TestComfy; 2], takes: u32, usd: f64) -> String {
    let mut text = format!(
        "language = \"en\"\nraster = \"192x108\"\n[plan]\ngenerator = \"fal\"\npace_secs = 2.0\ntitle_secs = 0\n\
         credits = false\n[budget]\nusd = {usd}\n[shoot]\ntakes = {takes}\nagain_secs = 0.01\n{TINY}{HOSTED}"
    );
    for (vendor, (name, _, price, _)) in vendors.iter().zip(VENDORS) {
        let of_its_own = match name {
            "videos" => "model = \"tiny\"\nvendor_model = \"tiny\"\nsend = \"json\"\n",
            "fal" => "model = \"hosted\"\nvendor_model = \"fal-ai/tiny/text-to-video\"\n",
            _ => "model = \"hosted\"\nvendor_model = \"acme/tiny\"\n",
        };
        let table = format!(
            "[generators.{name}]\nkind = \"service\"\nservice = \"{name}\"\nurl = \"{}\"\n{of_its_own}\
             usd_per_second = 0.{price:06}\nat_once = 3\npoll_secs = 0.02\ntimeout_secs = 3\nkey_env = \"{}\"\n",
            vendor.address(),
            key_of(name)
        );
        text.push_str(&table);
    }
    let [one, other] = machines.each_ref().map(TestComfy::address);
    let table = format!(
        "[generators.{COMFY}]\nkind = \"comfyui\"\nmodel = \"tiny\"\nurl = [\"{one}\", \"{other}\"]\n\
         workflow = \"noise.api.json\"\npoll_secs = 0.02\ntimeout_secs = 3\n\
         [generators.{COMFY}.map]\nframes = \"2.amount\"\nwidth = \"1.width\"\nheight = \"1.height\"\n"
    );
    text + &table
}

/// What goes wrong at one of the director's own machines. One that is spared makes what it is asked to.
fn storm(machine: &TestComfy, night: usize, is_spared: bool) {
    machine.behave();
    let instead = |reply| AskFault::Instead(reply);
    machine.plant("GET /queue", instead(Reply::HangUp));
    machine.plant("GET /history", instead(Reply::good("application/json", b"{\"0\": ".to_vec())));
    machine.plant("GET /view", instead(Reply::CutShort(vec![0; 900], 5000)));
    match night % 4 {
        0 => machine.plant("POST /prompt", instead(Reply::HangUp)),
        1 => machine.plant("POST /prompt", AskFault::AnswerLost),
        2 => machine.plant("POST /prompt", instead(Reply::no(502, "<html>bad gateway</html>"))),
        _ => machine.plant("GET /view", instead(Reply::Stuck(vec![0; 900], 5000, Duration::from_secs(9)))),
    }
    if is_spared {
        return;
    }
    match night % 7 {
        0 => machine.plant_job(JobFault::Breaks),
        1 => machine.plant_job(JobFault::NoOutputs),
        2 => machine.plant_job(JobFault::Interrupted),
        3 => machine.plant_job(JobFault::Pictures),
        4 => machine.restart(),
        5 => machine.clear_queue(),
        _ => machine.close_sockets(),
    }
}

/// An attempt as the ledger has it.
#[derive(Debug, Clone)]
struct Attempt {
    take: String,
    standing: String,
    generator: String,
    job: Option<String>,
    why: String,
    prompt: String,
    seed: u64,
    /// What it counts for, in millionths of a dollar.
    micros: u64,
}

impl Attempt {
    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Self {
            take: text("take"),
            standing: text("standing"),
            generator: text("generator"),
            job: value["job"].as_str().map(str::to_owned),
            why: text("why"),
            prompt: text("prompt"),
            seed: value["seed"].as_u64().unwrap(),
            micros: value["cost"]["Price"]["micros"].as_u64().unwrap_or(0),
        }
    }

    /// Whether its answer was lost, or the director settled it.
    fn is_in_doubt(&self) -> bool {
        matches!(self.standing.as_str(), "unknown" | "given up")
    }

    fn is_of(&self, job: &VendorJob) -> bool {
        match &self.job {
            Some(id) => *id == job.id,
            None => self.prompt == job.prompt && self.seed == job.seed,
        }
    }
}

/// What a vendor's jobs and the ledger's attempts come to, held against each other one by one.
#[derive(Debug, Default)]
struct Held {
    takes: usize,
    /// What counts in the ledger and is on no bill: orders that may have been heard, jobs that were forgotten.
    in_doubt: u64,
}

/// Every job is one attempt's, and what it cost is what the ledger says.
fn held(name: &str, jobs: &[VendorJob], attempts: &[&Attempt]) -> Held {
    let mut held = Held::default();
    let mut orders = BTreeSet::new();
    for job in jobs {
        let order = (job.prompt.clone(), job.seed);
        assert!(orders.insert(order), "{name}: an order was handed in twice: {job:?}");
        let own: Vec<_> = attempts.iter().filter(|attempt| attempt.is_of(job)).collect();
        assert_eq!(own.len(), 1, "{name}: {job:?} is the job of {own:?}");
    }
    for attempt in attempts {
        let own: Vec<_> = jobs.iter().filter(|job| attempt.is_of(job)).collect();
        let charged: u64 = own.iter().map(|job| job.charged).sum();
        let is_forgotten = own.iter().any(|job| job.is_forgotten);
        assert!(own.len() <= 1, "{name}: {attempt:?} has {own:?}");
        match attempt.standing.as_str() {
            "done" => {
                held.takes += 1;
                assert_eq!((own.len(), attempt.micros), (1, charged), "{name}: {attempt:?} has {own:?}");
                assert!(charged > 0, "{name}: {attempt:?} is a take of {own:?}");
            }
            "failed" | "refused" | "dropped" if !is_forgotten => {
                assert_eq!(attempt.micros, charged, "{name}: {attempt:?} has {own:?}");
                assert!(!attempt.why.is_empty(), "{name}: {attempt:?} does not say why");
            }
            "failed" | "refused" => {
                assert!(attempt.micros >= charged, "{name}: {attempt:?} has {own:?}");
                held.in_doubt += attempt.micros - charged;
            }
            _ => {
                assert!(attempt.is_in_doubt(), "{name}: {attempt:?} is not over");
                assert!(attempt.micros >= charged, "{name}: {attempt:?} has {own:?}");
                held.in_doubt += attempt.micros - charged;
            }
        }
    }
    held
}

/// What the machines worked for: nothing twice, every take of one job, and every graph of an attempt that is over.
fn held_at_machines(machines: &[TestComfy; 2], attempts: &[&Attempt]) -> usize {
    let ran: Vec<String> = machines.iter().flat_map(TestComfy::ran).collect();
    let once: BTreeSet<&String> = ran.iter().collect();
    assert_eq!(once.len(), ran.len(), "a graph was run twice");
    let done: Vec<_> = attempts.iter().filter(|attempt| attempt.standing == "done").collect();
    let jobs: BTreeSet<_> = done.iter().filter_map(|attempt| attempt.job.as_ref()).collect();
    assert_eq!(jobs.len(), done.len(), "a job became two takes");
    assert!(jobs.is_subset(&once), "a take of a job that never ran");
    assert!(attempts.iter().all(|attempt| attempt.micros == 0), "the director's own machines cost nothing");
    for heard in machines.iter().flat_map(TestComfy::heard).filter(|heard| heard.line.contains("/prompt")) {
        let body: Value = serde_json::from_slice(&heard.body).unwrap();
        let take = body["extra_data"]["soundlock"]["take"].as_str().unwrap();
        let attempt = attempts.iter().find(|attempt| attempt.take == take);
        let attempt = attempt.unwrap_or_else(|| panic!("{take} was handed in and is not in the ledger"));
        let ends = ["done", "failed", "dropped"];
        assert!(ends.contains(&attempt.standing.as_str()), "{attempt:?} is not over");
        assert!(attempt.standing == "done" || !attempt.why.is_empty(), "{attempt:?} does not say why");
    }
    done.len()
}

#[test]
fn a_night_that_is_killed_again_and_again_loses_nothing_and_pays_once() {
    let (scenes, takes, count) = size();
    let house = House::new(scenes, takes, 5000.0);
    let (shots, kills) = (house.shots(), kills());
    for night in 0..count {
        let (standing, generator) = kills[night % kills.len()];
        house.weather(night, generator);
        if standing == "refused" {
            house.refuse(generator);
        }
        let nth = 1 + night / kills.len() % 3;
        let kill = (standing, generator);
        // The machines make everything at once, unless they are held.
        let is_slow = kill == ("running", COMFY);
        let kill_there = |shot, nth| {
            if is_slow {
                house.slowly(|| house.shoot_and_kill(shot, kill, 1))
            } else {
                house.shoot_and_kill(shot, kill, nth)
            }
        };
        // Where nothing is left to do there, one more take is; in better weather, so that nothing else is waited for.
        let reached = kill_there(None, nth)
            || (0..4).any(|_| {
                house.behave();
                kill_there(Some(shots[generator].as_str()), 1)
            });
        assert!(reached, "it was never killed where an attempt at {generator} is {standing}");
    }
    house.behave();
    house.vendors.iter().for_each(|vendor| vendor.change(|terms| terms.end = None));
    let ends = (0..8).any(|_| house.film.run(&["--quiet", "shoot", "--yes", "--again"]).code == Some(0));
    assert!(ends, "{}", house.film.run(&["shoot", "--yes", "--again"]));

    let attempts = house.attempts();
    let of = |name: &str| attempts.iter().filter(|own| own.generator == name).collect::<Vec<&Attempt>>();
    let (mut bill, mut in_doubt, mut jobs, mut made) = (0, 0, 0, BTreeMap::new());
    for (vendor, (name, ..)) in house.vendors.iter().zip(VENDORS) {
        let held = held(name, &vendor.jobs(), &of(name));
        bill += vendor.bill();
        jobs += vendor.jobs().len();
        in_doubt += held.in_doubt;
        made.insert(name, held.takes);
    }
    made.insert(COMFY, held_at_machines(&house.machines, &of(COMFY)));
    assert!(made.values().all(|takes| *takes > 0), "{made:?}");
    let cost = common::objects(&house.film.run(&["--json", "cost"]).done().stdout, "cost");
    let ledger = cost[0]["total"]["micros"]["USD"].as_u64().unwrap();
    assert_eq!(ledger, bill + in_doubt, "the ledger and the bills are not the same");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for attempt in &attempts {
        *counts.entry(&attempt.standing).or_default() += 1;
    }
    eprintln!(
        "night: {count} kills, {jobs} jobs at vendors, takes {made:?}, {counts:?}; millionths of a dollar: bills {bill}, \
         ledger {ledger}, of which in doubt {in_doubt}"
    );
    assert!(!has_key(house.film.folder()), "a key was written down");
}

/// Whether a planted key is in any file below `folder`.
fn has_key(folder: &Path) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(8).any(|part| part == b"-planted" || part == b"_planted");
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { has_key(&path) } else { holds(&std::fs::read(&path).unwrap_or_default()) }
    })
}

#[test]
fn the_limit_is_never_passed_and_the_film_says_so() {
    let house = House::new(2, 3, 1.0);
    house.vendors.iter().for_each(|vendor| vendor.change(|terms| terms.misbehaves = true));
    let bill = || house.vendors.iter().map(TestVendor::bill).sum::<u64>();
    for (night, (name, ..)) in VENDORS.iter().cycle().take(6).enumerate() {
        house.shoot_and_kill(None, (["submitted", "done"][night % 2], name), 1);
        assert!(bill() <= 1_000_000, "{}", bill());
    }
    house.behave();
    let film = &house.film;
    film.run(&["shoot", "--yes"]).ends(1).says("the limit of the film was reached");
    assert!(bill() <= 1_000_000, "{}", bill());
    let cost = common::objects(&film.run(&["--json", "cost"]).done().stdout, "cost");
    let ledger = cost[0]["total"]["micros"]["USD"].as_u64().unwrap();
    assert!((bill()..=1_000_000).contains(&ledger), "{ledger}");
    let orders = || house.vendors.iter().map(TestVendor::orders).sum::<usize>();
    let before = orders();
    film.run(&["shoot", "--yes", "--limit", "0.01"]).ends(1).says("limit");
    assert_eq!(orders(), before);
    film.run(&["cost"]).done().says("by scene").says("a second");
    film.run(&["make"]).done();
    film.run(&["shoot"]).ends(1).says("nobody said yes");
}
