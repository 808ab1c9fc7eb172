//! Questions of any form, and clips that come or do not.

use std::path::Path;
use std::time::Duration;

use soundlock_service::{
    Address, Ask, Body, Client, Clip, Field, Key, Link, Method, Patience, Piece, Plain, Reply, ServiceError,
    SignedWith, Watch,
};
use soundlock_testing::{Reply as Answers, TestService};

const KEY: &str = "sk-0123456789abcdef";

struct Nobody;

impl Watch for Nobody {
    fn pause(&self, _: Duration) -> bool {
        true
    }
    fn is_stopped(&self) -> bool {
        false
    }
    fn grace(&self) -> Duration {
        Duration::ZERO
    }
}

/// Somebody who wants to stop from the start, and grants nothing.
struct Hasty;

impl Watch for Hasty {
    fn pause(&self, _: Duration) -> bool {
        false
    }
    fn is_stopped(&self) -> bool {
        true
    }
    fn grace(&self) -> Duration {
        Duration::ZERO
    }
}

fn client() -> Client {
    Client::new(Patience { connect_secs: 5, answer_secs: 2 })
}

fn own(service: &TestService) -> Address {
    Address::read(&service.address(), Plain::OnlyNear).expect("an address")
}

fn signed() -> SignedWith {
    SignedWith::Scheme("Key".into(), Key::new(KEY).expect("a key"))
}

fn asked(address: &Address, method: Method, path: &str, body: &Body) -> Result<Reply, ServiceError> {
    let link = Link::below(address, path).expect("a link");
    let headers = [("x-version".to_owned(), "7".to_owned())];
    let ask = Ask { method, link: &link, headers: &headers, signed: Some(&signed()), body, most_bytes: 1000 };
    client().ask(&ask, &Nobody)
}

fn fetched(address: &Address, link: &Link, file: &Path, watch: &dyn Watch) -> Result<Reply, ServiceError> {
    let ask = Ask {
        method: Method::Get,
        link,
        headers: &[("x-own".to_owned(), "secret-header".to_owned())],
        signed: Some(&signed()),
        body: &Body::none(),
        most_bytes: 0,
    };
    let clip = Clip { address, trusted: &[], file, most_bytes: 100_000, whole_secs: 3, idle_secs: 1 };
    client().fetch(&ask, &clip, watch)
}

#[test]
fn every_method_goes_out_as_it_is_and_every_status_comes_back() {
    let service = TestService::start(|number, _| {
        Answers::no([200, 202, 404, 429, 500, 302][number], r#"{"said":"sk-0123456789abcdef, again"}"#)
    });
    let address = own(&service);
    let methods =
        [Method::Get, Method::Post, Method::Put, Method::Delete, Method::Post, Method::Get].into_iter();
    for (method, status) in methods.zip([200, 202, 404, 429, 500, 302]) {
        let body = if method == Method::Put { Body::json("{\"a\":1}") } else { Body::none() };
        let reply = asked(&address, method, "/v1/x?y=z", &body).expect("an answer");
        assert_eq!(reply.status, status);
        assert_eq!(reply.mime, "application/json");
        assert_eq!(String::from_utf8_lossy(&reply.bytes), r#"{"said":"[key], again"}"#);
    }
    let heard = service.heard();
    let lines: Vec<&str> = heard.iter().map(|heard| heard.line.as_str()).collect();
    let expected = ["GET", "POST", "PUT", "DELETE", "POST", "GET"].map(|name| format!("{name} /v1/x?y=z"));
    assert_eq!(lines, expected);
    for heard in &heard {
        assert_eq!(heard.header("authorization"), Some(format!("Key {KEY}").as_str()));
        assert_eq!(heard.header("x-version"), Some("7"));
    }
    assert_eq!(
        (heard[2].text().as_str(), heard[2].header("content-type")),
        ("{\"a\":1}", Some("application/json"))
    );
    assert_eq!(heard[1].header("content-length"), Some("0"));
}

#[test]
fn a_form_with_a_file_from_the_disk_arrives_whole() {
    let service = TestService::start(|_, _| Answers::good("application/json", b"{}".to_vec()));
    let folder = tempfile::tempdir().expect("a folder");
    let still = folder.path().join("still");
    let bytes: Vec<u8> = (0..300_000u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&still, &bytes).expect("it is written");
    let fields = [
        Field::Text { name: "prompt", text: "rain on a window" },
        Field::File { name: "input_reference", path: &still, file_name: "first.png", mime: "image/png" },
    ];
    let body = Body::form(&fields, "a7c1").expect("a form");
    assert_eq!(asked(&own(&service), Method::Post, "/v1/videos", &body).expect("an answer").status, 200);
    let heard = &service.heard()[0];
    assert_eq!(heard.header("content-type"), Some("multipart/form-data; boundary=a7c1"));
    assert!(heard.body.windows(bytes.len()).any(|part| part == bytes), "the file is in it");
    // A file that shrinks while it is sent is no request at all.
    let body = Body::of("image/png", vec![Piece::file(&still).expect("a file")]);
    std::fs::write(&still, b"short").expect("it is written");
    assert!(asked(&own(&service), Method::Post, "/v1/videos", &body).is_err());
}

#[test]
fn an_error_says_whether_it_can_have_been_heard() {
    let nowhere = Address::read(&TestService::nowhere(), Plain::OnlyNear).expect("an address");
    for (method, body) in [(Method::Get, Body::none()), (Method::Post, Body::json("{}"))] {
        let error = asked(&nowhere, method, "/v1", &body).expect_err("nobody is there");
        assert!(matches!(error, ServiceError::NotReached { .. }), "{error:?}");
    }
    for reply in [Answers::HangUp, Answers::Silence(Duration::from_secs(4)), Answers::CutShort(vec![1], 5)] {
        let service = TestService::start(move |_, _| reply.clone());
        for (method, body) in [(Method::Get, Body::none()), (Method::Post, Body::json("{}"))] {
            let error = asked(&own(&service), method, "/v1", &body).expect_err("no answer");
            assert!(matches!(error, ServiceError::Lost { .. }), "{method:?}: {error:?}");
        }
        assert_eq!(service.heard().len(), 2, "nothing is asked twice");
    }
    let long = TestService::start(|_, _| Answers::good("application/json", vec![b' '; 1001]));
    assert!(matches!(asked(&own(&long), Method::Get, "/", &Body::none()), Err(ServiceError::Lost { .. })));
}

#[test]
fn what_costs_nothing_is_stopped_at_once() {
    let service = TestService::start(|_, _| Answers::Silence(Duration::from_secs(30)));
    let address = own(&service);
    let link = Link::below(&address, "/v1").expect("a link");
    let ask = |method, body: Body| {
        let ask = Ask { method, link: &link, headers: &[], signed: None, body: &body, most_bytes: 9 };
        client().ask(&ask, &Hasty).expect_err("a stop")
    };
    assert!(matches!(ask(Method::Get, Body::none()), ServiceError::Stopped { .. }));
    assert!(matches!(ask(Method::Post, Body::json("{}")), ServiceError::LeftOpen { .. }));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("take");
    let error = fetched(&address, &link, &file, &Hasty).expect_err("a stop");
    assert!(matches!(error, ServiceError::Stopped { .. }) && !file.exists(), "{error:?}");
}

#[test]
fn a_clip_comes_whole_or_leaves_nothing() {
    let clip = || vec![0u8; 70_000];
    let typed = |mime: &str, bytes: &[u8]| Answers::good(mime, bytes.to_vec());
    let endless = Answers::Endless("video/mp4", vec![0; 9], Duration::from_millis(1));
    for (reply, said) in [
        (typed("video/mp4", &clip()), None),
        (typed("application/octet-stream", &clip()), None),
        (Answers::Chunks("video/webm", vec![clip()]), None),
        (typed("text/html", b"<html>Sign in"), Some("text/html came")),
        (
            typed("application/json; a=b", b"{\"error\":\"sk-0123456789abcdef\"}"),
            Some("application/json came: [key]"),
        ),
        (typed("video/mp4", b"<!doctype html><html>"), Some("an HTML page")),
        (typed("video/mp4", b" {\"error\":\"expired\"}"), Some("expired")),
        (typed("video/mp4", b""), Some("it is empty")),
        (typed("video/mp4", &vec![0; 100_001]), Some("longer than 100000 bytes")),
        (Answers::Chunks("video/mp4", vec![vec![0; 60_000]; 2]), Some("longer than 100000 bytes")),
        (Answers::CutShort(vec![0; 100], 5), Some("broke off")),
        (Answers::HangUp, Some("no whole answer")),
        (Answers::Silence(Duration::from_secs(9)), Some("timeout")),
        // It hangs in the middle, and it never ends.
        (Answers::Drip(vec![0; 9], Duration::from_millis(1500)), Some("broke off")),
        (Answers::Drip(vec![0; 70_000], Duration::from_millis(20)), Some("only drips")),
        (endless, Some("broke off")),
    ] {
        let told = reply.clone();
        let service = TestService::start(move |_, _| told.clone());
        let address = own(&service);
        let link = Link::below(&address, "/clip.mp4?sig=s").expect("a link");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("take");
        match (fetched(&address, &link, &file, &Nobody), said) {
            (Ok(reply), None) => {
                assert_eq!(reply.status, 200);
                assert_eq!(std::fs::read(&file).expect("the clip"), clip());
                let again = fetched(&address, &link, &file, &Nobody);
                assert!(matches!(again, Err(ServiceError::NotWritten { .. })), "{again:?}");
                assert!(file.exists(), "what was there stays");
            }
            (Err(error), Some(said)) => {
                assert!(error.to_string().contains(said), "{reply:?}: {error}");
                assert!(!error.to_string().contains(KEY), "{error}");
                assert!(!file.exists());
            }
            (came, _) => panic!("{reply:?}: {came:?}"),
        }
    }
    let gone = TestService::start(|_, _| Answers::no(410, r#"{"error":"gone"}"#));
    let link = Link::below(&own(&gone), "/").expect("a link");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("take");
    let reply = fetched(&own(&gone), &link, &file, &Nobody).expect("an answer");
    assert!(reply.status == 410 && reply.bytes == br#"{"error":"gone"}"# && !file.exists());
}

#[test]
fn a_link_is_followed_without_the_key_and_never_astray() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("take");
    let elsewhere = TestService::start(|_, _| Answers::good("video/mp4", vec![0, 1]));
    let moved = |to: String| {
        TestService::start(move |number, heard| match number {
            0 => Answers::Answer(302, vec![format!("Location: {to}")], Vec::new()),
            _ => Answers::good("video/mp4", heard.line.clone().into_bytes()),
        })
    };
    let fetched = |service: &TestService| {
        let _ = std::fs::remove_file(&file);
        let link = Link::below(&own(service), "/clip").expect("a link");
        fetched(&own(service), &link, &file, &Nobody)
    };
    // To its own server: with the key.
    let service = moved("/other?x".to_owned());
    assert_eq!(fetched(&service).expect("a clip").status, 200);
    assert_eq!(std::fs::read(&file).expect("the clip"), b"GET /other?x");
    assert!(service.heard()[1].header("authorization").is_some());
    // To another server on the same machine: without.
    let service = moved(format!("{}/clip", elsewhere.address()));
    assert_eq!(fetched(&service).expect("a clip").status, 200);
    let heard = elsewhere.heard();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].header("authorization").is_none() && heard[0].header("x-own").is_none(), "{heard:?}");
    // To where it may not go.
    for to in [
        "http://169.254.169.254/latest/meta-data?sk-0123456789abcdef",
        "http://10.0.0.1/sk-0123456789abcdef",
        "https://127.0.0.2/clip",
        "file:///etc/passwd",
        "https://[::ffff:10.0.0.1]/",
        "http://example.com/clip",
        "next",
    ] {
        let error = fetched(&moved(to.to_owned())).expect_err(to);
        assert!(matches!(error, ServiceError::NotFollowed { .. }), "{to}: {error:?}");
        assert!(!error.to_string().contains(KEY) && !file.exists(), "{error}");
    }
    let round =
        TestService::start(|_, _| Answers::Answer(302, vec!["Location: /clip".to_owned()], Vec::new()));
    let error = fetched(&round).expect_err("it goes round");
    assert!(error.to_string().contains("leads on more than 5 times") && round.heard().len() == 6, "{error}");
}

#[test]
fn a_name_that_leads_home_is_not_followed() {
    let address = Address::read("https://api.example.com", Plain::OnlyNear).expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    // Names that are numbers are looked up as names are, and need no network.
    for name in ["2130706433", "127.1", "0x7f.0.0.1"] {
        let link = Link::read(&format!("https://{name}/clip"), &address, &[]).expect("a link");
        let error =
            fetched(&address, &link, &folder.path().join("take"), &Nobody).expect_err("it leads home");
        assert!(error.to_string().contains("its name leads to 127.0.0.1"), "{error}");
    }
}
