# A transfer of 48 MiB that a kill interrupts. Sourced.

run_interrupted() {
  section "kill -9 in the middle of 48 MiB"
  local directory=$WORK/interrupted-cache half=$((24 << 20)) UPSTREAM=$SLOW_LINK_HOST
  mkdir "$directory"
  check "the link starts, with 20 MB/s" slow_link_start 20000000
  check "the cache starts" cache_serve cache 5000 "$directory"
  curl -s -o /dev/null "http://127.0.0.1:5000/v2/disk/long/blobs/$(blob long)" &
  local client=$!
  check "half of the blob arrives" spooled "$directory" $half
  kill -KILL "${PIDS[cache]}"
  wait "${PIDS[cache]}" 2>/dev/null || true
  wait "$client" 2>/dev/null || true
  unset 'PIDS[cache]'
  check "the cache starts again" cache_serve cache 5000 "$directory"
  check "the blob arrives completely" pull_blob 5000 long
  check "the blob is stored" stored "$directory" long
  stop cache
  slow_link_stop
  local bytes
  bytes=$(slow_link_bytes "$(blob long)")
  echo "      $(slow_link_gets "$(blob long)") requests, $bytes bytes for $(size long): $((bytes * 100 / $(size long))) %"
  check "the transfers were less than 1.25 times the blob" at_most $(($(size long) * 5 / 4)) "$bytes"
  check "no file is left over" equal "" "$(find "$directory/.cistern" -type f)"
  rm -rf "$directory"
  section_end cache slow-link
}

# spooled DIRECTORY BYTES: waits until so much of a transfer is there.
spooled() {
  local deadline=$((SECONDS + START_SECONDS)) have
  while true; do
    have=$(find "$1/.cistern/spool" -name 'sha256-*' -printf '%s\n' 2>/dev/null | sort -n | tail -1)
    ((${have:-0} >= $2)) && return 0
    ((SECONDS < deadline)) || { echo "only ${have:-0} bytes"; return 1; }
    sleep 0.02
  done
}
