//! A service that answers, and one that does not.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use serde_json::json;
use soundlock_service::{
    Address, Answer, Client, Key, Patience, Plain, Question, ServiceError, SignedWith, Watch,
};
use soundlock_testing::{Reply, TestService};

const PATIENCE: Patience = Patience { connect_secs: 5, answer_secs: 2 };

/// Somebody who notes how long is to be waited, and waits for nothing.
#[derive(Default)]
struct Somebody {
    waits: RefCell<Vec<Duration>>,
    /// Whether a stop is asked for, given what `waits` says.
    stops: Option<fn() -> bool>,
    grace: Duration,
    graces: Cell<usize>,
}

impl Watch for Somebody {
    fn pause(&self, pause: Duration) -> bool {
        self.waits.borrow_mut().push(pause);
        !self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        self.stops.is_some_and(|stops| stops())
    }

    fn grace(&self) -> Duration {
        self.graces.set(self.graces.get() + 1);
        self.grace
    }
}

/// Asks, and gives the answer and how long it was asked to wait each time.
fn asked(address: &str, most_bytes: u64) -> (Result<Answer, ServiceError>, Vec<Duration>) {
    let somebody = Somebody::default();
    (asked_by(&somebody, address, most_bytes), somebody.waits.into_inner())
}

fn asked_by(somebody: &Somebody, address: &str, most_bytes: u64) -> Result<Answer, ServiceError> {
    let address = Address::read(address, Plain::OnlyNear).expect("an address");
    let signed = SignedWith::Bearer(Key::new("sk-0123456789abcdef").expect("a key"));
    let json = json!({ "input": "Wait.", "voice": "가" });
    let question = Question {
        address: &address,
        path: &["v1", "audio", "speech"],
        query: &[("output_format", "pcm_44100")],
        signed: Some(&signed),
        json: &json,
        most_bytes,
    };
    Client::new(PATIENCE).post(&question, somebody)
}

#[test]
fn a_question_comes_as_it_was_asked_and_its_answer_comes_back() {
    let service = TestService::start(|_, _| {
        let headers = ["Content-Type: Audio/WAV; rate=24000", "request-id: r-7", "character-cost: 24"];
        Reply::Answer(200, headers.map(str::to_owned).to_vec(), vec![1, 2, 3])
    });
    let (answer, waits) = asked(&service.address(), 3);
    let (mime, request) = ("audio/wav".to_owned(), "r-7".to_owned());
    assert_eq!(answer.expect("an answer"), Answer { mime, request, letters: Some(24), bytes: vec![1, 2, 3] });
    assert!(waits.is_empty());
    let heard = &service.heard()[0];
    assert_eq!(heard.line, "POST /v1/audio/speech?output_format=pcm_44100");
    assert_eq!(heard.text(), r#"{"input":"Wait.","voice":"가"}"#);
    assert_eq!(heard.header("authorization"), Some("Bearer sk-0123456789abcdef"));
    assert_eq!(heard.header("content-type"), Some("application/json"));
}

#[test]
fn where_nothing_listens_nothing_can_have_been_charged() {
    let (answer, waits) = asked(&TestService::nowhere(), 9);
    let error = answer.expect_err("nobody is there");
    assert!(matches!(error, ServiceError::NotReached { .. }) && !error.may_be_charged(), "{error}");
    assert_eq!(waits.len(), 2, "it knocks again");
    let plain = TestService::start(|_, _| Reply::good("audio/wav", vec![1]));
    let (answer, _) = asked(&plain.address().replace("http:", "https:"), 9);
    assert!(matches!(answer, Err(ServiceError::NotReached { .. })), "{answer:?}");
    assert!(plain.heard().iter().all(|heard| !heard.text().contains("Wait")), "nothing was said unencrypted");
    let (answer, _) = asked("https://no-such-host.invalid", 9);
    assert!(matches!(answer, Err(ServiceError::NotReached { .. })), "{answer:?}");
}

#[test]
fn a_question_that_may_have_been_heard_is_not_asked_again() {
    let whole = |bytes: usize| Reply::good("audio/wav", vec![7; bytes]);
    for (reply, why) in [
        (Reply::HangUp, "no whole answer"),
        (Reply::Silence(Duration::from_secs(4)), "no whole answer"),
        (Reply::CutShort(vec![7; 5], 10), "broke off"),
        (whole(1001), "longer than 1000 bytes"),
        (Reply::no(500, r#"{"error":"sk-0123456789abcdef broke"}"#), "status 500: [key] broke"),
        (Reply::no(504, "gateway"), "status 504"),
        // A gateway also says so when the service behind it broke off at work.
        (Reply::no(503, "upstream connect error"), "status 503"),
        (Reply::Drip(vec![7; 500], Duration::from_millis(20)), "broke off"),
        (
            Reply::Answer(200, vec!["Content-Encoding: gzip".to_owned()], vec![7; 9]),
            "it is packed as gzip, which was not asked for",
        ),
        (
            Reply::Answer(500, vec!["x-request-id: r-9".to_owned()], b"broke".to_vec()),
            "status 500: broke (its request r-9)",
        ),
        (Reply::no(500, &"x".repeat(200_000)), "status 500: xxx"),
    ] {
        let told = reply.clone();
        let service = TestService::start(move |_, _| told.clone());
        let (answer, _) = asked(&service.address(), 1000);
        let error = answer.expect_err("no answer");
        assert!(error.may_be_charged(), "{reply:?}: {error}");
        assert!(error.to_string().contains(why), "{reply:?}: {error}");
        assert_eq!(service.heard().len(), 1, "{reply:?}");
    }
}

#[test]
fn a_busy_service_is_asked_again_when_it_says() {
    let busy = |status, after: &str| Reply::Answer(status, vec![format!("Retry-After: {after}")], vec![]);
    let service = TestService::start(move |number, _| match number {
        0 => busy(429, "3"),
        1 => busy(503, "1"),
        _ => Reply::good("audio/wav", vec![1]),
    });
    let (answer, waits) = asked(&service.address(), 9);
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(waits, [Duration::from_secs(3), Duration::from_secs(1)]);
    let used_up = TestService::start(|_, _| {
        Reply::no(429, r#"{"error":{"message":"You exceeded your current quota"}}"#)
    });
    let (answer, waits) = asked(&used_up.address(), 9);
    let error = answer.expect_err("nothing is left");
    assert!(waits.is_empty() && error.hint().is_some_and(|hint| hint.contains("no credit")), "{error}");
    for (after, asked_times) in [("9999", 1), ("-1", 4), ("soon", 4), ("0", 6)] {
        let service = TestService::start(move |_, _| busy(429, after));
        let (answer, _) = asked(&service.address(), 9);
        assert!(matches!(answer, Err(ServiceError::Refused { status: 429, .. })), "{answer:?}");
        assert_eq!(service.heard().len(), asked_times, "{after}");
    }
}

#[test]
fn what_a_service_refuses_is_told_without_the_key() {
    let no = |status| Reply::no(status, r#"{"error":{"message":"Incorrect key sk-0123456789abcdef"}}"#);
    for status in [400, 401, 402, 403, 404, 409, 422, 429] {
        let service = TestService::start(move |_, _| no(status));
        let (answer, _) = asked(&service.address(), 9);
        let error = answer.expect_err("a refusal");
        assert!(!error.may_be_charged());
        assert!(error.to_string().ends_with(&format!("status {status}: Incorrect key [key]")), "{error}");
        assert!(!format!("{error:?}").contains("sk-"), "{error:?}");
    }
}

#[test]
fn a_key_is_never_carried_elsewhere() {
    let elsewhere = TestService::start(|_, _| Reply::good("audio/wav", vec![1]));
    let there = format!("Location: {}", elsewhere.address());
    for status in [301, 302, 307, 308] {
        let to = there.clone();
        let service = TestService::start(move |_, _| Reply::Answer(status, vec![to.clone()], vec![]));
        let (answer, _) = asked(&service.address(), 9);
        let error = answer.expect_err("a redirection");
        assert!(error.to_string().contains("it has moved to http://127.0.0.1"), "{error}");
    }
    let long = format!("Location: http://127.0.0.1/{}?sk-0123456789abcdef", "x".repeat(9000));
    let service = TestService::start(move |_, _| Reply::Answer(302, vec![long.clone()], vec![]));
    let error = asked(&service.address(), 9).0.expect_err("a redirection").to_string();
    assert!(error.len() < 500 && !error.contains("sk-"), "{error}");
    assert!(elsewhere.heard().is_empty());
}

#[test]
fn waiting_can_be_stopped() {
    let somebody = Somebody { stops: Some(|| true), ..Somebody::default() };
    let answer = asked_by(&somebody, &TestService::nowhere(), 9);
    assert!(
        matches!(answer, Err(ServiceError::Stopped { .. } | ServiceError::NotReached { .. })),
        "{answer:?}"
    );
    let busy = TestService::start(|_, _| Reply::no(429, "{}"));
    let answer = asked_by(&somebody, &busy.address(), 9);
    let error = answer.expect_err("a stop");
    assert!(matches!(error, ServiceError::Stopped { .. }) && !error.may_be_charged(), "{error}");
    assert!(busy.heard().len() <= 1);
}

#[test]
fn an_answer_on_its_way_is_waited_for_as_long_as_granted() {
    let late = |time| Reply::Late(time, Box::new(Reply::good("audio/wav", vec![5])));
    let service = TestService::start(move |_, _| late(Duration::from_millis(600)));
    let (stops, grace) = (Some((|| true) as fn() -> bool), Duration::from_mins(1));
    let patient = Somebody { stops, grace, ..Somebody::default() };
    let answer = asked_by(&patient, &service.address(), 9);
    assert_eq!(answer.expect("it comes").bytes, [5]);
    assert_eq!(patient.graces.get(), 1, "it is said once");
    let service = TestService::start(move |_, _| late(Duration::from_mins(1)));
    let hasty = Somebody { stops, grace: Duration::from_millis(200), ..Somebody::default() };
    let error = asked_by(&hasty, &service.address(), 9).expect_err("it does not come");
    assert!(matches!(error, ServiceError::LeftOpen { .. }) && error.may_be_charged(), "{error}");
    assert_eq!(service.heard().len(), 1);
}
