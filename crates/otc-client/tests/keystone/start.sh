#!/usr/bin/env bash
# A real Keystone on the loopback interface, with users, projects and a catalog like those of T Cloud Public.
#
# Usage: start.sh DIR PORT [CSBS_URL]
#
# Everything is kept in DIR, so that the second start takes seconds. The script stays in the foreground until it gets SIGTERM.
# Ready is told by the line "READY http://127.0.0.1:PORT/v3"; DIR/seed.json then says whom the tests can sign in as.
# CSBS_URL is what the catalog tells of the service type data-protect.
#
# Environment: KEYSTONE_TOKEN_SECONDS (how long a token lives; a day by default), KEYSTONE_PYTHON (python3 by default).
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: start.sh DIR PORT [CSBS_URL]" >&2
  exit 2
fi
source_dir=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
home=$(cd "$1" && pwd)
port=$2
export CSBS_URL=${3:-"http://127.0.0.1:8087/v1/\$(project_id)s"}
export KEYSTONE_URL="http://127.0.0.1:$port/v3" KEYSTONE_SEED="$home/seed.json"

install_packages() {
  local wanted="$source_dir/requirements.txt" installed="$home/venv/requirements.txt"
  # Compared by the shell: cmp is a package of its own.
  [ -f "$installed" ] && [ "$(cat "$wanted")" = "$(cat "$installed")" ] && return
  echo "installing Keystone into $home/venv" >&2
  rm -rf "$home/venv"
  "${KEYSTONE_PYTHON:-python3}" -m venv "$home/venv"
  "$home/venv/bin/pip" --quiet --disable-pip-version-check install --requirement "$wanted"
  cp "$wanted" "$installed"
}

write_configuration() {
  cat > "$home/keystone.conf" <<CONF
[DEFAULT]
public_endpoint = http://127.0.0.1:$port
use_stderr = true
default_log_levels = keystone=ERROR,oslo=ERROR,oslo_policy=ERROR
[auth]
methods = password,token,totp,application_credential
[token]
provider = fernet
expiration = ${KEYSTONE_TOKEN_SECONDS:-86400}
allow_expired_window = 0
[database]
connection = sqlite:///$home/keystone.db
[fernet_tokens]
key_repository = $home/fernet
[fernet_receipts]
key_repository = $home/fernet
[credential]
key_repository = $home/credential
[identity]
# The cheapest rounds: these passwords protect nothing.
password_hash_algorithm = bcrypt
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memory
[oslo_policy]
enforce_scope = true
CONF
}

make_cloud() {
  [ -e "$home/made" ] && return
  rm -rf "$home/keystone.db" "$home/fernet" "$home/credential" "$KEYSTONE_SEED"
  local manage=("$home/venv/bin/keystone-manage" --config-file "$home/keystone.conf")
  local owner=(--keystone-user "$(id -u)" --keystone-group "$(id -g)")
  "${manage[@]}" db_sync
  "${manage[@]}" fernet_setup "${owner[@]}"
  "${manage[@]}" credential_setup "${owner[@]}"
  "${manage[@]}" bootstrap --bootstrap-username admin --bootstrap-password admin-secret --bootstrap-project-name admin \
    --bootstrap-role-name admin --bootstrap-service-name iam --bootstrap-region-id eu-de \
    --bootstrap-public-url "$KEYSTONE_URL"
  touch "$home/made"
}

umask 077
export OS_KEYSTONE_CONFIG_DIR="$home" OS_KEYSTONE_CONFIG_FILES=keystone.conf
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
install_packages
write_configuration
make_cloud >&2

# One worker, because the cache is the worker's own and a revoked token has to be known at once.
"$home/venv/bin/gunicorn" --bind "127.0.0.1:$port" --workers 1 --threads 4 --graceful-timeout 1 --log-level warning \
  --no-control-socket --pythonpath "$source_dir" application:application >&2 &
service=$!
trap 'kill "$service" 2>/dev/null || true' EXIT
trap 'kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true; exit 0' TERM INT

KEYSTONE_PID=$service "$home/venv/bin/python" "$source_dir/seed.py"
echo "READY $KEYSTONE_URL"
wait "$service"
