//! ComfyUI, as it behaves and as it misbehaves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use soundlock_picture::{Colour, Limits, Media, Tools, probe};
use soundlock_plan::Look;
use soundlock_service::{Address, Patience, Plain};
use soundlock_shoot::{
    Call, Given, Hired, Input, Inputs, Job, JobState, LookedUp, Ready, Request, ShootError, ShotOrder,
    Trouble,
};
use soundlock_testing::{AskFault, JobFault, Reply, TestComfy, TestService};
use soundlock_time::{Fps, Raster, SampleRate};
use soundlock_vault::Hash;
use soundlock_vendors::comfy::{Comfy, ComfyMap, ComfySettings, signed_with};
use tempfile::TempDir;

const WORDS: &str = include_str!("workflows/text_to_video.json");
const STILLS: &str = include_str!("workflows/image_to_video.json");
const NOISE: &str = include_str!("workflows/noise.json");
const ID: &str = "0b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11";
const OTHER: &str = "1b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11";
const CLIP: &[u8] = b"\0\0\0\x18ftypmp42 a clip as good as any";

/// A generator, its servers, and a folder.
struct House {
    comfy: Comfy,
    folder: TempDir,
}

impl House {
    fn new(workflow: &str, servers: &[String]) -> Self {
        Self::mapped(workflow, servers, ComfyMap::default())
    }

    fn mapped(workflow: &str, servers: &[String], map: ComfyMap) -> Self {
        Self::signed(workflow, servers, map, None)
    }

    fn signed(workflow: &str, servers: &[String], map: ComfyMap, key: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = ComfySettings {
            name: "comfy".to_owned(),
            servers: servers.iter().map(|server| Address::read(server, Plain::OnlyNear).unwrap()).collect(),
            workflow: workflow.to_owned(),
            map,
            at_once: 9,
            signed: key.map(|key| signed_with(key).unwrap()),
            client: "film-1".to_owned(),
            patience: Patience { connect_secs: 5, answer_secs: 5 },
            fetch_secs: 20,
            most_bytes: 1 << 20,
            previews: folder.path().join("previews"),
        };
        Self { comfy: Comfy::new(&settings).unwrap(), folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Calls with files of the folder, which are found by their hash.
    fn with<T>(&self, ask: impl FnOnce(&Call<'_>) -> T) -> T {
        let folder = self.folder.path().to_owned();
        let given = move |given: &Given| {
            let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
            let mut files = files.filter(|path| path.is_file());
            files.find(|path| Hash::of(&fs::read(path).unwrap()) == given.hash)
        };
        ask(&Call { given: &given, stopped: &|| false })
    }

    fn request(&self, order: &ShotOrder, id: &str) -> Request {
        self.comfy.request(order, "12_0040-3", id).unwrap()
    }

    fn submit(&self, request: &Request) -> Result<Job, Trouble> {
        self.with(|call| self.comfy.submit(0, request, call))
    }

    fn submitted(&self) -> Job {
        self.submit(&self.request(&order(), ID)).unwrap()
    }

    fn poll(&self, job: &Job) -> Result<JobState, Trouble> {
        self.with(|call| self.comfy.poll(0, job, call))
    }

    fn look_up(&self, request: &Request) -> Result<LookedUp, Trouble> {
        self.with(|call| self.comfy.look_up(0, request, call))
    }

    /// Polls until the job waits and runs no more.
    fn ended(&self, job: &Job) -> JobState {
        let begun = Instant::now();
        loop {
            match self.poll(job) {
                Ok(JobState::Waiting { .. } | JobState::Running { .. }) => {
                    thread::sleep(Duration::from_millis(10));
                }
                state => return state.unwrap(),
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it never ends");
        }
    }

    fn ready(&self, job: &Job) -> Ready {
        match self.ended(job) {
            JobState::Ready(ready) => ready,
            state => panic!("{state:?}"),
        }
    }

    fn fetch(&self, job: &Job, ready: &Ready) -> Result<Vec<u8>, Trouble> {
        let file = self.file("take.mp4");
        self.with(|call| self.comfy.fetch(0, job, ready, &file, call))?;
        let bytes = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        Ok(bytes)
    }

    /// A file that goes along.
    fn given(&self, name: &str, bytes: &[u8]) -> Given {
        fs::write(self.file(name), bytes).unwrap();
        Given { hash: Hash::of(bytes), extension: name.rsplit_once('.').unwrap().1.to_owned() }
    }
}

fn served() -> (TestComfy, House) {
    let comfy = TestComfy::start(CLIP.to_vec());
    let house = House::new(WORDS, &[comfy.address()]);
    (comfy, house)
}

fn order() -> ShotOrder {
    ShotOrder {
        code: "12_0040".parse().unwrap(),
        prompt: "rain on a window".to_owned(),
        negative: "text".to_owned(),
        seed: 77,
        frames: 49,
        fps: Fps::new(16, 1).unwrap(),
        raster: Raster::new(832, 480).unwrap(),
        look: Look::default(),
        speech: Vec::new(),
        burn_in: None,
        inputs: Inputs::default(),
        cut: None,
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn said(trouble: &Trouble) -> String {
    trouble.to_string()
}

fn is_failed(state: &JobState, words: &str) -> bool {
    matches!(state, JobState::Failed(ended) if ended.said.contains(words))
}

#[test]
fn a_shot_becomes_a_take() {
    let (server, house) = served();
    let request = house.request(&order(), ID);
    assert_eq!(request.left_out, [""; 0]);
    house.with(|call| house.comfy.ready(0, &request, call)).unwrap();
    let job = house.submit(&request).unwrap();
    assert_eq!(job.id, ID);
    let ready = house.ready(&job);
    assert_eq!(ready.links, [format!("output/soundlock/12_0040-3_{ID}_00001_.mp4")]);
    assert_eq!(house.fetch(&job, &ready).unwrap(), CLIP);

    let said = |name: &str| ready.said.get(name).map_or("", String::as_str);
    assert_eq!(said("server"), "ComfyUI 0.8.0, torch 2.11.0+cpu, cpu");
    assert_eq!(said("seeds"), "77");
    assert_eq!(said("workflow"), house.comfy.workflow_hash().to_string());
    assert_eq!(
        said("models"),
        "umt5_xxl_fp8_e4m3fn_scaled.safetensors, wan/lightx2v_4steps.safetensors, \
         wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors, wan_2.1_vae.safetensors"
    );
    let asked =
        server.heard().into_iter().rev().find(|heard| heard.line.starts_with("POST /prompt")).unwrap();
    let asked: Value = serde_json::from_str(&asked.text()).unwrap();
    assert_eq!(
        asked["extra_data"]["preview_method"],
        json!("latent2rgb"),
        "previews without being started with them"
    );
    let graph = server.last_graph().unwrap();
    for (node, input, value) in [
        ("6", "text", json!("rain on a window")),
        ("7", "text", json!("text")),
        ("57", "noise_seed", json!(77)),
        ("58", "noise_seed", json!(77)),
        ("61", "length", json!(49)),
        ("61", "width", json!(832)),
        ("61", "height", json!(480)),
        ("60", "fps", json!(16.0)),
        ("57", "positive", json!(["6", 0])),
    ] {
        let sent = &graph[node]["inputs"][input];
        assert!(
            *sent == value || sent.as_f64() == value.as_f64() && sent.is_number(),
            "{node}.{input}: {sent}"
        );
    }
}

#[test]
fn the_same_order_is_the_same_request() {
    let (_, house) = served();
    let (one, two) = (house.request(&order(), ID), house.request(&order(), &ID.to_uppercase()));
    assert_eq!(serde_json::to_vec(&one).unwrap(), serde_json::to_vec(&two).unwrap());
    assert_eq!(one.body["prompt_id"], json!(ID));
    assert!(matches!(house.comfy.request(&order(), "a", "12"), Err(ShootError::Failed { .. })));
}

/// An identical graph "succeeds" without making anything; a name of its own makes every request another.
#[test]
fn an_identical_order_is_made_again() {
    let (server, house) = served();
    let (first, second) = (house.submitted(), house.request(&order(), OTHER));
    let first = house.ready(&first);
    let job = house.submit(&second).unwrap();
    let second = house.ready(&job);
    assert_ne!(first.links, second.links);
    assert_eq!(server.files().iter().filter(|file| file.starts_with("output/")).count(), 2);
}

#[test]
fn what_a_server_lacks_is_said_before_anything_is_queued() {
    let (server, house) = served();
    server.change_classes(|classes| {
        classes["VAELoader"]["input"]["required"]["vae_name"][0] = json!(["other.safetensors"]);
        classes.as_object_mut().unwrap().remove("EmptyHunyuanLatentVideo");
    });
    let request = house.request(&order(), ID);
    let asked: [Trouble; 2] = [
        house.with(|call| house.comfy.ready(0, &request, call)).unwrap_err(),
        house.submit(&request).unwrap_err(),
    ];
    for trouble in asked {
        assert!(matches!(trouble, Trouble::TurnedDown { .. }), "{trouble:?}");
        for words in [
            "it has no node `EmptyHunyuanLatentVideo` (node 61)",
            "the model `wan_2.1_vae.safetensors` of vae_name is not there; it has other.safetensors",
        ] {
            assert!(said(&trouble).contains(words), "{trouble}");
        }
    }
    assert!(!server.heard().iter().any(|heard| heard.line.starts_with("POST /prompt")));

    // Who installs it need not start us again.
    server.change_classes(|classes| *classes = soundlock_testing::comfy_classes());
    house.with(|call| house.comfy.ready(0, &request, call)).unwrap();
}

#[test]
fn frames_are_raised_to_the_grid_and_that_is_said() {
    let (server, house) = served();
    let odd = ShotOrder { frames: 50, raster: Raster::new(1920, 1080).unwrap(), ..order() };
    let job = house.submit(&house.request(&odd, ID)).unwrap();
    let ready = house.ready(&job);
    assert_eq!(ready.said["fitted"], "61.length 50 → 53, 61.height 1080 → 1088");
    assert_eq!(server.last_graph().unwrap()["61"]["inputs"]["length"], json!(53));
    let long = ShotOrder { frames: 20_000, ..order() };
    let long = house.request(&long, OTHER);
    // The place is good for other shots.
    house.with(|call| house.comfy.ready(0, &long, call)).unwrap();
    let trouble = house.submit(&long).unwrap_err();
    assert!(
        said(&trouble).contains("node 61 (length): it takes no more than 16384, and 20000 is wanted"),
        "{trouble}"
    );
}

#[test]
fn stills_and_voices_go_along_by_their_content() {
    let server = TestComfy::start(CLIP.to_vec());
    let house = House::new(STILLS, &[server.address()]);
    assert_eq!(house.comfy.takes(), [Input::FirstFrame, Input::LastFrame, Input::Audio, Input::Seed]);
    let inputs = Inputs {
        first: Some(house.given("first.png", b"first")),
        last: Some(house.given("last.png", b"last")),
        audio: Some(house.given("voice.wav", b"voice")),
        ..Inputs::default()
    };
    let shot = ShotOrder { inputs: inputs.clone(), negative: String::new(), ..order() };
    let request = house.request(&shot, ID);
    assert_eq!(request.given.len(), 3);
    // Somebody else's file is in the way: the server gives another name, and that one counts.
    let own = request.body["prompt"]["52"]["inputs"]["image"].as_str().unwrap().to_owned();
    server.put_file(&format!("input/{own}"), b"other bytes".to_vec());
    let job = house.submit(&request).unwrap();
    house.ready(&job);
    let graph = server.last_graph().unwrap();
    assert_eq!(graph["52"]["inputs"]["image"], json!(own.replace(".png", " (1).png")));
    let voice = format!("input/{}", graph["54"]["inputs"]["audio"].as_str().unwrap());
    assert!(server.files().contains(&voice), "voices go by the same way");

    // The same stills again are not kept twice.
    let before = server.files().iter().filter(|file| file.starts_with("input/")).count();
    house.submit(&house.request(&shot, OTHER)).unwrap();
    assert_eq!(server.files().iter().filter(|file| file.starts_with("input/")).count(), before);

    // What the workflow was exported with never stands in for what was not given.
    let bare = ShotOrder { inputs: Inputs { first: None, ..inputs.clone() }, ..order() };
    let error = house.comfy.request(&bare, "a", ID).unwrap_err().to_string();
    assert!(error.contains("its workflow begins with a still (node 52), and none was given"), "{error}");
    server.plant("POST /upload", AskFault::Instead(Reply::no(413, "{}")));
    let trouble = house.submit(&request).unwrap_err();
    assert!(
        matches!(&trouble, Trouble::TurnedDown { said } if said.contains("--max-upload-size")),
        "{trouble:?}"
    );
    fs::remove_file(house.file("last.png")).unwrap();
    let trouble = house.submit(&request).unwrap_err();
    assert!(matches!(&trouble, Trouble::TurnedDown { said } if said.ends_with("is gone")), "{trouble:?}");
}

#[test]
fn what_a_workflow_has_no_place_for_is_said() {
    let server = TestComfy::start(CLIP.to_vec());
    let map = ComfyMap {
        frames: vec!["2.amount".to_owned()],
        width: vec!["1.width".to_owned()],
        ..ComfyMap::default()
    };
    let house = House::mapped(NOISE, &[server.address()], map);
    let still = house.given("a.png", b"a");
    let inputs = Inputs { first: Some(still.clone()), references: vec![still], ..Inputs::default() };
    let request = house.request(&ShotOrder { inputs, ..order() }, ID);
    assert_eq!(
        request.left_out,
        [
            "it reads no words",
            "it has no negative prompt",
            "its size is the workflow's own",
            "it takes no first frame",
            "it takes no reference stills"
        ]
    );
    let job = house.submit(&request).unwrap();
    assert_eq!(house.fetch(&job, &house.ready(&job)).unwrap(), CLIP);
    assert_eq!(server.last_graph().unwrap()["2"]["inputs"]["amount"], json!(49));
}

#[test]
fn progress_and_previews_come_over_the_socket() {
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    assert_eq!(house.poll(&job).unwrap(), JobState::Waiting { ahead: Some(0) });
    until("the socket is open", || server.sockets() == 1);
    server.begin();
    let preview = house.file("previews").join(format!("{ID}.jpg"));
    until(
        "there is a preview",
        || matches!(house.poll(&job).unwrap(), JobState::Running { done: Some(done), preview: Some(path) } if done > 100 && path == preview),
    );
    assert_eq!(fs::read(&preview).unwrap()[..3], [0xff, 0xd8, 0xff]);
    server.finish();
    house.ready(&job);
    assert!(!preview.exists(), "a picture of what is done is of no use");
}

#[test]
fn the_line_before_a_job_is_counted() {
    let (server, house) = served();
    server.hold();
    let first = house.submitted();
    let second = house.submit(&house.request(&order(), OTHER)).unwrap();
    server.begin();
    assert!(matches!(house.poll(&first).unwrap(), JobState::Running { .. }));
    assert_eq!(house.poll(&second).unwrap(), JobState::Waiting { ahead: Some(1) });
    server.finish();
    house.ready(&first);
    server.release();
    house.ready(&second);
}

#[test]
fn a_socket_that_closes_or_never_opens_ends_no_job() {
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    server.begin();
    server.close_sockets();
    assert!(matches!(house.poll(&job).unwrap(), JobState::Running { .. }));
    server.finish();
    assert_eq!(house.fetch(&job, &house.ready(&job)).unwrap(), CLIP);
    // Another listener with our name takes the events over; the job ends all the same.
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    let twin = House::new(WORDS, &[server.address()]);
    twin.submit(&twin.request(&order(), OTHER)).unwrap();
    assert_eq!(server.sockets(), 1, "the first hears nothing any more");
    server.release();
    house.ready(&job);
}

#[test]
fn every_end_without_a_take_is_told_apart() {
    for (fault, words) in [
        (JobFault::Breaks, "node 37 (UNETLoader) broke: torch.OutOfMemoryError: Allocation on device"),
        (JobFault::Interrupted, "somebody interrupted it at node"),
        (JobFault::NoOutputs, "it says success and has no outputs"),
        (JobFault::OldFile, "its outputs are an earlier one, output/ComfyUI_old_00001_.mp4"),
        (JobFault::Pictures, "it made 1 files and no video"),
    ] {
        let (server, house) = served();
        server.plant_job(fault);
        let state = house.ended(&house.submitted());
        assert!(is_failed(&state, words), "{fault:?}: {state:?}");
    }
}

#[test]
fn a_file_is_found_under_any_key() {
    let (server, house) = served();
    server.plant_job(JobFault::OtherKey);
    let job = house.submitted();
    assert_eq!(house.fetch(&job, &house.ready(&job)).unwrap(), CLIP);
}

#[test]
fn deleted_and_lost_with_the_server_are_told_apart() {
    // Somebody deletes it while the server goes on: seen by the socket.
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    server.clear_queue();
    let state = house.poll(&job).unwrap();
    assert!(is_failed(&state, "deleted it from the server's queue"), "{state:?}");

    // The same without a socket, seen by another job that the server still knows.
    let (server, house) = served();
    house.ready(&house.submitted());
    server.hold();
    let job = house.submit(&house.request(&order(), OTHER)).unwrap();
    assert_eq!(job.links["witness"], ID);
    let after = House::new(WORDS, &[server.address()]);
    server.clear_queue();
    let state = after.poll(&job).unwrap();
    assert!(is_failed(&state, "deleted it from the server's queue"), "{state:?}");

    // The server is started again: its queue is gone.
    let job = house.submit(&house.request(&order(), "2b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11")).unwrap();
    server.restart();
    let state = house.poll(&job).unwrap();
    assert!(matches!(&state, JobState::Gone { said } if said.contains("was restarted")), "{state:?}");
}

#[test]
fn what_was_made_before_a_restart_is_found_by_its_name() {
    let (server, house) = served();
    let job = house.submitted();
    until("it is made", || !server.files().is_empty());
    house.ready(&job);
    server.restart();
    let ready = house.ready(&job);
    assert!(ready.said["found"].contains("by its name"), "{ready:?}");
    assert_eq!(house.fetch(&job, &ready).unwrap(), CLIP);
}

#[test]
fn a_server_that_is_away_ends_no_job() {
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    server.begin();
    for reply in [
        Reply::HangUp,
        Reply::no(502, "<html>Bad gateway</html>"),
        Reply::Answer(
            200,
            vec!["Content-Type: text/html".to_owned()],
            b"<!doctype html><title>Sign in</title>".to_vec(),
        ),
        Reply::CutShort(b"{\"queue".to_vec(), 100),
        Reply::good("application/json", b"[]".to_vec()),
    ] {
        server.plant("GET /history", AskFault::Instead(reply.clone()));
        let trouble = house.poll(&job).unwrap_err();
        assert!(matches!(trouble, Trouble::Lost { .. }), "{reply:?}: {trouble:?}");
    }
    server.plant("GET /history", AskFault::Instead(Reply::no(401, "{}")));
    assert!(matches!(house.poll(&job).unwrap_err(), Trouble::NotLetIn { .. }));
    server.plant("GET /history", AskFault::Instead(Reply::no(429, "{}")));
    assert!(matches!(house.poll(&job).unwrap_err(), Trouble::Busy { .. }));
    server.finish();
    house.ready(&job);
    server.stop();
    assert!(matches!(house.poll(&job).unwrap_err(), Trouble::NotHeard { .. }));
}

#[test]
fn an_answer_that_was_lost_is_looked_up() {
    // Taken, and the answer lost: waiting, running, done.
    let (server, house) = served();
    server.hold();
    let request = house.request(&order(), ID);
    server.plant("POST /prompt", AskFault::AnswerLost);
    assert!(matches!(house.submit(&request).unwrap_err(), Trouble::Lost { .. }));
    let LookedUp::Found(job) = house.look_up(&request).unwrap() else { panic!("it waits there") };
    server.begin();
    assert_eq!(house.look_up(&request).unwrap(), LookedUp::Found(job.clone()));
    server.finish();
    assert_eq!(house.look_up(&request).unwrap(), LookedUp::Found(job.clone()));
    server.restart();
    // By its file alone, after everything was forgotten.
    assert_eq!(house.look_up(&request).unwrap(), LookedUp::Found(job.clone()));
    assert_eq!(house.fetch(&job, &house.ready(&job)).unwrap(), CLIP);
    assert_eq!(server.ran(), [ID]);

    // Never taken.
    let (server, house) = served();
    server.plant("POST /prompt", AskFault::Instead(Reply::HangUp));
    assert!(matches!(house.submit(&request).unwrap_err(), Trouble::Lost { .. }));
    assert_eq!(house.look_up(&request).unwrap(), LookedUp::NotThere);
    let after_our_crash = House::new(WORDS, &[server.address()]);
    assert_eq!(after_our_crash.look_up(&request).unwrap(), LookedUp::NotThere);

    // Taken, the answer lost, and then the server's queue: nobody can tell.
    let (server, house) = served();
    server.hold();
    server.plant("POST /prompt", AskFault::AnswerLost);
    assert!(matches!(house.submit(&request).unwrap_err(), Trouble::Lost { .. }));
    server.restart();
    assert_eq!(house.look_up(&request).unwrap(), LookedUp::CannotTell);
    server.stop();
    assert!(matches!(house.look_up(&request).unwrap_err(), Trouble::NotHeard { .. }));
}

#[test]
fn a_graph_that_is_turned_down_says_what_is_wrong_with_each_node() {
    let (_, house) = served();
    let submitted = |change: &dyn Fn(&mut Value)| {
        let mut request = house.request(&order(), ID);
        change(&mut request.body["prompt"]);
        said(&house.submit(&request).unwrap_err())
    };
    let check = |change: &dyn Fn(&mut Value), words: &str| {
        let said = submitted(change);
        assert!(said.starts_with("turned down: ") && said.contains(words), "{said}\nlacks: {words}");
        assert!(!said.contains("traceback") && !said.contains("File \""), "{said}");
    };
    check(
        &|graph| graph["57"]["inputs"]["steps"] = json!(99_999),
        "node 57 (KSamplerAdvanced), steps: Value 99999 bigger than max of 10000",
    );
    check(&|graph| graph["57"]["inputs"]["steps"] = json!(0), "steps: Value 0 smaller than min of 1");
    check(
        &|graph| graph["57"]["inputs"]["steps"] = json!("many"),
        "Failed to convert an input value to a INT value",
    );
    check(
        &|graph| drop(graph["57"]["inputs"].as_object_mut().unwrap().remove("latent_image")),
        "node 57 (KSamplerAdvanced), latent_image: Required input is missing",
    );
    check(
        &|graph| graph["57"]["inputs"]["positive"] = json!(["61", 0]),
        "Return type mismatch between linked nodes",
    );
    check(
        &|graph| graph["57"]["inputs"]["positive"] = json!(["999", 0]),
        "Exception when validating inner node ('999')",
    );
    check(
        &|graph| drop(graph.as_object_mut().unwrap().remove("9")),
        "nothing in it saves anything: let it end in SaveVideo",
    );
    check(
        &|graph| graph["200"] = json!({"class_type": "NoSuchNode", "inputs": {}}),
        "it has no node `NoSuchNode` (node 200)",
    );
    check(
        &|graph| {
            graph["200"] = json!({"class_type": "LoadImage", "inputs": {"image": "gone.png"}});
            graph["201"] = json!({"class_type": "PreviewImage", "inputs": {"images": ["200", 0]}});
        },
        "node 200 (LoadImage): the file `gone.png` of image is not there: upload it to that server",
    );
}

/// What is wrong may also be seen only by who is asked: a file that goes between the question and the order.
#[test]
fn a_file_that_goes_away_is_said_by_the_server() {
    let server = TestComfy::start(CLIP.to_vec());
    let house = House::new(STILLS, &[server.address()]);
    let mut request = house.request(&stills(&house), ID);
    let lost = json!({"class_type": "VHS_LoadAudioUpload", "inputs": {"audio": "old.wav"}});
    request.body["prompt"]["54"] = lost;
    let trouble = house.submit(&request).unwrap_err();
    assert!(
        said(&trouble).contains("node 54 (VHS_LoadAudioUpload), audio: Custom validation failed for node (audio - Invalid audio file: old.wav)"),
        "{trouble}"
    );
}

/// An order whose stills and voice lie in the house.
fn stills(house: &House) -> ShotOrder {
    let inputs = Inputs {
        first: Some(house.given("first.png", b"first")),
        last: Some(house.given("last.png", b"last")),
        audio: Some(house.given("voice.wav", b"voice")),
        ..Inputs::default()
    };
    ShotOrder { inputs, negative: String::new(), ..order() }
}

/// `LoadImage` says that files come by upload, others do not; both are told of a file that is not there yet.
#[test]
fn a_voice_goes_to_a_node_that_says_nothing_of_uploads() {
    let server = TestComfy::start(CLIP.to_vec());
    let workflow = STILLS.replace("\"LoadAudio\"", "\"VHS_LoadAudioUpload\"");
    let map = ComfyMap { audio: vec!["54.audio".to_owned()], ..ComfyMap::default() };
    let house = House::mapped(&workflow, &[server.address()], map);
    let request = house.request(&stills(&house), ID);
    house.with(|call| house.comfy.ready(0, &request, call)).unwrap();
    house.ready(&house.submit(&request).unwrap());
}

/// A still that the workflow names itself, a style to go by, lies on one of two servers.
#[test]
fn a_server_that_lacks_a_file_of_the_workflow_is_told_before_anything_is_queued() {
    let servers = [TestComfy::start(CLIP.to_vec()), TestComfy::start(CLIP.to_vec())];
    let map = ComfyMap { first: vec!["52.image".to_owned()], ..ComfyMap::default() };
    let workflow = STILLS.replace("\"end_image\"", "\"styled_by\"");
    let house = House::mapped(&workflow, &servers.clone().map(|server| server.address()), map);
    let named = serde_json::from_str::<Value>(&workflow).unwrap()["53"]["inputs"]["image"].clone();
    servers[1].put_file(&format!("input/{}", named.as_str().unwrap()), b"a style".to_vec());
    let request = house.request(&stills(&house), ID);
    let ready = |place: usize| house.with(|call| house.comfy.ready(place, &request, call));
    let trouble = ready(0).unwrap_err();
    assert!(said(&trouble).contains("node 53 (LoadImage): the file `"), "{trouble}");
    ready(1).unwrap();
    // Whoever puts it there need not start us again; it may lie in a folder, or among what was made.
    for (name, path) in [("a/style.png", "input/a/style.png"), ("style.png [output]", "output/style.png")] {
        let workflow = workflow.replace(named.as_str().unwrap(), name);
        let map = ComfyMap { first: vec!["52.image".to_owned()], ..ComfyMap::default() };
        let house = House::mapped(&workflow, &[servers[0].address()], map);
        let request = house.request(&stills(&house), OTHER);
        assert!(house.with(|call| house.comfy.ready(0, &request, call)).is_err(), "{name}");
        servers[0].put_file(path, b"a style".to_vec());
        house.with(|call| house.comfy.ready(0, &request, call)).unwrap();
    }
}

#[test]
fn a_workflow_that_makes_no_take_is_turned_down_before_it_runs() {
    for (class, words) in [
        ("PreviewImage", "it ends in PreviewImage (node 5), which makes no take: let it end in SaveVideo"),
        ("SaveImage", "it ends in SaveImage (node 5), which makes no take"),
        ("SaveAnimatedWEBP", "it ends in SaveAnimatedWEBP (node 5), which makes no take"),
    ] {
        let server = TestComfy::start(CLIP.to_vec());
        let mut graph: Value = serde_json::from_str(NOISE).unwrap();
        graph["5"] = json!({"class_type": class, "inputs": {"images": ["3", 0], "filename_prefix": "a"}});
        let house = House::new(&graph.to_string(), &[server.address()]);
        let request = house.request(&order(), ID);
        let trouble = house.with(|call| house.comfy.ready(0, &request, call)).unwrap_err();
        assert!(matches!(trouble, Trouble::TurnedDown { .. }) && said(&trouble).contains(words), "{trouble}");
        assert_eq!(server.ran(), [""; 0]);
    }
}

/// The server says 500 where one of its nodes breaks over a question; the graph may be in its queue all the same.
#[test]
fn a_server_that_breaks_over_a_graph_is_looked_at() {
    let (server, house) = served();
    server.hold();
    let plain =
        Reply::Answer(500, Vec::new(), b"500 Internal Server Error\n\nServer got itself in trouble".to_vec());
    server.plant("POST /prompt", AskFault::Instead(plain.clone()));
    let trouble = house.submit(&house.request(&order(), ID)).unwrap_err();
    assert!(matches!(trouble, Trouble::TurnedDown { .. }), "it would be the same again: {trouble:?}");
    assert!(
        said(&trouble).contains("Server got itself in trouble; what broke stands on its console"),
        "{trouble}"
    );
    server.plant("POST /prompt", AskFault::DoneBut(plain.clone()));
    let job = house.submit(&house.request(&order(), OTHER)).unwrap();
    assert_eq!((job.id.as_str(), server.waiting()), (OTHER, vec![OTHER.to_owned()]));
    // Where it cannot be looked at, it is not known.
    server.plant("POST /prompt", AskFault::DoneBut(plain));
    server.plant("GET /history/", AskFault::Instead(Reply::HangUp));
    assert!(matches!(house.submit(&house.request(&order(), ID)).unwrap_err(), Trouble::Lost { .. }));
}

#[test]
fn both_spellings_of_a_format_go_to_old_and_new_servers() {
    let mut newer: Value = serde_json::from_str(NOISE).unwrap();
    newer["5"]["inputs"] = json!({"video": ["4", 0], "filename_prefix": "a", "format": "mp4", "format.codec": "h264",
        "format.codec.encoding": "re-encode", "format.codec.encoding.crf": 18.0});
    let newer_server = || TestComfy::start(CLIP.to_vec()).newer();
    let submitted = |server: &TestComfy, workflow: &str| {
        let house = House::new(workflow, &[server.address()]);
        let request = house.request(&order(), ID);
        house.submit(&request).map(|job| house.ready(&job).said["server"].clone()).map_err(|no| said(&no))
    };
    assert!(submitted(&newer_server(), NOISE).unwrap().starts_with("ComfyUI 0.38.1"));
    assert!(submitted(&newer_server(), &newer.to_string()).unwrap().starts_with("ComfyUI 0.38.1"));
    let old = NOISE.replace("EmptyImage", "EmptyImageOld");
    assert!(submitted(&newer_server(), &old).is_ok(), "it puts another node there");
    let no = submitted(&TestComfy::start(CLIP.to_vec()), &old).unwrap_err();
    assert!(no.contains("it has no node `EmptyImageOld` (node 1)"), "{no}");
    let mut odd = newer.clone();
    odd["5"]["inputs"]["format"] = json!("avi");
    let no = submitted(&newer_server(), &odd.to_string()).unwrap_err();
    assert!(no.contains("the choice `avi` of format is not there; it has auto, mkv, mp4, webm"), "{no}");
    odd["5"]["inputs"].as_object_mut().unwrap().remove("format");
    let no = submitted(&newer_server(), &odd.to_string()).unwrap_err();
    assert!(no.contains("node 5 (SaveVideo): nothing is chosen for format"), "{no}");
    odd["5"]["inputs"]["format"] = json!("webm");
    let no = submitted(&TestComfy::start(CLIP.to_vec()), &odd.to_string()).unwrap_err();
    assert!(no.contains("the choice `webm` of format is not there; it has auto, mp4"), "{no}");
}

/// `VideoHelperSuite` writes without a last underscore, and a silent file beside the one with sound.
#[test]
fn a_take_of_videohelpersuite_is_found_before_and_after_a_restart() {
    let mut graph: Value = serde_json::from_str(NOISE).unwrap();
    graph["5"] = json!({"class_type": "VHS_VideoCombine", "inputs": {"images": ["3", 0], "frame_rate": 24, "loop_count": 0,
        "filename_prefix": "a", "format": "video/h264-mp4", "pingpong": false, "save_output": true}});
    graph.as_object_mut().unwrap().remove("4");
    let server = TestComfy::start(CLIP.to_vec());
    let house = House::new(&graph.to_string(), &[server.address()]);
    let job = house.submitted();
    let ready = house.ready(&job);
    assert_eq!(ready.links, [format!("output/soundlock/12_0040-3_{ID}_00001.mp4")]);
    server.put_file(&format!("output/soundlock/12_0040-3_{ID}_00001-audio.mp4"), b"with sound".to_vec());
    server.restart();
    let ready = house.ready(&job);
    assert_eq!(ready.links, [format!("output/soundlock/12_0040-3_{ID}_00001-audio.mp4")]);
    assert_eq!(house.fetch(&job, &ready).unwrap(), b"with sound");
}

/// A server that is killed while it writes leaves a file without a byte; asked for a part of it, it says 416.
#[test]
fn an_empty_file_is_no_take() {
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    server.restart();
    server.put_file(&format!("output/soundlock/12_0040-3_{ID}_00001_.mp4"), Vec::new());
    let state = house.poll(&job).unwrap();
    assert!(matches!(state, JobState::Gone { .. }), "{state:?}");
}

#[test]
fn a_server_behind_a_proxy_is_asked_below_its_path_and_with_its_key() {
    // RFC 7617, 2: the user "Aladdin" with the password "open sesame".
    for (key, authorization) in
        [("Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ("a-token", "Bearer a-token")]
    {
        let server = TestComfy::start(CLIP.to_vec()).behind("/gpu/comfy", authorization);
        let address = format!("{}/gpu/comfy", server.address());
        let house = House::signed(WORDS, std::slice::from_ref(&address), ComfyMap::default(), Some(key));
        let request = house.request(&order(), ID);
        house.with(|call| house.comfy.ready(0, &request, call)).unwrap();
        let job = house.submit(&request).unwrap();
        assert_eq!(house.fetch(&job, &house.ready(&job)).unwrap(), CLIP);
        let house = House::signed(WORDS, &[address], ComfyMap::default(), Some("another"));
        let trouble = house.with(|call| house.comfy.ready(0, &request, call)).unwrap_err();
        assert!(matches!(trouble, Trouble::NotLetIn { .. }), "{trouble:?}");
    }
}

/// A graph without weights, with a still and a voice: what comes is what it says.
#[test]
fn what_a_graph_without_weights_makes_has_its_size_length_and_sound() {
    let server = TestComfy::start(Vec::new()).drawing();
    let mut graph: Value = serde_json::from_str(NOISE).unwrap();
    graph["1"] = json!({"class_type": "LoadImage", "inputs": {"image": "example.png"}});
    graph["6"] = json!({"class_type": "ImageScale", "inputs": {"image": ["1", 0], "upscale_method": "lanczos",
        "width": 64, "height": 64, "crop": "center"}});
    graph["7"] = json!({"class_type": "LoadAudio", "inputs": {"audio": "nobody.wav"}});
    graph["2"]["inputs"]["image"] = json!(["6", 0]);
    graph["4"]["inputs"]["audio"] = json!(["7", 0]);
    let list = |slot: &str| vec![slot.to_owned()];
    let map = ComfyMap {
        frames: list("2.amount"),
        width: list("6.width"),
        height: list("6.height"),
        first: list("1.image"),
        ..ComfyMap::default()
    };
    let house = House::mapped(&graph.to_string(), &[server.address()], map);
    assert_eq!(house.comfy.takes(), [Input::FirstFrame, Input::Audio, Input::Seed]);
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &64_u32.to_be_bytes(), &48_u32.to_be_bytes()].concat();
    let inputs = Inputs {
        first: Some(house.given("first.png", &png)),
        audio: Some(house.given(
            "voice.wav",
            &soundlock_testing::wav(
                SampleRate::FILM,
                &soundlock_testing::tone(SampleRate::FILM, 440.0, 0.5, 48_000),
            ),
        )),
        ..Inputs::default()
    };
    let raster = Raster::new(96, 64).unwrap();
    let shot = ShotOrder { inputs, raster, frames: 36, fps: Fps::FILM, ..order() };
    let job = house.submit(&house.request(&shot, ID)).unwrap();
    let take = house.file("made.mp4");
    fs::write(&take, house.fetch(&job, &house.ready(&job)).unwrap()).unwrap();
    let tools = Tools::find("ffmpeg", "ffprobe").unwrap();
    let Media { video, audio, .. } = probe(&tools, &take, &Limits::GENEROUS).unwrap();
    let video = video.unwrap();
    assert_eq!((video.width, video.height, video.fps, video.frames), (96, 64, Fps::FILM, 36));
    assert_eq!((video.colour, video.tagged), (Colour::UNTAGGED, false));
    assert!(audio.is_some(), "the voice is in it");

    // Another size than its encoder takes: only the run tells.
    let mut odd = house.request(&shot, OTHER);
    odd.body["prompt"]["6"]["inputs"]["width"] = json!(97);
    let state = house.ended(&house.submit(&odd).unwrap());
    assert!(is_failed(&state, " broke: "), "{state:?}");
}

/// A graph is taken as soon as one of its outputs can be made.
#[test]
fn half_a_graph_is_no_take() {
    let (server, house) = served();
    server.hold();
    let mut request = house.request(&order(), ID);
    request.body["prompt"]["200"] = json!({"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}});
    request.body["prompt"]["201"] = json!({"class_type": "PreviewImage", "inputs": {"images": ["200", 0]}});
    request.body["prompt"]["57"]["inputs"]["steps"] = json!(0);
    let trouble = house.submit(&request).unwrap_err();
    assert!(said(&trouble).contains("steps: Value 0 smaller than min of 1"), "{trouble}");
    assert_eq!(server.waiting(), [""; 0], "what was taken of it is taken back");
    // The same where the name of the take comes from a node of its own.
    let prefix = request.body["prompt"]["9"]["inputs"]["filename_prefix"].clone();
    request.body["prompt"]["202"] =
        json!({"class_type": "PrimitiveStringMultiline", "inputs": {"value": prefix}});
    request.body["prompt"]["9"]["inputs"]["filename_prefix"] = json!(["202", 0]);
    assert!(said(&house.submit(&request).unwrap_err()).contains("smaller than min of 1"));
    assert_eq!(server.waiting(), [""; 0]);
    // A preview that cannot be made is no loss.
    let mut request = house.request(&order(), ID);
    request.body["prompt"]["201"] = json!({"class_type": "PreviewImage", "inputs": {"images": ["999", 0]}});
    house.submit(&request).unwrap();
    assert_eq!(server.waiting(), [ID]);
}

#[test]
fn what_cannot_have_queued_anything_is_said_to_be_unheard() {
    let (server, house) = served();
    let request = house.request(&order(), ID);
    for line in ["GET /object_info", "GET /queue", "GET /history"] {
        server.plant(line, AskFault::Instead(Reply::HangUp));
        assert!(matches!(house.submit(&request).unwrap_err(), Trouble::NotHeard { .. }), "{line}");
    }
    server.plant("POST /prompt", AskFault::Instead(Reply::no(429, "{}")));
    assert!(matches!(house.submit(&request).unwrap_err(), Trouble::Busy { .. }));
    let stopped = Call { given: &|_| None, stopped: &|| true };
    assert_eq!(house.comfy.submit(0, &request, &stopped).unwrap_err(), Trouble::Stopped);
    assert!(server.waiting().is_empty() && server.ran().is_empty());
    let nowhere = House::new(WORDS, &[TestService::nowhere()]);
    assert!(matches!(nowhere.submit(&request).unwrap_err(), Trouble::NotHeard { .. }));
}

#[test]
fn what_is_no_comfyui_is_not_taken_for_one() {
    let page = Reply::Answer(200, vec!["Content-Type: text/html".to_owned()], b"<html>A1111</html>".to_vec());
    let other = TestService::start(move |_, _| page.clone());
    let house = House::new(WORDS, &[other.address()]);
    let request = house.request(&order(), ID);
    let trouble = house.with(|call| house.comfy.ready(0, &request, call)).unwrap_err();
    assert!(said(&trouble).contains("an HTML page came"), "{trouble}");
    let moved = TestService::start(|_, _| {
        Reply::Answer(302, vec!["Location: https://login.example/".to_owned()], Vec::new())
    });
    let house = House::new(WORDS, &[moved.address()]);
    let trouble = house.with(|call| house.comfy.ready(0, &request, call)).unwrap_err();
    assert!(said(&trouble).contains("has moved to https://login.example/"), "{trouble}");
}

#[test]
fn a_take_that_does_not_come_whole_is_no_take() {
    let (server, house) = served();
    let job = house.submitted();
    let ready = house.ready(&job);
    for (reply, is_lost) in [
        (Reply::CutShort(CLIP.to_vec(), 10), true),
        (Reply::HangUp, true),
        (Reply::no(500, "{}"), true),
        (Reply::good("video/mp4", Vec::new()), false),
        (Reply::good("text/html", b"<html>Sign in</html>".to_vec()), false),
        (Reply::good("video/mp4", vec![7; 2 << 20]), false),
    ] {
        server.plant("GET /view", AskFault::Instead(reply.clone()));
        match house.fetch(&job, &ready).unwrap_err() {
            Trouble::Lost { .. } => assert!(is_lost, "{reply:?}"),
            Trouble::NoTake { .. } => assert!(!is_lost, "{reply:?}"),
            other => panic!("{other:?}"),
        }
        assert!(!house.file("take.mp4").exists());
    }
    assert_eq!(house.fetch(&job, &ready).unwrap(), CLIP);
    server.remove_file(&ready.links[0]);
    assert!(matches!(house.fetch(&job, &ready).unwrap_err(), Trouble::NoTake { .. }));
    let evil = Ready { links: vec!["output/../../etc/passwd".to_owned()], ..Ready::default() };
    assert!(house.fetch(&job, &evil).is_err());
}

#[test]
fn a_job_that_is_given_up_ends_and_others_go_on() {
    for newer in [false, true] {
        let server = TestComfy::start(CLIP.to_vec());
        let server = if newer { server.newer() } else { server };
        let house = House::new(WORDS, &[server.address()]);
        server.hold();
        let first = house.submitted();
        let second = house.submit(&house.request(&order(), OTHER)).unwrap();
        let cancel = |job: &Job| house.with(|call| house.comfy.cancel(0, job, call)).unwrap();
        server.begin();
        cancel(&second);
        assert_eq!(server.waiting(), [""; 0]);
        assert!(matches!(house.poll(&first).unwrap(), JobState::Running { .. }), "that one was not meant");
        cancel(&first);
        assert!(is_failed(&house.poll(&first).unwrap(), "interrupted"));
        cancel(&first);
        cancel(&Job { id: "2b9d5ac5-3f0f-4f3c-9a57-6a2b6a9d1c11".to_owned(), links: second.links.clone() });
    }
}

#[test]
fn several_servers_are_several_places() {
    let (one, two) = (TestComfy::start(CLIP.to_vec()), TestComfy::start(CLIP.to_vec()));
    let house = House::new(WORDS, &[one.address(), two.address()]);
    let places = house.comfy.places();
    assert_eq!(
        places.iter().map(|place| place.name.clone()).collect::<Vec<_>>(),
        [one.address(), two.address()]
    );
    assert!(places.iter().all(|place| place.at_once == 2), "no more than two wait where they may be lost");
    one.stop();
    let request = house.request(&order(), ID);
    house.with(|call| house.comfy.ready(1, &request, call)).unwrap();
    two.stop();
    assert!(house.with(|call| house.comfy.ready(1, &request, call)).is_err(), "each time it is looked anew");
    two.go_on();
    assert!(matches!(house.submit(&request).unwrap_err(), Trouble::NotHeard { .. }));
    house.with(|call| house.comfy.submit(1, &request, call)).unwrap();
    until("the other makes it", || two.ran() == [ID]);
    assert!(house.with(|call| house.comfy.submit(2, &request, call)).is_err());
}

/// The server runs an id twice when it is given twice, so it is never given twice by itself.
#[test]
fn an_id_is_no_key_against_doing_it_twice() {
    let (server, house) = served();
    let request = house.request(&order(), ID);
    house.ready(&house.submit(&request).unwrap());
    house.look_up(&request).unwrap();
    assert_eq!(server.ran(), [ID]);
    house.submit(&request).unwrap();
    until("it ran twice", || server.ran() == [ID, ID]);
}

#[test]
fn previews_and_files_lie_nowhere_else() {
    let (server, house) = served();
    server.hold();
    let job = house.submitted();
    until("the socket is open", || server.sockets() == 1);
    server.begin();
    until("there is a preview", || house.file("previews").exists());
    let outside: Vec<PathBuf> = files_below(house.folder.path());
    assert!(outside.iter().all(|path| path.starts_with(house.file("previews"))), "{outside:?}");
    drop(job);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
