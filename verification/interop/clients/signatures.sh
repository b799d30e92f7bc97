# cosign, oras and regctl: what each says about the referrers of an image. Sourced.

signatures_start() {
  mkdir -p "$WORK/signatures"
  export COSIGN_PASSWORD=interop
  export PATH=$PATH:$INTEROP_TOOLS
  (cd "$WORK/signatures" && cosign generate-key-pair)
  echo '{"spdxVersion": "SPDX-2.3"}' >"$WORK/signatures/sbom.json"
  local host
  for host in "$CACHE_HOST" "$UPSTREAM_HOST" "$REFERRERS_HOST"; do
    regctl registry set --skip-check --tls disabled "$host" || return 1
  done
}

# signatures_push HOST: an image with a signature as a referrer and an SBOM, and one whose signature is a tag.
signatures_push() {
  local host=$1 repository digest
  for repository in signed/new signed/old; do
    (cd "$WORK/signatures" && oras push --plain-http --artifact-type application/vnd.example.app \
      "$host/$repository:1" sbom.json) || return 1
    digest=$(oras resolve --plain-http "$host/$repository:1") || return 1
    cosign_sign "$host/$repository@$digest" "$([[ $repository == signed/new ]] && echo true || echo false)" || return 1
  done
  digest=$(oras resolve --plain-http "$host/signed/new:1") || return 1
  (cd "$WORK/signatures" && oras attach --plain-http --artifact-type application/spdx+json \
    "$host/signed/new@$digest" sbom.json)
}

cosign_sign() {
  cosign sign --yes --key "$WORK/signatures/cosign.key" --use-signing-config=false --tlog-upload=false \
    --new-bundle-format="$2" --allow-http-registry "$1"
}

# The commands whose answers are compared.
readonly SIGNATURE_COMMANDS=(verify verify_old tree tree_old discover discover_sbom oras_copy artifacts artifacts_sbom
  regctl_copy)

# signatures_say COMMAND HOST: what the tool says, without the host's name, in an order of its own: registries may list
# referrers in any.
signatures_say() {
  local command=$1 host=$2 code=0
  rm -rf "$WORK/copy"
  # Tools show the warnings of stale answers as errors.
  "say_$command" "$host" >"$WORK/said-by-tool" 2>"$WORK/tool-errors" || { code=$? && cat "$WORK/tool-errors"; }
  # A signature of the old kind names the registry that it was made for.
  sed -e "s#$CACHE_HOST\|$UPSTREAM_HOST\|$REFERRERS_HOST#REGISTRY#g" "$WORK/said-by-tool" | LC_ALL=C sort
  echo "exit code $code"
}

say_verify() { cosign_verify "$1/signed/new:1"; }
say_verify_old() { cosign_verify "$1/signed/old:1"; }

cosign_verify() {
  cosign verify --insecure-ignore-tlog --key "$WORK/signatures/cosign.pub" --allow-http-registry "$1"
}

say_tree() { cosign tree --allow-http-registry "$1/signed/new:1"; }
say_tree_old() { cosign tree --allow-http-registry "$1/signed/old:1"; }
say_discover() { oras discover --plain-http --format json "$1/signed/new:1" | jq -S .; }
say_discover_sbom() {
  oras discover --plain-http --format json --artifact-type application/spdx+json "$1/signed/new:1" | jq -S .
}
say_artifacts() { regctl artifact list "$1/signed/new:1"; }
say_artifacts_sbom() { regctl artifact list --filter-artifact-type application/spdx+json "$1/signed/new:1"; }

say_oras_copy() {
  oras copy --no-tty --recursive --from-plain-http "$1/signed/new:1" --to-oci-layout "$WORK/copy:1" >"$WORK/copy.log" || return 1
  copied
}

say_regctl_copy() {
  regctl image copy --referrers "$1/signed/new:1" "ocidir://$WORK/copy:1" >"$WORK/copy.log" || return 1
  copied
}

# The copied content by its digests, without the indexes, which regctl makes itself and with the time of the copy.
copied() {
  local file
  for file in "$WORK"/copy/blobs/sha256/*; do
    [[ $(jq -r '.mediaType? // empty' "$file" 2>/dev/null) == *index* ]] || sha256sum <"$file"
  done
}
