# A disk of 40 MiB that is too small, then full, then not to be written to. Sourced.

run_full() {
  section "a blob of 96 MiB through a disk of 40 MiB"
  local directory=$WORK/full-cache
  mkdir "$directory"
  mount -t tmpfs -o size=40m tmpfs "$directory"
  # No limit: it is the disk that says no.
  CACHE_PRIVILEGES=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override)
  check "the cache starts" cache_serve cache 5000 "$directory"
  check "the blob arrives whole" pull_blob 5000 large
  check "another one beside it is kept" pull_and_store 5000 "$directory" image2

  dd if=/dev/zero "of=$directory/filler" bs=64k 2>/dev/null || true
  check "on a full disk a blob arrives whole" pull_blob 5000 image3
  check "on a full disk what is cached is served" pull_blob 5000 image2
  rm "$directory/filler"
  check "once there is room it is kept" pull_and_store 5000 "$directory" image3
  local before
  before=$(gets image3)
  check "and served without upstream" pull_blob 5000 image3
  check "upstream was not asked" equal "$before" "$(gets image3)"

  # Not a read-only mount: the system refuses that while a file is open for writing.
  rm -rf "$(dirname "$(file "$directory" image2)")"
  find "$directory" -type d -exec chmod a-w {} +
  check "in directories that refuse it a blob arrives whole" pull_blob 5000 image4
  check "what is cached there is served" pull_blob 5000 image3
  find "$directory" -type d -exec chmod u+w {} +
  check "once they take it the blob is kept" pull_and_store 5000 "$directory" image4

  local errors
  errors=$(grep -c ' ERROR \|level=error' "$WORK/log/cache.log" || true)
  echo "      $errors errors in the log"
  check "each kind of error was told once a minute at most" at_most 8 "$errors"
  check "and some was" test "$errors" -gt 0
  stop cache
  CACHE_PRIVILEGES=()
  umount "$directory"
  rmdir "$directory"
  section_end cache
}
