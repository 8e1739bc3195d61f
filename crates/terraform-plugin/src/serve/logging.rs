//! Logs on standard error, one JSON object per line, in the form that Terraform reads for `TF_LOG`.

use std::{
    fmt::Write as _,
    io::Write as _,
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

use crate::{NothingToRedact, Redact, readable};

use super::identity::Identity;

/// Only events of the framework and of the provider's own crates are logged; those of libraries may contain secrets.
const FRAMEWORK: &str = "terraform_plugin";

/// Removes secrets from every line. Empty until the provider exists; there are no secrets before.
pub type LineRedaction = Arc<OnceLock<Arc<dyn Redact>>>;

/// Starts logging at the level that the environment variables set. Without one, nothing is logged.
pub fn start(identity: Identity, variable: impl Fn(&str) -> Option<String>) -> LineRedaction {
    let provider = identity.name;
    let redact = LineRedaction::default();
    std::panic::set_hook(Box::new(|info| {
        tracing::error!(
            place = info.location().map(tracing::field::display),
            "a handler panicked"
        );
    }));
    let own = format!("TF_LOG_PROVIDER_{}", provider.to_uppercase());
    let asked = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|v| !v.is_empty()));
    let level = asked.as_deref().map_or(LevelFilter::OFF, level);
    if level == LevelFilter::OFF {
        return redact;
    }
    let lines = Lines {
        module: format!("provider.{provider}"),
        redact: Arc::clone(&redact),
    };
    let targets = identity.log_targets.iter().chain([&FRAMEWORK]);
    let filter = tracing_subscriber::filter::Targets::new().with_targets(targets.map(|target| (*target, level)));
    // Tests set their own subscriber, which then stays.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines.with_filter(filter)));
    redact
}

fn level(text: &str) -> LevelFilter {
    match text.to_ascii_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        // Like Terraform: TRACE, JSON, and everything that it does not know.
        _ => LevelFilter::TRACE,
    }
}

struct Lines {
    module: String,
    redact: LineRedaction,
}

impl Lines {
    /// Removes secrets and characters that act on a terminal from the texts of a line. The names of its fields are safe.
    fn clean(&self, line: &mut Map<String, Value>) {
        let redact: &dyn Redact = match self.redact.get() {
            Some(redact) => redact.as_ref(),
            None => &NothingToRedact,
        };
        for value in line.values_mut() {
            if let Value::String(text) = value {
                *text = readable(redact, text);
            }
        }
    }
}

/// Fields of a span, for the lines of events inside it.
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Collect::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Fields(fields.0));
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Fields(map)) = span.extensions_mut().get_mut()
        {
            let mut fields = Collect::default();
            values.record(&mut fields);
            map.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(Fields(fields)) = span.extensions().get() {
                for (name, value) in fields {
                    line.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        let mut fields = Collect::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        line.extend(fields.0);
        line.insert("@message".to_owned(), message);
        self.clean(&mut line);
        line.insert("@level".to_owned(), level_name(*event.metadata().level()).into());
        line.insert("@module".to_owned(), self.module.clone().into());
        line.insert("@timestamp".to_owned(), format!("{:.6}", Timestamp::now()).into());
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // There is no other place to report an error to.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

#[derive(Default)]
struct Collect(Map<String, Value>);

impl Collect {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Collect {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.put(field, text);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_act_on_a_terminal_are_escaped_in_every_text() {
        let lines = Lines {
            module: "m".to_owned(),
            redact: LineRedaction::default(),
        };
        let mut line = Map::from_iter([
            ("@message".to_owned(), Value::from("said: x\u{1b}[2J\n\u{9b}")),
            ("error".to_owned(), Value::from("x\u{202e}y\u{200b}")),
            ("status".to_owned(), Value::from(500)),
        ]);
        lines.clean(&mut line);
        assert_eq!(line["@message"], "said: x\\u{1b}[2J\n\\u{9b}");
        assert_eq!(line["error"], "x\\u{202e}y\\u{200b}");
        assert_eq!(line["status"], 500);
    }

    #[test]
    fn levels_are_those_of_terraform() {
        assert_eq!(level("debug"), LevelFilter::DEBUG);
        assert_eq!(level("JSON"), LevelFilter::TRACE);
        assert_eq!(level("off"), LevelFilter::OFF);
    }
}
