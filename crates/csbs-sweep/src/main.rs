//! `cargo xtask sweep`: see [`csbs_sweep::HELP`].

use std::process::ExitCode;

use anyhow::{Result, bail};
use csbs_sweep::{HELP, Leftovers, Mode, Options, VaultLeftovers, report, run_checks, run_vault_checks, session};
use otc_client::{
    cbr,
    csbs::{self, ClientOptions},
    operation::OperationContext,
};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().skip(1).any(|argument| argument == "--help") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sweep: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let session = session()?;
    let csbs = OperationContext::new(csbs::Client::new(session.clone(), ClientOptions::default()));
    let cbr = cbr::Client::new(session, ClientOptions::default());
    // A project may have one of the services only.
    let (has_csbs, has_cbr) = (csbs.client.endpoint().await, cbr.endpoint().await);
    let endpoint = match (&has_csbs, &has_cbr) {
        (Ok(endpoint), _) | (Err(_), Ok(endpoint)) => endpoint,
        (Err(error), Err(_)) => bail!("cannot sign in: {error}"),
    };
    println!("Project {} at {}", endpoint.project_id, endpoint.base);
    if let Err(error) = &has_csbs {
        println!("CSBS is left out: {error}");
    }
    if let Err(error) = &has_cbr {
        println!("CBR is left out: {error}");
    }
    options.check_project(&endpoint.project_id)?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("Interrupted: run it again with --delete to remove what is left.");
            stop.cancel();
        }
    });
    let mut prefix = options.prefix.clone();
    if let Mode::Check { server_id, vault_id } = &options.mode {
        prefix = prefix.of_run();
        println!("The names of this run begin with {prefix}");
        let findings = match vault_id {
            Some(vault_id) => Box::pin(run_vault_checks(&cbr, &prefix, vault_id, server_id, &cancel)).await,
            None => Box::pin(run_checks(&csbs, &prefix, server_id, &cancel)).await,
        };
        print!("{}", report(&findings));
    }
    if has_csbs.is_ok() {
        let leftovers = Leftovers::find(&csbs, &prefix).await?;
        print!("{leftovers}");
        if options.mode != Mode::List && !leftovers.is_empty() {
            leftovers.delete(&csbs, &cancel).await?;
            println!("Deleted.");
        }
    }
    if has_cbr.is_ok() {
        let leftovers = VaultLeftovers::find(&cbr, &prefix).await?;
        print!("{leftovers}");
        if options.mode != Mode::List && !leftovers.is_empty() {
            leftovers.delete(&cbr).await?;
            println!("Their deletion has started.");
        }
    }
    Ok(())
}
