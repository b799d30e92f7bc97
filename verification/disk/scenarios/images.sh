# Eight images of 16 MiB through a cache of 100 MiB. Sourced.

readonly IMAGES_LIMIT=$((100 << 20))

run_images() {
  section "8 images of 16 MiB through 100 MiB"
  local directory=$WORK/images-cache most=0 number
  mkdir "$directory"
  check "the cache starts" cache_serve cache 5000 "$directory" 'maxsize: 100MiB' 'sweep: 1s'
  check "the hot image is pulled" pull_and_store 5000 "$directory" image0
  for number in 1 2 3 4 5 6 7; do
    check "image $number is pulled" pull_and_store 5000 "$directory" "image$number"
    check "the hot image is pulled again" pull 5000 image0
    local now
    now=$(on_disk "$directory")
    ((now > most)) && most=$now
  done
  echo "      at most $most bytes on disk (du), of $IMAGES_LIMIT"
  check "the disk is within its limit" at_most $IMAGES_LIMIT "$most"
  check "the hot image was fetched once" equal 1 "$(gets image0)"
  check "the coldest image was removed" test ! -e "$(file "$directory" image1)"
  check "the latest image is stored" test -e "$(file "$directory" image7)"
  check "the coldest image is pulled again" pull_and_store 5000 "$directory" image1
  check "the coldest image was fetched twice" equal 2 "$(gets image1)"
  check "the disk is within its limit" at_most $IMAGES_LIMIT "$(on_disk "$directory")"
  stop cache
  rm -rf "$directory"
  section_end cache
}
