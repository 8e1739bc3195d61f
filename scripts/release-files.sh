#!/usr/bin/env bash
# Copies the files that users get out of GoReleaser's folder: the zips, the checksums, the list of contents, the manifest.
#
# Usage: scripts/release-files.sh DIST FOLDER
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dist=${1:?the folder of GoReleaser} folder=${2:?the folder to fill}

sums=$(basename "$dist"/*_SHA256SUMS)
mkdir -p "$folder"
cp "$dist"/*.zip "$dist"/*_sbom.cdx.json "$dist/$sums" "$folder"
# GoReleaser leaves the manifest where it is, and lists it under the name that it has in a release.
cp "$project/terraform-registry-manifest.json" "$folder/${sums%_SHA256SUMS}_manifest.json"
# macOS has no sha256sum that knows these options.
(cd "$folder" && shasum --algorithm 256 --check --strict "$sums")
