use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soundlock_service::{Address, Method, Plain, is_plain_path};
use toml::value::Datetime;

use super::fill;

/// Descriptions by name.
pub type Descriptions = BTreeMap<String, Description>;

/// A service as data: how jobs are handed in, asked for and fetched there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Description {
    /// Its name as people write it.
    pub name: String,
    /// Where it is; `None` where everybody has their own.
    pub address: Option<String>,
    /// How it is signed.
    pub signing: Signing,
    /// How jobs are handed in.
    pub submit: Submit,
    /// How they are asked for; `None` where the answer to the first question is the clip.
    pub poll: Option<Poll>,
    /// Where the clip is.
    pub result: Outcome,
    /// How files are handed in before the job, where they are.
    pub upload: Option<Upload>,
    /// Where it is looked at before anything is handed in.
    pub check: Option<Check>,
    /// Where all jobs are listed.
    pub list: Option<Listing>,
    /// How a job is given up.
    pub cancel: Option<Cancel>,
    /// Codes of its own in answers, whatever their HTTP status.
    pub codes: Option<Codes>,
    /// Where all this is from.
    pub source: String,
    /// The day it was read, `2026-11-22`.
    pub read: String,
}

/// How questions are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Signing {
    /// Not at all; a key that is there all the same goes along as `Bearer`.
    None,
    /// `Authorization: SCHEME KEY`.
    Scheme(String),
    /// The key in a header of its own.
    Header(String),
    /// A token made of `ACCESS:SECRET`.
    Token,
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sent {
    /// As JSON.
    Json,
    /// As a form with fields and files.
    Form,
}

/// How files go along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileForm {
    /// `data:image/png;base64,…`.
    #[default]
    Data,
    /// Base64 alone.
    Base64,
    /// Uploaded before; the job names the address that came back.
    Upload,
}

/// How a job is handed in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// Where, below the address.
    pub path: String,
    /// Where instead for what has an input: the first that fits.
    #[serde(default)]
    pub paths: Vec<PathWith>,
    /// As what.
    #[serde(default = "Sent::json")]
    pub send: Sent,
    /// How files go along in JSON.
    #[serde(default)]
    pub files: FileForm,
    /// Header lines.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What is sent, with placeholders.
    pub body: Map<String, Value>,
    /// Where the job's id is in the answer; the first that is there.
    #[serde(default)]
    pub id: Places,
    /// Whether the id is a path: `models/veo/operations/7`.
    #[serde(default)]
    pub id_is_path: bool,
    /// Where addresses for the job are in the answer, by what they are for.
    #[serde(default)]
    pub links: BTreeMap<String, String>,
}

/// A path for orders with an input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathWith {
    /// The input: `first`, `audio`.
    pub with: String,
    /// The path.
    pub path: String,
}

/// How a job is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// Where: `/v1/videos/{id}`.
    pub path: Option<String>,
    /// Which link of the answer to the first question; goes before `path`.
    pub link: Option<String>,
    /// Where the word for its state is.
    #[serde(default)]
    pub state: Places,
    /// Where it says `true` when it is over.
    pub done: Option<String>,
    /// Words for its state besides those that everybody uses.
    #[serde(default)]
    pub words: Words,
    /// Where it says how much is done.
    pub progress: Option<String>,
    /// What that is when all is done.
    #[serde(default = "hundred")]
    pub progress_of: f64,
    /// Where it says how many jobs are before this one.
    pub ahead: Option<String>,
    /// Where it says why.
    #[serde(default)]
    pub reason: Places,
    /// Where something is only when the job broke, though it says that it is over.
    #[serde(default)]
    pub broken_at: Places,
    /// Where something is only when the moderation took the clip.
    #[serde(default)]
    pub refused_at: Places,
    /// Where `false` stands only when the moderation took the clip.
    #[serde(default)]
    pub refused_unless: Places,
    /// Whether refused jobs are charged.
    #[serde(default)]
    pub refused_charged: bool,
    /// What it says that it charged.
    pub cost: Option<Cost>,
    /// What is worth keeping of its answer, by what it is.
    #[serde(default)]
    pub said: BTreeMap<String, String>,
}

/// Words for states, in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Accepted, not begun.
    pub waiting: Vec<String>,
    /// Being made.
    pub running: Vec<String>,
    /// Made.
    pub ready: Vec<String>,
    /// Not wanted.
    pub refused: Vec<String>,
    /// Broken, given up.
    pub failed: Vec<String>,
    /// Not known any more.
    pub gone: Vec<String>,
}

/// What a service says that it charged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Where.
    pub at: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What one of its units is.
    #[serde(default = "one")]
    pub unit: f64,
}

/// Where the clip is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outcome {
    /// Whether the answer to the first question is the clip itself.
    pub at_once: bool,
    /// How long that is waited for, in seconds.
    pub wait_secs: Option<u64>,
    /// Where its address is: one or a list.
    pub links: Places,
    /// Where it lies: `/v1/videos/{id}/content`.
    pub path: Option<String>,
    /// Where it stands in the job itself, as base64.
    pub base64: Option<String>,
    /// What is asked between the finished job and the clip.
    pub ask: Option<Between>,
    /// How long it can be fetched, in minutes, where that is known.
    pub lives_minutes: Option<u32>,
}

/// A question between the finished job and the clip. [`Outcome::links`] are in its answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// Which link of the answer to the first question.
    pub link: Option<String>,
    /// Where: `/v1/files/retrieve?file_id={file}`.
    pub path: Option<String>,
    /// Where the file's id is in the finished job.
    pub file: Option<String>,
}

/// How a file is handed in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// Where.
    pub path: String,
    /// The field of a form that the file is; `None` where the answer says where to put it.
    pub field: Option<String>,
    /// What is sent instead, with `{file_name}` and `{mime}`.
    #[serde(default)]
    pub body: Map<String, Value>,
    /// Where the address is in the answer that the file is put to.
    pub put: Option<String>,
    /// Where the address is in the answer that the job names.
    pub link: String,
}

/// What is looked at before anything is handed in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Where.
    pub path: String,
    /// Where models are listed in the answer.
    pub models: Option<String>,
    /// Where each has its id.
    pub id: Option<String>,
}

/// Where all jobs are listed, to find one again whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// Where.
    pub path: String,
    /// Where the jobs are in the answer.
    pub items: String,
    /// Where each has its id.
    pub id: String,
    /// Where each repeats the id that we gave.
    pub own: Option<String>,
    /// Where each repeats the words.
    pub prompt: Option<String>,
    /// Where each repeats the seed.
    pub seed: Option<String>,
}

/// How a job is given up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// Where.
    pub path: Option<String>,
    /// Which link of the answer to the first question.
    pub link: Option<String>,
}

/// Codes in answers. Names match from their beginning: `Throttling` is also `Throttling.RateQuota`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// Where the code is.
    pub at: Places,
    /// Codes that say that all is well; with nothing there, all is well too.
    pub good: Vec<Code>,
    /// Too much to do.
    pub busy: Vec<Code>,
    /// Moderation.
    pub refused: Vec<Code>,
    /// No credit.
    pub no_credit: Vec<Code>,
    /// A key that is wrong.
    pub not_let_in: Vec<Code>,
    /// A job that is not known.
    pub gone: Vec<Code>,
}

/// A code: a number or a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// A number.
    Number(i64),
    /// A name.
    Name(String),
}

/// JSON pointers (RFC 6901), the likeliest first. `*` for a part is every one of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Places(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// A description as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: String,
    address: Option<String>,
    #[serde(default = "bearer")]
    signed: String,
    submit: Submit,
    poll: Option<Poll>,
    result: Outcome,
    upload: Option<Upload>,
    check: Option<Check>,
    list: Option<Listing>,
    cancel: Option<Cancel>,
    codes: Option<Codes>,
    source: String,
    read: Datetime,
}

/// Descriptions that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct DescriptionsError {
    /// Byte of the text at which it stands, where that is known.
    pub at: Option<usize>,
    /// What is wrong, a clause.
    pub why: String,
}

/// The services that the program knows by itself.
pub fn built_in_descriptions() -> &'static Descriptions {
    static BUILT_IN: LazyLock<Descriptions> = LazyLock::new(|| {
        read_descriptions(include_str!("../../vendors.toml")).expect("the program's own are tested")
    });
    &BUILT_IN
}

/// Reads descriptions, one table each.
pub fn read_descriptions(text: &str) -> Result<Descriptions, DescriptionsError> {
    toml::from_str(text).map_err(|error| DescriptionsError {
        at: error.span().map(|span| span.start),
        why: error.message().lines().next().unwrap_or_default().to_owned(),
    })
}

fn bearer() -> String {
    "bearer".to_owned()
}

fn hundred() -> f64 {
    100.0
}

fn one() -> f64 {
    1.0
}

impl Description {
    /// Whether orders go to an address of their model's own, so that none can be sent without its name.
    pub fn has_model_in_its_path(&self) -> bool {
        let others = self.submit.paths.iter().map(|with| &with.path);
        std::iter::once(&self.submit.path).chain(others).any(|path| path.contains("{model}"))
    }
}

impl Sent {
    fn json() -> Self {
        Self::Json
    }
}

impl From<OneOrMany> for Places {
    fn from(written: OneOrMany) -> Self {
        match written {
            OneOrMany::One(place) => Self(vec![place]),
            OneOrMany::Many(places) => Self(places),
        }
    }
}

impl Cancel {
    /// What is done; `None` where it is no method that gives up.
    pub(super) fn method(&self) -> Option<Method> {
        match self.method.as_str() {
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "DELETE" => Some(Method::Delete),
            _ => None,
        }
    }
}

impl TryFrom<Table> for Description {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let read = match (table.read.date, table.read.time) {
            (Some(day), None) => day.to_string(),
            _ => return Err(format!("`read` is {}, not a day such as 2026-11-22", table.read)),
        };
        let description = Self {
            name: table.name,
            address: table.address,
            signing: signing(&table.signed)?,
            submit: table.submit,
            poll: table.poll,
            result: table.result,
            upload: table.upload,
            check: table.check,
            list: table.list,
            cancel: table.cancel,
            codes: table.codes,
            source: table.source,
            read,
        };
        description.checked()?;
        Ok(description)
    }
}

fn signing(text: &str) -> Result<Signing, String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match text.split_once(' ') {
        None if text == "none" => Ok(Signing::None),
        None if text == "bearer" => Ok(Signing::Scheme("Bearer".to_owned())),
        None if text == "token" => Ok(Signing::Token),
        Some(("scheme", name)) if is_name(name) => Ok(Signing::Scheme(name.to_owned())),
        Some(("header", name)) if is_name(name) => Ok(Signing::Header(name.to_ascii_lowercase())),
        _ => Err(format!(
            "`signed` is `{text}`; it may be `bearer`, `scheme Key`, `header x-api-key`, `token` or `none`"
        )),
    }
}

/// What stands where, for errors.
type Written<'a> = (&'a str, &'a str);

impl Description {
    fn checked(&self) -> Result<(), String> {
        if let Some(address) = &self.address {
            Address::read(address, Plain::OnlyNear).map_err(|error| format!("`address`: {error}"))?;
        }
        self.paths().into_iter().try_for_each(checked_path)?;
        self.places().into_iter().try_for_each(checked_place)?;
        self.checked_templates()?;
        self.checked_way()
    }

    fn paths(&self) -> Vec<Written<'_>> {
        let mut paths = vec![("submit.path", self.submit.path.as_str())];
        paths.extend(self.submit.paths.iter().map(|with| ("submit.paths", with.path.as_str())));
        let own = [
            ("poll.path", self.poll.as_ref().and_then(|poll| poll.path.as_ref())),
            ("result.path", self.result.path.as_ref()),
            ("result.ask.path", self.result.ask.as_ref().and_then(|ask| ask.path.as_ref())),
            ("upload.path", self.upload.as_ref().map(|upload| &upload.path)),
            ("check.path", self.check.as_ref().map(|check| &check.path)),
            ("list.path", self.list.as_ref().map(|list| &list.path)),
            ("cancel.path", self.cancel.as_ref().and_then(|cancel| cancel.path.as_ref())),
        ];
        paths.extend(own.into_iter().filter_map(|(at, path)| path.map(|path| (at, path.as_str()))));
        paths
    }

    fn places(&self) -> Vec<Written<'_>> {
        let mut places: Vec<(&str, &String)> = Vec::new();
        let mut many = vec![("submit.id", &self.submit.id), ("result.links", &self.result.links)];
        places.extend(self.submit.links.values().map(|place| ("submit.links", place)));
        places.extend(self.result.base64.iter().map(|place| ("result.base64", place)));
        places
            .extend(self.result.ask.iter().flat_map(|ask| &ask.file).map(|place| ("result.ask.file", place)));
        if let Some(poll) = &self.poll {
            many.extend([
                ("poll.state", &poll.state),
                ("poll.reason", &poll.reason),
                ("poll.broken_at", &poll.broken_at),
                ("poll.refused_at", &poll.refused_at),
                ("poll.refused_unless", &poll.refused_unless),
            ]);
            let single =
                [("poll.done", &poll.done), ("poll.progress", &poll.progress), ("poll.ahead", &poll.ahead)];
            places
                .extend(single.into_iter().filter_map(|(at, place)| place.as_ref().map(|place| (at, place))));
            places.extend(poll.cost.iter().map(|cost| ("poll.cost.at", &cost.at)));
            places.extend(poll.said.values().map(|place| ("poll.said", place)));
        }
        if let Some(upload) = &self.upload {
            places.push(("upload.link", &upload.link));
            places.extend(upload.put.iter().map(|place| ("upload.put", place)));
        }
        if let Some(check) = &self.check {
            places.extend(check.models.iter().map(|place| ("check.models", place)));
            places.extend(check.id.iter().map(|place| ("check.id", place)));
        }
        if let Some(list) = &self.list {
            places.extend([("list.items", &list.items), ("list.id", &list.id)]);
            let single = [("list.own", &list.own), ("list.prompt", &list.prompt), ("list.seed", &list.seed)];
            places
                .extend(single.into_iter().filter_map(|(at, place)| place.as_ref().map(|place| (at, place))));
        }
        many.extend(self.codes.iter().map(|codes| ("codes.at", &codes.at)));
        places.extend(many.into_iter().flat_map(|(at, list)| list.0.iter().map(move |place| (at, place))));
        places.into_iter().map(|(at, place)| (at, place.as_str())).collect()
    }

    fn checked_templates(&self) -> Result<(), String> {
        fill::checked(&self.submit.body).map_err(|why| format!("`submit.body`: {why}"))?;
        for with in &self.submit.paths {
            if !fill::is_input(&with.with) {
                return Err(format!("`submit.paths`: `{}` is no input", with.with));
            }
        }
        let needs_upload = self.submit.files == FileForm::Upload && self.upload.is_none();
        if needs_upload {
            return Err("`submit.files` is `upload`, and there is no `upload`".to_owned());
        }
        if self.upload.as_ref().is_some_and(|upload| upload.field.is_none() == upload.put.is_none()) {
            return Err("`upload` has either `field` or `put`".to_owned());
        }
        Ok(())
    }

    fn checked_way(&self) -> Result<(), String> {
        let result = &self.result;
        if let Some(cost) = self.poll.as_ref().and_then(|poll| poll.cost.as_ref()) {
            let is_code =
                cost.currency.len() == 3 && cost.currency.bytes().all(|byte| byte.is_ascii_uppercase());
            if !is_code || cost.unit.is_nan() || cost.unit <= 0.0 || cost.unit > 1000.0 {
                return Err("`poll.cost`: a currency such as USD, and a unit above 0, are wanted".to_owned());
            }
        }
        if self.cancel.as_ref().is_some_and(|cancel| cancel.method().is_none()) {
            return Err("`cancel.method` is POST, PUT or DELETE".to_owned());
        }
        match &self.poll {
            None if result.at_once => return Ok(()),
            None => {
                return Err("neither `poll` nor `result.at_once` says how a job comes to an end".to_owned());
            }
            Some(_) if result.at_once => {
                return Err("`poll` and `result.at_once` exclude each other".to_owned());
            }
            Some(poll) if poll.path.is_none() && poll.link.is_none() => {
                return Err("`poll` has neither `path` nor `link`".to_owned());
            }
            Some(poll) if poll.state.0.is_empty() && poll.done.is_none() => {
                return Err("`poll` has neither `state` nor `done`".to_owned());
            }
            Some(poll) if poll.progress_of.is_nan() || poll.progress_of <= 0.0 => {
                return Err("`poll.progress_of` must be above 0".to_owned());
            }
            Some(_) => {}
        }
        if self.submit.id.0.is_empty() {
            return Err("`submit.id` does not say where a job's id is".to_owned());
        }
        let ways = [!result.links.0.is_empty(), result.path.is_some(), result.base64.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err("`result` has one of `links`, `path` and `base64`".to_owned());
        }
        Ok(())
    }
}

fn checked_path((at, path): Written<'_>) -> Result<(), String> {
    let bare = fill::checked_path(path).map_err(|why| format!("`{at}`: {why}"))?;
    if bare.starts_with('/') && !bare.starts_with("//") && is_plain_path(&bare) {
        Ok(())
    } else {
        Err(format!("`{at}`: `{path}` is no path such as /v1/videos"))
    }
}

fn checked_place((at, place): Written<'_>) -> Result<(), String> {
    if place.is_empty() || place.starts_with('/') {
        Ok(())
    } else {
        Err(format!("`{at}`: `{place}` is no place in JSON such as /data/id"))
    }
}
