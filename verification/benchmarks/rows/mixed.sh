# What a cache that is too small for its images does all day. Sourced.

readonly MIXED_IMAGES=40
readonly MIXED_LAYERS=5
readonly MIXED_CLIENTS=12
readonly MIXED_SIZE=40 # MiB
readonly CUT_EACH=60

# The images are three times as large as the cache, and one answer of some sixty is cut off in the middle.
row_mixed() {
  local directory=$WORK/data/$ROW-cistern
  "$bench/content/images.py" "$WORK/www" "$(dpkg --print-architecture)" $MIXED_IMAGES $((640 * 1024)) mixed $MIXED_LAYERS >"$WORK/mixed-layers"
  upstream_start
  slow_link_start 1e12 --cut $CUT_EACH
  CACHE_UPSTREAM=$SLOW_LINK_HOST cistern_start cistern "$CACHE_PORT" "$directory" ", maxsize: ${MIXED_SIZE}MiB"
  spawn watch "$bench/clients/watch.py" "${PIDS[cistern]}" "$directory" "$WORK/watched.json"
  "$bench/clients/mixed.py" "$(address cistern)" "$WORK/www" mixed $MIXED_CLIENTS "$MIXED_SECONDS" >"$WORK/answers.json"
  stop watch
  mixed_figures "$WORK/answers.json" right wrong failed
  mixed_figures "$WORK/watched.json" resident_mib most_mib growth_mib disk_mib descriptors threads
  jq -r '.examples[]' "$WORK/answers.json"
  xargs rm -f <"$WORK/mixed-layers"
}

mixed_figures() {
  local name
  for name in "${@:2}"; do note "$ROW" "" cistern "$name" "$(jq ".$name" "$1")"; done
}
