//! `cargo xtask picture`: what an apply looks like, drawn from a real one.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    paths,
    sandbox::{self, Stage},
    svg,
};

/// Applies the quickstart against the simulator and draws what Terraform said.
///
/// # Errors
/// When a step fails or the picture cannot be written.
pub fn run() -> Result<()> {
    let stage = Stage::set()?;
    sandbox::capture(&mut stage.command(&["init", "-input=false"]))?;
    let said = sandbox::capture(&mut stage.command(&["apply", "-input=false", "-auto-approve"]))?;
    sandbox::capture(&mut stage.command(&["destroy", "-input=false", "-auto-approve"]))?;
    let terminal = format!("\u{1b}[1m$ terraform apply\u{1b}[0m\n{}", shorten(&said));
    let file = paths::root().join("docs/images/apply.svg");
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&file, svg::draw("terraform apply makes a backup", &terminal))
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}

/// Takes out the attributes that are only known after apply, and says how many there were.
fn shorten(said: &str) -> String {
    let mut lines = Vec::new();
    let mut hidden = 0;
    for line in said.trim_start_matches('\n').lines() {
        if line.contains("(known after apply)") && !line.contains("checkpoint_id") && !line.contains("status") {
            hidden += 1;
            continue;
        }
        // The resource's own end; an attribute's is further in.
        if hidden > 0 && line == "    }" {
            lines.push(format!(
                "      \u{1b}[2m# ({hidden} more attributes known after apply)\u{1b}[0m"
            ));
            hidden = 0;
        }
        lines.push(line.to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_yet_is_counted_instead_of_shown() {
        let said = "\n  + resource {\n      + id = (known after apply)\n      + tags = {\n          + \"a\" = \"b\"\n        }\n      \
                    + size = (known after apply)\n    }\nPlan: 1";
        assert_eq!(
            shorten(said),
            "  + resource {\n      + tags = {\n          + \"a\" = \"b\"\n        }\n      \u{1b}[2m# (2 more attributes known \
             after apply)\u{1b}[0m\n    }\nPlan: 1"
        );
    }
}
