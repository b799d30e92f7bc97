# Memory, start, silence, and size. Sourced.

readonly FOLLOWERS=5000
readonly FOLLOWED_RATE=8000000 # bytes a second: 256 MiB take longer than they are followed
readonly HANGING=500
readonly WARM_ROUNDS=8 # of two seconds

row_followers() {
  local blob said
  blob=$("$bench/content/cold.py" "$WORK/www" 1 $LARGE)
  upstream_start
  slow_link_start $FOLLOWED_RATE
  CACHE_UPSTREAM=$SLOW_LINK_HOST cistern_start cistern "$CACHE_PORT"
  said=$("$bench/clients/followers.py" "$(address cistern)/v2/bench/app/blobs/$blob" $FOLLOWERS 15)
  note "$ROW" "" cistern followed "$(jq .followed <<<"$said")"
  note "$ROW" "" cistern closed "$(jq .closed <<<"$said")"
  rm "$WORK/www/v2/bench/app/blobs/$blob"
}

# With the archive of loaded classes, where the build has made one, and without it.
row_start() {
  local subjects=(without)
  [[ -z $CISTERN_ARCHIVE || ! -e $CISTERN_ARCHIVE ]] || subjects=(cistern without)
  upstream_start
  mkdir -p "$WORK/data"
  cache_settings "$CACHE_PORT" "$WORK/data/start" "" "" >"$WORK/start.yml"
  alternately "${subjects[@]}" -- start_of
}

start_of() {
  local COMMAND
  [[ $1 == cistern ]] || local CISTERN_ARCHIVE=
  cistern_command
  note "$ROW" "" "$1" ms "$("$bench/clients/start.py" "$(address cistern)/v2/" "${COMMAND[@]}" serve "$WORK/start.yml")"
}

# Rounds of two seconds from the first answer after a start on, of a manifest that is on the disk.
row_warm_start() {
  local path subjects=(without)
  path=/v2/bench/app/manifests/$(content '.images[0]')
  [[ -z $CISTERN_ARCHIVE || ! -e $CISTERN_ARCHIVE ]] || subjects=(cistern without)
  upstream_start
  cistern_start cistern "$CACHE_PORT"
  same_bytes "$path" cistern direct
  cisterns_stop
  alternately "${subjects[@]}" -- warm_start_of "$path"
}

warm_start_of() {
  local path=$1 round figure
  [[ $2 == cistern ]] || local CISTERN_ARCHIVE=
  cistern_start cistern "$CACHE_PORT"
  for ((round = 1; round <= WARM_ROUNDS; round++)); do
    figure=$(rate "$(address cistern)$path" 16 2)
    note "$ROW" "$round" "$2" requests_per_second "$figure"
  done
  cisterns_stop
}

# Two caches, one of which has cold requests hanging: what hangs stays there when its client has gone.
row_hanging() {
  local path
  path=/v2/bench/app/manifests/$(content '.images[0]')
  upstream_start
  spawn silent "$bench/servers/silent.py" $SILENT_PORT
  cistern_start cistern "$CACHE_PORT" "" ", headertimeout: 1h"
  cistern_start other $CISTERN_OTHER_PORT "" ", headertimeout: 1h"
  warm_up "$path" cistern other
  spawn hold "$bench/clients/hold.py" "$(address cistern)/v2/silent/blobs/" $HANGING
  ready hold grep -q waiting "$WORK/log/hold.log"
  alternately cistern other -- rate_of "$path" "" 16
  running hold
}

# Two caches, one with many blobs, both bounded, so that both know what they have; the same 1,000 blobs are asked for.
# Both have the heap that docs/operations.md gives for so many contents.
row_growth() {
  local paths=$WORK/paths heap=$((64 + (BLOBS > 250000 ? BLOBS * 64 / 1000000 : 0)))
  note memory "$ROW" cistern heap_mib "$heap"
  local CISTERN_JAVA_OPTIONS=${CISTERN_JAVA_OPTIONS/-Xmx64m/-Xmx${heap}m}
  upstream_start
  "$bench/content/grow.py" "$WORK/data/few" 1000 1000 "$paths"
  "$bench/content/grow.py" "$WORK/data/many" "$BLOBS" 1000 "$paths"
  cistern_start cistern "$CACHE_PORT" "$WORK/data/many" ", maxsize: 1000GiB"
  cistern_start other $CISTERN_OTHER_PORT "$WORK/data/few" ", maxsize: 1000GiB"
  quiet "${PIDS[cistern]}"
  growth_rate 6 cistern >/dev/null
  growth_rate 6 other >/dev/null
  note "$ROW" "" cistern blobs "$BLOBS"
  alternately cistern other -- growth_of
}

growth_of() { note "$ROW" "" "$1" requests_per_second "$(growth_rate "$SECONDS_A_RUN" "$1")"; }

growth_rate() { rate "$(address "$2")" 16 "$1" -s "$bench/clients/paths.lua" -- "$WORK/paths"; }
