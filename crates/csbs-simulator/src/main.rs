//! The simulator as a program.

mod options;

use std::process::ExitCode;

use anyhow::{Context, Result};
use csbs_simulator::{Served, Simulator};
use options::{Command, Options};

#[tokio::main]
async fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::Run(options)) => match Box::pin(run(*options)).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("csbs-simulator: {error:#}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("csbs-simulator: {error:#}\n\n{}", options::HELP);
            ExitCode::from(2)
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let simulator = Simulator::new(options.config);
    let served = simulator.serve(options.listen).await?;
    if let Some(file) = &options.port_file {
        // A reader that waits for the file must never read half of it.
        let part = file.with_extension("part");
        std::fs::write(&part, served.address().port().to_string())
            .and_then(|()| std::fs::rename(&part, file))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let stopped = stopped().context("cannot handle signals")?;
    println!("{}", greeting(&simulator, &served));
    stopped.await;
    served.shutdown().await;
    Ok(())
}

/// Returns the line with the address and the variables to export.
fn greeting(simulator: &Simulator, served: &Served) -> String {
    let config = simulator.config();
    let first = |name: Option<&String>| name.cloned().unwrap_or_default();
    let user = config.users.first();
    format!(
        "Listening on {} ; export OS_AUTH_URL={} OS_USERNAME={} OS_PASSWORD={} OS_DOMAIN_NAME={} OS_PROJECT_NAME={} \
         OS_REGION_NAME={} TF_VAR_server_id={}",
        served.url(),
        served.auth_url(),
        first(user.map(|user| &user.name)),
        first(user.map(|user| &user.password)),
        config.domain_name,
        first(config.projects.first().map(|project| &project.name)),
        first(config.regions.first()),
        first(config.servers.first().map(|server| &server.id)),
    )
}

/// Returns a future that completes on Ctrl+C or on a termination signal. The handlers are in place when this function returns,
/// because a program that reads the address may stop the simulator at once.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Returns a future that completes on Ctrl+C.
#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
