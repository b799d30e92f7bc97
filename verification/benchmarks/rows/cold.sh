# What the cache does not have yet. Sourced.

readonly LARGE=$((256 * 1024 * 1024))
readonly STORM_BLOB=$((64 * 1024 * 1024))
readonly FIRST_PULLS=400
readonly STORM_RATE=20000000 # bytes a second
readonly STORM_CLIENTS=100
readonly LAYER=$((512 * 1024))

# first_pulls SUBJECT...: each has fetched many blobs (PULLS, of PULL_BYTES) before, as what a server does first is not what it does
# for long.
first_pulls() {
  local first digest subject
  mapfile -t first < <("$bench/content/cold.py" "$WORK/www" "${PULLS:-$FIRST_PULLS}" "${PULL_BYTES:-$LAYER}")
  for digest in "${first[@]}"; do
    for subject in "$@"; do
      curl -fsS -o /dev/null "$(address "$subject")/v2/bench/app/blobs/$digest"
    done
  done
  rm "${first[@]/#/$WORK/www/v2/bench/app/blobs/}"
}

# Each run pulls a blob of its own, so nothing starts anew between runs.
row_cold_blob() {
  local blobs
  mapfile -t blobs < <("$bench/content/cold.py" "$WORK/www" $((RUNS + 1)) $LARGE)
  upstream_start
  peer_start
  nginx_cache_start
  cistern_start cistern "$CACHE_PORT"
  first_pulls direct cistern peer nginx-cache
  # Large ones may come in another way than small ones.
  PULLS=10 PULL_BYTES=$((16 * 1024 * 1024)) first_pulls direct cistern peer nginx-cache
  same_bytes "/v2/bench/app/blobs/${blobs[0]}" direct cistern peer nginx-cache
  alternately cistern direct peer nginx-cache -- cold_blob_of
  rm "${blobs[@]/#/$WORK/www/v2/bench/app/blobs/}"
}

cold_blob_of() {
  local said first total server=$1 before
  [[ $1 != direct ]] || server=upstream
  touch_memory
  before=$(processor_ticks "$server")
  said=$(curl -fsS -o /dev/null -w '%{time_starttransfer} %{time_total} %{size_download}' \
    "$(address "$1")/v2/bench/app/blobs/${blobs[RUN]}")
  [[ $said == *" $LARGE" ]]
  read -r first total _ <<<"$said"
  note "$ROW" "" "$1" seconds "$total"
  note "$ROW" "" "$1" first_byte_ms "$(awk -v s="$first" 'BEGIN { print s * 1000 }')"
  sleep 0.3 # what is stored after the client has it costs time as well
  note "$ROW" "" "$1" processor_seconds "$(awk -v t=$(($(processor_ticks "$server") - before)) 'BEGIN { print t / '"$(getconf CLK_TCK)"' }')"
}

# The host of a virtual machine takes free memory back, and the first write to it waits until it is back: half a
# second for such a blob, which would say nothing of the subjects.
touch_memory() { python3 -c 'b"1" * (4 * '$LARGE')'; }

row_storm() {
  local blobs
  mapfile -t blobs < <("$bench/content/cold.py" "$WORK/www" $((2 * RUNS + 1)) $STORM_BLOB)
  upstream_start
  slow_link_start $STORM_RATE
  CACHE_UPSTREAM=$SLOW_LINK_HOST cistern_start cistern "$CACHE_PORT"
  "$bench/clients/sink.py" "$(address cistern)/v2/bench/app/blobs/${blobs[0]}" 1 0 >/dev/null
  alternately one many -- storm_of
  rm "${blobs[@]/#/$WORK/www/v2/bench/app/blobs/}"
}

storm_of() {
  local clients=1 blob=${blobs[RUN]} said
  [[ $1 == one ]] || { clients=$STORM_CLIENTS blob=${blobs[RUNS + RUN]}; }
  said=$("$bench/clients/sink.py" "$(address cistern)/v2/bench/app/blobs/$blob" "$clients" 0)
  [[ $(jq .whole <<<"$said") == "$clients" ]]
  note "$ROW" "" "$1" seconds "$(jq .seconds <<<"$said")"
  sleep 0.2 # the link writes its log when a transfer has ended
  note "$ROW" "" "$1" upstream_blobs "$(awk -v b="$(slow_link_bytes "$blob")" -v s=$STORM_BLOB 'BEGIN { print b / s }')"
}

row_docker_pull() {
  images_to_pull $((3 * RUNS + 1)) $LAYER
  upstream_start
  cistern_start cistern "$CACHE_PORT"
  nginx_cache_start
  peer_start
  first_pulls cistern nginx-cache peer
  pulls cistern direct nginx-cache peer
}
