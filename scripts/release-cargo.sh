#!/usr/bin/env bash
# GoReleaser calls this as its cargo. It builds so that two builds of one commit are equal, wherever they are made, and gives
# the binary the name that the registries want: terraform-provider-csbs_v<version>.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo_home=${CARGO_HOME:-$HOME/.cargo}
# Paths of this machine would end up in panic messages.
export RUSTFLAGS="--remap-path-prefix=$PWD=csbs --remap-path-prefix=$cargo_home=cargo"
export CFLAGS="${CFLAGS:-} -ffile-prefix-map=$PWD=csbs -ffile-prefix-map=$cargo_home=cargo -g0"
export CARGO_INCREMENTAL=0

cargo "$@"

target=
previous=
for word in "$@"; do
  case $word in --target=*) target=${word#--target=} ;; esac
  [ "$previous" = --target ] && target=$word
  previous=$word
done
[ -n "$target" ] || exit 0

built=${CARGO_TARGET_DIR:-target}/$target/release/terraform-provider-csbs
for suffix in "" .exe; do
  if [ -f "$built$suffix" ]; then cp "$built$suffix" "${built}_v${PROVIDER_VERSION:?}$suffix"; fi
done
