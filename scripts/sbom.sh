#!/usr/bin/env bash
# Writes what the provider is made of (CycloneDX). Needs cargo-cyclonedx.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
document=$(basename "${1:?the file to write, in dist/}")
cargo cyclonedx --format json --override-filename csbs-sbom --target all --no-build-deps --top-level --quiet
mkdir -p dist
mv csbs-sbom.json "dist/$document"
find . -name 'csbs-sbom.json' -not -path './dist/*' -not -path './target/*' -delete
