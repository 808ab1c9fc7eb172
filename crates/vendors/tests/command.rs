//! Programs that get a request and leave a file, good ones and bad ones.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use soundlock_plan::Look;
use soundlock_shoot::{
    Call, Charged, Given, Hired, Inputs, Job, JobState, LookedUp, Money, Ready, Request, ShotOrder, Trouble,
};
use soundlock_time::{Fps, Raster};
use soundlock_vault::Hash;
use soundlock_vendors::command::{Command, CommandSettings};
use tempfile::TempDir;

const ID: &str = "0b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11";
/// Reads the request and finds where the file goes.
const READ: &str = r#"read -r asked; output=$(printf %s "$asked" | sed 's/.*"output":"\([^"]*\)".*/\1/');"#;

struct House {
    command: Command,
    folder: TempDir,
}

impl House {
    /// A film folder whose program is a shell script that has read its request.
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("make.sh"), format!("{READ}\n{script}\n")).unwrap();
        let command = Command::new(Self::settings(folder.path()));
        Self { command, folder }
    }

    fn settings(folder: &Path) -> CommandSettings {
        CommandSettings {
            name: "mine".to_owned(),
            run: CommandSettings::words("sh make.sh 'two words'").unwrap(),
            folder: folder.to_owned(),
            work: folder.join("work"),
            at_once: 1,
            timeout_secs: 20,
            extension: "mp4".to_owned(),
            most_bytes: 1000,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn with<T>(&self, ask: impl FnOnce(&Call<'_>) -> T) -> T {
        let still = self.file("still");
        ask(&Call { given: &move |_| Some(still.clone()).filter(|still| still.exists()), stopped: &|| false })
    }

    fn request(&self) -> Request {
        self.command.request(&order(), "12_0040-3", ID).unwrap()
    }

    fn submit(&self) -> Result<Job, Trouble> {
        self.with(|call| self.command.submit(0, &self.request(), call))
    }

    fn poll(&self, job: &Job) -> JobState {
        self.with(|call| self.command.poll(0, job, call)).unwrap()
    }

    fn ended(&self) -> (Job, JobState) {
        let job = self.submit().unwrap();
        let begun = Instant::now();
        loop {
            match self.poll(&job) {
                JobState::Running { .. } => thread::sleep(Duration::from_millis(10)),
                state => return (job, state),
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "it never ends");
        }
    }

    fn failed(&self) -> String {
        match self.ended().1 {
            JobState::Failed(ended) => ended.said,
            state => panic!("{state:?}"),
        }
    }

    fn fetch(&self, job: &Job) -> Result<Vec<u8>, Trouble> {
        let file = self.file("fetched");
        self.with(|call| self.command.fetch(0, job, &Ready::default(), &file, call))?;
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        Ok(bytes)
    }
}

fn order() -> ShotOrder {
    ShotOrder {
        code: "12_0040".parse().unwrap(),
        prompt: "rain; $(touch evil) `touch evil`\n\"on\" a window".to_owned(),
        negative: "text".to_owned(),
        seed: u64::MAX,
        frames: 49,
        fps: Fps::NTSC_FILM,
        raster: Raster::new(832, 480).unwrap(),
        look: Look::default(),
        speech: Vec::new(),
        burn_in: None,
        inputs: Inputs::default(),
        cut: None,
    }
}

#[test]
fn a_program_leaves_a_take() {
    let house = House::new(
        r#"printf %s "$asked" > asked.json; printf %s "$1" > argument
        echo starting; echo '{"progress": 0.5}'; printf clip > "$output"
        echo '{"said": {"model": "wan 2.2", "seed": 7}, "charged": "0.04 USD"}'"#,
    );
    fs::write(house.file("still"), b"png").unwrap();
    let given = Given { hash: Hash::of(b"png"), extension: "png".to_owned() };
    let inputs =
        Inputs { first: Some(given.clone()), references: vec![given.clone(), given], ..Inputs::default() };
    let request = house.command.request(&ShotOrder { inputs, ..order() }, "12_0040-3", ID).unwrap();
    assert_eq!((request.given.len(), request.left_out.len()), (1, 0));
    assert!(
        !request.body.to_string().contains(house.folder.path().to_str().unwrap()),
        "no path of this machine"
    );
    let job = house.with(|call| house.command.submit(0, &request, call)).unwrap();
    let begun = Instant::now();
    let ready = loop {
        match house.poll(&job) {
            JobState::Ready(ready) => break ready,
            JobState::Running { .. } => thread::sleep(Duration::from_millis(10)),
            state => panic!("{state:?}"),
        }
        assert!(begun.elapsed() < Duration::from_mins(1));
    };
    assert_eq!((ready.said["model"].as_str(), ready.said["seed"].as_str()), ("wan 2.2", "7"));
    assert_eq!(ready.charged, Some(Money { micros: 40_000, currency: "USD".to_owned() }));
    assert_eq!(house.fetch(&job).unwrap(), b"clip");
    assert_eq!(house.fetch(&job).unwrap(), b"clip", "it may be fetched again");
    assert_eq!(fs::read(house.file("argument")).unwrap(), b"two words");
    assert!(!house.file("evil").exists());

    let asked: Value = serde_json::from_slice(&fs::read(house.file("asked.json")).unwrap()).unwrap();
    assert_eq!(asked["prompt"].as_str(), Some(order().prompt.as_str()));
    assert_eq!((asked["seed"].as_u64(), asked["rate"].as_str()), (Some(u64::MAX), Some("24000/1001")));
    for path in [&asked["first"], &asked["references"][1], &asked["output"]] {
        assert!(Path::new(path.as_str().unwrap()).starts_with(house.file("work").join(ID)), "{path}");
    }
}

/// What is written down of the request names every part of it.
#[test]
fn the_page_says_what_is_asked() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/generators.md");
    let page = fs::read_to_string(page).unwrap();
    let request = House::new("").request();
    let names: BTreeSet<&str> = request.body.as_object().unwrap().keys().map(String::as_str).collect();
    let lacks: Vec<&&str> = names.iter().filter(|name| !page.contains(&format!("\"{name}\":"))).collect();
    assert!(lacks.is_empty(), "docs/generators.md lacks {lacks:?}");
}

#[test]
fn the_same_order_is_the_same_request() {
    let (one, two) = (House::new("").request(), House::new("").request());
    assert_eq!(serde_json::to_vec(&one).unwrap(), serde_json::to_vec(&two).unwrap());
}

#[test]
fn a_bad_end_is_told_with_its_code_and_last_words() {
    let said = House::new("echo out of memory >&2; exit 3").failed();
    assert_eq!(said, "`mine`: it ended with exit status: 3: out of memory");
}

#[test]
fn what_is_left_is_looked_at() {
    for (script, why) in [
        ("true", "left no file output.mp4"),
        (": > \"$output\"", "left an empty output.mp4"),
        ("head -c 2000 /dev/zero > \"$output\"", "with 2000 bytes, more than 1000"),
        ("ln -s /etc/passwd \"$output\"", "no plain file"),
        ("mkdir \"$output\"", "no plain file"),
        (
            "folder=$(dirname \"$output\"); mv \"$folder\" away; ln -s \"$PWD/away\" \"$folder\"; printf x > \"$output\"",
            "elsewhere than into its folder",
        ),
    ] {
        let said = House::new(script).failed();
        assert!(said.starts_with("`mine` ended well, but ") && said.contains(why), "{script}: {said}");
    }
}

#[test]
fn a_refusal_is_a_state_of_its_own_and_may_cost() {
    let (_, state) = House::new(r#"echo '{"refused": "no faces", "charged": "1.5 EUR"}'; exit 1"#).ended();
    let JobState::Refused(ended) = state else { panic!("{state:?}") };
    assert_eq!(ended.said, "no faces");
    assert_eq!(ended.charged, Charged::This(Money { micros: 1_500_000, currency: "EUR".to_owned() }));
}

#[test]
fn progress_and_previews_are_seen_while_it_works() {
    let house = House::new(
        r#"folder=$(dirname "$output"); printf jpg > "$folder/p.jpg"
        echo '{"progress": 0.25, "preview": "p.jpg"}'; while [ ! -e go ]; do sleep 0.05; done
        echo '{"preview": "../../make.sh"}'; while [ ! -e on ]; do sleep 0.05; done; printf clip > "$output""#,
    );
    let job = house.submit().unwrap();
    let until = |is_it: &dyn Fn(&JobState) -> bool| {
        let begun = Instant::now();
        while !is_it(&house.poll(&job)) {
            assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", house.poll(&job));
            thread::sleep(Duration::from_millis(10));
        }
    };
    let preview = house.file("work").join(ID).join("p.jpg");
    until(
        &|state| matches!(state, JobState::Running { done: Some(250), preview: Some(path) } if *path == preview),
    );
    fs::write(house.file("go"), b"").unwrap();
    until(&|state| matches!(state, JobState::Running { preview: None, .. }));
    fs::write(house.file("on"), b"").unwrap();
    until(&|state| matches!(state, JobState::Ready(_)));
}

#[test]
fn a_job_that_is_given_up_ends_with_all_its_processes() {
    let house = House::new("(while :; do touch alive; sleep 0.05; done) & wait");
    let job = house.submit().unwrap();
    let begun = Instant::now();
    while !house.file("alive").exists() {
        assert!(begun.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(10));
    }
    house.with(|call| house.command.cancel(0, &job, call)).unwrap();
    while matches!(house.poll(&job), JobState::Running { .. }) {
        assert!(begun.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(10));
    }
    assert!(matches!(house.poll(&job), JobState::Failed(ended) if ended.said.contains("it was stopped")));
    fs::remove_file(house.file("alive")).unwrap();
    thread::sleep(Duration::from_millis(300));
    assert!(!house.file("alive").exists());
}

#[test]
fn time_is_limited() {
    let house = House::new("sleep 300");
    let settings = CommandSettings { timeout_secs: 1, ..House::settings(house.folder.path()) };
    let house = House { command: Command::new(settings), folder: house.folder };
    assert_eq!(house.failed(), "`mine`: it was not done after 1 s");
}

/// We end and are started again: a take that was done is there, a program that ran is gone.
#[test]
fn after_a_restart_of_ours_only_what_is_whole_counts() {
    let house = House::new("printf clip > \"$output\"");
    let (job, _) = house.ended();
    let again = House { command: Command::new(House::settings(house.folder.path())), folder: house.folder };
    assert!(matches!(again.poll(&job), JobState::Ready(_)));
    let found = again.with(|call| again.command.look_up(0, &again.request(), call)).unwrap();
    assert_eq!(found, LookedUp::Found(job.clone()));
    assert_eq!(again.fetch(&job).unwrap(), b"clip");
    // It is never begun twice under one id while its folder is there.
    let twice = again.file("work").join(ID);
    fs::create_dir_all(&twice).unwrap();
    let other = House { command: Command::new(House::settings(again.folder.path())), folder: again.folder };
    assert!(matches!(other.submit().unwrap_err(), Trouble::Lost { .. }));

    let house = House::new("printf half > \"$output\"; sleep 300");
    let job = house.submit().unwrap();
    let again = House {
        command: Command::new(House::settings(house.folder.path())),
        folder: tempfile::tempdir().unwrap(),
    };
    assert!(matches!(again.poll(&job), JobState::Gone { .. }));
    drop(house);
    let never = House::new("");
    assert_eq!(
        never.with(|call| never.command.look_up(0, &never.request(), call)).unwrap(),
        LookedUp::NotThere
    );
}

#[test]
fn what_is_missing_is_said_before_anything_runs() {
    let house = House::new("");
    let with = |run: &str| {
        let run = CommandSettings::words(run).unwrap();
        let settings = CommandSettings { run, ..House::settings(house.folder.path()) };
        Command::new(settings)
    };
    let missing = with("no-such-program x");
    let trouble = house.with(|call| missing.submit(0, &house.request(), call)).unwrap_err();
    assert_eq!(trouble.to_string(), "turned down: `no-such-program` is not installed or not on the PATH");
    assert_eq!(house.with(|call| missing.look_up(0, &house.request(), call)).unwrap(), LookedUp::NotThere);
    let path = with("./tools/make.py");
    let trouble = house.with(|call| path.ready(0, &house.request(), call)).unwrap_err();
    assert_eq!(trouble.to_string(), "turned down: `./tools/make.py` is not there");
    let still = Given { hash: Hash::of(b"x"), extension: "png".to_owned() };
    let request = house
        .command
        .request(
            &ShotOrder { inputs: Inputs { first: Some(still), ..Inputs::default() }, ..order() },
            "a",
            ID,
        )
        .unwrap();
    let trouble = house.with(|call| house.command.submit(0, &request, call)).unwrap_err();
    assert!(trouble.to_string().ends_with("is gone"), "{trouble}");
    assert_eq!(CommandSettings::words("python 'unclosed"), None);
}
