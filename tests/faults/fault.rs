//! All that can go wrong with one request.

use csbs_simulator::Effect;

use crate::{
    cloud::LONGEST,
    wire::{Broken, PATIENCE},
};

/// One way to go wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    pub name: &'static str,
    pub effect: Effect,
    pub broken: Broken,
    /// Whether the one who asked knows that nothing was done.
    pub certain: bool,
    /// Whether the service does its work after the one who asked has given up.
    pub late: bool,
}

fn fault(name: &'static str, effect: Effect) -> Fault {
    Fault {
        name,
        effect,
        broken: Broken::Reset,
        certain: false,
        late: false,
    }
}

impl Fault {
    fn broken(mut self, broken: Broken) -> Self {
        self.broken = broken;
        self.certain()
    }

    fn certain(mut self) -> Self {
        self.certain = true;
        self
    }

    fn late(mut self) -> Self {
        self.late = true;
        self
    }
}

fn refusal(status: u16) -> Effect {
    Effect::Answer {
        status,
        headers: Vec::new(),
        body: r#"{"error_code": "APIG.0101", "error_msg": "injected"}"#.to_owned(),
    }
}

/// The same, although the work is done.
fn afterwards(status: u16) -> Effect {
    Effect::AnswerAfter {
        status,
        headers: Vec::new(),
        body: String::new(),
    }
}

fn skewed(seconds: i64) -> Effect {
    Effect::WrongDate { seconds }
}

/// Everything of the matrix.
pub fn all() -> Vec<Fault> {
    let seconds = PATIENCE.as_secs_f64();
    let huge = format!("{{\"a\":\"{}\"}}", "a".repeat(LONGEST));
    vec![
        fault("refused", Effect::DropBefore).broken(Broken::Refused),
        fault("tls", Effect::DropBefore).broken(Broken::Tls),
        fault("reset before", Effect::DropBefore),
        fault("reset after", Effect::DropAfter),
        fault("timeout before", Effect::Stall),
        fault("timeout after", Effect::StallAfter),
        fault(
            "done at 90 s",
            Effect::Late {
                seconds: seconds + 30.0,
            },
        )
        .late(),
        fault("done at 5 min", Effect::Late { seconds: 300.0 }).late(),
        fault("429", refusal(429)).certain(),
        fault("429, retry after 7 s", refusal(429).retry_after(7)).certain(),
        fault("500", refusal(500)),
        fault("500 after", afterwards(500)),
        fault("502 in HTML", Effect::BadGateway { after: false }),
        fault("502 in HTML after", Effect::BadGateway { after: true }),
        fault("503", refusal(503)),
        fault("503, retry after 7 s", refusal(503).retry_after(7)),
        fault("503 after", afterwards(503)),
        fault("504 after", afterwards(504)),
        fault("truncated JSON", Effect::TruncateJson),
        fault("truncated body", Effect::TruncateBody),
        fault("wrong types", Effect::WrongTypes),
        fault("unknown fields", Effect::UnknownFields),
        fault("unknown status", Effect::UnknownStatus),
        fault("empty list", Effect::EmptyList),
        fault("huge body", Effect::HugeBody { bytes: LONGEST }),
        fault(
            "huge body after",
            Effect::AnswerAfter {
                status: 200,
                headers: Vec::new(),
                body: huge,
            },
        ),
        fault("slow drip", Effect::Drip { chunk: 64, pause: 0.5 }),
        fault("endless drip", Effect::Drip { chunk: 1, pause: 1.0 }),
        fault(
            "redirect",
            Effect::Redirect {
                location: "https://elsewhere.example/".to_owned(),
            },
        ),
        fault("clock ahead", skewed(3600)),
        fault("clock behind", skewed(-3600)),
    ]
}
