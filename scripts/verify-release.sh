#!/usr/bin/env bash
# Verifies the files of a release as SECURITY.md tells users to: the checksums, both signatures of the checksums, and the
# provenance of every file.
#
# Usage: scripts/verify-release.sh FOLDER
#
#   REPOSITORY     owner/name of the project
#   TAG            the tag of the release, such as v1.2.3
#   FINGERPRINT    of the key that the registries show; gpg has the key
#
# Needs gpg, cosign and gh.
set -euo pipefail
folder=${1:?the folder with the files} repository=${REPOSITORY:?} tag=${TAG:?} fingerprint=${FINGERPRINT:?}
cd "$folder"

prefix=terraform-provider-csbs_${tag#v}
sums=${prefix}_SHA256SUMS
for file in "$sums" "$sums.sig" "$sums.sigstore.json" "${prefix}_manifest.json"; do
  [ -s "$file" ] || { echo "$file is missing" >&2; exit 1; }
done

echo "== checksums"
sha256sum --check --strict "$sums"
# A file that the checksums do not name is signed by nobody.
for file in *; do
  case $file in "$sums" | "$sums.sig" | "$sums.sigstore.json") continue ;; esac
  awk '{ print $2 }' "$sums" | grep --quiet --line-regexp --fixed-strings "$file" || {
    echo "$file is not in $sums" >&2
    exit 1
  }
done

echo "== signature with the key"
status=$(gpg --batch --status-fd 1 --verify "$sums.sig" "$sums")
# The last field is the fingerprint of the main key, whichever subkey has signed.
[ "$(awk '$2 == "VALIDSIG" { print $NF }' <<< "$status")" = "$fingerprint" ] || {
  echo "$sums.sig was not made with the key $fingerprint" >&2
  exit 1
}

echo "== signature without a key"
cosign verify-blob --bundle "$sums.sigstore.json" \
  --certificate-oidc-issuer https://token.actions.githubusercontent.com \
  --certificate-identity "https://github.com/$repository/.github/workflows/release.yml@refs/tags/$tag" "$sums"

echo "== provenance"
for file in *.zip "$sums"; do
  gh attestation verify "$file" --repo "$repository" --source-ref "refs/tags/$tag" \
    --signer-workflow "$repository/.github/workflows/release-build.yml"
done
echo "The files of $tag are what the release workflow built from that tag."
