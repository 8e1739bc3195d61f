//! The program's command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use csbs_simulator::{AuthMode, ClockMode, Config, Oddities, RateLimit, Server, ServerOfAnotherPolicy};

/// What `--help` says.
pub const HELP: &str = "\
A CSBS service on loopback, for tests and for people with no cloud account.

Usage: csbs-simulator [options]

  --listen ADDRESS          where to listen; a loopback address (default 127.0.0.1:0: a free port)
  --port-file FILE          write the port into FILE when it listens
  --speed FACTOR            backups take so many times less time (default 60)
  --step-per-request TIME   each request moves the service's time on, such as 60s; instead of --speed
  --manual-clock            time moves only through /_admin/advance; instead of --speed
  --backup-time TIME        how long a backup takes, whatever the size
  --visible-after TIME      how long a new backup cannot be read yet
  --servers COUNT           servers 00000000-0000-0000-0000-000000000000 and so on (default 4)
  --server ID               one more server; may be given again
  --user NAME --password W  who may sign in (default demo, demo)
  --domain NAME             of the user (default demo)
  --project NAME            of the user (default eu-de)
  --project-id ID           of that project
  --access-key AK --secret-key SK [--security-token TOKEN]   who may sign requests
  --keystone URL            let a real Keystone check tokens, such as http://127.0.0.1:5000/v3
  --rate RATE --burst COUNT requests per second, beyond them 429
  --schedules               policies run by themselves
  --move-servers            a server of another policy moves to the new one, instead of a refusal
  --closed                  refuse new backups with BackupService.4008
  --hide-deleting           lists never show backups that are being deleted
  --tidy                    answers without the service's oddities
  --lenient                 ignore what the API pages do not name, instead of refusing it
  --seed NUMBER             where ids and chance come from (default 1)

It prints one line with its address and what to export. State, requests, faults and clock: /_admin/state,
/_admin/requests, /_admin/faults, /_admin/advance. No token is needed there.";

/// What the command line asks for.
pub enum Wish {
    /// The help text.
    Help,
    /// A service.
    Run(Box<Options>),
}

/// How the program runs.
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to write the port.
    pub port_file: Option<PathBuf>,
    /// The service.
    pub config: Config,
}

impl Options {
    /// Reads the command line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Wish> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            port_file: None,
            config: Config {
                clock: ClockMode::Real { speed: 60.0 },
                ..Config::default()
            },
        };
        let mut rate = None;
        let mut burst = 1;
        while let Some(name) = arguments.next() {
            if name == "--help" || name == "-h" {
                return Ok(Wish::Help);
            }
            if options.switch(&name) {
                continue;
            }
            let value = arguments
                .next()
                .with_context(|| format!("{name} is no option, or needs a value"))?;
            match name.as_str() {
                "--rate" => rate = Some(number(&name, &value)?),
                "--burst" => burst = number(&name, &value)?,
                _ => options.set(&name, value)?,
            }
        }
        options.config.rate_limit = rate.map(|per_second| RateLimit {
            per_second,
            burst,
            retry_after: true,
        });
        Ok(Wish::Run(Box::new(options)))
    }

    fn switch(&mut self, name: &str) -> bool {
        match name {
            "--manual-clock" => self.config.clock = ClockMode::Manual,
            "--schedules" => self.config.schedules = true,
            "--move-servers" => {
                self.config.policy_rules.server_of_another_policy = ServerOfAnotherPolicy::Moved;
            }
            "--closed" => self.config.closed = true,
            "--lenient" => self.config.strict = false,
            "--hide-deleting" => self.config.hide_deleting = Some(true),
            "--tidy" => self.config.oddities = Oddities::Tidy,
            _ => return false,
        }
        true
    }

    fn set(&mut self, name: &str, value: String) -> Result<()> {
        let config = &mut self.config;
        match name {
            "--listen" => self.listen = number(name, &value)?,
            "--port-file" => self.port_file = Some(value.into()),
            "--speed" => {
                let speed: f64 = number(name, &value)?;
                if !speed.is_finite() || speed <= 0.0 {
                    bail!("--speed must be above 0");
                }
                config.clock = ClockMode::Real { speed };
            }
            "--step-per-request" => {
                let step = time(name, &value)?.as_secs_f64();
                config.clock = ClockMode::PerRequest { step };
            }
            "--backup-time" => config.timing.backup = Some(time(name, &value)?),
            "--visible-after" => config.timing.visible_after = time(name, &value)?,
            "--servers" => config.servers = Server::some(number(name, &value)?),
            "--server" => config.servers.push(Server::new(value)),
            "--seed" => config.seed = number(name, &value)?,
            "--domain" => config.domain_name = value,
            "--keystone" => {
                config.auth = AuthMode::Keystone {
                    url: value,
                    cache: Duration::ZERO,
                };
            }
            _ => return self.set_person(name, value),
        }
        Ok(())
    }

    fn set_person(&mut self, name: &str, value: String) -> Result<()> {
        let config = &mut self.config;
        let (Some(user), Some(project), Some(key)) = (
            config.users.first_mut(),
            config.projects.first_mut(),
            config.access_keys.first_mut(),
        ) else {
            bail!("nobody may sign in");
        };
        match name {
            "--user" => user.name = value,
            "--password" => user.password = value,
            "--project" => project.name = value,
            "--project-id" => project.id = value,
            "--access-key" => key.access = value,
            "--secret-key" => key.secret = value,
            "--security-token" => key.security_token = Some(value),
            _ => bail!("{name} is no option"),
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T> {
    value
        .parse()
        .ok()
        .with_context(|| format!("{name} cannot be '{value}'"))
}

/// Seconds, or with one of the units ms, s, m, h.
fn time(name: &str, value: &str) -> Result<Duration> {
    let split = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len());
    let (number, unit) = value.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => bail!("{name} cannot be '{value}'"),
    };
    let seconds = number.parse::<f64>().ok().map(|number| number * factor);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .with_context(|| format!("{name} cannot be '{value}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options> {
        match Options::read(line.split_whitespace().map(str::to_owned))? {
            Wish::Run(options) => Ok(*options),
            Wish::Help => bail!("help"),
        }
    }

    #[test]
    fn options_are_read() {
        let options =
            read("--listen 127.0.0.1:9 --step-per-request 1.5m --servers 7 --rate 5 --burst 9 --user me").unwrap();
        assert_eq!(options.listen.port(), 9);
        assert_eq!(options.config.clock, ClockMode::PerRequest { step: 90.0 });
        assert_eq!(options.config.servers.len(), 7);
        assert_eq!(options.config.rate_limit.map(|limit| limit.burst), Some(9));
        assert_eq!(options.config.users[0].name, "me");
    }

    #[test]
    fn wrong_options_are_refused() {
        for wrong in [
            "--what",
            "--what ever",
            "--speed 0",
            "--speed",
            "--listen here",
            "--step-per-request 5x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(matches!(Options::read(["-h".to_owned()].into_iter()), Ok(Wish::Help)));
    }
}
