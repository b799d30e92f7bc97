# A disk of 40 MiB that is too small, then full, then not to be written to. Sourced.

run_full() {
  section "a blob of 96 MiB through a disk of 40 MiB"
  local directory=$WORK/full-cache
  mkdir "$directory"
  mount -t tmpfs -o size=40m tmpfs "$directory"
  # No limit: it is the disk that says no.
  CACHE_PRIVILEGES=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override)
  check "the cache starts" cache_serve cache 5000 "$directory"
  check "the blob arrives completely" pull_blob 5000 large
  check "another blob is stored" pull_and_store 5000 "$directory" image2

  dd if=/dev/zero "of=$directory/filler" bs=64k 2>/dev/null || true
  check "a blob arrives completely although the disk is full" pull_blob 5000 image3
  check "cached content is served although the disk is full" pull_blob 5000 image2
  rm "$directory/filler"
  check "a blob is stored when there is room again" pull_and_store 5000 "$directory" image3
  local before
  before=$(gets image3)
  check "the blob is served without upstream" pull_blob 5000 image3
  check "the cache sent upstream no request" equal "$before" "$(gets image3)"

  # Not a read-only mount: the system refuses that while a file is open for writing.
  rm -rf "$(dirname "$(file "$directory" image2)")"
  find "$directory" -type d -exec chmod a-w {} +
  check "a blob arrives completely although its directory is not writable" pull_blob 5000 image4
  check "content that is cached there is served" pull_blob 5000 image3
  find "$directory" -type d -exec chmod u+w {} +
  check "a blob is stored when the directory is writable again" pull_and_store 5000 "$directory" image4

  local errors
  errors=$(grep -c ' ERROR \|level=error' "$WORK/log/cache.log" || true)
  echo "      $errors errors in the log"
  check "each kind of error was logged once per minute at most" at_most 8 "$errors"
  check "some error was logged" test "$errors" -gt 0
  stop cache
  CACHE_PRIVILEGES=()
  umount "$directory"
  rmdir "$directory"
  section_end cache
}
