# An upstream that is far away: 40 ms to the first byte of each answer. Sourced.

readonly LATENCY=0.04     # seconds
readonly EACH=20000000    # bytes a second for one connection
readonly SHARED=125000000 # bytes a second for all: 1 Gbit/s
readonly UNLIMITED=1e12
readonly TAIL=$((64 * 1024))
readonly BIG_LAYER=$((4 * 1024 * 1024))
readonly SETTLE_SECONDS=90

# distant_start RATE [OPTION...]: the link, and Cistern behind it.
distant_start() {
  upstream_start
  slow_link_start "$@" --latency $LATENCY
  CACHE_UPSTREAM=$SLOW_LINK_HOST cistern_start cistern "$CACHE_PORT"
  PULLS=100 first_pulls cistern
}

# One connection directly, four with a quarter each directly, one client of the cache, four with a quarter each, and one that wants
# the end. Each run has blobs of its own.
row_distant_blob() {
  local blobs
  mapfile -t blobs < <("$bench/content/cold.py" "$WORK/www" $((3 * (RUNS + 1))) $LARGE)
  distant_start $UNLIMITED --each $EACH
  curl -fsS -o /dev/null "$(address cistern)/v2/bench/app/blobs/${blobs[0]}"
  "$bench/clients/parts.py" "$(address cistern)/v2/bench/app/blobs/${blobs[RUNS + 1]}" 4 $LARGE >/dev/null
  alternately cistern parts tail link link-parts -- distant_blob_of
  rm "${blobs[@]/#/$WORK/www/v2/bench/app/blobs/}"
}

distant_blob_of() {
  local blob url said
  case $1 in
    cistern | link | link-parts) blob=${blobs[RUN]} ;;
    parts) blob=${blobs[RUNS + 1 + RUN]} ;;
    tail) blob=${blobs[2 * (RUNS + 1) + RUN]} ;;
  esac
  url=/v2/bench/app/blobs/$blob
  touch_memory
  case $1 in
    cistern | link)
      said=$(curl -fsS -o /dev/null -w '%{time_total} %{size_download}' "$(address "$1")$url")
      [[ $said == *" $LARGE" ]]
      note "$ROW" "" "$1" seconds "${said% *}"
      ;;
    parts | link-parts)
      local where=cistern
      [[ $1 == parts ]] || where=link
      said=$("$bench/clients/parts.py" "$(address $where)$url" 4 $LARGE)
      note "$ROW" "" "$1" seconds "$(jq .seconds <<<"$said")"
      note "$ROW" "" "$1" first_byte_ms "$(jq '.first_byte * 1000' <<<"$said")"
      ;;
    tail)
      # Without the size that a manifest declares, the end is withheld until all is verified.
      curl -fsS -o /dev/null -H "$ACCEPT" "$(address cistern)/v2/bench/app/manifests/$("$bench/content/declare.py" "$WORK/www" "$blob" $LARGE)"
      said=$(curl -fsS -o /dev/null -w '%{time_total} %{size_download}' -r $((LARGE - TAIL))- "$(address cistern)$url")
      [[ $said == *" $TAIL" ]]
      note "$ROW" "" "$1" ms "$(awk -v s="${said% *}" 'BEGIN { print s * 1000 }')"
      ;;
  esac
  [[ $1 == link* ]] || settled "$blob"
  [[ $1 == link* ]] || note "$ROW" "" "$1" upstream_blobs "$(awk -v b="$(slow_link_bytes "$blob")" -v s=$LARGE 'BEGIN { print b / s }')"
}

# settled DIGEST: the cache fetches a blob to its end also when no client waits for it. What the link sends meanwhile would be
# another measurement's.
settled() {
  local deadline=$((SECONDS + SETTLE_SECONDS))
  until (($(slow_link_bytes "$1") >= LARGE)); do
    ((SECONDS < deadline)) || { echo "the blob was not fetched to its end"; return 1; }
    sleep 0.1
  done
}

row_distant_pull() {
  images_to_pull $((3 * RUNS + 1)) $BIG_LAYER
  distant_start $UNLIMITED --each $EACH
  distant_pulls
}

# One link for all connections: several gain nothing, and must cost nothing.
row_shared_link() {
  local blobs
  mapfile -t blobs < <("$bench/content/cold.py" "$WORK/www" $((RUNS + 1)) $LARGE)
  images_to_pull $((3 * RUNS + 1)) $BIG_LAYER
  distant_start $SHARED
  curl -fsS -o /dev/null "$(address cistern)/v2/bench/app/blobs/${blobs[0]}"
  alternately cistern link -- shared_blob_of
  rm "${blobs[@]/#/$WORK/www/v2/bench/app/blobs/}"
  distant_pulls
}

shared_blob_of() {
  local said
  touch_memory
  said=$(curl -fsS -o /dev/null -w '%{time_total} %{size_download}' "$(address "$1")/v2/bench/app/blobs/${blobs[RUN]}")
  [[ $said == *" $LARGE" ]]
  note "$ROW" blob "$1" seconds "${said% *}"
}

# What a pull takes from the upstream without the link is what no cache can save.
distant_pulls() {
  CACHE_UPSTREAM=$SLOW_LINK_HOST nginx_cache_start
  CACHE_UPSTREAM=$SLOW_LINK_HOST peer_start
  PULLS=100 first_pulls nginx-cache peer
  pulls cistern link nginx-cache peer direct
}
