# Clients that fetch parts of layers. Each reads files of an image with the same content: lazy_CLIENT HOST FILE... prints a
# line for each: the SHA-256 and the name. Sourced.

readonly LAZY_ALL_CLIENTS=(stargz soci-v1 soci-v2 nydus chunked estargz)
readonly LAZY_SPAN=1048576
# client -> repository and tag, and the blob with the files.
declare -rA LAZY_IMAGES=([stargz]=lazy/image:1 [soci-v1]=lazy/image:1 [soci-v2]=lazy/soci:2 [nydus]=lazy/nydus:1
  [chunked]=lazy/chunked:1 [estargz]=lazy/image:1)
declare -A LAZY_BLOBS=()

# lazy_clients: those that can run here, and a line for each that cannot.
lazy_clients() {
  local client why
  LAZY_CLIENTS=()
  for client in "${LAZY_ALL_CLIENTS[@]}"; do
    why=
    case $client in
      nydus) why=$(missing_tools "${NYDUS_TOOLS[@]}") && why=${why:+missing $why} ;;
      chunked | estargz) lazy_overlay || why="no overlay file system" ;;
    esac
    [[ $client == @(chunked|estargz) || -c /dev/fuse ]] || why="no /dev/fuse"
    if [[ -n $why ]]; then echo "      skipped: $client ($why)"; else LAZY_CLIENTS+=("$client"); fi
  done
}

lazy_overlay() {
  mkdir -p "$WORK/overlay"/{lower,upper,work,all}
  mount -t overlay -o "lowerdir=$WORK/overlay/lower,upperdir=$WORK/overlay/upper,workdir=$WORK/overlay/work" overlay \
    "$WORK/overlay/all" 2>/dev/null && umount "$WORK/overlay/all"
}

# lazy_manifest CLIENT: the digest of the manifest for this machine.
lazy_manifest() {
  local image=${LAZY_IMAGES[$1]}
  curl -fsS -H "Accept: $LAZY_TYPE" -H "Accept: application/vnd.oci.image.index.v1+json" \
    "http://$UPSTREAM_HOST/v2/${image/://manifests/}" >"$WORK/lazy/top" || return 1
  # Of the two manifests of SOCI's second version, the one for machines has an annotation that names the other one.
  jq -er '.manifests[] | select(.annotations["com.amazon.soci.index-digest"]) | .digest' "$WORK/lazy/top" 2>/dev/null \
    || echo "sha256:$(sha256sum <"$WORK/lazy/top" | cut -d' ' -f1)"
}

# lazy_push_all: pushes the image for each client that can run here.
lazy_push_all() {
  local client
  mkdir -p "$WORK/lazy"
  lazy build "$WORK/lazy/image" >"$WORK/lazy/sums" || return 1
  read -r LAZY_LAYER LAZY_TOC <<<"$(lazy layer "$WORK/lazy/image")"
  skopeo copy --quiet --dest-tls-verify=false "oci:$WORK/lazy/image" "docker://$UPSTREAM_HOST/lazy/image:1" || return 1
  for client in "${LAZY_CLIENTS[@]}"; do
    LAZY_BLOBS[$client]=$LAZY_LAYER
    case $client in
      soci-v1 | soci-v2 | nydus | chunked) "lazy_push_$client" || return 1 ;;
    esac
  done
}

# The index is a referrer of the image. The command wants an image that containerd has.
lazy_push_soci-v1() {
  local soci=(soci --address "$WORK/containerd/containerd.sock" --namespace interop --root "$WORK/lazy/soci-root")
  mkdir -p "$WORK/lazy/soci-root"
  # It wants the address of a cache.
  CACHE_URL=http://$CACHE_HOST containerd_start || return 1
  containerd_ctr images pull --snapshotter native --plain-http "$UPSTREAM_HOST/lazy/image:1" \
    && "${soci[@]}" create --span-size $LAZY_SPAN "$UPSTREAM_HOST/lazy/image:1" \
    && "${soci[@]}" push --plain-http "$UPSTREAM_HOST/lazy/image:1"
  local code=$?
  containerd_stop
  return $code
}

# The index is named by the manifest.
lazy_push_soci-v2() {
  soci convert --standalone --format oci-dir --span-size $LAZY_SPAN "$WORK/lazy/image" "$WORK/lazy/soci-v2" \
    && "$here/images/push.py" "$WORK/lazy/soci-v2" "$UPSTREAM_HOST" lazy/soci 2
}

lazy_push_chunked() {
  lazy-chunked push "$WORK/lazy/image" "$UPSTREAM_HOST/lazy/chunked:1" \
    && lazy-chunked push "$WORK/images/files1" "$UPSTREAM_HOST/lazy/files:1" \
    && lazy-chunked push "$WORK/images/files2" "$UPSTREAM_HOST/lazy/files:2" || return 1
  LAZY_BLOBS[chunked]=$(lazy_pushed_layer lazy/chunked:1)
  LAZY_FILES_LAYER=$(lazy_pushed_layer lazy/files:2)
}

lazy_pushed_layer() {
  curl -fsS -H "Accept: $LAZY_TYPE" "http://$UPSTREAM_HOST/v2/${1/://manifests/}" | jq -er '.layers[0].digest'
}

# The image has a blob with the files, and one that says where they are in it.
lazy_push_nydus() {
  local directory=$WORK/lazy/nydus layers
  mkdir -p "$directory"/{tree,layout/blobs/sha256}
  tar -xzf "$WORK/lazy/image/blobs/${LAZY_LAYER/://}" -C "$directory/tree" || return 1
  nydus-image create --bootstrap "$directory/bootstrap" --blob "$directory/blob" "$directory/tree" || return 1
  echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}" >"$directory/config"
  LAZY_BLOBS[nydus]=$(lazy_descriptor "$directory/blob" application/vnd.oci.image.layer.nydus.blob.v1 | jq -r .digest)
  layers=$(lazy_descriptor "$directory/blob" application/vnd.oci.image.layer.nydus.blob.v1)
  layers+=,$(lazy_descriptor "$directory/bootstrap" application/vnd.oci.image.layer.nydus.bootstrap.v1)
  cat >"$directory/manifest" <<-JSON
	{"schemaVersion": 2, "mediaType": "$LAZY_TYPE", "layers": [$layers],
	 "config": $(lazy_descriptor "$directory/config" application/vnd.oci.image.config.v1+json)}
	JSON
  echo "{\"manifests\": [$(lazy_descriptor "$directory/manifest" "$LAZY_TYPE")]}" >"$directory/layout/index.json"
  "$here/images/push.py" "$directory/layout" "$UPSTREAM_HOST" lazy/nydus 1
}

# lazy_descriptor FILE MEDIA-TYPE: puts the file into the layout of the image of nydus.
lazy_descriptor() {
  local digest
  digest=$(sha256sum <"$1" | cut -d' ' -f1)
  cp "$1" "$WORK/lazy/nydus/layout/blobs/sha256/$digest"
  echo "{\"mediaType\": \"$2\", \"digest\": \"sha256:$digest\", \"size\": $(stat -c %s "$1")}"
}

lazy_stargz() { lazy read "$1/${LAZY_IMAGES[stargz]}" "$LAZY_LAYER" "$LAZY_TOC" "${@:2}"; }

lazy_soci-v1() { lazy-soci v1 "$1/${LAZY_IMAGES[soci-v1]}" "$(cat "$WORK/lazy/manifest-soci-v1")" "$LAZY_LAYER" "${@:2}"; }

lazy_soci-v2() { lazy-soci v2 "$1/${LAZY_IMAGES[soci-v2]}" "$(cat "$WORK/lazy/manifest-soci-v2")" "$LAZY_LAYER" "${@:2}"; }

# The libraries of Podman pull all files.
lazy_chunked() { lazy_pull "$1/${LAZY_IMAGES[chunked]}" "${@:2}"; }

lazy_estargz() { lazy_pull "$1/${LAZY_IMAGES[estargz]}" "${@:2}"; }

# lazy_pull IMAGE FILE...: into an empty storage.
lazy_pull() {
  local file
  rm -rf "$WORK/lazy/storage"
  lazy-chunked pull "$1" "$WORK/lazy/storage" >"$WORK/lazy/pulled" || return 1
  for file in "${@:2}"; do grep " $file\$" "$WORK/lazy/pulled"; done
}

lazy_nydus() {
  local directory=$WORK/lazy/nydus deadline=$((SECONDS + START_SECONDS)) code
  rm -rf "$directory/cache"
  mkdir -p "$directory"/{cache,mount}
  cat >"$directory/nydusd.json" <<-JSON
	{"device": {
	   "backend": {"type": "registry", "config": {"scheme": "http", "host": "$1", "repo": "lazy/nydus"}},
	   "cache": {"type": "blobcache", "config": {"work_dir": "$directory/cache"}}},
	 "mode": "direct", "digest_validate": false, "fs_prefetch": {"enable": false}}
	JSON
  nydusd --config "$directory/nydusd.json" --bootstrap "$directory/bootstrap" --mountpoint "$directory/mount" --rlimit-nofile 0 \
    >"$WORK/log/nydusd.log" 2>&1 &
  until mountpoint -q "$directory/mount"; do
    ((SECONDS < deadline)) && kill -0 $! || return 1
    sleep 0.05
  done
  (cd "$directory/mount" && sha256sum "${@:2}")
  code=$?
  kill $!
  wait $! 2>/dev/null
  return $code
}
