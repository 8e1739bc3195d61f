#!/usr/bin/env bash
# Says no to a release whose tag, Cargo.toml and CHANGELOG.md do not name the same version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wanted=${1:?the version, or the word snapshot}
[ "$wanted" = snapshot ] && exit 0

cargo=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
if [ "$cargo" != "$wanted" ]; then
  echo "the tag says $wanted, Cargo.toml says $cargo" >&2
  exit 1
fi
if ! grep -q "^## \[$wanted\] - " CHANGELOG.md; then
  echo "CHANGELOG.md has no heading '## [$wanted] - <date>'" >&2
  exit 1
fi
