# Lazy pulls: clients read parts of layers through the cache. Sourced.

readonly LAZY_TYPE=application/vnd.oci.image.manifest.v1+json
# Bytes a second from the upstream.
readonly LAZY_RATE=100e6
# What the buffers of a connection on this machine hold.
readonly LAZY_IN_FLIGHT=8000000

run_lazy() {
  local mode client
  section "lazy pulls"
  export PATH=$PATH:$INTEROP_TOOLS
  lazy_clients
  check "lazy: upstream takes the images" lazy_push_all
  for client in "${LAZY_CLIENTS[@]}"; do
    lazy_manifest "$client" >"$WORK/lazy/manifest-$client"
    check "lazy, $client: works without the cache" lazy_reads "$client" "$UPSTREAM_HOST" small-3 small-17
  done
  check "lazy: the link to the upstream starts" slow_link_start $LAZY_RATE
  for mode in relay whole; do
    for client in "${LAZY_CLIENTS[@]}"; do
      # These two ask for the same as another one, once they have found their index.
      [[ $mode == whole && $client == @(soci-v1|estargz) ]] || lazy_client $mode "$client"
    done
    [[ " ${LAZY_CLIENTS[*]} " != *" chunked "* ]] || lazy_update $mode
  done
  slow_link_stop
  section_end cache upstream nydusd
}

# lazy_client MODE CLIENT: what a client reads of an image of which the cache has nothing.
lazy_client() {
  local mode=$1 client=$2 name="lazy, $1, $2" all
  all=$(awk '{ print $2 }' "$WORK/lazy/sums")
  check "$name: a fresh cache starts" lazy_cache "$mode"
  # With `relay`, no manifest is needed.
  [[ $mode == relay ]] || check "$name: the client resolves the image" lazy_resolve "$client"
  check "$name: two files" lazy_reads "$client" "$CACHE_HOST" small-3 small-17
  if [[ $mode == relay && $client != @(chunked|estargz) ]]; then
    check "$name: the cache has a small part of the layer" lazy_part_is_here "$client"
  fi
  [[ $mode == relay ]] || check "$name: the cache fetches the rest" lazy_layer "$client"
  upstream_stop
  check "$name: the same files, upstream stopped" lazy_reads "$client" "$CACHE_HOST" small-3 small-17
  upstream_start
  if [[ $mode == relay && $client == stargz ]]; then
    # It forgets parts then.
    cache_stop
    : >"$SLOW_LINK_LOG"
    check "$name: the cache starts again" cache_start
  fi
  # shellcheck disable=SC2086 # one word a file
  check "$name: all files" lazy_reads "$client" "$CACHE_HOST" $all
  check "$name: the whole layer is right" lazy_layer "$client"
  check "$name: the upstream has sent the layer once" lazy_sent_once "$mode" "$client"
  upstream_stop
  # shellcheck disable=SC2086 # one word a file
  check "$name: all files, upstream stopped" lazy_reads "$client" "$CACHE_HOST" $all
  upstream_start
  cache_stop
}

# lazy_update MODE: Podman's libraries have one version of an image, and pull another one, in which every other file is the same.
lazy_update() {
  local mode=$1 name="lazy, $1, chunked, an update"
  check "$name: a fresh cache starts" lazy_cache "$mode"
  check "$name: the storage has the first version" lazy_pull "$UPSTREAM_HOST/lazy/files:1"
  cp -a "$WORK/lazy/storage" "$WORK/lazy/storage-1"
  check "$name: the right files" lazy_updates
  check "$name: in few requests" lazy_few_requests
  upstream_stop
  rm -rf "$WORK/lazy/storage"
  mv "$WORK/lazy/storage-1" "$WORK/lazy/storage"
  check "$name: the right files, upstream stopped" lazy_updates
  upstream_start
  cache_stop
}

# lazy_cache MODE: a fresh cache whose proxy.rangefetch is MODE.
lazy_cache() {
  rm -rf "$WORK/cache"
  mkdir "$WORK/cache"
  CACHE_UPSTREAM=$SLOW_LINK_HOST cache_configure "$WORK/cache"
  echo "  rangefetch: $1" >>"$WORK/cache.yml"
  : >"$SLOW_LINK_LOG"
  cache_start
}

lazy_resolve() {
  local image=${LAZY_IMAGES[$1]}
  curl -fsS -o /dev/null -H "Accept: $LAZY_TYPE" "http://$CACHE_HOST/v2/${image%:*}/manifests/$(cat "$WORK/lazy/manifest-$1")"
}

# lazy_reads CLIENT HOST FILE...: the files have the right bytes.
lazy_reads() {
  local file
  for file in "${@:3}"; do grep " $file\$" "$WORK/lazy/sums"; done >"$WORK/lazy/expected"
  # The libraries write to the standard output as well.
  "lazy_$1" "${@:2}" 2>"$WORK/lazy/errors" | grep -E "^[0-9a-f]{64}  " >"$WORK/lazy/got"
  diff "$WORK/lazy/expected" "$WORK/lazy/got" || { tail -n 5 "$WORK/lazy/errors" && return 1; }
}

lazy_part_is_here() {
  local whole=$(($(lazy_size "$1") / 1024)) kilobytes
  kilobytes=$(du -sk "$WORK/cache" | cut -f1)
  ((kilobytes > 200 && kilobytes < whole / 3)) || { echo "the cache has $kilobytes KiB of $whole" && return 1; }
}

lazy_size() {
  curl -fsSI "http://$UPSTREAM_HOST/v2/$(lazy_repository "$1")/blobs/${LAZY_BLOBS[$1]}" \
    | awk 'tolower($1) == "content-length:" { print $2 + 0 }'
}

lazy_repository() { echo "${LAZY_IMAGES[$1]%:*}"; }

lazy_layer() {
  equal "${LAZY_BLOBS[$1]}" "sha256:$(curl -fsS "http://$CACHE_HOST/v2/$(lazy_repository "$1")/blobs/${LAZY_BLOBS[$1]}" \
    | sha256sum | cut -d' ' -f1)"
}

# Where all is fetched, a connection ends when another one has got the rest, and what is in flight then is lost.
lazy_sent_once() {
  local size sent more=0
  size=$(lazy_size "$2")
  upstream_quiet "$SLOW_LINK_LOG"
  sent=$(slow_link_bytes "${LAZY_BLOBS[$2]}")
  [[ $1 == relay ]] || more=$LAZY_IN_FLIGHT
  ((sent >= size && sent <= size + more)) || { echo "the upstream has sent $sent bytes of $size" && return 1; }
}

lazy_updates() {
  local directory=$WORK/lazy/files layer
  if [[ ! -e $directory ]]; then
    mkdir "$directory"
    layer=$(image files2 '.manifests[].blobs | to_entries | max_by(.value) | .key')
    tar -xzf "$(image_file files2 "$layer")" -C "$directory"
  fi
  lazy-chunked pull "$CACHE_HOST/lazy/files:2" "$WORK/lazy/storage" 2>"$WORK/lazy/errors" | sort -k 2 >"$WORK/lazy/got"
  (cd "$directory" && sha256sum *) | diff - "$WORK/lazy/got" | head -n 3 >"$WORK/lazy/differences"
  [[ ! -s $WORK/lazy/differences ]] || { cat "$WORK/lazy/differences" && tail -n 5 "$WORK/lazy/errors" && return 1; }
}

lazy_few_requests() {
  local gets
  upstream_quiet "$SLOW_LINK_LOG"
  gets=$(slow_link_gets "$LAZY_FILES_LAYER")
  ((gets > 0 && gets < 16)) || { echo "$gets requests for the layer" && return 1; }
}
