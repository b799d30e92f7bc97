# Data directories change hands: what Distribution's registry has filled is served by the cache under test, and back.

readonly DIRECTORY_IMAGES="tiny legacy many large sbom"

run_directory() {
  section "data directories"
  cache_configure "$WORK/cache"
  skopeo_start

  check "directory: Distribution starts as a cache" cache_fresh distribution
  copy_all "filled by Distribution"
  cache_stop
  upstream_stop
  check "directory: the cache starts over Distribution's directory, upstream stopped" cache_start
  copy_all "Distribution's directory, upstream stopped"
  cache_stop
  upstream_start

  check "directory: the cache under test starts" cache_fresh "$CACHE"
  copy_all "filled by the cache"
  cache_stop
  check "directory: Distribution starts over it as a cache" cache_start distribution
  upstream_mark
  copy_all "the cache's directory, Distribution as a cache"
  check "directory: the cache sent upstream only HEAD requests for tags" upstream_asked heads
  cache_stop
  upstream_stop
  sed -i '/^proxy:/,$d' "$WORK/cache.yml"
  check "directory: Distribution starts over it as a plain registry, upstream stopped" cache_start distribution
  copy_all "the cache's directory, Distribution as a plain registry"
  cache_stop
  upstream_start
  [[ $CACHE == cistern ]] && directory_warmed
  section_end cache upstream
}

directory_warmed() {
  rm -rf "$WORK/cache"
  cache_configure "$WORK/cache"
  upstream_mark
  check "directory: the command warm fills an empty directory" warm_all
  upstream_quiet
  # shellcheck disable=SC2086 # one word an image
  check "directory: warm fetched everything once" upstream_asked once all $DIRECTORY_IMAGES
  upstream_stop
  check "directory: the cache starts over what warm has fetched, upstream stopped" cache_start
  copy_all "filled by warm, upstream stopped"
  cache_stop
  upstream_start
}

# warm_all: fetches the images by the command line.
warm_all() {
  local key
  for key in $DIRECTORY_IMAGES; do echo "$(image "$key" .repository):$(image "$key" .tags[0])"; done |
    java -Xmx64m -jar "$CISTERN_JAR" warm --platform all --config "$WORK/cache.yml" --from -
}

copy_all() {
  local key
  skopeo_forget
  for key in $DIRECTORY_IMAGES; do
    check "directory, $1: $(image "$key" .repository)" pulls skopeo "$key" ":$(image "$key" .tags[0])"
  done
}
