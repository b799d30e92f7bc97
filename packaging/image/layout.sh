# The image's layers, its configuration, and the files that are written. Sourced.

readonly DRIVERS=usr/lib/cistern/drivers
readonly SERVER_FILES=(usr/bin/cistern usr/lib/cistern etc/cistern etc/docker etc/distribution var/lib/cistern var/lib/registry)

# layer NAME: $WORK/NAME.tar, with the files whose paths come on standard input, one a line.
layer() {
  tar --create --file "$WORK/$1.tar" --directory "$ROOT" --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner \
    --owner=0 --group=0 --no-recursion --files-from <(sort -u)
}

files() { (cd "$ROOT" && find "$@"); }

# What changes rarely comes first: a new version of the server is a new last layer.
layout_layers() {
  files . -mindepth 1 -printf '%P\n' | grep -vE "^(opt(/|\$)|($(
    IFS='|'
    echo "${SERVER_FILES[*]}"
  ))(/|\$))" | layer system
  files opt | layer runtime
  files "$DRIVERS" | layer drivers
  files "${SERVER_FILES[@]}" | grep -vxE "var/lib/cistern|$DRIVERS(/.*)?" | layer server
  # The only directory that belongs to the server's user.
  tar --append --file "$WORK/server.tar" --directory "$ROOT" --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner \
    --owner=$USER_ID --group=$USER_ID --mode=0750 --no-recursion var/lib/cistern
}

layout_write() {
  local image=$WORK/oci:$VERSION name label options=()
  layout_layers
  umoci init --layout "$WORK/oci"
  umoci new --image "$image"
  for name in system runtime drivers server; do
    umoci raw add-layer --image "$image" --history.created "$CREATED" --history.created_by "packaging/image/build: $name" \
      "$WORK/$name.tar"
  done
  for label in "title=Cistern" "description=A pull-through cache for container registries" "version=$VERSION" "revision=$REVISION" \
    "created=$CREATED" "licenses=Apache-2.0" ${SOURCE:+"source=$SOURCE"}; do
    options+=(--config.label "org.opencontainers.image.$label" --manifest.annotation "org.opencontainers.image.$label")
  done
  # No --config.volume: who mounts a volume at /var/lib/registry would get a second, unnamed one at the same place.
  umoci config --image "$image" --no-history --created "$CREATED" --os linux --architecture "$ARCH" "${options[@]}" \
    --config.user "$USER_ID:$USER_ID" --config.exposedports 5000/tcp --config.stopsignal SIGTERM \
    --config.workingdir /var/lib/cistern --config.env PATH=/usr/bin:/opt/java/bin --config.env JAVA_HOME=/opt/java \
    --config.env REGISTRY_CONFIGURATION_PATH=/etc/cistern/config.yml --config.env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    --config.entrypoint /usr/bin/cistern --config.cmd serve --config.cmd /etc/cistern/config.yml
  umoci gc --layout "$WORK/oci"
  rm -rf "$OUTPUT"
  mkdir -p "$OUTPUT"
  # umoci's files are for their owner alone.
  chmod -R go+rX "$WORK/oci"
  mv "$WORK/oci" "$OUTPUT/oci"
  skopeo --insecure-policy copy --quiet "oci:$OUTPUT/oci:$VERSION" "docker-archive:$OUTPUT/cistern.tar:cistern:$VERSION"
}

# What is in the image: the jar's parts as Maven knows them, Debian's packages, and the JDK.
sbom_write() {
  local package control digest
  digest=$(jq -r '.manifests[0].digest' "$OUTPUT/oci/index.json")
  for package in "$ROOT"/var/lib/dpkg/status.d/*; do
    control=$(basename "$package")
    jq -n --arg name "$control" --arg version "$(sed -n 's/^Version: //p' "$package")" \
      --arg arch "$(sed -n 's/^Architecture: //p' "$package")" '
      ($name + "@" + $version + "?arch=" + $arch) as $id
      | {type: "library", "bom-ref": ("pkg:deb/debian/" + $id), name: $name, version: $version, purl: ("pkg:deb/debian/" + $id)}'
  done | jq --slurp --sort-keys \
    --slurpfile jar "$SBOM" --arg version "$VERSION" --arg created "$CREATED" --arg digest "$digest" --arg arch "$ARCH" \
    --arg jdk "$(jdk_release "$JDK" JAVA_RUNTIME_VERSION)" --arg vendor "$(jdk_release "$JDK" IMPLEMENTOR)" '
    . as $debian
    | ($digest | ltrimstr("sha256:")) as $hash
    | {type: "platform", "bom-ref": ("openjdk@" + $jdk), name: "openjdk", version: $jdk, supplier: {name: $vendor},
       licenses: [{expression: "GPL-2.0-only WITH Classpath-exception-2.0"}]} as $runtime
    | {type: "container", "bom-ref": ("cistern@" + $digest), name: "cistern", version: $version, hashes: [{alg: "SHA-256", content: $hash}],
       licenses: [{license: {id: "Apache-2.0"}}], properties: [{name: "cistern:architecture", value: $arch}]} as $image
    | ($jar[0].metadata.component) as $server
    | {bomFormat: "CycloneDX", specVersion: $jar[0].specVersion, version: 1,
       serialNumber: ("urn:uuid:" + $hash[0:8] + "-" + $hash[8:12] + "-5" + $hash[13:16] + "-8" + $hash[17:20] + "-" + $hash[20:32]),
       metadata: {timestamp: $created, component: $image},
       components: ([$server] + $jar[0].components + [$runtime] + $debian),
       dependencies: ([{ref: $image["bom-ref"], dependsOn: ([$server, $runtime] + $debian | map(.["bom-ref"]))}] + $jar[0].dependencies)}
    ' >"$OUTPUT/cistern.cdx.json"
}
