//! The words of each service: what is asked of it, and how it answers.

use serde_json::{Value, json};

use super::VendorJob;
use crate::Reply;

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// A server of `/v1/videos` that takes JSON: clips lie on it.
    Videos,
    /// fal's queue: status and result have addresses of their own, and no list.
    Fal,
    /// Replicate: predictions, which are listed.
    Replicate,
}

/// What a question is about.
pub(super) enum Asked<'a> {
    Models,
    Create,
    List,
    Poll(&'a str),
    Result(&'a str),
    Clip(&'a str),
    Cancel(&'a str),
    Nothing,
}

/// What is asked for.
pub(super) struct Order {
    pub(super) prompt: String,
    pub(super) seed: u64,
    pub(super) frames: u64,
    pub(super) fps: u64,
}

/// How far a job is said to be.
pub(super) enum Told {
    Waits,
    Runs,
    Broken,
    Refused,
    /// Its clip is here.
    Made(String),
}

/// Why something is not done.
pub(super) enum No {
    Key,
    Credit,
    Model,
    Job,
    Path,
    Moderation,
    Broken,
    Overloaded,
    /// With the seconds after which to come back.
    TooMany(Option<u64>),
}

const MADE_OF_WHAT_IT_DOES_NOT_WANT: &str =
    "The content could not be processed because it contained material flagged by a content checker.";

impl Protocol {
    pub(super) fn asked<'a>(self, method: &str, parts: &[&'a str]) -> Asked<'a> {
        match (self, method, parts) {
            (Self::Videos, "GET", ["v1", "models"]) => Asked::Models,
            (Self::Videos, "GET", ["v1", "videos"]) | (Self::Replicate, "GET", ["v1", "predictions"]) => {
                Asked::List
            }
            // What of the model's name stands after its app is no part of a request's address.
            (Self::Videos, "GET", ["v1", "videos", id])
            | (Self::Fal, "GET", [_, _, "requests", id, "status"])
            | (Self::Replicate, "GET", ["v1", "predictions", id]) => Asked::Poll(id),
            (Self::Videos, "GET", ["v1", "videos", id, "content"]) => Asked::Clip(id),
            (Self::Fal, "GET", [_, _, "requests", id]) => Asked::Result(id),
            (Self::Videos, "DELETE", ["v1", "videos", id])
            | (Self::Fal, "PUT", [_, _, "requests", id, "cancel"])
            | (Self::Replicate, "POST", ["v1", "predictions", id, "cancel"]) => Asked::Cancel(id),
            (Self::Videos, "POST", ["v1", "videos"])
            | (Self::Fal, "POST", [_, _, ..])
            | (Self::Replicate, "POST", ["v1", "models", _, _, "predictions"]) => Asked::Create,
            _ => Asked::Nothing,
        }
    }

    /// What stands in `Authorization`.
    pub(super) fn signed(self, key: &str) -> String {
        match self {
            Self::Fal => format!("Key {key}"),
            Self::Videos | Self::Replicate => format!("Bearer {key}"),
        }
    }

    pub(super) fn id(self, number: usize) -> String {
        match self {
            Self::Videos => format!("video_{number:05}"),
            Self::Fal => format!("80e732af-660e-45cd-bd63-{number:012}"),
            Self::Replicate => format!("rj0cm0{number:05}"),
        }
    }

    /// Whether what is asked is looked at before it is taken. fal's queue takes anything.
    pub(super) fn refuses_at_once(self) -> bool {
        self != Self::Fal
    }

    /// Whether a finished job has to be asked for its clip.
    pub(super) fn has_results(self) -> bool {
        self == Self::Fal
    }

    pub(super) fn order(self, body: &Value) -> Order {
        let input = if self == Self::Replicate { &body["input"] } else { body };
        let number = |name: &str| {
            let value = &input[name];
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        let (frames, fps) = match self {
            Self::Videos => (number("num_frames").unwrap_or(0), number("fps").unwrap_or(1).max(1)),
            // Billed by the second.
            Self::Fal | Self::Replicate => (number("duration").unwrap_or(5), 1),
        };
        Order {
            prompt: input["prompt"].as_str().unwrap_or_default().to_owned(),
            seed: number("seed").unwrap_or(0),
            frames,
            fps,
        }
    }

    pub(super) fn models() -> Reply {
        said(200, &json!({ "object": "list", "data": [{ "id": "tiny", "object": "model" }] }))
    }

    /// A job was taken.
    pub(super) fn accepted(self, own: &str, job: &VendorJob) -> Reply {
        match self {
            Self::Videos => {
                said(200, &json!({ "id": job.id, "object": "video", "status": "queued", "progress": 0 }))
            }
            Self::Fal => {
                let mut answer = fal_links(own, job);
                answer["status"] = json!("IN_QUEUE");
                answer["queue_position"] = json!(0);
                answer["cancel_url"] = json!(format!("{own}/fal-ai/tiny/requests/{}/cancel", job.id));
                said(200, &answer)
            }
            Self::Replicate => said(201, &prediction(own, job, "starting", &Value::Null, &Value::Null)),
        }
    }

    pub(super) fn listed<'a>(self, jobs: impl Iterator<Item = &'a VendorJob>) -> Reply {
        let item = |job: &VendorJob| match self {
            Self::Videos => json!({ "id": job.id, "prompt": job.prompt, "seed": job.seed }),
            Self::Fal | Self::Replicate => {
                let input = json!({ "prompt": job.prompt, "seed": job.seed });
                json!({ "id": job.id, "status": "processing", "input": input, "source": "api" })
            }
        };
        let all: Vec<Value> = jobs.map(item).collect();
        match self {
            Self::Replicate => said(200, &json!({ "previous": null, "next": null, "results": all })),
            Self::Videos | Self::Fal => said(200, &json!({ "object": "list", "data": all })),
        }
    }

    /// How far a job is.
    pub(super) fn state(self, own: &str, job: &VendorJob, told: &Told) -> Reply {
        let null = Value::Null;
        match self {
            Self::Videos => {
                let (status, why) = match told {
                    Told::Waits => ("queued", null),
                    Told::Runs => ("in_progress", null),
                    Told::Broken => ("failed", json!({ "message": "CUDA error: device-side assert" })),
                    Told::Refused => ("failed", json!({ "message": "the output was flagged by moderation" })),
                    Told::Made(_) => ("completed", null),
                };
                said(
                    200,
                    &json!({ "id": job.id, "status": status, "progress": 50, "error": why, "model": "tiny" }),
                )
            }
            Self::Fal => {
                let mut answer = fal_links(own, job);
                let (status, word) = match told {
                    Told::Waits => (202, "IN_QUEUE"),
                    Told::Runs => (202, "IN_PROGRESS"),
                    Told::Broken | Told::Refused | Told::Made(_) => (200, "COMPLETED"),
                };
                answer["status"] = json!(word);
                answer["queue_position"] = if word == "IN_QUEUE" { json!(1) } else { null };
                if matches!(told, Told::Broken) {
                    answer["error"] = json!("Internal Server Error");
                    answer["error_type"] = json!("runner_server_error");
                }
                said(status, &answer)
            }
            Self::Replicate => {
                let (status, output, error) = match told {
                    Told::Waits => ("starting", null.clone(), null),
                    Told::Runs => ("processing", null.clone(), null),
                    Told::Broken => ("failed", null, json!("CUDA out of memory. Tried to allocate 2.00 GiB")),
                    Told::Refused => {
                        let why = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)";
                        ("failed", null, json!(why))
                    }
                    Told::Made(link) => ("succeeded", json!(link), null),
                };
                said(200, &prediction(own, job, status, &output, &error))
            }
        }
    }

    /// What a job came to, where that has an address of its own.
    pub(super) fn result(job: &VendorJob, told: &Told) -> Reply {
        let broken = || said(500, &json!({ "detail": "Internal Server Error" }));
        match told {
            Told::Waits | Told::Runs => said(400, &json!({ "detail": "Request is still in progress" })),
            Told::Broken => broken(),
            Told::Refused => said(
                422,
                &json!({ "detail": [{
                    "loc": ["body", "prompt"],
                    "msg": MADE_OF_WHAT_IT_DOES_NOT_WANT,
                    "type": "content_policy_violation",
                    "url": "https://docs.fal.ai/errors#content_policy_violation",
                    "input": "…",
                }] }),
            ),
            Told::Made(link) => {
                let video = json!({ "url": link, "content_type": "video/mp4", "file_name": "output.mp4" });
                said(200, &json!({ "video": video, "seed": job.seed }))
            }
        }
    }

    pub(super) fn cancelled(self, is_there: bool) -> Reply {
        match (self, is_there) {
            (Self::Videos, _) => said(200, &json!({ "deleted": true })),
            (Self::Fal, true) => said(202, &json!({ "status": "CANCELLATION_REQUESTED" })),
            (Self::Fal, false) => said(404, &json!({ "status": "NOT_FOUND" })),
            (Self::Replicate, true) => said(200, &json!({ "status": "canceled" })),
            (Self::Replicate, false) => self.no(&No::Job),
        }
    }

    /// Says no.
    pub(super) fn no(self, no: &No) -> Reply {
        let mut headers = vec!["Content-Type: application/json".to_owned()];
        let (status, words) = match no {
            No::Key => match self {
                Self::Videos => (401, "Incorrect API key provided"),
                Self::Fal => (401, "Authentication is required to access this application."),
                Self::Replicate => (401, "You did not pass a valid authentication token"),
            },
            No::Credit => match self {
                Self::Videos => (402, "Insufficient credits. Add more in your settings"),
                Self::Fal => (
                    403,
                    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
                ),
                Self::Replicate => (402, "You have insufficient credit to run this model."),
            },
            No::Model => match self {
                Self::Videos => (404, "The model `tiny` does not exist."),
                Self::Fal => (404, "Application 'tiny' not found"),
                Self::Replicate => (404, "The requested resource could not be found."),
            },
            No::Job => match self {
                Self::Videos => (404, "no such video"),
                Self::Fal => (404, "Request not found"),
                Self::Replicate => (404, "The requested resource could not be found."),
            },
            No::Path => (404, "Not Found"),
            No::Moderation => match self {
                Self::Replicate => (422, "The input was flagged as sensitive. (E005)"),
                Self::Videos | Self::Fal => (400, "blocked by our content policy"),
            },
            No::Broken => (500, "out of memory"),
            No::Overloaded => {
                headers.push("Retry-After: 0".to_owned());
                (503, "too many requests")
            }
            No::TooMany(secs) => {
                headers.extend(secs.map(|secs| format!("Retry-After: {secs}")));
                match self {
                    Self::Videos => (429, "too many requests"),
                    Self::Fal => (429, "Too many concurrent requests for this account"),
                    Self::Replicate => (429, "Request was throttled."),
                }
            }
        };
        let body = match self {
            Self::Videos => json!({ "error": { "message": words, "code": status } }),
            Self::Fal => json!({ "detail": words }),
            Self::Replicate => json!({ "title": "No", "detail": words, "status": status }),
        };
        Reply::Answer(status, headers, body.to_string().into_bytes())
    }
}

fn fal_links(own: &str, job: &VendorJob) -> Value {
    let request = format!("{own}/fal-ai/tiny/requests/{}", job.id);
    json!({ "request_id": job.id, "response_url": request, "status_url": format!("{request}/status") })
}

fn prediction(own: &str, job: &VendorJob, status: &str, output: &Value, error: &Value) -> Value {
    let get = format!("{own}/v1/predictions/{}", job.id);
    json!({
        "id": job.id,
        "model": "acme/tiny",
        "version": "hidden",
        "input": { "prompt": job.prompt, "seed": job.seed },
        "logs": "",
        "output": output,
        "data_removed": false,
        "error": error,
        "status": status,
        "urls": { "get": get, "cancel": format!("{get}/cancel") },
    })
}

fn said(status: u16, value: &Value) -> Reply {
    Reply::no(status, &value.to_string())
}
