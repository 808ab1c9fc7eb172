//! Each service by its documented exchange, and what goes wrong with all of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};
use soundlock_plan::Look;
use soundlock_shoot::{Charged, Given, Inputs, Money};
use soundlock_testing::{Heard, Reply as Answers, TestService, fuzz};
use soundlock_time::Fps;
use soundlock_vault::Hash;

use super::answer::Reading;
use super::*;

const KEY: &str = "key-0123456789abcdef:sec-0123456789abcdef";
const ID: &str = "6f1c2a34-0000-4000-8000-000000000001";
/// What stands for the clip in a scripted answer.
const CLIP: &str = "CLIP";
const CLIP_BYTES: &[u8] = b"\0\0\0\x18ftypmp42 a take";

/// A question's beginning, a status, a JSON answer (or `CLIP`) in which `{at}` is the service's own address.
type Scripted = (&'static str, u16, &'static str);

/// A service that answers by script: each line once, the last of its kind for ever.
fn scripted(script: &[Scripted]) -> TestService {
    let (at, left) = (Arc::new(OnceLock::new()), Mutex::new(script.to_vec()));
    let own = Arc::clone(&at);
    let service = TestService::start(move |_, heard| {
        let mut left = left.lock().unwrap();
        let fits = |(line, ..): &Scripted| heard.line.starts_with(line);
        let Some(number) = left.iter().position(fits) else {
            return Answers::no(418, r#"{"error":"not scripted"}"#);
        };
        let (line, status, text) = left[number];
        if left.iter().filter(|(own, ..)| *own == line).count() > 1 {
            left.remove(number);
        }
        if text == CLIP {
            return Answers::good("video/mp4", CLIP_BYTES.to_vec());
        }
        Answers::no(status, &text.replace("{at}", own.get().map_or("", String::as_str)))
    });
    at.set(service.address()).unwrap();
    service
}

fn settings(name: &str, model: &str, address: &str, folder: &Path) -> DescribedSettings {
    DescribedSettings {
        name: name.to_owned(),
        description: built_in_descriptions()[name].clone(),
        model: model.to_owned(),
        takes: None,
        addresses: vec![Address::read(address, Plain::OnlyNear).unwrap()],
        trusted: Vec::new(),
        key: Some(KEY.to_owned()),
        at_once: 2,
        send: None,
        files: None,
        extra: Map::new(),
        leave_out: Vec::new(),
        kept: Some(folder.to_owned()),
        most_bytes: 1 << 20,
        answer_secs: 120,
        unix_secs: Arc::new(|| 1_800_000_000),
    }
}

/// A file of the vault, whose bytes are `PNG`.
fn given(folder: &Path, extension: &str) -> Given {
    let hash = Hash::of(extension.as_bytes());
    std::fs::write(folder.join(hash.to_string()), b"PNG").unwrap();
    Given { hash, extension: extension.to_owned() }
}

fn order(inputs: Inputs) -> ShotOrder {
    ShotOrder {
        code: "12_0040".parse().unwrap(),
        prompt: "Rain on a window.".to_owned(),
        negative: "text".to_owned(),
        seed: 7,
        frames: 120,
        fps: Fps::FILM,
        raster: "1280x720".parse().unwrap(),
        look: Look::default(),
        speech: Vec::new(),
        burn_in: None,
        inputs,
        cut: None,
    }
}

/// Runs `with` with a call whose files lie in `folder`.
fn calling<T>(folder: &Path, with: impl FnOnce(&Call<'_>) -> T) -> T {
    let given = |given: &Given| -> Option<PathBuf> {
        let path = folder.join(given.hash.to_string());
        path.is_file().then_some(path)
    };
    with(&Call { given: &given, stopped: &|| false })
}

/// A documented exchange: with a first frame where `first`, what was sent, and how far the job was each time.
struct Exchange {
    service: &'static str,
    model: &'static str,
    first: bool,
    script: &'static [Scripted],
    line: &'static str,
    header: (&'static str, &'static str),
    sent: Value,
    states: &'static [&'static str],
}

impl Exchange {
    /// Hands a job in, asks until it is made, fetches it; gives what was said of the take and all that was heard.
    fn check(&self) -> (Ready, Vec<Heard>) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let server = scripted(self.script);
        let hired = Described::new(settings(self.service, self.model, &server.address(), folder)).unwrap();
        let first = self.first.then(|| given(folder, "png"));
        let request = hired.request(&order(Inputs { first, ..Inputs::default() }), "12_0040-1", ID).unwrap();
        let frozen: Request = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        assert_eq!(frozen, request, "{}", self.service);
        calling(folder, |call| {
            let job =
                hired.submit(0, &frozen, call).unwrap_or_else(|error| panic!("{}: {error}", self.service));
            let job: Job = serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap();
            let mut states = Vec::new();
            let ready = loop {
                match hired.poll(0, &job, call).unwrap_or_else(|error| panic!("{}: {error}", self.service)) {
                    JobState::Ready(ready) => break ready,
                    JobState::Waiting { .. } => states.push("waiting"),
                    JobState::Running { .. } => states.push("running"),
                    other => panic!("{}: {other:?}", self.service),
                }
                assert!(states.len() < 9, "{}: {states:?}", self.service);
            };
            assert_eq!(states, self.states, "{}", self.service);
            let file = folder.join("take.mp4");
            hired
                .fetch(0, &job, &ready, &file, call)
                .unwrap_or_else(|error| panic!("{}: {error}", self.service));
            assert_eq!(std::fs::read(&file).unwrap(), CLIP_BYTES, "{}", self.service);
            hired.cancel(0, &job, call).unwrap();
            self.heard(&server.heard());
            (ready, server.heard())
        })
    }

    fn heard(&self, heard: &[Heard]) {
        let submitted = heard.iter().find(|heard| heard.line == self.line);
        let lines = || heard.iter().map(|heard| heard.line.clone()).collect::<Vec<_>>();
        let submitted =
            submitted.unwrap_or_else(|| panic!("{}: {} in {:?}", self.service, self.line, lines()));
        let (name, value) = self.header;
        assert_eq!(submitted.header(name), Some(value), "{}", self.service);
        match &self.sent {
            Value::String(fields) => {
                let text = submitted.text();
                for field in fields.split('|') {
                    let (name, value) = field.split_once('=').unwrap();
                    let field = format!("name=\"{name}\"\r\n\r\n{value}\r\n");
                    assert!(text.contains(&field), "{}: {field} in {text}", self.service);
                }
            }
            sent => assert_eq!(
                &serde_json::from_str::<Value>(&submitted.text()).unwrap(),
                sent,
                "{}",
                self.service
            ),
        }
        assert_eq!(heard.iter().filter(|heard| heard.line == self.line).count(), 1, "{}", self.service);
    }
}

const BEARER: (&str, &str) = ("authorization", "Bearer key-0123456789abcdef:sec-0123456789abcdef");
const STILL: &str = "data:image/png;base64,UE5H";

#[test]
fn videos_servers_take_forms_and_hand_out_the_content() {
    let exchange = Exchange {
        service: "videos",
        model: "",
        first: true,
        script: &[
            (
                "POST /v1/videos",
                200,
                r#"{"id":"video_gen_1","object":"video","status":"queued","progress":0}"#,
            ),
            ("GET /v1/videos/video_gen_1/content", 200, CLIP),
            ("GET /v1/videos/video_gen_1", 200, r#"{"id":"video_gen_1","status":"queued"}"#),
            (
                "GET /v1/videos/video_gen_1",
                200,
                r#"{"id":"video_gen_1","status":"in_progress","progress":40}"#,
            ),
            (
                "GET /v1/videos/video_gen_1",
                200,
                r#"{"id":"video_gen_1","status":"completed","model":"Wan-AI/Wan2.2"}"#,
            ),
            ("DELETE /v1/videos/video_gen_1", 200, r#"{"id":"video_gen_1","deleted":true}"#),
        ],
        line: "POST /v1/videos",
        header: (
            "content-type",
            "multipart/form-data; boundary=soundlock-6f1c2a34-0000-4000-8000-000000000001",
        ),
        sent: json!(
            "prompt=Rain on a window.|negative_prompt=text|seed=7|num_frames=120|fps=24|width=1280|height=720"
        ),
        states: &["waiting", "running"],
    };
    let (ready, heard) = exchange.check();
    assert_eq!(ready.said["model"], "Wan-AI/Wan2.2");
    let form = heard[0].text();
    assert!(form.contains(
        "name=\"input_reference\"; filename=\"inputreference.png\"\r\nContent-Type: image/png\r\n\r\nPNG"
    ));
    assert!(!form.contains("name=\"model\""), "{form}");
    assert_eq!(heard.last().unwrap().line, "DELETE /v1/videos/video_gen_1");
    let reseller = Exchange {
        service: "openai-videos",
        model: "sora-2",
        first: false,
        sent: json!("model=sora-2|prompt=Rain on a window.|seconds=5|size=1280x720"),
        ..exchange
    };
    reseller.check();
}

#[test]
fn openrouter() {
    let exchange = Exchange {
        service: "openrouter",
        model: "google/veo-3.1",
        first: true,
        script: &[
            (
                "POST /v1/videos",
                202,
                r#"{"id":"job_1","polling_url":"{at}/v1/videos/job_1","status":"pending"}"#,
            ),
            ("GET /v1/videos/job_1/content?index=0", 200, CLIP),
            ("GET /v1/videos/job_1", 200, r#"{"id":"job_1","status":"pending"}"#),
            ("GET /v1/videos/job_1", 200, r#"{"id":"job_1","status":"in_progress"}"#),
            (
                "GET /v1/videos/job_1",
                200,
                r#"{"id":"job_1","generation_id":"gen-7","status":"completed","unsigned_urls":["x"],"usage":{"cost":0.25}}"#,
            ),
        ],
        line: "POST /v1/videos",
        header: BEARER,
        sent: json!({
            "model": "google/veo-3.1", "prompt": "Rain on a window.", "seed": 7, "duration": 5, "resolution": "720p",
            "aspect_ratio": "16:9", "generate_audio": false,
            "frame_images": [{ "type": "image_url", "image_url": { "url": STILL }, "frame_type": "first_frame" }],
        }),
        states: &["waiting", "running"],
    };
    let (ready, _) = exchange.check();
    assert_eq!(ready.charged, Some(Money { micros: 250_000, currency: "USD".to_owned() }));
    assert_eq!(ready.said["generation"], "gen-7");
}

#[test]
fn xai() {
    let exchange = Exchange {
        service: "xai",
        model: "grok-imagine-video",
        first: true,
        script: &[
            ("POST /v1/videos/generations", 200, r#"{"request_id":"r-1"}"#),
            ("GET /v1/videos/r-1", 202, r#"{"status":"pending"}"#),
            (
                "GET /v1/videos/r-1",
                200,
                r#"{"status":"done","video":{"url":"{at}/clip.mp4","duration":5,"respect_moderation":true},"model":"grok-imagine-video","usage":{"cost_in_usd_ticks":7000000000}}"#,
            ),
            ("GET /clip.mp4", 200, CLIP),
        ],
        line: "POST /v1/videos/generations",
        header: BEARER,
        sent: json!({
            "model": "grok-imagine-video", "prompt": "Rain on a window.", "duration": 5, "aspect_ratio": "16:9",
            "resolution": "720p", "image": { "url": STILL },
        }),
        states: &["waiting"],
    };
    let (ready, _) = exchange.check();
    assert_eq!(ready.charged, Some(Money { micros: 700_000, currency: "USD".to_owned() }));
}

#[test]
fn fal_is_asked_where_it_says() {
    let exchange = Exchange {
        service: "fal",
        model: "fal-ai/wan/v2.7",
        first: true,
        script: &[
            (
                "POST /fal-ai/wan/v2.7",
                200,
                r#"{"request_id":"r","status_url":"{at}/s/r","response_url":"{at}/r/r","cancel_url":"{at}/c/r"}"#,
            ),
            ("GET /s/r", 202, r#"{"status":"IN_QUEUE","queue_position":3}"#),
            ("GET /s/r", 202, r#"{"status":"IN_PROGRESS","logs":null}"#),
            ("GET /s/r", 200, r#"{"status":"COMPLETED","metrics":{"inference_time":9}}"#),
            (
                "GET /r/r",
                200,
                r#"{"video":{"url":"{at}/files/clip.mp4","content_type":"video/mp4"},"seed":7}"#,
            ),
            ("GET /files/clip.mp4", 200, CLIP),
            ("PUT /c/r", 400, r#"{"status":"ALREADY_COMPLETED"}"#),
        ],
        line: "POST /fal-ai/wan/v2.7",
        header: ("authorization", "Key key-0123456789abcdef:sec-0123456789abcdef"),
        sent: json!({
            "prompt": "Rain on a window.", "negative_prompt": "text", "seed": 7, "duration": "5", "aspect_ratio": "16:9",
            "resolution": "720p", "generate_audio": false, "image_url": STILL,
        }),
        states: &["waiting", "running"],
    };
    exchange.check();
}

#[test]
fn replicate_is_handed_files_first() {
    let exchange = Exchange {
        service: "replicate",
        model: "wan-video/wan-2.7",
        first: true,
        script: &[
            ("POST /v1/files", 201, r#"{"id":"f1","urls":{"get":"https://api.replicate.com/v1/files/f1"}}"#),
            (
                "POST /v1/models/wan-video/wan-2.7/predictions",
                201,
                r#"{"id":"p1","status":"starting","urls":{"get":"{at}/v1/predictions/p1","cancel":"{at}/v1/predictions/p1/cancel"}}"#,
            ),
            ("GET /v1/predictions/p1", 200, r#"{"id":"p1","status":"starting"}"#),
            ("GET /v1/predictions/p1", 200, r#"{"id":"p1","status":"processing","logs":"1%"}"#),
            (
                "GET /v1/predictions/p1",
                200,
                r#"{"id":"p1","status":"succeeded","output":"{at}/out.mp4","error":null}"#,
            ),
            ("GET /out.mp4", 200, CLIP),
            ("POST /v1/predictions/p1/cancel", 200, "{}"),
        ],
        line: "POST /v1/models/wan-video/wan-2.7/predictions",
        header: BEARER,
        sent: json!({ "input": {
            "prompt": "Rain on a window.", "negative_prompt": "text", "seed": 7, "duration": 5, "aspect_ratio": "16:9",
            "resolution": "720p", "generate_audio": false, "image": "https://api.replicate.com/v1/files/f1",
        }}),
        states: &["waiting", "running"],
    };
    let (_, heard) = exchange.check();
    assert!(heard[0].text().contains("name=\"content\"; filename=\"file.png\""), "{}", heard[0].text());
}

#[test]
fn veo_operations_are_paths() {
    let exchange = Exchange {
        service: "veo",
        model: "veo-3.1-generate-preview",
        first: true,
        script: &[
            (
                "POST /v1beta/models/veo-3.1-generate-preview:predictLongRunning",
                200,
                r#"{"name":"models/veo-3.1-generate-preview/operations/op7"}"#,
            ),
            (
                "GET /v1beta/models/veo-3.1-generate-preview/operations/op7",
                200,
                r#"{"name":"models/veo-3.1-generate-preview/operations/op7"}"#,
            ),
            (
                "GET /v1beta/models/veo-3.1-generate-preview/operations/op7",
                200,
                r#"{"name":"op","done":true,"response":{"generateVideoResponse":{"generatedSamples":[{"video":{"uri":"{at}/v1beta/files/x:download?alt=media"}}]}}}"#,
            ),
            ("GET /v1beta/files/x:download?alt=media", 200, CLIP),
        ],
        line: "POST /v1beta/models/veo-3.1-generate-preview:predictLongRunning",
        header: ("x-goog-api-key", KEY),
        sent: json!({
            "instances": [{
                "prompt": "Rain on a window.",
                "image": { "bytesBase64Encoded": "UE5H", "mimeType": "image/png" },
            }],
            "parameters": {
                "negativePrompt": "text", "seed": 7, "durationSeconds": 5, "aspectRatio": "16:9", "resolution": "720p",
            },
        }),
        states: &["running"],
    };
    let (_, heard) = exchange.check();
    assert_eq!(heard.last().unwrap().header("x-goog-api-key"), Some(KEY), "its own files want the key");
}

#[test]
fn runway() {
    let exchange = Exchange {
        service: "runway",
        model: "gen4.5",
        first: true,
        script: &[
            ("POST /v1/image_to_video", 200, r#"{"id":"t1"}"#),
            ("GET /v1/tasks/t1", 200, r#"{"id":"t1","status":"THROTTLED"}"#),
            ("GET /v1/tasks/t1", 200, r#"{"id":"t1","status":"RUNNING","progress":0.4}"#),
            ("GET /v1/tasks/t1", 200, r#"{"id":"t1","status":"SUCCEEDED","output":["{at}/clip.mp4?sig=1"]}"#),
            ("GET /clip.mp4?sig=1", 200, CLIP),
            ("DELETE /v1/tasks/t1", 204, ""),
        ],
        line: "POST /v1/image_to_video",
        header: ("x-runway-version", "2024-11-06"),
        sent: json!({
            "model": "gen4.5", "promptText": "Rain on a window.", "seed": 7, "duration": 5, "ratio": "1280:720",
            "promptImage": [{ "uri": STILL, "position": "first" }],
        }),
        states: &["waiting", "running"],
    };
    exchange.check();
    Exchange {
        first: false,
        script: &[
            ("POST /v1/text_to_video", 200, r#"{"id":"t1"}"#),
            ("GET /v1/tasks/t1", 200, r#"{"id":"t1","status":"SUCCEEDED","output":["{at}/clip.mp4"]}"#),
            ("GET /clip.mp4", 200, CLIP),
        ],
        line: "POST /v1/text_to_video",
        sent: json!({
            "model": "gen4.5", "promptText": "Rain on a window.", "seed": 7, "duration": 5, "ratio": "1280:720",
        }),
        states: &[],
        ..exchange
    }
    .check();
}

#[test]
fn kling_is_signed_with_a_token_and_knows_our_name() {
    let exchange = Exchange {
        service: "kling",
        model: "kling-v3",
        first: true,
        script: &[
            (
                "POST /v1/videos/image2video",
                200,
                r#"{"code":0,"message":"SUCCEED","data":{"task_id":"k1","task_status":"submitted"}}"#,
            ),
            (
                "GET /v1/videos/image2video/k1",
                200,
                r#"{"code":0,"data":{"task_id":"k1","task_status":"submitted"}}"#,
            ),
            (
                "GET /v1/videos/image2video/k1",
                200,
                r#"{"code":0,"data":{"task_id":"k1","task_status":"processing"}}"#,
            ),
            (
                "GET /v1/videos/image2video/k1",
                200,
                r#"{"code":0,"data":{"task_id":"k1","task_status":"succeed","task_result":{"videos":[{"id":"v","url":"{at}/k.mp4","duration":"5"}]}}}"#,
            ),
            ("GET /k.mp4", 200, CLIP),
        ],
        line: "POST /v1/videos/image2video",
        header: ("content-type", "application/json"),
        sent: json!({
            "model_name": "kling-v3", "prompt": "Rain on a window.", "negative_prompt": "text", "duration": "5",
            "aspect_ratio": "16:9", "sound": "off", "image": "UE5H", "external_task_id": ID,
        }),
        states: &["waiting", "running"],
    };
    let (_, heard) = exchange.check();
    let token = heard[0].header("authorization").unwrap();
    assert!(token.starts_with("Bearer eyJ") && token.split('.').count() == 3, "{token}");
}

#[test]
fn seedance_is_told_to_be_silent() {
    let exchange = Exchange {
        service: "seedance",
        model: "seedance-2-0-260128",
        first: true,
        script: &[
            ("POST /api/v3/contents/generations/tasks", 200, r#"{"id":"cgt-1"}"#),
            ("GET /api/v3/contents/generations/tasks/cgt-1", 200, r#"{"id":"cgt-1","status":"queued"}"#),
            ("GET /api/v3/contents/generations/tasks/cgt-1", 200, r#"{"id":"cgt-1","status":"running"}"#),
            (
                "GET /api/v3/contents/generations/tasks/cgt-1",
                200,
                r#"{"id":"cgt-1","model":"seedance-2-0-260128","status":"succeeded","content":{"video_url":"{at}/s.mp4"},"seed":7,"usage":{"completion_tokens":108900}}"#,
            ),
            ("GET /s.mp4", 200, CLIP),
            ("DELETE /api/v3/contents/generations/tasks/cgt-1", 200, "{}"),
        ],
        line: "POST /api/v3/contents/generations/tasks",
        header: BEARER,
        sent: json!({
            "model": "seedance-2-0-260128",
            "content": [
                { "type": "text", "text": "Rain on a window." },
                { "type": "image_url", "image_url": { "url": STILL }, "role": "first_frame" },
            ],
            "seed": 7, "duration": 5, "ratio": "16:9", "resolution": "720p", "generate_audio": false, "watermark": false,
        }),
        states: &["waiting", "running"],
    };
    let (ready, _) = exchange.check();
    assert_eq!((ready.said["seed"].as_str(), ready.said["tokens"].as_str()), ("7", "108900"));
}

#[test]
fn wan() {
    let exchange = Exchange {
        service: "wan",
        model: "wan2.7-i2v",
        first: true,
        script: &[
            (
                "POST /api/v1/services/aigc/video-generation/video-synthesis",
                200,
                r#"{"output":{"task_status":"PENDING","task_id":"w1"},"request_id":"q"}"#,
            ),
            ("GET /api/v1/tasks/w1", 200, r#"{"output":{"task_id":"w1","task_status":"PENDING"}}"#),
            ("GET /api/v1/tasks/w1", 200, r#"{"output":{"task_id":"w1","task_status":"RUNNING"}}"#),
            (
                "GET /api/v1/tasks/w1",
                200,
                r#"{"output":{"task_id":"w1","task_status":"SUCCEEDED","video_url":"{at}/w.mp4"}}"#,
            ),
            ("GET /w.mp4", 200, CLIP),
        ],
        line: "POST /api/v1/services/aigc/video-generation/video-synthesis",
        header: ("x-dashscope-async", "enable"),
        sent: json!({
            "model": "wan2.7-i2v",
            "input": {
                "prompt": "Rain on a window.", "negative_prompt": "text",
                "media": [{ "type": "first_frame", "url": STILL }],
            },
            "parameters": {
                "resolution": "720P", "ratio": "16:9", "duration": 5, "seed": 7, "prompt_extend": false,
                "watermark": false,
            },
        }),
        states: &["waiting", "running"],
    };
    exchange.check();
}

#[test]
fn minimax_names_a_file_that_is_asked_for() {
    let exchange = Exchange {
        service: "minimax",
        model: "MiniMax-H3",
        first: true,
        script: &[
            (
                "POST /v1/video_generation",
                200,
                r#"{"task_id":"m1","base_resp":{"status_code":0,"status_msg":"success"}}"#,
            ),
            (
                "GET /v1/query/video_generation?task_id=m1",
                200,
                r#"{"task_id":"m1","status":"Queueing","base_resp":{"status_code":0,"status_msg":"success"}}"#,
            ),
            (
                "GET /v1/query/video_generation?task_id=m1",
                200,
                r#"{"task_id":"m1","status":"Processing","base_resp":{"status_code":0,"status_msg":"success"}}"#,
            ),
            (
                "GET /v1/query/video_generation?task_id=m1",
                200,
                r#"{"task_id":"m1","status":"Success","file_id":"205","base_resp":{"status_code":0,"status_msg":"success"}}"#,
            ),
            (
                "GET /v1/files/retrieve?file_id=205",
                200,
                r#"{"file":{"file_id":205,"download_url":"{at}/m.mp4"},"base_resp":{"status_code":0,"status_msg":"success"}}"#,
            ),
            ("GET /m.mp4", 200, CLIP),
        ],
        line: "POST /v1/video_generation",
        header: BEARER,
        sent: json!({
            "model": "MiniMax-H3", "prompt": "Rain on a window.", "prompt_optimizer": false, "duration": 5,
            "resolution": "720P", "first_frame_image": STILL,
        }),
        states: &["waiting", "running"],
    };
    exchange.check();
}

#[test]
fn luma() {
    let exchange = Exchange {
        service: "luma",
        model: "ray-3.2",
        first: true,
        script: &[
            ("POST /v1/generations", 201, r#"{"id":"g1","state":"queued"}"#),
            ("GET /v1/generations/g1", 200, r#"{"id":"g1","state":"queued"}"#),
            ("GET /v1/generations/g1", 200, r#"{"id":"g1","state":"processing"}"#),
            (
                "GET /v1/generations/g1",
                200,
                r#"{"id":"g1","state":"completed","output":[{"type":"video","url":"{at}/l.mp4"}]}"#,
            ),
            ("GET /l.mp4", 200, CLIP),
        ],
        line: "POST /v1/generations",
        header: BEARER,
        sent: json!({
            "type": "video", "model": "ray-3.2", "prompt": "Rain on a window.", "aspect_ratio": "16:9",
            "video": {
                "resolution": "720p", "duration": "5s", "start_frame": { "data": "UE5H", "media_type": "image/png" },
            },
        }),
        states: &["waiting", "running"],
    };
    exchange.check();
}

#[test]
fn stable_diffusion_cpp_gives_the_clip_in_the_job() {
    let exchange = Exchange {
        service: "sdcpp",
        model: "",
        first: true,
        script: &[
            (
                "POST /sdcpp/v1/vid_gen",
                202,
                r#"{"id":"j1","kind":"vid_gen","status":"queued","poll_url":"/sdcpp/v1/jobs/j1"}"#,
            ),
            (
                "GET /sdcpp/v1/jobs/j1",
                200,
                r#"{"id":"j1","status":"queued","queue_position":2,"result":null,"error":null}"#,
            ),
            ("GET /sdcpp/v1/jobs/j1", 200, r#"{"id":"j1","status":"generating","result":null,"error":null}"#),
            (
                "GET /sdcpp/v1/jobs/j1",
                200,
                r#"{"id":"j1","status":"completed","result":{"mime_type":"video/webm","frame_count":117,"b64_json":"AAAAGGZ0eXBtcDQyIGEgdGFrZQ=="},"error":null}"#,
            ),
            ("POST /sdcpp/v1/jobs/j1/cancel", 409, r#"{"error":"over"}"#),
        ],
        line: "POST /sdcpp/v1/vid_gen",
        header: ("content-type", "application/json"),
        sent: json!({
            "prompt": "Rain on a window.", "negative_prompt": "text", "seed": 7, "video_frames": 120, "fps": 24,
            "width": 1280, "height": 720, "init_image": "UE5H", "output_format": "webm",
        }),
        states: &["waiting", "running"],
    };
    let (ready, _) = exchange.check();
    assert_eq!(ready.said["frames"], "117");
}

#[test]
fn an_answer_that_is_the_clip_is_kept_until_it_is_safe() {
    let exchange = Exchange {
        service: "ltx",
        model: "ltx-2-5-fast",
        first: true,
        script: &[("POST /v1/image-to-video", 200, CLIP)],
        line: "POST /v1/image-to-video",
        header: BEARER,
        sent: json!({
            "model": "ltx-2-5-fast", "prompt": "Rain on a window.", "duration": 5, "resolution": "1280x720", "fps": 24,
            "generate_audio": false, "image_uri": STILL,
        }),
        states: &[],
    };
    exchange.check();
    Exchange {
        service: "videos-sync",
        script: &[("POST /v1/videos/sync", 200, CLIP)],
        line: "POST /v1/videos/sync",
        header: BEARER,
        sent: json!("num_frames=120|seed=7"),
        ..exchange
    }
    .check();
    // Across a restart, and twice where the first copy did not count.
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = scripted(&[("POST /v1/text-to-video", 200, CLIP)]);
    let hired = || Described::new(settings("ltx", "m", &server.address(), folder)).unwrap();
    let request = hired().request(&order(Inputs::default()), "12_0040-1", ID).unwrap();
    calling(folder, |call| {
        assert_eq!(hired().look_up(0, &request, call), Ok(LookedUp::CannotTell));
        let job = hired().submit(0, &request, call).unwrap();
        assert_eq!(hired().look_up(0, &request, call), Ok(LookedUp::Found(job.clone())));
        let Ok(JobState::Ready(ready)) = hired().poll(0, &job, call) else { panic!("it is there") };
        for copy in ["one.mp4", "two.mp4"] {
            hired().fetch(0, &job, &ready, &folder.join(copy), call).unwrap();
            assert_eq!(std::fs::read(folder.join(copy)).unwrap(), CLIP_BYTES);
        }
        for (id, is_gone) in [("../../etc/passwd", false), ("unknown", true)] {
            let job = Job { id: id.to_owned(), links: BTreeMap::new() };
            let came = hired().poll(0, &job, call);
            assert_eq!(matches!(came, Ok(JobState::Gone { .. })), is_gone, "{came:?}");
        }
    });
    let words = scripted(&[("POST /v1/text-to-video", 200, r#"{"status":"ok"}"#)]);
    let hired = Described::new(settings("ltx", "m", &words.address(), folder)).unwrap();
    calling(folder, |call| {
        let error = hired.submit(0, &request, call).unwrap_err();
        assert!(matches!(error, Trouble::Lost { .. }), "it may have been paid for: {error:?}");
    });
}

/// How a service that speaks like `name` ends a job that it answers so.
fn ended(name: &str, status: u16, answer: &'static str) -> Result<JobState, Trouble> {
    let folder = tempfile::tempdir().unwrap();
    let server = TestService::start(move |_, _| Answers::no(status, answer));
    let hired = Described::new(settings(name, "a/b", &server.address(), folder.path())).unwrap();
    let links = ["status", "response"].map(|name| (name.to_owned(), format!("{}/{name}", server.address())));
    let mut links = BTreeMap::from(links);
    links.insert("path".to_owned(), "/v1/videos/text2video".to_owned());
    calling(folder.path(), |call| hired.poll(0, &Job { id: "j".to_owned(), links }, call))
}

#[test]
fn refusals_are_told_from_failures_with_what_they_cost() {
    let nothing = Charged::Nothing;
    for (name, answer, refused, charged, said) in [
        (
            "veo",
            r#"{"done":true,"response":{"generateVideoResponse":{"raiMediaFilteredCount":1,"raiMediaFilteredReasons":["It was filtered."]}}}"#,
            true,
            nothing.clone(),
            "It was filtered.",
        ),
        (
            "veo",
            r#"{"done":true,"error":{"code":3,"message":"bad image"}}"#,
            false,
            nothing.clone(),
            "bad image",
        ),
        ("veo", r#"{"done":true,"response":{}}"#, false, Charged::AsEstimated, "names no clip"),
        (
            "xai",
            r#"{"status":"done","video":{"url":"","respect_moderation":false}}"#,
            true,
            Charged::AsEstimated,
            "",
        ),
        (
            "xai",
            r#"{"status":"failed","error":"Content moderation","usage":{"cost_in_usd_ticks":500000000}}"#,
            true,
            Charged::This(Money { micros: 50_000, currency: "USD".to_owned() }),
            "Content moderation",
        ),
        (
            "seedance",
            r#"{"status":"failed","error":{"code":"OutputAudioSensitiveContentDetected","message":"The audio may be unsuitable."}}"#,
            true,
            nothing.clone(),
            "may be unsuitable",
        ),
        (
            "wan",
            r#"{"output":{"task_status":"FAILED","code":"DataInspectionFailed","message":"Output data may be bad"}}"#,
            true,
            nothing.clone(),
            "may be bad",
        ),
        (
            "minimax",
            r#"{"status":"Fail","base_resp":{"status_code":1027,"status_msg":"output"}}"#,
            true,
            nothing.clone(),
            "output",
        ),
        (
            "runway",
            r#"{"status":"FAILED","failureCode":"SAFETY.INPUT.TEXT","failure":"Sorry."}"#,
            false,
            nothing.clone(),
            "Sorry.",
        ),
        ("runway", r#"{"status":"CANCELLED"}"#, false, nothing.clone(), ""),
        // The script's own words are no moderation.
        ("videos", r#"{"status":"failed","prompt":"a safety policy"}"#, false, nothing.clone(), ""),
        (
            "videos",
            r#"{"status":"failed","error":{"message":"flagged by our safety system"}}"#,
            true,
            nothing.clone(),
            "flagged",
        ),
        (
            "fal",
            r#"{"status":"COMPLETED","error":"content_policy_violation"}"#,
            true,
            nothing.clone(),
            "violation",
        ),
        (
            "sdcpp",
            r#"{"status":"completed","result":{"b64_json":""}}"#,
            false,
            Charged::AsEstimated,
            "names no clip",
        ),
    ] {
        let (is_refused, end) = match ended(name, 200, answer) {
            Ok(JobState::Refused(end)) => (true, end),
            Ok(JobState::Failed(end)) => (false, end),
            other => panic!("{name} {answer}: {other:?}"),
        };
        assert_eq!((is_refused, &end.charged), (refused, &charged), "{name} {answer}");
        assert!(end.said.contains(said), "{name}: {}", end.said);
    }
}

#[test]
fn a_refusal_is_found_where_the_clip_would_be() {
    let answer = r#"{"detail":[{"msg":"The content could not be processed because it contained material flagged by a content checker.","type":"content_policy_violation"}]}"#;
    let folder = tempfile::tempdir().unwrap();
    let server = TestService::start(move |_, heard| match heard.line.as_str() {
        "GET /status" => Answers::no(200, r#"{"status":"COMPLETED"}"#),
        _ => Answers::no(422, answer),
    });
    let hired = Described::new(settings("fal", "a/b", &server.address(), folder.path())).unwrap();
    let links = ["status", "response"].map(|name| (name.to_owned(), format!("{}/{name}", server.address())));
    let job = Job { id: "j".to_owned(), links: BTreeMap::from(links) };
    let state = calling(folder.path(), |call| hired.poll(0, &job, call));
    assert!(matches!(&state, Ok(JobState::Refused(end)) if end.said.contains("could not be")), "{state:?}");
}

#[test]
fn no_poll_that_is_not_understood_ends_a_job() {
    for name in ["videos", "veo", "kling", "fal", "minimax", "wan", "luma"] {
        for (status, answer) in [
            (200, "<html>Bad gateway</html>"),
            (200, "{}"),
            (200, "null"),
            (200, "[1]"),
            (200, r#"{"status":"sulking","state":7,"error":"what"}"#),
            (500, r#"{"status":"failed","error":"internal"}"#),
            (502, "bad"),
            (400, r#"{"error":"failed"}"#),
        ] {
            let state = ended(name, status, answer);
            let goes_on = matches!(&state, Err(Trouble::Lost { .. }))
                || (name == "veo" && matches!(&state, Ok(JobState::Running { .. })));
            assert!(goes_on, "{name} {status} {answer}: {state:?}");
        }
        for status in [404, 410] {
            assert!(
                matches!(ended(name, status, r#"{"error":"no such job"}"#), Ok(JobState::Gone { .. })),
                "{name}"
            );
        }
        assert!(matches!(ended(name, 401, "{}"), Err(Trouble::NotLetIn { .. })), "{name}");
        assert!(matches!(ended(name, 429, "{}"), Err(Trouble::Busy { .. })), "{name}");
    }
    assert!(matches!(
        ended("wan", 200, r#"{"output":{"task_status":"UNKNOWN"}}"#),
        Ok(JobState::Gone { .. })
    ));
}

/// What handing a job in comes to at a service that answers so.
fn handed_in(name: &str, reply: Answers) -> Trouble {
    let folder = tempfile::tempdir().unwrap();
    let server = TestService::start(move |_, _| reply.clone());
    let hired = Described::new(settings(name, "a/b", &server.address(), folder.path())).unwrap();
    let request = hired.request(&order(Inputs::default()), "12_0040-1", ID).unwrap();
    let trouble = calling(folder.path(), |call| hired.submit(0, &request, call)).unwrap_err();
    assert_eq!(server.heard().len(), 1, "nothing is sent twice");
    trouble
}

#[test]
fn what_may_be_done_next_is_told_by_how_a_job_was_turned_away() {
    let kind =
        |trouble: &Trouble| format!("{trouble:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
    for (name, status, answer, expected) in [
        ("openrouter", 400, r#"{"error":{"message":"duration must be 4, 6 or 8"}}"#, "TurnedDown"),
        ("openrouter", 400, r#"{"error":{"message":"prompt violates our content policy"}}"#, "Refused"),
        ("openrouter", 401, r#"{"error":{"message":"No auth"}}"#, "NotLetIn"),
        ("openrouter", 402, r#"{"error":{"message":"Pay"}}"#, "NoCredit"),
        ("openrouter", 403, r#"{"error":{"message":"Key disabled"}}"#, "NotLetIn"),
        ("openrouter", 403, r#"{"error":{"message":"flagged by moderation"}}"#, "Refused"),
        ("openrouter", 404, r#"{"error":{"message":"No such model"}}"#, "NoModel"),
        ("openrouter", 400, r#"{"error":{"message":"acme/x is not a valid model ID"}}"#, "NoModel"),
        ("openrouter", 400, r#"{"error":{"message":"this model takes 4 to 8 seconds"}}"#, "TurnedDown"),
        ("videos", 404, r#"{"error":{"message":"The model `x` does not exist."}}"#, "NoModel"),
        ("fal", 404, r#"{"detail":"Application 'x' not found"}"#, "NoModel"),
        ("fal", 403, r#"{"detail":"User is locked. Reason: Exhausted balance."}"#, "NoCredit"),
        ("replicate", 410, r#"{"detail":"gone","status":410}"#, "NoModel"),
        ("openrouter", 408, "{}", "Lost"),
        ("openrouter", 422, r#"{"error":{"message":"nsfw"}}"#, "Refused"),
        ("openrouter", 429, r#"{"error":{"message":"slow down"}}"#, "Busy"),
        ("openrouter", 429, r#"{"error":{"message":"out of credits"}}"#, "NoCredit"),
        ("openrouter", 302, "{}", "TurnedDown"),
        ("openrouter", 500, "{}", "Lost"),
        ("openrouter", 503, "{}", "Lost"),
        ("openrouter", 200, "<html>", "Lost"),
        ("openrouter", 200, r#"{"status":"pending"}"#, "Lost"),
        ("kling", 200, r#"{"code":1102,"message":"resource pack depleted"}"#, "NoCredit"),
        ("kling", 429, r#"{"code":1303,"message":"parallel task over resource pack limit"}"#, "Busy"),
        ("kling", 400, r#"{"code":1301,"message":"risk"}"#, "Refused"),
        ("kling", 401, r#"{"code":1000,"message":"signature"}"#, "NotLetIn"),
        (
            "minimax",
            200,
            r#"{"task_id":"","base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#,
            "NoCredit",
        ),
        ("minimax", 200, r#"{"task_id":"","base_resp":{"status_code":1026,"status_msg":"x"}}"#, "Refused"),
        (
            "minimax",
            200,
            r#"{"task_id":"","base_resp":{"status_code":2013,"status_msg":"bad params"}}"#,
            "TurnedDown",
        ),
        ("wan", 429, r#"{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded"}"#, "Busy"),
        ("wan", 400, r#"{"code":"Arrearage","message":"Access denied"}"#, "NoCredit"),
        ("wan", 400, r#"{"code":"InvalidParameter","message":"duration"}"#, "TurnedDown"),
        (
            "seedance",
            400,
            r#"{"error":{"code":"InputTextSensitiveContentDetected","message":"no"}}"#,
            "Refused",
        ),
        ("veo", 429, r#"{"error":{"message":"You exceeded your current quota"}}"#, "NoCredit"),
        ("ltx", 400, r#"{"error":{"message":"bad duration"}}"#, "TurnedDown"),
        ("ltx", 500, r#"{"error":{"message":"oops"}}"#, "Lost"),
    ] {
        let trouble = handed_in(name, Answers::no(status, answer));
        assert_eq!(kind(&trouble), expected, "{name} {status} {answer}: {trouble:?}");
    }
    let later = |status: u16| Answers::Answer(status, vec!["Retry-After: 7".to_owned()], b"quota".to_vec());
    for status in [429, 503] {
        let after = Some(Duration::from_secs(7));
        assert!(
            matches!(handed_in("videos", later(status)), Trouble::Busy { after: own, .. } if own == after)
        );
    }
    for reply in [Answers::HangUp, Answers::CutShort(b"{".to_vec(), 9)] {
        assert_eq!(kind(&handed_in("videos", reply)), "Lost");
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["videos", "ltx"] {
        let hired = Described::new(settings(name, "", &TestService::nowhere(), folder.path())).unwrap();
        let request = hired.request(&order(Inputs::default()), "12_0040-1", ID).unwrap();
        let trouble = calling(folder.path(), |call| hired.submit(0, &request, call)).unwrap_err();
        assert_eq!(kind(&trouble), "NotHeard", "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_handed_in_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = TestService::start(|_, _| Answers::no(500, "{}"));
    let hired = Described::new(settings("replicate", "a/b", &server.address(), folder)).unwrap();
    let first = Some(given(folder, "png"));
    let request = hired.request(&order(Inputs { first, ..Inputs::default() }), "12_0040-1", ID).unwrap();
    let trouble = calling(folder, |call| hired.submit(0, &request, call)).unwrap_err();
    assert!(matches!(trouble, Trouble::NotHeard { .. }), "{trouble:?}");
    assert!(server.heard().iter().all(|heard| heard.line == "POST /v1/files"), "no job was handed in");
    std::fs::remove_file(folder.join(request.given[0].hash.to_string())).unwrap();
    let trouble = calling(folder, |call| hired.submit(0, &request, call)).unwrap_err();
    assert!(
        matches!(&trouble, Trouble::TurnedDown { said } if said.contains("gone from the film's vault")),
        "{trouble:?}"
    );
}

#[test]
fn a_lost_job_is_found_only_where_it_is_surely_ours() {
    let ours = r#"{"id":"v7","prompt":"Rain on a window.","seed":7}"#;
    let found = |name: &str, answer: String| {
        let folder = tempfile::tempdir().unwrap();
        let server = TestService::start(move |_, _| Answers::no(200, &answer));
        let hired = Described::new(settings(name, "a/b", &server.address(), folder.path())).unwrap();
        let request = hired.request(&order(Inputs::default()), "12_0040-1", ID).unwrap();
        match calling(folder.path(), |call| hired.look_up(0, &request, call)).unwrap() {
            LookedUp::Found(job) => Some(job.id),
            _ => None,
        }
    };
    let other = ours.replace(":7}", ":8}").replace("v7", "v8");
    assert_eq!(found("videos", format!("{{\"data\":[{other},{ours}]}}")).as_deref(), Some("v7"));
    assert_eq!(found("videos", format!("{{\"data\":[{ours},{ours}]}}")), None, "two of the same");
    assert_eq!(found("videos", format!("{{\"data\":[{other}]}}")), None);
    assert_eq!(found("videos", r#"{"data":[{"id":"v7","prompt":"Rain on a window."}]}"#.to_owned()), None);
    assert_eq!(found("videos", "<html>".to_owned()), None);
    assert_eq!(found("openrouter", format!("{{\"data\":[{ours}]}}")), None, "it has no list");
    let kling =
        format!(r#"{{"code":0,"data":[{{"task_id":"k9","task_info":{{"external_task_id":"{ID}"}}}}]}}"#);
    assert_eq!(found("kling", kling).as_deref(), Some("k9"));
}

#[test]
fn results_lead_nowhere_that_only_we_can_reach_and_are_clips() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = TestService::start(|_, heard| match heard.line.as_str() {
        "GET /page" => Answers::good("text/html", b"<html>expired</html>".to_vec()),
        "GET /gone" => Answers::no(410, "{}"),
        "GET /short" => Answers::CutShort(vec![0; 9], 9),
        _ => Answers::no(500, "{}"),
    });
    let hired = Described::new(settings("xai", "m", &server.address(), folder)).unwrap();
    let job = Job { id: "j".to_owned(), links: BTreeMap::new() };
    let file = folder.join("take.mp4");
    let fetched = |link: String| {
        let ready = Ready { links: vec![link], ..Ready::default() };
        let trouble = calling(folder, |call| hired.fetch(0, &job, &ready, &file, call)).unwrap_err();
        assert!(!file.exists());
        trouble
    };
    for link in ["http://169.254.169.254/latest", "https://10.0.0.1/x", "file:///etc/passwd", ""] {
        let trouble = fetched(link.to_owned());
        assert!(matches!(trouble, Trouble::NoTake { .. }), "{link}: {trouble:?}");
    }
    let here = |path: &str| fetched(format!("{}{path}", server.address()));
    assert!(matches!(here("/page"), Trouble::NoTake { .. }));
    assert!(matches!(here("/gone"), Trouble::NoTake { .. }));
    assert!(matches!(here("/short"), Trouble::Lost { .. }));
    assert!(matches!(here("/broken"), Trouble::Lost { .. }));
}

#[test]
fn what_a_model_cannot_be_told_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let all = || Inputs {
        first: Some(given(folder, "png")),
        last: Some(given(folder, "jpg")),
        references: vec![given(folder, "webp"), given(folder, "jpeg")],
        audio: Some(given(folder, "wav")),
        own_sound: true,
    };
    let check = |name: &str, takes: Option<Vec<Input>>, left_out: &[&str]| {
        let settings = DescribedSettings { takes, ..settings(name, "m", "http://127.0.0.1:9", folder) };
        let request = Described::new(settings).unwrap().request(&order(all()), "12_0040-1", ID).unwrap();
        assert_eq!(request.left_out, left_out, "{name}");
        request
    };
    check("seedance", None, &["it has no negative prompt"]);
    check("wan", None, &["it goes by no reference stills", "its own sound cannot be asked for"]);
    let only_words = check(
        "seedance",
        Some(vec![Input::Seed]),
        &[
            "it has no negative prompt",
            "it begins with no still of yours",
            "it ends with no still of yours",
            "it goes by no reference stills",
            "it follows no voice",
        ],
    );
    assert!(only_words.given.is_empty());
    assert_eq!(only_words.body["body"]["content"].as_array().unwrap().len(), 1);
    let full = check("seedance", None, &["it has no negative prompt"]);
    assert_eq!(full.given.len(), 5);
    let roles: Vec<&str> = full.body["body"]["content"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["role"].as_str())
        .collect();
    assert_eq!(roles, ["first_frame", "last_frame", "reference_image", "reference_image", "reference_audio"]);
    assert_eq!(full.body["body"]["generate_audio"], true);
}

#[test]
fn a_film_changes_what_is_sent_without_a_release() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings("fal", "fal-ai/x", "http://127.0.0.1:9", folder.path());
    settings.leave_out = vec!["duration".to_owned(), "generate_audio".to_owned()];
    settings.extra =
        json!({ "num_frames": "{frames}", "lora": { "scale": 0.5 } }).as_object().unwrap().clone();
    let mut order = order(Inputs::default());
    (order.frames, order.fps) = (121, Fps::NTSC_FILM);
    let request = Described::new(settings.clone()).unwrap().request(&order, "12_0040-1", ID).unwrap();
    assert_eq!(
        request.body["body"],
        json!({
            "prompt": "Rain on a window.", "negative_prompt": "text", "seed": 7, "aspect_ratio": "16:9",
            "resolution": "720p", "num_frames": 121, "lora": { "scale": 0.5 },
        })
    );
    settings.leave_out.clear();
    settings.extra = json!({ "fps": "{fps}" }).as_object().unwrap().clone();
    let request = Described::new(settings.clone()).unwrap().request(&order, "12_0040-1", ID).unwrap();
    assert_eq!(
        (&request.body["body"]["duration"], &request.body["body"]["fps"]),
        (&json!("6"), &json!(23.976))
    );
    order.frames = 120;
    let request = Described::new(settings.clone()).unwrap().request(&order, "12_0040-1", ID).unwrap();
    assert_eq!(request.body["body"]["duration"], "5", "less than a frame away");
    settings.extra = json!({ "x": "{promt}" }).as_object().unwrap().clone();
    let error = Described::new(settings.clone()).err().unwrap().to_string();
    assert!(error.contains("`{promt}` is not known"), "{error}");
    let other = DescribedSettings { key: Some("no colon".to_owned()), extra: Map::new(), ..settings.clone() };
    let kling = DescribedSettings { description: built_in_descriptions()["kling"].clone(), ..other };
    assert!(matches!(Described::new(kling), Err(DescribedError::NoToken { .. })));
    let videos = DescribedSettings {
        description: built_in_descriptions()["videos"].clone(),
        addresses: vec![],
        ..settings
    };
    assert!(matches!(
        Described::new(videos),
        Err(DescribedError::Extra { .. } | DescribedError::NoAddress { .. })
    ));
}

#[test]
fn models_that_are_not_there_are_named_before_anything_is_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = scripted(&[("GET /v1/models", 200, r#"{"data":[{"id":"Wan-AI/Wan2.2"}]}"#)]);
    let ready = |model: &str, address: &str| {
        let hired = Described::new(settings("videos", model, address, folder.path())).unwrap();
        let request = hired.request(&order(Inputs::default()), "12_0040-1", ID).unwrap();
        calling(folder.path(), |call| hired.ready(0, &request, call))
    };
    assert_eq!(ready("", &server.address()), Ok(()));
    assert_eq!(ready("Wan-AI/Wan2.2", &server.address()), Ok(()));
    let trouble = ready("Wan-AI/Wan3", &server.address());
    assert!(
        matches!(&trouble, Err(Trouble::TurnedDown { said }) if said.contains("such as Wan-AI/Wan2.2")),
        "{trouble:?}"
    );
    assert!(matches!(ready("", &TestService::nowhere()), Err(Trouble::NotHeard { .. })));
}

#[test]
fn no_key_is_in_anything_that_comes_back() {
    let parts = ["key-0123456789abcdef", "sec-0123456789abcdef"];
    for (name, description) in built_in_descriptions() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for status in [200, 302, 400, 401, 402, 403, 404, 410, 422, 429, 500, 503] {
            let server = TestService::start(move |_, heard| {
                let seen = heard.header("authorization").unwrap_or_default().replace('"', "");
                let echo = format!("{KEY} {seen}");
                let said = format!("{echo} {}", &KEY[4..]);
                let json = json!({
                    "id": echo, "request_id": echo, "name": echo, "task_id": echo, "status": "failed", "done": true,
                    "state": "failed", "error": { "message": said, "code": said }, "message": said, "failure": said,
                    "data": { "task_id": echo, "task_status": "failed", "task_status_msg": said },
                    "output": { "task_id": echo, "task_status": "FAILED", "message": said },
                    "base_resp": { "status_msg": said, "status_code": 7 }, "model": said, "polling_url": echo,
                });
                let headers = vec![format!("Location: /{echo}"), format!("x-request-id: {echo}")];
                Answers::Answer(status, headers, json.to_string().into_bytes())
            });
            let hired = Described::new(settings(name, "a/b", &server.address(), folder)).unwrap();
            let request = hired.request(&order(Inputs::default()), "12_0040-1", ID).unwrap();
            let job =
                Job { id: "j".to_owned(), links: BTreeMap::from([("path".to_owned(), "/x".to_owned())]) };
            let ready = Ready { links: vec![format!("{}/x?{KEY}", server.address())], ..Ready::default() };
            let shown = calling(folder, |call| {
                format!(
                    "{} {:?} {:?} {:?} {:?} {:?} {:?}",
                    serde_json::to_string(&request).unwrap(),
                    hired.ready(0, &request, call),
                    hired.submit(0, &request, call),
                    hired.poll(0, &job, call),
                    hired.look_up(0, &request, call),
                    hired.fetch(0, &job, &ready, &folder.join("take"), call),
                    hired.cancel(0, &job, call),
                )
            });
            for part in parts {
                assert!(!shown.contains(part), "{name} {status}: {shown}");
            }
            assert!(!shown.contains("eyJ"), "{name} {status}: {shown}");
            let asked = server.heard();
            assert!(!asked.is_empty(), "{}", description.name);
        }
    }
}

#[test]
fn every_description_of_the_program_can_be_read_and_has_a_test() {
    let names: BTreeSet<&str> = built_in_descriptions().keys().map(String::as_str).collect();
    let expected = [
        "fal",
        "kling",
        "ltx",
        "luma",
        "minimax",
        "openai-videos",
        "openrouter",
        "replicate",
        "runway",
        "sdcpp",
        "seedance",
        "veo",
        "videos",
        "videos-sync",
        "wan",
        "xai",
    ];
    assert_eq!(names, BTreeSet::from(expected));
}

#[test]
fn a_mistake_in_a_description_is_named_where_it_is() {
    const SHORT: &str = "[mine]\nname = \"Mine\"\nsource = \"a page\"\nread = 2026-11-22\nsigned = \"bearer\"\n\
        [mine.submit]\npath = \"/v1/make\"\nid = \"/id\"\nbody = { prompt = \"{prompt}\" }\n\
        [mine.poll]\npath = \"/v1/jobs/{id}\"\nstate = \"/status\"\n[mine.result]\nlinks = \"/url\"\n";
    assert_eq!(read_descriptions(SHORT).unwrap()["mine"].name, "Mine");
    for (from, to, why) in [
        ("\"bearer\"", "\"basic\"", "`signed` is `basic`"),
        ("/v1/make", "v1/make", "`submit.path`: `v1/make` is no path"),
        ("/v1/make", "/v1/{prompt}", "`{prompt}` is not known in a path"),
        ("/v1/make", "//evil.example", "is no path"),
        ("/v1/make", "/v1/../x", "is no path"),
        ("{prompt}", "{promt}", "`submit.body`: `prompt`: `{promt}` is not known"),
        ("{prompt}", "{prompt", "has a { without }"),
        ("{prompt}", "{seconds as words}", "`words` is not known"),
        ("\"/status\"", "\"status\"", "`poll.state`: `status` is no place in JSON"),
        ("id = \"/id\"", "ident = \"/id\"", "unknown field `ident`"),
        ("id = \"/id\"", "files = \"upload\"", "there is no `upload`"),
        ("links = \"/url\"", "", "`result` has one of"),
        ("links = \"/url\"", "at_once = true", "exclude each other"),
        ("state = \"/status\"", "", "neither `state` nor `done`"),
        ("2026-11-22", "22", ""),
    ] {
        let text = SHORT.replace(from, to);
        assert_ne!(text, SHORT, "{from}");
        let error = read_descriptions(&text).unwrap_err();
        assert!(error.why.contains(why), "`{why}` in {error}");
        assert!(error.at.is_some(), "{error}");
    }
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name)
}

#[test]
fn no_answer_breaks_us() {
    fuzz(&corpus("answers"), 31, 600, |bytes| {
        for description in built_in_descriptions().values() {
            let reading = Reading { description, signed: None };
            let mut reply = Reply {
                status: 200,
                mime: String::new(),
                request: String::new(),
                letters: None,
                later: None,
                location: String::new(),
                bytes: bytes.to_vec(),
            };
            if let Ok(job) = reading.job(&reply, BTreeMap::new()) {
                assert!(job.id.len() <= 1024 && job.links.len() <= 16);
            }
            if let Some(list) = &description.list {
                let _ = answer::listed(list, bytes, ID, "Rain on a window.", 7);
            }
            if let Some(poll) = &description.poll {
                let states = [
                    reading.between(poll, &reply, Ready::default()).ok(),
                    match reading.state(poll, bytes) {
                        Ok(Seen::State(state)) => Some(state),
                        _ => None,
                    },
                ];
                for state in states.into_iter().flatten() {
                    match state {
                        JobState::Ready(ready) => assert!(ready.links.len() <= 16),
                        JobState::Refused(end) | JobState::Failed(end) => {
                            assert!(end.said.chars().count() < 400);
                        }
                        JobState::Running { done, .. } => assert!(done.is_none_or(|done| done <= 1000)),
                        _ => {}
                    }
                }
            }
            for status in [302, 400, 429, 500] {
                reply.status = status;
                let _ = (reading.handed_in(&reply), reading.asked(&reply));
            }
        }
    });
}

#[test]
fn no_description_breaks_us() {
    let folder = std::env::temp_dir();
    fuzz(&corpus("descriptions"), 32, 600, move |bytes| {
        let Ok(descriptions) = read_descriptions(&String::from_utf8_lossy(bytes)) else { return };
        for description in descriptions.into_values() {
            let settings =
                DescribedSettings { description, ..settings("videos", "a/b", "http://127.0.0.1:9", &folder) };
            if let Ok(hired) = Described::new(settings) {
                let _ = hired.request(&order(Inputs::default()), "12_0040-1", ID);
            }
        }
    });
}
