#!/usr/bin/env bash
# What a release needs beside Rust and GoReleaser: zig as linker for every platform, the targets, the SBOM's writer. Run on
# macOS for all platforms (Apple's are linked against its SDK), on Linux for all but Apple's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sed -n '/^    targets:/,/^[^ ]/s/^      - //p' .goreleaser.yml | xargs rustup target add
python3 -m venv .tools/zig
.tools/zig/bin/pip install --quiet --requirement scripts/release-tools.txt
bin=$PWD/.tools/zig/bin
[ -z "${GITHUB_PATH:-}" ] || echo "$bin" >> "$GITHUB_PATH"
cargo install --locked --quiet cargo-cyclonedx@0.5.9
echo "PATH needs $bin"
