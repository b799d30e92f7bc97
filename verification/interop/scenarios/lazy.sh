# Lazy pulls: the file system of stargz-snapshotter reads files of an eStargz layer through the cache. Sourced.

readonly LAZY_IMAGE=lazy/image:1

run_lazy() {
  section "lazy pulls"
  export PATH=$PATH:$INTEROP_TOOLS
  check "lazy: upstream takes the image" lazy_push
  check "lazy: works without the cache" lazy_reads "$UPSTREAM_HOST" small-3 small-17

  check "lazy, relay: a fresh cache starts" lazy_cache relay
  check "lazy, relay: two files, nothing known of the image" lazy_reads "$CACHE_HOST" small-3 small-17
  check "lazy, relay: the cache has a small part of the layer" lazy_part_is_here
  upstream_stop
  check "lazy, relay: the same files, upstream stopped" lazy_reads "$CACHE_HOST" small-3 small-17
  upstream_start
  check "lazy, relay: other files, upstream back" lazy_reads "$CACHE_HOST" small-4 small-18
  cache_stop
  check "lazy, relay: the cache starts again" cache_start
  check "lazy, relay: after a restart" lazy_reads "$CACHE_HOST" small-3 small-5
  check "lazy, relay: all of the largest file" lazy_reads "$CACHE_HOST" large
  check "lazy, relay: the whole layer is right" lazy_layer
  upstream_stop
  check "lazy, relay: files of the whole layer, upstream stopped" lazy_reads "$CACHE_HOST" small-0 large
  upstream_start
  cache_stop

  check "lazy, whole: a fresh cache starts" lazy_cache whole
  check "lazy, whole: the client resolves the image" curl -fsS -o /dev/null -H "Accept: $LAZY_TYPE" \
    "http://$CACHE_HOST/v2/${LAZY_IMAGE/://manifests/}"
  check "lazy, whole: two files" lazy_reads "$CACHE_HOST" small-3 small-17
  check "lazy, whole: all of the largest file" lazy_reads "$CACHE_HOST" large small-9
  upstream_stop
  check "lazy, whole: files, upstream stopped" lazy_reads "$CACHE_HOST" small-0 large
  upstream_start
  cache_stop
  section_end cache upstream
}

readonly LAZY_TYPE=application/vnd.oci.image.manifest.v1+json

lazy_push() {
  mkdir -p "$WORK/lazy"
  lazy build "$WORK/lazy/image" >"$WORK/lazy/sums" || return 1
  read -r LAZY_LAYER LAZY_TOC <<<"$(lazy layer "$WORK/lazy/image")"
  skopeo copy --quiet --dest-tls-verify=false "oci:$WORK/lazy/image" "docker://$UPSTREAM_HOST/$LAZY_IMAGE"
}

# lazy_cache MODE: a fresh cache whose proxy.rangefetch is MODE.
lazy_cache() {
  rm -rf "$WORK/cache"
  mkdir "$WORK/cache"
  cache_configure "$WORK/cache"
  echo "  rangefetch: $1" >>"$WORK/cache.yml"
  cache_start
}

# lazy_reads HOST FILE...: the files have the right bytes.
lazy_reads() {
  local host=$1 file
  shift
  for file in "$@"; do grep " $file\$" "$WORK/lazy/sums"; done >"$WORK/lazy/expected"
  # The library writes to the standard output as well.
  lazy read "$host/$LAZY_IMAGE" "$LAZY_LAYER" "$LAZY_TOC" "$@" 2>"$WORK/lazy/errors" | grep -E "^[0-9a-f]{64}  " >"$WORK/lazy/got"
  diff "$WORK/lazy/expected" "$WORK/lazy/got" || { cat "$WORK/lazy/errors" && return 1; }
}

lazy_part_is_here() {
  local kilobytes
  kilobytes=$(du -sk "$WORK/cache" | cut -f1)
  ((kilobytes > 200 && kilobytes < 4096)) || { echo "the cache has $kilobytes KiB" && return 1; }
}

lazy_layer() {
  equal "${LAZY_LAYER#sha256:}" "$(curl -fsS "http://$CACHE_HOST/v2/${LAZY_IMAGE%:*}/blobs/$LAZY_LAYER" | sha256sum | cut -d' ' -f1)"
}
