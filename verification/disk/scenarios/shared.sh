# Two servers over one directory. Sourced.

run_shared() {
  section "two caches over one directory, 100 MiB each"
  local directory=$WORK/shared-cache number before
  mkdir "$directory"
  check "the first starts" cache_serve first 5000 "$directory" 'maxsize: 100MiB' 'sweep: 1s'
  check "the second starts" cache_serve second 5003 "$directory" 'maxsize: 100MiB' 'sweep: 1s'
  before=$(gets image5)
  check "the first fetches a blob" pull_and_store 5000 "$directory" image5
  check "the second serves it" pull 5003 image5
  check "upstream sent it once" equal $((before + 1)) "$(gets image5)"
  for number in 1 2 3; do
    check "both pull everything at once, time $number" both_pull_all
  done
  # Or they would evict under the eyes of what follows.
  stop first
  stop second
  local duplicates
  duplicates=$(find "$directory" -type f -size +1M ! -path '*/spool/*' -exec sha256sum {} + | cut -d' ' -f1 | sort | uniq -d)
  check "nothing is stored twice" equal "" "$duplicates"
  check "all stored content is correct" all_right "$directory"
  check "a cache starts on their directory" cache_serve cache 5000 "$directory" 'maxsize: 100MiB' 'sweep: 1s'
  sleep 3
  echo "      $(on_disk "$directory") bytes on disk after its first sweeps"
  check "the disk is within its limit" at_most $((100 << 20)) "$(on_disk "$directory")"
  stop cache
  rm -rf "$directory"
  section_end first second cache
}

both_pull_all() {
  local number pulls=() pull failures=0
  for number in 0 1 2 3 4 5 6 7; do
    pull 5000 "image$number" &
    pulls+=($!)
    pull 5003 "image$((7 - number))" &
    pulls+=($!)
    wait "${pulls[-2]}" || failures=$((failures + 1))
    wait "${pulls[-1]}" || failures=$((failures + 1))
  done
  equal 0 "$failures"
}

# all_right DIRECTORY: every blob hashes to its name.
all_right() {
  find "$1/docker/registry/v2/blobs" -name data -exec sha256sum {} + |
    awk '{ n = split($2, part, "/"); if (part[n - 1] != $1) { print; wrong = 1 } } END { exit wrong }'
}
