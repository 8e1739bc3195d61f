//! The faults of a single request.

use csbs_simulator::Effect;

use crate::{
    cloud::MAX_BODY,
    wire::{Broken, REQUEST_TIMEOUT},
};

/// A fault of one request.
#[derive(Debug, Clone)]
pub struct Fault {
    pub name: &'static str,
    pub effect: Effect,
    pub broken: Broken,
    /// The client can tell from the fault that the request had no effect.
    pub outcome_known: bool,
    /// The service executes the request after the client has given up.
    pub late: bool,
    /// The service executes the request, and early enough that lookups find the effect.
    pub executed: bool,
    pub nature: Nature,
    /// The parts of error messages that name this fault, one in each; empty if the client cannot recognise it.
    pub symptoms: &'static [&'static str],
}

/// The view of the client on a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A failure that passes: of the connection, of the service, or of a gateway.
    Transient,
    /// A response that the client does not follow, because it means a wrong configuration.
    Rejected,
    /// A correct response with additional or unimportant differences.
    Harmless,
    /// A well-formed response with false contents, which no client can recognise.
    Misleading,
}

fn fault(name: &'static str, effect: Effect, symptoms: &'static [&'static str]) -> Fault {
    Fault {
        name,
        effect,
        broken: Broken::Reset,
        outcome_known: false,
        late: false,
        executed: false,
        nature: Nature::Transient,
        symptoms,
    }
}

/// The symptoms of a response that does not arrive in time.
const TIMEOUT: &[&str] = &["no response within 60 s"];
/// The symptoms of a response that is not in the form of the API, or of the identity service.
const FORM: &[&str] = &[", but not ", "gave no reason"];

impl Fault {
    fn broken(mut self, broken: Broken) -> Self {
        self.broken = broken;
        self.outcome_known()
    }

    fn outcome_known(mut self) -> Self {
        self.outcome_known = true;
        self
    }

    fn executed(mut self) -> Self {
        self.executed = true;
        self
    }

    fn nature(mut self, nature: Nature) -> Self {
        self.nature = nature;
        self
    }

    fn late(mut self) -> Self {
        self.late = true;
        self
    }
}

fn error_response(status: u16) -> Effect {
    Effect::Answer {
        status,
        headers: Vec::new(),
        body: r#"{"error_code": "APIG.0101", "error_msg": "injected"}"#.to_owned(),
    }
}

/// An error response, although the service executes the request.
fn error_after_effect(status: u16) -> Effect {
    Effect::AnswerAfter {
        status,
        headers: Vec::new(),
        body: String::new(),
    }
}

fn skewed(seconds: i64) -> Effect {
    Effect::WrongDate { seconds }
}

/// All faults of the matrix.
pub fn all() -> Vec<Fault> {
    let seconds = REQUEST_TIMEOUT.as_secs_f64();
    let huge = format!("{{\"a\":\"{}\"}}", "a".repeat(MAX_BODY));
    vec![
        fault("refused", Effect::DropBefore, &["connection refused"]).broken(Broken::Refused),
        fault("tls", Effect::DropBefore, &["UnknownIssuer"]).broken(Broken::Tls),
        fault("reset before", Effect::DropBefore, &["connection reset by peer"]),
        fault(
            "reset after",
            Effect::DropAfter,
            &["connection closed before message completed"],
        )
        .executed(),
        fault("timeout before", Effect::Stall, TIMEOUT),
        fault("timeout after", Effect::StallAfter, TIMEOUT).executed(),
        fault(
            "done at 90 s",
            Effect::Late {
                seconds: seconds + 30.0,
            },
            TIMEOUT,
        )
        .late()
        .executed(),
        fault("done at 5 min", Effect::Late { seconds: 300.0 }, TIMEOUT).late(),
        fault("429", error_response(429), &["HTTP status 429"]).outcome_known(),
        fault(
            "429, retry after 7 s",
            error_response(429).retry_after(7),
            &["HTTP status 429"],
        )
        .outcome_known(),
        fault("500", error_response(500), &["HTTP status 500"]),
        fault("500 after", error_after_effect(500), &["HTTP status 500"]).executed(),
        fault("502 in HTML", Effect::BadGateway { after: false }, &["HTTP status 502"]),
        fault(
            "502 in HTML after",
            Effect::BadGateway { after: true },
            &["HTTP status 502"],
        )
        .executed(),
        fault("503", error_response(503), &["HTTP status 503"]),
        fault(
            "503, retry after 7 s",
            error_response(503).retry_after(7),
            &["HTTP status 503"],
        ),
        fault("503 after", error_after_effect(503), &["HTTP status 503"]).executed(),
        fault("504 after", error_after_effect(504), &["HTTP status 504"]).executed(),
        fault("truncated JSON", Effect::TruncateJson, FORM).executed(),
        fault(
            "truncated body",
            Effect::TruncateBody,
            &["the response ended early", "without a code of the service"],
        )
        .executed(),
        fault("wrong types", Effect::WrongTypes, FORM).executed(),
        fault("unknown fields", Effect::UnknownFields, &[]).nature(Nature::Harmless),
        fault("unknown status", Effect::UnknownStatus, &[]).nature(Nature::Misleading),
        fault("empty list", Effect::EmptyList, &[]).nature(Nature::Misleading),
        fault(
            "huge body",
            Effect::HugeBody { bytes: MAX_BODY },
            &["longer than allowed"],
        ),
        fault(
            "huge body after",
            Effect::AnswerAfter {
                status: 200,
                headers: Vec::new(),
                body: huge,
            },
            &["longer than allowed"],
        )
        .executed(),
        fault("slow drip", Effect::Drip { chunk: 64, pause: 0.5 }, TIMEOUT).executed(),
        fault("endless drip", Effect::Drip { chunk: 1, pause: 1.0 }, TIMEOUT).executed(),
        fault(
            "redirect",
            Effect::Redirect {
                location: "https://elsewhere.example/".to_owned(),
            },
            &["HTTP status 302"],
        )
        .nature(Nature::Rejected),
        fault("clock ahead", skewed(3600), &[]).nature(Nature::Harmless),
        fault("clock behind", skewed(-3600), &[]).nature(Nature::Harmless),
    ]
}
