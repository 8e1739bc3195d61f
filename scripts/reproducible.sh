#!/usr/bin/env bash
# Builds a commit twice for linux/amd64, in two folders, as the release does, and compares the bytes.
set -euo pipefail
commit=$(git rev-parse "${1:-HEAD}")
source=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for folder in one a-longer-name-for-the-second; do
  git clone --quiet "$source" "$work/$folder"
  (
    cd "$work/$folder"
    git checkout --quiet "$commit"
    cargo xtask setup protoc
    unset CARGO_TARGET_DIR
    PROVIDER_VERSION=0 ./scripts/release-cargo.sh zigbuild --release --locked --package=terraform-provider-csbs \
      --target=x86_64-unknown-linux-musl
  )
  mv "$work/$folder/target/x86_64-unknown-linux-musl/release/terraform-provider-csbs" "$work/$folder.bin"
done
sha256sum "$work"/*.bin
cmp "$work"/*.bin
echo "The two builds of $commit are the same."
