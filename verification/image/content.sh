# What is in the files of the build. Sourced, outside of the sandbox.

blob() { echo "$IMAGE/oci/blobs/${1/://}"; }
manifest() { cat "$(blob "$(jq -r '.manifests[0].digest' "$IMAGE/oci/index.json")")"; }
configuration() { cat "$(blob "$(manifest | jq -r .config.digest)")"; }
layers() { manifest | jq -r '.layers[].digest'; }

same_again() {
  local other=$WORK/in/another/place
  mkdir -p "$other/tmp"
  TMPDIR=$other/tmp "$repository/packaging/image/build" --source https://git.example/cistern --output "$other/image" &&
    diff -r "$IMAGE" "$other/image"
}

layout_is_whole() {
  local file
  for file in "$IMAGE"/oci/blobs/sha256/*; do
    equal "${file##*/}" "$(sha256sum "$file" | cut -d' ' -f1)" || return 1
  done
  equal "linux/$(dpkg --print-architecture)" "$(configuration | jq -r '.os + "/" + .architecture')"
}

image_says() {
  local label value
  for label in title description version revision created licenses source; do
    value=$(configuration | jq -r ".config.Labels[\"org.opencontainers.image.$label\"] // empty")
    [[ -n $value ]] || { echo "no label $label"; return 1; }
    equal "$value" "$(manifest | jq -r ".annotations[\"org.opencontainers.image.$label\"]")" || return 1
  done
  equal '["65532:65532",["5000/tcp"],["/usr/bin/cistern"],["serve","/etc/cistern/config.yml"],"SIGTERM"]' \
    "$(configuration | jq -c '.config | [.User, (.ExposedPorts | keys), .Entrypoint, .Cmd, .StopSignal]')"
}

# entries: what all layers hold, as tar lists it.
entries() {
  local layer
  for layer in $(layers); do tar --list --verbose --numeric-owner --full-time --gzip --file "$(blob "$layer")"; done
}

owners() {
  equal "drwxr-x--- 65532/65532 var/lib/cistern/" "$(entries | awk '$2 != "0/0" { print $1, $2, $6 }')" || return 1
  equal "drwxrwxrwt tmp/" "$(entries | awk '$1 !~ /^l/ && ($1 ~ /^.......[^-]w/ || $1 ~ /^........w/ || $1 ~ /[sS]/ || $1 ~ /t$/) { print $1, $6 }')"
}

times() { equal "$(date -u -d "$(configuration | jq -r .created)" '+%F %T')" "$(entries | TZ=UTC awk '{ print $4, $5 }' | sort -u)"; }

layer_sizes() { manifest | jq '[.layers[].size]'; }
sizes() { equal "true" "$(layer_sizes | jq 'length == 4 and add < 72000000')"; }
said_sizes() {
  printf 'layers: %s MB; to pull: %s MB; on disk: %s MB\n' "$(layer_sizes | jq -r 'map(. / 1e5 | round / 10 | tostring) | join(", ")')" \
    "$(layer_sizes | jq 'add / 1e5 | round / 10')" "$(entries | awk '{ n += $3 } END { printf "%.1f", n / 1e6 }')"
}

no_shell() { equal "" "$(entries | awk '{ print $6 }' | grep -E '(^|/)(sh|bash|dash|busybox|apt-get|dpkg)$')"; }

sbom_lists() {
  local sbom=$IMAGE/cistern.cdx.json package
  equal "$(jq -r '.manifests[0].digest' "$IMAGE/oci/index.json")" "sha256:$(jq -r '.metadata.component.hashes[0].content' "$sbom")" || return 1
  for package in $(entries | sed -n 's|.* var/lib/dpkg/status.d/\(..*\)|\1|p') registry-server undertow-core okhttp-jvm picocli registry-storage-s3 apache5-client openjdk; do
    equal 1 "$(jq --arg name "$package" '[.components[] | select(.name == $name)] | length' "$sbom")" || return 1
  done
  equal "[]" "$(jq -c '[.components[]["bom-ref"]] as $there | [.dependencies[] | .ref, .dependsOn[]?] - $there - [.metadata.component["bom-ref"]]' "$sbom")" || return 1
  equal "true" "$(jq '(.serialNumber | test("^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")) and .bomFormat == "CycloneDX"' "$sbom")"
}
