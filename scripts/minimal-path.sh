#!/usr/bin/env bash
# Runs a command with a PATH that holds only what README.md names: Rust, a C compiler, Python 3, and of the base system a
# shell and the few POSIX programs listed here. It shows in minutes, without root, what a machine with more hides: a test
# that starts a program which a user need not have. `scripts/minimal-root.sh` shows the same of packages.
#
# Usage: scripts/minimal-path.sh [COMMAND...]     (cargo xtask test, unless given)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

base=(sh bash cat chmod cp dirname echo env id ln mkdir mktemp mv rm sleep sort touch tr true uname)
compiler=(cc gcc as ld ar)

links=$(mktemp -d)
trap 'rm -rf "$links"' EXIT
for name in "${base[@]}" "${compiler[@]}"; do
  found=$(type -P "$name") || { echo "$name is not on PATH" >&2; exit 1; }
  ln -s "$found" "$links/$name"
done
# The programs themselves: rustup's and pyenv's stand-ins would put folders of their own on PATH.
ln -s "$(rustc --print sysroot)"/bin/* "$links/"
ln -s "$(python3 -I -c 'import sys; print(sys.executable)')" "$links/python3"

echo "PATH holds only: $(ls -x -w 0 "$links")"
[ $# -gt 0 ] || set -- cargo xtask test
env PATH="$links" "$@"
