//! Programs that get one request as JSON and leave a file: a director's own script, a wrapper around whatever comes next.
//!
//! The program runs beside us in a process group of its own and ends with us. Its folder is one for each job; what it leaves
//! there counts once the program has ended well and the file was looked at. A program that died with us has made nothing.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use soundlock_picture::{AskError, Work};
use soundlock_shoot::{
    Call, Charged, Ended, Given, Hired, Inputs, Job, JobState, LookedUp, Place, Ready, Request, ShootError,
    ShotOrder, Stopping, Trouble,
};

use crate::id::is_id;
use told::Told;

/// Version of the request, raised when it changes in a way that a program must know of.
const VERSION: u32 = 1;
/// The finished take in a job's folder, moved there when it was looked at.
const TAKE: &str = "take";
/// What the program told, beside it.
const SAID: &str = "said.json";

/// How a program is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSettings {
    /// Its name in `film.toml`.
    pub name: String,
    /// The program and what it is started with; there is no shell. See [`CommandSettings::words`].
    pub run: Vec<String>,
    /// Where it is started: the film folder.
    pub folder: PathBuf,
    /// Where the folders of jobs are made: ours alone, absolute, and empty of all else.
    pub work: PathBuf,
    /// How many run at once.
    pub at_once: usize,
    /// How long one may take, in seconds.
    pub timeout_secs: u64,
    /// How the file ends that it is to leave, without the dot: `mp4`.
    pub extension: String,
    /// The most bytes of a take.
    pub most_bytes: u64,
}

impl CommandSettings {
    /// The words of `command` as a shell would read them, the program first; no shell is asked. `None` where it names no
    /// program, or a quote in it is not closed.
    pub fn words(command: &str) -> Option<Vec<String>> {
        shlex::split(command).filter(|words| words.first().is_some_and(|program| !program.is_empty()))
    }
}

/// A program that gets a request and leaves a file.
#[derive(Debug)]
pub struct Command {
    settings: CommandSettings,
    places: [Place; 1],
    jobs: Mutex<BTreeMap<String, Arc<Running>>>,
    /// Jobs whose take was fetched: their folders go when the next is begun.
    fetched: Mutex<BTreeSet<String>>,
}

/// A program at work.
#[derive(Debug, Default)]
struct Running {
    stop: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    told: Told,
    end: Option<JobState>,
}

impl Command {
    /// A program as it is set up. Nothing is started.
    pub fn new(settings: CommandSettings) -> Self {
        let places = [Place { name: "this machine".to_owned(), at_once: settings.at_once.max(1) }];
        Self { settings, places, jobs: Mutex::default(), fetched: Mutex::default() }
    }

    fn folder(&self, id: &str) -> PathBuf {
        self.settings.work.join(id)
    }

    fn take(&self, id: &str) -> PathBuf {
        self.folder(id).join(TAKE)
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Running>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears away what was fetched before: by now it is written down.
    fn tidy(&self) {
        let fetched = std::mem::take(&mut *self.fetched.lock().unwrap_or_else(PoisonError::into_inner));
        for id in fetched {
            self.jobs().remove(&id);
            // What cannot be removed only takes room.
            drop(fs::remove_dir_all(self.folder(&id)));
        }
    }

    /// What the program reads: the request with the paths of this machine.
    fn question(&self, request: &Request, folder: &Path, call: &Call<'_>) -> Result<Vec<u8>, String> {
        let mut question = request.body.clone();
        let path_of = |name: &str, place: &mut Value, given: &Given| -> Result<(), String> {
            let from = (call.given)(given)
                .ok_or_else(|| format!("the file {} that goes along is gone", given.hash))?;
            let to = folder.join(format!("{name}.{}", extension(&given.extension)));
            // A copy: what lies in the vault is nobody's to change.
            fs::copy(&from, &to).map_err(|error| format!("{}: {error}", to.display()))?;
            *place = json!(told_path(&to)?);
            Ok(())
        };
        let inputs = Inputs::from_body(&request.body);
        for (name, given) in [("first", inputs.first), ("last", inputs.last), ("audio", inputs.audio)] {
            if let Some(given) = given {
                path_of(name, &mut question[name], &given)?;
            }
        }
        for (number, given) in inputs.references.iter().enumerate() {
            path_of(&format!("reference_{number}"), &mut question["references"][number], given)?;
        }
        question["output"] = json!(told_path(&self.output(folder))?);
        serde_json::to_vec(&question).map_err(|error| error.to_string())
    }

    fn output(&self, folder: &Path) -> PathBuf {
        folder.join(format!("output.{}", extension(&self.settings.extension)))
    }

    /// Starts the program in a folder of its own.
    fn start(&self, request: &Request, folder: &Path, call: &Call<'_>) -> Result<Work, String> {
        let question = self.question(request, folder, call)?;
        let [program, arguments @ ..] = self.settings.run.as_slice() else {
            return Err("no program is named".to_owned());
        };
        let mut command = process::Command::new(program);
        command.args(arguments).current_dir(&self.settings.folder);
        Work::start(command, question).map_err(|error| match error {
            AskError::NoProgram => format!("`{program}` is not installed or not on the PATH"),
            other => format!("`{program}` cannot be started: {other}"),
        })
    }

    /// The state of a job that this process did not start: only its folder can tell.
    fn left(&self, id: &str) -> JobState {
        if !is_plain_file(&self.take(id)) {
            return JobState::Gone {
                said: "the program ended when soundlock did, and left no take".to_owned(),
            };
        }
        let said = fs::read(self.folder(id).join(SAID)).ok();
        let ready = said.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        JobState::Ready(ready.unwrap_or_else(|| Ready { links: vec![TAKE.to_owned()], ..Ready::default() }))
    }
}

/// Given files in a request, as they are frozen: by their content.
trait FromBody {
    fn from_body(body: &Value) -> Self;
}

impl FromBody for Inputs {
    fn from_body(body: &Value) -> Self {
        let given = |value: &Value| serde_json::from_value::<Given>(value.clone()).ok();
        let references = body["references"].as_array().into_iter().flatten().filter_map(given).collect();
        Self {
            first: given(&body["first"]),
            last: given(&body["last"]),
            references,
            audio: given(&body["audio"]),
            own_sound: body["own_sound"] == json!(true),
        }
    }
}

impl Hired for Command {
    fn places(&self) -> &[Place] {
        &self.places
    }

    fn request(&self, order: &ShotOrder, name: &str, id: &str) -> Result<Request, ShootError> {
        let id = id.to_ascii_lowercase();
        if !is_id(&id) {
            let (generator, code) = (self.settings.name.clone(), order.code.clone());
            return Err(ShootError::Failed { generator, code, why: format!("`{id}` is no UUID") });
        }
        let inputs = &order.inputs;
        let body = json!({
            "version": VERSION,
            "shot": order.code.to_string(),
            "take": name,
            "id": id,
            "prompt": order.prompt,
            "negative": order.negative,
            "seed": order.seed,
            "frames": order.frames,
            "fps": order.fps.as_f64(),
            "rate": format!("{}/{}", order.fps.num(), order.fps.den()),
            "width": order.raster.width(),
            "height": order.raster.height(),
            "first": inputs.first,
            "last": inputs.last,
            "references": inputs.references,
            "audio": inputs.audio,
            "own_sound": inputs.own_sound,
            "output": format!("output.{}", extension(&self.settings.extension)),
        });
        let mut given: Vec<Given> = Vec::new();
        let all =
            [&inputs.first, &inputs.last, &inputs.audio].into_iter().flatten().chain(&inputs.references);
        for one in all {
            if !given.contains(one) {
                given.push(one.clone());
            }
        }
        Ok(Request { name: name.to_owned(), id, body, given, left_out: Vec::new() })
    }

    /// Whether a program that is named by its path is there; one that is looked for on the PATH is seen when it is started.
    fn ready(&self, _: usize, _: &Request, _: &Call<'_>) -> Result<(), Trouble> {
        let no = |said: String| Err(Trouble::TurnedDown { said });
        match self.settings.run.first() {
            None => no("no program is named".to_owned()),
            Some(program) if program.contains('/') && !self.settings.folder.join(program).is_file() => {
                no(format!("`{program}` is not there"))
            }
            Some(_) => Ok(()),
        }
    }

    fn submit(&self, _: usize, request: &Request, call: &Call<'_>) -> Result<Job, Trouble> {
        let id = request.id.clone();
        let no = |said: String| Trouble::TurnedDown { said };
        if !is_id(&id) {
            return Err(no(format!("`{id}` is no UUID")));
        }
        if (call.stopped)() {
            return Err(Trouble::Stopped);
        }
        self.tidy();
        let folder = self.folder(&id);
        let unheard =
            |error: std::io::Error| Trouble::NotHeard { why: format!("{}: {error}", folder.display()) };
        fs::create_dir_all(&self.settings.work).map_err(unheard)?;
        fs::create_dir(&folder).map_err(|error| match error.kind() {
            // A folder that is there is of a job that was begun.
            std::io::ErrorKind::AlreadyExists => Trouble::Lost { why: "it was begun before".to_owned() },
            _ => unheard(error),
        })?;
        let work = match self.start(request, &folder, call) {
            Ok(work) => work,
            Err(said) => {
                // Nothing was begun, so nothing stays.
                drop(fs::remove_dir_all(&folder));
                return Err(no(said));
            }
        };
        let running = Arc::new(Running::default());
        self.jobs().insert(id.clone(), Arc::clone(&running));
        let (settings, output) = (self.settings.clone(), self.output(&folder));
        let watched = thread::Builder::new()
            .name("command".to_owned())
            .spawn(move || running.watch(work, &settings, &folder, &output));
        match watched {
            Ok(_) => Ok(Job { id, links: BTreeMap::new() }),
            Err(error) => {
                self.jobs().remove(&id);
                Err(Trouble::NotHeard { why: format!("no thread: {error}") })
            }
        }
    }

    fn look_up(&self, _: usize, request: &Request, _: &Call<'_>) -> Result<LookedUp, Trouble> {
        let is_there = is_id(&request.id) && self.folder(&request.id).is_dir();
        let job = || Job { id: request.id.clone(), links: BTreeMap::new() };
        Ok(if is_there { LookedUp::Found(job()) } else { LookedUp::NotThere })
    }

    fn poll(&self, _: usize, job: &Job, _: &Call<'_>) -> Result<JobState, Trouble> {
        if !is_id(&job.id) {
            return Ok(JobState::Gone { said: "its id is none of ours".to_owned() });
        }
        let Some(running) = self.jobs().get(&job.id).cloned() else { return Ok(self.left(&job.id)) };
        let seen = running.seen();
        if let Some(end) = &seen.end {
            return Ok(end.clone());
        }
        let preview = seen.told.preview.as_deref().and_then(|name| inside(&self.folder(&job.id), name));
        Ok(JobState::Running { done: seen.told.done, preview })
    }

    fn fetch(&self, _: usize, job: &Job, _: &Ready, file: &Path, _: &Call<'_>) -> Result<(), Trouble> {
        let take = self.take(&job.id);
        if !is_id(&job.id) || !is_plain_file(&take) {
            return Err(Trouble::NoTake { why: "the file that the program left is gone".to_owned() });
        }
        // A copy, so that it can be fetched again should we end before it is written down.
        let copied = fs::File::create_new(file).and_then(|mut to| {
            let mut from = fs::File::open(&take)?;
            std::io::copy(&mut from, &mut to)?;
            to.sync_all()
        });
        copied.map_err(|error| {
            let why = format!("cannot write {}: {error}", file.display());
            if error.kind() != std::io::ErrorKind::AlreadyExists {
                drop(fs::remove_file(file));
            }
            Trouble::NoRoom { why }
        })?;
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner).insert(job.id.clone());
        Ok(())
    }

    fn cancel(&self, _: usize, job: &Job, _: &Call<'_>) -> Result<Stopping, Trouble> {
        if let Some(running) = self.jobs().get(&job.id) {
            running.stop.store(true, Ordering::SeqCst);
        }
        Ok(Stopping::Asked)
    }
}

impl Drop for Command {
    /// Nobody asks for them any more: programs end.
    fn drop(&mut self) {
        for running in self.jobs().values() {
            running.stop.store(true, Ordering::SeqCst);
        }
    }
}

impl Running {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the program, and looks at what it leaves.
    fn watch(&self, work: Work, settings: &CommandSettings, folder: &Path, output: &Path) {
        let mut hear = |line: &str| self.seen().told.hear(line);
        let is_stopped = || self.stop.load(Ordering::SeqCst);
        let ended = work.wait(Duration::from_secs(settings.timeout_secs.max(1)), &mut hear, &is_stopped);
        let told = self.seen().told.clone();
        let charged = told.charged.clone().map_or(Charged::Nothing, Charged::This);
        let end = |said: String| Ended { said, charged: charged.clone() };
        let state = match (ended, &told.refused) {
            (_, Some(why)) => JobState::Refused(end(why.clone())),
            (Err(error), None) => JobState::Failed(end(format!("`{}`: {error}", settings.name))),
            (Ok(()), None) => match kept(folder, output, settings.most_bytes, &told) {
                Ok(ready) => JobState::Ready(ready),
                Err(why) => JobState::Failed(end(format!("`{}` ended well, but {why}", settings.name))),
            },
        };
        self.seen().end = Some(state);
    }
}

/// Looks at what a program left, and moves it to where it counts.
fn kept(folder: &Path, output: &Path, most_bytes: u64, told: &Told) -> Result<Ready, String> {
    let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let about = fs::symlink_metadata(output).map_err(|_| format!("left no file {name}"))?;
    if !about.file_type().is_file() {
        return Err(format!("left {name} as no plain file (a link, a folder)"));
    }
    // The folder itself may have been put elsewhere, with a link in its place.
    let is_inside = fs::symlink_metadata(folder).is_ok_and(|about| about.is_dir());
    if !is_inside {
        return Err(format!("put {name} elsewhere than into its folder"));
    }
    match about.len() {
        0 => return Err(format!("left an empty {name}")),
        bytes if bytes > most_bytes => {
            return Err(format!("left {name} with {bytes} bytes, more than {most_bytes}"));
        }
        _ => {}
    }
    let ready =
        Ready { links: vec![TAKE.to_owned()], charged: told.charged.clone(), said: told.said.clone() };
    let io = |error: std::io::Error| format!("{name} cannot be kept: {error}");
    fs::write(folder.join(SAID), serde_json::to_vec(&ready).unwrap_or_default()).map_err(io)?;
    fs::File::open(output).and_then(|file| file.sync_all()).map_err(io)?;
    // Renamed last: where it lies under this name, it is whole.
    fs::rename(output, folder.join(TAKE)).map_err(io)?;
    Ok(ready)
}

fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|about| about.file_type().is_file())
}

/// A picture that a program named, where it is a plain file of its folder.
fn inside(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    (path.parent() == Some(folder) && is_plain_file(&path)).then_some(path)
}

fn told_path(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8, so it cannot be told", path.display()))
}

fn extension(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>().to_ascii_lowercase()
}
