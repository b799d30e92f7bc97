# Fifty clients want one cold blob of 64 MiB that comes over a slow link. Sourced.

readonly STORM_CLIENTS=50
readonly STORM_RATE=20000000 # bytes a second
readonly STORM_FIRST_BYTE=0.5 # seconds, for everyone but the first

run_storm() {
  local repository blob size spread result gets bytes memory
  repository=$(image storm .repository)
  blob=$(image storm '. as $image | .manifests[$image.digest].blobs | to_entries | max_by(.value) | .key')
  size=$(image storm ". as \$image | .manifests[\$image.digest].blobs[\"$blob\"]")
  # The last one starts when nine tenths have come.
  spread=$(awk -v size="$size" -v rate=$STORM_RATE 'BEGIN { print 0.9 * size / rate }')

  section "storm: $STORM_CLIENTS clients, one cold blob of $size bytes, upstream at $STORM_RATE bytes/s"
  check "storm: the slow link starts" slow_link_start $STORM_RATE
  CACHE_UPSTREAM=$SLOW_LINK_HOST
  check "storm: a fresh cache starts" cache_fresh
  unset CACHE_UPSTREAM
  result=$("$here/clients/storm.py" "$CACHE_URL/v2/$repository/blobs/$blob" "${blob#*:}" "$size" $STORM_CLIENTS "$spread")
  memory=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/${PIDS[cache]}/status")
  # The cache may go on with transfers that no client waits for: they end with the cache or before.
  cache_stop
  slow_link_stop
  gets=$(slow_link_gets "$blob")
  bytes=$(slow_link_bytes "$blob")

  echo
  printf '      %-38s %s\n' \
    "cache" "$CACHE" \
    "upstream GETs of the blob" "$gets" \
    "upstream bytes / blob bytes" "$(awk -v b="$bytes" -v s="$size" 'BEGIN { printf "%.2f (%.0f / %.0f)", b / s, b, s }')" \
    "first byte, the first client" "$(jq .first <<<"$result") s" \
    "first byte, the slowest of the others" "$(jq .slowest <<<"$result") s" \
    "bodies right" "$(jq .right <<<"$result") of $STORM_CLIENTS" \
    "until the last body was whole" "$(jq .seconds <<<"$result") s" \
    "memory of the cache at its peak (RSS)" "$memory MiB"
  echo
  check "storm: upstream sent the blob once" equal 1 "$gets"
  check "storm: upstream sent exactly the blob's bytes" equal "$size" "$bytes"
  check "storm: every follower's first byte came within $STORM_FIRST_BYTE s" \
    jq -e ".slowest >= 0 and .slowest <= $STORM_FIRST_BYTE" <<<"$result"
  check "storm: every body is correct" storm_bodies "$result"
  section_end cache slow-link
}

storm_bodies() {
  jq -r '.problems[]' <<<"$1"
  equal $STORM_CLIENTS "$(jq .right <<<"$1")"
}
