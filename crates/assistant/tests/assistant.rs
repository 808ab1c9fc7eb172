//! A model that answers as it should, and in every way that it should not.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use soundlock_assistant::{
    AssistantError, Budget, Hunk, Model, ModelContext, Pricing, SchemaMode, Suggestion, Told, estimate,
    is_there, spent, suggest, suggest_task,
};
use soundlock_script::{Fountain, KnownIds, Screenplay};
use soundlock_service::{Address, Key, Plain, ServiceError, Usd};
use soundlock_testing::{Heard, Reply, TestService};
use soundlock_vault::{Cancel, Event, Reporter, Vault};

const SCRIPT: &str =
    "INT. KITCHEN - NIGHT\n\nMINA\nYou said the train leaves at six.\n\nJONAS\nIt did. Yesterday.\n";
const SECRET: &str = "sk-0123456789abcdef";
const GOOD: &str = r#"{"changes":[{"line":4,"old":["You said the train leaves at six."],"new":["Six, you said."],"why":"shorter"}]}"#;
static LONG: LazyLock<String> = LazyLock::new(|| "la ".repeat(50_000));
const INVENTED: &str = r#"{"changes":[{"line":40,"old":["Nobody says this."],"new":["x"],"why":"y"}]}"#;

#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Reporter for Warnings {
    fn report(&self, event: Event) {
        if let Event::Warning { message, .. } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        }
    }
}

/// An answer of the chat protocol that says `text`.
fn says(text: &str) -> Reply {
    let answer = json!({
        "id": "c-1", "object": "chat.completion", "model": "served-model",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500 },
    });
    Reply::good("application/json", answer.to_string().into_bytes())
}

/// The same word by word.
fn streams(text: &str) -> Reply {
    let event = |value: Value| format!("data: {value}\n\n").into_bytes();
    let mut chunks = vec![b": hello\n\n".to_vec()];
    for word in text.split_inclusive(' ') {
        chunks.push(event(json!({ "model": "served-model", "choices": [{ "index": 0, "delta": { "content": word }, "finish_reason": null }] })));
    }
    chunks.push(event(json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] })));
    chunks
        .push(event(json!({ "choices": [], "usage": { "prompt_tokens": 1000, "completion_tokens": 500 } })));
    chunks.push(b"data: [DONE]\n\n".to_vec());
    Reply::Chunks("text/event-stream", chunks)
}

struct Desk {
    service: TestService,
    folder: tempfile::TempDir,
    model: Model,
    cancel: Cancel,
    warnings: Warnings,
    budget: Budget,
}

impl Desk {
    fn new(reply: impl Fn(usize, &Heard) -> Reply + Send + Sync + 'static) -> Self {
        let service = TestService::start(reply);
        let model = Model {
            name: "m:1".to_owned(),
            address: Address::read(&service.address(), Plain::OnlyNear).expect("an address"),
            versioned: true,
            key: Some(Key::new(SECRET).expect("a key")),
            key_env: None,
            price: Pricing::Free,
            most: None,
            timeout_secs: 2,
            max_tokens: 1000,
            schema: SchemaMode::JsonSchema,
            stream: false,
        };
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            service,
            folder,
            model,
            cancel: Cancel::new(),
            warnings: Warnings::default(),
            budget: Budget::default(),
        }
    }

    fn priced(mut self) -> Self {
        self.model.price = Pricing::PerMillion { tokens_in: Usd(1_000_000), tokens_out: Usd(2_000_000) };
        self.budget.limit = Some(Usd(5_000_000));
        self
    }

    fn vault(&self) -> Vault {
        let clock = std::sync::Arc::new(|| "2031-05-04T18:00:00Z".to_owned());
        Vault::open(&self.folder.path().join(".soundlock"), clock).expect("a vault")
    }

    fn suggest(&self, again: bool) -> Result<Told<Vec<Hunk>>, AssistantError> {
        let vault = self.vault();
        let mut context = ModelContext::new(&self.model, &vault, &self.warnings, &self.cancel, self.budget);
        context.again = again;
        let (_, screenplay) = screenplay();
        let order = Suggestion {
            script: SCRIPT.as_bytes(),
            cast: &[],
            screenplay: &screenplay,
            scene: None,
            wish: "shorter",
        };
        suggest(&order, &context)
    }

    fn spent(&self) -> Usd {
        spent(&self.vault()).expect("a ledger")
    }

    fn heard(&self, number: usize) -> Value {
        serde_json::from_slice(&self.service.heard()[number].body).expect("JSON")
    }
}

fn screenplay() -> (Fountain, Screenplay) {
    let fountain = Fountain::read(SCRIPT.as_bytes(), &[]);
    let (screenplay, _) = Screenplay::from_fountain(&fountain, &KnownIds::default());
    (fountain, screenplay)
}

#[test]
fn a_reply_is_kept_and_nothing_is_asked_twice() {
    for stream in [false, true] {
        let mut desk = Desk::new(move |_, _| if stream { streams(GOOD) } else { says(GOOD) }).priced();
        desk.model.stream = stream;
        let told = desk.suggest(false).expect("changes");
        assert_eq!((told.value.len(), told.said.model.as_str(), told.said.asked), (1, "served-model", true));
        // 1000 tokens read at 1 USD a million, 500 written at 2.
        assert_eq!((told.said.cost, desk.spent()), (Some(Usd(2000)), Usd(2000)));
        let told = desk.suggest(false).expect("changes");
        assert_eq!((told.said.asked, told.said.cost), (false, Some(Usd::ZERO)));
        assert_eq!(desk.service.heard().len(), 1);
        let heard = &desk.service.heard()[0];
        assert_eq!(heard.line, "POST /v1/chat/completions");
        assert_eq!(heard.header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
        let json = desk.heard(0);
        assert_eq!((&json["model"], &json["stream"]), (&json!("m:1"), &json!(stream)));
        assert_eq!(json["response_format"]["json_schema"]["strict"], json!(true));
        assert_eq!(json["max_tokens"], json!(1000));
        desk.suggest(true).expect("changes");
        assert_eq!(desk.service.heard().len(), 2, "asked anew where a person says so");
        assert!(!desk.suggest(false).expect("changes").said.asked, "the newest counts");
    }
}

#[test]
fn what_a_server_does_not_take_is_left_out() {
    let desk = Desk::new(|_, heard| {
        let body = heard.text();
        if body.contains("json_schema") {
            Reply::no(400, r#"{"error":{"message":"response_format is not supported"}}"#)
        } else if body.contains("json_object") {
            Reply::no(422, r#"{"error":"no such field"}"#)
        } else if body.contains("\"max_tokens\"") {
            Reply::no(400, r#"{"error":"use max_completion_tokens instead of max_tokens"}"#)
        } else {
            says(&format!("<think>hm</think>Of course!\n```json\n{GOOD}\n```"))
        }
    });
    assert_eq!(desk.suggest(false).expect("changes").value.len(), 1);
    assert_eq!(desk.service.heard().len(), 4);
    let last = desk.heard(3);
    assert!(last.get("response_format").is_none() && last.get("max_completion_tokens").is_some());
    let told = last["messages"][0]["content"].as_str().expect("words");
    assert!(told.contains("fits this JSON schema") && told.contains("\"changes\""), "{told}");
}

#[test]
fn a_reply_that_does_not_fit_is_repaired_once() {
    for bad in ["I am sorry, I cannot.", "{\"changes\": [{", INVENTED, "{\"other\":1}"] {
        let desk = Desk::new(move |number, _| says(if number == 0 { bad } else { GOOD })).priced();
        let told = desk.suggest(false).expect("changes");
        assert_eq!((told.value.len(), told.faults.len()), (1, 0), "{bad}");
        assert_eq!(told.said.cost, Some(Usd(4000)), "both are paid");
        let repair = desk.heard(1);
        let messages = repair["messages"].as_array().expect("messages");
        assert_eq!(messages[2]["content"], json!(bad));
        assert!(messages[3]["content"].as_str().is_some_and(|words| words.contains("cannot be used")));
        let never = Desk::new(move |_, _| says(bad));
        let error = never.suggest(false).expect_err("it never fits");
        assert!(matches!(error, AssistantError::Unusable { .. }), "{error}");
        assert_eq!(never.service.heard().len(), 2);
        never.suggest(false).expect_err("it still does not");
        assert_eq!(never.service.heard().len(), 2, "nothing is asked twice");
        assert!(error.hint().is_some_and(|hint| hint.contains("--again")));
    }
}

#[test]
fn of_a_long_reply_a_part_is_told_back() {
    let desk = Desk::new(|number, _| says(if number == 0 { LONG.as_str() } else { GOOD }));
    assert_eq!(desk.suggest(false).expect("changes").value.len(), 1);
    let told = desk.heard(1)["messages"][2]["content"].as_str().map(str::len);
    assert!(told.is_some_and(|bytes| bytes <= 12_000), "{told:?}");
}

#[test]
fn what_fits_is_used_where_the_rest_does_not() {
    let both = GOOD.replace("]}", &INVENTED["{\"changes\":[".len()..].replacen('{', ",{", 1));
    let desk = Desk::new(move |number, _| says(if number == 0 { &both } else { "Sorry!" }));
    let told = desk.suggest(false).expect("changes");
    assert_eq!((told.value.len(), told.faults.len()), (1, 1), "{:?}", told.faults);
    assert!(told.faults[0].contains("does not stand on line 40"));
}

#[test]
fn every_bad_answer_is_said_and_does_no_harm() {
    let whole = |text: &str| Reply::good("application/json", text.as_bytes().to_vec());
    let word = b"data: {\"choices\":[{\"delta\":{\"content\":\"la \"}}]}\n\n".to_vec();
    for (reply, why) in [
        (whole(""), "is empty"),
        (says("  "), "says nothing"),
        (says(&"la ".repeat(200_000)), "it is longer than"),
        (whole("<html>Sign in</html>"), "an HTML page"),
        (whole("Sure, here it is"), "no answer of the chat protocol"),
        (whole(r#"{"choices":[{"mess"#), "broken JSON"),
        (whole(r#"{"error":{"message":"out of memory"}}"#), "is an error: `out of memory`"),
        (
            whole(r#"{"choices":[{"message":{"content":"{"},"finish_reason":"length"}]}"#),
            "cut off at max_tokens",
        ),
        (Reply::Chunks("text/event-stream", vec![word.clone()]), "broke off before its end"),
        (Reply::Endless("text/event-stream", word.clone(), Duration::from_millis(20)), "did not answer"),
        (Reply::Endless("text/event-stream", word.repeat(20_000), Duration::ZERO), "did not answer"),
        (Reply::Silence(Duration::from_mins(5)), "did not answer"),
        (Reply::HangUp, "did not answer"),
        (Reply::no(401, &format!(r#"{{"error":"bad key {SECRET}"}}"#)), "did not answer"),
        (Reply::no(500, "{}"), "did not answer"),
    ] {
        let told = reply.clone();
        let desk = Desk::new(move |_, _| told.clone()).priced();
        let error = desk.suggest(false).expect_err("no answer");
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let said = format!("{error} {source} {error:?}");
        assert!(said.contains(why) && !said.contains(SECRET), "{said}, not {why}");
        assert!(error.hint().is_some(), "{error}");
        let was_free = matches!(&error, AssistantError::Service { source, .. } if !source.may_be_charged());
        assert_eq!(desk.spent() == Usd::ZERO, was_free, "{error}: what may be charged counts");
        let again = desk.suggest(false).expect_err("still none");
        let heard = desk.service.heard().len();
        if was_free {
            assert_eq!(heard, 2, "{again}");
        } else {
            assert!(matches!(again, AssistantError::InDoubt { .. }), "{again}");
            assert_eq!(heard, 1, "what may be paid for is not asked again by itself");
        }
    }
}

#[test]
fn what_is_free_is_asked_again_after_it_was_lost() {
    let desk = Desk::new(|number, _| if number == 0 { Reply::HangUp } else { says(GOOD) });
    desk.suggest(false).expect_err("it hung up");
    desk.suggest(false).expect("changes");
    let gone = Desk::new(|number, _| if number == 0 { Reply::HangUp } else { says(GOOD) }).priced();
    gone.suggest(false).expect_err("it hung up");
    gone.suggest(true).expect("changes: a person said that it may be paid twice");
    assert_eq!(gone.service.heard().len(), 2);
}

#[test]
fn limits_hold_and_an_unknown_price_stays_unknown() {
    let ask = |change: fn(&mut Desk)| {
        let mut desk = Desk::new(|_, _| says(GOOD)).priced();
        change(&mut desk);
        let told = desk.suggest(false);
        (told, desk.service.heard().len())
    };
    let (none, heard) = ask(|desk| desk.budget.limit = None);
    assert!(matches!(none, Err(AssistantError::NoLimit { .. })) && heard == 0);
    let (over, heard) = ask(|desk| desk.model.most = Some(Usd(100)));
    assert!(over.is_err_and(|error| error.to_string().contains("model.most_usd = 0.0001 USD")) && heard == 0);
    let (over, heard) = ask(|desk| desk.budget.spent_elsewhere = Usd(4_999_999));
    assert!(over.is_err_and(|error| error.to_string().contains("of budget.usd = 5.00 USD")) && heard == 0);
    let (unknown, heard) = ask(|desk| desk.model.price = Pricing::Unknown);
    assert_eq!((unknown.expect("changes").said.cost, heard), (None, 1));
    let (keyless, heard) = ask(|desk| {
        desk.model.key = None;
        desk.model.key_env = Some("MODEL_KEY".to_owned());
    });
    assert!(keyless.is_err_and(|error| error.to_string().contains("MODEL_KEY")) && heard == 0);
}

#[test]
fn a_price_is_told_before_anything_is_asked() {
    let desk = Desk::new(|_, _| says(GOOD)).priced();
    let (_, screenplay) = screenplay();
    let (script, cast, scene, wish) = (SCRIPT.as_bytes(), &[][..], None, "shorter");
    let order = Suggestion { script, cast, screenplay: &screenplay, scene, wish };
    let tasks = [suggest_task(&order).expect("a task")];
    let told = |desk: &Desk| {
        let vault = desk.vault();
        let context = ModelContext::new(&desk.model, &vault, &desk.warnings, &desk.cancel, desk.budget);
        estimate(&tasks, &context).expect("an estimate")
    };
    let before = told(&desk);
    assert!(before.questions == 1 && before.most > Some(Usd(6000)), "{before:?}");
    desk.suggest(false).expect("changes");
    let after = told(&desk);
    assert_eq!((after.questions, after.most), (0, Some(Usd::ZERO)));
}

#[test]
fn a_stop_is_heard_before_and_while_it_is_asked() {
    let desk = Desk::new(|_, _| says(GOOD));
    desk.cancel.cancel();
    assert!(matches!(desk.suggest(false), Err(AssistantError::Cancelled(_))));
    assert_eq!(desk.service.heard().len(), 0);
    let cancel = Cancel::new();
    let raised = cancel.clone();
    let mut slow = Desk::new(move |_, _| {
        raised.cancel();
        Reply::Silence(Duration::from_mins(5))
    });
    slow.cancel = cancel;
    slow.model.timeout_secs = 600;
    let error = slow.suggest(false).expect_err("it was stopped");
    assert!(
        matches!(error, AssistantError::Service { source: ServiceError::LeftOpen { .. }, .. }),
        "{error}"
    );
}

#[test]
fn a_model_says_whether_it_is_there() {
    let desk = Desk::new(|_, _| says("yes"));
    assert_eq!(is_there(&desk.model, &desk.cancel).expect("there"), "served-model");
    let gone = Desk::new(|_, _| Reply::no(404, r#"{"error":"model not found"}"#));
    assert!(is_there(&gone.model, &gone.cancel).is_err());
}
