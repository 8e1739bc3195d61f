//! `cargo xtask sweep`: see [`csbs_sweep::HELP`].

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use csbs_sweep::{HELP, Leftovers, Mode, Options, report, run_checks, session};
use otc_client::{
    csbs::{Client, ClientOptions},
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
    let context = OperationContext::new(Client::new(session()?, ClientOptions::default()));
    let endpoint = context
        .client
        .endpoint()
        .await
        .map_err(|error| anyhow!("cannot sign in: {error}"))?;
    println!("Project {} at {}", endpoint.project_id, endpoint.base);
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
    if let Mode::Check { server_id } = &options.mode {
        prefix = prefix.of_run();
        println!("The names of this run begin with {prefix}");
        let findings = Box::pin(run_checks(&context, &prefix, server_id, &cancel)).await;
        print!("{}", report(&findings));
    }
    let leftovers = Leftovers::find(&context, &prefix).await?;
    print!("{leftovers}");
    if options.mode != Mode::List && !leftovers.is_empty() {
        leftovers.delete(&context, &cancel).await?;
        println!("Deleted.");
    }
    Ok(())
}
