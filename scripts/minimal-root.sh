#!/usr/bin/env bash
# Proves README.md: makes a new Debian (or Ubuntu) in a folder, with the packages that README.md names and no other, clones
# the project into it, and runs both commands of README.md there as a user without rights.
#
# Usage: scripts/minimal-root.sh [OPTIONS] [COMMAND...]
#
#   --suite NAME      the release: of Debian (trixie unless given) or of Ubuntu (noble, for instance)
#   --mirror URL      where its packages are; the distribution's own unless given
#   --rust FOLDER     the toolchain; what 'rustc --print sysroot' says unless given
#   --keep FOLDER     make it there and leave it there; a second run takes up what the first one built, with the commits made since
#   COMMAND...        instead of 'cargo xtask demo' and 'cargo xtask test'
#
# Run it as root (sudo --preserve-env, with --rust) where debootstrap and the distribution's keyring are installed (packages
# debootstrap and debian-archive-keyring or ubuntu-keyring). Rust is the toolchain of this machine, mounted read-only. The
# network is this machine's, with what its environment says of registries, proxies and certificates.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

suite=trixie mirror= toolchain= keep=
while [ $# -gt 0 ]; do
  case $1 in
    --suite) suite=${2:?} && shift 2 ;;
    --mirror) mirror=${2:?} && shift 2 ;;
    --rust) toolchain=${2:?} && shift 2 ;;
    --keep) keep=${2:?} && shift 2 ;;
    -*) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    *) break ;;
  esac
done
[ "$(id -u)" = 0 ] || { echo "this needs root: sudo --preserve-env $0" >&2; exit 1; }
[ -n "$(type -P debootstrap)" ] || { echo "this needs the package debootstrap" >&2; exit 1; }

# What the README tells users to install, and the certificates that came with the curl that installed Rust.
packages=$(sed -n 's/^sudo apt-get install \([^#]*[^# ]\) *#.*/\1/p' "$project/README.md")
[ -n "$packages" ] || { echo "README.md names no packages" >&2; exit 1; }
packages="$packages ca-certificates"
[ -n "$toolchain" ] || toolchain=$(cd "$project" && rustc --print sysroot)

root=$keep
if [ -z "$root" ]; then
  root=$(mktemp -d)
  # Everything is mounted in a namespace that is gone by then.
  trap 'rm -rf "$root"' EXIT
  chmod 755 "$root"
fi
if [ ! -e "$root/etc/os-release" ]; then
  script=/usr/share/debootstrap/scripts/$suite
  # Ubuntu's releases share a script; an older debootstrap does not know the name of a newer one.
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/gutsy
  components=main
  if grep -q ubuntu "$script"; then
    components=main,universe # python3-venv is in the second one.
    mirror=${mirror:-http://archive.ubuntu.com/ubuntu}
  fi
  debootstrap --variant=minbase --components="$components" --include="${packages// /,}" \
    "$suite" "$root" "${mirror:-http://deb.debian.org/debian}" "$script"
fi
. "$root/etc/os-release"
echo "== $PRETTY_NAME with $packages"

# The same registries, proxies and certificates as here.
settings=()
while IFS= read -r -d '' setting; do
  case ${setting%%=*} in
    PIP_* | CARGO_HTTP_* | CARGO_NET_* | CARGO_REGISTRIES_* | CARGO_SOURCE_* | SSL_CERT_FILE | *_proxy | *_PROXY)
      settings+=("$setting")
      ;;
  esac
done < <(env -0)
cp /etc/resolv.conf "$root/etc/resolv.conf"
for file in /etc/pip.conf "${SSL_CERT_FILE:-}"; do
  [ ! -f "$file" ] || install -D -m 644 "$file" "$root$file"
done

user=tester home=/home/tester
chroot "$root" id "$user" > /dev/null 2>&1 || chroot "$root" useradd --create-home --home-dir "$home" "$user"
owner=$(chroot "$root" id -u "$user"):$(chroot "$root" id -g "$user")
clone=$root$home/project
if [ -d "$clone" ]; then
  git -C "$clone" -c safe.directory='*' fetch --quiet "$project" HEAD
  git -C "$clone" -c safe.directory='*' reset --quiet --hard FETCH_HEAD
else
  git clone --quiet --no-hardlinks "$project" "$clone"
fi
cargo_settings=${CARGO_HOME:-$HOME/.cargo}/config.toml
[ ! -f "$cargo_settings" ] || install -D -m 644 "$cargo_settings" "$root$home/.cargo/config.toml"
chown -R "$owner" "$root$home"
mkdir -p "$root/opt/rust"

# Runs one command in the project, in namespaces of its own: what it starts and what is mounted is gone with it.
inside() {
  echo "== $*"
  unshare --mount --pid --fork --kill-child --propagation private bash -euc '
    root=$1 toolchain=$2 owner=$3 home=$4; shift 4
    mount --bind "$toolchain" "$root/opt/rust"
    mount -o remount,bind,ro "$root/opt/rust"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    exec chroot --userspec="$owner" "$root" env --ignore-environment "$@"
  ' minimal-root "$root" "$toolchain" "$owner" "$home" \
    HOME="$home" PATH=/opt/rust/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 "${settings[@]}" \
    sh -c 'cd "$HOME/project" && exec "$@"' sh "$@"
}

if [ $# -gt 0 ]; then
  inside "$@"
else
  inside cargo xtask demo
  inside cargo xtask test
  echo "== both commands of README.md passed on $PRETTY_NAME with what it names"
fi
