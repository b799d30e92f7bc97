# A start over a great many cached blobs. In memory (about 2.5 GiB for a million): what is measured is the cache, and a disk
# takes minutes to delete them. Sourced.

run_million() {
  section "a start with $BLOBS cached blobs, -Xmx$HEAP"
  local directory=$WORK/million-cache before began answered indexed
  mkdir "$directory"
  mount -t tmpfs -o size=8g,nr_inodes=0 tmpfs "$directory"
  before=$SECONDS
  check "the blobs are made" "$disk/million.py" "$directory" "$BLOBS"
  echo "      (that took $((SECONDS - before)) s)"
  : >"$WORK/log/cache.log"
  began=$(milliseconds)
  check "the cache answers" cache_serve cache 5000 "$directory"
  answered=$(($(milliseconds) - began))
  check "a missing blob is fetched at once" pull_and_store 5000 "$directory" image6
  echo "      first answer after $answered ms, a cold blob of 16 MiB pulled and stored after $(($(milliseconds) - began)) ms"
  slowest=0
  check "everything is indexed" await_index
  indexed=$(($(milliseconds) - began))
  echo "      indexed after $indexed ms: $(grep -o 'Indexed .* contents of .* bytes in .*' "$WORK/log/cache.log" | head -1)"
  echo "      the slowest of the answers from storage meanwhile took $slowest ms"
  echo "      resident $(memory VmRSS), at most $(memory VmHWM)"
  check "the number of blobs is correct" counted
  check "memory did not run out" test -z "$(grep -m1 OutOfMemory "$WORK/log/cache.log" || true)"
  check "pulled content is served" pull 5000 image6
  stop cache
  umount "$directory"
  rmdir "$directory"
  section_end cache
}

# counted: the index has the blobs, and what was pulled meanwhile or not.
counted() {
  local count
  count=$(sed -n 's/.*Indexed \([0-9][0-9]*\) contents of .*/\1/p' "$WORK/log/cache.log" | head -1)
  ((count >= BLOBS && count <= BLOBS + 3)) && return 0
  echo "expected $BLOBS and up to 3 more, got $count"
  return 1
}

milliseconds() { date +%s%3N; }

memory() { awk -v key="$1:" '$1 == key { print int($2 / 1024) " MiB" }' "/proc/${PIDS[cache]}/status"; }

# await_index: pulls a small thing from storage until the log says that everything is indexed; sets `slowest`.
await_index() {
  local deadline=$((SECONDS + 600)) took from
  until grep -q 'Indexed .* contents of .* bytes in' "$WORK/log/cache.log"; do
    ((SECONDS < deadline)) || { echo "not indexed within 600 s"; return 1; }
    running cache || { echo "the cache has stopped"; return 1; }
    from=$(milliseconds)
    curl -fsS -o /dev/null -r 0-1000 "http://127.0.0.1:5000/v2/disk/image6/blobs/$(blob image6)" || return 1
    took=$(($(milliseconds) - from))
    ((took > slowest)) && slowest=$took
    sleep 0.1
  done
}
