//! The program's command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use csbs_simulator::{AuthMode, ClockMode, Config, Quirks, RateLimit, Server, ServerOfAnotherPolicy};

/// Output of `--help`.
pub const HELP: &str = "\
A simulated CSBS on loopback, for tests and for people without a cloud account.

Usage: csbs-simulator [options]

  --listen ADDRESS          loopback address to listen on (default 127.0.0.1:0, a free port)
  --port-file FILE          write the port to FILE once the simulator listens
  --speed FACTOR            divide all durations by FACTOR (default 60)
  --step-per-request TIME   advance the service's time with each request, such as 60s; instead of --speed
  --manual-clock            advance the time only through /_admin/advance; instead of --speed
  --backup-time TIME        duration of a backup, independent of its size
  --visible-after TIME      delay until a new backup can be read
  --servers COUNT           number of servers, with IDs from 00000000-0000-0000-0000-000000000000 (default 4)
  --server ID               add a server; can be repeated
  --user NAME --password W  user name and password (default demo, demo)
  --domain NAME             domain of the user (default demo)
  --project NAME            project of the user (default eu-de)
  --project-id ID           ID of that project
  --access-key AK --secret-key SK [--security-token TOKEN]   access key for signed requests
  --keystone URL            validate tokens with a real Keystone, such as http://127.0.0.1:5000/v3
  --rate RATE --burst COUNT requests per second; beyond it the answer is 429
  --schedules               run policies by schedule
  --move-servers            move a server of another policy to the new one, instead of refusing it
  --closed                  refuse new backups with BackupService.4008
  --hide-deleting           hide backups that are being deleted from lists
  --tidy                    responses without the quirks of the service
  --lenient                 ignore undocumented members and parameters, instead of refusing them
  --seed NUMBER             seed of IDs and random choices (default 1)

It prints one line with its address and the variables to export. The admin API needs no token: /_admin/state,
/_admin/requests, /_admin/faults, /_admin/advance.";

/// Command of the command line.
pub enum Command {
    /// Print the help text.
    Help,
    /// Run the simulator.
    Run(Box<Options>),
}

/// Options of the program.
pub struct Options {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// File to write the port to.
    pub port_file: Option<PathBuf>,
    /// Configuration of the simulator.
    pub config: Config,
}

impl Options {
    /// Reads the command line.
    ///
    /// # Errors
    /// If an option is unknown or has an invalid value.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Command> {
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
                return Ok(Command::Help);
            }
            if options.switch(&name) {
                continue;
            }
            let value = arguments
                .next()
                .with_context(|| format!("unknown option {name}, or its value is missing"))?;
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
        Ok(Command::Run(Box::new(options)))
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
            "--tidy" => self.config.quirks = Quirks::Tidy,
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
            _ => return self.set_credential(name, value),
        }
        Ok(())
    }

    fn set_credential(&mut self, name: &str, value: String) -> Result<()> {
        let config = &mut self.config;
        let (Some(user), Some(project), Some(key)) = (
            config.users.first_mut(),
            config.projects.first_mut(),
            config.access_keys.first_mut(),
        ) else {
            bail!("there is no user");
        };
        match name {
            "--user" => user.name = value,
            "--password" => user.password = value,
            "--project" => project.name = value,
            "--project-id" => project.id = value,
            "--access-key" => key.access = value,
            "--secret-key" => key.secret = value,
            "--security-token" => key.security_token = Some(value),
            _ => bail!("unknown option {name}"),
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T> {
    value
        .parse()
        .ok()
        .with_context(|| format!("invalid value '{value}' of {name}"))
}

/// Parses seconds, or a number with one of the units ms, s, m, h.
fn time(name: &str, value: &str) -> Result<Duration> {
    let split = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len());
    let (number, unit) = value.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => bail!("invalid value '{value}' of {name}"),
    };
    let seconds = number.parse::<f64>().ok().map(|number| number * factor);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .with_context(|| format!("invalid value '{value}' of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options> {
        match Options::read(line.split_whitespace().map(str::to_owned))? {
            Command::Run(options) => Ok(*options),
            Command::Help => bail!("help"),
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
        assert!(matches!(
            Options::read(["-h".to_owned()].into_iter()),
            Ok(Command::Help)
        ));
    }
}
